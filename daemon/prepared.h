/**
 * @file
 * Look-ups of one address that are prepared, as statements of a database are:
 * who asks for many addresses asks for all of them in the same words. Requests
 * that differ in nothing but the address have the same route, release, form
 * and header fields, so all that is settled once; what is left to do for one
 * is to read the address, find it, and write the answer.
 */
#ifndef PREPARED_H
#define PREPARED_H

#include "exchange.h"

/** So many ways of asking at a time; the oldest makes room for another. */
#define PREPARED_PLACES 8
/** The longest words, without the address. */
#define PREPARED_WORDS 256

/** One way of asking. */
struct prepared_lookup {
	size_t before; /**< bytes of the words that stand before the address */
	size_t size;   /**< of all words; 0: this place is free */
	uint64_t generation;
	const struct route *route;
	enum encoding encoding;
	const char *content_type; /**< static, as the next */
	const char *cache_control;
	bool varies;
	struct reply_pattern pattern; /**< its pointer is good for this generation only */
	char words[PREPARED_WORDS];
};

/** Zero-initialise; has nothing to release. For one thread. */
struct prepared {
	struct prepared_lookup places[PREPARED_PLACES];
	size_t next;                        /**< to be replaced */
	const struct prepared_lookup *last; /**< that answered the last request; NULL: none did */
};

/**
 * An exchange with a key was answered in full, repeatably: if that was a
 * look-up of one address, prepare for others.
 */
void prepared_put(struct prepared *prepared, const struct exchange *exchange);

/**
 * The exchange has begun: its target is known, its header is not. If it asks
 * as the last one did, its address is looked up, so that what the answer is
 * made of can come from memory while the header is read.
 */
void prepared_foresee(struct prepared *prepared, struct exchange *exchange);

/**
 * Make the reply to an exchange with a key if it is prepared, all but its
 * body: that is written to `room`, and is what exchange_run() would have made.
 * @param room           EXCHANGE_KEPT_MAX bytes
 * @param[out] ret_size  of the body
 * @return false when it has to be admitted and run
 */
bool prepared_answer(struct prepared *prepared, struct exchange *exchange, char *room, size_t *ret_size);

#endif
