/*
 * Small things that the text and CSV forms share: colours, counts, features,
 * the short name of a release.
 */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "report.h"

enum format_colour {
	FORMAT_PLAIN,
	FORMAT_HEADING,
	FORMAT_GOOD,
	FORMAT_BAD,
	FORMAT_CHANGED,
	FORMAT_FAINT,
};

/** The escape sequence, or "" where the style has no colours. */
const char *format_colour(const struct report_style *style, enum format_colour colour);

/** SVCTAG_OK, or SVCTAG_E_IO when the stream is in error. */
SVCTAG_MUST_CHECK svctag_error format_written(FILE *out);

/** Room for format_release(). */
#define FORMAT_RELEASE_SIZE (SVCTAG_CLOUD_SIZE + SVCTAG_DAY_SIZE + 32)
/** "Public 376 (2025-11-10)" */
const char *format_release(const svctag_release_info *info, char text[FORMAT_RELEASE_SIZE]);

/** Digits for people: exact up to fifteen digits, else rounded as 1.234e+24. */
const char *format_count(svctag_count count, char text[SVCTAG_COUNT_TEXT_SIZE]);

/** Room for the first digits of a digest, as people pass them to id:. */
#define FORMAT_DIGEST_SIZE 13
const char *format_digest(const uint8_t *digest, char text[FORMAT_DIGEST_SIZE]);

/** Where a tag can be used: the list, or "nowhere". */
const char *format_usable(const char *network_features);

/** Any bytes on a terminal: control characters and what is not UTF-8 become '?'. */
void format_bytes(FILE *out, const char *bytes, size_t size);

/** The same for a string; NULL is nothing. */
void format_text(FILE *out, const char *text);

/** The same within a line of Markdown, so that nothing of it is taken for markup; NULL is nothing. */
void format_markdown(FILE *out, const char *text);

/** "s" for a plural. */
const char *format_plural(size_t count);

#endif
