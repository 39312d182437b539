/**
 * @file
 * The line of the log about a request that has been answered.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include <sys/socket.h>

#include "exchange.h"

/** @param client  NULL or AF_UNIX where there is no address; looked at if addresses are wanted */
void access_log(const struct exchange *exchange, const struct sockaddr *client);

#endif
