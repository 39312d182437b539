#include "http_bare.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <microhttpd.h>

/* As svctagd has it. */
#define POOL_SIZE 12288
#define INACTIVITY 30
#define CONNECTIONS 1024

/*
 * Answered in the second call: in the first it would close the connection.
 * What may be written to is the library's to say.
 */
/* NOLINTBEGIN(readability-non-const-parameter) */
static enum MHD_Result
handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
       const char *upload_data, size_t *upload_data_size, void **con_cls)
{
	static char seen;

	(void)url;
	(void)method;
	(void)version;
	(void)upload_data;
	(void)upload_data_size;
	if (*con_cls == NULL) {
		*con_cls = &seen;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, cls);
}
/* NOLINTEND(readability-non-const-parameter) */

/* The library writes these itself. */
static int
is_own(const char *name)
{
	return strcasecmp(name, "Date") == 0 || strcasecmp(name, "Content-Length") == 0 ||
	       strcasecmp(name, "Connection") == 0;
}

/* From "HTTP/1.1 200 OK\r\nName: value\r\n…\r\n\r\n". */
static void
copy_headers(struct MHD_Response *response, const char *headers)
{
	const char *line = strstr(headers, "\r\n");

	while (line != NULL && strncmp(line, "\r\n\r\n", 4) != 0) {
		char field[512];
		size_t size;
		char *colon;

		line += 2;
		size = strcspn(line, "\r");
		if (size < sizeof(field)) {
			memcpy(field, line, size);
			field[size] = '\0';
			colon = strstr(field, ": ");
			if (colon != NULL) {
				*colon = '\0';
				if (!is_own(field))
					(void)MHD_add_response_header(response, field, colon + 2);
			}
		}
		line = strstr(line, "\r\n");
	}
}

int
bare_serve(int fd, unsigned int threads, const char *headers, const char *body, size_t size)
{
	struct MHD_Response *response;
	char copy[65536];

	if (size > sizeof(copy))
		return 1;
	memcpy(copy, body, size);
	response = MHD_create_response_from_buffer(size, copy, MHD_RESPMEM_MUST_COPY);
	if (response == NULL)
		return 1;
	copy_headers(response, headers);
	if (MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, response,
			     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, threads,
			     MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
			     (unsigned int)INACTIVITY, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_SIZE,
			     MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END) == NULL)
		return 1;
	for (;;)
		(void)pause();
}
