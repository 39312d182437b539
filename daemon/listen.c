#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char unix_scheme[] = "unix:";

/** Connections that may wait to be accepted. */
#define BACKLOG 4096

/** An address of any family that is served here. */
union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

static svctag_error
wrong_form(const char *text, svctag_detail *detail)
{
	svctag_detail_set(detail, "'%s' is not ADDR:PORT, [ADDR]:PORT or unix:PATH with a numeric address", text);
	return SVCTAG_E_SYNTAX;
}

static bool
parse_port(const char *text, uint16_t *ret)
{
	unsigned int port = 0;

	if (*text == '\0' || strlen(text) > 5)
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		port = port * 10 + (unsigned int)(*text - '0');
	}
	if (port > UINT16_MAX)
		return false;
	*ret = (uint16_t)port;
	return true;
}

static svctag_error
parse_unix(const char *text, union address *ret, socklen_t *ret_size, svctag_detail *detail)
{
	const char *path = text + sizeof(unix_scheme) - 1;
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (*path == '\0')
		return wrong_form(text, detail);
	if (strlen(path) >= sizeof(un.sun_path)) {
		svctag_detail_set(detail, "the path of a unix socket has at most %zu bytes: '%s'",
				  sizeof(un.sun_path) - 1, path);
		return SVCTAG_E_SYNTAX;
	}
	memcpy(un.sun_path, path, strlen(path) + 1);
	ret->un = un;
	*ret_size = sizeof(un);
	return SVCTAG_OK;
}

static svctag_error
parse_address(const char *text, union address *ret, socklen_t *ret_size, svctag_detail *detail)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char host[INET6_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	bool bracket = text[0] == '[';
	uint16_t port;
	size_t size;

	if (strncmp(text, unix_scheme, sizeof(unix_scheme) - 1) == 0)
		return parse_unix(text, ret, ret_size, detail);
	if (colon == NULL || !parse_port(colon + 1, &port))
		return wrong_form(text, detail);
	size = (size_t)(colon - text);
	if (bracket && (size < 3 || text[size - 1] != ']'))
		return wrong_form(text, detail);
	size -= bracket ? 2 : 0;
	if (size >= sizeof(host))
		return wrong_form(text, detail);
	memcpy(host, text + bracket, size);
	host[size] = '\0';
	v4.sin_port = v6.sin6_port = htons(port);
	if (!bracket && inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		ret->v4 = v4;
		*ret_size = sizeof(v4);
	} else if (bracket && inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		ret->v6 = v6;
		*ret_size = sizeof(v6);
	} else {
		return wrong_form(text, detail);
	}
	return SVCTAG_OK;
}

svctag_error
listener_check(const char *text, svctag_detail *detail)
{
	union address address;
	socklen_t size;

	return parse_address(text, &address, &size, detail);
}

/** The socket's own address as it is written on the command line. */
static void
set_name(struct listener *listener)
{
	union address address;
	socklen_t size = sizeof(address);
	char host[INET6_ADDRSTRLEN] = "?";

	memset(&address, 0, sizeof(address));
	if (getsockname(listener->fd, &address.any, &size) != 0)
		return;
	if (address.any.sa_family == AF_UNIX) {
		snprintf(listener->name, sizeof(listener->name), "%s%s", unix_scheme, address.un.sun_path);
	} else if (address.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof(host));
		snprintf(listener->name, sizeof(listener->name), "[%s]:%u", host, ntohs(address.v6.sin6_port));
	} else {
		inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof(host));
		snprintf(listener->name, sizeof(listener->name), "%s:%u", host, ntohs(address.v4.sin_port));
	}
}

/** A socket file that nobody listens on is left over from a process that is gone. */
static void
remove_stale(const union address *address, socklen_t size)
{
	struct stat st;
	int fd;

	if (lstat(address->un.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, &address->any, size) != 0 && errno == ECONNREFUSED)
		unlink(address->un.sun_path);
	close(fd);
}

svctag_error
listener_open(const char *text, struct listener *ret, svctag_detail *detail)
{
	struct listener listener = { .fd = -1 };
	union address address;
	socklen_t size;
	int on = 1;
	svctag_error err = parse_address(text, &address, &size, detail);

	if (err != SVCTAG_OK)
		return err;
	if (address.any.sa_family == AF_UNIX)
		remove_stale(&address, size);
	listener.fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener.fd < 0)
		goto failed;
	if (address.any.sa_family != AF_UNIX)
		setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address.any.sa_family == AF_INET6) /* each family is asked for by itself */
		setsockopt(listener.fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(listener.fd, &address.any, size) != 0 || listen(listener.fd, BACKLOG) != 0)
		goto failed;
	set_name(&listener);
	*ret = listener;
	return SVCTAG_OK;
failed:
	svctag_detail_set(detail, "cannot listen on %s: %s", text, strerror(errno));
	if (listener.fd >= 0)
		close(listener.fd);
	return SVCTAG_E_IO;
}

svctag_error
listener_inherit(int fd, struct listener *ret, svctag_detail *detail)
{
	struct listener listener = { .fd = fd, .inherited = true };
	int listens = 0;
	socklen_t size = sizeof(listens);
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
		svctag_detail_set(detail, "descriptor %d is not a listening socket", fd);
		return SVCTAG_E_IO;
	}
	set_name(&listener);
	*ret = listener;
	return SVCTAG_OK;
}

void
listener_close(struct listener *listener)
{
	if (listener->fd < 0)
		return;
	if (!listener->inherited && strncmp(listener->name, unix_scheme, sizeof(unix_scheme) - 1) == 0)
		unlink(listener->name + sizeof(unix_scheme) - 1);
	close(listener->fd);
	listener->fd = -1;
}
