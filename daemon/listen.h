/**
 * @file
 * Listening sockets: made from "ADDR:PORT", "[ADDR]:PORT" or "unix:PATH", or
 * handed over by the service manager.
 */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdbool.h>

#include <svctag/error.h>

/** A socket that listens. */
struct listener {
	int fd;
	bool inherited; /**< the service manager's: never to be shut down */
	char name[128]; /**< "127.0.0.1:8473", "[::1]:8473", "unix:/run/svctagd.sock" */
};

/**
 * @param text      ADDR is numeric; port 0 takes a free one
 * @param[out] ret  `name` says the port that was taken; listener_close() it
 * @return SVCTAG_OK, SVCTAG_E_SYNTAX, SVCTAG_E_IO
 */
SVCTAG_MUST_CHECK svctag_error listener_open(const char *text, struct listener *ret, svctag_detail *detail);

/** Is the text of one of the forms above? */
SVCTAG_MUST_CHECK svctag_error listener_check(const char *text, svctag_detail *detail);

/** Take over a socket that listens already. @return SVCTAG_OK, SVCTAG_E_IO (it does not) */
SVCTAG_MUST_CHECK svctag_error listener_inherit(int fd, struct listener *ret, svctag_detail *detail);

/** Close it; a unix socket that was made here is taken from its folder. */
void listener_close(struct listener *listener);

#endif
