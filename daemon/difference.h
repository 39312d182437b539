/**
 * @file
 * What changed between the two releases that a request names with `from` and
 * `to`: for the route and for the page.
 */
#ifndef DIFFERENCE_H
#define DIFFERENCE_H

#include <svctag/diff.h>

#include "database.h"
#include "request.h"

/** Two releases of one catalogue, and whether change numbers between them were never loaded. */
struct difference_ends {
	const svctag_release_info *from;
	const svctag_release_info *to;
	bool gap;
};

/** A diff and the releases that it points into. Zero-initialise; difference_release() it. */
struct difference {
	svctag_release *from;
	svctag_release *to;
	svctag_diff *diff;
};

/**
 * The releases that `from` (default: previous) and `to` (default: latest) name.
 * @param[out] ret  lives as long as the catalogue
 * @return as svctag_catalogue_resolve()
 */
SVCTAG_MUST_CHECK svctag_error difference_resolve(const struct request *request, const svctag_catalogue *catalogue,
						  size_t cloud, struct difference_ends *ret, svctag_detail *detail);

/**
 * Read both and compare them. Blocks.
 * @param pattern   of tags, or NULL for all
 * @param[out] ret  to be released also after a failure
 */
SVCTAG_MUST_CHECK svctag_error difference_read(struct database *database, const struct difference_ends *ends,
					       const char *pattern, struct difference *ret, svctag_detail *detail);

/** Accepts a zero-initialised one. */
void difference_release(struct difference *difference);

#endif
