/**
 * @file
 * What stands between the sockets and libmicrohttpd: no byte gets to the
 * library before message.c has found it in order, and instead of a long head
 * it gets a short one from intake.c. The library reads with
 * recv(); this program has a function of that name, which the dynamic linker
 * therefore gives to the library too. What is refused is answered here, once
 * and in our own form; then the connection is only read empty, so that the
 * client gets to see the answer, until the client or the server closes it.
 *
 * What is known well enough to be answered without the library, it does not
 * get to see at all: for it nothing has come.
 *
 * In the same way it stands in for send(), so that what has been made already
 * can go out together with what the library sends next.
 *
 * Descriptors that were not registered are read and written as ever.
 */
#ifndef GATE_H
#define GATE_H

#include <stdatomic.h>

#include "intake.h"

struct gate;

/** Told of a refusal, in the thread that reads. */
typedef void (*gate_listener)(void *context, const struct message_refusal *refusal);

/**
 * Shown what has come on a connection on which nothing is under way, in the
 * thread that reads: first as it came, and then, if that was not answered and
 * is one request without a body, once more when it has been found in order.
 * @return true when it is a whole request and has been answered
 */
typedef bool (*gate_answerer)(void *context, const char *data, size_t size, bool in_order);

/** Of one connection; belongs to the thread that reads it. */
struct gate {
	struct intake intake;
	atomic_bool inside; /**< the body of the request that is served has not come to its end; any thread may look */
	atomic_bool waits;  /**< something has come that the library has not come to; likewise */
	atomic_bool shut;   /**< for reading, by us and not by the client; likewise */
	bool answering;     /**< nothing new is read meanwhile: the library, woken by a worker, would before it sends */
	bool passed;        /**< something was let through: the library reads through us */
	bool refused;
	size_t forgotten; /**< bytes that came after that */
	gate_listener listener;
	gate_answerer answerer; /**< may be NULL */
	void *context;          /**< for both */
	char *first;            /**< goes out before anything else; somebody else's */
	size_t first_size;      /**< what of it has not gone yet */
	bool first_waited;      /**< the system has not taken such bytes all at once */
};

/** Room for this many descriptors. Once, before any connection. @return false when there is no memory */
bool gates_open(size_t descriptors);
/** When no connection is left. */
void gates_close(void);

/**
 * From now on this descriptor is read through the gate, which stays where it
 * is until gate_leave().
 * @return false when the descriptor is past all that there is room for
 */
bool gate_enter(struct gate *gate, int fd);
/** Before the descriptor is closed. Releases what the intake has. */
void gate_leave(int fd);
/** The library has come to the next request. @return intake_take() */
struct intake_head *gate_take_head(struct gate *gate);

/** That it is read through; NULL for none. */
struct gate *gate_at(int fd);

/** How often this thread has been given bytes by a client so far: somebody wants something. It wraps. */
unsigned int gate_reads(void);

/**
 * Have the next send() on this descriptor send these bytes before its own. Until
 * all of them have gone, it says EAGAIN. In the thread that sends.
 * @param data  stays where it is until a send() has succeeded, or nothing more is sent
 * @return false when the descriptor has no gate
 */
bool gate_send_first(int fd, char *data, size_t size);

/** Have all of them gone? Yes where there were none. */
bool gate_first_has_gone(int fd);
/** Nothing more is sent, or all of them have gone: their memory is used for something else. */
void gate_forget_first(int fd);

/**
 * May bytes go first here? Not where the system did not take such bytes at
 * once: while they wait, the library sees nothing move and counts that as
 * the client's inactivity.
 */
bool gate_takes_first(int fd);

#endif
