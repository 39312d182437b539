/*
 * Any bytes as lines. The first byte chooses what is done with them, the
 * second in what pieces they are read; the rest is the input. However it is
 * cut, the output has to be the same; lines come out in order, whole, with
 * nothing but an addition; and a line of JSON that was added to is JSON still.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <annotate/annotate.h>
#include <annotate/find.h>
#include <text/quad.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

static const struct {
	const char *name;
	const char *prefixes;
} known[] = {
	{ "AzureCloud", "1.0.0.0/8 2000::/3" },
	{ "AzureCloud.here", "1.2.0.0/16 2001:db8::/32" },
	{ "Storage", "1.2.3.0/24 ::/128 0.0.0.0/1" },
	{ "Storage.Here", "1.2.3.4/32 8.8.8.8/32" },
};

static void
add_prefixes(svctag_release_builder *builder, const char *text)
{
	while (*text != '\0') {
		size_t size = strcspn(text, " ");
		svctag_prefix prefix;

		require(svctag_prefix_parse(text, size, &prefix) == SVCTAG_OK);
		require(svctag_release_builder_add_prefix(builder, &prefix) == SVCTAG_OK);
		text += size + (text[size] != '\0');
	}
}

static const svctag_snapshot *
make_snapshot(void)
{
	const svctag_release_info info = { .cloud = "Public", .change_number = 1, .published = "2024-01-01" };
	svctag_release_builder *builder = NULL;
	svctag_release *release = NULL;
	svctag_snapshot *snapshot = NULL;

	require(svctag_release_builder_new(1, &builder) == SVCTAG_OK);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const svctag_properties properties = { .name = known[i].name,
						       .region = strchr(known[i].name, '.') != NULL ? "here" : "",
						       .platform = "Azure",
						       .system_service = "" };

		require(svctag_release_builder_add_tag(builder, &properties) == SVCTAG_OK);
		add_prefixes(builder, known[i].prefixes);
	}
	require(svctag_release_builder_finish(builder, &release, NULL) == SVCTAG_OK);
	svctag_release_builder_free(builder);
	require(svctag_snapshot_of_release(release, &info, &snapshot, NULL) == SVCTAG_OK);
	svctag_release_free(release);
	return snapshot;
}

/* What is read, in pieces, and what is written. */
struct memory {
	const char *data;
	size_t size;
	size_t most;
	bool begun;
	char *output;
	size_t output_size;
	size_t output_room;
};

static bool
memory_next(void *context)
{
	struct memory *memory = context;
	bool first = !memory->begun;

	memory->begun = true;
	return first;
}

static ssize_t
memory_read(void *context, char *buffer, size_t size)
{
	struct memory *memory = context;

	size = size < memory->most ? size : memory->most;
	size = size < memory->size ? size : memory->size;
	memcpy(buffer, memory->data, size);
	memory->data += size;
	memory->size -= size;
	return (ssize_t)size;
}

static svctag_error
memory_write(void *context, const char *data, size_t size)
{
	struct memory *memory = context;

	if (memory->output_room - memory->output_size < size) {
		memory->output_room = (memory->output_size + size) * 2;
		memory->output = realloc(memory->output, memory->output_room);
		require(memory->output != NULL);
	}
	memcpy(memory->output + memory->output_size, data, size);
	memory->output_size += size;
	return SVCTAG_OK;
}

static struct annotate_counts
run(struct annotator *annotator, struct memory *memory)
{
	const struct annotate_io io = {
		.context = memory, .next = memory_next, .read = memory_read, .write = memory_write
	};
	struct annotate_counts counts = { 0 };
	svctag_detail detail = { "" };

	require(annotate_run(annotator, &io, &counts, &detail) == SVCTAG_OK);
	require(memory->size == 0);
	return counts;
}

/* A line with its line end. */
struct line {
	const char *text;
	size_t size;
};

/* Cut the next line off. @return false: nothing is left */
static bool
next_line(struct line *rest, struct line *ret)
{
	const char *line_feed;

	if (rest->size == 0)
		return false;
	line_feed = memchr(rest->text, '\n', rest->size);
	*ret = (struct line){ rest->text, line_feed == NULL ? rest->size : (size_t)(line_feed - rest->text) + 1 };
	rest->text += ret->size;
	rest->size -= ret->size;
	return true;
}

static bool
same(struct line a, struct line b)
{
	return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

static size_t
end_size(struct line line)
{
	size_t size = line.size > 0 && line.text[line.size - 1] == '\n';

	return size + (line.size > size && line.text[line.size - size - 1] == '\r');
}

/* The line's own text, an addition that looks like one, its own end. */
static void
check_columns(struct line line, struct line out)
{
	size_t end = end_size(line);
	size_t own = line.size - end;
	const char *added = out.text + own;
	size_t size = out.size - own - end;
	const char *tab;

	require(out.size >= line.size && memcmp(out.text, line.text, own) == 0);
	require(memcmp(out.text + out.size - end, line.text + own, end) == 0);
	if (size == 0)
		return;
	require(added[0] == '\t');
	tab = memchr(added + 1, '\t', size - 1);
	require(tab != NULL && memchr(tab + 1, '\t', (size_t)(added + size - tab - 1)) == NULL);
}

static void
check_json(struct line line, struct line out)
{
	cJSON *parsed;

	if (same(line, out))
		return;
	require(out.size > line.size || memmem(line.text, line.size, "region", 6) != NULL ||
		memmem(line.text, line.size, "tags", 4) != NULL || memchr(line.text, '\\', line.size) != NULL);
	/* cJSON refuses half a surrogate pair. */
	if (memmem(line.text, line.size, "\\ud", 3) != NULL || memmem(line.text, line.size, "\\uD", 3) != NULL)
		return;
	parsed = cJSON_ParseWithLengthOpts(out.text, out.size - end_size(out), NULL, false);
	require(cJSON_IsObject(parsed));
	cJSON_Delete(parsed);
}

static void
check_lines(const struct annotate_options *options, struct line input, const struct memory *memory)
{
	struct line output = { memory->output, memory->output_size };
	struct line line, out = { NULL, 0 };

	if (options->only_count + options->except_count > 0) {
		/* Some of the lines, in order. */
		while (next_line(&output, &out)) {
			do {
				require(next_line(&input, &line));
			} while (!same(line, out));
		}
		return;
	}
	while (next_line(&input, &line)) {
		require(next_line(&output, &out));
		if (options->input == ANNOTATE_JSON)
			check_json(line, out);
		else
			check_columns(line, out);
	}
	require(output.size == 0);
}

/* So many bytes as a whole: what ends there must not change what is said of it. */
static void
check_table(const char *padded, size_t size)
{
	static struct quad_table table;
	static bool is_filled;
	char copy[16 + QUAD_SLACK] = "";
	uint32_t fast = 0, plain = 0;
	bool is_quad;

	if (!is_filled)
		quad_table_fill(&table);
	is_filled = true;
	if (size >= 16)
		size = 15;
	memcpy(copy, padded, size);
	is_quad = size > 0 && quad_read_plain(copy, &plain) == size;
	require(quad_read_table(&table, padded, size, &fast) == is_quad);
	require(!is_quad || fast == plain);
}

/* The scalar and the fast way agree, also on what is no address. */
static void
check_address(const char *text, size_t size)
{
	char *padded = calloc(size + QUAD_SLACK, 1);
	struct found_address address;
	uint32_t fast = 0, plain = 0;

	require(padded != NULL);
	memcpy(padded, text, size);
	require(quad_read(padded, &fast) == quad_read_plain(padded, &plain) && fast == plain);
	if (quad_table_is_usable())
		check_table(padded, size);
	(void)find_first(padded, size, &address);
	if (find_whole(padded, size, &address) == FOUND_IPV4 && quad_read_plain(padded, &plain) == size)
		require(plain == address.ipv4);
	free(padded);
}

static const char *const storage[] = { "Storage*" };
static const char *const here[] = { "*.here" };

static const struct annotate_options variants[] = {
	{ .input = ANNOTATE_FIND },
	{ .input = ANNOTATE_FIELD, .field = 1 },
	{ .input = ANNOTATE_FIELD, .field = 3 },
	{ .input = ANNOTATE_JSON, .key = "ip" },
	{ .input = ANNOTATE_JSON, .key = "a.ip" },
	{ .input = ANNOTATE_FIND, .only = storage, .only_count = 1 },
	{ .input = ANNOTATE_FIELD, .field = 2, .separator = ",", .except = here, .except_count = 1 },
	{ .input = ANNOTATE_CSV, .field = 2 },
	{ .input = ANNOTATE_CSV, .field = 3, .header = true, .separator = ";" },
	{ .input = ANNOTATE_FIELD, .field = 2, .separator = "||", .header = true, .only = here, .only_count = 1 },
};

#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

/* One that reads as much as there is, and one that asks for a little at a time; made once, used for all inputs. */
struct pair {
	struct annotator *whole;
	struct annotator *pieces;
};

static void
make_pairs(struct pair *pairs)
{
	const svctag_snapshot *snapshot = make_snapshot();
	svctag_detail detail = { "" };

	for (size_t i = 0; i < VARIANTS; i++) {
		struct annotate_options options = variants[i];

		require(annotator_new(snapshot, &options, &pairs[i].whole, &detail) == SVCTAG_OK);
		options.block_size = 1 + 7 * i;
		options.threads = i == VARIANTS - 1 ? 2 : 1;
		require(annotator_new(snapshot, &options, &pairs[i].pieces, &detail) == SVCTAG_OK);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pair pairs[VARIANTS];
	const struct annotate_options *options;
	struct annotate_counts whole_counts, piece_counts;
	struct memory whole, pieces;
	const struct pair *pair;
	const char *text;

	if (size < 2)
		return 0;
	if (pairs[0].whole == NULL)
		make_pairs(pairs);
	text = (const char *)data + 2;
	size -= 2;
	options = &variants[data[0] % VARIANTS];
	pair = &pairs[data[0] % VARIANTS];
	check_address(text, size);
	whole = (struct memory){ .data = text, .size = size, .most = SIZE_MAX };
	pieces = (struct memory){ .data = text, .size = size, .most = (size_t)data[1] + 1 };
	whole_counts = run(pair->whole, &whole);
	piece_counts = run(pair->pieces, &pieces);
	require(memcmp(&whole_counts, &piece_counts, sizeof(whole_counts)) == 0);
	require(whole.output_size == pieces.output_size);
	require(whole.output_size == 0 || memcmp(whole.output, pieces.output, whole.output_size) == 0);
	if (options->input != ANNOTATE_CSV && !options->header)
		check_lines(options, (struct line){ text, size }, &whole);
	free(whole.output);
	free(pieces.output);
	return 0;
}
