/*
 * What there is to tell of a list that is watched: that entries broke in a
 * release, or what is not as intended when the list is first seen. As in
 * report.h, on which it builds.
 */
#ifndef REPORT_DRIFT_EVENT_H
#define REPORT_DRIFT_EVENT_H

#include "drift.h"

/** Why a list is told of. */
enum report_drift_occasion {
	REPORT_DRIFT_RELEASE, /**< entries that were as intended in the release before are not in this one */
	REPORT_DRIFT_FIRST,   /**< the list is watched for the first time: what is not as intended now */
	REPORT_DRIFT_CHANGED, /**< its entries are others than before: the same */
};

/** An occasion, and which entries it is about. Numbers count from 0, as the drift's do. */
struct report_drift_event {
	const struct list *list;
	const svctag_drift *drift; /**< of report_drift_entries() of this list */
	const char *path;          /**< of the list */
	enum report_drift_occasion occasion;
	size_t release; /**< number of the release that it is about */
	size_t *broken; /**< entries that broke, or are not as intended, in the order of the list */
	size_t broken_count;
	size_t *returned; /**< REPORT_DRIFT_RELEASE: entries that came back to their tag in it */
	size_t returned_count;
	size_t *tags; /**< that broken entries are meant for, for svctag_drift_intended() */
	size_t tag_count;
};

/**
 * Find out what there is to tell.
 * @param drift     of report_drift_entries() of this list
 * @param release   for REPORT_DRIFT_RELEASE not the first
 * @param[out] ret  report_drift_event_release(); everything that is passed has to outlive it
 * @return SVCTAG_OK (also when nothing is broken), SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error report_drift_event_make(const struct list *list, const svctag_drift *drift,
						       const char *path, enum report_drift_occasion occasion,
						       size_t release, struct report_drift_event *ret);
/** Accepts a zero-initialised one. */
void report_drift_event_release(struct report_drift_event *event);

/** How many lines of the list could not be read. */
size_t report_drift_event_unreadable(const struct report_drift_event *event);

/** The release that it is about. Lives as long as the drift. */
const svctag_release_info *report_drift_event_at(const struct report_drift_event *event);
/** The release before that; NULL where there is none, or the event is about one alone. */
const svctag_release_info *report_drift_event_before(const struct report_drift_event *event);

/** The event as JSON: one line. */
SVCTAG_MUST_CHECK svctag_error report_drift_event(FILE *out, const struct report_drift_event *event);
/** The same as Markdown, for people. */
SVCTAG_MUST_CHECK svctag_error report_drift_event_markdown(FILE *out, const struct report_drift_event *event);
/** Room for a title. */
#define REPORT_DRIFT_TITLE_SIZE 512
/** The same in a few words, printable: the list's name, how many entries, and the release. */
void report_drift_event_title(const struct report_drift_event *event, char text[REPORT_DRIFT_TITLE_SIZE]);
/** The same in some sentences, without list and release. */
SVCTAG_MUST_CHECK svctag_error report_drift_event_sentence(FILE *out, const struct report_drift_event *event);

#endif
