/**
 * @file
 * A reply as libmicrohttpd sends it: with its header fields, and its body in
 * one piece or as a stream. For the server only.
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <microhttpd.h>

#include "exchange.h"
#include "workers.h"

/**
 * Make a response of an exchange's reply, which loses its body or stream to it.
 * @param workers      make the pieces of streams that say so
 * @param connection   that it is for
 * @param close_after  whether the answer says that it is the last
 * @return NULL when there is no memory
 */
struct MHD_Response *response_new(struct exchange *exchange, struct workers *workers, struct MHD_Connection *connection,
				  bool close_after);

#endif
