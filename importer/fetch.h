/**
 * @file
 * The current release of a cloud, from wherever it is to be had, into the
 * store. Nothing here prints.
 */
#ifndef IMPORTER_FETCH_H
#define IMPORTER_FETCH_H

#include "feed.h"
#include "importer.h"

/** What to fetch, and how. */
struct fetch_order {
	const char *cloud; /**< in any letter case; NULL: whatever the document says (FEED_URL alone) */
	struct feed_settings feed;
	bool force; /**< ask without validators, and pass the plausibility gate */
};

/** What became of it. Release with fetch_outcome_release(). */
struct fetch_outcome {
	enum feed_source source;         /**< that had it */
	char *url;                       /**< where it was */
	bool not_modified;               /**< the server said that it is what was imported last */
	struct importer_outcome outcome; /**< UNCHANGED if not_modified */
	svctag_detail warning;           /**< the release is stored, but its validators could not be; "" if they are */
};

/** Accepts a zero-initialised outcome. */
void fetch_outcome_release(struct fetch_outcome *outcome);

/**
 * Try the sources in order until one has a document that decodes, and import
 * it. What the plausibility gate or the store refuses is final.
 * @param store   opened for writing
 * @param detail  every source's reason, each with its address
 * @return SVCTAG_OK, or why the last source failed
 */
SVCTAG_MUST_CHECK svctag_error importer_fetch(struct http *http, svctag_store *store, const struct fetch_order *order,
					      struct fetch_outcome *ret, svctag_detail *detail);

/**
 * Find out which address importer_fetch() would take the document from,
 * without taking it: dated addresses are asked for by HEAD, the Discovery API
 * not at all.
 * @param ret  only `source` and `url` are set
 */
SVCTAG_MUST_CHECK svctag_error importer_fetch_find(struct http *http, const struct fetch_order *order,
						   struct fetch_outcome *ret, svctag_detail *detail);

/**
 * Hold the lock that keeps two fetches into one database apart.
 * @param database  its path; the lock is the file of that name and ".lock", which stays
 * @param wait      for whoever holds it
 * @param[out] ret  close() it to let go
 * @return SVCTAG_OK, SVCTAG_E_BUSY, SVCTAG_E_IO, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error importer_lock(const char *database, bool wait, int *ret, svctag_detail *detail);

#endif
