/**
 * @file
 * What the columns of a table mean, by their headings: the same for CSV and
 * Markdown.
 */
#ifndef LISTS_COLUMNS_H
#define LISTS_COLUMNS_H

#include "reader.h"

enum column_role {
	COLUMN_OTHER,
	COLUMN_ADDRESS, /**< its heading says so */
	COLUMN_INTENT,
	COLUMN_DIRECTION,
	COLUMN_ACCESS,
	COLUMN_PORT,
	COLUMN_PROTOCOL,
	COLUMN_NAME,
};

enum column_role column_role_of(struct span heading);

/** "Source address" is about one side. */
enum list_side column_side_of(struct span heading);

/** What one row says about its addresses, cell by cell. Zero-initialised says nothing. */
struct row_facts {
	struct span intent, direction, access, port, protocol, name;
};

void row_facts_take(struct row_facts *facts, enum column_role role, struct span cell);

/** The row as a rule; its path is the row's name, or else `path`. */
const struct list_rule *row_facts_rule(struct reader *reader, const struct row_facts *facts, const char *path);

#endif
