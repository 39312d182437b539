/**
 * @file
 * Look-ups of one address that are prepared, as statements of a database are:
 * who asks for many addresses asks for all of them in the same words. Requests
 * that differ in nothing but the address have the same route, release, form
 * and header fields, so all that is settled once; what is left to do for one
 * is to read the address, find it, and write date, ETag, length and body. That
 * is done here, without libmicrohttpd, which takes most of the time otherwise.
 *
 * What has been settled is known by the key of an exchange, which many
 * requests share. Of some that had it, the whole request is known too: another
 * one that is the same letter by letter, from its method to its empty line, but
 * for the address, is as lawful as that one was, and need not be read either.
 *
 * Knows nothing of sockets. For one thread.
 */
#ifndef PREPARED_H
#define PREPARED_H

#include "exchange.h"

/** So many ways of asking at a time, and so many requests; the oldest makes room for another. */
#define PREPARED_LOOKUPS 16
#define PREPARED_REQUESTS 8
/** The longest key and the longest request, without the address, and the longest address. */
#define PREPARED_KEY 256
#define PREPARED_REQUEST 1024
#define PREPARED_ADDRESS 48
/** Room for the head of an answer. */
#define PREPARED_HEAD 512

/** What stands around an address. */
struct prepared_words {
	size_t before; /**< bytes of it in front of the address */
	size_t size;   /**< 0: there are none */
};

/** One way of asking. */
struct prepared_lookup {
	struct prepared_words words; /**< of the key */
	uint64_t number;             /**< of all that were ever here */
	uint64_t generation;
	const struct route *route;
	enum encoding encoding;
	const char *content_type;     /**< static */
	struct reply_pattern pattern; /**< its pointer is good for this generation only */
	size_t before_etag;           /**< bytes of the head between date and ETag */
	size_t head_size;             /**< of that, and of what stands between ETag and length */
	char head[PREPARED_HEAD];
	char key[PREPARED_KEY];
};

/** A request that asked in that way. */
struct prepared_request {
	struct prepared_words words;
	size_t target_size; /**< without the address */
	size_t place;       /**< of the lookup, as long as the one there has this number */
	uint64_t number;
	char text[PREPARED_REQUEST];
};

/** Zero-initialise; has nothing to release. */
struct prepared {
	struct prepared_lookup lookups[PREPARED_LOOKUPS];
	struct prepared_request requests[PREPARED_REQUESTS];
	uint64_t count;      /**< of lookups so far */
	size_t next_lookup;  /**< to be replaced */
	size_t next_request; /**< likewise */
	size_t last;         /**< the request that was found last */
	time_t date_of;
	char date[REPLY_DATE_SIZE]; /**< as it stands in answers; "" before the first */
	char answer[PREPARED_HEAD + EXCHANGE_KEPT_MAX];
};

/** What is asked. */
struct prepared_question {
	const struct prepared_lookup *lookup;
	struct generation *generation; /**< a reference */
	const char *target;            /**< somebody else's */
	size_t target_size;
	size_t address_at; /**< in the target */
	size_t address_size;
	char address[PREPARED_ADDRESS + 32]; /**< zeros behind it */
	bool quad;                           /**< it is one, in IPv4 */
	uint32_t prefix;                     /**< that holds it, if so; else */
	svctag_query query;
};

/** Its answer. */
struct prepared_answer {
	const char *data; /**< head and body; until the next one is made */
	size_t size;
	size_t body_size;
};

/**
 * Does a known request ask this? What its answer takes is on its way from memory when this returns.
 * @param data      what has come on a connection that has no other request under way
 * @param[out] ret  when true is returned: prepared_end() it
 */
bool prepared_find_request(struct prepared *prepared, struct snapshots *snapshots, const char *data, size_t size,
			   struct prepared_question *ret);
/** The same of an exchange with a key, which outlives the question. */
bool prepared_find_key(struct prepared *prepared, const struct exchange *exchange, struct prepared_question *ret);
/** A question that was found by key is asked by this request, all of it, which says nothing to the library alone. */
void prepared_learn(struct prepared *prepared, const struct prepared_question *question, const char *data, size_t size);

/** Make the answer. @return false when that cannot be done here */
bool prepared_make(struct prepared *prepared, const struct prepared_question *question, struct prepared_answer *ret);
void prepared_end(struct prepared_question *question);

/** What came of prepared_put(). */
enum prepared_state {
	PREPARED_NOT,     /**< it is none that could be */
	PREPARED_KNOWN,   /**< it was already, and did not come here */
	PREPARED_INSTEAD, /**< of another one that may be asked again: there are many ways of asking */
	PREPARED_NEW,
};

/**
 * An exchange with a key has been answered in full, repeatably: if it was a
 * look-up of one address, prepare for others.
 */
enum prepared_state prepared_put(struct prepared *prepared, const struct exchange *exchange);

#endif
