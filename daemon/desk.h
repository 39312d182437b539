/**
 * @file
 * What an event thread has of its own and so needs no lock for: it goes from
 * one request to the next. For the server only.
 */
#ifndef DESK_H
#define DESK_H

#include "plain.h"
#include "prepared.h"

struct desk {
	struct prepared prepared;
	struct plain plain;
	void *spare; /**< malloc()ed memory of the request that ended last, for the next: it is still in the cache */
};

/** @return NULL when there is no memory */
struct desk *desk_new(void);
/** Accepts NULL. */
void desk_free(void *desk);

#endif
