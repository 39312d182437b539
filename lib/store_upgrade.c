#include "store_upgrade.h"

#include <stdlib.h>
#include <string.h>

#include "property_list.h"
#include "sha256.h"
#include "span_list.h"

static int64_t
end_of(sqlite3_value *value)
{
	return sqlite3_value_type(value) == SQLITE_NULL ? SPAN_OPEN : sqlite3_value_int64(value);
}

/* Answer with the list, which is freed, or with why there is none. */
static void
answer(sqlite3_context *context, svctag_error err, void *data, size_t size)
{
	if (err == SVCTAG_OK) {
		sqlite3_result_blob64(context, data, size, SQLITE_TRANSIENT);
	} else if (err == SVCTAG_E_NO_MEMORY) {
		sqlite3_result_error_nomem(context);
	} else {
		bool limit = err == SVCTAG_E_LIMIT;

		sqlite3_result_error(context,
				     limit ? "a tag has more spans than a list can hold"
					   : "spans of a tag overlap, or are none",
				     -1);
		sqlite3_result_error_code(context, limit ? SQLITE_TOOBIG : SQLITE_CORRUPT);
	}
	free(data);
}

/** A group of prefix_span. */
struct prefixes {
	struct span_list list;
	svctag_error err;
};

/* A prefix was one byte of family, the address, and one byte of length. */
static svctag_error
read_key(const uint8_t *key, size_t size, svctag_prefix *ret)
{
	svctag_prefix prefix = { 0 };

	if (size < 2 || (key[0] != SVCTAG_IPV4 && key[0] != SVCTAG_IPV6) || size != SVCTAG_FAMILY_BYTES(key[0]) + 2)
		return SVCTAG_E_CORRUPT;
	prefix.family = key[0];
	prefix.length = key[size - 1];
	memcpy(prefix.bytes, key + 1, size - 2);
	*ret = prefix;
	return SVCTAG_OK;
}

static void
take_prefix(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct prefixes *group = sqlite3_aggregate_context(context, sizeof(*group));
	struct span span;

	(void)count;
	if (group == NULL || group->err != SVCTAG_OK)
		return;
	span.first = sqlite3_value_int64(values[1]);
	span.until = end_of(values[2]);
	group->err = read_key(sqlite3_value_blob(values[0]), (size_t)sqlite3_value_bytes(values[0]), &span.prefix);
	if (group->err == SVCTAG_OK)
		group->err = span_list_add(&group->list, &span);
}

static int
compare_spans(const void *a, const void *b)
{
	const struct span *x = a;
	const struct span *y = b;
	int order = svctag_prefix_compare(&x->prefix, &y->prefix);

	return order != 0 ? order : (x->first > y->first) - (x->first < y->first);
}

/* Unpacked, it says the same: the rows are about to go. */
static svctag_error
prove_prefixes(const struct span_list *list, const void *data, size_t size)
{
	struct span_list proof = { 0 };
	svctag_error err = span_list_unpack(data, size, &proof);
	size_t i;

	if (err == SVCTAG_OK && proof.count != list->count)
		err = SVCTAG_E_CORRUPT;
	for (i = 0; err == SVCTAG_OK && i < list->count; i++)
		if (compare_spans(&proof.items[i], &list->items[i]) != 0 ||
		    proof.items[i].until != list->items[i].until)
			err = SVCTAG_E_CORRUPT;
	span_list_release(&proof);
	return err;
}

static void
pack_prefixes(sqlite3_context *context)
{
	struct prefixes *group = sqlite3_aggregate_context(context, 0);
	void *data = NULL;
	size_t size = 0;
	svctag_error err;

	if (group == NULL) {
		sqlite3_result_null(context);
		return;
	}
	err = group->err;
	if (err == SVCTAG_OK) {
		qsort(group->list.items, group->list.count, sizeof(*group->list.items), compare_spans);
		err = span_list_pack(&group->list, &data, &size);
	}
	if (err == SVCTAG_OK)
		err = prove_prefixes(&group->list, data, size);
	answer(context, err, data, size);
	span_list_release(&group->list);
}

/** A group of tag_span, and copies of its texts. */
struct properties {
	struct property_list list;
	char **texts;
	size_t text_count;
	svctag_error err;
};

/** Texts among what a span says. */
#define TEXTS 4

/* A copy that the group owns, which has room for it; NULL of NULL. */
static const char *
copy_text(struct properties *group, sqlite3_value *value)
{
	const char *text = (const char *)sqlite3_value_text(value);
	char *copy = text != NULL ? strdup(text) : NULL;

	if (copy != NULL)
		group->texts[group->text_count++] = copy;
	else if (sqlite3_value_type(value) != SQLITE_NULL)
		group->err = SVCTAG_E_NO_MEMORY;
	return copy;
}

static void
take_properties(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct properties *group = sqlite3_aggregate_context(context, sizeof(*group));
	struct property_span span = { 0 };
	char **texts;

	(void)count;
	if (group == NULL || group->err != SVCTAG_OK)
		return;
	texts = reallocarray(group->texts, group->text_count + TEXTS, sizeof(*texts));
	if (texts == NULL) {
		group->err = SVCTAG_E_NO_MEMORY;
		return;
	}
	group->texts = texts;
	span.first = sqlite3_value_int64(values[0]);
	span.until = end_of(values[1]);
	span.properties.change_number = sqlite3_value_int64(values[2]);
	span.properties.region = copy_text(group, values[3]);
	span.properties.has_region_id = sqlite3_value_type(values[4]) != SQLITE_NULL;
	span.properties.region_id = sqlite3_value_int(values[4]);
	span.properties.platform = copy_text(group, values[5]);
	span.properties.system_service = copy_text(group, values[6]);
	span.properties.network_features = copy_text(group, values[7]);
	if (group->err == SVCTAG_OK)
		group->err = property_list_add(&group->list, &span);
}

static svctag_error
prove_properties(const struct property_list *list, const void *data, size_t size)
{
	struct property_list proof = { 0 };
	svctag_error err = property_list_unpack(data, size, &proof);
	size_t i;

	if (err == SVCTAG_OK && proof.count != list->count)
		err = SVCTAG_E_CORRUPT;
	for (i = 0; err == SVCTAG_OK && i < list->count; i++)
		if (proof.items[i].first != list->items[i].first || proof.items[i].until != list->items[i].until ||
		    !properties_same(&proof.items[i].properties, &list->items[i].properties))
			err = SVCTAG_E_CORRUPT;
	property_list_release(&proof);
	return err;
}

static void
pack_properties(sqlite3_context *context)
{
	struct properties *group = sqlite3_aggregate_context(context, 0);
	void *data = NULL;
	size_t size = 0;
	svctag_error err;
	size_t i;

	if (group == NULL) {
		sqlite3_result_null(context);
		return;
	}
	err = group->err;
	if (err == SVCTAG_OK) {
		property_list_sort(&group->list);
		err = property_list_pack(&group->list, &data, &size);
	}
	if (err == SVCTAG_OK)
		err = prove_properties(&group->list, data, size);
	answer(context, err, data, size);
	for (i = 0; i < group->text_count; i++)
		free(group->texts[i]);
	free(group->texts);
	property_list_release(&group->list);
}

svctag_error
store_offer_functions(sqlite3 *db, svctag_detail *detail)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;

	if (sqlite3_create_function_v2(db, "svctag_pack_prefixes", 3, flags, NULL, NULL, take_prefix, pack_prefixes,
				       NULL) != SQLITE_OK ||
	    sqlite3_create_function_v2(db, "svctag_pack_properties", 8, flags, NULL, NULL, take_properties,
				       pack_properties, NULL) != SQLITE_OK)
		return db_error(db, detail);
	return SVCTAG_OK;
}

/* Every column with its type, and its length as text, so that no two different rows hash alike. */
static void
hash_row(struct sha256 *sha, sqlite3_stmt *row)
{
	int i;

	for (i = 0; i < sqlite3_column_count(row); i++) {
		int64_t head[2] = { sqlite3_column_type(row, i), 0 };
		const void *bytes = head[0] == SQLITE_INTEGER ? (const void *)sqlite3_column_text(row, i)
							      : sqlite3_column_blob(row, i);

		head[1] = sqlite3_column_bytes(row, i);
		svctag_sha256_add(sha, head, sizeof(head));
		if (bytes != NULL)
			svctag_sha256_add(sha, bytes, (size_t)head[1]);
	}
}

/* Without any release there need not be a seal. */
static svctag_error
compare_first_seal(sqlite3 *db, const uint8_t digest[SVCTAG_DIGEST_SIZE], bool empty, svctag_detail *detail)
{
	sqlite3_stmt *seal = NULL;
	bool there = false;
	bool holds = empty;
	svctag_error err = db_prepare(db, "SELECT digest FROM seal WHERE id = 1", &seal, detail);

	if (err == SVCTAG_OK)
		err = db_step(seal, &there, detail);
	if (err == SVCTAG_OK && there)
		holds = sqlite3_column_bytes(seal, 0) == SVCTAG_DIGEST_SIZE &&
			memcmp(sqlite3_column_blob(seal, 0), digest, SVCTAG_DIGEST_SIZE) == 0;
	if (err == SVCTAG_OK && !holds) {
		svctag_detail_set(detail, "the list of releases in the database is damaged: its seal does not hold");
		err = SVCTAG_E_CORRUPT;
	}
	(void)sqlite3_finalize(seal);
	return err;
}

svctag_error
store_check_first_seal(sqlite3 *db, svctag_detail *detail)
{
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	sqlite3_stmt *rows = NULL;
	struct sha256 sha;
	bool empty = true;
	bool row = true;
	svctag_error err;

	svctag_sha256_begin(&sha);
	err = db_prepare(db,
			 "SELECT r.id, r.position, c.name, r.change_number, r.digest, r.tag_count, r.prefix_count, "
			 "r.unique_prefix_count, r.addresses_ipv4, r.addresses_ipv6, s.published, s.source, "
			 "s.imported_at, s.forced, s.warnings FROM release r JOIN cloud c ON c.id = r.cloud_id "
			 "LEFT JOIN sighting s ON s.release_id = r.id ORDER BY c.id, r.position, s.published",
			 &rows, detail);
	while (err == SVCTAG_OK) {
		err = db_step(rows, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		hash_row(&sha, rows);
		empty = false;
	}
	(void)sqlite3_finalize(rows);
	svctag_sha256_end(&sha, digest);
	return err == SVCTAG_OK ? compare_first_seal(db, digest, empty, detail) : err;
}
