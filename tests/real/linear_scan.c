/*
 * An oracle that shares nothing with libsvctag: reads a release as JSON text,
 * makes up addresses at the edges of its prefixes, one off them, inside and
 * at random, and says which tags hold each by comparing it with every prefix
 * there is. No index, no sorting of prefixes, no cleverness beyond turning the
 * loops round: the prefixes are read one after another, and the addresses
 * that each could hold are tried.
 *
 * linear_scan FILE COUNT SEED ADDRESSES >ANSWERS
 *
 * writes COUNT addresses, one a line, to the file ADDRESSES, and to stdout
 * one line "address,tag,prefix" for each tag that holds an address, with that
 * tag's longest such prefix.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct prefix {
	uint8_t bytes[16];
	int size; /* 4 or 16 bytes */
	int length;
	const char *text;
};

struct tag {
	const char *name;
	struct prefix *prefixes;
	size_t count;
};

struct release {
	struct tag *tags;
	size_t count;
};

struct address {
	uint8_t bytes[16];
	int size;
	char text[INET6_ADDRSTRLEN];
};

static _Noreturn void __attribute__((format(printf, 1, 2))) die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("linear_scan: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(2);
}

static void *
grow(void *memory, size_t count, size_t size)
{
	/* By doubling: whenever the count is a power of two. */
	if ((count & (count - 1)) != 0)
		return memory;
	memory = realloc(memory, (count == 0 ? 1 : 2 * count) * size);
	if (memory == NULL)
		die("out of memory");
	return memory;
}

static char *
read_whole(const char *path)
{
	FILE *file = fopen(path, "rb");
	long size = -1;
	char *text = NULL;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size >= 0 && fseek(file, 0, SEEK_SET) == 0)
		text = calloc(1, (size_t)size + 1);
	if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size)
		die("cannot read %s", path);
	fclose(file);
	return text;
}

/* ------------------------------------------------------------ the JSON text */

/* A position in the text; strings are ended in place. */
struct reader {
	char *at;
};

static void
skip_blanks(struct reader *reader)
{
	while (isspace((unsigned char)*reader->at))
		reader->at++;
}

static bool
take(struct reader *reader, char wanted)
{
	skip_blanks(reader);
	if (*reader->at != wanted)
		return false;
	reader->at++;
	return true;
}

static void
demand(struct reader *reader, char wanted)
{
	if (!take(reader, wanted))
		die("'%c' expected at \"%.20s\"", wanted, reader->at);
}

static char *
read_string(struct reader *reader)
{
	char *start;

	demand(reader, '"');
	start = reader->at;
	while (*reader->at != '"') {
		if (*reader->at == '\\' || *reader->at == '\0')
			die("a string that this scanner does not read: \"%.20s\"", start);
		reader->at++;
	}
	*reader->at++ = '\0';
	return start;
}

static void
skip_value(struct reader *reader)
{
	int depth = 0;

	do {
		skip_blanks(reader);
		if (*reader->at == '"') {
			read_string(reader);
			continue;
		}
		if (*reader->at == '{' || *reader->at == '[')
			depth++;
		if (*reader->at == '}' || *reader->at == ']')
			depth--;
		if (*reader->at == '\0')
			die("the text ends inside a value");
		if (strchr("{}[],:", *reader->at) != NULL)
			reader->at++;
		else
			reader->at += strcspn(reader->at, "{}[],: \t\r\n");
	} while (depth > 0);
}

static struct prefix
parse_prefix(const char *text)
{
	struct prefix prefix = { .text = text };
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t size = slash == NULL ? sizeof(address) : (size_t)(slash - text);

	if (size >= sizeof(address))
		die("not a prefix: %s", text);
	memcpy(address, text, size);
	address[size] = '\0';
	prefix.size = strchr(address, ':') != NULL ? 16 : 4;
	if (inet_pton(prefix.size == 16 ? AF_INET6 : AF_INET, address, prefix.bytes) != 1)
		die("not a prefix: %s", text);
	prefix.length = (int)strtol(slash + 1, NULL, 10);
	return prefix;
}

static void
read_prefixes(struct reader *reader, struct tag *tag)
{
	demand(reader, '[');
	if (take(reader, ']'))
		return;
	do {
		tag->prefixes = grow(tag->prefixes, tag->count, sizeof(*tag->prefixes));
		tag->prefixes[tag->count++] = parse_prefix(read_string(reader));
	} while (take(reader, ','));
	demand(reader, ']');
}

/* An object whose members are not known beforehand: of `values`, or `properties` in it. */
static void
read_members(struct reader *reader, struct tag *tag)
{
	demand(reader, '{');
	do {
		const char *key = read_string(reader);

		demand(reader, ':');
		if (strcmp(key, "name") == 0)
			tag->name = read_string(reader);
		else if (strcmp(key, "properties") == 0)
			read_members(reader, tag);
		else if (strcmp(key, "addressPrefixes") == 0)
			read_prefixes(reader, tag);
		else
			skip_value(reader);
	} while (take(reader, ','));
	demand(reader, '}');
}

static struct release
read_release(char *text)
{
	struct reader reader = { text };
	struct release release = { 0 };

	if (strncmp(text, "\xEF\xBB\xBF", 3) == 0)
		reader.at += 3;
	demand(&reader, '{');
	do {
		const char *key = read_string(&reader);

		demand(&reader, ':');
		if (strcmp(key, "values") != 0) {
			skip_value(&reader);
			continue;
		}
		demand(&reader, '[');
		do {
			release.tags = grow(release.tags, release.count, sizeof(*release.tags));
			release.tags[release.count] = (struct tag){ 0 };
			read_members(&reader, &release.tags[release.count++]);
		} while (take(&reader, ','));
		demand(&reader, ']');
	} while (take(&reader, ','));
	return release;
}

/* ------------------------------------------------------------ the addresses */

static uint64_t
next_random(uint64_t *state)
{
	/* splitmix64 */
	uint64_t z = *state += 0x9E3779B97F4A7C15U;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
	return z ^ (z >> 31);
}

static bool
step(uint8_t *bytes, int size, int by)
{
	for (int i = size - 1; i >= 0; i--) {
		int sum = bytes[i] + by;

		bytes[i] = (uint8_t)sum;
		if (sum >= 0 && sum <= 255)
			return true;
	}
	return false;
}

/* Sets the bits past `length` from the generator, or all to zero or to one. */
static void
fill_host_bits(uint8_t *bytes, int size, int length, int how, uint64_t *state)
{
	for (int i = 0; i < size; i++) {
		int fixed = length - 8 * i;
		unsigned int mask = fixed >= 8 ? 0U : fixed <= 0 ? 0xFFU : 0xFFU >> fixed;
		unsigned int bits = how == 0 ? 0U : how == 1 ? 0xFFU : (unsigned int)(next_random(state) & 0xFFU);

		bytes[i] = (uint8_t)((bytes[i] & ~mask) | (bits & mask));
	}
}

static struct address
make_address(const struct prefix *prefix, unsigned int kind, uint64_t *state)
{
	struct address address = { .size = prefix->size };

	memcpy(address.bytes, prefix->bytes, sizeof(address.bytes));
	switch (kind) {
	case 0: /* first */
	case 1: /* one before it */
		fill_host_bits(address.bytes, address.size, prefix->length, 0, state);
		if (kind == 1)
			step(address.bytes, address.size, -1);
		break;
	case 2: /* last */
	case 3: /* one after it */
		fill_host_bits(address.bytes, address.size, prefix->length, 1, state);
		if (kind == 3)
			step(address.bytes, address.size, 1);
		break;
	case 4: /* inside */ fill_host_bits(address.bytes, address.size, prefix->length, 2, state); break;
	case 5: /* near: inside the block a few bits larger */
		fill_host_bits(address.bytes, address.size, prefix->length > 6 ? prefix->length - 6 : 0, 2, state);
		break;
	default: /* anywhere */ fill_host_bits(address.bytes, address.size, 0, 2, state); break;
	}
	return address;
}

/* An IPv4-mapped address means IPv4 to whoever is asked; keep to what is plain. */
static bool
is_mapped(const struct address *address)
{
	static const uint8_t mapped[12] = { [10] = 0xFF, [11] = 0xFF };

	return address->size == 16 && memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

static const struct prefix *
random_prefix(const struct release *release, int size, uint64_t *state)
{
	for (int attempt = 0; attempt < 1000000 && release->count > 0; attempt++) {
		const struct tag *tag = &release->tags[next_random(state) % release->count];
		const struct prefix *prefix = tag->count > 0 ? &tag->prefixes[next_random(state) % tag->count] : NULL;

		if (prefix != NULL && prefix->size == size)
			return prefix;
	}
	die("no prefix of this family");
}

static struct address *
make_addresses(const struct release *release, size_t count, uint64_t seed)
{
	struct address *addresses = calloc(count, sizeof(*addresses));
	uint64_t state = seed;

	if (addresses == NULL)
		die("out of memory");
	for (size_t i = 0; i < count; i++) {
		do {
			const struct prefix *prefix = random_prefix(release, i % 2 == 0 ? 4 : 16, &state);

			addresses[i] = make_address(prefix, (unsigned int)(i / 2 % 7), &state);
		} while (is_mapped(&addresses[i]));
		inet_ntop(addresses[i].size == 16 ? AF_INET6 : AF_INET, addresses[i].bytes, addresses[i].text,
			  sizeof(addresses[i].text));
	}
	return addresses;
}

/* ----------------------------------------------------------------- the scan */

static bool
holds(const struct prefix *prefix, const struct address *address)
{
	int whole = prefix->length / 8;
	int rest = prefix->length % 8;
	unsigned int mask = 0xFF00U >> rest & 0xFFU;

	if (prefix->size != address->size || memcmp(prefix->bytes, address->bytes, (size_t)whole) != 0)
		return false;
	return rest == 0 || ((prefix->bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

static int
compare_addresses(const void *a, const void *b)
{
	const struct address *left = a;
	const struct address *right = b;

	if (left->size != right->size)
		return left->size - right->size;
	return memcmp(left->bytes, right->bytes, sizeof(left->bytes));
}

/* The first of the sorted addresses that is not below the prefix's first. */
static size_t
first_candidate(const struct address *addresses, size_t count, const struct prefix *prefix)
{
	struct address wanted = { .size = prefix->size };
	size_t low = 0;
	size_t high = count;

	memcpy(wanted.bytes, prefix->bytes, sizeof(wanted.bytes));
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_addresses(&addresses[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The longest prefix of this tag for each address, in `best`. */
static void
scan_tag(const struct tag *tag, const struct address *addresses, size_t count, const struct prefix **best)
{
	memset(best, 0, count * sizeof(*best));
	for (size_t p = 0; p < tag->count; p++) {
		const struct prefix *prefix = &tag->prefixes[p];

		/* The addresses that a prefix holds stand together. */
		for (size_t i = first_candidate(addresses, count, prefix); i < count && holds(prefix, &addresses[i]);
		     i++) {
			if (best[i] == NULL || best[i]->length < prefix->length)
				best[i] = prefix;
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (best[i] != NULL)
			printf("%s,%s,%s\n", addresses[i].text, tag->name, best[i]->text);
	}
}

static void
write_addresses(const char *path, const struct address *addresses, size_t count)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		die("cannot write %s", path);
	for (size_t i = 0; i < count; i++)
		fprintf(file, "%s\n", addresses[i].text);
	if (fclose(file) != 0)
		die("cannot write %s", path);
}

int
main(int argc, char **argv)
{
	if (argc != 5)
		die("usage: linear_scan FILE COUNT SEED ADDRESSES");

	char *text = read_whole(argv[1]);
	size_t count = strtoul(argv[2], NULL, 10);
	struct release release = read_release(text);
	struct address *addresses = make_addresses(&release, count, strtoull(argv[3], NULL, 10));
	const struct prefix **best = calloc(count, sizeof(*best));

	if (best == NULL)
		die("out of memory");
	write_addresses(argv[4], addresses, count);
	qsort(addresses, count, sizeof(*addresses), compare_addresses);
	for (size_t t = 0; t < release.count; t++) {
		scan_tag(&release.tags[t], addresses, count, best);
		free(release.tags[t].prefixes);
	}
	free(best);
	free(addresses);
	free(release.tags);
	free(text);
	return fclose(stdout) == 0 ? 0 : 2;
}
