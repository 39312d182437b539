/*
 * Memory that runs out: each allocation of decoding, importing, loading,
 * compiling and looking up fails once in turn. Nothing may crash or leak; what was asked
 * either fails, and says so, or gives the right result (SQLite can do without
 * some of its allocations); a database holds the old or the new state.
 *
 * usage: test_allocations FOLDER [COUNT]
 *   FOLDER  of releases; the last two are used. "real:china": of $SVCTAG_REAL_DATA
 *   COUNT   so many allocations, spread evenly, instead of all
 */
#include <importer/importer.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "failing.h"
#include "files.h"
#include "operations.h"
#include "xxh64.h"

#define MOST_TOLD 20

/*
 * One thing to do, again and again. `run` is done under failing allocations;
 * `before` and `after` are not.
 */
struct operation {
	const char *name;
	void (*before)(struct bench *bench);
	svctag_error (*run)(struct bench *bench, uint64_t *ret);
	/* Is the state right after this result? NULL: there is none. */
	bool (*after)(struct bench *bench, svctag_error err);
	uint64_t allocations, want;
};

static void
complain(struct bench *bench, const struct operation *operation, uint64_t n, const char *what)
{
	if (bench->wrong++ < MOST_TOLD)
		(void)fprintf(stderr, "%s, allocation %" PRIu64 ": %s\n", operation->name, n, what);
}

/* ------------------------------------------------------------- decoding */

static svctag_error
decode(const char *data, size_t size, uint64_t *ret)
{
	struct importer_document document = { 0 };
	svctag_detail detail = { "" };
	svctag_error err = importer_decode(data, size, &document, &detail);

	if (err == SVCTAG_OK)
		*ret = svctag_xxh64(svctag_release_digest(document.release), SVCTAG_DIGEST_SIZE, 0);
	importer_document_release(&document);
	return err;
}

static svctag_error
decode_json(struct bench *bench, uint64_t *ret)
{
	return decode((const char *)bench->json, bench->json_size, ret);
}

static svctag_error
decode_file(const char *path, uint64_t *ret)
{
	svctag_detail detail = { "" };
	char *data = NULL;
	size_t size = 0;
	svctag_error err = importer_read_file(path, &data, &size, &detail);

	if (err == SVCTAG_OK)
		err = decode(data, size, ret);
	free(data);
	return err;
}

static svctag_error
decode_gzip(struct bench *bench, uint64_t *ret)
{
	return decode_file(bench->packed, ret);
}

static svctag_error
decode_xml(struct bench *bench, uint64_t *ret)
{
	return decode_file(bench->legacy, ret);
}

/* ------------------------------------------------------------ importing */

static void
place_database(struct bench *bench)
{
	files_remove_database(bench->database);
	files_write(bench->database, bench->image, bench->image_size);
}

static void
place_nothing(struct bench *bench)
{
	files_remove_database(bench->database);
}

static svctag_error
import_file(const char *path, const char *database, uint64_t *ret)
{
	struct importer_plan plan = { 0 };
	struct importer_outcome outcome = { 0 };
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	svctag_error err = importer_plan_make(&path, 1, NULL, "2025-01-01", &plan, &detail);

	if (err == SVCTAG_OK)
		err = svctag_store_open(database, SVCTAG_STORE_WRITE, &store, &detail);
	if (err == SVCTAG_OK)
		err = importer_import_item(store, &plan.items[0], NULL, true, &outcome, &detail);
	if (err == SVCTAG_OK)
		*ret = svctag_xxh64(outcome.info.digest, SVCTAG_DIGEST_SIZE, (uint64_t)outcome.result);
	free(outcome.warnings);
	svctag_store_close(store);
	importer_plan_release(&plan);
	return err;
}

static svctag_error
import_newer(struct bench *bench, uint64_t *ret)
{
	return import_file(bench->newer, bench->database, ret);
}

static void
look(struct bench *bench, struct answers *ret)
{
	svctag_store *store = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->catalogue_error = svctag_store_open(bench->database, SVCTAG_STORE_READ, &store, NULL);
	if (ret->catalogue_error == SVCTAG_OK)
		answers_of_store(store, NULL, &bench->queries, ret);
	if (ret->catalogue_error == SVCTAG_OK && ret->snapshot_error == SVCTAG_OK)
		ret->catalogue_error = svctag_store_check(store, NULL);
	svctag_store_close(store);
}

static bool
same_state(const struct answers *a, const struct answers *b)
{
	return a->catalogue_error == SVCTAG_OK && a->snapshot_error == SVCTAG_OK && a->catalogue == b->catalogue &&
	       a->snapshot == b->snapshot;
}

/* A failure may come after the commit: when the database is closed, or the outcome told. */
static bool
old_or_new(struct bench *bench, svctag_error err)
{
	struct answers now;

	look(bench, &now);
	return same_state(&now, &bench->new_state) || (err != SVCTAG_OK && same_state(&now, &bench->old_state));
}

/* Where nothing was before, nothing or one release. */
static bool
nothing_or_one(struct bench *bench, svctag_error err)
{
	svctag_catalogue *catalogue = NULL;
	svctag_store *store = NULL;
	size_t releases = 0;
	svctag_error found = svctag_store_open(bench->database, SVCTAG_STORE_READ, &store, NULL);

	if (found == SVCTAG_OK)
		found = svctag_store_catalogue(store, &catalogue, NULL);
	if (found == SVCTAG_OK && svctag_catalogue_cloud_count(catalogue) > 0)
		releases = svctag_catalogue_release_count(catalogue, 0);
	if (found == SVCTAG_OK)
		found = svctag_store_check(store, NULL);
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
	if (err == SVCTAG_OK)
		return found == SVCTAG_OK && releases == 1;
	return found == SVCTAG_OK || found == SVCTAG_E_IO || found == SVCTAG_E_EMPTY;
}

/* -------------------------------------------------------------- loading */

static svctag_error
ask_snapshot(svctag_store *store, const char *reference, const struct answers_queries *queries, uint64_t *hash)
{
	svctag_snapshot *snapshot = NULL;
	svctag_detail detail = { "" };
	svctag_error err = svctag_store_snapshot_at(store, NULL, reference, &snapshot, &detail);

	if (err == SVCTAG_OK)
		err = answers_snapshot(snapshot, queries, hash);
	svctag_snapshot_free(snapshot);
	return err;
}

/* The stored index, and an older release compiled from the intervals. */
static svctag_error
load(struct bench *bench, uint64_t *ret)
{
	svctag_store *store = NULL;
	uint64_t hashes[2] = { 0 };
	svctag_detail detail = { "" };
	svctag_error err = svctag_store_open(bench->database, SVCTAG_STORE_READ, &store, &detail);

	if (err == SVCTAG_OK)
		err = ask_snapshot(store, "latest", &bench->queries, &hashes[0]);
	if (err == SVCTAG_OK)
		err = ask_snapshot(store, "previous", &bench->queries, &hashes[1]);
	svctag_store_close(store);
	if (err == SVCTAG_OK)
		*ret = svctag_xxh64(hashes, sizeof(hashes), 0);
	return err;
}

/* A store that has seen a failure goes on working. */
static svctag_error
load_again(struct bench *bench, uint64_t *ret)
{
	svctag_store *store = NULL;
	uint64_t hash = 0, again = 0;
	svctag_error second;
	svctag_error err = svctag_store_open(bench->database, SVCTAG_STORE_READ, &store, NULL);

	if (err != SVCTAG_OK)
		return err;
	err = ask_snapshot(store, NULL, &bench->queries, &hash);
	second = ask_snapshot(store, NULL, &bench->queries, &again);
	/* One allocation fails: if the first call met it, the second one cannot. */
	if (second != SVCTAG_OK)
		err = err == SVCTAG_OK ? second : SVCTAG_E_BUSY;
	else if (err == SVCTAG_OK && hash != again)
		err = SVCTAG_E_CORRUPT;
	else
		err = SVCTAG_OK;
	if (err == SVCTAG_OK)
		*ret = again;
	svctag_store_close(store);
	return err;
}

/* ------------------------------------------------------------ compiling */

static svctag_error
compile(struct bench *bench, uint64_t *ret)
{
	void *blob = NULL;
	size_t size = 0;
	svctag_error err = svctag_index_build(bench->sparse, &blob, &size);

	if (err == SVCTAG_OK)
		*ret = svctag_xxh64(blob, size, 0);
	free(blob);
	return err;
}

/* A prefix in each of so many /16. */
static svctag_error
make_sparse(uint32_t count, svctag_release **ret)
{
	const svctag_properties all = { .name = "All", .region = "", .system_service = "" };
	svctag_release_builder *builder = NULL;
	svctag_error err = svctag_release_builder_new(1, &builder);

	if (err == SVCTAG_OK)
		err = svctag_release_builder_add_tag(builder, &all);
	for (uint32_t i = 0; err == SVCTAG_OK && i < count; i++) {
		svctag_address address = { .family = SVCTAG_IPV4, .bytes = { (uint8_t)(i >> 8), (uint8_t)i } };
		svctag_prefix prefix = svctag_prefix_make(&address, 24);

		err = svctag_release_builder_add_prefix(builder, &prefix);
	}
	if (err == SVCTAG_OK)
		err = svctag_release_builder_finish(builder, ret, NULL);
	svctag_release_builder_free(builder);
	return err;
}

/* ----------------------------------------------------------------- runs */

/* All allocations after the n-th succeed. */
static void
run_failing(struct bench *bench, const struct operation *operation, uint64_t n)
{
	int64_t live;
	uint64_t got = 0;
	svctag_error err;

	if (operation->before != NULL)
		operation->before(bench);
	live = failing_live();
	failing_arm(n);
	err = operation->run(bench, &got);
	(void)failing_disarm();
	if (failing_live() != live)
		complain(bench, operation, n, "leaks");
	if (err == SVCTAG_OK && got != operation->want)
		complain(bench, operation, n, "a wrong result");
	if (err != SVCTAG_OK && err != SVCTAG_E_NO_MEMORY)
		complain(bench, operation, n, svctag_error_text(err));
	if (operation->after != NULL && !operation->after(bench, err))
		complain(bench, operation, n, "leaves a wrong state");
}

/* Without a failure: the result that is right, and the number of allocations. */
static void
run_whole(struct bench *bench, struct operation *operation)
{
	svctag_error err;

	if (operation->before != NULL)
		operation->before(bench);
	failing_arm(0);
	err = operation->run(bench, &operation->want);
	operation->allocations = failing_disarm();
	if (err != SVCTAG_OK) {
		(void)fprintf(stderr, "%s: %s\n", operation->name, svctag_error_text(err));
		exit(1);
	}
}

static void
run_all(struct bench *bench, struct operation *operations, size_t count, uint64_t wanted)
{
	uint64_t total = 0, done = 0;

	for (size_t i = 0; i < count; i++) {
		run_whole(bench, &operations[i]);
		total += operations[i].allocations;
	}
	if (wanted == 0 || wanted > total)
		wanted = total;
	for (size_t i = 0; i < count; i++) {
		/* The k-th of them is allocation k * total / wanted of all operations one after another. */
		uint64_t begin = done, k;

		done += operations[i].allocations;
		for (k = (begin * wanted + total - 1) / total; k * total / wanted < done && k < wanted; k++)
			run_failing(bench, &operations[i], k * total / wanted - begin + 1);
		(void)fprintf(stderr, "%s: %" PRIu64 " allocations\n", operations[i].name, operations[i].allocations);
	}
	(void)printf("%" PRIu64 " of %" PRIu64 " allocations failed in turn: %zu wrong\n", wanted, total, bench->wrong);
}

static void
pack(const char *path, const unsigned char *data, size_t size)
{
	gzFile file = gzopen(path, "wb1");

	if (file == NULL || gzwrite(file, data, (unsigned int)size) != (int)size || gzclose(file) != Z_OK) {
		(void)fprintf(stderr, "cannot write %s\n", path);
		exit(1);
	}
}

/* Two databases: one with the older release, one with both; what they answer. */
static void
prepare(struct bench *bench, const struct file_list *files)
{
	static const char legacy[] = "<?xml version=\"1.0\"?><AzurePublicIpAddresses><Region Name=\"useast\"><IpRange "
				     "Subnet=\"198.18.0.0/27\"/>"
				     "</Region><Region Name=\"europewest\"><IpRange "
				     "Subnet=\"198.18.128.0/20\"/></Region></AzurePublicIpAddresses>";
	const char *older = files->paths[files->count > 1 ? files->count - 2 : 0];
	svctag_store *store = NULL;
	uint64_t ignored = 0;
	svctag_error err;

	bench->folder = files_folder_new();
	bench->database = files_path(bench->folder, "svctag.db");
	bench->packed = files_path(bench->folder, "ServiceTags_20250101.json.gz");
	bench->legacy = files_path(bench->folder, "PublicIPs_20200101.xml");
	bench->newer = files->paths[files->count - 1];
	bench->json = files_read(bench->newer, &bench->json_size);
	pack(bench->packed, bench->json, bench->json_size);
	files_write(bench->legacy, legacy, sizeof(legacy) - 1);
	err = import_file(older, bench->database, &ignored);
	bench->image = files_read(bench->database, &bench->image_size);
	look(bench, &bench->old_state); /* still without queries */
	if (err == SVCTAG_OK)
		err = import_file(bench->newer, bench->database, &ignored);
	if (err == SVCTAG_OK)
		err = svctag_store_open(bench->database, SVCTAG_STORE_READ, &store, NULL);
	if (err == SVCTAG_OK)
		err = svctag_store_snapshot_at(store, NULL, NULL, &bench->snapshot, NULL);
	svctag_store_close(store);
	if (err == SVCTAG_OK)
		err = make_sparse(34000, &bench->sparse);
	if (err != SVCTAG_OK) {
		(void)fprintf(stderr, "cannot prepare: %s\n", svctag_error_text(err));
		exit(1);
	}
	answers_choose(bench->snapshot, &bench->queries);
	look(bench, &bench->new_state);
	place_database(bench);
	look(bench, &bench->old_state);
}

static void
place_both(struct bench *bench)
{
	struct answers now;
	uint64_t ignored = 0;

	look(bench, &now);
	if (same_state(&now, &bench->new_state))
		return;
	place_database(bench);
	if (import_newer(bench, &ignored) != SVCTAG_OK)
		exit(1);
}

static void
release(struct bench *bench)
{
	svctag_snapshot_free(bench->snapshot);
	svctag_release_free(bench->sparse);
	files_folder_remove(bench->folder);
	free(bench->database);
	free(bench->packed);
	free(bench->legacy);
	free(bench->json);
	free(bench->image);
}

int
main(int argc, char **argv)
{
	struct operation operations[] = {
		{ .name = "decode JSON", .run = decode_json },
		{ .name = "decode gzip", .run = decode_gzip },
		{ .name = "decode XML", .run = decode_xml },
		{ .name = "import", .before = place_database, .run = import_newer, .after = old_or_new },
		{ .name = "first import", .before = place_nothing, .run = import_newer, .after = nothing_or_one },
		{ .name = "load", .before = place_both, .run = load },
		{ .name = "load again", .before = place_both, .run = load_again },
		{ .name = "compile", .run = compile },
		{ .name = "lookup", .run = operation_lookup },
		{ .name = "migrate", .run = operation_migrate },
		{ .name = "plan", .run = operation_plan },
		{ .name = "propose", .run = operation_propose },
		{ .name = "export", .run = operation_export },
	};
	struct bench bench = { 0 };
	struct file_list files = { 0 };

	if (argc < 2 || argc > 3) {
		(void)fputs("usage: test_allocations FOLDER [COUNT]\n", stderr);
		return 2;
	}
	failing_install();
	files_find(argv[1], &files);
	prepare(&bench, &files);
	run_all(&bench, operations, sizeof(operations) / sizeof(operations[0]),
		argc == 3 ? strtoull(argv[2], NULL, 10) : 0);
	release(&bench);
	files_release(&files);
	return bench.wrong == 0 ? 0 : 1;
}
