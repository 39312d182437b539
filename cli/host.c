#include "host.h"

#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* As inet_aton() and the URL standard's "ends in a number" have it: 0x and hexadecimal digits only. */
static bool
is_hexadecimal(const char *label, size_t size)
{
	if (size < 2 || label[0] != '0' || (label[1] != 'x' && label[1] != 'X'))
		return false;
	for (size_t i = 2; i < size; i++) {
		if (!isxdigit((unsigned char)label[i]))
			return false;
	}
	return true;
}

/* Does a label of a name consist of what names consist of? */
static bool
is_label(const char *label, size_t size, bool *ret_letter)
{
	bool letter = false;

	if (size == 0 || size > 63)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (!is_letter(label[i]) && !is_digit(label[i]) && label[i] != '-' && label[i] != '_')
			return false;
		letter = letter || is_letter(label[i]);
	}
	*ret_letter = letter;
	return true;
}

bool
host_is_name(const char *text, size_t size)
{
	size_t begin = 0;
	bool letter = false;

	if (size > 0 && text[size - 1] == '.')
		size--; /* the root's dot */
	if (size == 0 || size >= HOST_SIZE - 1)
		return false;
	for (;;) {
		const char *dot = memchr(text + begin, '.', size - begin);
		size_t length = dot == NULL ? size - begin : (size_t)(dot - text) - begin;

		if (!is_label(text + begin, length, &letter))
			return false;
		if (dot == NULL)
			return letter && !is_hexadecimal(text + begin, length);
		begin += length + 1;
	}
}

static bool
take_address(const struct sockaddr *from, svctag_address *ret)
{
	*ret = (svctag_address){ 0 };
	if (from->sa_family == AF_INET) {
		struct sockaddr_in ipv4;

		memcpy(&ipv4, from, sizeof(ipv4));
		ret->family = SVCTAG_IPV4;
		memcpy(ret->bytes, &ipv4.sin_addr, 4);
		return true;
	}
	if (from->sa_family == AF_INET6) {
		struct sockaddr_in6 ipv6;

		memcpy(&ipv6, from, sizeof(ipv6));
		ret->family = SVCTAG_IPV6;
		memcpy(ret->bytes, &ipv6.sin6_addr, 16);
		return true;
	}
	return false;
}

/* Add it unless it is there: /etc/hosts may name an address twice. */
static size_t
add_address(svctag_address *addresses, size_t count, const svctag_address *address)
{
	for (size_t i = 0; i < count; i++) {
		if (svctag_address_compare(&addresses[i], address) == 0)
			return count;
	}
	addresses[count] = *address;
	return count + 1;
}

svctag_error
host_resolve(const char *name, svctag_address **ret, size_t *ret_count, const char **ret_error)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	svctag_address *addresses;
	svctag_address address;
	size_t count = 0;
	int status = getaddrinfo(name, NULL, &hints, &found);

	if (status != 0) {
		*ret_error = gai_strerror(status);
		return status == EAI_MEMORY ? SVCTAG_E_NO_MEMORY : SVCTAG_E_NOT_FOUND;
	}
	for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
		count++;
	addresses = calloc(count + 1, sizeof(*addresses)); /* never of nothing */
	if (addresses == NULL) {
		freeaddrinfo(found);
		return SVCTAG_E_NO_MEMORY;
	}
	count = 0;
	for (const struct addrinfo *a = found; a != NULL; a = a->ai_next) {
		if (take_address(a->ai_addr, &address))
			count = add_address(addresses, count, &address);
	}
	freeaddrinfo(found);
	*ret = addresses;
	*ret_count = count;
	return SVCTAG_OK;
}
