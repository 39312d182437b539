/*
 * Who may come, who has to go, and what the bytes of a connection have to be
 * like: addresses.c, connections.c on real sockets, message.c cut everywhere.
 */
#include "testing.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/addresses.h"
#include "daemon/connections.h"

#define COUNT TESTING_COUNT

/* -------------------------------------------------------------- addresses */

static struct client_key
key_of(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return client_key_of((const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return client_key_of((const struct sockaddr *)&v6);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", true },          { "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },   { "2001:db8::1", "2001:db8::ffff:1", true }, /* one /64 */
		{ "2001:db8::1", "2001:db8:0:1::1", false }, { "0.0.0.0", "::", false },
	};
	const struct sockaddr local = { .sa_family = AF_UNIX };
	struct addresses *addresses = addresses_new();

	(void)state;
	assert_non_null(addresses);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(addresses_add(addresses, key_of(cases[i].one)));
		assert_true(addresses_add(addresses, key_of(cases[i].other)));
		assert_int_equal(addresses_count(addresses, key_of(cases[i].one)), cases[i].same ? 2 : 1);
		addresses_remove(addresses, key_of(cases[i].one));
		assert_int_equal(addresses_count(addresses, key_of(cases[i].other)), 1);
		addresses_remove(addresses, key_of(cases[i].other));
		assert_int_equal(addresses_count(addresses, key_of(cases[i].other)), 0);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_true(addresses_add(addresses, client_key_of(&local)));
		assert_true(addresses_add(addresses, client_key_of(NULL)));
	}
	assert_int_equal(addresses_count(addresses, client_key_of(&local)), 0);
	addresses_free(addresses);
	addresses_free(NULL);
}

/** Against plain counters, with more clients than chains. */
static void
test_addresses_at_random(void **state)
{
	enum { CLIENTS = 3000, STEPS = 60000 };
	size_t *counts = testing_allocate(CLIENTS, sizeof(*counts));
	struct addresses *addresses = addresses_new();
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t i = 0; i < STEPS; i++) {
		size_t n = testing_below(&random, CLIENTS);
		struct client_key key = { .bits = n, .v6 = n % 3 == 0, .counted = true };

		if (counts[n] > 0 && testing_below(&random, 2) == 0) {
			addresses_remove(addresses, key);
			counts[n]--;
		} else {
			assert_true(addresses_add(addresses, key));
			counts[n]++;
		}
		assert_int_equal(addresses_count(addresses, key), counts[n]);
	}
	addresses_free(addresses);
	free(counts);
}

/* ------------------------------------------------------------ connections */

/** Two ends of a TCP connection on loopback, the first of which is the daemon's. */
static void
connect_pair(int ret[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listening, (const struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(getsockname(listening, (struct sockaddr *)&address, &size), 0);
	ret[1] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(ret[1], (const struct sockaddr *)&address, size), 0);
	ret[0] = accept(listening, NULL, NULL);
	assert_true(ret[0] >= 0);
	close(listening);
}

static bool
has_ended(int fd)
{
	struct pollfd state = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&state, 1, 0) > 0 && read(fd, &byte, 1) == 0;
}

static void
pause_ms(long ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void
count_refusal(void *context, const struct message_refusal *refusal)
{
	unsigned int *count = context;

	assert_int_not_equal(refusal->status, 0);
	++*count;
}

struct fixture {
	struct connections *connections;
	struct connection *connection;
	unsigned int refusals;
	int fds[2];
};

static const struct limits few = { .connections = 3, .per_address = 1 };

static int
set_up(void **state)
{
	struct fixture *f = testing_allocate(1, sizeof(*f));

	assert_true(gates_open(1024));
	f->connections = connections_new(count_refusal, NULL, &f->refusals);
	assert_non_null(f->connections);
	connect_pair(f->fds);
	assert_int_equal(connections_add(f->connections, f->fds[0], NULL, &few), CONNECTIONS_WELCOME);
	f->connection = connections_find(f->fds[0]);
	assert_non_null(f->connection);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	connections_remove(f->connections, f->connection);
	assert_int_equal(connections_count(f->connections), 0);
	connections_free(f->connections);
	gates_close();
	close(f->fds[0]);
	close(f->fds[1]);
	free(f);
	return 0;
}

/** Read as the library does. */
static ssize_t
daemon_reads(const struct fixture *f, char *buffer, size_t size)
{
	return recv(f->fds[0], buffer, size, MSG_DONTWAIT);
}

static void
test_nothing_passes_the_gate(void **state)
{
	static const char good[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char bad[] = "GET / HTTP/1.1\nHost: a\r\n\r\n";
	struct fixture *f = *state;
	char buffer[1024];
	ssize_t got;

	assert_false(connection_busy(f->connection)); /* nothing has come through it */
	assert_int_equal(write(f->fds[1], good, sizeof(good) - 1), sizeof(good) - 1);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), sizeof(good) - 1);
	assert_memory_equal(buffer, good, sizeof(good) - 1);
	assert_true(connection_busy(f->connection));
	connection_idle(f->connection);

	assert_int_equal(write(f->fds[1], bad, sizeof(bad) - 1), sizeof(bad) - 1);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), -1);
	assert_int_equal(f->refusals, 1);
	got = read(f->fds[1], buffer, sizeof(buffer) - 1);
	assert_true(got > 0);
	buffer[got] = '\0';
	assert_non_null(strstr(buffer, "HTTP/1.1 400 Bad Request\r\n"));
	assert_true(has_ended(f->fds[1]));
	assert_int_equal(write(f->fds[1], good, sizeof(good) - 1), sizeof(good) - 1); /* forgotten */
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), -1);
	assert_int_equal(f->refusals, 1);
	shutdown(f->fds[1], SHUT_WR);
	pause_ms(20);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), 0);
}

static void
test_the_good_ones_come_first(void **state)
{
	static const char both[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n";
	struct fixture *f = *state;
	char buffer[1024];

	assert_int_equal(write(f->fds[1], both, sizeof(both) - 1), sizeof(both) - 1);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), strstr(both, "\r\n\r\n") + 4 - both);
	assert_int_equal(f->refusals, 0);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), 0);
	assert_int_equal(f->refusals, 1);
}

static void
test_reaping(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(connections_reap(f->connections, 60000, 60000), 0);
	pause_ms(50);
	assert_false(has_ended(f->fds[1]));
	assert_int_equal(connections_reap(f->connections, 1, 60000), 1);
	assert_true(has_ended(f->fds[1]));
	assert_int_equal(connections_reap(f->connections, 1, 60000), 0); /* once */
}

static void
test_slow_ones_are_reaped(void **state)
{
	static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n";
	struct fixture *f = *state;
	char buffer[1024] = "";

	assert_int_equal(write(f->fds[1], head, sizeof(head) - 1), sizeof(head) - 1);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), sizeof(head) - 1);
	assert_true(connection_busy(f->connection));
	assert_int_equal(connections_reap(f->connections, 1, 1), 0); /* it is busy */
	pause_ms(50);
	assert_int_equal(connections_reap_slow(f->connections, 1, 1000), 0); /* the first measurement */
	assert_int_equal(write(f->fds[1], buffer, sizeof(buffer)), sizeof(buffer));
	pause_ms(50);
	assert_int_equal(connections_reap_slow(f->connections, 1, 1000), 0); /* it moves */
	assert_int_equal(write(f->fds[1], buffer, 10), 10);
	pause_ms(50);
	assert_int_equal(connections_reap_slow(f->connections, 60000, 1000), 0);
	assert_int_equal(connections_reap_slow(f->connections, 1, 1000), 1); /* and now it hardly does */
	assert_true(has_ended(f->fds[1]));
	assert_int_equal(connections_reap_slow(f->connections, 1, 1000), 0);
}

static void
test_gone_ones_are_reaped(void **state)
{
	static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234";
	struct fixture *f = *state;
	char buffer[1024];

	assert_int_equal(write(f->fds[1], head, sizeof(head) - 1), sizeof(head) - 1);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), sizeof(head) - 1);
	assert_null(connection_take_head(f->connection));
	assert_true(connection_busy(f->connection));
	connections_reap_gone(f->connections, 60000);
	assert_false(has_ended(f->fds[1]));
	assert_int_equal(write(f->fds[1], "567", 3), 3);
	shutdown(f->fds[1], SHUT_WR);
	pause_ms(20);
	connections_reap_gone(f->connections, 60000);
	assert_false(has_ended(f->fds[1])); /* there is more to be read */
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), 3);
	connections_reap_gone(f->connections, 60000);
	assert_true(has_ended(f->fds[1]));
}

/** A request comes, is read and answered as the library and the server do it, and its client's end behind it. */
static void
answer_one_with_an_end(const struct fixture *f)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	char buffer[1024];

	assert_int_equal(write(f->fds[1], get, sizeof(get) - 1), sizeof(get) - 1);
	shutdown(f->fds[1], SHUT_WR);
	pause_ms(20);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), sizeof(get) - 1);
	assert_null(connection_take_head(f->connection));
	assert_true(connection_busy(f->connection));
	connection_idle(f->connection);
}

/* However often it is looked, they have a moment before the first look that counts, and one behind it. */
static void
test_ended_ones_are_reaped(void **state)
{
	struct fixture *f = *state;

	answer_one_with_an_end(f);
	for (int i = 0; i < 100; i++)
		connections_reap_gone(f->connections, 60000);
	assert_false(has_ended(f->fds[1]));
	pause_ms(550);
	connections_reap_gone(f->connections, 500); /* the first look that counts */
	connections_reap_gone(f->connections, 500);
	assert_false(has_ended(f->fds[1]));
	pause_ms(550);
	connections_reap_gone(f->connections, 500);
	assert_true(has_ended(f->fds[1]));
}

/* What has been read and is not served yet is a reason to stay, and so is what is served. */
static void
test_unserved_ones_stay(void **state)
{
	static const char two[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct fixture *f = *state;
	char buffer[1024];

	assert_int_equal(write(f->fds[1], two, sizeof(two) - 1), sizeof(two) - 1);
	shutdown(f->fds[1], SHUT_WR);
	pause_ms(20);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), sizeof(two) - 1);
	for (int served = 0; served < 2; served++) {
		for (int i = 0; i < 3; i++, pause_ms(20))
			connections_reap_gone(f->connections, 1);
		assert_false(has_ended(f->fds[1]));
		assert_null(connection_take_head(f->connection));
		assert_true(connection_busy(f->connection));
		for (int i = 0; i < 3; i++, pause_ms(20))
			connections_reap_gone(f->connections, 1);
		assert_false(has_ended(f->fds[1]));
		connection_idle(f->connection);
	}
	for (int i = 0; i < 3; i++, pause_ms(20))
		connections_reap_gone(f->connections, 1);
	assert_true(has_ended(f->fds[1]));
}

/* Whatever was asked before, a refusal is told in full. */
static void
test_refusal_behind_a_head_request(void **state)
{
	static const char request[] = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char empty[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
	struct fixture *f = *state;
	char buffer[1024];
	ssize_t got;

	assert_int_equal(write(f->fds[1], request, sizeof(request) - 1), sizeof(request) - 1);
	assert_int_equal(daemon_reads(f, buffer, sizeof(buffer)), sizeof(request) - 1);
	assert_int_equal(write(f->fds[1], empty, sizeof(empty) - 1), sizeof(empty) - 1);
	(void)daemon_reads(f, buffer, sizeof(buffer));
	(void)daemon_reads(f, buffer, sizeof(buffer));
	assert_int_equal(f->refusals, 1);
	got = read(f->fds[1], buffer, sizeof(buffer) - 1);
	assert_true(got > 0);
	buffer[got] = '\0';
	assert_non_null(strstr(buffer, "empty lines"));
}

static void
test_verdicts(void **state)
{
	static const struct {
		size_t all, per_address;
		enum connections_verdict want;
	} cases[] = {
		{ 3, 2, CONNECTIONS_WELCOME }, { 3, 1, CONNECTIONS_ADDRESS }, { 3, 0, CONNECTIONS_WELCOME },
		{ 2, 2, CONNECTIONS_FULL },    { 2, 0, CONNECTIONS_FULL },
	};
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201) };
	const struct sockaddr *client = (const struct sockaddr *)&address;
	struct fixture *f = *state;
	int fds[2], third[2];

	connect_pair(fds);
	connect_pair(third);
	assert_int_equal(connections_add(f->connections, fds[0], client, &few), CONNECTIONS_WELCOME);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct limits limits = { .connections = cases[i].all, .per_address = cases[i].per_address };

		assert_int_equal(connections_add(f->connections, third[0], client, &limits), cases[i].want);
		if (cases[i].want == CONNECTIONS_WELCOME)
			connections_remove(f->connections, connections_find(third[0]));
		assert_null(connections_find(third[0]));
	}
	connections_remove(f->connections, connections_find(fds[0]));
	assert_int_equal(connections_add(f->connections, fds[0], client, &few), CONNECTIONS_WELCOME);
	/* closed without our being told, and accepted again */
	assert_int_equal(connections_add(f->connections, fds[0], client, &few), CONNECTIONS_WELCOME);
	assert_int_equal(connections_count(f->connections), 2);
	connections_remove(f->connections, connections_find(fds[0]));
	assert_int_equal(connections_add(f->connections, 5000, client, &few), CONNECTIONS_FULL); /* past the gate */
	for (size_t i = 0; i < 2; i++) {
		close(fds[i]);
		close(third[i]);
	}
}

/* ---------------------------------------------------------------- message */

/** Read a text in two pieces. @return the status of the refusal; *ret_whole: where complete requests end */
static unsigned int
read_in_pieces(const char *text, size_t cut, size_t *ret_whole)
{
	size_t size = strlen(text), at = 0;
	struct message_refusal refusal = { 0 };
	struct message message = { 0 };
	char *copy = strdup(text);

	assert_non_null(copy);
	*ret_whole = 0;
	while (at < size && refusal.status == 0) {
		size_t end = at < cut ? cut : size, left;
		size_t n = message_read(&message, copy + at, end - at, &left, &refusal);

		assert_true(left <= n && n <= end - at && (n > 0 || refusal.status != 0));
		at += n;
		if (refusal.status == 0 && message.state == MESSAGE_START)
			*ret_whole = at;
	}
	assert_int_equal(refusal.status != 0, refusal.detail.text[0] != '\0');
	free(copy);
	return refusal.status;
}

static void
test_messages_cut_anywhere(void **state)
{
	static const char get[] = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
	static const struct {
		const char *text;
		unsigned int want;
		size_t whole; /* bytes */
	} cases[] = {
		{ get, 0, sizeof(get) - 1 },
		{ "\r\nGET /a HTTP/1.0\r\n\r\n", 0, 21 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET ", 0, 50 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nX: y\r\n\r\n", 0,
		  77 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400, 0 },
		{ "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", 501, 0 },
		{ "GET / HTTP/1.0\r\n\r\nGET / HTTP/3.0\r\n\r\n", 505, 18 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\n\r\n", 0, 40 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400, 0 },
		{ "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n1", 0, 69 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t cut = 0; cut <= strlen(cases[i].text); cut++) {
			size_t whole;
			unsigned int got = read_in_pieces(cases[i].text, cut, &whole);

			if (got != cases[i].want || whole != cases[i].whole)
				fail_msg("case %zu cut at %zu: %u, %zu, not %u, %zu", i, cut, got, whole, cases[i].want,
					 cases[i].whole);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_addresses_at_random),
		cmocka_unit_test_setup_teardown(test_nothing_passes_the_gate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_good_ones_come_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reaping, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow_ones_are_reaped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_gone_ones_are_reaped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ended_ones_are_reaped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unserved_ones_stay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refusal_behind_a_head_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_verdicts, set_up, tear_down),
		cmocka_unit_test(test_messages_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
