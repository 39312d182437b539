/**
 * @file
 * Parts of the page that show tags: one, those of a region, those with a text
 * in their names.
 */
#ifndef PAGE_TAGS_H
#define PAGE_TAGS_H

#include <svctag/region.h>

#include "page.h"

/** One tag, as the parameters `family` and `aggregate` say. */
void page_show_tag(struct page *page, const svctag_snapshot *snapshot, uint32_t tag);

/** The tags of a region. @return false when there are none, and nothing was done */
bool page_show_region(struct page *page, const svctag_snapshot *snapshot, const svctag_region *region);

/**
 * The tags whose names have the query as a part, or fit it as a pattern; if there are none, what is wrong.
 * @param detail  why it is no address
 */
void page_show_like(struct page *page, const svctag_snapshot *snapshot, const svctag_detail *detail);

#endif
