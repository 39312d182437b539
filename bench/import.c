/*
 * How long does it take to take a release in? A whole folder of releases by
 * the program, as the history grows from nothing; then the newest of them on
 * top of all the others, which is what happens every week; then each stage of
 * that by itself, in this process.
 *
 * The program is measured first, while this process is small: what it had
 * itself before it became another program counts into that one's peak.
 */
#include <math.h>
#include <stdlib.h>

#include <importer/importer.h>
#include <importer/json_strict.h>

#include "../lib/prove.h"
#include "../lib/store_internal.h"
#include "harness.h"
#include "stored.h"

/** Bytes of the whole history, seconds of its import, and of one release's; bytes of memory. */
#define MOST_BYTES 12e6
#define MOST_HISTORY_SECONDS 15
#define MOST_WEEKLY_SECONDS 0.3
#define MOST_PEAK (120.0 * 1048576)
#define MOST_CHECK_MS 10

struct subject {
	char full[STORED_PATH_SIZE];   /* every release */
	char before[STORED_PATH_SIZE]; /* all but the newest */
	char work[STORED_PATH_SIZE];   /* written to */
	struct importer_item newest;
	double weekly_peak;
	const char *check_tag;
	char check_query[SVCTAG_ADDRESS_TEXT_SIZE];

	char *data; /* of the newest file */
	size_t size;
	struct importer_document document;
	svctag_store *store; /* of `before` */
	svctag_catalogue *catalogue;
	const svctag_release_info *previous_info;
	svctag_release *previous;
	svctag_snapshot *snapshot; /* of the newest release */
	svctag_store *written;     /* of `work` */
	int64_t cloud_id;
};

static void
must(svctag_error err, const svctag_detail *detail)
{
	if (err != SVCTAG_OK)
		bench_die("%s", detail->text[0] != '\0' ? detail->text : svctag_error_text(err));
}

/* Run `svctag import`, whose warnings about real releases are many. */
static struct bench_process
run_import(const char *database, const char *files)
{
	const char *const import[] = {
		"sh", "-c", "exec \"$0\" --db \"$1\" import \"$2\" 2>/dev/null", stored_program(), database, files, NULL
	};
	struct bench_process process = bench_process_run(import, NULL, NULL);

	if (process.status != 0)
		bench_die("svctag import %s answered %d", files, process.status);
	return process;
}

/* The newest file in the folder, and how many there are. */
static size_t
find_newest(const char *folder, struct importer_item *ret)
{
	struct importer_plan plan = { 0 };
	svctag_detail detail = { "" };
	size_t count;

	must(importer_plan_make(&folder, 1, NULL, "2000-01-01", &plan, &detail), &detail);
	count = plan.count;
	if (count == 0)
		bench_die("%s: no releases", folder);
	*ret = plan.items[count - 1];
	plan.items[count - 1].path = NULL;
	importer_plan_release(&plan);
	return count;
}

/* All but the newest release. */
static void
take_newest_out(const struct subject *subject)
{
	svctag_detail detail = { "" };
	svctag_store *store;
	svctag_catalogue *catalogue;

	stored_copy(subject->full, subject->before);
	store = stored_open(subject->before);
	catalogue = stored_catalogue(store);
	must(svctag_store_forget(
		     store, svctag_catalogue_release(catalogue, 0, svctag_catalogue_release_count(catalogue, 0) - 1),
		     &detail),
	     &detail);
	svctag_catalogue_free(catalogue);
	svctag_store_close(store);
}

static void
measure_history(struct bench *bench, struct subject *subject, const char *folder)
{
	size_t count = find_newest(folder, &subject->newest);
	struct bench_process process;

	stored_path(bench, "full.db", subject->full);
	stored_path(bench, "before.db", subject->before);
	stored_path(bench, "work.db", subject->work);
	stored_remove(subject->full);
	process = run_import(subject->full, folder);
	bench_fact(bench, "releases", "", (double)count, (double)NAN);
	bench_fact(bench, "whole history, imported", "s", process.seconds, MOST_HISTORY_SECONDS);
	bench_fact(bench, "whole history, processor time", "s", process.cpu_seconds, (double)NAN);
	bench_fact(bench, "whole history, peak memory", "bytes", process.peak_bytes, MOST_PEAK);
	bench_fact(bench, "whole history, stored", "bytes", stored_size(subject->full), MOST_BYTES);
	take_newest_out(subject);
}

static double
measure_weekly(void *context)
{
	struct subject *subject = context;
	struct bench_process process;

	stored_copy(subject->before, subject->work);
	process = run_import(subject->work, subject->newest.path);
	if (process.peak_bytes > subject->weekly_peak)
		subject->weekly_peak = process.peak_bytes;
	return process.seconds;
}

static void
measure_programs(struct bench *bench, struct subject *subject)
{
	const struct bench_contender contenders[] = {
		{ .name = "svctag import", .measure = measure_weekly, .context = subject },
	};
	const struct bench_group group = {
		.name = "the next release into the history", .unit = "s", .contenders = contenders, .contender_count = 1
	};

	bench_compare(bench, &group);
	bench_fact(bench, "next release, imported", "s", bench_median(bench, "svctag import"), MOST_WEEKLY_SECONDS);
	bench_fact(bench, "next release, peak memory", "bytes", subject->weekly_peak, MOST_PEAK);
}

static double
measure_check(void *context)
{
	const struct subject *subject = context;

	return stored_check(subject->full, subject->document.cloud, "latest", subject->check_query, subject->check_tag);
}

static double
measure_version(void *context)
{
	const char *const version[] = { stored_program(), "--version", NULL };

	(void)context;
	return bench_process_run(version, NULL, NULL).seconds * 1e3;
}

static void
measure_cold(struct bench *bench, struct subject *subject)
{
	const struct bench_contender contenders[] = {
		{ .name = "svctag check", .measure = measure_check, .context = subject },
		{ .name = "svctag --version", .measure = measure_version, .context = subject },
	};
	const struct bench_group group = {
		.name = "a program's whole life", .unit = "ms", .contenders = contenders, .contender_count = 2
	};

	bench_compare(bench, &group);
	bench_fact(bench, "cold check", "ms", bench_median(bench, "svctag check"), MOST_CHECK_MS);
}

static void
load_subject(struct subject *subject)
{
	svctag_detail detail = { "" };

	must(importer_read_file(subject->newest.path, &subject->data, &subject->size, &detail), &detail);
	must(importer_decode(subject->data, subject->size, &subject->document, &detail), &detail);
	stored_question(subject->document.release, subject->check_query, &subject->check_tag);
	subject->store = stored_open(subject->before);
	subject->catalogue = stored_catalogue(subject->store);
	subject->previous_info = svctag_catalogue_release(subject->catalogue, 0,
							  svctag_catalogue_release_count(subject->catalogue, 0) - 1);
	must(svctag_store_content(subject->store, subject->previous_info, &subject->previous, &detail), &detail);
	must(svctag_snapshot_of_release(subject->document.release, subject->previous_info, &subject->snapshot, &detail),
	     &detail);
	must(store_find_cloud(subject->store->db, subject->document.cloud, &subject->cloud_id, &detail), &detail);
	stored_copy(subject->full, subject->work);
	subject->written = stored_open(subject->work);
}

static void
release_subject(struct subject *subject)
{
	svctag_store_close(subject->written);
	svctag_snapshot_free(subject->snapshot);
	svctag_release_free(subject->previous);
	svctag_catalogue_free(subject->catalogue);
	svctag_store_close(subject->store);
	importer_document_release(&subject->document);
	free(subject->data);
	free(subject->newest.path);
	stored_remove(subject->full);
	stored_remove(subject->before);
	stored_remove(subject->work);
}

static void
run_read(void *context)
{
	const struct subject *subject = context;
	svctag_detail detail = { "" };
	char *data;
	size_t size;

	must(importer_read_file(subject->newest.path, &data, &size, &detail), &detail);
	free(data);
}

static void
run_check(void *context)
{
	const struct subject *subject = context;
	svctag_detail detail = { "" };

	must(json_check(subject->data, subject->size, &detail), &detail);
}

static void
run_decode(void *context)
{
	const struct subject *subject = context;
	struct importer_document document;
	svctag_detail detail = { "" };

	must(importer_decode(subject->data, subject->size, &document, &detail), &detail);
	importer_document_release(&document);
}

static void
run_previous(void *context)
{
	const struct subject *subject = context;
	svctag_detail detail = { "" };
	svctag_release *previous;

	must(svctag_store_content(subject->store, subject->previous_info, &previous, &detail), &detail);
	svctag_release_free(previous);
}

static void
run_gate(void *context)
{
	const struct subject *subject = context;
	struct importer_gate_options options = { .force = true };
	svctag_detail detail = { "" };
	char *warnings = NULL;
	bool forced;

	must(importer_gate(&options, subject->previous_info, subject->previous, subject->newest.published,
			   subject->document.release, &warnings, &forced, &detail),
	     &detail);
	free(warnings);
}

static void
run_spans(void *context)
{
	const struct subject *subject = context;
	const struct span_place place = { .cloud_id = subject->cloud_id,
					  .position = subject->previous_info->position + STORE_POSITION_GAP };
	svctag_detail detail = { "" };

	must(store_begin(subject->store->db, "BEGIN IMMEDIATE", &detail), &detail);
	must(spans_insert(subject->store->db, &place, subject->previous, subject->document.release, NULL, &detail),
	     &detail);
	must(db_run(subject->store->db, "ROLLBACK", &detail), &detail);
}

static void
run_index(void *context)
{
	const struct subject *subject = context;
	svctag_detail detail = { "" };
	void *blob;
	size_t size;

	must(svctag_index_build(subject->document.release, &blob, &size), &detail);
	free(blob);
}

static void
run_prove(void *context)
{
	const struct subject *subject = context;
	svctag_detail detail = { "" };

	must(prove_snapshot(subject->snapshot, subject->document.release, &detail), &detail);
}

static void
run_seal(void *context)
{
	const struct subject *subject = context;

	svctag_catalogue_free(stored_catalogue(subject->store));
}

static void
run_integrity(void *context)
{
	const struct subject *subject = context;
	svctag_detail detail = { "" };

	must(store_check_pages(subject->store->db, &detail), &detail);
}

/* The greatest write of an import, the index, and the commit, synced to the disk. */
static void
run_commit(void *context)
{
	const struct subject *subject = context;
	svctag_detail detail = { "" };

	must(db_run(subject->written->db, "UPDATE release_index SET data = randomblob(length(data))", &detail),
	     &detail);
}

static void
measure_stages(struct bench *bench, struct subject *subject)
{
	struct bench_contender contenders[] = {
		{ .name = "read the file", .run = run_read },
		{ .name = "check the JSON", .run = run_check },
		{ .name = "decode, check included", .run = run_decode },
		{ .name = "read the release before, digest included", .run = run_previous },
		{ .name = "gate", .run = run_gate },
		{ .name = "spans", .run = run_spans },
		{ .name = "build the index", .run = run_index },
		{ .name = "prove it", .run = run_prove },
		{ .name = "read the catalogue, seal included", .run = run_seal },
		{ .name = "integrity check", .run = run_integrity },
		{ .name = "write the index, commit", .run = run_commit },
	};
	const size_t count = sizeof(contenders) / sizeof(contenders[0]);
	const struct bench_group group = {
		.name = "stages", .unit = "ms", .scale = 1e3, .contenders = contenders, .contender_count = count
	};

	for (size_t i = 0; i < count; i++) {
		contenders[i].context = subject;
		contenders[i].operations = 1;
	}
	bench_compare(bench, &group);
}

int
main(int argc, char **argv)
{
	struct bench *bench = bench_begin(argc, argv, "import", "How long does it take to take releases in?");
	struct subject subject = { 0 };
	const char *folder = bench_option(bench, "data", NULL);

	if (folder == NULL)
		bench_die("--data has to name a folder of releases");
	measure_history(bench, &subject, folder);
	measure_programs(bench, &subject);
	load_subject(&subject);
	measure_cold(bench, &subject);
	measure_stages(bench, &subject);
	release_subject(&subject);
	return bench_end(bench);
}
