/*
 * GET /metrics: what was counted, and how things stand: releases and their
 * age, the last reload, connections, memory, in the Prometheus text format.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "metrics.h"
#include "service.h"

static const char text_type[] = "text/plain; version=0.0.4; charset=utf-8";

static void
write_gauge(FILE *out, const char *name, const char *help, double value)
{
	metrics_head(out, name, "gauge", help);
	fprintf(out, "%s %.15g\n", name, value);
}

static const svctag_release_info *
newest(const struct context *context, size_t cloud)
{
	return svctag_snapshot_info(generation_newest(context->generation, cloud));
}

static size_t
cloud_count(const struct context *context)
{
	return context->generation == NULL ? 0
					   : svctag_catalogue_cloud_count(generation_catalogue(context->generation));
}

/** One value for each cloud. */
static void
write_clouds(FILE *out, const struct context *context, const char *name, const char *help,
	     double (*value)(const svctag_release_info *info))
{
	metrics_head(out, name, "gauge", help);
	for (size_t i = 0; i < cloud_count(context); i++) {
		const svctag_release_info *info = newest(context, i);

		fprintf(out, "%s{cloud=", name);
		metrics_label(out, info->cloud);
		fprintf(out, "} %.15g\n", value(info));
	}
}

static double
published_at(const svctag_release_info *info)
{
	return (double)svctag_day_number(info->published) * 86400;
}

static double
age_of(const svctag_release_info *info)
{
	return (double)time(NULL) - published_at(info);
}

static double
change_number_of(const svctag_release_info *info)
{
	return (double)info->change_number;
}

static void
write_releases(FILE *out, const struct context *context)
{
	write_clouds(out, context, "svctagd_release_change_number", "Change number of the newest release.",
		     change_number_of);
	write_clouds(out, context, "svctagd_release_published_timestamp_seconds",
		     "Day of publication of the newest release.", published_at);
	write_clouds(out, context, "svctagd_release_age_seconds", "Time since that day.", age_of);
}

static void
write_state(FILE *out, const struct context *context)
{
	const struct snapshots_status *status = &context->status;

	metrics_head(out, "svctagd_build_info", "gauge", "What is running.");
	fprintf(out, "svctagd_build_info{version=\"%s\",schema=\"%d\",index=\"%d\"} 1\n", SVCTAG_VERSION,
		SVCTAG_SCHEMA_VERSION, SVCTAG_INDEX_FORMAT);
	write_gauge(out, "svctagd_ready", "Whether there is a release to answer from.", status->loaded);
	write_gauge(out, "svctagd_last_reload_successful", "Whether the last load of the database succeeded.",
		    !status->failed);
	write_gauge(out, "svctagd_generation", "States of the database loaded so far.", (double)status->number);
	write_gauge(out, "svctagd_archive_bytes", "Older releases that are kept ready.",
		    (double)archive_size(context->archive));
	write_gauge(out, "svctagd_connections", "Connections that are open.", (double)context->load.connections);
	write_gauge(out, "svctagd_body_bytes", "Request bodies that are held.", (double)context->load.body_bytes);
	write_gauge(out, "svctagd_answer_bytes", "Long answers that clients have yet to take.",
		    (double)context->load.answer_bytes);
	metrics_head(out, "svctagd_log_dropped_total", "counter", "Lines of the log that nobody took in time.");
	fprintf(out, "svctagd_log_dropped_total %llu\n", (unsigned long long)context->load.log_dropped);
}

/** Pages of resident memory; 0 where the system does not say. */
static double
resident_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char line[128] = "";
	char *second;

	if (file == NULL)
		return 0;
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	fclose(file);
	second = strchr(line, ' '); /* the first number is of all pages */
	return second == NULL ? 0 : strtod(second, NULL);
}

static double
open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	double count = -3; /* itself, ".", ".." */

	if (folder == NULL)
		return 0;
	while (readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static void
write_process(FILE *out)
{
	struct rusage usage = { 0 };

	getrusage(RUSAGE_SELF, &usage);
	metrics_head(out, "process_cpu_seconds_total", "counter", "Processor time used.");
	fprintf(out, "process_cpu_seconds_total %.6f\n",
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	write_gauge(out, "process_resident_memory_bytes", "Memory in use.",
		    resident_pages() * (double)sysconf(_SC_PAGESIZE));
	write_gauge(out, "process_open_fds", "Descriptors in use.", open_descriptors());
}

void
get_metrics(struct request *request, const struct context *context, struct reply *reply)
{
	FILE *out = reply_open(reply);

	(void)request;
	if (out == NULL)
		return;
	write_state(out, context);
	write_releases(out, context);
	write_process(out);
	reply->cache_control = "no-store";
	reply_close(reply, out, metrics_write(context->metrics, out), text_type);
}
