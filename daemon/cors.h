/**
 * @file
 * Scripts of other sites (the CORS protocol of the Fetch standard): who may
 * read the answers, if anybody was named. Without an origin there is no header
 * of it anywhere, and OPTIONS is a method that no route has.
 */
#ifndef CORS_H
#define CORS_H

#include "reply.h"
#include "request.h"

/** Whose scripts may ask. Zero-initialised: nobody's. */
struct cors {
	char *const *origins; /**< each as cors_check() has it; outlives the cors */
	size_t count;
};

/** Is it `*`, or SCHEME://HOST[:PORT] as browsers send it? @return SVCTAG_OK, SVCTAG_E_SYNTAX */
SVCTAG_MUST_CHECK svctag_error cors_check(const char *text, svctag_detail *detail);

/** A reply that refuses OPTIONS with Allow becomes that of a preflight, if the request is one that may be made. */
void cors_preflight(const struct cors *cors, const struct request *request, struct reply *reply);

/** Add to any reply what lets the asking script read it. */
void cors_apply(const struct cors *cors, const struct request *request, struct reply *reply);

#endif
