/*
 * Lists of one's own that are watched: what they are recognised by, what their
 * entries are meant for, and (nightly_note_list() in nightly.h) what became of
 * them.
 */
#ifndef NIGHTLY_LIST_H
#define NIGHTLY_LIST_H

#include <lists/lists.h>
#include <svctag/drift.h>

#include "report/drift_event.h"

/* list_identity.c */

/** The path from the root on, without "." and doubled slashes; links and ".." stay. free() it; NULL without memory. */
char *list_absolute_path(const char *path);

/**
 * The folder of what is told of a list, below the state folder: a part of its
 * name, for people, and digits of its path and cloud. free() it; NULL without memory.
 */
char *list_folder(const char *path, const char *cloud);

/**
 * A digest of the entries with their intents, and of what could not be read.
 * It is the same however they are arranged.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error list_digest(const struct list *list, const char *intent,
					   uint8_t ret[SVCTAG_DIGEST_SIZE]);

/**
 * A digest of what is told: list, releases, entries.
 * @param entries  of list_digest()
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY
 */
SVCTAG_MUST_CHECK svctag_error list_event_key(const struct report_drift_event *event,
					      const uint8_t entries[SVCTAG_DIGEST_SIZE],
					      uint8_t ret[SVCTAG_DIGEST_SIZE]);

/* intents.c */

/** What one entry is meant for. */
struct intent {
	char *entry; /**< list_entry_format() */
	char *tag;   /**< "" for none */
};

/** What entries are meant for whose list does not say. Zero-initialised it is empty. */
struct intents {
	struct intent *items; /**< by entry */
	size_t count;
};

/** Accepts a zero-initialised one. */
void intents_release(struct intents *intents);

/** What entries are bound by. */
struct binding {
	const char *folder; /**< of the list; made when there is something to keep */
	const struct list *list;
	const char *intent; /**< of entries whose list says none; NULL for none */
	svctag_store *store;
	const char *cloud; /**< as for svctag_drift_of_list() */
	bool forget;       /**< drop what is kept of entries that are not in the list any more */
};

/**
 * Give every entry the tag that it is meant for. Where nothing says it, that is
 * the narrowest tag that held it in the first loaded release, or else that
 * holds it in the newest; found once, and kept in a file of the folder, so that
 * no release that is loaded or taken out later changes it.
 * @param[out] ret  free() it; its strings are the list's, the intents', and the binding's
 * @param intents   zero-initialised; intents_release() it after the entries, whatever the result
 * @return SVCTAG_OK, SVCTAG_E_CORRUPT (the file), SVCTAG_E_IO, and as svctag_drift_of_list()
 */
SVCTAG_MUST_CHECK svctag_error intents_bind(const struct binding *binding, svctag_drift_entry **ret,
					    struct intents *intents, svctag_detail *detail);

#endif
