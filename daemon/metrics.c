#include "metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "router.h"

/** Upper bounds of the histogram, in seconds. */
static const double bounds[] = { 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
				 0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10 };
#define BOUND_COUNT (sizeof(bounds) / sizeof(bounds[0]))

/** The statuses that this daemon answers with; whatever else there may be comes last. */
static const unsigned int statuses[] = { 200, 204, 304, 400, 401, 404, 405, 406, 413,
					 414, 415, 417, 431, 500, 501, 503, 505 };
#define STATUS_COUNT (sizeof(statuses) / sizeof(statuses[0]))

static const char *const reasons[METRICS_REASON_COUNT] = {
	[METRICS_FRAMING] = "framing",
	[METRICS_TARGET] = "target",
	[METRICS_PATH] = "path",
	[METRICS_METHOD] = "method",
	[METRICS_MEDIA_TYPE] = "media_type",
	[METRICS_SIZE] = "size",
	[METRICS_TOKEN] = "token",
	[METRICS_UNAVAILABLE] = "unavailable",
	[METRICS_CONTENT] = "content",
	[METRICS_DEADLINE] = "deadline",
	[METRICS_SLOW] = "slow",
	[METRICS_CONNECTIONS] = "connections",
	[METRICS_ADDRESS] = "address",
};

/** Of one route. Lines of their own, so that routes do not slow each other. */
struct route_counters {
	_Alignas(64) atomic_uint_fast64_t by_status[STATUS_COUNT + 1];
	atomic_uint_fast64_t by_bound[BOUND_COUNT + 1];
	atomic_uint_fast64_t nanoseconds;
};

struct metrics {
	atomic_uint_fast64_t rejected[METRICS_REASON_COUNT];
	atomic_uint_fast64_t reloads[2];
	size_t route_count;
	struct route_counters routes[]; /* the last for requests without one */
};

static void
count(atomic_uint_fast64_t *counter, uint64_t more)
{
	atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static uint64_t
value_of(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

struct metrics *
metrics_new(void)
{
	size_t routes = router_count() + 1;
	size_t size = sizeof(struct metrics) + routes * sizeof(struct route_counters);
	struct metrics *metrics;

	size = (size + 63) / 64 * 64;
	metrics = aligned_alloc(64, size);
	if (metrics == NULL)
		return NULL;
	for (size_t i = 0; i < METRICS_REASON_COUNT; i++)
		atomic_init(&metrics->rejected[i], 0);
	for (size_t i = 0; i < 2; i++)
		atomic_init(&metrics->reloads[i], 0);
	metrics->route_count = routes;
	for (size_t r = 0; r < routes; r++) {
		for (size_t i = 0; i <= STATUS_COUNT; i++)
			atomic_init(&metrics->routes[r].by_status[i], 0);
		for (size_t i = 0; i <= BOUND_COUNT; i++)
			atomic_init(&metrics->routes[r].by_bound[i], 0);
		atomic_init(&metrics->routes[r].nanoseconds, 0);
	}
	return metrics;
}

void
metrics_free(struct metrics *metrics)
{
	free(metrics);
}

void
metrics_request(struct metrics *metrics, size_t route, unsigned int status, double seconds)
{
	struct route_counters *counters = &metrics->routes[route];
	size_t s = 0, b = 0;

	while (s < STATUS_COUNT && statuses[s] != status)
		s++;
	while (b < BOUND_COUNT && seconds > bounds[b])
		b++;
	count(&counters->by_status[s], 1);
	count(&counters->by_bound[b], 1);
	count(&counters->nanoseconds, (uint64_t)(seconds * 1e9));
}

void
metrics_rejected(struct metrics *metrics, enum metrics_reason reason, uint64_t number)
{
	count(&metrics->rejected[reason], number);
}

void
metrics_reload(struct metrics *metrics, bool ok)
{
	count(&metrics->reloads[ok ? 1 : 0], 1);
}

void
metrics_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void
metrics_label(FILE *out, const char *value)
{
	putc('"', out);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else
			putc(*value, out);
	}
	putc('"', out);
}

static void
write_route_labels(FILE *out, size_t route)
{
	const struct route *r = router_at(route);

	fputs("{route=", out);
	metrics_label(out, r == NULL ? "none" : r->pattern);
	fprintf(out, ",method=\"%s\"", r == NULL ? "none" : r->method == METHOD_POST ? "POST" : "GET");
}

static void
write_requests(const struct metrics *metrics, FILE *out)
{
	metrics_head(out, "svctagd_requests_total", "counter",
		     "Requests answered, by route and status; HEAD is counted with GET.");
	for (size_t r = 0; r < metrics->route_count; r++) {
		for (size_t s = 0; s <= STATUS_COUNT; s++) {
			uint64_t n = value_of(&metrics->routes[r].by_status[s]);

			if (n == 0)
				continue;
			fputs("svctagd_requests_total", out);
			write_route_labels(out, r);
			if (s < STATUS_COUNT)
				fprintf(out, ",code=\"%u\"} %llu\n", statuses[s], (unsigned long long)n);
			else
				fprintf(out, ",code=\"other\"} %llu\n", (unsigned long long)n);
		}
	}
}

/** Read while they are counted, the buckets may be ahead of the sum, but the count is that of the buckets. */
static void
write_histogram(const struct route_counters *counters, size_t route, FILE *out)
{
	uint64_t sum = 0;

	for (size_t b = 0; b <= BOUND_COUNT; b++) {
		sum += value_of(&counters->by_bound[b]);
		fputs("svctagd_request_duration_seconds_bucket", out);
		write_route_labels(out, route);
		if (b < BOUND_COUNT)
			fprintf(out, ",le=\"%g\"} %llu\n", bounds[b], (unsigned long long)sum);
		else
			fprintf(out, ",le=\"+Inf\"} %llu\n", (unsigned long long)sum);
	}
	fputs("svctagd_request_duration_seconds_sum", out);
	write_route_labels(out, route);
	fprintf(out, "} %.9f\n", (double)value_of(&counters->nanoseconds) / 1e9);
	fputs("svctagd_request_duration_seconds_count", out);
	write_route_labels(out, route);
	fprintf(out, "} %llu\n", (unsigned long long)sum);
}

static bool
was_asked(const struct route_counters *counters)
{
	for (size_t b = 0; b <= BOUND_COUNT; b++) {
		if (value_of(&counters->by_bound[b]) > 0)
			return true;
	}
	return false;
}

svctag_error
metrics_write(const struct metrics *metrics, FILE *out)
{
	write_requests(metrics, out);
	metrics_head(out, "svctagd_request_duration_seconds", "histogram",
		     "From the request line to the answer's being ready to be sent.");
	for (size_t r = 0; r < metrics->route_count; r++) {
		if (was_asked(&metrics->routes[r]))
			write_histogram(&metrics->routes[r], r, out);
	}
	metrics_head(out, "svctagd_rejected_total", "counter", "Requests and connections refused, by reason.");
	for (size_t i = METRICS_NOT_REJECTED + 1; i < METRICS_REASON_COUNT; i++)
		fprintf(out, "svctagd_rejected_total{reason=\"%s\"} %llu\n", reasons[i],
			(unsigned long long)value_of(&metrics->rejected[i]));
	metrics_head(out, "svctagd_reloads_total", "counter", "Loads of the database, by result.");
	fprintf(out, "svctagd_reloads_total{result=\"ok\"} %llu\n", (unsigned long long)value_of(&metrics->reloads[1]));
	fprintf(out, "svctagd_reloads_total{result=\"failed\"} %llu\n",
		(unsigned long long)value_of(&metrics->reloads[0]));
	return ferror(out) ? SVCTAG_E_IO : SVCTAG_OK;
}
