/**
 * @file
 * What of a stream goes out ahead of the next chunk of the library, as a chunk
 * of our own. The library's are no longer than a connection's small pool, and
 * each that is sent may find a client of this machine asleep and wake it,
 * which takes as long as copying some hundred answers. So as much as the
 * system takes at once is made in room of ours; gate.c sends it together with
 * the library's chunk. Only where nobody else wants anything of the thread.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "sender.h"

/** Of one stream; zero-initialise. Belongs to the thread that sends. */
struct ahead {
	struct ahead_room *room; /**< what it has in its chunk; NULL: nothing */
	size_t size;             /**< of what is in there, without the frame of the chunk */
	int fd;                  /**< that it goes out on */
	size_t most;             /**< to be made in one go just now */
	unsigned int reads;      /**< gate_reads() when it was last its turn */
};

/**
 * Make what comes next, of a quick stream, and hand it to the gate. No more
 * than the system has room for, lest it wait here for a slow client, nor than
 * is made in a moment; nothing where that is not worth it, where others have
 * the few rooms that there are, and where somebody has asked for something
 * since it was last called, or the system did not take at once what went ahead.
 * @param ahead   released
 * @param behind  bytes that the library is going to send with it
 * @return false when the stream cannot go on; then nothing is sent ahead
 */
bool ahead_make(struct ahead *ahead, struct sender *sender, int fd, size_t behind);

/** Has all that was made been sent? */
bool ahead_has_gone(const struct ahead *ahead);

/** All that was made has been sent, or the connection is given up: nothing is sent on it any more. */
void ahead_release(struct ahead *ahead);

#endif
