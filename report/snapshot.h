/* The outward form of a published copy of the database. As in report.h, on which it builds. */
#ifndef REPORT_SNAPSHOT_H
#define REPORT_SNAPSHOT_H

#include "report.h"

/** `snapshot`: what was written, and which releases are newest in it. */
SVCTAG_MUST_CHECK svctag_error report_snapshot(FILE *out, const struct report_style *style, const char *path,
					       const svctag_published *published, const svctag_catalogue *catalogue);

/** A line as sha256sum(1) writes and reads it. @param name  of the file, without folders */
SVCTAG_MUST_CHECK svctag_error report_snapshot_checksum(FILE *out, const char *name, const svctag_published *published);

#endif
