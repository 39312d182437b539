#include "testing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <annotate/annotate.h>

/* Inputs in memory, read in pieces of at most so many bytes, and what is written. */
struct memory {
	const char *const *inputs;
	const size_t *sizes;
	size_t count;
	size_t next;
	size_t at;
	size_t most;
	char *output;
	size_t size;
	size_t room;       /* then the disk is full */
	size_t fails_at;   /* reading fails after so many bytes of an input; 0: never */
	size_t progressed; /* calls */
	bool aligned;      /* all reads have to go to where a cache line begins */
};

static bool
memory_next(void *context)
{
	struct memory *memory = context;

	memory->at = 0;
	return memory->next++ < memory->count;
}

static ssize_t
memory_read(void *context, char *buffer, size_t size)
{
	struct memory *memory = context;
	size_t left = memory->sizes[memory->next - 1] - memory->at;

	assert_true(!memory->aligned || (uintptr_t)buffer % 64 == 0);
	if (memory->fails_at > 0 && memory->at >= memory->fails_at) {
		errno = EIO;
		return -1;
	}
	size = size < memory->most ? size : memory->most;
	size = size < left ? size : left;
	memcpy(buffer, memory->inputs[memory->next - 1] + memory->at, size);
	memory->at += size;
	return (ssize_t)size;
}

static svctag_error
memory_write(void *context, const char *data, size_t size)
{
	struct memory *memory = context;

	if (memory->room - memory->size < size) {
		errno = ENOSPC;
		return SVCTAG_E_IO;
	}
	memory->output = realloc(memory->output, memory->size + size + 1);
	assert_non_null(memory->output);
	memcpy(memory->output + memory->size, data, size);
	memory->size += size;
	memory->output[memory->size] = '\0';
	return SVCTAG_OK;
}

static void
memory_progress(void *context, const struct annotate_counts *counts)
{
	struct memory *memory = context;

	memory->progressed++;
	assert_true(counts->kept <= counts->lines);
}

static svctag_error
run(const svctag_snapshot *snapshot, const struct annotate_options *options, struct memory *memory,
    struct annotate_counts *counts)
{
	const struct annotate_io io = { memory, memory_next, memory_read, memory_write, memory_progress };
	struct annotator *annotator = NULL;
	svctag_detail detail = { "" };
	svctag_error err;

	if (memory->most == 0)
		memory->most = SIZE_MAX;
	if (memory->room == 0)
		memory->room = SIZE_MAX;
	TESTING_OK(annotator_new(snapshot, options, &annotator, &detail));
	err = annotate_run(annotator, &io, counts, &detail);
	assert_true(err == SVCTAG_OK || err == SVCTAG_E_IO || detail.text[0] != '\0');
	annotator_free(annotator);
	return err;
}

static const testing_tag known[] = {
	{ "AzureCloud", "", "13.64.0.0/11 2603:1030::/28" },
	{ "AzureCloud.eastus", "eastus", "13.82.0.0/16 2603:1030:200::/40" },
	{ "Storage", "", "13.82.88.224/27" },
	{ "Storage.EastUS", "eastus", "13.82.88.224/28" },
};

static svctag_snapshot *
make_snapshot(void)
{
	svctag_release *release = testing_release(1, known, TESTING_COUNT(known));
	svctag_snapshot *snapshot = testing_snapshot(release, "Public");

	svctag_release_free(release);
	return snapshot;
}

#define FOUR "Storage.EastUS,Storage,AzureCloud.eastus,AzureCloud"
#define TWO "AzureCloud.eastus,AzureCloud"

static const char *const storage[] = { "storage*" };
static const char *const east[] = { "*.eastus" };

static const struct run_case {
	struct annotate_options options;
	const char *input;
	const char *want;
	struct annotate_counts counts; /* without `bytes` */
} runs[] = {
	{ { 0 },
	  "13.82.88.226\r\nx [2603:1030:200::1]:443 y\n\n8.8.8.8\nnothing\n::ffff:13.64.0.1",
	  "13.82.88.226\teastus\t" FOUR "\r\nx [2603:1030:200::1]:443 y\teastus\t" TWO
	  "\n\n8.8.8.8\t-\t-\nnothing\n::ffff:13.64.0.1\t-\tAzureCloud",
	  { .lines = 6, .matched = 3, .kept = 6, .missing = 2 } },
	{ { .input = ANNOTATE_FIELD, .field = 2, .separator = ";" },
	  "a;13.82.88.226:1;b\n13.82.88.226\na;;c\na;x;c\n",
	  "a;13.82.88.226:1;b;eastus;" FOUR "\n13.82.88.226\na;;c\na;x;c\n",
	  { .lines = 4, .matched = 1, .kept = 4, .missing = 2, .unreadable = 1 } },
	{ { .input = ANNOTATE_CSV, .field_name = "the \xc3\xb6", .header = true },
	  "\xef\xbb\xbf"
	  "a,the \xc3\xb6\r\n\"x\n\",\"13.82.88.226\"\r\n1\n\n\"\"\"\",8.8.8.8",
	  "\xef\xbb\xbf"
	  "a,the \xc3\xb6,region,tags\r\n\"x\n\",\"13.82.88.226\",eastus,\"" FOUR "\"\r\n1,,\n\n\"\"\"\",8.8.8.8,,",
	  { .lines = 4, .matched = 1, .kept = 4, .missing = 2 } },
	{ { .input = ANNOTATE_JSON, .key = "a.ip", .name_prefix = "x\"" },
	  "{\"a\":{\"ip\":\"13.82.88.226\"},\"b\":1}\n{\"a\":1}\n{\n",
	  "{\"a\":{\"ip\":\"13.82.88.226\",\"x\\\"region\":\"eastus\",\"x\\\"tags\":[\"Storage.EastUS\",\"Storage\","
	  "\"AzureCloud.eastus\",\"AzureCloud\"]},\"b\":1}\n{\"a\":1}\n{\n",
	  { .lines = 3, .matched = 1, .kept = 3, .missing = 1, .unreadable = 1 } },
	{ { .input = ANNOTATE_JSON, .key = "ip" },
	  "{\"tags\":[1],\"ip\":\"8.8.8.8\",\"region\":\"r\"}\n{\"region\":1,\"ip\":\"13.64.0.1\"}\n"
	  "{\"ip\":\"13.64.0.1\",\"tags\":{}}\n{\"region\":1,\"tags\":2,\"ip\":\"\\u0031.1.1.1\"}",
	  "{\"tags\":[],\"ip\":\"8.8.8.8\",\"region\":null}\n"
	  "{\"region\":null,\"ip\":\"13.64.0.1\",\"tags\":[\"AzureCloud\"]}\n"
	  "{\"ip\":\"13.64.0.1\",\"tags\":[\"AzureCloud\"],\"region\":null}\n"
	  "{\"region\":null,\"tags\":[],\"ip\":\"\\u0031.1.1.1\"}",
	  { .lines = 4, .matched = 2, .kept = 4 } },
	{ { .only = storage, .only_count = 1 },
	  "13.82.88.226\n13.82.0.1\r\nx\n13.82.88.241",
	  "13.82.88.226\n13.82.88.241",
	  { .lines = 4, .matched = 3, .kept = 2, .missing = 1 } },
	{ { .except = storage, .except_count = 1, .header = true },
	  "13.82.88.226 names\n13.82.88.226\n13.82.0.1\r\nx\n8.8.8.8\n13.82.88.241",
	  "13.82.88.226 names\n13.82.0.1\r\nx\n8.8.8.8\n",
	  { .lines = 5, .matched = 3, .kept = 3, .missing = 1 } },
	{ { .only = storage, .only_count = 1, .except = east, .except_count = 1, .add = true, .separator = "::" },
	  "13.82.88.226\n13.82.88.241\n13.82.0.1\nx\n",
	  "",
	  { .lines = 4, .matched = 3, .kept = 0, .missing = 1 } },
	{ { .only = east, .only_count = 1, .add = true, .input = ANNOTATE_FIELD, .field = 1 },
	  "b\n13.82.0.1\nx\n",
	  "13.82.0.1\teastus\t" TWO "\n",
	  { .lines = 3, .matched = 1, .kept = 1, .unreadable = 2 } },
};

static void
check_counts(const struct annotate_counts *got, const struct annotate_counts *want)
{
	assert_int_equal(got->lines, want->lines);
	assert_int_equal(got->matched, want->matched);
	assert_int_equal(got->kept, want->kept);
	assert_int_equal(got->missing, want->missing);
	assert_int_equal(got->unreadable, want->unreadable);
	assert_int_equal(got->too_long, want->too_long);
}

/* However the input is cut into pieces and whoever works on them. */
static void
check_run(const svctag_snapshot *snapshot, const struct run_case *c)
{
	size_t size = strlen(c->input);

	for (size_t most = 1; most <= size + 1; most++) {
		/* Threads are slow to start. */
		for (unsigned int threads = 1; threads <= (most % 7 == 1 ? 3U : 1U); threads += 2) {
			struct annotate_options options = c->options;
			struct memory memory = { .inputs = &c->input, .sizes = &size, .count = 1, .most = most };
			struct annotate_counts counts;

			options.threads = threads;
			options.block_size = most;
			TESTING_OK(run(snapshot, &options, &memory, &counts));
			assert_string_equal(memory.output == NULL ? "" : memory.output, c->want);
			check_counts(&counts, &c->counts);
			assert_int_equal(counts.bytes, size);
			free(memory.output);
		}
	}
}

static void
test_runs(void **state)
{
	svctag_snapshot *snapshot = make_snapshot();

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(runs); i++)
		check_run(snapshot, &runs[i]);
	svctag_snapshot_free(snapshot);
}

/* One run over several inputs. `want` NULL: not compared. */
static void
check_inputs(const svctag_snapshot *snapshot, const struct annotate_options *options, const char *const *inputs,
	     const size_t *sizes, size_t count, const char *want, size_t want_size, struct annotate_counts *counts)
{
	struct memory memory = { .inputs = inputs, .sizes = sizes, .count = count };

	TESTING_OK(run(snapshot, options, &memory, counts));
	assert_int_equal(memory.size, want_size);
	assert_true(want_size == 0 || memcmp(memory.output, want, want_size) == 0);
	assert_true(memory.progressed > 0);
	free(memory.output);
}

/* NUL and bytes that are no text come out as they went in. */
static void
test_any_bytes(void **state)
{
	static const char input[] = "a\0b\xff\n\0\n13.82.0.1\0\n";
	static const char want[] = "a\0b\xff\n\0\n13.82.0.1\0\teastus\t" TWO "\n";
	const char *inputs[] = { input };
	const size_t sizes[] = { sizeof(input) - 1 };
	struct annotate_options options = { 0 };
	struct annotate_counts counts;
	svctag_snapshot *snapshot = make_snapshot();

	(void)state;
	check_inputs(snapshot, &options, inputs, sizes, 1, want, sizeof(want) - 1, &counts);
	svctag_snapshot_free(snapshot);
}

/* Inputs do not run into one another, each has its header, and empty ones do no harm. */
static void
test_inputs(void **state)
{
	static const char *const inputs[] = { "a;ip\n1;13.82.0.1", "", "ip\n8.8.8.8", "ip;b", "b;c;ip\n;;13.82.0.1\n" };
	static const char want[] = "a;ip;region;tags\n1;13.82.0.1;eastus;" TWO
				   "\nip;region;tags\n8.8.8.8;-;-\nip;b;region;tags\nb;c;ip;region;tags\n"
				   ";;13.82.0.1;eastus;" TWO "\n";
	struct annotate_options options = {
		.input = ANNOTATE_FIELD, .field_name = "ip", .header = true, .separator = ";", .threads = 2
	};
	size_t sizes[TESTING_COUNT(inputs)];
	struct annotate_counts counts;
	svctag_snapshot *snapshot = make_snapshot();
	struct memory memory = { .inputs = inputs, .sizes = sizes, .count = 1 };

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(inputs); i++)
		sizes[i] = strlen(inputs[i]);
	check_inputs(snapshot, &options, inputs, sizes, TESTING_COUNT(inputs), want, sizeof(want) - 1, &counts);
	assert_int_equal(counts.lines, 3);
	options.field_name = "none";
	TESTING_CHECK(run(snapshot, &options, &memory, &counts), SVCTAG_E_NOT_FOUND);
	assert_null(memory.output);
	svctag_snapshot_free(snapshot);
}

/* Lines around the greatest length, in all forms of input. */
static void
test_long_lines(void **state)
{
	/* Without a NUL at the end. */
	static const char alone[10] = "13.82.0.1\n";
	static const char more[10] = "13.82.0.1,";
	static const enum annotate_input forms[] = { ANNOTATE_FIND, ANNOTATE_CSV };
	svctag_snapshot *snapshot = make_snapshot();
	size_t room = 3 * ANNOTATE_LONGEST;
	char *input = testing_allocate(room, 1);

	(void)state;
	for (size_t excess = 0; excess < 4; excess++) {
		size_t size = ANNOTATE_LONGEST + excess - 1; /* with the line end at the limit at 1 */
		const char *inputs[] = { input };
		size_t sizes[] = { 10 + size + 10 };

		memcpy(input, alone, sizeof(alone));
		memset(input + 10, 'x', size);
		memcpy(input + 10, more, sizeof(more));
		input[10 + size - 1] = '\n';
		memcpy(input + 10 + size, alone, sizeof(alone));
		for (size_t form = 0; form < TESTING_COUNT(forms); form++) {
			for (size_t block = 1000; block <= 3000000; block *= 30) {
				struct annotate_options options = {
					.input = forms[form], .field = 1, .block_size = block, .threads = 2
				};
				struct memory memory = { .inputs = inputs, .sizes = sizes, .count = 1 };
				struct annotate_counts counts;

				TESTING_OK(run(snapshot, &options, &memory, &counts));
				assert_int_equal(counts.lines, 3);
				assert_int_equal(counts.too_long, size > ANNOTATE_LONGEST);
				assert_int_equal(counts.matched, 2 + (size <= ANNOTATE_LONGEST));
				free(memory.output);
			}
		}
	}
	free(input);
	svctag_snapshot_free(snapshot);
}

/* A quote that nobody closes costs the lines up to the limit, and no more. */
static void
test_open_quote(void **state)
{
	static const char record[16] = "13.82.0.1,abcde\n"; /* without a NUL */
	svctag_snapshot *snapshot = make_snapshot();
	size_t size = 2 * ANNOTATE_LONGEST;
	char *input = testing_allocate(size, 1);
	const char *inputs[] = { input };
	struct annotate_counts first = { 0 };

	(void)state;
	for (size_t at = 0; at + 16 <= size; at += 16)
		memcpy(input + at, record, sizeof(record));
	input[32] = '"';
	for (size_t block = 999; block <= 3000000; block = block * 7 + 1) {
		struct annotate_options options = { .input = ANNOTATE_CSV, .field = 1, .block_size = block };
		struct memory memory = { .inputs = inputs, .sizes = &size, .count = 1 };
		struct annotate_counts counts;

		TESTING_OK(run(snapshot, &options, &memory, &counts));
		if (first.lines == 0)
			first = counts;
		assert_int_equal(counts.too_long, 1);
		assert_int_equal(counts.unreadable, 0);
		assert_true(counts.matched >= ANNOTATE_LONGEST / 16 - 1);
		check_counts(&counts, &first);
		free(memory.output);
	}
	free(input);
	svctag_snapshot_free(snapshot);
}

/* A full disk ends it; what was written before is what belongs there. */
static void
test_failing_streams(void **state)
{
	svctag_snapshot *snapshot = make_snapshot();
	const char *input = "13.82.0.1\n8.8.8.8\n13.82.88.226\n13.64.0.1\n";
	const char *want = "13.82.0.1\teastus\t" TWO "\n8.8.8.8\t-\t-\n";
	size_t size = strlen(input);

	(void)state;
	for (unsigned int threads = 1; threads <= 4; threads++) {
		struct annotate_options options = { .threads = threads, .block_size = 11 };
		struct memory full = { .inputs = &input, .sizes = &size, .count = 1, .room = strlen(want) };
		struct memory broken = { .inputs = &input, .sizes = &size, .count = 1, .most = 3, .fails_at = 18 };
		struct annotate_counts counts;

		errno = 0;
		TESTING_CHECK(run(snapshot, &options, &full, &counts), SVCTAG_E_IO);
		assert_int_equal(errno, ENOSPC);
		assert_memory_equal(full.output, want, full.size);
		free(full.output);
		TESTING_CHECK(run(snapshot, &options, &broken, &counts), SVCTAG_E_IO);
		assert_int_equal(errno, EIO);
		assert_string_equal(broken.output, want);
		assert_int_equal(counts.lines, 2);
		free(broken.output);
	}
	svctag_snapshot_free(snapshot);
}

static void
test_options(void **state)
{
	static const struct annotate_options bad[] = {
		{ .input = ANNOTATE_FIELD },
		{ .input = ANNOTATE_FIELD, .field_name = "x" },
		{ .input = ANNOTATE_CSV, .field = 1, .separator = "ab" },
		{ .input = ANNOTATE_CSV, .field = 1, .separator = "\"" },
		{ .input = ANNOTATE_JSON },
		{ .input = ANNOTATE_JSON, .key = "" },
		{ .input = ANNOTATE_JSON, .key = "a", .header = true },
	};
	svctag_snapshot *snapshot = make_snapshot();

	(void)state;
	for (size_t i = 0; i < TESTING_COUNT(bad); i++) {
		struct annotator *annotator = NULL;
		svctag_detail detail = { "" };

		TESTING_CHECK(annotator_new(snapshot, &bad[i], &annotator, &detail), SVCTAG_E_INVALID);
		assert_null(annotator);
		assert_true(detail.text[0] != '\0');
	}
	svctag_snapshot_free(snapshot);
}

/* ------------------------------------------------- random logs and releases */

static const testing_space spaces[] = { { "10.0.0.0/12", 14, 32 },
					{ "2001:db8::/32", 34, 64 },
					{ "0.0.0.0/0", 2, 20 } };

/* The columns that svctag_lookup() would have for an address. */
static void
expect_columns(const svctag_snapshot *snapshot, const svctag_address *address, char *text, size_t room)
{
	const svctag_index *index = svctag_snapshot_index(snapshot);
	svctag_lookup_result result = { 0 };
	char canonical[SVCTAG_ADDRESS_TEXT_SIZE];
	svctag_query query;
	size_t n;

	svctag_address_format(address, canonical);
	query = testing_query(canonical);
	TESTING_OK(svctag_lookup(snapshot, &query, &result));
	n = (size_t)snprintf(text, room, "\t%s\t%s", result.region == NULL ? "-" : result.region,
			     result.match_count == 0 ? "-" : "");
	for (size_t i = 0; i < result.match_count; i++)
		n += (size_t)snprintf(text + n, room - n, "%s%s", i == 0 ? "" : ",",
				      svctag_index_tag_name(index, result.matches[i].tag));
	svctag_lookup_result_release(&result);
}

/* A log of so many lines and what is to come out: an address in each, behind a word or alone; or dotted quads alone. */
static void
make_log(testing_random *random, const svctag_snapshot *snapshot, size_t lines, bool quads, char **ret_input,
	 char **ret_want)
{
	size_t input_size, want_size;
	FILE *input = open_memstream(ret_input, &input_size);
	FILE *want = open_memstream(ret_want, &want_size);

	assert_true(input != NULL && want != NULL);
	for (size_t i = 0; i < lines; i++) {
		const size_t space =
			quads ? 2 * testing_below(random, 2) : testing_below(random, TESTING_COUNT(spaces));
		svctag_prefix root = testing_prefix(spaces[space].root);
		svctag_address address = testing_random_inside(random, &root);
		bool alone = quads || testing_below(random, 2) == 0;
		char text[SVCTAG_ADDRESS_TEXT_SIZE], columns[4096];

		svctag_address_format(&address, text);
		expect_columns(snapshot, &address, columns, sizeof(columns));
		fprintf(input, "%s%s%s\n", alone ? "" : "from ", text, alone ? "" : " at 12:00");
		fprintf(want, "%s%s%s%s\n", alone ? "" : "from ", text, alone ? "" : " at 12:00", columns);
	}
	fclose(input);
	fclose(want);
}

static void
test_random_logs(void **state)
{
	/* Handing blocks from thread to thread takes ThreadSanitizer long. */
	const size_t rounds = getenv("SVCTAG_SANITIZE") != NULL ? 3 : 12;
	testing_random random;

	(void)state;
	testing_random_begin(&random);
	for (size_t round = 0; round < rounds; round++) {
		testing_shape shape = { 1, 1 + testing_below(&random, 16), 300, spaces, TESTING_COUNT(spaces) };
		svctag_release *release = testing_random_release(&random, &shape);
		svctag_snapshot *snapshot = testing_snapshot(release, "Public");
		char *input = NULL, *want = NULL;
		size_t size;

		make_log(&random, snapshot, 2000, round % 3 == 0, &input, &want);
		size = strlen(input);
		for (unsigned int threads = 1; threads <= 4; threads++) {
			struct annotate_options options = { .threads = threads,
							    .block_size = 1 + testing_below(&random, 5000) };
			struct memory memory = { .inputs = (const char *const *)&input, .sizes = &size, .count = 1 };
			struct annotate_counts counts;

			TESTING_OK(run(snapshot, &options, &memory, &counts));
			assert_string_equal(memory.output, want);
			assert_int_equal(counts.lines, 2000);
			free(memory.output);
		}
		free(input);
		free(want);
		svctag_snapshot_free(snapshot);
		svctag_release_free(release);
	}
}

/* Where a read ends inside a line, the next one goes to a fast place all the same. */
static void
test_places_of_reads(void **state)
{
	svctag_snapshot *snapshot = make_snapshot();
	char text[60000];
	size_t size = 0;

	(void)state;
	for (size_t length = 1; size + length < sizeof(text); length = length % 600 + 7) {
		memset(text + size, 'x', length);
		text[size + length - 1] = '\n';
		size += length;
	}
	for (unsigned int threads = 1; threads <= 2; threads++) {
		const struct annotate_options options = { .threads = threads };
		const char *input = text;
		struct memory memory = { .inputs = &input, .sizes = &size, .count = 1, .most = 1000, .aligned = true };
		struct annotate_counts counts;

		TESTING_OK(run(snapshot, &options, &memory, &counts));
		assert_int_equal(memory.size, size);
		assert_memory_equal(memory.output, text, size);
		free(memory.output);
	}
	svctag_snapshot_free(snapshot);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_open_quote),
		cmocka_unit_test(test_failing_streams),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_random_logs),
		cmocka_unit_test(test_places_of_reads),
	};

	return cmocka_run_group_tests_name("annotate", tests, NULL, NULL);
}
