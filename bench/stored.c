#include "stored.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
stored_path(const struct bench *bench, const char *name, char ret[STORED_PATH_SIZE])
{
	const char *folder = bench_option(bench, "scratch", "/tmp");
	int size = snprintf(ret, STORED_PATH_SIZE, "%s/svctag-%s", folder, name);

	if (size < 0 || size >= STORED_PATH_SIZE - 8)
		bench_die("--scratch: the name is too long");
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		bench_die("%s: %s", folder, strerror(errno));
}

void
stored_remove(const char *path)
{
	static const char *const endings[] = { "", "-wal", "-shm" };
	char name[STORED_PATH_SIZE];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, endings[i]);
		if (unlink(name) != 0 && errno != ENOENT)
			bench_die("%s: %s", name, strerror(errno));
	}
}

void
stored_copy(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb");
	FILE *out;
	char part[65536];
	size_t size;
	bool failed;

	stored_remove(to);
	out = fopen(to, "wb");
	if (in == NULL || out == NULL)
		bench_die("cannot copy %s to %s: %s", from, to, strerror(errno));
	while ((size = fread(part, 1, sizeof(part), in)) > 0)
		if (fwrite(part, 1, size, out) != size)
			break;
	failed = ferror(in) != 0 || ferror(out) != 0;
	failed |= fclose(out) != 0;
	failed |= fclose(in) != 0;
	if (failed)
		bench_die("cannot copy %s to %s", from, to);
}

double
stored_size(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		bench_die("%s: %s", path, strerror(errno));
	return (double)status.st_size;
}

svctag_store *
stored_open(const char *path)
{
	svctag_detail detail = { "" };
	svctag_store *store;

	if (svctag_store_open(path, SVCTAG_STORE_WRITE, &store, &detail) != SVCTAG_OK)
		bench_die("%s: %s", path, detail.text);
	return store;
}

svctag_catalogue *
stored_catalogue(svctag_store *store)
{
	svctag_detail detail = { "" };
	svctag_catalogue *catalogue;

	if (svctag_store_catalogue(store, &catalogue, &detail) != SVCTAG_OK)
		bench_die("%s: %s", svctag_store_path(store), detail.text);
	return catalogue;
}

const char *
stored_program(void)
{
	const char *program = getenv("SVCTAG_BIN");

	if (program == NULL)
		bench_die("$SVCTAG_BIN has to name the program svctag; scripts/bench sets it");
	return program;
}

double
stored_check(const char *path, const char *cloud, const char *at, const char *query, const char *tag)
{
	const char *const check[] = { stored_program(), "--db", path, "--cloud", cloud, "--at", at,
				      "check",          query,  tag,  NULL };
	struct bench_process process = bench_process_run(check, NULL, NULL);

	if (process.status != 0)
		bench_die("svctag check %s %s answered %d", query, tag, process.status);
	return process.seconds * 1e3;
}

void
stored_question(const svctag_release *release, char query[SVCTAG_ADDRESS_TEXT_SIZE], const char **ret_tag)
{
	for (size_t i = 0; i < svctag_release_tag_count(release); i++) {
		const svctag_tag *tag = svctag_release_tag(release, i);

		if (tag->prefix_count > 0) {
			svctag_address first = svctag_prefix_range(&tag->prefixes[0]).first;

			(void)svctag_address_format(&first, query);
			*ret_tag = tag->properties.name;
			return;
		}
	}
	bench_die("the release has no prefix");
}
