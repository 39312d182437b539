/**
 * @file
 * The lists of all tags of a cloud, one tag after the other. Hidden.
 */
#ifndef SVCTAG_STORE_LISTS_H
#define SVCTAG_STORE_LISTS_H

#include "span_edit.h"

/** What is kept of one tag. */
struct tag_lists {
	struct property_list properties;
	struct span_list prefixes;
};

/**
 * Looks at one tag, and may change it.
 * @param[out] ret_changed  true: it is stored; a tag that never was goes
 */
typedef svctag_error (*tag_change)(struct tag_lists *lists, const void *context, bool *ret_changed);

/**
 * @return as `change`, SVCTAG_E_CORRUPT (`detail` names the tag), SVCTAG_E_NO_MEMORY, SVCTAG_E_LIMIT,
 *         SVCTAG_E_DATABASE
 */
SVCTAG_MUST_CHECK svctag_error store_change_tags(sqlite3 *db, int64_t cloud_id, tag_change change, const void *context,
						 svctag_detail *detail);

/** The positions of the cloud's releases. @param[out] ret  free() its items */
SVCTAG_MUST_CHECK svctag_error store_read_positions(sqlite3 *db, int64_t cloud_id, struct span_positions *ret,
						    svctag_detail *detail);

#endif
