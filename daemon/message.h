/**
 * @file
 * Follows the requests of one connection through its bytes, by the letter of
 * RFC 9112: where each ends, and whether everything in it has the form that
 * everyone on its way has to agree on. What other servers let pass for old
 * clients' sake is refused, because two programs that let different things
 * pass can be made to see different requests in the same bytes: line ends
 * that are not CR LF, folded lines, blanks around names, controls, lengths
 * and codings that are not plainly one of the two. Nothing but the few fields
 * that decide the framing is kept.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "framing.h"

/**
 * Most bytes of a request line, of a head, of a head before a body, and most
 * fields. Extensions of chunks and the fields behind them count with the head,
 * and each field counts for as many bytes more as a record of it takes.
 */
#define MESSAGE_MAX_LINE 20480
#define MESSAGE_MAX_HEAD 28672
#define MESSAGE_MAX_HEAD_OF_BODY 19456
#define MESSAGE_MAX_FIELDS 100
#define MESSAGE_FIELD_COST 64
/** Room for the value of a field that decides the framing; a longer one is wrong anyway. */
#define MESSAGE_VALUE_SIZE 264

/** Where in a request we are. */
enum message_state {
	MESSAGE_START,     /**< between requests */
	MESSAGE_METHOD,    /**< and the blank behind it */
	MESSAGE_TARGET,    /**< and the blank behind it */
	MESSAGE_VERSION,   /**< and the CR behind it */
	MESSAGE_LINE,      /**< a field's line, or the empty one, begins */
	MESSAGE_NAME,      /**< and the colon behind it */
	MESSAGE_BLANKS,    /**< before a value */
	MESSAGE_VALUE,     /**< and the CR behind it */
	MESSAGE_BODY,      /**< of a known length */
	MESSAGE_SIZE,      /**< of a chunk, and the CR or semicolon behind it */
	MESSAGE_EXTENSION, /**< of a chunk, and the CR behind it */
	MESSAGE_CHUNK,     /**< its data */
	MESSAGE_CHUNK_END, /**< and the CR behind them */
};

/** Zero-initialise for a new connection; it goes on from request to request by itself. */
struct message {
	enum message_state state;
	enum framing_field field; /**< that is being read */
	bool cookie;              /**< that field is one */
	bool line_feed;           /**< a CR has come: nothing but its LF may follow */
	bool empty_line;          /**< and that ends an empty line */
	bool trailer;             /**< the fields are those behind the chunks */
	unsigned int empty_lines;
	unsigned int fields;
	struct framing framing;
	uint64_t left;    /**< of the body or of the chunk */
	size_t size;      /**< so far of what MESSAGE_MAX_HEAD limits; of the last request between two */
	size_t word_size; /**< of the method, target, version, name or number that is being read */
	size_t value_size;
	char method[8];                 /**< its beginning, NUL-terminated; "" before it is complete */
	char word[24];                  /**< its beginning, as much as there is of it */
	char value[MESSAGE_VALUE_SIZE]; /**< likewise, of a field that decides the framing */
	unsigned int heads;             /**< that have been complete so far; it wraps */
};

/** Why a request is not taken. `status` 0: it is. */
struct message_refusal {
	unsigned int status; /**< 400, 413, 414, 417, 431, 501, 505 */
	svctag_detail detail;
};

/**
 * Read on, to the end of a head, of a request, of an empty line between two, or
 * of the data. The values of Cookie fields are overwritten with blanks: nobody
 * here has any use for them.
 * @param data  what has come next on the connection
 * @param[out] ret_left  so many bytes are left of what has been read, from the first
 * @param[out] ret       zero-initialised; the refusal, after which nothing more may be read
 * @return how many bytes have been read, those that were taken out among them
 */
size_t message_read(struct message *message, char *data, size_t size, size_t *ret_left, struct message_refusal *ret);

/** Is what comes next the beginning of a request, and was there nothing since the one before? */
bool message_is_fresh(const struct message *message);
/** Has a head begun that is not complete? */
bool message_is_in_head(const struct message *message);
/** Has a body, or what stands behind its chunks? */
bool message_is_in_body(const struct message *message);

#endif
