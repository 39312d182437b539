/**
 * @file
 * Requests for the tests of routes and handlers, made without a socket.
 */
#ifndef TESTS_REQUESTS_H
#define TESTS_REQUESTS_H

#include "daemon/exchange.h"

/** A request as the server would make it, without a body. request_release() it. */
struct request make_request(const char *method, const char *target);

/** As from a header; NULL for none. */
void give_field(struct request *request, const char *name, const char *value);

#endif
