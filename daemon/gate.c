#include "gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "reply.h"

/** Most bytes that are read and forgotten of a connection that was refused, and so many at a time. */
#define FORGOTTEN_MAX ((size_t)4 << 20)
#define FORGOTTEN 16384

/*
 * The one place without a context: recv() and send() get nothing but a descriptor. A
 * slot is written when a descriptor is accepted and before it is closed, and
 * read in between by the one thread that reads the descriptor.
 */
static struct {
	_Atomic(struct gate *) *slots;
	size_t count;
} gates;

static _Thread_local unsigned int reads;

unsigned int
gate_reads(void)
{
	return reads;
}

bool
gates_open(size_t descriptors)
{
	gates.slots = calloc(descriptors, sizeof(*gates.slots));
	gates.count = gates.slots != NULL ? descriptors : 0;
	return gates.slots != NULL;
}

void
gates_close(void)
{
	free(gates.slots);
	gates.slots = NULL;
	gates.count = 0;
}

bool
gate_enter(struct gate *gate, int fd)
{
	if (fd < 0 || (size_t)fd >= gates.count)
		return false;
	atomic_store_explicit(&gates.slots[fd], gate, memory_order_release);
	return true;
}

void
gate_leave(int fd)
{
	struct gate *gate = atomic_exchange_explicit(&gates.slots[fd], NULL, memory_order_acq_rel);

	if (gate != NULL)
		intake_release(&gate->intake);
}

struct gate *
gate_at(int fd)
{
	return fd >= 0 && (size_t)fd < gates.count ? atomic_load_explicit(&gates.slots[fd], memory_order_acquire)
						   : NULL;
}

/** Sent in one go, or not at all: a client that takes nothing gets to know nothing. */
static void
say(const struct gate *gate, int fd)
{
	const struct message_refusal *refusal = &gate->intake.refusal;
	struct reply reply = { 0 };
	char date[REPLY_DATE_SIZE], *text = NULL;
	int size;

	reply_problem(&reply, refusal->status, refusal->detail.text);
	reply_date(time(NULL), date);
	size = asprintf(&text,
			"HTTP/1.1 %u %s\r\nDate: %s\r\nConnection: close\r\nContent-Type: %s\r\n"
			"Content-Length: %zu\r\nCache-Control: %s\r\nX-Content-Type-Options: nosniff\r\n\r\n%s",
			reply.status, reply_phrase(reply.status), date, reply.content_type, reply.body_size,
			reply.cache_control, strcmp(gate->intake.message.method, "HEAD") == 0 ? "" : reply.body);
	if (size > 0)
		send(fd, text, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (size >= 0)
		free(text);
	shutdown(fd, SHUT_WR);
	reply_release(&reply);
}

/**
 * Whatever else comes on a refused connection: for the library nothing, until
 * it ends. All that there is, because the library's epoll only tells of news.
 */
static ssize_t
forget(struct gate *gate, int fd, int flags)
{
	char forgotten[FORGOTTEN];

	while (gate->forgotten < FORGOTTEN_MAX) {
		ssize_t got = recvfrom(fd, forgotten, sizeof(forgotten), flags, NULL, NULL);

		if (got <= 0)
			return got;
		gate->forgotten += (size_t)got;
	}
	return 0;
}

/** What was asked before has been answered: the library reads only then. Who sees the refusal finds it counted. */
static ssize_t
refuse(struct gate *gate, int fd, int flags)
{
	gate->refused = true;
	gate->listener(gate->context, &gate->intake.refusal);
	say(gate, fd);
	return forget(gate, fd, flags);
}

/** For others to see: what would the client's end leave undone now? */
static void
note_progress(struct gate *gate)
{
	const struct intake *intake = &gate->intake;
	bool inside = intake->refusal.status == 0 && message_is_in_body(&intake->message) &&
		      intake->taken == intake->message.heads;

	atomic_store_explicit(&gate->inside, inside, memory_order_relaxed);
	atomic_store_explicit(&gate->waits, !intake_is_fresh(intake), memory_order_relaxed);
}

struct intake_head *
gate_take_head(struct gate *gate)
{
	struct intake_head *head = intake_take(&gate->intake);

	note_progress(gate);
	return head;
}

/** The library gets so much; nothing says that there is nothing yet. */
static ssize_t
give(struct gate *gate, size_t given)
{
	note_progress(gate);
	if (given == 0) {
		errno = EAGAIN;
		return -1;
	}
	gate->passed = true;
	return (ssize_t)given;
}

/** Receive to where it has to go. @param[in,out] room  that there is @return as recv() */
static ssize_t
receive(struct gate *gate, int fd, char *buffer, size_t *room, int flags)
{
	char *to = buffer;
	ssize_t got;

	if (intake_holds(&gate->intake)) {
		to = intake_room(&gate->intake, room);
		if (to == NULL)
			return 0;
	}
	got = recvfrom(fd, to, *room, flags, NULL, NULL);
	reads += got > 0;
	return got;
}

/** So much has been received there, to where it has to go. @return how much of it is to be read in the buffer */
static size_t
read_in(struct gate *gate, char *buffer, size_t size)
{
	if (!intake_holds(&gate->intake))
		return intake_read(&gate->intake, buffer, size);
	intake_read_held(&gate->intake, size);
	return 0;
}

/**
 * Likewise; but of what is answered at once nothing is to be read.
 * @param alone  nothing is given in front of it: else the library may have
 *               come to a request without having seen all of its head
 */
static size_t
take_in(struct gate *gate, char *buffer, size_t size, bool alone)
{
	bool fresh = alone && gate->answerer != NULL && intake_is_fresh(&gate->intake);
	size_t given;

	if (fresh && gate->answerer(gate->context, buffer, size, false))
		return 0;
	given = read_in(gate, buffer, size);
	if (!fresh || !intake_has_one(&gate->intake) || !gate->answerer(gate->context, buffer, given, true))
		return given;
	(void)intake_take(&gate->intake); /* none was put in its place */
	return 0;
}

/**
 * Read on. @param[in,out] given  so much of the buffer is the library's
 * @param[out] ret_drained  there was no more
 * @return as recv()
 */
static ssize_t
read_on(struct gate *gate, int fd, char *buffer, size_t size, size_t *given, int flags, bool *ret_drained)
{
	size_t room = size - *given;
	ssize_t got = receive(gate, fd, buffer + *given, &room, flags);

	*ret_drained = got < (ssize_t)room;
	if (got > 0) {
		*given += take_in(gate, buffer + *given, (size_t)got, *given == 0);
		*given += intake_move(&gate->intake, buffer + *given, size - *given);
	}
	return got;
}

/**
 * Less than there is room for is given only when all that there was has been
 * read: the library's epoll does not tell it again of what it has been told of.
 * Where it is to come back all the same, when it has answered what it is given
 * now, an end for reading is news enough.
 */
static ssize_t
read_through(struct gate *gate, int fd, char *buffer, size_t size, int flags)
{
	const struct message_refusal *refusal = &gate->intake.refusal;
	size_t given = intake_move(&gate->intake, buffer, size);
	bool drained = false;
	ssize_t got = 1;

	if (gate->refused)
		return forget(gate, fd, flags);
	if (gate->answering)
		return give(gate, given);
	while (given < size && !drained && got > 0 && refusal->status == 0)
		got = read_on(gate, fd, buffer, size, &given, flags, &drained);
	if (refusal->status != 0 && given == 0)
		return refuse(gate, fd, flags);
	if (refusal->status != 0 && given < size) {
		atomic_store_explicit(&gate->shut, true, memory_order_relaxed);
		shutdown(fd, SHUT_RD);
		return give(gate, given);
	}
	if (got <= 0 && given == 0)
		return got;
	if (got == 0)
		shutdown(fd, SHUT_RD);
	return give(gate, given);
}

/** What the linker calls recv(), for the library and for everyone else in this program. */
__attribute__((visibility("default"))) ssize_t gate_receive(int fd, void *buffer, size_t size,
							    int flags) __asm__("recv");

ssize_t
gate_receive(int fd, void *buffer, size_t size, int flags)
{
	struct gate *gate = gate_at(fd);

	return gate != NULL ? read_through(gate, fd, buffer, size, flags)
			    : recvfrom(fd, buffer, size, flags, NULL, NULL);
}

bool
gate_send_first(int fd, char *data, size_t size)
{
	struct gate *gate = gate_at(fd);

	if (gate == NULL)
		return false;
	gate->first = data;
	gate->first_size = size;
	return true;
}

bool
gate_first_has_gone(int fd)
{
	const struct gate *gate = gate_at(fd);

	return gate == NULL || gate->first_size == 0;
}

void
gate_forget_first(int fd)
{
	struct gate *gate = gate_at(fd);

	if (gate != NULL)
		gate->first_size = 0;
}

bool
gate_takes_first(int fd)
{
	const struct gate *gate = gate_at(fd);

	return gate != NULL && !gate->first_waited;
}

static ssize_t
send_behind_first(struct gate *gate, int fd, char *buffer, size_t size, int flags)
{
	struct iovec parts[] = { { gate->first, gate->first_size }, { buffer, size } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t sent = sendmsg(fd, &message, flags);
	size_t first;

	if (sent < (ssize_t)gate->first_size)
		gate->first_waited = true;
	if (sent < 0)
		return sent;
	first = (size_t)sent < gate->first_size ? (size_t)sent : gate->first_size;
	gate->first += first;
	gate->first_size -= first;
	if ((size_t)sent > first)
		return sent - (ssize_t)first;
	errno = EAGAIN; /* the system has said so, too, by taking less than all */
	return -1;
}

/** What the linker calls send(), likewise. */
__attribute__((visibility("default"))) ssize_t gate_send(int fd, void *buffer, size_t size, int flags) __asm__("send");

ssize_t
gate_send(int fd, void *buffer, size_t size, int flags)
{
	struct gate *gate = gate_at(fd);

	return gate != NULL && gate->first_size > 0 ? send_behind_first(gate, fd, buffer, size, flags)
						    : sendto(fd, buffer, size, flags, NULL, 0);
}
