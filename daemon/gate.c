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
	atomic_store_explicit(&gates.slots[fd], NULL, memory_order_release);
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
	struct reply reply = { 0 };
	char date[40] = "", *text = NULL;
	time_t now = time(NULL);
	struct tm tm;
	int size;

	reply_problem(&reply, gate->refusal.status, gate->refusal.detail.text);
	if (gmtime_r(&now, &tm) != NULL)
		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	size = asprintf(&text,
			"HTTP/1.1 %u %s\r\nDate: %s\r\nConnection: close\r\nContent-Type: %s\r\n"
			"Content-Length: %zu\r\nCache-Control: %s\r\nX-Content-Type-Options: nosniff\r\n\r\n%s",
			reply.status, reply_phrase(reply.status), date, reply.content_type, reply.body_size,
			reply.cache_control, strcmp(gate->message.method, "HEAD") == 0 ? "" : reply.body);
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

/** What was asked before has been answered: the library reads only then. */
static ssize_t
refuse(struct gate *gate, int fd, int flags)
{
	gate->refused = true;
	say(gate, fd);
	gate->listener(gate->context, &gate->refusal);
	return forget(gate, fd, flags);
}

static ssize_t
read_through(struct gate *gate, int fd, char *buffer, size_t size, int flags)
{
	ssize_t got;
	size_t whole;

	if (gate->refused)
		return forget(gate, fd, flags);
	if (gate->refusal.status != 0)
		return refuse(gate, fd, flags);
	got = recvfrom(fd, buffer, size, flags, NULL, NULL);
	if (got <= 0)
		return got;
	reads++;
	gate->passed = true;
	whole = message_read(&gate->message, buffer, (size_t)got, &gate->refusal);
	if (gate->refusal.status == 0) {
		atomic_store_explicit(&gate->inside, gate->message.state != MESSAGE_START, memory_order_relaxed);
		return got;
	}
	if (whole == 0)
		return refuse(gate, fd, flags);
	/* The requests before it are answered first. That makes the library come back
	 * after them, whose epoll would not tell it again of what it has been told of. */
	shutdown(fd, SHUT_RD);
	return (ssize_t)whole;
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
