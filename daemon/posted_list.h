/**
 * @file
 * Somebody's list of addresses as the body of a POST: the parameters that say
 * how to read it, and the problems that refuse it.
 */
#ifndef POSTED_LIST_H
#define POSTED_LIST_H

#include "lists/lists.h"
#include "reply.h"
#include "request.h"

/** Is there a body, and is the parameter `name` such as a list can have? @return false when reply is a problem */
bool posted_list_accepts(const struct request *request, struct reply *reply);

/**
 * Read it as `input`, `column` and `name` say.
 * @param most      entries that it may have
 * @param[out] ret  list_free(); has at least one entry. Untouched when false
 * @return false when reply is a problem: 400, 413, 503
 */
bool posted_list_read(const struct request *request, size_t most, struct list **ret, struct reply *reply);

/** The same for what has its use without an entry too: rules that name tags alone. */
bool posted_list_read_any(const struct request *request, size_t most, struct list **ret, struct reply *reply);

#endif
