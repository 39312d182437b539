/**
 * @file
 * Canary look-ups: does an index answer what its release says? Hidden.
 */
#ifndef SVCTAG_PROVE_H
#define SVCTAG_PROVE_H

#include <svctag/snapshot.h>

/**
 * Look up addresses spread over the release's prefixes and compare with what
 * a scan of its memberships gives.
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_CORRUPT (an answer differs)
 */
svctag_error prove_snapshot(const svctag_snapshot *snapshot, const svctag_release *release, svctag_detail *detail);

#endif
