#include "workers.h"

#include <pthread.h>
#include <stdlib.h>

struct workers {
	const char *path;
	pthread_mutex_t mutex; /* everything below */
	pthread_cond_t work;   /* a job was queued, or `stop` set */
	pthread_cond_t served; /* a job was finished */
	struct workers_job *first, **last;
	size_t reserved; /* places taken: on their way, queued */
	size_t running;
	size_t limit;
	bool stop;
	size_t thread_count;
	pthread_t threads[];
};

/** With the mutex held: the next job, waiting for one; NULL when it is time to end. */
static struct workers_job *
next_job(struct workers *w)
{
	struct workers_job *job;

	while (w->first == NULL && !(w->stop && w->reserved == 0))
		pthread_cond_wait(&w->work, &w->mutex);
	job = w->first;
	if (job == NULL)
		return NULL;
	w->first = job->next;
	if (w->first == NULL)
		w->last = &w->first;
	w->reserved--;
	w->running++;
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
		pthread_mutex_unlock(&w->mutex);
		job->run(job, &database);
		pthread_mutex_lock(&w->mutex);
		w->running--;
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
	w->last = &w->first;
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
workers_reserve(struct workers *workers)
{
	bool free_place;

	pthread_mutex_lock(&workers->mutex);
	free_place = !workers->stop && workers->reserved < workers->limit;
	if (free_place)
		workers->reserved++;
	pthread_mutex_unlock(&workers->mutex);
	return free_place;
}

void
workers_submit(struct workers *workers, struct workers_job *job)
{
	pthread_mutex_lock(&workers->mutex);
	job->next = NULL;
	*workers->last = job;
	workers->last = &job->next;
	pthread_cond_signal(&workers->work);
	pthread_mutex_unlock(&workers->mutex);
}

void
workers_drain(struct workers *workers)
{
	pthread_mutex_lock(&workers->mutex);
	workers->stop = true;
	while (workers->reserved > 0 || workers->running > 0)
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
