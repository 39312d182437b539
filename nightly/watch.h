/**
 * @file
 * What someone wants to hear of: tags, regions and addresses.
 */
#ifndef NIGHTLY_WATCH_H
#define NIGHTLY_WATCH_H

#include <svctag/diff.h>

/** Zero-initialised it is empty. Release with nightly_watch_release(). */
struct nightly_watch {
	char **patterns; /**< of tags' names; a word without `*` or `?` is a region property as well */
	size_t pattern_count;
	svctag_range *ranges;
	size_t range_count;
};

/**
 * Add what a word means: an address, a prefix or a range; a region in any of
 * its spellings; else a tag, or a pattern of tags.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, and, where it can only be meant for an address, as svctag_query_parse();
 *         SVCTAG_E_SYNTAX for no word at all
 */
SVCTAG_MUST_CHECK svctag_error nightly_watch_add(struct nightly_watch *watch, const char *text, size_t size,
						 svctag_detail *detail);

/**
 * The same for each line of a file; blank lines, and what follows a `#`, count
 * for nothing.
 * @return as nightly_watch_add(), SVCTAG_E_IO; detail names file and line
 */
SVCTAG_MUST_CHECK svctag_error nightly_watch_read(struct nightly_watch *watch, const char *path, svctag_detail *detail);

/** Accepts a zero-initialised one. */
void nightly_watch_release(struct nightly_watch *watch);

bool nightly_watch_is_empty(const struct nightly_watch *watch);

/** Is the change of this tag to be told of? Regrouped prefixes do not touch an address. */
bool nightly_watch_meets(const struct nightly_watch *watch, const svctag_tag_diff *tag);

#endif
