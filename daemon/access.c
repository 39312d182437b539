#include "access.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>

/** Numeric; "unix" for one that has no address. */
static void
format_client(const struct sockaddr *client, char *to, size_t size)
{
	socklen_t length = 0;

	if (client != NULL && client->sa_family == AF_INET)
		length = sizeof(struct sockaddr_in);
	else if (client != NULL && client->sa_family == AF_INET6)
		length = sizeof(struct sockaddr_in6);
	if (length == 0 || getnameinfo(client, length, to, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
		snprintf(to, size, "unix");
}

/** One of our words for it: what a client calls a method is the client's. */
static const char *
method_of(const struct request *request)
{
	if (request->method == METHOD_GET)
		return request->head ? "HEAD" : "GET";
	if (request->method == METHOD_POST)
		return "POST";
	return request->options ? "OPTIONS" : "other";
}

void
access_log(const struct exchange *exchange, const struct sockaddr *client)
{
	struct log *log = exchange->pool->log;
	const struct request *request = &exchange->request;
	char address[INET6_ADDRSTRLEN + 16] = "";
	struct log_request line = {
		.method = method_of(request),
		.route = exchange->route != NULL ? exchange->route->pattern : "none",
		.status = exchange->reply.status,
		.bytes = exchange->sent,
		.client = address,
		.target = request->raw != NULL ? request->raw : "",
	};
	struct timespec now;

	if (!log_wants_requests(log))
		return;
	if (log_wants_addresses(log))
		format_client(client, address, sizeof(address));
	clock_gettime(CLOCK_MONOTONIC, &now);
	line.microseconds = (uint64_t)(now.tv_sec - exchange->begun.tv_sec) * 1000000 +
			    (uint64_t)((now.tv_nsec - exchange->begun.tv_nsec) / 1000);
	log_request(log, &line);
}
