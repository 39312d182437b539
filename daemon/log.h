/**
 * @file
 * One line per event to stderr, which the service manager collects: as text,
 * or as a JSON object. Lines are queued and written by a thread of their own,
 * so that nobody waits for whoever reads them; what does not fit is dropped
 * and counted. No line has bytes of a client that are not escaped, so none can
 * forge another. Any thread may call anything.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <svctag/error.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
};

struct log;

struct log_options {
	bool json;
	bool requests;  /**< a line for each */
	bool addresses; /**< also whose they are, and what about */
};

/** A request that has been answered. The texts are static, but for the last two. */
struct log_request {
	const char *method;
	const char *route; /**< the pattern, not the path */
	unsigned int status;
	uint64_t bytes;        /**< of the body, as sent */
	uint64_t microseconds; /**< from the request line to the end of the answer */
	const char *client;    /**< an address; written if addresses are wanted */
	const char *target;    /**< as sent; likewise */
};

/** @return SVCTAG_OK, SVCTAG_E_NO_MEMORY */
SVCTAG_MUST_CHECK svctag_error log_new(const struct log_options *options, struct log **ret);

/** Writes what is queued, as far as it is taken within a second. Accepts NULL. */
void log_free(struct log *log);

/**
 * One line; errors and warnings say that they are such.
 * @param log  NULL: written at once, as text, by the caller
 */
void log_line(struct log *log, enum log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** For whoever would have to go and find out: is it wanted? Both accept NULL. */
bool log_wants_requests(const struct log *log);
bool log_wants_addresses(const struct log *log);

/** One line about a request, where that is wanted. */
void log_request(struct log *log, const struct log_request *request);

/** Lines dropped so far. Accepts NULL. */
uint64_t log_dropped(struct log *log);

#endif
