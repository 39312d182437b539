#include "plain.h"

#include <string.h>
#include <strings.h>

static const char method[] = "GET ";
static const char version[] = " HTTP/1.1\r\n";
static const char head_end[] = "\r\n\r\n";

#define SIZE_OF(text) (sizeof(text) - 1)

static bool
is_named(const char *name, size_t size, const char *wanted)
{
	return size == strlen(wanted) && strncasecmp(name, wanted, size) == 0;
}

/** An intake_field: take it. @return false when the library would have to act on it */
static bool
take_field(void *context, const char *name, size_t name_size, const char *value, size_t value_size)
{
	struct plain *plain = context;

	if (is_named(name, name_size, "Connection"))
		return is_named(value, value_size, "keep-alive");
	switch (framing_field_named(name, name_size)) {
	case FRAMING_EXPECT:
	case FRAMING_LENGTH:
	case FRAMING_CODING: return false;
	case FRAMING_HOST:
	case FRAMING_NO_FIELD: break;
	}
	plain->has_cookie |= is_named(name, name_size, "Cookie");
	return !is_named(name, name_size, "Upgrade") &&
	       request_take_field(&plain->exchange.request, name, name_size, value, value_size);
}

bool
plain_begin(struct plain *plain, struct exchange_pool *pool, const char *data, size_t size)
{
	const char *target = plain->head + SIZE_OF(method);
	const char *end;

	if (size >= sizeof(plain->head) || size < SIZE_OF(method) || memcmp(data, method, SIZE_OF(method)) != 0)
		return false;
	memcpy(plain->head, data, size);
	plain->head[size] = '\0';
	end = strchr(target, ' ');
	if (end == NULL || memchr(target, '?', (size_t)(end - target)) == NULL ||
	    strncmp(end, version, SIZE_OF(version)) != 0 ||
	    strstr(end, head_end) != plain->head + size - SIZE_OF(head_end))
		return false;
	plain->has_cookie = false;
	return exchange_begin(&plain->exchange, pool, target, (size_t)(end - target)) &&
	       intake_fields(plain->head, take_field, plain) && exchange_make_key(&plain->exchange, "GET");
}

void
plain_end(struct plain *plain)
{
	exchange_end(&plain->exchange);
}
