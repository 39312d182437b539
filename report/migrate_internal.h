/* What the forms of a migration share. */
#ifndef REPORT_MIGRATE_INTERNAL_H
#define REPORT_MIGRATE_INTERNAL_H

#include "migrate.h"

/** Opened for each address that is asked for, IPv4 where the list has any, else IPv6; NAN where it has none. */
double migrate_ratio(const struct proposal *proposal);

/** Room for migrate_reason(). */
#define MIGRATE_REASON_SIZE 600
/** Why an entry of the list was given to its tag, or stays an address, and since when. */
const char *migrate_reason(const struct proposal *proposal, size_t entry, char text[MIGRATE_REASON_SIZE]);

/** The tag of an entry; NULL: it stays an address. */
const char *migrate_tag(const struct proposal *proposal, size_t entry);

/** Since when it does; NULL where it is not known, or was never otherwise. */
const struct proposal_since *migrate_since(const struct proposal *proposal, size_t entry);

/** Is it an entry that a tag might have replaced, and none does? */
bool migrate_is_kept(const struct proposal *proposal, size_t entry);

const char *migrate_tag_name(const struct proposal *proposal, uint32_t tag);

/** "outbound Tcp 443 from any to Storage.EastUS", for people. Room for all of it; what is long is cut. */
#define MIGRATE_SIDE_SIZE 120
const char *migrate_side(const struct rule_peer *peer, char text[MIGRATE_SIDE_SIZE]);

SVCTAG_MUST_CHECK svctag_error migrate_write_text(FILE *out, const struct report_style *style,
						  const struct proposal *proposal);

#endif
