/**
 * @file
 * Which of the bytes that come on a connection libmicrohttpd gets to read. It
 * keeps a request's head and a record of each field in a pool that it clears
 * for every request, so nothing makes answers slower than a large pool. Heads
 * that are short, as nearly all are, go to it as they came. One that is longer
 * is kept here for the server to take the request from, and the library gets
 * another in its place, which frames the request in the same way and says
 * nothing else. A head goes to the library when all of it is there.
 *
 * Knows nothing of sockets. For one thread.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include "message.h"

/** Most bytes and fields of a head that goes on as it came. */
#define INTAKE_SHORT_HEAD 4096
#define INTAKE_SHORT_FIELDS 48

/** A head that was kept: size bytes, in order, and complete. */
struct intake_head {
	struct intake_head *next;
	unsigned int number; /**< of the connection's, from 1; it wraps */
	size_t size;
	char text[];
};

/** Zero-initialise for a new connection. */
struct intake {
	struct message message;
	struct message_refusal refusal; /**< of what has come; what is in front of it is good and may go on */
	char *held;                     /**< malloc()ed, or NULL */
	size_t held_size;
	size_t held_ready; /**< may go on; then, a head that is not complete */
	size_t held_room;
	struct intake_head *kept; /**< in the order that they came */
	unsigned int taken;       /**< heads that the library has come to, of those that message.heads counts */
};

/** Frees what it has, but not itself. */
void intake_release(struct intake *intake);

/**
 * Has the library come to every request so far, and has nothing come behind the last one? Of the head of that
 * one it has all, unless something is given to it now: intake_move() may have cut it.
 */
bool intake_is_fresh(const struct intake *intake);

/** Was it so before, and has one request come since, whole, as it is to go on and without a body? */
bool intake_has_one(const struct intake *intake);

/** Is something held, so that what comes has to be read to intake_room()? */
bool intake_holds(const struct intake *intake);

/**
 * This has come, and nothing is held.
 * @param data  may be changed
 * @return how many bytes from the first go on to the library; the others are held
 */
size_t intake_read(struct intake *intake, char *data, size_t size);

/** Where to read to while something is held. @return NULL when there is no memory, which is a refusal from now on */
char *intake_room(struct intake *intake, size_t *ret_size);
/** So much has come there. */
void intake_read_held(struct intake *intake, size_t size);
/** Move what is held and may go on. @return how much it was */
size_t intake_move(struct intake *intake, char *to, size_t room);

/**
 * The library has come to the next request.
 * @return its head, for the caller to free(), if another was put in its place; else NULL
 */
struct intake_head *intake_take(struct intake *intake);

/** What its line asks for: *ret_size bytes, followed by a blank. */
const char *intake_head_target(const struct intake_head *head, size_t *ret_size);

/** Told of a field. @return false to stop */
typedef bool (*intake_field)(void *context, const char *name, size_t name_size, const char *value, size_t value_size);

/** Tell of all its fields. @return whether none stopped it */
bool intake_head_fields(const struct intake_head *head, intake_field field, void *context);
/** The same of a head in order that was not kept, NUL-terminated. */
bool intake_fields(const char *head, intake_field field, void *context);

#endif
