/**
 * @file
 * Look-ups of one address that are prepared, as statements of a database are:
 * who asks for many addresses asks for all of them in the same words. A
 * request in the words of an earlier one, letter by letter from its method to
 * its empty line, with another address between them, is as lawful as that one
 * was, and its answer differs in date, ETag, length and body alone. So nothing
 * of it is left to read but the address, and nothing to write but these: that
 * is done here, without libmicrohttpd, which would go through all of it again
 * and take most of the time.
 *
 * The words are learned from requests that the library has taken and that were
 * answered in full; the request after the one that came last is compared with
 * them before any other. Knows nothing of sockets. For one thread.
 */
#ifndef PREPARED_H
#define PREPARED_H

#include "exchange.h"

/** So many ways of asking at a time; the oldest makes room for another. */
#define PREPARED_PLACES 8
/** The longest words, and the longest address between them. */
#define PREPARED_WORDS 1024
#define PREPARED_ADDRESS 48
/** Room for the head of an answer. */
#define PREPARED_HEAD 512
/** Room for the date of an answer, with its NUL. */
#define PREPARED_DATE 30

/** One way of asking. */
struct prepared_lookup {
	size_t before;      /**< bytes of the words that stand before the address */
	size_t size;        /**< of all words; 0: this place is free */
	size_t target_size; /**< of the target, without the address */
	uint64_t generation;
	const struct route *route;
	enum encoding encoding;
	const char *content_type;     /**< static */
	struct reply_pattern pattern; /**< its pointer is good for this generation only */
	size_t before_etag;           /**< bytes of the head between date and ETag */
	size_t head_size;             /**< of that, and of what stands between ETag and length */
	char head[PREPARED_HEAD];
	char words[PREPARED_WORDS];
};

/** Zero-initialise; has nothing to release. */
struct prepared {
	struct prepared_lookup places[PREPARED_PLACES];
	size_t next; /**< to be replaced */
	size_t last; /**< that answered the last request */
	time_t date_of;
	char date[PREPARED_DATE]; /**< as it stands in answers; "" before the first */
	unsigned int note;        /**< the number of the request that is noted; none is 0 */
	size_t noted_size;
	char noted[PREPARED_WORDS + PREPARED_ADDRESS + 1]; /**< NUL-terminated */
	char answer[PREPARED_HEAD + EXCHANGE_KEPT_MAX];
};

/** A request that is prepared. */
struct prepared_question {
	const struct prepared_lookup *lookup;
	struct generation *generation; /**< a reference */
	const char *target;
	size_t target_size;
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
 * Is it prepared? What its answer takes is on its way from memory when this returns.
 * @param data      what has come on a connection that has no other request under way
 * @param[out] ret  when true is returned: prepared_end() it
 */
bool prepared_find(struct prepared *prepared, struct snapshots *snapshots, const char *data, size_t size,
		   struct prepared_question *ret);
/** Make the answer. @return false when that cannot be done here */
bool prepared_make(struct prepared *prepared, const struct prepared_question *question, struct prepared_answer *ret);
void prepared_end(struct prepared_question *question);

/** This has come, is not prepared, and goes on to the library. @return the note's number, or 0: it is none of these */
unsigned int prepared_note(struct prepared *prepared, const char *data, size_t size);

/**
 * An exchange with a key has been answered in full, repeatably: if it was a
 * look-up of one address, prepare for others.
 * @param note  the number under which its request was noted
 * @return whether the next one of its kind is prepared
 */
bool prepared_put(struct prepared *prepared, unsigned int note, const struct exchange *exchange);

#endif
