/*
 * CSV as in RFC 4180, with bare line feeds. Zero-initialise but for `out`;
 * fields in order, then csv_end() for each record.
 */
#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include "report.h"

struct csv {
	FILE *out;
	bool started;   /* the record has a field */
	char separator; /* 0: a comma */
};

/** NULL is an empty field. */
void csv_text(struct csv *csv, const char *text);
void csv_bytes(struct csv *csv, const char *bytes, size_t size);
void csv_integer(struct csv *csv, int64_t number);
void csv_fraction(struct csv *csv, double number);
void csv_count(struct csv *csv, svctag_count count);
void csv_prefix(struct csv *csv, const svctag_prefix *prefix);
/** cloud, changeNumber, published, id: in every record that says where it came from. */
void csv_release(struct csv *csv, const svctag_release_info *info);
#define CSV_RELEASE_HEADER "cloud,changeNumber,published,id"
void csv_end(struct csv *csv);

#endif
