/**
 * @file
 * What the judging and the warning halves of the gate share. Sums are exact:
 * shares are counted in 300ths, of which a third and every whole per cent are
 * whole numbers.
 */
#ifndef IMPORTER_GATE_H
#define IMPORTER_GATE_H

#include <stdio.h>

#include <svctag/release.h>

#define GATE_WHOLE 300U
#define GATE_PERCENT (GATE_WHOLE / 100)
#define GATE_FIFTH (GATE_WHOLE / 5)
#define GATE_THIRD (GATE_WHOLE / 3)
#define GATE_HALF (GATE_WHOLE / 2)

/** Most tags that the warnings name one by one. */
#define GATE_MAX_NAMED_TAGS 20

/** From one count to the other, is more than threshold/300 of the first lost? */
bool importer_gate_loses_more(svctag_count before, svctag_count after, unsigned int threshold);

/**
 * One line for each tag that lost more than half of its prefixes or of a
 * family's addresses, and for repeated prefixes that were dropped.
 * @param previous  may be NULL
 */
void importer_gate_write_warnings(FILE *stream, const svctag_release *previous, const svctag_release *next);

#endif
