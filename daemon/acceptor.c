#include "acceptor.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

/** Accepted from one socket before the others have their turn. */
#define SERIES 64
/** Milliseconds until there may be memory or descriptors again. */
#define PAUSE 10

struct acceptor {
	struct acceptor_target target;
	pthread_t thread;
	int wake; /* an eventfd: it is time to stop */
	size_t count;
	struct pollfd fds[]; /* the listeners' and `wake` */
};

/** @return false when nothing can be accepted for the moment, wherever from */
static bool
accept_series(struct acceptor *a, int listening)
{
	for (int i = 0; i < SERIES; i++) {
		union {
			struct sockaddr any;
			struct sockaddr_in6 v6;
			struct sockaddr_un un;
		} address;
		socklen_t size = sizeof(address);
		int fd;

		fd = accept4(listening, &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			a->target.take(a->target.context, fd, &address.any, size);
		else if (errno == EAGAIN)
			return true;
		else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			return false;
		/* else that one has gone already */
	}
	return true;
}

static void *
run(void *context)
{
	struct acceptor *a = context;
	struct pollfd *wake = &a->fds[a->count];
	bool room = true;

	for (;;) {
		if (room)
			poll(a->fds, a->count + 1, -1);
		else
			poll(wake, 1, PAUSE);
		if (wake->revents != 0)
			return NULL;
		room = true;
		for (size_t i = 0; i < a->count; i++)
			room = accept_series(a, a->fds[i].fd) && room;
	}
}

svctag_error
acceptor_start(const struct listener *listeners, size_t count, const struct acceptor_target *target,
	       struct acceptor **ret)
{
	struct acceptor *a = calloc(1, sizeof(*a) + (count + 1) * sizeof(a->fds[0]));

	if (a == NULL)
		return SVCTAG_E_NO_MEMORY;
	a->target = *target;
	a->count = count;
	for (size_t i = 0; i < count; i++)
		a->fds[i] = (struct pollfd){ .fd = listeners[i].fd, .events = POLLIN };
	a->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->wake < 0)
		goto failed;
	a->fds[count] = (struct pollfd){ .fd = a->wake, .events = POLLIN };
	if (pthread_create(&a->thread, NULL, run, a) != 0) {
		close(a->wake);
		goto failed;
	}
	*ret = a;
	return SVCTAG_OK;
failed:
	free(a);
	return SVCTAG_E_IO;
}

void
acceptor_stop(struct acceptor *acceptor)
{
	if (acceptor == NULL)
		return;
	eventfd_write(acceptor->wake, 1);
	pthread_join(acceptor->thread, NULL);
	close(acceptor->wake);
	free(acceptor);
}
