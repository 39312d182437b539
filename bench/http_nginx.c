#include "http_nginx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What it puts around what geo finds, and header fields, both as its configuration says them. */
struct frame {
	char before[256];
	char fields[1024];
};

/* @param values  by prefix; NULL, or where there is none: the names of the tags */
static void
write_geo(const struct table *table, char *const *values, FILE *out)
{
	fputs("geo $arg_q $found {\ndefault \"\";\n", out);
	for (size_t i = 0; i < table->count; i++) {
		char text[SVCTAG_PREFIX_TEXT_SIZE];
		const uint32_t *names = table->names[table->set[i]];

		svctag_prefix_format(&table->prefix[i], text);
		fprintf(out, "%s '", text);
		if (values != NULL && values[i] != NULL)
			fputs(values[i], out);
		else
			for (; *names != UINT32_MAX; names++)
				fprintf(out, "%s%s", svctag_index_tag_name(table->index, *names),
					names[1] != UINT32_MAX ? "," : "");
		fputs("';\n", out);
	}
	fputs("}\n", out);
}

/* What there is for a start; it has no need of it afterwards. */
static void
remove_files(const char *path)
{
	static const char *const names[] = { "", ".pid", ".log", ".b", ".p", ".f", ".u", ".s" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char file[STORED_PATH_SIZE + 8];

		(void)snprintf(file, sizeof(file), "%s%s", path, names[i]);
		(void)remove(file);
	}
}

static struct server
start(const struct bench *bench, const char *name, const struct table *table, char *const *values,
      const struct frame *frame, unsigned int threads)
{
	struct server server = { 0 };
	char path[STORED_PATH_SIZE];
	FILE *out;

	(void)close(server_listen(&server.port)); /* nobody else takes it that soon */
	stored_path(bench, name, path);
	if (path[0] != '/')
		bench_die("--scratch: nginx needs the whole path");
	out = bench_open(path, "w");
	fprintf(out,
		"daemon off;\nworker_processes %u;\npid %s.pid;\nerror_log %s.log;\n"
		"events { worker_connections 1024; }\nhttp {\naccess_log off;\ndefault_type text/plain;\n"
		"keepalive_requests 1000000000;\nclient_body_temp_path %s.b;\nproxy_temp_path %s.p;\n"
		"fastcgi_temp_path %s.f;\nuwsgi_temp_path %s.u;\nscgi_temp_path %s.s;\n",
		threads, path, path, path, path, path, path, path);
	write_geo(table, values, out);
	fprintf(out, "server {\nlisten 127.0.0.1:%u;\nlocation = /v1/lookup {\n%sreturn 200 '%s$found';\n}\n}\n}\n",
		server.port, frame->fields, frame->before);
	bench_close(out, path);
	server.process = server_fork();
	if (server.process == 0) {
		(void)execlp("nginx", "nginx", "-p", "/", "-c", path, (char *)NULL);
		_exit(127);
	}
	(void)close(server_connect(&server));
	remove_files(path);
	return server;
}

struct server
nginx_start(const struct bench *bench, const struct table *table, unsigned int threads)
{
	static const struct frame nothing = { .before = "" };

	return start(bench, "nginx.conf", table, NULL, &nothing, threads);
}

void
nginx_check(const struct server *nginx, const struct server *svctagd, const uint32_t *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct answer theirs = server_ask_for(nginx, addresses[i]);
		struct answer ours = server_ask_for(svctagd, addresses[i]);
		char *rest = NULL;
		char *body = strstr(theirs.text, "\r\n\r\n") + 4;
		size_t named = 0, matches = 0;

		for (const char *p = ours.body; (p = strstr(p, "\"tag\":\"")) != NULL; p++)
			matches++;
		for (char *name = strtok_r(body, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
			char wanted[256];

			(void)snprintf(wanted, sizeof(wanted), "\"tag\":\"%s\"", name);
			named += strstr(ours.body, wanted) != NULL;
		}
		if (named != matches || matches == 0)
			bench_die("nginx names %zu of the %zu tags of %s", named, matches, ours.body);
		free(theirs.text);
		free(ours.text);
	}
}

/* ------------------------------------------------------- the answer of svctagd */

/* Where svctagd's answers go on behind the address, of which they speak twice. */
static const char *
behind_the_address(const struct answer *answer)
{
	static const char last[] = "\"normalized\":\"";
	const char *at = strstr(answer->body, last);

	at = at == NULL ? NULL : strchr(at + sizeof(last) - 1, '"');
	if (at == NULL || strchr(at, '\'') != NULL || strchr(at, '\\') != NULL)
		bench_die("nginx cannot be made to say %s", answer->body);
	return at;
}

/*
 * The next header field that nginx is to be told of, or NULL: not those that it has by itself, nor what differs from
 * answer to answer.
 * @param line  the one before it, or the line of the status
 */
static const char *
next_field(const struct answer *answer, const char *line)
{
	static const char *const left_out[] = { "Date:", "Content-Length:", "Connection:", "ETag:" };
	bool wanted = false;

	while (!wanted) {
		line = strstr(line, "\r\n") + 2;
		if (line + 2 >= answer->body)
			return NULL;
		wanted = true;
		for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
			wanted = wanted && strncmp(line, left_out[i], strlen(left_out[i])) != 0;
	}
	return line;
}

static void
copy_fields(const struct answer *answer, char *fields, size_t room)
{
	size_t size = 0;

	for (const char *line = answer->text; (line = next_field(answer, line)) != NULL;) {
		const char *value = strchr(line, ':') + 2;
		int length = (int)(strstr(line, "\r\n") - value);
		int made;

		if (strncmp(line, "Content-Type:", 13) == 0)
			made = snprintf(fields + size, room - size, "default_type '%.*s';\n", length, value);
		else
			made = snprintf(fields + size, room - size, "add_header %.*s '%.*s';\n",
					(int)(value - 2 - line), line, length, value);
		if (made < 0 || (size_t)made >= room - size)
			bench_die("too many header fields: %s", answer->text);
		size += (size_t)made;
	}
}

/* Has the other one this line, too? */
static bool
has_field(const struct answer *answer, const char *field)
{
	size_t size = (size_t)(strstr(field, "\r\n") + 2 - field);

	for (const char *line = answer->text; (line = next_field(answer, line)) != NULL;)
		if (strncmp(line, field, size) == 0)
			return true;
	return false;
}

static void
check_alike(const struct server *nginx, const struct server *svctagd, const uint32_t *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct answer theirs = server_ask_for(nginx, addresses[i]);
		struct answer ours = server_ask_for(svctagd, addresses[i]);
		bool alike = strcmp(theirs.body, ours.body) == 0;

		for (const char *line = ours.text; (line = next_field(&ours, line)) != NULL;)
			alike = alike && has_field(&theirs, line);
		if (!alike)
			bench_die("nginx says %s, svctagd %s", theirs.text, ours.text);
		free(theirs.text);
		free(ours.text);
	}
}

struct server
nginx_start_alike(const struct bench *bench, const struct table *table, const struct server *svctagd,
		  const uint32_t *addresses, size_t count, unsigned int threads)
{
	char **values = bench_allocate(table->count, sizeof(*values));
	struct frame frame = {
		.before = "{\"query\":\"$arg_q\",\"kind\":\"address\",\"normalized\":\"$arg_q",
	};
	struct server nginx;

	for (size_t i = 0; i < count; i++) {
		uint32_t prefix = svctag_index_lookup_ipv4(table->index, addresses[i]);
		struct answer answer = server_ask_for(svctagd, addresses[i]);

		if (i == 0)
			copy_fields(&answer, frame.fields, sizeof(frame.fields));
		free(values[prefix]);
		values[prefix] = strdup(behind_the_address(&answer));
		if (values[prefix] == NULL)
			bench_die("out of memory");
		free(answer.text);
	}
	nginx = start(bench, "nginx-alike.conf", table, values, &frame, threads);
	check_alike(&nginx, svctagd, addresses, count);
	for (size_t i = 0; i < table->count; i++)
		free(values[i]);
	free(values);
	return nginx;
}
