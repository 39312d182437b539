/*
 * The HTTP client below the fetch: what may be asked, where redirects may
 * lead, and POST, against a server thread that answers from a script. The
 * rest is tried from outside, over TLS.
 */
#include "testing.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <importer/feed.h>

#define MAX_ANSWERS 8

/* A server on the loopback; it serves `count` connections, one answer each. */
struct server {
	int listener;
	pthread_t thread;
	char url[64];
	const char *const *answers;
	size_t count;
	char requests[MAX_ANSWERS][2048]; /* as they came */
};

/* Read until the request has its header, and as much body as that says. */
static void
read_request(int fd, char *text, size_t size)
{
	size_t used = 0;

	for (;;) {
		const char *end;
		const char *length;
		ssize_t got = read(fd, text + used, size - used - 1);

		if (got <= 0)
			return;
		used += (size_t)got;
		text[used] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "content-length: ");
		if (end != NULL && (length == NULL || text + used >= end + 4 + strtol(length + 16, NULL, 10)))
			return;
	}
}

static void *
serve(void *context)
{
	struct server *server = context;

	for (size_t i = 0; i < server->count; i++) {
		int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
		const char *answer = server->answers[i];

		if (fd < 0)
			break;
		read_request(fd, server->requests[i], sizeof(server->requests[i]));
		if (write(fd, answer, strlen(answer)) < 0)
			perror("write");
		(void)close(fd);
	}
	return NULL;
}

static void
server_start(struct server *server, const char *const *answers, size_t count)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);

	*server = (struct server){ .answers = answers, .count = count };
	assert_true(count <= MAX_ANSWERS);
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(server->listener >= 0);
	assert_int_equal(bind(server->listener, (const struct sockaddr *)(const void *)&address, length), 0);
	assert_int_equal(listen(server->listener, 8), 0);
	assert_int_equal(getsockname(server->listener, (struct sockaddr *)(void *)&address, &length), 0);
	(void)snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d/hook", ntohs(address.sin_port));
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

/* Every answer has been asked for. */
static void
server_finish(struct server *server)
{
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	(void)close(server->listener);
}

static struct http *
open_client(void)
{
	static const char *const hosts[] = { "allowed.example" };
	static const char *const addresses[] = { NULL, "https://Named.example:8443/x" };
	struct http_settings settings = http_settings_default();
	svctag_detail detail = { "" };
	struct http *http = NULL;

	settings.hosts = hosts;
	settings.host_count = TESTING_COUNT(hosts);
	settings.addresses = addresses;
	settings.address_count = TESTING_COUNT(addresses);
	settings.retry_ms = 1;
	TESTING_OK(http_open(&settings, &http, &detail));
	return http;
}

static void
test_may_follow(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		svctag_error want;
	} cases[] = {
		{ "https://a.example/x", "https://a.example/y", SVCTAG_OK },
		{ "https://a.example/x", "https://A.EXAMPLE:444/y", SVCTAG_OK },
		{ "https://a.example/x", "https://allowed.example/", SVCTAG_OK },
		{ "https://a.example/x", "https://named.example/", SVCTAG_OK },
		{ "https://a.example/x", "https://b.example/", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "https://a.example.evil/", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "https://notallowed.example/", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "https://allowed.example@evil.example/", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "https://evil.example\\@allowed.example/", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "http://a.example/y", SVCTAG_E_UNSUPPORTED },
		/* Not even to this machine: whoever controls the page would reach its services. */
		{ "https://a.example/x", "http://127.0.0.1/", SVCTAG_E_UNSUPPORTED },
		{ "https://127.0.0.1/x", "http://127.0.0.1/", SVCTAG_E_UNSUPPORTED },
		{ "http://127.0.0.1/x", "http://127.0.0.1:81/", SVCTAG_OK },
		{ "http://127.0.0.1/x", "https://127.0.0.1/", SVCTAG_OK },
		{ "http://[::1]/x", "http://[::1]/y", SVCTAG_OK },
		{ "http://localhost/x", "http://LOCALHOST/y", SVCTAG_OK },
		{ "http://127.0.0.1/x", "http://128.0.0.1/", SVCTAG_E_UNSUPPORTED },
		{ "http://localhost.example/x", "http://localhost.example/", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "file:///etc/passwd", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "gopher://a.example/", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "/y", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "", SVCTAG_E_UNSUPPORTED },
		{ "https://a.example/x", "https://a.example/\r\nX: y", SVCTAG_E_UNSUPPORTED },
	};
	struct http *http = open_client();

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		svctag_detail detail = { "" };
		svctag_error err = http_may_follow(http, cases[i].from, cases[i].to, &detail);

		if (err != cases[i].want)
			print_error("%s to %s: %s\n", cases[i].from, cases[i].to, detail.text);
		TESTING_CHECK(err, cases[i].want);
		assert_true((err == SVCTAG_OK) == (detail.text[0] == '\0'));
	}
	http_close(http);
}

static void
test_same_origin(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		bool want;
	} cases[] = {
		{ "https://a.example/x", "https://A.example:443/y?z", true },
		{ "https://a.example/x", "https://a.example:444/x", false },
		{ "https://a.example/x", "https://b.example/x", false },
		{ "https://localhost/x", "http://localhost:443/x", false },
	};
	struct http *http = open_client();

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		bool same = !cases[i].want;

		TESTING_OK(http_same_origin(http, cases[i].a, cases[i].b, &same, NULL));
		assert_true(same == cases[i].want);
	}
	http_close(http);
}

static void
test_dates(void **state)
{
	struct http *http = open_client();
	int64_t seconds = -7;

	(void)state;
	assert_true(http_read_date(http, "Sun, 06 Nov 1994 08:49:37 GMT", &seconds));
	assert_true(seconds == 784111777);
	seconds = -7;
	assert_false(http_read_date(http, "", &seconds));
	assert_false(http_read_date(http, "soon", &seconds));
	assert_true(seconds == -7);
	http_close(http);
}

/* The whole request again after a passing failure, and the answer's body. */
static void
test_post(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
		"", /* closed without a word */
		"HTTP/1.1 202 Yes\r\nConnection: close\r\nETag: \"e\"\r\nContent-Length: 2\r\n\r\nok",
	};
	static const char *const headers[] = { "Content-Type: application/json", "X-Delivery: 17" };
	struct http *http = open_client();
	struct server server;
	struct http_request request = {
		.method = HTTP_POST,
		.body = "{\"a\":1}\0x",
		.body_size = 9,
		.headers = headers,
		.header_count = TESTING_COUNT(headers),
		.max_body = 100,
	};
	struct http_reply reply;

	(void)state;
	server_start(&server, answers, TESTING_COUNT(answers));
	request.url = server.url;
	TESTING_OK(http_send(http, &request, &reply, NULL));
	server_finish(&server);
	assert_int_equal(reply.status, 202);
	assert_int_equal(reply.size, 2);
	assert_string_equal(reply.body, "ok");
	assert_string_equal(reply.etag, "\"e\"");
	assert_string_equal(reply.url, server.url);
	for (size_t i = 0; i < TESTING_COUNT(answers); i++) {
		const char *body = strstr(server.requests[i], "\r\n\r\n");

		assert_memory_equal(server.requests[i], "POST /hook HTTP/1.1\r\n", 21);
		assert_non_null(strstr(server.requests[i], "\r\nX-Delivery: 17\r\n"));
		assert_non_null(strstr(server.requests[i], "\r\nContent-Length: 9\r\n"));
		assert_non_null(body);
		assert_memory_equal(body + 4, request.body, 9);
	}
	http_reply_release(&reply);
	http_close(http);
}

/* A redirected POST would turn into a GET, or go to someone else. */
static void
test_post_is_not_redirected(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 307 Over there\r\nConnection: close\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n",
	};
	struct http *http = open_client();
	struct server server;
	struct http_request request = { .method = HTTP_POST, .body = "x", .body_size = 1, .max_body = 100 };
	svctag_detail detail = { "" };
	struct http_reply reply;

	(void)state;
	server_start(&server, answers, TESTING_COUNT(answers));
	request.url = server.url;
	TESTING_CHECK(http_send(http, &request, &reply, &detail), SVCTAG_E_UNSUPPORTED);
	server_finish(&server);
	assert_int_equal(reply.status, 307);
	assert_null(reply.body);
	assert_non_null(strstr(detail.text, "a POST is not redirected"));
	http_close(http);
}

/* The limit is met, not only passed. */
static void
test_limit(void **state)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n1234567",
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n12345678",
	};
	struct http *http = open_client();
	struct server server;
	struct http_request request = { .max_body = 7 };
	struct http_reply reply;

	(void)state;
	server_start(&server, answers, TESTING_COUNT(answers));
	request.url = server.url;
	TESTING_OK(http_send(http, &request, &reply, NULL));
	assert_int_equal(reply.size, 7);
	http_reply_release(&reply);
	TESTING_CHECK(http_send(http, &request, &reply, NULL), SVCTAG_E_LIMIT);
	server_finish(&server);
	http_close(http);
}

/* Links of pages, cut off everywhere: nothing past the end is read. */
static void
test_page_cut_anywhere(void **state)
{
	static const char page[] = "<a href='https://h/ServiceTags_X_20250303.json'> "
				   "window.__DLCDetails__={\"dlcDetailsView\":{\"downloadFile\":[{\"url\":"
				   "\"https:\\/\\/h\\/A\\/servicetags_x_20250310.JSON\"}]}}";
	char *link = NULL;

	(void)state;
	for (size_t size = 0; size < sizeof(page); size++) {
		char *copy = testing_allocate(size + 1, 1);
		char *cut = realloc(copy, size == 0 ? 1 : size); /* no NUL for a sanitizer to overlook */
		svctag_error err;

		assert_non_null(cut);
		memcpy(cut, page, size);
		link = NULL;
		err = feed_page_link(cut, size, "X", NULL, NULL, &link, NULL);
		assert_true(err == (size < 46 ? SVCTAG_E_NOT_FOUND : SVCTAG_OK));
		if (err == SVCTAG_OK && size < sizeof(page) - 1)
			assert_string_equal(link, "https://h/ServiceTags_X_20250303.json");
		else if (err == SVCTAG_OK)
			assert_string_equal(link, "https://h/A/servicetags_x_20250310.JSON");
		free(link);
		free(cut);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_may_follow),
		cmocka_unit_test(test_same_origin),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_post_is_not_redirected),
		cmocka_unit_test(test_page_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
