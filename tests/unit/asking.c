/*
 * Requests without a socket, the route that answers them, and what is prepared by that.
 */
#include "asking.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/archive.h"

#define COUNT TESTING_COUNT

struct asking_text
asking_fill(const char *form, const char *address)
{
	struct asking_text text = { 0 };
	size_t before = strcspn(form, "@");
	const char *after = form[before] == '@' ? form + before + 1 : "";

	assert_true(strlen(form) + strlen(address) < ASKING_TEXT_SIZE);
	memcpy(text.data, form, before);
	text.size = (size_t)(stpcpy(stpcpy(text.data + before, address), after) - text.data);
	return text;
}

/* The last /24 has more tags than fit an answer that is not worth packing. */
static const testing_tag tags[] = {
	{ "AzureCloud", "", "198.18.0.0/16 2001:db8::/32" },
	{ "AzureCloud.eastus", "eastus", "198.18.1.0/24" },
	{ "Storage", "", "198.18.1.0/25 198.18.2.0/24" },
	{ "Storage.EastUS", "eastus", "198.18.1.0/25 198.18.2.0/24" },
	{ "Sql", "", "198.18.2.0/24" },
	{ "Sql.EastUS", "eastus", "198.18.2.0/24" },
	{ "Batch", "", "198.18.2.0/24" },
};

void
asking_import(const char *path, const char *published, int64_t number)
{
	svctag_release *release = testing_release(number, tags, COUNT(tags));
	svctag_store *store = testing_store_open(path, SVCTAG_STORE_WRITE);

	testing_import(store, "Sample", published, release);
	svctag_store_close(store);
	svctag_release_free(release);
}

int
asking_set_up(void **state)
{
	struct asking *f = testing_allocate(1, sizeof(*f));

	f->folder = testing_folder_new();
	f->path = testing_path(f->folder, "svctag.db");
	asking_import(f->path, "2025-01-06", 100);
	TESTING_OK(snapshots_new(f->path, NULL, NULL, &f->pool.snapshots));
	f->pool.archive = archive_new(1 << 20);
	assert_non_null(f->pool.archive);
	f->prepared = testing_allocate(1, sizeof(*f->prepared));
	*state = f;
	return 0;
}

int
asking_tear_down(void **state)
{
	struct asking *f = *state;

	free(f->prepared);
	archive_free(f->pool.archive);
	snapshots_free(f->pool.snapshots);
	free(f->path);
	testing_folder_remove(f->folder);
	free(f);
	return 0;
}

/* ---------------------------------------------------------- the route's way */

/* Each field of a head, up to its empty line. */
static void
take_fields(struct exchange *ex, const char *line)
{
	for (const char *end; *line != '\r'; line = end + 2) {
		size_t name = strcspn(line, ":"), skip = name + 1 + strspn(line + name + 1, " ");

		end = strstr(line, "\r\n");
		assert_non_null(end);
		framing_measure(&ex->framing, line, name, line + skip, (size_t)(end - line) - skip);
		assert_true(request_take_field(&ex->request, line, name, line + skip, (size_t)(end - line) - skip));
	}
}

/* Answer the first request in a text as the server does. @return whether its answer is one that is repeated */
bool
asking_run(struct asking *f, struct exchange *ex, const char *text)
{
	const char *target = strchr(text, ' ') + 1;
	bool has_key;

	assert_true(exchange_begin(ex, &f->pool, target, strcspn(target, " ")));
	take_fields(ex, strstr(target, "\r\n") + 2);
	has_key = exchange_make_key(ex, "GET");
	if (exchange_admit(ex, "GET"))
		exchange_run(ex, NULL);
	if (ex->reply.defer)
		return false;
	exchange_finish(ex);
	return has_key && exchange_is_repeatable(ex);
}

/* It is answered by the route. @return what comes of that */
enum prepared_state
asking_put(struct asking *f, const char *form, const char *address)
{
	struct exchange *ex = testing_allocate(1, sizeof(*ex));
	struct asking_text text = asking_fill(form, address);
	enum prepared_state done = asking_run(f, ex, text.data) ? prepared_put(f->prepared, ex) : PREPARED_NOT;

	exchange_end(ex);
	free(ex);
	return done;
}

/* It comes in one piece. @return whether it is found by what it asks; its words are known then */
bool
asking_meet(struct asking *f, const char *form, const char *address)
{
	struct asking_text text = asking_fill(form, address);
	struct prepared_question question;
	bool found = plain_begin(&f->plain, &f->pool, text.data, text.size) &&
		     prepared_find_key(f->prepared, &f->plain.exchange, &question);

	if (found) {
		prepared_learn(f->prepared, &question, text.data, text.size);
		prepared_end(&question);
	}
	plain_end(&f->plain);
	return found;
}

/* Both, as the first and the second such request are. @return whether its words are known now */
bool
asking_learn(struct asking *f, const char *form, const char *address)
{
	return asking_put(f, form, address) != PREPARED_NOT && asking_meet(f, form, address);
}

bool
asking_finds_bytes(struct asking *f, const char *data, size_t size)
{
	struct prepared_question question;
	char *exact = testing_allocate(size + 1, 1); /* so that a sanitizer sees reads past the end */
	bool found;

	memcpy(exact, data, size);
	exact = realloc(exact, size);
	found = prepared_find_request(f->prepared, f->pool.snapshots, exact, size, &question);
	if (found)
		prepared_end(&question);
	free(exact);
	return found;
}

bool
asking_finds(struct asking *f, const char *form, const char *address)
{
	struct asking_text text = asking_fill(form, address);

	return asking_finds_bytes(f, text.data, text.size);
}

/* ------------------------------------------------------------------ answers */

/* What the library would send: the fields in its order, and a date that is not looked at. */
static struct asking_text
expected(const struct reply *reply)
{
	struct asking_text text = { 0 };
	int size = snprintf(text.data, sizeof(text.data),
			    "HTTP/1.1 200 OK\r\nDate: %29s\r\nX-Content-Type-Options: nosniff\r\nContent-Type: %s\r\n"
			    "Cache-Control: %s\r\nETag: %s\r\nVary: %s\r\nContent-Length: %zu\r\n\r\n%s",
			    "", reply->content_type, reply->cache_control, reply->etag, reply_vary(reply),
			    reply->body_size, reply->body);

	assert_in_range(size, 1, ASKING_TEXT_SIZE);
	text.size = (size_t)size;
	return text;
}

/* The answer made of learned words is the route's own. */
void
asking_check(struct asking *f, const char *form, const char *address)
{
	static const size_t date = sizeof("HTTP/1.1 200 OK\r\nDate: ") - 1;
	struct exchange *ex = testing_allocate(1, sizeof(*ex));
	struct asking_text text = asking_fill(form, address), want;
	struct prepared_question question;
	struct prepared_answer answer;

	if (!prepared_find_request(f->prepared, f->pool.snapshots, text.data, text.size, &question))
		fail_msg("%s is not found", text.data);
	assert_true(prepared_make(f->prepared, &question, &answer));
	assert_true(asking_run(f, ex, text.data));
	want = expected(&ex->reply);
	assert_int_equal(answer.size, want.size);
	assert_int_equal(answer.body_size, ex->reply.body_size);
	assert_memory_equal(answer.data + date + 26, "GMT", 3);
	memcpy(want.data + date, answer.data + date, 29);
	assert_memory_equal(answer.data, want.data, want.size);
	assert_ptr_equal(question.lookup->route, ex->route);
	prepared_end(&question);
	exchange_end(ex);
	free(ex);
}
