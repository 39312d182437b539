/*
 * The daemon without a socket: every handler on a small database of two
 * releases.
 */
#include "requests.h"
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/archive.h"
#include "daemon/exchange.h"
#include "daemon/negotiate.h"
#include "daemon/router.h"
#include "daemon/snapshots.h"
#include "daemon/work.h"

#define COUNT TESTING_COUNT

static const testing_tag first_tags[] = {
	{ "AzureCloud", "", "198.18.0.0/16 2001:db8::/32" },
	{ "AzureCloud.eastus", "eastus", "198.18.1.0/24" },
	{ "Storage.EastUS", "eastus", "198.18.1.0/25" },
};

static const testing_tag second_tags[] = {
	{ "AzureCloud", "", "198.18.0.0/16 2001:db8::/32" },
	{ "AzureCloud.eastus", "eastus", "198.18.1.0/24" },
	{ "Storage.EastUS", "eastus", "198.18.1.0/25 198.18.1.128/25" },
};

/* A database with two releases, and what serves them. */
struct fixture {
	char *folder;
	char *path;
	struct snapshots *snapshots;
	struct archive *archive;
	struct database database;
};

static void
import(const char *path, const char *cloud, const char *published, int64_t number, const testing_tag *tags)
{
	svctag_release *release = testing_release(number, tags, 3);
	const svctag_import what = { .cloud = cloud, .published = published, .source = "file", .release = release };
	svctag_store *store;
	svctag_import_result result;
	svctag_release_info info;

	TESTING_OK(svctag_store_open(path, SVCTAG_STORE_WRITE, &store, NULL));
	TESTING_OK(svctag_store_import(store, &what, &result, &info, NULL));
	svctag_store_close(store);
	svctag_release_free(release);
}

static int
set_up(void **state)
{
	struct fixture *f = testing_allocate(1, sizeof(*f));

	*f = (struct fixture){ .folder = testing_folder_new() };
	f->path = testing_path(f->folder, "svctag.db");
	import(f->path, "Sample", "2025-01-06", 100, first_tags);
	import(f->path, "Sample", "2025-01-13", 101, second_tags);
	TESTING_OK(snapshots_new(f->path, NULL, NULL, &f->snapshots));
	f->archive = archive_new(1 << 20);
	assert_non_null(f->archive);
	f->database.path = f->path;
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	database_close(&f->database);
	snapshots_free(f->snapshots);
	archive_free(f->archive);
	free(f->path);
	testing_folder_remove(f->folder);
	free(f);
	return 0;
}

/* Run a request to its reply, first without the database, then (if it wants) with it. */
static struct reply
ask(struct fixture *f, struct request *request, bool *ret_deferred)
{
	struct context context = { .archive = f->archive, .today = "2025-01-20" };
	struct reply reply = { 0 };
	const struct route *route = router_find(request, &reply);
	bool deferred = false;

	context.generation = snapshots_current(f->snapshots);
	snapshots_get_status(f->snapshots, &context.status);
	if (route != NULL && router_accepts(route, request, &reply)) {
		router_run(route, request, &context, &reply);
		deferred = reply.defer;
		if (deferred) {
			reply.defer = false;
			context.database = &f->database;
			router_run(route, request, &context, &reply);
			assert_false(reply.defer);
		}
	}
	generation_release(context.generation);
	if (ret_deferred != NULL)
		*ret_deferred = deferred;
	return reply;
}

/* GET it, expect the status and the text somewhere in the body. */
static void
expect(struct fixture *f, const char *target, unsigned int status, const char *want)
{
	struct request request = make_request("GET", target);
	struct reply reply = ask(f, &request, NULL);

	if (reply.status != status)
		fail_msg("%s: %u, not %u: %s", target, reply.status, status, reply.body);
	if (want != NULL && (reply.body == NULL || strstr(reply.body, want) == NULL))
		fail_msg("%s: no %s in %s", target, want, reply.body);
	assert_int_equal(reply.body_size, reply.body != NULL ? strlen(reply.body) : 0);
	reply_release(&reply);
	request_release(&request);
}

/* What a GET has to come to. */
struct expectation {
	const char *target;
	unsigned int status;
	const char *want; /* somewhere in the body; NULL for anything */
};

static void
expect_all(struct fixture *f, const struct expectation *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect(f, cases[i].target, cases[i].status, cases[i].want);
}

static void
test_lookups(void **state)
{
	static const struct expectation cases[] = {
		{ "/v1/lookup?q=198.18.1.200", 200, "\"tag\":\"Storage.EastUS\"" },
		{ "/v1/lookup?q=198.18.1.200&cloud=sample", 200, "\"changeNumber\":101" },
		{ "/v1/lookup?q=198.18.1.200&cloud=all", 200, "\"release\":null" },
		{ "/v1/lookup?q=203.0.113.1", 200, "\"matches\":[]" },
		{ "/v1/lookup?q=203.0.113.1&q=nonsense", 200, "\"error\":" },
		{ "/v1/lookup?q=203.0.113.1&q=203.0.113.2", 200, "\"results\":[" },
		{ "/v1/lookup", 400, "\"status\":400" },
		{ "/v1/lookup?q=www.example.com", 400, "host name" },
		{ "/v1/lookup?q=0x0d.64.1", 400, NULL },
		{ "/v1/lookup?q=", 400, NULL },
		{ "/v1/lookup?q=1.2.3.4&cloud=Mars", 404, NULL },
		{ "/v1/lookup?q=1.2.3.4&at=999", 404, NULL },
		{ "/v1/lookup?q=1.2.3.4&at=yesterday", 400, NULL },
		{ "/v1/lookup?q=198.18.1.200&at=100", 200, "\"changeNumber\":100" },
		{ "/v1/lookup?q=198.18.1.200&at=previous&cloud=all", 200, "\"changeNumber\":100" },
		{ "/v1/lookup?q=1.2.3.4&format=xml", 400, NULL },
	};

	expect_all(*state, cases, COUNT(cases));
}

static void
test_checks(void **state)
{
	static const struct expectation cases[] = {
		{ "/v1/check?q=198.18.1.200&tag=storage.eastus", 200, "\"member\":\"yes\"" },
		{ "/v1/check?q=198.18.1.200&tag=storage.eastus&at=100", 200, "\"member\":\"no\"" },
		{ "/v1/check?q=198.18.1.0/24&tag=Storage.EastUS&at=100", 200, "\"member\":\"partial\"" },
		{ "/v1/check?q=198.18.1.200&tag=Storage.EastUX", 404, "Storage.EastUS" },
		{ "/v1/check?q=198.18.1.200", 400, NULL },
		{ "/v1/check?tag=Storage", 400, NULL },
		{ "/v1/check?q=1&q=2&tag=Storage", 400, NULL },
		{ "/v1/check?q=1.2.3.4&tag=Storage.EastUS&cloud=all", 400, NULL },
	};

	expect_all(*state, cases, COUNT(cases));
}

static void
test_releases_and_tags(void **state)
{
	static const struct expectation cases[] = {
		{ "/v1/releases", 200, "\"importedAt\":" },
		{ "/v1/releases?cloud=nowhere", 404, NULL },
		{ "/v1/tags?match=Storage.*", 200, "\"name\":\"Storage.EastUS\"" },
		{ "/v1/tags?match=none*", 200, "\"tags\":[]" },
		{ "/v1/tags/storage.eastus", 200, "\"prefixes\":[" },
		{ "/v1/tags/none", 404, NULL },
		{ "/v1/tags/Storage.EastUS/prefixes?format=text", 200, "198.18.1.0/25\n198.18.1.128/25\n" },
		{ "/v1/tags/Storage.EastUS/prefixes?format=text&aggregate=true", 200, "198.18.1.0/24\n" },
		{ "/v1/tags/Storage.EastUS/prefixes?format=text&aggregate=1&family=4", 200, "198.18.1.0/24\n" },
		{ "/v1/tags/AzureCloud/prefixes?family=6", 200, "2001:db8::/32" },
		{ "/v1/tags/AzureCloud/prefixes?family=5", 400, NULL },
		{ "/v1/tags/AzureCloud/prefixes?aggregate=maybe", 400, NULL },
	};

	expect_all(*state, cases, COUNT(cases));
}

static void
test_changes(void **state)
{
	static const struct expectation cases[] = {
		{ "/v1/diff", 200, "\"change\":\"changed\"" },
		{ "/v1/diff?from=101&to=100", 200, "\"removed\":[\"198.18.1.128/25\"]" },
		{ "/v1/diff?tag=AzureCloud*", 200, "\"tags\":[]" },
		{ "/v1/diff?from=1", 404, NULL },
		{ "/v1/history?q=198.18.1.200", 200, "\"tag\":\"Storage.EastUS\"" },
		{ "/v1/history?q=203.0.113.1", 200, "\"timeline\":[]" },
		{ "/v1/history?q=198.18.1.200&format=svg", 200, "</svg>" },
		{ "/v1/history?tag=storage.eastus", 200, "\"tag\":\"Storage.EastUS\"" },
		{ "/v1/history?tag=Storage.EastUX", 404, "Storage.EastUS" },
		{ "/v1/history", 400, NULL },
		{ "/v1/history?q=1.2.3.4&tag=Storage.EastUS", 400, NULL },
		{ "/v1/history?q=1.2.3.4&q=1.2.3.5", 400, NULL },
		{ "/v1/history?q=1.2.3.4&cloud=all", 400, "cloud=all" },
		{ "/v1/drift?tag=storage.eastus&frozen=100", 200, "\"frozen\":" },
		{ "/v1/drift?tag=Storage.EastUS", 400, NULL },
		{ "/v1/drift?tag=Storage.EastUS&frozen=1", 404, NULL },
	};

	expect_all(*state, cases, COUNT(cases));
}

static void
test_health(void **state)
{
	static const struct expectation cases[] = {
		{ "/healthz", 200, "\"status\":\"ok\"" },
		{ "/readyz", 200, "\"ageDays\":7" },
	};

	expect_all(*state, cases, COUNT(cases));
}

static void
test_prefixes_exactly(void **state)
{
	struct request request = make_request("GET", "/v1/tags/AzureCloud/prefixes?family=4");
	struct reply reply;

	give_field(&request, "Accept", "text/plain");
	reply = ask(*state, &request, NULL);
	assert_string_equal(reply.body, "198.18.0.0/16\n");
	assert_string_equal(reply.content_type, "text/plain; charset=utf-8");
	assert_true(reply.varies);
	reply_release(&reply);
	request_release(&request);
}

/* Only what memory does not hold is deferred, and that only once. */
static void
test_deferring(void **state)
{
	static const struct {
		const char *target;
		bool want;
	} cases[] = {
		{ "/v1/lookup?q=1.2.3.4", false },
		{ "/v1/lookup?q=1.2.3.4&at=latest", false },
		{ "/v1/lookup?q=1.2.3.4&at=101", false },
		{ "/v1/lookup?q=1.2.3.4&at=2025-02-01", false },
		{ "/v1/lookup?q=1.2.3.4&at=100", true },
		{ "/v1/lookup?q=1.2.3.4&at=100", false },
		{ "/v1/check?q=1.2.3.4&tag=AzureCloud&at=previous", false },
		{ "/v1/diff", true },
		{ "/v1/diff", true },
		{ "/v1/history?q=1.2.3.4", true },
		{ "/v1/history?tag=AzureCloud", true },
		{ "/v1/drift?tag=AzureCloud&frozen=latest", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct request request = make_request("GET", cases[i].target);
		bool deferred;
		struct reply reply = ask(*state, &request, &deferred);

		assert_int_equal(reply.status, 200);
		if (deferred != cases[i].want)
			fail_msg("case %zu, %s", i, cases[i].target);
		reply_release(&reply);
		request_release(&request);
	}
}

static void
test_not_modified(void **state)
{
	static const char *const targets[] = { "/v1/lookup?q=1.2.3.4",
					       "/v1/releases",
					       "/v1/tags",
					       "/v1/diff",
					       "/v1/history?q=1.2.3.4",
					       "/v1/history?tag=AzureCloud",
					       "/v1/drift?tag=AzureCloud&frozen=100",
					       "/v1/check?q=1.2.3.4&tag=AzureCloud" };
	char last[ETAG_SIZE] = "";

	for (size_t i = 0; i < COUNT(targets); i++) {
		struct request request = make_request("GET", targets[i]);
		struct reply reply = ask(*state, &request, NULL);
		bool deferred;

		assert_int_equal(reply.status, 200);
		assert_int_equal(strlen(reply.etag), 34);
		assert_string_not_equal(reply.etag, last);
		memcpy(last, reply.etag, strlen(reply.etag) + 1);
		give_field(&request, "If-None-Match", reply.etag);
		reply_release(&reply);

		reply = ask(*state, &request, &deferred);
		assert_int_equal(reply.status, 304);
		assert_null(reply.body);
		assert_string_equal(reply.etag, last);
		assert_false(deferred);
		reply_release(&reply);

		give_field(&request, "Accept", "text/plain"); /* other bytes, another tag */
		reply = ask(*state, &request, NULL);
		assert_int_equal(reply.status, 200);
		assert_string_not_equal(reply.etag, last);
		reply_release(&reply);
		request_release(&request);
	}
}

/* POST a body, gather the stream. free() the result. */
static char *
post(struct fixture *f, const char *type, const char *body, const char *accept, unsigned int status)
{
	struct request request = make_request("POST", "/v1/lookup");
	struct reply reply;
	bool done = false;
	struct output out = { 0 };

	give_field(&request, "Content-Type", type);
	give_field(&request, "Accept", accept);
	request.body = *body != '\0' ? strdup(body) : NULL;
	request.body_size = strlen(body);
	reply = ask(f, &request, NULL);
	assert_int_equal(reply.status, status);
	if (reply.stream.next != NULL)
		while (!done)
			TESTING_OK(reply.stream.next(reply.stream.context, &out, &done));
	if (!output_reserve(&out, reply.body_size + 1) || out.data == NULL)
		abort();
	if (reply.body != NULL)
		output_add(&out, reply.body, reply.body_size);
	out.data[out.size] = '\0';
	reply_release(&reply);
	request_release(&request);
	return out.data;
}

static size_t
count_text(const char *text, const char *what)
{
	size_t count = 0;

	for (const char *p = strstr(text, what); p != NULL; p = strstr(p + 1, what))
		count++;
	return count;
}

static void
test_posting(void **state)
{
	char *text = post(*state, "text/plain", "198.18.1.1\nbad\n\n# x\n2001:db8::1", NULL, 200);

	assert_int_equal(count_text(text, "\"query\":"), 3);
	assert_non_null(strstr(text, "\"query\":\"bad\",\"line\":2,\"error\":"));
	assert_true(strncmp(text, "{\"release\":{", 12) == 0);
	free(text);

	text = post(*state, "application/json", "{\"queries\":[\"198.18.1.1\",\"bad\"]}", "application/x-ndjson", 200);
	assert_int_equal(count_text(text, "\n"), 2);
	free(text);
	text = post(*state, "application/json", "{\"queries\":[]}", NULL, 200);
	assert_non_null(strstr(text, "\"results\":[]}"));
	free(text);
	free(post(*state, "application/json", "{\"queries\":[}", NULL, 400));
	free(post(*state, "application/json", "", NULL, 400));
	free(post(*state, "text/plain", "", NULL, 400));
	free(post(*state, "text/html", "1.2.3.4", NULL, 415));
	free(post(*state, "text/plain", "1.2.3.4", "image/png", 406));
}

/* A list that takes many pieces gives each query its answer, in order. */
static void
test_posting_many(void **state)
{
	enum { LINES = 2000 };
	char *body = testing_allocate((size_t)LINES * 16, 1);
	char *p = body, *text, *at;

	for (int i = 0; i < LINES; i++)
		p += sprintf(p, "198.18.%d.%d\n", i / 200, i % 200);
	text = post(*state, "text/plain", body, "application/x-ndjson", 200);
	at = text;
	for (int i = 0; i < LINES; i++) {
		char want[64];

		sprintf(want, "{\"query\":\"198.18.%d.%d\",", i / 200, i % 200);
		assert_memory_equal(at, want, strlen(want));
		at = strchr(at, '\n') + 1;
	}
	assert_int_equal(*at, '\0');
	free(text);
	free(body);
}

static bool
always(void *client)
{
	(void)client;
	return true;
}

/* Post a list under these limits. */
static struct reply
post_drift_under(struct fixture *f, const char *target, const char *list, const struct work_limits *limits)
{
	struct context context = { .archive = f->archive, .today = "2025-01-20", .limits = *limits };
	struct request request = make_request("POST", target);
	struct reply reply = { 0 };
	const struct route *route = router_find(&request, &reply);

	request.body = list != NULL ? strdup(list) : NULL;
	request.body_size = list != NULL ? strlen(list) : 0;
	context.generation = snapshots_current(f->snapshots);
	context.database = &f->database;
	router_run(route, &request, &context, &reply);
	generation_release(context.generation);
	request_release(&request);
	return reply;
}

static void
test_drift(void **state)
{
	static const struct work_limits none = { 0 };
	static const struct {
		const char *target, *list;
		unsigned int status;
		const char *want;
	} cases[] = {
		{ "/v1/drift", "198.18.1.5\n", 200, "\"entries\":1" },
		{ "/v1/drift?name=rules.txt", "198.18.1.5 # one\n300.1.2.3\n", 200, "\"place\":\"rules.txt:2\"" },
		{ "/v1/drift?intent=storage.eastus&format=text", "198.18.1.5", 200, "Storage.EastUS" },
		{ "/v1/drift?tag=Storage.EastUS&frozen=100", NULL, 200, "\"frozen\":" },
		{ "/v1/drift", NULL, 400, "empty" },
		{ "/v1/drift", "300.1.2.3\n", 400, "300.1.2.3" },
		{ "/v1/drift", "# nothing\n", 400, "no address" },
		{ "/v1/drift?input=none", "1.2.3.4", 400, "iptables" },
		{ "/v1/drift?input=nsg", "{", 400, NULL },
		{ "/v1/drift?input=csv&column=none", "a,b\n1.2.3.4,5\n", 400, NULL },
		{ "/v1/drift?name=", "1.2.3.4", 400, NULL },
		{ "/v1/drift?tag=Storage.EastUS", NULL, 400, "belong together" },
		{ "/v1/drift?tag=Storage.EastUS&frozen=100", "1.2.3.4", 400, "either" },
		{ "/v1/drift?tag=Storage.EastUS&frozen=100&input=csv", NULL, 400, "about a list" },
		{ "/v1/drift?tag=Storage.EastUS&frozen=5", NULL, 404, NULL },
		{ "/v1/drift?cloud=all", "1.2.3.4", 400, "cloud=all" },
		{ "/v1/drift?cloud=Mars", "1.2.3.4", 404, NULL },
		{ "/v1/drift?format=markdown", "1.2.3.4", 400, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reply reply = post_drift_under(*state, cases[i].target, cases[i].list, &none);

		if (reply.status != cases[i].status)
			fail_msg("%s: %u, not %u", cases[i].target, reply.status, cases[i].status);
		if (cases[i].want != NULL &&
		    memmem(reply.body, reply.body_size, cases[i].want, strlen(cases[i].want)) == NULL)
			fail_msg("%s: no %s in %.*s", cases[i].target, cases[i].want, (int)reply.body_size, reply.body);
		assert_string_equal(reply.cache_control, "no-store");
		reply_release(&reply);
	}
}

/* Work ends when it is too late, and when nobody wants it. */
static void
test_work_is_limited(void **state)
{
	static const struct work_limits cases[] = { { .deadline_ms = 1 }, { .is_unwanted = always } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct context context = { .limits = cases[i] };
		struct request request = make_request("GET", "/v1/history?q=1.2.3.4");
		struct reply reply =
			post_drift_under(*state, "/v1/drift", "1.2.3.4", &(struct work_limits){ .deadline_ms = 1 });
		struct work work;
		FILE *out;

		assert_int_equal(reply.status, 503);
		assert_true(reply.retry_after > 0);
		reply_release(&reply);

		work_begin(&work, &request, &context);
		work.look_ms = 0;
		out = work_open(&work);
		assert_non_null(out);
		assert_true(fputs("text", out) >= 0);
		work_close(&work, out, SVCTAG_OK, "text/plain", &reply);
		assert_int_equal(reply.status, 503);
		assert_false(work_goes_on(&work));
		work_release(&work);
		reply_release(&reply);
		request_release(&request);
	}
}

static void
test_long_answer(void **state)
{
	static const char line[4096] = "";
	struct context context = { 0 };
	struct request request = make_request("GET", "/v1/history?q=1.2.3.4");
	struct reply reply = { 0 };
	struct work work;
	FILE *out;

	(void)state;
	work_begin(&work, &request, &context);
	out = work_open(&work);
	assert_non_null(out);
	for (size_t written = 0; written < WORK_ANSWER_MAX; written += sizeof(line))
		assert_int_equal(fwrite(line, 1, sizeof(line), out), sizeof(line));
	assert_int_equal(fflush(out), 0);
	assert_true(putc('x', out) == 'x');
	assert_int_not_equal(fflush(out), 0);
	work_close(&work, out, SVCTAG_E_IO, "text/plain", &reply);
	assert_int_equal(reply.status, 400);
	work_release(&work);
	reply_release(&reply);
	request_release(&request);
}

static void
test_nothing_loaded(void **state)
{
	struct fixture f = { .folder = testing_folder_new() };

	(void)state;
	f.path = testing_path(f.folder, "none.db");
	f.database.path = f.path;
	f.archive = archive_new(0);
	TESTING_OK(snapshots_new(f.path, NULL, NULL, &f.snapshots));
	expect(&f, "/healthz", 200, NULL);
	expect(&f, "/readyz", 503, "none.db");
	expect(&f, "/v1/lookup?q=1.2.3.4", 503, NULL);
	expect(&f, "/v1/releases", 503, NULL);
	expect(&f, "/v1/diff", 503, NULL);
	snapshots_free(f.snapshots);
	archive_free(f.archive);
	free(f.path);
	testing_folder_remove(f.folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lookups, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_checks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_releases_and_tags, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_health, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_prefixes_exactly, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_deferring, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_modified, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_posting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_posting_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drift, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_work_is_limited, set_up, tear_down),
		cmocka_unit_test(test_long_answer),
		cmocka_unit_test(test_nothing_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
