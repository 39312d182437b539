/** @file libmicrohttpd by itself, as a measure for what is built upon it. */
#ifndef BENCH_HTTP_BARE_H
#define BENCH_HTTP_BARE_H

#include <stddef.h>

/**
 * Answer every request on a listening socket with a constant, until killed.
 * @param headers  an answer's, from which the header fields are taken that a server chooses
 * @return 1, when it could not begin
 */
int bare_serve(int fd, unsigned int threads, const char *headers, const char *body, size_t size);

#endif
