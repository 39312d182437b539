/*
 * Taking out the release at r, before the one at n: boundaries at r move to n
 * (or to the end of time), what lay between r and n alone goes, and a span
 * that ended at r grows together with an equal one that begins at n. The two
 * tables differ in what makes a key and an equal value.
 */
#include "store_internal.h"

#define OF_CLOUD "tag_id IN (SELECT id FROM tag WHERE cloud_id = ?1)"
#define SAME_TAG                                                                                               \
	"b.tag_id = a.tag_id AND b.change_number = a.change_number AND b.region = a.region AND "               \
	"b.region_id IS a.region_id AND b.platform IS a.platform AND b.system_service = a.system_service AND " \
	"b.network_features IS a.network_features"
#define SAME_PREFIX "b.tag_id = a.tag_id AND b.prefix = a.prefix"
#define REMOVE_FROM(table, same)                                                                                    \
	"UPDATE " table " AS a SET until = (SELECT b.until FROM " table " b WHERE " same " AND b.first = ?3) "      \
	"WHERE a." OF_CLOUD " AND a.until = ?2 AND EXISTS "                                                         \
	"(SELECT 1 FROM " table " b WHERE " same " AND b.first = ?3)",                                              \
		"DELETE FROM " table " AS b WHERE b." OF_CLOUD " AND b.first = ?3 AND EXISTS (SELECT 1 FROM " table \
		" a WHERE " same " AND a.first < ?2 AND (a.until IS NULL OR a.until > ?3))",                        \
		"UPDATE " table " SET until = ?3 WHERE " OF_CLOUD " AND until = ?2",                                \
		"DELETE FROM " table " WHERE " OF_CLOUD " AND first = ?2 AND until IS ?3",                          \
		"UPDATE " table " SET first = ?3 WHERE " OF_CLOUD " AND first = ?2"

static const char *const removals[] = {
	REMOVE_FROM("tag_span", SAME_TAG),
	REMOVE_FROM("prefix_span", SAME_PREFIX),
	"DELETE FROM tag WHERE cloud_id = ?1 AND NOT EXISTS (SELECT 1 FROM tag_span s WHERE s.tag_id = tag.id)",
};

svctag_error
spans_remove(sqlite3 *db, const struct span_place *place, svctag_detail *detail)
{
	svctag_error err = SVCTAG_OK;
	size_t i;

	for (i = 0; err == SVCTAG_OK && i < sizeof(removals) / sizeof(removals[0]); i++) {
		sqlite3_stmt *statement = NULL;
		int parameters;

		err = db_prepare(db, removals[i], &statement, detail);
		if (err != SVCTAG_OK)
			break;
		parameters = sqlite3_bind_parameter_count(statement);
		if (parameters == 1)
			err = db_bind(statement, detail, "i", place->cloud_id);
		else if (parameters == 2)
			err = db_bind(statement, detail, "ii", place->cloud_id, place->position);
		else if (place->has_next)
			err = db_bind(statement, detail, "iii", place->cloud_id, place->position, place->next);
		else
			err = db_bind(statement, detail, "iin", place->cloud_id, place->position);
		if (err == SVCTAG_OK)
			err = db_execute(statement, detail);
		(void)sqlite3_finalize(statement);
	}
	return err;
}
