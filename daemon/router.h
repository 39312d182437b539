/**
 * @file
 * The table of routes: path and method to handler.
 */
#ifndef ROUTER_H
#define ROUTER_H

#include "service.h"

enum {
	ROUTE_STATUS = 1,    /**< wants context->status and context->load */
	ROUTE_STRICT = 2,    /**< refuses parameters that are not in `parameters` */
	ROUTE_BODILESS = 4,  /**< a POST may come without a body, and then needs no media type */
	ROUTE_OPEN = 8,      /**< has other parameters besides, those of a scenario, and judges all of them itself */
	ROUTE_LONG = 32,     /**< what a worker does for it may take seconds */
	ROUTE_REPEATED = 64, /**< short answers that many ask for */
	ROUTE_UNTYPED = 16,  /**< a body without a media type is read as what it looks like */
};

struct route {
	const char *pattern;        /**< "/v1/tags/{name}": a segment in braces stands for any text */
	enum request_method method; /**< METHOD_GET serves HEAD too */
	size_t body_cap;            /**< most bytes of a body; 0: there must be none */
	unsigned int flags;
	const char *parameters; /**< names between blanks, blanks at both ends */
	const char *body_types; /**< media types between blanks, likewise, or NULL */
	route_handler handler;
};

/**
 * The route of a request whose target and method are set. request->name is
 * set where the pattern has a {name}.
 * @param reply  404, or 405 with Allow, when there is none
 */
const struct route *router_find(struct request *request, struct reply *reply);

/**
 * Are the body's media type and the parameters such as the route takes?
 * @param reply  the 400 or 415 if not
 */
bool router_accepts(const struct route *route, const struct request *request, struct reply *reply);

/** How many routes there are; they have numbers from 0. */
size_t router_count(void);
/** The number of a route; router_count() for NULL. */
size_t router_number(const struct route *route);
/** NULL past the last. */
const struct route *router_at(size_t number);

/** Run the handler, and settle what all answers have in common. */
void router_run(const struct route *route, struct request *request, const struct context *context, struct reply *reply);

#endif
