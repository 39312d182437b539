#include "connections.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct connection {
	struct connection *next, **link;
	struct connections *all;
	struct gate gate;
	int fd;
	bool busy;
	bool served; /* had a request before */
	bool hushed; /* shut for reading */
	bool shut;
	int64_t since; /* ms: accepted, or last answered */
};

struct connections {
	pthread_mutex_t mutex; /* everything; held for a few instructions, but by reap() for a walk of the list */
	struct connection *first;
	size_t count;
	connections_listener listener;
	void *context;
};

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct connections *
connections_new(connections_listener listener, void *context)
{
	struct connections *c = calloc(1, sizeof(*c));

	if (c != NULL && pthread_mutex_init(&c->mutex, NULL) != 0) {
		free(c);
		return NULL;
	}
	if (c != NULL) {
		c->listener = listener;
		c->context = context;
	}
	return c;
}

void
connections_free(struct connections *connections)
{
	if (connections == NULL)
		return;
	pthread_mutex_destroy(&connections->mutex);
	free(connections);
}

/** It is read empty for a while, as one that has not sent a request yet. */
static void
refused(void *context, const struct message_refusal *refusal)
{
	struct connection *c = context;

	pthread_mutex_lock(&c->all->mutex);
	c->busy = c->served = false;
	c->since = now_ms();
	pthread_mutex_unlock(&c->all->mutex);
	c->all->listener(c->all->context, refusal);
}

struct connection *
connections_add(struct connections *connections, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->fd = fd;
	c->all = connections;
	c->gate.listener = refused;
	c->gate.context = c;
	if (!gate_enter(&c->gate, fd)) {
		free(c);
		return NULL;
	}
	c->since = now_ms();
	pthread_mutex_lock(&connections->mutex);
	c->next = connections->first;
	c->link = &connections->first;
	if (c->next != NULL)
		c->next->link = &c->next;
	connections->first = c;
	connections->count++;
	pthread_mutex_unlock(&connections->mutex);
	return c;
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
	pthread_mutex_unlock(&connections->mutex);
	free(connection);
}

bool
connection_busy(struct connections *connections, struct connection *connection)
{
	if (connection == NULL || !connection->gate.passed)
		return false;
	pthread_mutex_lock(&connections->mutex);
	connection->busy = true;
	connection->served = true;
	pthread_mutex_unlock(&connections->mutex);
	return true;
}

void
connection_idle(struct connections *connections, struct connection *connection)
{
	if (connection == NULL)
		return;
	pthread_mutex_lock(&connections->mutex);
	connection->busy = false;
	connection->since = now_ms();
	pthread_mutex_unlock(&connections->mutex);
}

static bool
is_overdue(const struct connection *connection, int64_t now, int64_t first_ms, int64_t idle_ms)
{
	return !connection->busy && now - connection->since >= (connection->served ? idle_ms : first_ms);
}

void
connections_hush(struct connections *connections, int64_t first_ms, int64_t idle_ms)
{
	int64_t now = now_ms();

	pthread_mutex_lock(&connections->mutex);
	for (struct connection *c = connections->first; c != NULL; c = c->next) {
		if (c->hushed || c->shut || !is_overdue(c, now, first_ms, idle_ms))
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
		if (c->shut || !is_overdue(c, now, first_ms, idle_ms))
			continue;
		shutdown(c->fd, SHUT_RDWR);
		c->shut = true;
		count += !c->served;
	}
	pthread_mutex_unlock(&connections->mutex);
	return count;
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
