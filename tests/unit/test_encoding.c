/*
 * Content codings: what a client's Accept-Encoding comes to, ETags, and that
 * what was packed unpacks to the same.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "daemon/encoding.h"

#define COUNT TESTING_COUNT

static void
test_choice(void **state)
{
	static const struct {
		const char *accept;
		enum encoding want;
	} cases[] = {
		{ NULL, ENCODING_PLAIN },
		{ "", ENCODING_PLAIN },
		{ "gzip", ENCODING_GZIP },
		{ "GZip", ENCODING_GZIP },
		{ "x-gzip", ENCODING_GZIP },
		{ "gzip, deflate, br, zstd", ENCODING_GZIP },
		{ "br;q=1.0, gzip;q=0.2", ENCODING_GZIP },
		{ "br", ENCODING_PLAIN },
		{ "*", ENCODING_GZIP },
		{ "gzip;q=0", ENCODING_PLAIN },
		{ "gzip;q=0.000", ENCODING_PLAIN },
		{ "*, gzip;q=0", ENCODING_PLAIN },
		{ "identity", ENCODING_PLAIN },
		{ "identity;q=0.5, gzip;q=1.0", ENCODING_GZIP },
		{ "gzip;q=0.5, identity", ENCODING_PLAIN },
		{ "gzip , identity ; q=0", ENCODING_GZIP_ONLY },
		{ "gzip, *;q=0", ENCODING_GZIP_ONLY },
		{ "*, identity;q=0", ENCODING_GZIP_ONLY },
		{ "identity;q=0", ENCODING_NONE },
		{ "br, *;q=0", ENCODING_NONE },
		{ "*;q=0", ENCODING_NONE },
		{ "gzip;q=0, identity;q=0", ENCODING_NONE },
		{ "identity, *;q=0", ENCODING_PLAIN },
		{ ",,;q=1,\t", ENCODING_PLAIN },
		{ "gzipped", ENCODING_PLAIN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (encoding_choose(cases[i].accept) != cases[i].want)
			fail_msg("'%s': %d", cases[i].accept, (int)encoding_choose(cases[i].accept));
}

static void
test_validators(void **state)
{
	static const struct {
		enum encoding encoding;
		const char *sent;
		bool want; /* does it name the ETag "a"? */
	} cases[] = {
		{ ENCODING_PLAIN, "\"a\"", true },
		{ ENCODING_PLAIN, "\"a-gzip\"", false },
		{ ENCODING_GZIP, "\"a\"", false }, /* names the plain form */
		{ ENCODING_GZIP, "\"a-gzip\"", true },
		{ ENCODING_GZIP_ONLY, "\"a-gzip\"", true },
		{ ENCODING_GZIP, "W/\"a-gzip\"", true },
		{ ENCODING_GZIP, "\"a\", \"b-gzip\" ,W/\"a-gzip\"", true },
		{ ENCODING_GZIP, "\"b-gzip\",\"a\"", false },
		{ ENCODING_GZIP, "*", false },
		{ ENCODING_GZIP, "\"-gzip\"", false },
		{ ENCODING_GZIP, "-gzip\"", false },
		{ ENCODING_GZIP, "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *header = testing_allocate(strlen(cases[i].sent) + 1, 1);

		memcpy(header, cases[i].sent, strlen(cases[i].sent) + 1);
		encoding_unmark(cases[i].encoding, header);
		if (reply_etag_matches(header, "\"a\"") != cases[i].want)
			fail_msg("%s became %s", cases[i].sent, header);
		free(header);
	}
	encoding_unmark(ENCODING_GZIP, NULL);
}

/* A body of lines that differ, as JSON. */
static struct reply
make_reply(size_t size)
{
	struct reply reply = { .etag = "\"0123456789abcdef0123456789abcdef\"" };
	char *body = testing_allocate(size + 32, 1);

	for (size_t n = 0; n < size;)
		n += (size_t)sprintf(body + n, "{\"prefix\":\"10.%zu.0.0/16\"}\n", n);
	reply_give(&reply, body, size, "application/json");
	return reply;
}

/* All that the reply sends. */
static char *
send_all(struct reply *reply, size_t *ret_size)
{
	svctag_error err = SVCTAG_OK;
	bool done = reply->stream.next == NULL;
	struct output out = { 0 };

	if (!output_reserve(&out, reply->body_size + 1) || out.data == NULL)
		abort();
	if (done)
		output_add(&out, reply->body, reply->body_size);
	while (!done && err == SVCTAG_OK)
		err = reply->stream.next(reply->stream.context, &out, &done);
	assert_int_equal(err, SVCTAG_OK);
	*ret_size = out.size;
	return out.data;
}

static char *
unpack(const char *packed, size_t packed_size, size_t size)
{
	char *plain = testing_allocate(size + 1, 1);
	z_stream z = { .next_in = (const Bytef *)packed,
		       .avail_in = (uInt)packed_size,
		       .next_out = (Bytef *)plain,
		       .avail_out = (uInt)size + 1 };

	assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.avail_in, 0);
	assert_int_equal(z.total_out, size);
	inflateEnd(&z);
	return plain;
}

static void
check_packed(struct reply *reply, size_t size)
{
	struct reply plain = make_reply(size);
	size_t packed_size;
	char *packed, *again;

	assert_string_equal(reply->content_encoding, "gzip");
	assert_string_equal(reply->etag, "\"0123456789abcdef0123456789abcdef-gzip\"");
	packed = send_all(reply, &packed_size);
	again = unpack(packed, packed_size, size);
	assert_memory_equal(again, plain.body, size);
	free(again);
	free(packed);
	reply_release(&plain);
}

static void
test_bodies(void **state)
{
	static const size_t sizes[] = { 1024, 5000, 262144, 262145, 1000000 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct reply reply = make_reply(sizes[i]);

		encoding_apply(ENCODING_GZIP, &reply);
		check_packed(&reply, sizes[i]);
		reply_release(&reply);
	}
}

static void
test_not_worth_it(void **state)
{
	struct reply reply = make_reply(1023);

	(void)state;
	encoding_apply(ENCODING_PLAIN, &reply);
	assert_null(reply.content_encoding);
	assert_string_equal(reply.etag, "\"0123456789abcdef0123456789abcdef\"");
	encoding_apply(ENCODING_GZIP, &reply);
	assert_null(reply.content_encoding);
	assert_int_equal(reply.body_size, 1023);
	reply_release(&reply);

	reply = make_reply(1023);
	encoding_apply(ENCODING_GZIP_ONLY, &reply);
	check_packed(&reply, 1023);
	reply_release(&reply);

	reply = make_reply(100000);
	reply.content_type = "application/octet-stream";
	encoding_apply(ENCODING_GZIP, &reply);
	assert_null(reply.content_encoding);
	assert_int_equal(reply.body_size, 100000);
	reply_release(&reply);
}

struct source {
	const char *text;
	size_t pieces;
	bool fails, released;
};

static svctag_error
next_piece(void *context, struct output *out, bool *ret_done)
{
	struct source *source = context;

	if (source->fails)
		return SVCTAG_E_IO;
	if (source->pieces > 0 && source->pieces % 3 == 0) { /* some pieces are empty */
		assert_true(output_reserve(out, strlen(source->text)));
		output_add(out, source->text, strlen(source->text));
	}
	*ret_done = source->pieces == 0;
	source->pieces -= source->pieces > 0;
	return SVCTAG_OK;
}

static void
release_source(void *context)
{
	struct source *source = context;

	source->released = true;
}

static void
test_streams(void **state)
{
	struct source source = { .text = "198.18.0.0/15\n", .pieces = 30 };
	struct reply reply = { .status = 200,
			       .content_type = "text/plain",
			       .stream = { .next = next_piece, .release = release_source, .context = &source } };
	struct output out = { 0 };
	size_t size;
	char *packed, *plain;
	bool done;

	(void)state;
	encoding_apply(ENCODING_GZIP, &reply);
	assert_string_equal(reply.content_encoding, "gzip");
	packed = send_all(&reply, &size);
	plain = unpack(packed, size, 10 * strlen(source.text));
	assert_memory_equal(plain + 9 * strlen(source.text), source.text, strlen(source.text));
	free(plain);
	free(packed);
	source.fails = true;
	assert_int_equal(reply.stream.next(reply.stream.context, &out, &done), SVCTAG_E_IO);
	reply_release(&reply);
	assert_true(source.released);
}

/* A stream that ends with its first piece is a body, one that fails in it a problem, any other is as it was. */
static void
test_begun_streams(void **state)
{
	static const struct {
		struct source source;
		unsigned int status;
		size_t size;
		bool is_stream;
	} cases[] = {
		{ { .text = "x", .pieces = 0 }, 200, 0, false },
		{ { .text = "x", .pieces = 3 }, 200, 1, true },
		{ { .text = "x", .pieces = 10 }, 200, 3, true },
		{ { .text = "x", .pieces = 3, .fails = true }, 503, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(cases); i++) {
		struct source source = cases[i].source;
		struct reply reply = { .status = 200,
				       .content_type = "text/plain",
				       .stream = {
					       .next = next_piece, .release = release_source, .context = &source } };
		size_t size;

		reply_begin_stream(&reply);
		assert_int_equal(reply.status, cases[i].status);
		assert_int_equal(reply.stream.next != NULL, cases[i].is_stream);
		if (reply.status == 200) {
			free(send_all(&reply, &size));
			assert_int_equal(size, cases[i].size);
		}
		reply_release(&reply);
		assert_true(source.released);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),       cmocka_unit_test(test_validators),
		cmocka_unit_test(test_bodies),       cmocka_unit_test(test_streams),
		cmocka_unit_test(test_not_worth_it), cmocka_unit_test(test_begun_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
