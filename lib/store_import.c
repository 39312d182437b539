/*
 * Bringing a release in, in one transaction.
 *
 * What is kept of a cloud is the list of its *sightings*: which content was
 * seen on which day. In the order (day, change number, digest) neighbouring
 * sightings of one content form a release. So the releases are a function of
 * the set of sightings: a content that comes back after another is a release
 * of its own even if the other one arrives last and splits it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalogue_internal.h"
#include "store_write.h"

/** One sighting with the release it belongs to. */
struct sighting {
	char published[SVCTAG_DAY_SIZE];
	int64_t change_number;
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	int64_t release_id;
	int64_t position;
};

/** Everything that one import works on. */
struct importing {
	sqlite3 *db;
	const svctag_import *import;
	svctag_catalogue *catalogue;
	int64_t cloud_id;
	struct sighting self; /**< of what is imported */
	struct sighting before;
	struct sighting after;
	bool has_before;
	bool has_after;
	const svctag_release_info *previous; /**< the release that the new one follows, or NULL */
	const svctag_release_info *next;     /**< the one that it precedes, or NULL */
	svctag_release *previous_content;
	svctag_release *next_content;
	char *warnings;
	bool forced;
	bool known; /**< this very sighting is there: nothing is written */
};

static bool
is_name(const char *text, size_t limit, const char *allowed)
{
	size_t size = text != NULL ? strlen(text) : 0;

	return size > 0 && size < limit && strspn(text, allowed) == size;
}

static svctag_error
check_import(const svctag_import *import, svctag_detail *detail)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (!is_name(import->cloud, SVCTAG_CLOUD_SIZE, name)) {
		svctag_detail_set(detail, "a cloud's name has 1 to 64 letters, digits, '.', '_' or '-'");
		return SVCTAG_E_INVALID;
	}
	if (!is_name(import->source, SVCTAG_SOURCE_SIZE, lower)) {
		svctag_detail_set(detail, "a source has 1 to 16 lower-case letters, digits or '-'");
		return SVCTAG_E_INVALID;
	}
	if (import->published == NULL || !svctag_day_is_valid(import->published)) {
		svctag_detail_set(detail, "the published day is not a day of the form YYYY-MM-DD");
		return SVCTAG_E_INVALID;
	}
	return SVCTAG_OK;
}

/* The order of releases. */
static int
compare_sightings(const struct sighting *a, const struct sighting *b)
{
	int order = strcmp(a->published, b->published);

	if (order != 0)
		return order;
	if (a->change_number != b->change_number)
		return a->change_number < b->change_number ? -1 : 1;
	return memcmp(a->digest, b->digest, sizeof(a->digest));
}

static bool
same_content(const struct sighting *a, const struct sighting *b)
{
	return memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

/* Find or make the cloud's row. */
static svctag_error
enter_cloud(struct importing *in, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	svctag_error err = store_find_cloud(in->db, in->import->cloud, &in->cloud_id, NULL);

	if (err != SVCTAG_E_NOT_FOUND)
		return err;
	err = db_prepare(in->db, "INSERT INTO cloud (name) VALUES (?)", &statement, detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "t", in->import->cloud);
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	in->cloud_id = sqlite3_last_insert_rowid(in->db);
	(void)sqlite3_finalize(statement);
	return err;
}

static svctag_error
read_sighting(sqlite3_stmt *row, struct sighting *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (sqlite3_column_bytes(row, 2) != SVCTAG_DIGEST_SIZE || strlen(db_text(row, 0)) >= sizeof(ret->published))
		return SVCTAG_E_CORRUPT;
	memcpy(ret->published, db_text(row, 0), strlen(db_text(row, 0)) + 1);
	ret->change_number = sqlite3_column_int64(row, 1);
	memcpy(ret->digest, sqlite3_column_blob(row, 2), SVCTAG_DIGEST_SIZE);
	ret->release_id = sqlite3_column_int64(row, 3);
	ret->position = sqlite3_column_int64(row, 4);
	return SVCTAG_OK;
}

/* The sightings next to this one in the cloud; an equal one counts as the one before. */
static svctag_error
find_neighbours(struct importing *in, svctag_detail *detail)
{
	sqlite3_stmt *rows = NULL;
	struct sighting one;
	bool row = false;
	svctag_error err;

	err = db_prepare(in->db,
			 "SELECT s.published, r.change_number, r.digest, r.id, r.position FROM sighting s "
			 "JOIN release r ON r.id = s.release_id WHERE r.cloud_id = ?",
			 &rows, detail);
	if (err == SVCTAG_OK)
		err = db_bind(rows, detail, "i", in->cloud_id);
	while (err == SVCTAG_OK) {
		err = db_step(rows, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		err = read_sighting(rows, &one);
		if (err != SVCTAG_OK)
			break;
		if (compare_sightings(&one, &in->self) <= 0) {
			if (!in->has_before || compare_sightings(&one, &in->before) > 0)
				in->before = one;
			in->has_before = true;
		} else {
			if (!in->has_after || compare_sightings(&one, &in->after) < 0)
				in->after = one;
			in->has_after = true;
		}
	}
	(void)sqlite3_finalize(rows);
	return err;
}

static void
now_text(char text[21])
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(text, 21, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		memcpy(text, "1970-01-01T00:00:00Z", 21);
}

static svctag_error
add_sighting(const struct importing *in, int64_t release_id, svctag_detail *detail)
{
	sqlite3_stmt *statement = NULL;
	char now[21];
	svctag_error err;

	now_text(now);
	err = db_prepare(in->db,
			 "INSERT INTO sighting (release_id, published, source, imported_at, forced, warnings) "
			 "VALUES (?, ?, ?, ?, ?, ?)",
			 &statement, detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "itttit", release_id, in->import->published, in->import->source, now,
			      (int64_t)in->forced, in->warnings != NULL ? in->warnings : "");
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	(void)sqlite3_finalize(statement);
	return err;
}

/* The release that the gate compares with: the nearest one before, of the same source where there is one. */
static const svctag_release_info *
gate_reference(const struct importing *in)
{
	const svctag_release_info *nearest = NULL;
	const svctag_release_info *same_source = NULL;
	size_t i;

	for (i = 0; i < in->catalogue->release_count && in->has_before; i++) {
		const svctag_release_info *info = &in->catalogue->releases[i];

		if (sqlite3_stricmp(info->cloud, in->import->cloud) != 0 || info->position > in->before.position)
			continue;
		nearest = info;
		if (strcmp(info->source, in->import->source) == 0)
			same_source = info;
	}
	return same_source != NULL ? same_source : nearest;
}

/* The releases on either side of the new one, as the catalogue and the intervals have them. */
static svctag_error
read_neighbours(struct importing *in, svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (i = 0; i < in->catalogue->release_count && in->next == NULL; i++) {
		const svctag_release_info *info = &in->catalogue->releases[i];

		if (sqlite3_stricmp(info->cloud, in->import->cloud) != 0)
			continue;
		if (in->has_before && info->position <= in->before.position)
			in->previous = info;
		else
			in->next = info;
	}
	if (in->previous != NULL)
		err = store_read_checked(in->db, in->previous, &in->previous_content, detail);
	if (err == SVCTAG_OK && in->next != NULL)
		err = store_read_checked(in->db, in->next, &in->next_content, detail);
	return err;
}

static svctag_error
pass_gate(struct importing *in, svctag_detail *detail)
{
	const svctag_release_info *info = gate_reference(in);
	const svctag_release *reference = in->previous_content;
	svctag_release *other = NULL;
	svctag_error err = SVCTAG_OK;

	if (in->import->gate == NULL)
		return SVCTAG_OK;
	if (info != in->previous) {
		err = store_read_checked(in->db, info, &other, detail);
		reference = other;
	}
	if (err == SVCTAG_OK)
		err = in->import->gate(in->import->gate_context, info, reference, in->import->published,
				       in->import->release, &in->warnings, &in->forced, detail);
	svctag_release_free(other);
	return err;
}

static svctag_error
add_release_row(sqlite3 *db, const struct span_place *place, const svctag_release *release, int64_t *ret,
		svctag_detail *detail)
{
	char addresses[2][SVCTAG_COUNT_TEXT_SIZE];
	sqlite3_stmt *statement = NULL;
	svctag_error err;

	(void)svctag_count_format(svctag_release_address_count(release, SVCTAG_IPV4), addresses[0]);
	(void)svctag_count_format(svctag_release_address_count(release, SVCTAG_IPV6), addresses[1]);
	err = db_prepare(db,
			 "INSERT INTO release (cloud_id, position, change_number, digest, tag_count, prefix_count, "
			 "unique_prefix_count, addresses_ipv4, addresses_ipv6) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			 &statement, detail);
	if (err == SVCTAG_OK)
		err = db_bind(statement, detail, "iiibiiitt", place->cloud_id, place->position,
			      svctag_release_change_number(release), svctag_release_digest(release),
			      (size_t)SVCTAG_DIGEST_SIZE, (int64_t)svctag_release_tag_count(release),
			      (int64_t)svctag_release_prefix_count(release),
			      (int64_t)svctag_release_unique_prefix_count(release), addresses[0], addresses[1]);
	if (err == SVCTAG_OK)
		err = db_execute(statement, detail);
	if (err == SVCTAG_OK)
		*ret = sqlite3_last_insert_rowid(db);
	(void)sqlite3_finalize(statement);
	return err;
}

/* A content becomes a release right after the release `previous` (0: before all). */
static svctag_error
add_release(const struct importing *in, int64_t previous, const svctag_release *before, const svctag_release *release,
	    int64_t *ret, svctag_detail *detail)
{
	struct span_place place;
	svctag_error err = store_make_place(in->db, in->cloud_id, previous, &place, detail);

	if (err == SVCTAG_OK)
		err = spans_insert(in->db, &place, before, release, in->next_content, detail);
	if (err == SVCTAG_OK)
		err = add_release_row(in->db, &place, release, ret, detail);
	return err;
}

/* The new content stands between two sightings of one other content: what comes after becomes a release again. */
static svctag_error
split_release(const struct importing *in, int64_t added, svctag_detail *detail)
{
	int64_t second = 0;
	svctag_error err = add_release(in, added, in->import->release, in->previous_content, &second, detail);

	if (err == SVCTAG_OK)
		err = store_move_sightings(in->db, in->before.release_id, second, in->after.published, detail);
	return err;
}

static svctag_error
import_new(struct importing *in, svctag_detail *detail)
{
	int64_t added = 0;
	svctag_error err = read_neighbours(in, detail);

	if (err == SVCTAG_OK)
		err = pass_gate(in, detail);
	if (err == SVCTAG_OK)
		err = add_release(in, in->has_before ? in->before.release_id : 0, in->previous_content,
				  in->import->release, &added, detail);
	if (err == SVCTAG_OK)
		err = add_sighting(in, added, detail);
	if (err == SVCTAG_OK && in->has_before && in->has_after && in->before.release_id == in->after.release_id)
		err = split_release(in, added, detail);
	return err;
}

static svctag_error
import_content(struct importing *in, svctag_import_result *ret, svctag_detail *detail)
{
	if (in->has_before && same_content(&in->before, &in->self)) {
		*ret = SVCTAG_IMPORT_UNCHANGED;
		if (compare_sightings(&in->before, &in->self) != 0)
			return add_sighting(in, in->before.release_id, detail);
		/* After an upgrade even what is known already brings the index up to date. */
		in->known = store_index_is_current(in->db, in->cloud_id);
		return SVCTAG_OK;
	}
	if (in->has_after && same_content(&in->after, &in->self)) {
		*ret = SVCTAG_IMPORT_MOVED;
		return add_sighting(in, in->after.release_id, detail);
	}
	*ret = SVCTAG_IMPORT_ADDED;
	return import_new(in, detail);
}

/* The release in force on the import's day, as it is now. */
static svctag_error
report_release(const svctag_catalogue *catalogue, const struct sighting *self, const char *cloud,
	       svctag_release_info *ret)
{
	const svctag_release_info *found = NULL;
	size_t i;

	for (i = 0; i < catalogue->release_count; i++) {
		const svctag_release_info *info = &catalogue->releases[i];

		if (sqlite3_stricmp(info->cloud, cloud) == 0 && strcmp(info->published, self->published) <= 0 &&
		    memcmp(info->digest, self->digest, SVCTAG_DIGEST_SIZE) == 0)
			found = info;
	}
	if (found == NULL)
		return SVCTAG_E_CORRUPT;
	*ret = *found;
	ret->warnings = NULL;
	return SVCTAG_OK;
}

static svctag_error
import_in_transaction(struct importing *in, svctag_import_result *ret_result, svctag_release_info *ret_info,
		      svctag_detail *detail)
{
	svctag_catalogue *after = NULL;
	svctag_error err = store_check_list(in->db, detail);

	if (err == SVCTAG_OK)
		err = store_read_catalogue(in->db, &in->catalogue, detail);
	if (err == SVCTAG_OK)
		err = enter_cloud(in, detail);
	if (err == SVCTAG_OK)
		err = find_neighbours(in, detail);
	if (err == SVCTAG_OK)
		err = import_content(in, ret_result, detail);
	if (err == SVCTAG_OK && !in->known)
		err = store_finish_write(in->db, in->cloud_id, in->import->cloud, in->import->release, &after, detail);
	if (err == SVCTAG_OK)
		err = report_release(in->known ? in->catalogue : after, &in->self, in->import->cloud, ret_info);
	svctag_catalogue_free(after);
	return err;
}

svctag_error
svctag_store_import(svctag_store *store, const svctag_import *import, svctag_import_result *ret_result,
		    svctag_release_info *ret_info, svctag_detail *detail)
{
	struct importing in = { .db = store->db, .import = import };
	svctag_import_result result = SVCTAG_IMPORT_UNCHANGED;
	svctag_release_info info;
	svctag_error err;

	err = check_import(import, detail);
	if (err != SVCTAG_OK)
		return err;
	memcpy(in.self.published, import->published, SVCTAG_DAY_SIZE);
	in.self.change_number = svctag_release_change_number(import->release);
	memcpy(in.self.digest, svctag_release_digest(import->release), SVCTAG_DIGEST_SIZE);
	err = store_begin_write(store, detail);
	if (err != SVCTAG_OK)
		return err;
	err = import_in_transaction(&in, &result, &info, detail);
	err = store_end_write(store, err, detail);
	svctag_release_free(in.previous_content);
	svctag_release_free(in.next_content);
	svctag_catalogue_free(in.catalogue);
	free(in.warnings);
	if (err != SVCTAG_OK)
		return err;
	*ret_result = result;
	*ret_info = info;
	return SVCTAG_OK;
}
