/* The content of a release, put together from the intervals. */
#include <string.h>

#include "store_internal.h"

size_t
span_key_of_prefix(const svctag_prefix *prefix, uint8_t key[SPAN_KEY_SIZE])
{
	size_t size = SVCTAG_FAMILY_BYTES(prefix->family);

	key[0] = prefix->family;
	memcpy(key + 1, prefix->bytes, size);
	key[1 + size] = prefix->length;
	return size + 2;
}

svctag_error
span_prefix_of_key(const void *key, size_t size, svctag_prefix *ret, svctag_detail *detail)
{
	const uint8_t *bytes = key;
	svctag_prefix prefix = { 0 };

	if (size < 2 || (bytes[0] != SVCTAG_IPV4 && bytes[0] != SVCTAG_IPV6) ||
	    size != SVCTAG_FAMILY_BYTES(bytes[0]) + 2 || bytes[size - 1] > SVCTAG_FAMILY_BITS(bytes[0])) {
		svctag_detail_set(detail, "a prefix in the database is damaged");
		return SVCTAG_E_CORRUPT;
	}
	prefix.family = bytes[0];
	prefix.length = bytes[size - 1];
	memcpy(prefix.bytes, bytes + 1, size - 2);
	*ret = prefix;
	return SVCTAG_OK;
}

static const char *
optional_text(sqlite3_stmt *row, int column)
{
	return sqlite3_column_type(row, column) == SQLITE_NULL ? NULL : db_text(row, column);
}

/* One tag with its prefixes into the builder. */
static svctag_error
read_tag(sqlite3_stmt *tag, sqlite3_stmt *prefixes, int64_t position, svctag_release_builder *builder,
	 svctag_detail *detail)
{
	svctag_properties properties = {
		.name = db_text(tag, 1),
		.change_number = sqlite3_column_int64(tag, 2),
		.region = db_text(tag, 3),
		.has_region_id = sqlite3_column_type(tag, 4) != SQLITE_NULL,
		.region_id = sqlite3_column_int(tag, 4),
		.platform = optional_text(tag, 5),
		.system_service = db_text(tag, 6),
		.network_features = optional_text(tag, 7),
	};
	svctag_error err;
	bool row;

	err = svctag_release_builder_add_tag(builder, &properties);
	if (err == SVCTAG_OK)
		err = db_bind(prefixes, detail, "iii", sqlite3_column_int64(tag, 0), position, position);
	while (err == SVCTAG_OK) {
		svctag_prefix prefix;

		err = db_step(prefixes, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		err = span_prefix_of_key(sqlite3_column_blob(prefixes, 0), (size_t)sqlite3_column_bytes(prefixes, 0),
					 &prefix, detail);
		if (err == SVCTAG_OK)
			err = svctag_release_builder_add_prefix(builder, &prefix);
	}
	if (err == SVCTAG_E_INVALID) {
		svctag_detail_set(detail, "a tag or prefix in the database is damaged");
		err = SVCTAG_E_CORRUPT;
	}
	return err;
}

svctag_error
store_read_content(sqlite3 *db, int64_t cloud_id, int64_t position, int64_t change_number, svctag_release **ret,
		   svctag_detail *detail)
{
	svctag_release_builder *builder = NULL;
	sqlite3_stmt *tags = NULL;
	sqlite3_stmt *prefixes = NULL;
	bool row;
	svctag_error err;

	err = svctag_release_builder_new(change_number, &builder);
	if (err == SVCTAG_OK)
		err = db_prepare(db,
				 "SELECT t.id, t.name, s.change_number, s.region, s.region_id, s.platform, "
				 "s.system_service, s.network_features FROM tag t JOIN tag_span s ON s.tag_id = t.id "
				 "WHERE t.cloud_id = ?1 AND s.first <= ?2 AND (s.until IS NULL OR s.until > ?2)",
				 &tags, detail);
	if (err == SVCTAG_OK)
		err = db_prepare(db,
				 "SELECT prefix FROM prefix_span WHERE tag_id = ?1 AND first <= ?2 "
				 "AND (until IS NULL OR until > ?3)",
				 &prefixes, detail);
	if (err == SVCTAG_OK)
		err = db_bind(tags, detail, "ii", cloud_id, position);
	while (err == SVCTAG_OK) {
		err = db_step(tags, &row, detail);
		if (err != SVCTAG_OK || !row)
			break;
		err = read_tag(tags, prefixes, position, builder, detail);
	}
	if (err == SVCTAG_OK)
		err = svctag_release_builder_finish(builder, ret, detail);
	(void)sqlite3_finalize(prefixes);
	(void)sqlite3_finalize(tags);
	svctag_release_builder_free(builder);
	return err == SVCTAG_E_DUPLICATE ? SVCTAG_E_CORRUPT : err;
}
