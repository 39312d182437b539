/*
 * One flipped bit anywhere in a database: whatever is asked gives an error or
 * exactly the right answer, within moments.
 *
 * usage: test_bitflips FOLDER COUNT [SEED]
 *   FOLDER  of releases; the last four are imported. "real:china": of $SVCTAG_REAL_DATA
 *   COUNT   of flips, half of them anywhere, half in the pages that hold rows
 */
#include <fcntl.h>
#include <importer/importer.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answers.h"
#include "files.h"

#define RELEASES 4
#define PAGE_SIZE 8192
#define HEADER_SIZE 100
#define MOST_SECONDS 20
#define MOST_TOLD 20

/* What a database answers about its newest and an older release. */
struct view {
	svctag_error open_error;
	struct answers newest, older;
};

struct bench {
	char *folder;
	char *database;
	unsigned char *image;
	size_t size;
	size_t *pages; /* numbers of those that hold rows */
	size_t page_count;
	struct answers_queries queries;
	struct view right;
	uint64_t random;
	size_t refused, unnoticed, wrong;
};

/* For the signal handler alone. */
static char current[80];

static void
stop(int signal)
{
	static const char hangs[] = "hangs: ", crashes[] = "crashes: ";
	const char *what = signal == SIGALRM ? hangs : crashes;

	if (write(STDERR_FILENO, what, strlen(what)) < 0 || write(STDERR_FILENO, current, strlen(current)) < 0)
		_exit(2);
	_exit(1);
}

/* xorshift64* */
static size_t
below(struct bench *bench, size_t limit)
{
	bench->random ^= bench->random >> 12;
	bench->random ^= bench->random << 25;
	bench->random ^= bench->random >> 27;
	return (size_t)(bench->random * 0x2545f4914f6cdd1dU >> 16) % limit;
}

static void
look(const struct bench *bench, struct view *ret)
{
	svctag_store *store = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->open_error = svctag_store_open(bench->database, SVCTAG_STORE_READ, &store, NULL);
	if (ret->open_error != SVCTAG_OK)
		return;
	answers_of_store(store, "latest", &bench->queries, &ret->newest);
	answers_of_store(store, "previous", &bench->queries, &ret->older);
	svctag_store_close(store);
}

/* Every answer there is has to be the right one. */
static bool
is_right(const struct answers *got, const struct answers *want)
{
	return (got->catalogue_error != SVCTAG_OK || got->catalogue == want->catalogue) &&
	       (got->snapshot_error != SVCTAG_OK || got->snapshot == want->snapshot);
}

static bool
is_whole(const struct answers *got)
{
	return got->catalogue_error == SVCTAG_OK && got->snapshot_error == SVCTAG_OK;
}

static void
judge(struct bench *bench, const struct view *got)
{
	if (got->open_error != SVCTAG_OK) {
		bench->refused++;
		return;
	}
	if (!is_right(&got->newest, &bench->right.newest) || !is_right(&got->older, &bench->right.older)) {
		if (bench->wrong++ < MOST_TOLD)
			(void)fprintf(stderr, "a wrong answer: %s", current);
	} else if (is_whole(&got->newest) && is_whole(&got->older)) {
		bench->unnoticed++;
	} else {
		bench->refused++;
	}
}

static size_t
choose_place(struct bench *bench, bool anywhere)
{
	size_t page;

	if (anywhere)
		return below(bench, bench->size);
	if (below(bench, 16) == 0)
		return below(bench, HEADER_SIZE);
	page = bench->pages[below(bench, bench->page_count)];
	return page * PAGE_SIZE + below(bench, PAGE_SIZE);
}

static void
put_byte(int fd, size_t place, unsigned char byte)
{
	if (pwrite(fd, &byte, 1, (off_t)place) == 1)
		return;
	perror("pwrite");
	exit(1);
}

static void
remove_side_files(const struct bench *bench)
{
	char name[4096];

	(void)snprintf(name, sizeof(name), "%s-wal", bench->database);
	(void)unlink(name);
	(void)snprintf(name, sizeof(name), "%s-shm", bench->database);
	(void)unlink(name);
}

static void
flip_bits(struct bench *bench, size_t count)
{
	int fd = open(bench->database, O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		perror(bench->database);
		exit(1);
	}
	for (size_t i = 0; i < count; i++) {
		size_t place = choose_place(bench, i % 2 == 0);
		unsigned int bit = (unsigned int)below(bench, 8);
		struct view got;

		(void)snprintf(current, sizeof(current), "flip %zu, byte %zu (page %zu), bit %u\n", i, place,
			       place / PAGE_SIZE + 1, bit);
		put_byte(fd, place, (unsigned char)(bench->image[place] ^ 1U << bit));
		(void)alarm(MOST_SECONDS);
		look(bench, &got);
		(void)alarm(0);
		judge(bench, &got);
		put_byte(fd, place, bench->image[place]);
		remove_side_files(bench);
	}
	(void)close(fd);
}

static void
import_all(const struct bench *bench, const struct file_list *files)
{
	size_t first = files->count > RELEASES ? files->count - RELEASES : 0;
	struct importer_plan plan = { 0 };
	svctag_store *store = NULL;
	svctag_detail detail = { "" };
	svctag_error err = importer_plan_make((const char *const *)files->paths + first, files->count - first, NULL,
					      "2025-01-01", &plan, &detail);

	if (err == SVCTAG_OK)
		err = svctag_store_open(bench->database, SVCTAG_STORE_WRITE, &store, &detail);
	for (size_t i = 0; err == SVCTAG_OK && i < plan.count; i++) {
		struct importer_outcome outcome = { 0 };

		err = importer_import_item(store, &plan.items[i], NULL, true, &outcome, &detail);
		free(outcome.warnings);
	}
	svctag_store_close(store);
	importer_plan_release(&plan);
	if (err == SVCTAG_OK)
		return;
	(void)fprintf(stderr, "cannot import: %s\n", detail.text);
	exit(1);
}

/* Leaves and inner pages of tables and indexes; the others are the long values' own. */
static void
find_pages(struct bench *bench)
{
	bench->pages = calloc(bench->size / PAGE_SIZE + 1, sizeof(*bench->pages));
	if (bench->pages == NULL)
		exit(1);
	for (size_t page = 0; page < bench->size / PAGE_SIZE; page++) {
		unsigned char kind = bench->image[page * PAGE_SIZE + (page == 0 ? HEADER_SIZE : 0)];

		if (kind == 2 || kind == 5 || kind == 10 || kind == 13)
			bench->pages[bench->page_count++] = page;
	}
}

static void
prepare(struct bench *bench, const struct file_list *files)
{
	svctag_snapshot *snapshot = NULL;
	svctag_store *store = NULL;

	bench->folder = files_folder_new();
	bench->database = files_path(bench->folder, "svctag.db");
	import_all(bench, files);
	if (svctag_store_open(bench->database, SVCTAG_STORE_READ, &store, NULL) != SVCTAG_OK ||
	    svctag_store_snapshot_at(store, NULL, NULL, &snapshot, NULL) != SVCTAG_OK)
		exit(1);
	answers_choose(snapshot, &bench->queries);
	svctag_snapshot_free(snapshot);
	svctag_store_close(store);
	remove_side_files(bench);
	bench->image = files_read(bench->database, &bench->size);
	find_pages(bench);
	look(bench, &bench->right);
	if (bench->right.open_error != SVCTAG_OK || !is_whole(&bench->right.newest) || !is_whole(&bench->right.older))
		exit(1);
}

/* Readers change nothing: the file is what it was. */
static bool
is_unchanged(const struct bench *bench)
{
	size_t size = 0;
	unsigned char *now = files_read(bench->database, &size);
	bool same = size == bench->size && memcmp(now, bench->image, size) == 0;

	free(now);
	return same;
}

int
main(int argc, char **argv)
{
	struct bench bench = { 0 };
	struct file_list files = { 0 };
	bool unchanged;

	if (argc < 3 || argc > 4) {
		(void)fputs("usage: test_bitflips FOLDER COUNT [SEED]\n", stderr);
		return 2;
	}
	bench.random = 88172645463325252U + (argc == 4 ? strtoull(argv[3], NULL, 10) : 0);
	files_find(argv[1], &files);
	prepare(&bench, &files);
	(void)signal(SIGALRM, stop);
	(void)signal(SIGSEGV, stop);
	(void)signal(SIGBUS, stop);
	flip_bits(&bench, strtoull(argv[2], NULL, 10));
	unchanged = is_unchanged(&bench);
	(void)printf("%s flips in %zu bytes: %zu gave errors, %zu changed no answer, %zu gave wrong answers%s\n",
		     argv[2], bench.size, bench.refused, bench.unnoticed, bench.wrong,
		     unchanged ? "" : "; a reader changed the file");
	files_folder_remove(bench.folder);
	files_release(&files);
	free(bench.database);
	free(bench.image);
	free(bench.pages);
	return bench.wrong == 0 && unchanged ? 0 : 1;
}
