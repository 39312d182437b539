/*
 * libmaxminddb on two files of the same table: records that are just the
 * number of the tag set, and records that are the list of tag names, decoded
 * as a program that wants them has to. Written with Debian's
 * libmaxmind-db-writer-perl.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <maxminddb.h>

#include "lookup_table.h"

static uint32_t
read_id(MMDB_lookup_result_s found)
{
	MMDB_entry_data_s data;
	const char *const path[] = { NULL };

	if (!found.found_entry || MMDB_aget_value(&found.entry, &data, path) != MMDB_SUCCESS)
		return 0;
	return data.uint32;
}

/* A map of the number of the set and the names. */
static uint32_t
read_list(MMDB_lookup_result_s found)
{
	MMDB_entry_data_list_s *list = NULL;
	const MMDB_entry_data_list_s *one;
	uint32_t answer = 0;

	if (!found.found_entry || MMDB_get_entry_data_list(&found.entry, &list) != MMDB_SUCCESS)
		return 0;
	for (one = list; one != NULL; one = one->next)
		if (one->entry_data.type == MMDB_DATA_TYPE_UINT32)
			answer = one->entry_data.uint32;
	MMDB_free_entry_data_list(list);
	return answer;
}

static MMDB_lookup_result_s
find_ipv4(const MMDB_s *db, uint32_t address)
{
	struct sockaddr_in socket = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
	int error;

	return MMDB_lookup_sockaddr(db, (const struct sockaddr *)&socket, &error);
}

static MMDB_lookup_result_s
find_ipv6(const MMDB_s *db, const uint8_t address[16])
{
	struct sockaddr_in6 socket = { .sin6_family = AF_INET6 };
	int error;

	memcpy(&socket.sin6_addr, address, 16);
	return MMDB_lookup_sockaddr(db, (const struct sockaddr *)&socket, &error);
}

static void
ids_ipv4(const void *state, const uint32_t *queries, size_t count, uint32_t *answers)
{
	for (size_t i = 0; i < count; i++)
		answers[i] = read_id(find_ipv4(state, queries[i]));
}

static void
ids_ipv6(const void *state, const uint8_t *queries, size_t count, uint32_t *answers)
{
	for (size_t i = 0; i < count; i++)
		answers[i] = read_id(find_ipv6(state, queries + i * 16));
}

static void
lists_ipv4(const void *state, const uint32_t *queries, size_t count, uint32_t *answers)
{
	for (size_t i = 0; i < count; i++)
		answers[i] = read_list(find_ipv4(state, queries[i]));
}

static void
lists_ipv6(const void *state, const uint8_t *queries, size_t count, uint32_t *answers)
{
	for (size_t i = 0; i < count; i++)
		answers[i] = read_list(find_ipv6(state, queries + i * 16));
}

/* Lines "prefix, set, tag…", tab-separated, parents before their children. */
static void
write_table(const struct table *table, const char *path)
{
	FILE *out = bench_open(path, "w");

	for (size_t i = 0; i < table->count; i++) {
		char text[SVCTAG_PREFIX_TEXT_SIZE];
		const uint32_t *tag = table->names[table->set[i]];

		(void)svctag_prefix_format(&table->prefix[i], text);
		(void)fprintf(out, "%s\t%u", text, table->set[i]);
		for (; *tag != UINT32_MAX; tag++)
			(void)fprintf(out, "\t%s", svctag_index_tag_name(table->index, *tag));
		(void)fputc('\n', out);
	}
	bench_close(out, path);
}

static void
add(struct engines *engines, struct engine engine, const char *path, double seconds)
{
	MMDB_s *db = bench_allocate(1, sizeof(*db));

	if (MMDB_open(path, MMDB_MODE_MMAP, db) != MMDB_SUCCESS)
		bench_die("libmaxminddb does not open %s", path);
	engine.state = db;
	engine.slow = true;
	engine.bytes = (double)db->file_size;
	engine.build_seconds = seconds;
	engines->engine[engines->count++] = engine;
}

void
engines_add_maxminddb(struct engines *engines, const struct table *table, struct bench *bench)
{
	const char *folder = bench_option(bench, "scratch", "/tmp");
	char tsv[512];
	char ids[512];
	char lists[512];
	const char *argv[] = { "perl", SVCTAG_BENCH_WRITER, tsv, ids, lists, NULL };
	struct bench_process writer;

	(void)mkdir(folder, 0755);
	(void)snprintf(tsv, sizeof(tsv), "%s/table.tsv", folder);
	(void)snprintf(ids, sizeof(ids), "%s/ids.mmdb", folder);
	(void)snprintf(lists, sizeof(lists), "%s/lists.mmdb", folder);
	write_table(table, tsv);
	writer = bench_process_run(argv, NULL, NULL);
	if (writer.status != 0) {
		bench_note(bench, "MaxMind::DB::Writer could not write: libmaxminddb is left out");
		return;
	}
	bench_note(bench, "libmaxminddb %s", MMDB_lib_version());
	add(engines, (struct engine){ .name = "libmaxminddb, id", .ipv4 = ids_ipv4, .ipv6 = ids_ipv6 }, ids,
	    writer.seconds);
	add(engines, (struct engine){ .name = "libmaxminddb, tag list", .ipv4 = lists_ipv4, .ipv6 = lists_ipv6 }, lists,
	    writer.seconds);
}
