/* Text inside XML and HTML: Atom feeds, charts, pages. */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include <stdio.h>

/**
 * Any bytes, as text between tags or in an attribute between double quotes:
 * what is not UTF-8, or no character that XML 1.0 allows, becomes U+FFFD.
 */
void markup_bytes(FILE *out, const char *bytes, size_t size);

/** The same for a string; NULL is nothing. */
void markup_text(FILE *out, const char *text);

#endif
