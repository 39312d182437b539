/**
 * @file
 * Markdown: addresses among words, and tables of them.
 */
#ifndef LISTS_MARKDOWN_H
#define LISTS_MARKDOWN_H

#include "reader.h"

/**
 * The next word among punctuation that is an address or was meant to be one.
 * Addresses inside a URL are none.
 * @return false at the end
 */
bool markdown_next_address(struct span *rest, struct span *ret);

/** Every such word as an entry or problem. @return how many */
size_t markdown_read_words(struct reader *reader, const struct origin *origin, struct span text);

/** Does a table begin at the line at hand: a heading with a `|`, and a line of dashes below it? */
bool markdown_table_begins(const struct lines *lines);

/** The table whose heading is at hand; `lines` is left at its last row. `section` is the path of its entries. */
void markdown_read_table(struct reader *reader, struct lines *lines, const char *section);

#endif
