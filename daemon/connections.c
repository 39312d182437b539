#include "connections.h"

#include <linux/sockios.h>
#include <linux/tcp.h> /* the C library's own tcp_info has not got the bytes */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

struct connection {
	struct connection *next, **link;
	struct connections *all;
	struct gate gate;
	int fd;
	int64_t to_library; /* ms: since when the library has seen nothing of it; of the thread that serves it */
	/*
	 * What it does, and since when: milliseconds, and two flags below them.
	 * Written by the thread that serves it, twice for every request, and so
	 * without the mutex.
	 */
	_Atomic uint64_t state;
	bool hushed; /* shut for reading */
	bool shut;
	struct client_key client;
	uint64_t seen;  /* the busy state that what follows is about */
	int64_t looked; /* ms: since when it has been busy, or `moved` was last taken */
	uint64_t moved; /* bytes in both directions */
	bool measured;  /* since it became busy */
	uint64_t idle;  /* the state in which the end was last looked for */
	int64_t ended;  /* ms: when it had come then; 0: it had not */
};

enum {
	STATE_BUSY = 1,
	STATE_SERVED = 2, /* it has had a request; or has one */
	STATE_BITS = 2,
};

struct connections {
	pthread_mutex_t
		mutex; /* everything but states; held for a few instructions, but by reap() for a walk of the list */
	struct connection *first;
	size_t count;
	struct addresses *addresses;
	connections_listener listener;
	connections_answerer answerer;
	void *context;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
set_state(struct connection *c, unsigned int flags)
{
	atomic_store_explicit(&c->state, (uint64_t)now_ms() << STATE_BITS | flags, memory_order_relaxed);
}

static uint64_t
state_of(const struct connection *c)
{
	return atomic_load_explicit(&c->state, memory_order_relaxed);
}

static int64_t
since(uint64_t state)
{
	return (int64_t)(state >> STATE_BITS);
}

struct connections *
connections_new(connections_listener listener, connections_answerer answerer, void *context)
{
	struct connections *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->addresses = addresses_new();
	if (c->addresses == NULL || pthread_mutex_init(&c->mutex, NULL) != 0) {
		addresses_free(c->addresses);
		free(c);
		return NULL;
	}
	c->listener = listener;
	c->answerer = answerer;
	c->context = context;
	return c;
}

void
connections_free(struct connections *connections)
{
	if (connections == NULL)
		return;
	addresses_free(connections->addresses);
	pthread_mutex_destroy(&connections->mutex);
	free(connections);
}

/** It is read empty for a while, as one that has not sent a request yet. */
static void
refused(void *context, const struct message_refusal *refusal)
{
	struct connection *c = context;

	set_state(c, 0);
	c->all->listener(c->all->context, refusal);
}

/** What has come is the library's while it serves something, and when it is about to take the connection for idle. */
static bool
is_answered(void *context, const char *data, size_t size, bool in_order)
{
	struct connection *c = context;

	if ((state_of(c) & STATE_BUSY) != 0 || now_ms() - c->to_library >= CONNECTIONS_UNSEEN_MS ||
	    !c->all->answerer(c->all->context, c, data, size, in_order))
		return false;
	set_state(c, STATE_SERVED);
	return true;
}

/** With the mutex held. */
static void
link_first(struct connections *connections, struct connection *c)
{
	c->next = connections->first;
	c->link = &connections->first;
	if (c->next != NULL)
		c->next->link = &c->next;
	connections->first = c;
	connections->count++;
}

/** With the mutex held: count it, if it is welcome. */
static enum connections_verdict
admit(struct connections *connections, struct connection *c, const struct limits *limits)
{
	if (connections->count >= limits->connections)
		return CONNECTIONS_FULL;
	if (limits->per_address != 0 && addresses_count(connections->addresses, c->client) >= limits->per_address)
		return CONNECTIONS_ADDRESS;
	if (!gate_enter(&c->gate, c->fd))
		return CONNECTIONS_FULL;
	if (!addresses_add(connections->addresses, c->client)) {
		gate_leave(c->fd);
		return CONNECTIONS_FULL;
	}
	link_first(connections, c);
	return CONNECTIONS_WELCOME;
}

enum connections_verdict
connections_add(struct connections *connections, int fd, const struct sockaddr *address, const struct limits *limits)
{
	struct connection *c = calloc(1, sizeof(*c));
	enum connections_verdict verdict;

	if (c == NULL)
		return CONNECTIONS_FULL;
	/* whoever still has this descriptor was closed without our being told: out of memory */
	connections_remove(connections, connections_find(fd));
	c->fd = fd;
	c->all = connections;
	c->client = client_key_of(address);
	c->gate.listener = refused;
	c->gate.answerer = connections->answerer != NULL ? is_answered : NULL;
	c->gate.context = c;
	c->to_library = now_ms();
	set_state(c, 0);
	pthread_mutex_lock(&connections->mutex);
	verdict = admit(connections, c, limits);
	pthread_mutex_unlock(&connections->mutex);
	if (verdict != CONNECTIONS_WELCOME)
		free(c);
	return verdict;
}

struct connection *
connections_find(int fd)
{
	struct gate *gate = gate_at(fd);

	return gate != NULL ? gate->context : NULL;
}

void
connections_remove(struct connections *connections, struct connection *connection)
{
	if (connection == NULL)
		return;
	gate_leave(connection->fd);
	pthread_mutex_lock(&connections->mutex);
	*connection->link = connection->next;
	if (connection->next != NULL)
		connection->next->link = connection->link;
	connections->count--;
	addresses_remove(connections->addresses, connection->client);
	pthread_mutex_unlock(&connections->mutex);
	free(connection);
}

bool
connection_is_clear(const struct connection *connection)
{
	int left = 0;

	return ioctl(connection->fd, SIOCOUTQ, &left) == 0 && left == 0;
}

void
connection_send(struct connection *connection, const char *data, size_t size)
{
	ssize_t sent = sendto(connection->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);

	if (sent != (ssize_t)size)
		shutdown(connection->fd, SHUT_RDWR);
}

struct intake_head *
connection_take_head(struct connection *connection)
{
	return connection != NULL ? gate_take_head(&connection->gate) : NULL;
}

void
connection_deferred(struct connection *connection)
{
	if (connection != NULL)
		connection->gate.answering = true;
}

bool
connection_was_shut(const struct connection *connection)
{
	return connection != NULL && atomic_load_explicit(&connection->gate.shut, memory_order_relaxed);
}

bool
connection_busy(struct connection *connection)
{
	if (connection == NULL || !connection->gate.passed)
		return false;
	set_state(connection, STATE_BUSY | STATE_SERVED);
	return true;
}

void
connection_idle(struct connection *connection)
{
	if (connection == NULL)
		return;
	connection->gate.answering = false;
	connection->to_library = now_ms();
	set_state(connection, STATE_SERVED);
}

static bool
is_overdue(uint64_t state, int64_t now, int64_t first_ms, int64_t idle_ms)
{
	return (state & STATE_BUSY) == 0 && now - since(state) >= ((state & STATE_SERVED) != 0 ? idle_ms : first_ms);
}

void
connections_hush(struct connections *connections, int64_t first_ms, int64_t idle_ms)
{
	int64_t now = now_ms();

	pthread_mutex_lock(&connections->mutex);
	for (struct connection *c = connections->first; c != NULL; c = c->next) {
		if (c->hushed || c->shut || !is_overdue(state_of(c), now, first_ms, idle_ms))
			continue;
		shutdown(c->fd, SHUT_RD);
		c->hushed = true;
	}
	pthread_mutex_unlock(&connections->mutex);
}

size_t
connections_reap(struct connections *connections, int64_t first_ms, int64_t idle_ms)
{
	int64_t now = now_ms();
	size_t count = 0;

	pthread_mutex_lock(&connections->mutex);
	for (struct connection *c = connections->first; c != NULL; c = c->next) {
		uint64_t state = state_of(c);

		if (c->shut || !is_overdue(state, now, first_ms, idle_ms))
			continue;
		shutdown(c->fd, SHUT_RDWR);
		c->shut = true;
		count += (state & STATE_SERVED) == 0;
	}
	pthread_mutex_unlock(&connections->mutex);
	return count;
}

/** Bytes that have been received and that the client has acknowledged. @return false for what is not TCP */
static bool
count_moved(int fd, uint64_t *ret)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
		return false;
	*ret = info.tcpi_bytes_acked + info.tcpi_bytes_received;
	return true;
}

size_t
connections_reap_slow(struct connections *connections, int64_t window_ms, uint64_t bytes)
{
	int64_t now = now_ms();
	size_t count = 0;
	uint64_t moved;

	pthread_mutex_lock(&connections->mutex);
	for (struct connection *c = connections->first; c != NULL; c = c->next) {
		uint64_t state = state_of(c);

		if ((state & STATE_BUSY) != 0 && state != c->seen) {
			c->seen = state;
			c->looked = since(state);
			c->measured = false;
		}
		if ((state & STATE_BUSY) == 0 || c->shut || now - c->looked < window_ms || !count_moved(c->fd, &moved))
			continue;
		if (c->measured && moved - c->moved < bytes) {
			shutdown(c->fd, SHUT_RDWR);
			c->shut = true;
			count++;
		}
		c->measured = true;
		c->moved = moved;
		c->looked = now;
	}
	pthread_mutex_unlock(&connections->mutex);
	return count;
}

/** Nothing more will come, and all that has come has been read. */
static bool
has_gone(int fd)
{
	struct pollfd state = { .fd = fd, .events = POLLRDHUP };
	int unread = 0;

	return poll(&state, 1, 0) > 0 && ioctl(fd, FIONREAD, &unread) == 0 && unread == 0;
}

/**
 * Has its client gone, without another request? Looked for once, when it has
 * been idle for a moment, since the library is told of an end that comes later;
 * and said after another moment, if nothing has happened: a request may just
 * have been read.
 */
static bool
has_ended(struct connection *c, uint64_t state, int64_t now, int64_t moment_ms)
{
	if (now - since(state) < moment_ms || atomic_load_explicit(&c->gate.waits, memory_order_relaxed))
		return false;
	if (state == c->idle)
		return c->ended != 0 && now - c->ended >= moment_ms;
	c->idle = state;
	c->ended = has_gone(c->fd) ? now : 0;
	return false;
}

void
connections_reap_gone(struct connections *connections, int64_t moment_ms)
{
	int64_t now = now_ms();

	pthread_mutex_lock(&connections->mutex);
	for (struct connection *c = connections->first; c != NULL; c = c->next) {
		uint64_t state = state_of(c);

		if (c->shut)
			continue;
		if ((state & STATE_BUSY) == 0
			    ? !has_ended(c, state, now, moment_ms)
			    : !atomic_load_explicit(&c->gate.inside, memory_order_relaxed) || !has_gone(c->fd))
			continue;
		shutdown(c->fd, SHUT_RDWR);
		c->shut = true;
	}
	pthread_mutex_unlock(&connections->mutex);
}

size_t
connections_count(struct connections *connections)
{
	size_t count;

	pthread_mutex_lock(&connections->mutex);
	count = connections->count;
	pthread_mutex_unlock(&connections->mutex);
	return count;
}
