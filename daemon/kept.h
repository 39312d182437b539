/**
 * @file
 * Answers that are asked for again and again, ready as libmicrohttpd sends
 * them: for the server only. An answer is a function of the releases that are
 * loaded and of the request; so the same request, as long as no other
 * generation is loaded, has the same answer, headers and all.
 *
 * What is asked for once is not kept; of what is, some thousand answers stay,
 * and make room for others.
 */
#ifndef KEPT_H
#define KEPT_H

#include <microhttpd.h>

#include "exchange.h"

struct kept;

/** @return NULL when there is no memory */
struct kept *kept_new(void);
/** When nothing is being sent any more. Accepts NULL. */
void kept_free(struct kept *kept);

/** Let go of the answers of all other generations: nobody gets them any more. */
void kept_forget(struct kept *kept, uint64_t generation);

/** What came of kept_queue(). */
struct kept_answer {
	const struct route *route;
	size_t body_size;
	enum MHD_Result result;
};

/** Is the answer to a request there? */
enum kept_state {
	KEPT_NOT,    /**< no, and what is asked for once is not kept */
	KEPT_WANTED, /**< no, but it has been asked for before, lately: it is to be put here */
	KEPT_QUEUED,
};

/** Queue the answer to this request of this generation, if it is there. @param[out] ret  set if it is */
enum kept_state kept_queue(struct kept *kept, const struct exchange_key *key, uint64_t generation,
			   struct MHD_Connection *connection, struct kept_answer *ret);

/**
 * Keep an answer that is wanted.
 * @param answer    `result` is not looked at
 * @param response  when true is returned, the caller's reference has become ours; else there is no memory
 */
bool kept_put(struct kept *kept, const struct exchange_key *key, uint64_t generation, const struct kept_answer *answer,
	      struct MHD_Response *response);

#endif
