/**
 * @file
 * A list of queries on its way to being answered, piece by piece.
 */
#ifndef BULK_H
#define BULK_H

#include "query_list.h"
#include "view.h"

struct bulk;

/** Takes the view over, if it succeeds. @return NULL when there is no memory */
struct bulk *bulk_new(struct view *view, enum report_format format);

/** What it is to answer. @param text  malloc()ed, what the list stands in; becomes the bulk's */
void bulk_take(struct bulk *bulk, char *text, const struct query_list *list);

/** Append the next piece of the answer: a reply_stream's `next`. */
svctag_error bulk_next(void *context, struct output *out, bool *ret_done);

/** A reply_stream's `release`. Accepts NULL. */
void bulk_free(void *context);

#endif
