#include "ahead.h"

#include <assert.h>
#include <linux/sock_diag.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "gate.h"

/**
 * So many streams go ahead at the same time, and share what one of them alone would have: an event thread is busy for
 * as long as all that is made and sent.
 */
#define ROOMS 4
#define ROOM_SIZE ((size_t)1 << 20)
/** Made at a time; and less than that is not worth it. */
#define PIECE_SIZE ((size_t)64 << 10)
/** Nanoseconds after which no further piece is begun: others wait for the thread, too. */
#define LONGEST_NS 500000
/** "fffff", CR, LF. */
#define HEAD_SIZE 7
#define END_SIZE 2
#define MOST (ROOM_SIZE - HEAD_SIZE - END_SIZE)

static_assert(MOST <= 0xfffff, "the size of a chunk has five digits");

struct ahead_room {
	atomic_bool taken;
	char chunk[ROOM_SIZE];
};

/* Of those that are never taken no memory is used but addresses. */
static struct ahead_room rooms[ROOMS];
static atomic_uint taken;

/** @return NULL while others have all of them */
static struct ahead_room *
take_room(void)
{
	for (size_t i = 0; i < ROOMS; i++) {
		if (!atomic_exchange_explicit(&rooms[i].taken, true, memory_order_acquire)) {
			atomic_fetch_add_explicit(&taken, 1, memory_order_relaxed);
			return &rooms[i];
		}
	}
	return NULL;
}

bool
ahead_has_gone(const struct ahead *ahead)
{
	return ahead->room == NULL || gate_first_has_gone(ahead->fd);
}

void
ahead_release(struct ahead *ahead)
{
	if (ahead->room == NULL)
		return;
	gate_forget_first(ahead->fd);
	atomic_fetch_sub_explicit(&taken, 1, memory_order_relaxed);
	atomic_store_explicit(&ahead->room->taken, false, memory_order_release);
	ahead->room = NULL;
	ahead->size = 0;
}

/** Bytes that the system takes at once; it counts what it needs besides them, too. 0: it does not say. */
static size_t
space_of(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(info);
	size_t all, used;

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) != 0)
		return 0;
	all = info[SK_MEMINFO_SNDBUF];
	used = info[SK_MEMINFO_WMEM_QUEUED]; /* of TCP; of others: */
	if (used < info[SK_MEMINFO_WMEM_ALLOC])
		used = info[SK_MEMINFO_WMEM_ALLOC];
	return used < all ? (all - used) / 4 * 3 : 0;
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/** @return what was made, at most so much; -1: the rest cannot be made */
static ssize_t
make(struct sender *sender, char *to, size_t most, int64_t longest)
{
	const int64_t until = now_ns() + longest;
	size_t size = 0;

	while (most - size >= PIECE_SIZE && sender_has_more(sender) && now_ns() < until) {
		ssize_t got = sender_read(sender, to + size, PIECE_SIZE);

		if (got < 0)
			return -1;
		size += (size_t)got;
	}
	return (ssize_t)size;
}

/** What makes a chunk of the bytes that stand between. */
static void
put_frame(char *chunk, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *end = chunk + HEAD_SIZE + size;

	for (unsigned int i = 0; i < HEAD_SIZE - 2; i++)
		chunk[i] = digits[size >> 4 * (HEAD_SIZE - 3 - i) & 15];
	chunk[HEAD_SIZE - 2] = end[0] = '\r';
	chunk[HEAD_SIZE - 1] = end[1] = '\n';
}

/** Is the thread ours alone? The longer it is, the more is made in one go. */
static void
set_pace(struct ahead *ahead)
{
	const unsigned int reads = gate_reads();

	if (reads != ahead->reads)
		ahead->most = 0;
	else if (ahead->most == 0)
		ahead->most = PIECE_SIZE;
	else if (ahead->most < MOST)
		ahead->most *= 2;
	ahead->reads = reads;
}

/** In a room that has been taken. */
static bool
fill(struct ahead *ahead, struct sender *sender, int fd, size_t space)
{
	const unsigned int sharing = atomic_load_explicit(&taken, memory_order_relaxed);
	const size_t most = ahead->most < MOST / sharing ? ahead->most : MOST / sharing;
	char *chunk = ahead->room->chunk;
	ssize_t size = make(sender, chunk + HEAD_SIZE, space < most ? space : most, LONGEST_NS / sharing);

	if (size < 0)
		return false;
	ahead->size = (size_t)size;
	if (size == 0)
		return true;
	put_frame(chunk, ahead->size);
	return gate_send_first(fd, chunk, HEAD_SIZE + ahead->size + END_SIZE);
}

bool
ahead_make(struct ahead *ahead, struct sender *sender, int fd, size_t behind)
{
	size_t space;
	bool done;

	set_pace(ahead);
	if (ahead->most == 0 || !gate_takes_first(fd))
		return true;
	space = space_of(fd);
	if (space < behind + PIECE_SIZE)
		return true;
	ahead->fd = fd;
	ahead->room = take_room();
	if (ahead->room == NULL)
		return true;
	done = fill(ahead, sender, fd, space - behind);
	if (!done || ahead->size == 0)
		ahead_release(ahead);
	return done;
}
