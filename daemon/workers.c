#include "workers.h"

#include <pthread.h>
#include <stdlib.h>

/** Jobs of one kind. */
struct queue {
	struct workers_job *first, **last;
	size_t reserved; /* places taken: on their way, queued */
	size_t running;
	size_t threads; /* most that run */
};

struct workers {
	const char *path;
	pthread_mutex_t mutex; /* everything below */
	pthread_cond_t work;   /* a job was queued or may be begun now, or `stop` set */
	pthread_cond_t served; /* a job was finished */
	struct queue queues[WORKERS_LANES];
	size_t limit;
	bool stop;
	size_t thread_count;
	pthread_t threads[];
};

/** With the mutex held: take a job that may be begun now; NULL for none. Quick ones go first. */
static struct workers_job *
take_job(struct workers *w)
{
	for (size_t i = 0; i < WORKERS_LANES; i++) {
		struct queue *queue = &w->queues[i];
		struct workers_job *job = queue->first;

		if (job == NULL || queue->running == queue->threads)
			continue;
		queue->first = job->next;
		if (queue->first == NULL)
			queue->last = &queue->first;
		queue->reserved--;
		queue->running++;
		return job;
	}
	return NULL;
}

/** With the mutex held: nothing to do, and nothing to come. */
static bool
is_over(const struct workers *w)
{
	return w->stop && w->queues[WORKERS_QUICK].reserved == 0 && w->queues[WORKERS_LONG].reserved == 0;
}

/** With the mutex held: the next job, waiting for one; NULL when it is time to end. */
static struct workers_job *
next_job(struct workers *w)
{
	struct workers_job *job;

	while ((job = take_job(w)) == NULL && !is_over(w))
		pthread_cond_wait(&w->work, &w->mutex);
	return job;
}

static void *
serve(void *context)
{
	struct workers *w = context;
	struct database database = { .path = w->path };
	struct workers_job *job;

	pthread_mutex_lock(&w->mutex);
	while ((job = next_job(w)) != NULL) {
		struct queue *queue = &w->queues[job->lane];

		pthread_mutex_unlock(&w->mutex);
		job->run(job, &database);
		pthread_mutex_lock(&w->mutex);
		queue->running--;
		if (queue->first != NULL) /* which may have waited for this */
			pthread_cond_signal(&w->work);
		pthread_cond_broadcast(&w->served);
	}
	pthread_mutex_unlock(&w->mutex);
	database_close(&database);
	return NULL;
}

svctag_error
workers_new(const char *path, size_t threads, size_t queue, struct workers **ret)
{
	struct workers *w = calloc(1, sizeof(*w) + threads * sizeof(w->threads[0]));

	if (w == NULL)
		return SVCTAG_E_NO_MEMORY;
	w->path = path;
	w->limit = queue;
	for (size_t i = 0; i < WORKERS_LANES; i++) {
		w->queues[i].last = &w->queues[i].first;
		w->queues[i].threads = i == WORKERS_LONG ? threads - 1 : threads;
	}
	pthread_mutex_init(&w->mutex, NULL);
	pthread_cond_init(&w->work, NULL);
	pthread_cond_init(&w->served, NULL);
	for (; w->thread_count < threads; w->thread_count++) {
		if (pthread_create(&w->threads[w->thread_count], NULL, serve, w) != 0) {
			workers_free(w);
			return SVCTAG_E_NO_MEMORY;
		}
	}
	*ret = w;
	return SVCTAG_OK;
}

bool
workers_reserve(struct workers *workers, enum workers_lane lane, bool further)
{
	struct queue *queue = &workers->queues[lane];
	bool free_place;

	pthread_mutex_lock(&workers->mutex);
	free_place = !workers->stop && (further || queue->reserved < workers->limit);
	if (free_place)
		queue->reserved++;
	pthread_mutex_unlock(&workers->mutex);
	return free_place;
}

void
workers_submit(struct workers *workers, struct workers_job *job)
{
	struct queue *queue = &workers->queues[job->lane];

	pthread_mutex_lock(&workers->mutex);
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
	pthread_cond_signal(&workers->work);
	pthread_mutex_unlock(&workers->mutex);
}

/** With the mutex held. */
static bool
is_busy(const struct workers *w)
{
	for (size_t i = 0; i < WORKERS_LANES; i++)
		if (w->queues[i].reserved > 0 || w->queues[i].running > 0)
			return true;
	return false;
}

void
workers_drain(struct workers *workers)
{
	pthread_mutex_lock(&workers->mutex);
	workers->stop = true;
	while (is_busy(workers))
		pthread_cond_wait(&workers->served, &workers->mutex);
	pthread_cond_broadcast(&workers->work);
	pthread_mutex_unlock(&workers->mutex);
}

void
workers_free(struct workers *workers)
{
	if (workers == NULL)
		return;
	workers_drain(workers);
	for (size_t i = 0; i < workers->thread_count; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->served);
	pthread_cond_destroy(&workers->work);
	pthread_mutex_destroy(&workers->mutex);
	free(workers);
}
