/**
 * @file
 * What takes too long for an event thread, which has other clients: that is
 * left to the workers. Estimated from what is asked, before anything is done;
 * the bounds are where an answer from a real release takes about a
 * millisecond.
 */
#ifndef EFFORT_H
#define EFFORT_H

#include <svctag/lookup.h>

#include "service.h"

/** Does it ask about so much of the address space that thousands of prefixes may meet it? */
bool effort_is_wide(const svctag_query *query);

/** Is one of the parameters q such a query? */
bool effort_asks_widely(const struct request *request);

/** May there be prefixes or ranges in this list, and not addresses alone? */
bool effort_has_spans(const char *text, size_t size);

/** Are these so many rows or prefixes? */
bool effort_is_much(size_t count);

/** @return true when reply says `defer`, because it takes long and this is no worker */
bool effort_defer(bool takes_long, const struct context *context, struct reply *reply);

#endif
