/*
 * What does an answer over HTTP cost? wrk asks for addresses, over and over,
 * on connections that stay: svctagd in full (ETag, metrics and limits on),
 * libmicrohttpd with a constant of the same size and headers, and nginx's geo
 * module, which answers with the names alone, and once more with what svctagd
 * answers: to read a long answer takes a client's time. Then a list of a million
 * is sent and its answer read, from start to end on one connection.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_nginx.h"
#include "processors.h"

/** Different addresses that are asked for: few enough to be in every cache, and more. */
#define ASKED 512
#define MANY 100000
/** Rounds, with the untimed one. */
#define MOST_ROUNDS 102

/** One round of load on a server. */
struct load {
	double requests;     /**< a second */
	double microseconds; /**< of the server's processor time, for a request */
	double p99;          /**< milliseconds */
};

/** A server, and what became of its rounds: figures that come together are reported one kind after the other. */
struct subject {
	struct server server;
	const char *script;
	const char *output;
	const char *connections;
	const char *seconds;
	struct load rounds[MOST_ROUNDS];
	size_t measured;
	size_t told[2];
};

/* The paths of the questions, and the script that has wrk ask them by turns; each with a field of its own, if `vary`. */
static void
write_script(const char *path, const uint32_t *addresses, size_t count, bool vary)
{
	FILE *file = bench_open(path, "w");

	fputs("local n, i = 0, 0\nlocal asked = {}\nlocal addresses = {\n", file);
	for (size_t i = 0; i < count; i++) {
		char address[16];

		server_print_address(addresses[i], address);
		fprintf(file, "\"%s\",\n", address);
	}
	fprintf(file,
		"}\nfunction init(args)\n  for _, address in ipairs(addresses) do\n    n = n + 1\n"
		"    asked[n] = wrk.format(\"GET\", \"/v1/lookup?q=\" .. address%s)\n  end\nend\n"
		"function request()\n  i = i %% n + 1\n  return asked[i]\nend\n",
		vary ? ", { [\"X-Request-Id\"] = tostring(n) }" : "");
	bench_close(file, path);
}

/* The number behind a word in what wrk prints, with its unit: "us", "ms", "s" become milliseconds. */
static double
figure_of(const char *text, const char *word)
{
	const char *at = strstr(text, word);
	double figure;
	char *unit;

	if (at == NULL)
		bench_die("wrk does not say '%s':\n%s", word, text);
	figure = strtod(at + strlen(word), &unit);
	return strncmp(unit, "us", 2) == 0 ? figure / 1e3 : unit[0] == 's' ? figure * 1e3 : figure;
}

/* What wrk prints, when it has found all answered. */
static void
run_wrk(const struct subject *subject, char *ret_text, size_t room)
{
	char url[64];
	size_t size;
	FILE *file;
	const char *argv[] = {
		"wrk",           "-t1", "-c", subject->connections, "-d", subject->seconds, "--latency", "-s",
		subject->script, url,   NULL
	};

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u", subject->server.port);
	if (bench_process_run(argv, NULL, subject->output).status != 0)
		bench_die("wrk failed");
	file = bench_open(subject->output, "r");
	size = fread(ret_text, 1, room - 1, file);
	ret_text[size] = '\0';
	(void)fclose(file);
	if (strstr(ret_text, "Non-2xx") != NULL || strstr(ret_text, "Socket errors") != NULL)
		bench_die("not all were answered:\n%s", ret_text);
}

/* It takes half a second before it looks at the time, and in a short round may never come to it: then once more. */
static void
put_under_load(struct subject *subject)
{
	struct load *load;
	char text[4096];

	if (subject->measured == MOST_ROUNDS)
		bench_die("too many rounds");
	load = &subject->rounds[subject->measured++];
	for (int tries = 0; load->p99 <= 0; tries++) {
		double before = server_processor_time(&subject->server);

		if (tries == 5)
			bench_die("wrk does not measure how long answers take:\n%s", text);
		run_wrk(subject, text, sizeof(text));
		load->requests = figure_of(text, "Requests/sec:");
		load->p99 = figure_of(text, "99%");
		load->microseconds = (server_processor_time(&subject->server) - before) * 1e6 /
				     (load->requests * strtod(subject->seconds, NULL));
	}
}

static double
measure_requests(void *context)
{
	struct subject *subject = context;

	put_under_load(subject);
	return subject->rounds[subject->measured - 1].requests;
}

static double
tell_processor(void *context)
{
	struct subject *subject = context;

	return subject->rounds[subject->told[0]++].microseconds;
}

static double
tell_p99(void *context)
{
	struct subject *subject = context;

	return subject->rounds[subject->told[1]++].p99;
}

static bool
is_installed(const char *program)
{
	const char *argv[] = { "sh", "-c", "command -v \"$0\"", program, NULL };

	return bench_process_run(argv, NULL, NULL).status == 0;
}

/* The answer of the middle size. */
static struct answer
usual_answer(const struct server *server, const uint32_t *addresses)
{
	struct answer usual = { 0 };
	size_t total = 0, distance = SIZE_MAX;

	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < ASKED; i++) {
			struct answer answer = server_ask_for(server, addresses[i]);
			size_t mean = total / ASKED;
			size_t off = answer.body_size > mean ? answer.body_size - mean : mean - answer.body_size;

			if (turn == 0)
				total += answer.body_size;
			if (turn == 0 || off >= distance) {
				free(answer.text);
				continue;
			}
			free(usual.text);
			usual = answer;
			distance = off;
		}
	}
	return usual;
}

/** The last two may be missing. */
#define SUBJECTS 6

static void
compare_servers(struct bench *bench, struct subject *subjects, const char *const *names, size_t count)
{
	static const struct {
		const char *name;
		const char *unit;
		double (*measure)(void *context);
	} kinds[] = { { "GET, keep-alive, 64 connections", "requests/s", measure_requests },
		      { "processor time of the server", "us/request", tell_processor },
		      { "99 of 100 answers within", "ms", tell_p99 } };

	for (size_t kind = 0; kind < 3; kind++) {
		struct bench_contender contenders[SUBJECTS];
		static const struct bench_demand demands[] = {
			{ "svctagd, other fields each time", "libmicrohttpd, a constant", 0.8 },
			{ "svctagd, 100,000 addresses", "libmicrohttpd, a constant", 0.8 },
			{ "svctagd", "libmicrohttpd, a constant", 0.92 },
			{ "svctagd", "nginx geo, the same answer", 1 },
			{ "svctagd", "nginx geo", 1 },
		};
		size_t demanded = kind == 0 ? 5 : kind == 1 ? 2 : 0;
		struct bench_group group = { .name = kinds[kind].name,
					     .unit = kinds[kind].unit,
					     .rate = kind == 0,
					     .contenders = contenders,
					     .contender_count = count,
					     .demands = demands + 5 - demanded,
					     .demand_count = demanded };

		for (size_t i = 0; i < count; i++)
			contenders[i] = (struct bench_contender){ .name = names[i],
								  .measure = kinds[kind].measure,
								  .context = &subjects[i] };
		bench_compare(bench, &group);
	}
	bench_fact(bench, "99 of 100 answers of svctagd", "ms", bench_median(bench, "svctagd"), 5);
}

static void
measure_single(struct bench *bench, const struct table *table, const char *database, unsigned int threads)
{
	static const char *const names[SUBJECTS] = { "svctagd",
						     "svctagd, 100,000 addresses",
						     "svctagd, other fields each time",
						     "libmicrohttpd, a constant",
						     "nginx geo",
						     "nginx geo, the same answer" };
	uint32_t *addresses = table_queries_ipv4(table, SPREAD_AZURE, MANY);
	struct subject *subjects = bench_allocate(SUBJECTS, sizeof(*subjects));
	char script[STORED_PATH_SIZE], many[STORED_PATH_SIZE], vary[STORED_PATH_SIZE], output[STORED_PATH_SIZE];
	size_t count = is_installed("nginx") ? SUBJECTS : SUBJECTS - 2;
	struct server svctagd;
	struct answer usual;

	stored_path(bench, "http.lua", script);
	stored_path(bench, "http.wrk", output);
	stored_path(bench, "http-many.lua", many);
	stored_path(bench, "http-vary.lua", vary);
	write_script(script, addresses, ASKED, false);
	write_script(many, addresses, MANY, false);
	write_script(vary, addresses, MANY, true);
	processors_use(PROCESSORS_OF_SERVERS);
	svctagd = server_start_svctagd(database, threads);
	usual = usual_answer(&svctagd, addresses);
	subjects[0].server = subjects[1].server = subjects[2].server = svctagd;
	subjects[3].server = server_start_bare(&usual, threads);
	if (count == SUBJECTS) {
		subjects[4].server = nginx_start(bench, table, threads);
		nginx_check(&subjects[4].server, &svctagd, addresses, ASKED);
		subjects[5].server = nginx_start_alike(bench, table, &svctagd, addresses, ASKED, threads);
	} else {
		bench_note(bench, "nginx is not installed");
	}
	for (size_t i = 0; i < count; i++) {
		subjects[i].script = i == 1 ? many : i == 2 ? vary : script;
		subjects[i].output = output;
		subjects[i].connections = bench_option(bench, "connections", "64");
		subjects[i].seconds = bench_option(bench, "seconds", "3");
	}
	processors_use(PROCESSORS_OF_CLIENTS);
	bench_fact(bench, "body of the constant", "bytes", (double)usual.body_size, (double)NAN);
	compare_servers(bench, subjects, names, count);
	for (size_t i = 2; i < count; i++) /* svctagd once */
		server_stop(&subjects[i].server);
	processors_use(PROCESSORS_ALL);
	stored_remove(script);
	stored_remove(many);
	stored_remove(vary);
	stored_remove(output);
	free(usual.text);
	free(subjects);
	free(addresses);
}

/** A list, and what its answer took. */
struct list {
	const struct server *server;
	const char *accept;
	char *text;
	size_t size;
	size_t count;
	double answer_bytes;
};

static void
make_list(struct list *list, const uint32_t *addresses)
{
	char *at = list->text = bench_allocate(list->count, 16);

	for (size_t i = 0; i < list->count; i++) {
		server_print_address(addresses[i], at);
		at += strlen(at);
		*at++ = '\n';
	}
	list->size = (size_t)(at - list->text);
}

static void
send_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent <= 0)
			bench_die("the list was not taken: %s", strerror(errno));
		data += sent;
		size -= (size_t)sent;
	}
}

/* Send the list, read the answer to its end. @return million addresses a second */
static double
measure_list(void *context)
{
	static char room[1 << 20];
	struct list *list = context;
	double began = bench_now();
	int fd = server_connect(list->server);
	size_t total = 0;
	char head[256];
	ssize_t got;

	(void)snprintf(head, sizeof(head),
		       "POST /v1/lookup HTTP/1.1\r\nHost: bench\r\nConnection: close\r\nContent-Type: text/plain\r\n"
		       "Accept: %s\r\nContent-Length: %zu\r\n\r\n",
		       list->accept, list->size);
	send_all(fd, head, strlen(head));
	send_all(fd, list->text, list->size);
	while ((got = recv(fd, room, sizeof(room), 0)) > 0) {
		if (total == 0 && strncmp(room, "HTTP/1.1 200 ", 13) != 0)
			bench_die("not answered: %.200s", room);
		total += (size_t)got;
	}
	(void)close(fd);
	if (got < 0 || total < list->size)
		bench_die("the answer was cut short");
	list->answer_bytes = (double)total;
	return (double)list->count / 1e6 / (bench_now() - began);
}

static void
measure_lists(struct bench *bench, const struct table *table, const struct server *svctagd)
{
	static const struct {
		const char *name;
		const char *accept;
		enum spread spread;
	} kinds[] = { { "text, uniform", "text/plain", SPREAD_UNIFORM },
		      { "text, Zipf", "text/plain", SPREAD_ZIPF },
		      { "text, Azure", "text/plain", SPREAD_AZURE },
		      { "NDJSON, Azure", "application/x-ndjson", SPREAD_AZURE } };
	enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
	struct bench_contender contenders[KINDS];
	struct list lists[KINDS];
	const struct bench_group group = { .name = "POST of a list",
					   .unit = "million addresses/s",
					   .rate = true,
					   .contenders = contenders,
					   .contender_count = KINDS };

	for (size_t i = 0; i < KINDS; i++) {
		size_t count = strtoul(bench_option(bench, "addresses", "1000000"), NULL, 10);
		uint32_t *addresses = table_queries_ipv4(table, kinds[i].spread, count);

		lists[i] = (struct list){ .server = svctagd, .accept = kinds[i].accept, .count = count };
		make_list(&lists[i], addresses);
		free(addresses);
		contenders[i] = (struct bench_contender){ .name = kinds[i].name,
							  .measure = measure_list,
							  .context = &lists[i] };
	}
	bench_compare(bench, &group);
	for (size_t i = 0; i < KINDS; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "%s: answer", kinds[i].name);
		bench_fact(bench, name, "bytes/address", lists[i].answer_bytes / (double)lists[i].count, (double)NAN);
		free(lists[i].text);
	}
}

/* As many as svctagd has of itself. */
static const char *
usual_threads(void)
{
	static char text[16];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	(void)snprintf(text, sizeof(text), "%ld", processors < 4 ? 1 : processors > 16 ? 8 : processors / 2);
	return text;
}

int
main(int argc, char **argv)
{
	struct bench *bench = bench_begin(argc, argv, "http", "What does an answer over HTTP cost?");
	struct table *table = table_make(bench_release(bench));
	char database[STORED_PATH_SIZE];
	struct server svctagd;
	unsigned int threads = (unsigned int)strtoul(bench_option(bench, "event-threads", usual_threads()), NULL, 10);

	stored_path(bench, "http.db", database);
	stored_remove(database);
	{
		const char *import[] = {
			stored_program(),          "--db", database, "import", "--published", "2025-01-01",
			bench_release_path(bench), NULL
		};

		if (bench_process_run(import, NULL, NULL).status != 0)
			bench_die("the release was not imported");
	}
	if (is_installed("wrk"))
		measure_single(bench, table, database, threads);
	else
		bench_note(bench, "wrk is not installed: nothing asks for single addresses");
	svctagd = server_start_svctagd(database, threads);
	measure_lists(bench, table, &svctagd);
	server_stop(&svctagd);
	stored_remove(database);
	table_free(table);
	return bench_end(bench);
}
