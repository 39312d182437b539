/**
 * @file
 * Forms for answers: responses of libmicrohttpd that are used again and again.
 * To make one takes some twenty allocations, most of them for header fields
 * that are the same for all answers of a kind. A form keeps them; body and
 * ETag are filled in anew. For the server only.
 */
#ifndef FORMS_H
#define FORMS_H

#include <microhttpd.h>

#include "reply.h"

/** The longest body. */
#define FORMS_BODY_MAX 4096
/** Forms that are kept at most: one of each size, modulo this. */
#define FORMS_PLACES 1024

/** One response. Belongs to whoever took it. */
struct form;

/**
 * Those that are free, and room for a body that all of them share: nearly every
 * answer is sent in one go, before the next is made, and so the room stays in
 * the cache. Zero-initialise; release with forms_release(). For one thread.
 */
struct forms {
	struct form *places[FORMS_PLACES];
	bool taken; /**< the room: who comes then gets a form with a body of its own */
	char room[FORMS_BODY_MAX];
};

void forms_release(struct forms *forms);

/**
 * Fill in a form for a 200 that has nothing unusual about it.
 * @param reply  its header fields: an ETag, what kind of content it is, and no others. Its body is not looked at.
 * @param body   copied
 * @return to be given back; NULL: the reply is another one, or there is no memory
 */
struct form *forms_take(struct forms *forms, const struct reply *reply, const char *body, size_t size);

/** To be queued. As long as the form. */
struct MHD_Response *form_response(const struct form *form);

/**
 * The answer has been sent, or never will be: the library reads nothing of it
 * any more, though it may hold it yet. Accepts NULL for both.
 * @param forms  of this thread; NULL: it keeps none
 */
void forms_give_back(struct forms *forms, struct form *form);

#endif
