/* Well-formed UTF-8, told apart from anything else that input may hold. */
#ifndef REPORT_UTF8_H
#define REPORT_UTF8_H

#include <stddef.h>

/** The length of the well-formed sequence at the start of the text (Unicode, table 3-7), or 0. */
size_t utf8_sequence(const char *text, size_t size);

/** The same for what does not draw on a terminal: 0 also for control characters, C1 among them. */
size_t utf8_printable(const char *text, size_t size);

#endif
