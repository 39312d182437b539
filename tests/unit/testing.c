#include "testing.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_SEED 0x5eed0f7a95ULL

void
testing_check(svctag_error got, svctag_error want, const char *file, int line)
{
	if (got == want)
		return;
	print_error("got \"%s\" (%d), want \"%s\" (%d)\n", svctag_error_text(got), (int)got, svctag_error_text(want),
		    (int)want);
	_fail(file, line);
}

void
testing_random_begin(testing_random *random)
{
	const char *text = getenv("SVCTAG_TEST_SEED");
	uint64_t seed = DEFAULT_SEED;

	if (text != NULL && strcmp(text, "clock") == 0)
		seed = (uint64_t)time(NULL);
	else if (text != NULL && text[0] != '\0')
		seed = strtoull(text, NULL, 0);
	print_message("SVCTAG_TEST_SEED=%llu\n", (unsigned long long)seed);
	random->state = seed != 0 ? seed : DEFAULT_SEED;
	/* Near seeds begin alike: let them drift apart. */
	for (int i = 0; i < 16; i++)
		testing_next(random);
}

uint64_t
testing_next(testing_random *random)
{
	uint64_t x = random->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	random->state = x;
	return x * 0x2545f4914f6cdd1dULL;
}

size_t
testing_below(testing_random *random, size_t limit)
{
	return (size_t)((testing_next(random) >> 16) % limit);
}

unsigned int
testing_between(testing_random *random, unsigned int low, unsigned int high)
{
	return low + (unsigned int)testing_below(random, high - low + 1);
}

svctag_address
testing_address(const char *text)
{
	svctag_address address = { 0 };

	TESTING_OK(svctag_address_parse(text, strlen(text), &address));
	return address;
}

svctag_prefix
testing_prefix(const char *text)
{
	svctag_prefix prefix = { 0 };

	TESTING_OK(svctag_prefix_parse(text, strlen(text), &prefix));
	return prefix;
}

svctag_range
testing_range(const char *text)
{
	svctag_range range = { 0 };

	TESTING_OK(svctag_range_parse(text, strlen(text), &range));
	return range;
}

svctag_query
testing_query(const char *text)
{
	svctag_query query = { 0 };
	svctag_detail detail = { "" };

	if (svctag_query_parse(text, strlen(text), &query, &detail) != SVCTAG_OK)
		fail_msg("%s: %s", text, detail.text);
	return query;
}

/* Copy the first `length` bits of `from` over those of `to`. */
static void
copy_bits(uint8_t *to, const uint8_t *from, unsigned int length)
{
	unsigned int whole = length / 8;

	memcpy(to, from, whole);
	if (length % 8 != 0) {
		unsigned int mask = 0xffU << (8 - length % 8) & 0xffU;

		to[whole] = (uint8_t)((from[whole] & mask) | (to[whole] & ~mask));
	}
}

svctag_address
testing_random_address(testing_random *random, uint8_t family)
{
	svctag_address address = { .family = family };

	for (unsigned int i = 0; i < SVCTAG_FAMILY_BYTES(family); i++)
		address.bytes[i] = (uint8_t)(testing_next(random) >> 40);
	return address;
}

svctag_address
testing_random_inside(testing_random *random, const svctag_prefix *prefix)
{
	svctag_address address = testing_random_address(random, prefix->family);

	copy_bits(address.bytes, prefix->bytes, prefix->length);
	return address;
}

svctag_prefix
testing_random_prefix(testing_random *random, const testing_space *space)
{
	svctag_prefix root = testing_prefix(space->root);
	svctag_address address = testing_random_inside(random, &root);

	return svctag_prefix_make(&address, testing_between(random, space->shortest, space->longest));
}

void *
testing_allocate(size_t count, size_t size)
{
	void *memory = calloc(count != 0 ? count : 1, size);

	if (memory == NULL)
		abort();
	return memory;
}

svctag_properties
testing_properties(const char *name, const char *region)
{
	return (svctag_properties){
		.name = name,
		.change_number = 7,
		.region = region,
		.region_id = region[0] != '\0' ? 32 : 0,
		.has_region_id = true,
		.platform = "Azure",
		.system_service = "AzureStorage",
		.network_features = "API,NSG,UDR,FW",
	};
}

svctag_release_builder *
testing_builder(int64_t change_number)
{
	svctag_release_builder *builder = NULL;

	TESTING_OK(svctag_release_builder_new(change_number, &builder));
	return builder;
}

void
testing_add_tag(svctag_release_builder *builder, const char *name, const char *region)
{
	svctag_properties properties = testing_properties(name, region);

	TESTING_OK(svctag_release_builder_add_tag(builder, &properties));
}

void
testing_add_prefix(svctag_release_builder *builder, const svctag_prefix *prefix)
{
	TESTING_OK(svctag_release_builder_add_prefix(builder, prefix));
}

svctag_release *
testing_finish(svctag_release_builder *builder)
{
	svctag_release *release = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_release_builder_finish(builder, &release, &detail);

	svctag_release_builder_free(builder);
	if (err != SVCTAG_OK)
		fail_msg("finish: %s (%s)", svctag_error_text(err), detail.text);
	return release;
}

svctag_release *
testing_release(int64_t change_number, const testing_tag *tags, size_t count)
{
	svctag_release_builder *builder = testing_builder(change_number);

	for (size_t i = 0; i < count; i++) {
		const char *at = tags[i].prefixes;

		testing_add_tag(builder, tags[i].name, tags[i].region);
		for (;;) {
			svctag_prefix prefix = { 0 };
			size_t size;

			at += strspn(at, " ");
			size = strcspn(at, " ");
			if (size == 0)
				break;
			TESTING_OK(svctag_prefix_parse(at, size, &prefix));
			testing_add_prefix(builder, &prefix);
			at += size;
		}
	}
	return testing_finish(builder);
}

/* The first few are shaped like real ones: parents, regions, dots without a region. */
static const testing_tag names[] = {
	{ "AzureCloud", "", "" },
	{ "AzureCloud.eastus", "eastus", "" },
	{ "AzureCloud.westus", "westus", "" },
	{ "Storage", "", "" },
	{ "Storage.EastUS", "eastus", "" },
	{ "Storage.FranceCentral", "centralfrance", "" },
	{ "AzureFrontDoor.Backend", "", "" },
	{ "AzureCloud.nowhere", "", "" },
};

svctag_release *
testing_random_release(testing_random *random, const testing_shape *shape)
{
	svctag_release_builder *builder = testing_builder(shape->change_number);
	size_t left = shape->memberships;

	for (size_t i = 0; i < shape->tags; i++) {
		/* What is left is shared out unevenly; the last tag takes the rest. */
		size_t mine = i + 1 == shape->tags ? left : testing_below(random, 2 * left / (shape->tags - i) + 1);
		char name[32];

		if (i < TESTING_COUNT(names)) {
			testing_add_tag(builder, names[i].name, names[i].region);
		} else {
			snprintf(name, sizeof(name), "Service%zu.R%zu", i / 3, i % 3);
			testing_add_tag(builder, name, i % 3 == 0 ? "" : name + 7);
		}
		left -= mine;
		for (; mine != 0; mine--) {
			const testing_space *space = &shape->spaces[testing_below(random, shape->space_count)];
			svctag_prefix prefix = testing_random_prefix(random, space);

			testing_add_prefix(builder, &prefix);
		}
	}
	return testing_finish(builder);
}

bool
testing_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_tag(const svctag_tag *a, const svctag_tag *b)
{
	const svctag_properties *p = &a->properties;
	const svctag_properties *q = &b->properties;

	if (strcmp(p->name, q->name) != 0 || p->change_number != q->change_number ||
	    strcmp(p->region, q->region) != 0 || p->has_region_id != q->has_region_id ||
	    (p->has_region_id && p->region_id != q->region_id) || !testing_same_text(p->platform, q->platform) ||
	    strcmp(p->system_service, q->system_service) != 0 ||
	    !svctag_features_equal(p->network_features, q->network_features) || a->prefix_count != b->prefix_count)
		return false;
	for (size_t i = 0; i < a->prefix_count; i++)
		if (svctag_prefix_compare(&a->prefixes[i], &b->prefixes[i]) != 0)
			return false;
	for (int f = 0; f < 2; f++)
		if (a->family_prefix_count[f] != b->family_prefix_count[f] ||
		    svctag_count_compare(a->addresses[f], b->addresses[f]) != 0)
			return false;
	return true;
}

bool
testing_same_release(const svctag_release *a, const svctag_release *b)
{
	if (svctag_release_change_number(a) != svctag_release_change_number(b) ||
	    svctag_release_tag_count(a) != svctag_release_tag_count(b) ||
	    memcmp(svctag_release_digest(a), svctag_release_digest(b), SVCTAG_DIGEST_SIZE) != 0)
		return false;
	for (size_t i = 0; i < svctag_release_tag_count(a); i++)
		if (!same_tag(svctag_release_tag(a, i), svctag_release_tag(b, i)))
			return false;
	return true;
}

svctag_snapshot *
testing_snapshot(const svctag_release *release, const char *cloud)
{
	svctag_release_info info = { .published = "2024-01-01", .source = "file" };
	svctag_snapshot *snapshot = NULL;
	svctag_detail detail = { "" };

	info.change_number = svctag_release_change_number(release);
	snprintf(info.cloud, sizeof(info.cloud), "%s", cloud);
	memcpy(info.digest, svctag_release_digest(release), SVCTAG_DIGEST_SIZE);
	if (svctag_snapshot_of_release(release, &info, &snapshot, &detail) != SVCTAG_OK)
		fail_msg("snapshot: %s", detail.text);
	return snapshot;
}

svctag_store *
testing_store_open(const char *path, svctag_store_mode mode)
{
	svctag_store *store = NULL;
	svctag_detail detail = { "" };

	if (svctag_store_open(path, mode, &store, &detail) != SVCTAG_OK)
		fail_msg("open %s: %s", path, detail.text);
	return store;
}

svctag_catalogue *
testing_catalogue(svctag_store *store)
{
	svctag_catalogue *catalogue = NULL;
	svctag_detail detail = { "" };

	if (svctag_store_catalogue(store, &catalogue, &detail) != SVCTAG_OK)
		fail_msg("catalogue: %s", detail.text);
	return catalogue;
}

svctag_import_result
testing_import(svctag_store *store, const char *cloud, const char *published, const svctag_release *release)
{
	svctag_import import = { .cloud = cloud, .published = published, .source = "file", .release = release };
	svctag_import_result result = SVCTAG_IMPORT_UNCHANGED;
	svctag_release_info info = { 0 };
	svctag_detail detail = { "" };

	if (svctag_store_import(store, &import, &result, &info, &detail) != SVCTAG_OK)
		fail_msg("import: %s", detail.text);
	assert_memory_equal(info.digest, svctag_release_digest(release), SVCTAG_DIGEST_SIZE);
	return result;
}

svctag_release *
testing_numbered(unsigned int number)
{
	char prefixes[96];
	testing_tag tag = { "Storage", "", prefixes };

	snprintf(prefixes, sizeof(prefixes), "10.%u.%u.0/24 10.0.0.0/16", 1 + number / 256, number % 256);
	return testing_release(100 + number, &tag, 1);
}

void
testing_import_numbered(svctag_store *store, unsigned int number)
{
	svctag_release *release = testing_numbered(number);
	char published[SVCTAG_DAY_SIZE];

	svctag_day_format(svctag_day_number("2024-01-01") + number, published);
	assert_int_equal(testing_import(store, "Public", published, release), SVCTAG_IMPORT_ADDED);
	svctag_release_free(release);
}

size_t
testing_release_count(svctag_store *store)
{
	svctag_catalogue *catalogue = testing_catalogue(store);
	size_t count = svctag_catalogue_cloud_count(catalogue) == 0 ? 0 : svctag_catalogue_release_count(catalogue, 0);

	svctag_catalogue_free(catalogue);
	return count;
}

void
testing_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

int64_t
testing_sql_number(const char *path, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;
	int64_t number;

	if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
	    sqlite3_step(statement) != SQLITE_ROW)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return number;
}

char *
testing_folder_new(void)
{
	const char *base = getenv("TMPDIR");
	char *folder;

	/* In memory where there is such a place: the tests wait for no disk. */
	if (base == NULL || base[0] == '\0')
		base = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
	folder = testing_path(base, "svctag-test-XXXXXX");

	if (mkdtemp(folder) == NULL)
		fail_msg("mkdtemp %s", folder);
	return folder;
}

static int
remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	return remove(path);
}

void
testing_folder_remove(char *folder)
{
	nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

char *
testing_path(const char *folder, const char *name)
{
	size_t size = strlen(folder) + 1 + strlen(name) + 1;
	char *path = testing_allocate(size, 1);

	snprintf(path, size, "%s/%s", folder, name);
	return path;
}
