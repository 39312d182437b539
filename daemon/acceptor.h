/**
 * @file
 * Accepts connections, in a thread of its own, and hands them on. So that
 * there is a moment after which nobody is accepted: a socket that another
 * process listens on as well loses no client to one that stops. (The library
 * offers MHD_quiesce_daemon() for that, which races with its own threads over
 * the socket's place in their epoll sets and aborts the process now and then.)
 */
#ifndef ACCEPTOR_H
#define ACCEPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include <svctag/error.h>

#include "listen.h"

struct acceptor;

/** Where connections go; called in the acceptor's thread. */
struct acceptor_target {
	/** Take a connection over, with its descriptor; neither blocks nor is inherited. */
	void (*take)(void *context, int fd, const struct sockaddr *address, socklen_t size);
	void *context;
};

/**
 * @param listeners  outlive it, as `target->context` does
 * @return SVCTAG_OK, SVCTAG_E_NO_MEMORY, SVCTAG_E_IO (no descriptor or thread is to be had)
 */
SVCTAG_MUST_CHECK svctag_error acceptor_start(const struct listener *listeners, size_t count,
					      const struct acceptor_target *target, struct acceptor **ret);

/** When this returns, nobody is accepted any more. Accepts NULL. */
void acceptor_stop(struct acceptor *acceptor);

#endif
