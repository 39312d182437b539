/*
 * What every history says of the releases that it is made of: the first and
 * the last, and the change numbers between that were never loaded.
 */
#ifndef REPORT_LOADED_H
#define REPORT_LOADED_H

#include "json.h"
#include "report.h"

/** Change numbers of one source from `from` to `to`, both included, of which none is loaded. */
struct loaded_gap {
	const char *source;
	int64_t from;
	int64_t to;
};

/**
 * @param[out] ret  free() it; in order of source and number
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error loaded_gaps(const svctag_catalogue *catalogue, size_t cloud, struct loaded_gap **ret,
					   size_t *ret_count);

/** "loaded":{"first","last","count","gaps":[…]}. */
void loaded_json(struct json *json, cJSON *root, const svctag_catalogue *catalogue, size_t cloud);

/** A line or two for people; lines about `width` wide. @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error loaded_text(FILE *out, const struct report_style *style,
					   const svctag_catalogue *catalogue, size_t cloud, unsigned int width);

/**
 * The days of the releases, and one more at which the newest ends in charts.
 * @param[out] ret  free() it; count + 1 of them
 */
SVCTAG_MUST_CHECK svctag_error loaded_days(const svctag_catalogue *catalogue, size_t cloud, int64_t **ret);

/**
 * Releases put into the columns of a bar: column c stands for [begin, end).
 * There are as many columns as there is room for, at most one for each release.
 */
struct loaded_columns {
	size_t releases;
	size_t columns;
};
struct loaded_columns loaded_columns_fit(const svctag_catalogue *catalogue, size_t cloud, unsigned int room);
size_t loaded_column_begin(const struct loaded_columns *columns, size_t column);

/** One character of a bar: how many of a column's releases have it. */
const char *loaded_column_text(size_t have, size_t of);

/** A bar that marks the columns before or within which change numbers were never loaded; "" if there are none. */
void loaded_gap_bar(FILE *out, const svctag_catalogue *catalogue, size_t cloud, const struct loaded_columns *columns);

#endif
