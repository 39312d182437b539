#include "prepared.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "report/fragments.h"
#include "text/quad.h"

static_assert(sizeof(((struct prepared_question *)NULL)->address) >= PREPARED_ADDRESS + QUAD_SLACK,
	      "an address can be read where it is copied to");

static const char status_line[] = "HTTP/1.1 200 OK\r\nDate: ";
static const char head_end[] = "\r\n\r\n";
static const char method[] = "GET ";
static const char version[] = " HTTP/1.1\r\n";

#define SIZE_OF(text) (sizeof(text) - 1)
/** Of an ETag's value, without what stands behind its digits. */
#define ETAG_DIGITS 33
/** The longest number of bytes of a body. */
#define LENGTH_DIGITS 4
static_assert(EXCHANGE_KEPT_MAX < 10000, "the length of a body has so many digits");

/** What a head needs besides what is prepared. */
#define HEAD_REST (SIZE_OF(status_line) + PREPARED_DATE + ETAG_DIGITS + LENGTH_DIGITS + SIZE_OF(head_end))

/* -------------------------------------------------------------- preparing */

/** How many of the characters that addresses are written in a text begins with. */
static size_t
address_size(const char *text)
{
	size_t n = 0;

	while (svctag_hex_digit(text[n]) >= 0 || text[n] == '.' || text[n] == ':')
		n++;
	return n;
}

static bool
ends_value(char c)
{
	return c == ' ' || c == '&';
}

/** The value of a target's first q; NULL if it has none. Not whether there are others: they belong to the words. */
static const char *
find_value(const char *target)
{
	const char *at = strchr(target, '?');

	while (at != NULL && (at[1] != 'q' || at[2] != '='))
		at = strchr(at + 1, '&');
	return at != NULL ? at + sizeof("?q=") - 1 : NULL;
}

/** The value of a field of a head, or NULL. */
static const char *
find_field(const char *head, const char *name)
{
	const size_t size = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, size) == 0 && line[size] == ':')
			return line + size + 1;
	}
	return NULL;
}

/** What a request says to the library alone; but that the connection is to be kept, it does not have to say. */
static bool
is_plain(const char *head)
{
	const char *connection = find_field(head, "Connection");

	if (connection != NULL) {
		connection += strspn(connection, " \t");
		if (strncasecmp(connection, "keep-alive\r\n", sizeof("keep-alive\r\n") - 1) != 0 ||
		    find_field(connection, "Connection") != NULL)
			return false;
	}
	return find_field(head, "Expect") == NULL && find_field(head, "Upgrade") == NULL &&
	       find_field(head, "Content-Length") == NULL && find_field(head, "Cookie") == NULL;
}

unsigned int
prepared_note(struct prepared *prepared, const char *data, size_t size)
{
	if (size >= sizeof(prepared->noted) || size < SIZE_OF(method) + SIZE_OF(head_end) ||
	    memcmp(data, method, SIZE_OF(method)) != 0 ||
	    memcmp(data + size - SIZE_OF(head_end), head_end, SIZE_OF(head_end)) != 0)
		return 0;
	memcpy(prepared->noted, data, size);
	prepared->noted[size] = '\0';
	prepared->noted_size = size;
	prepared->note++;
	prepared->note += prepared->note == 0;
	return prepared->note;
}

/** Is the note of this exchange's request, all of it and nothing else, and is it one that can be prepared? */
static bool
is_noted(const struct prepared *prepared, const struct exchange *exchange)
{
	const char *target = prepared->noted + SIZE_OF(method);
	const char *end = strstr(prepared->noted, head_end);
	size_t rest = prepared->noted_size - SIZE_OF(method);

	return end == prepared->noted + prepared->noted_size - SIZE_OF(head_end) && rest > exchange->target_size &&
	       memcmp(target, exchange->target, exchange->target_size) == 0 &&
	       strncmp(target + exchange->target_size, version, SIZE_OF(version)) == 0 && is_plain(target);
}

/** Has the reply nothing unusual about it? */
static bool
is_usual(const struct reply *reply)
{
	return reply->content_type != NULL && reply->cache_control != NULL && reply->policy == NULL &&
	       reply->allow[0] == '\0' && reply->retry_after == 0 && reply->field_count == 0 &&
	       reply_vary(reply) != NULL && strlen(reply->etag) > ETAG_DIGITS;
}

/** In the order in which the library writes these fields, before it writes the length. */
static bool
write_head(struct prepared_lookup *lookup, const struct reply *reply)
{
	const size_t room = sizeof(lookup->head) - HEAD_REST;
	int before = snprintf(lookup->head, room,
			      "\r\nX-Content-Type-Options: nosniff\r\nContent-Type: %s\r\nCache-Control: %s\r\nETag: ",
			      reply->content_type, reply->cache_control);
	int after;

	if (before < 0 || (size_t)before >= room)
		return false;
	after = snprintf(lookup->head + before, room - (size_t)before,
			 "%s\r\nVary: %s\r\nContent-Length: ", reply->etag + ETAG_DIGITS, reply_vary(reply));
	lookup->before_etag = (size_t)before;
	lookup->head_size = (size_t)before + (size_t)after;
	return after >= 0 && lookup->head_size < room;
}

static bool
has_words(const struct prepared_lookup *lookup, const char *data, size_t size)
{
	const size_t after = lookup->size - lookup->before;

	return lookup->size > 0 && size > lookup->size && size - lookup->size <= PREPARED_ADDRESS &&
	       memcmp(data, lookup->words, lookup->before) == 0 &&
	       memcmp(data + size - after, lookup->words + lookup->before, after) == 0;
}

/** Where it is already, of an older generation, or where the oldest is. */
static struct prepared_lookup *
choose(struct prepared *prepared)
{
	for (size_t i = 0; i < PREPARED_PLACES; i++) {
		if (has_words(&prepared->places[i], prepared->noted, prepared->noted_size))
			return &prepared->places[i];
	}
	prepared->next = (prepared->next + 1) % PREPARED_PLACES;
	return &prepared->places[prepared->next];
}

bool
prepared_put(struct prepared *prepared, unsigned int note, const struct exchange *exchange)
{
	const struct reply *reply = &exchange->reply;
	struct prepared_lookup lookup = { 0 };
	const char *address;
	size_t after;

	if (reply->pattern.fragments == NULL || exchange->encoding == ENCODING_GZIP_ONLY || note == 0 ||
	    note != prepared->note || !is_usual(reply) || !is_noted(prepared, exchange))
		return false;
	address = find_value(prepared->noted);
	if (address == NULL || address >= prepared->noted + SIZE_OF(method) + exchange->target_size)
		return false;
	if (!ends_value(address[address_size(address)]))
		return false;
	after = prepared->noted_size - (size_t)(address - prepared->noted) - address_size(address);
	lookup.before = (size_t)(address - prepared->noted);
	lookup.size = lookup.before + after;
	if (lookup.size == prepared->noted_size || lookup.size > PREPARED_WORDS || !write_head(&lookup, reply))
		return false;
	lookup.target_size = exchange->target_size - address_size(address);
	lookup.generation = generation_number(exchange->generation);
	lookup.route = exchange->route;
	lookup.encoding = exchange->encoding;
	lookup.content_type = reply->content_type;
	lookup.pattern = reply->pattern;
	memcpy(lookup.words, prepared->noted, lookup.before);
	memcpy(lookup.words + lookup.before, prepared->noted + prepared->noted_size - after, after);
	*choose(prepared) = lookup;
	return true;
}

/* -------------------------------------------------------------- answering */

static const struct prepared_lookup *
find(struct prepared *prepared, const char *data, size_t size)
{
	for (size_t i = 0; i < PREPARED_PLACES; i++) {
		size_t place = (prepared->last + i) % PREPARED_PLACES;

		if (has_words(&prepared->places[place], data, size)) {
			prepared->last = place;
			return &prepared->places[place];
		}
	}
	return NULL;
}

/** Is it an address? */
static bool
read_address(struct prepared_question *question)
{
	uint32_t address = 0;

	question->quad = quad_read(question->address, &address) == question->address_size;
	if (question->quad) {
		question->prefix = report_fragments_prefix_ipv4(question->lookup->pattern.fragments, address);
		return true;
	}
	return address_size(question->address) == question->address_size &&
	       svctag_query_parse(question->address, question->address_size, &question->query, NULL) == SVCTAG_OK;
}

bool
prepared_find(struct prepared *prepared, struct snapshots *snapshots, const char *data, size_t size,
	      struct prepared_question *ret)
{
	const struct prepared_lookup *lookup = find(prepared, data, size);

	if (lookup == NULL || lookup->generation != snapshots_number(snapshots))
		return false;
	ret->lookup = lookup;
	ret->address_size = size - lookup->size;
	memset(ret->address, 0, sizeof(ret->address));
	memcpy(ret->address, data + lookup->before, ret->address_size);
	ret->target = data + SIZE_OF(method);
	ret->target_size = lookup->target_size + ret->address_size;
	/* Without a reference to the generation its fragments may be gone. */
	ret->generation = snapshots_current(snapshots);
	if (ret->generation != NULL && generation_number(ret->generation) == lookup->generation && read_address(ret))
		return true;
	prepared_end(ret);
	return false;
}

void
prepared_end(struct prepared_question *question)
{
	generation_release(question->generation);
	question->generation = NULL;
}

static void
write_date(struct prepared *prepared)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec == prepared->date_of && prepared->date[0] != '\0')
		return;
	if (gmtime_r(&now.tv_sec, &tm) != NULL)
		(void)strftime(prepared->date, sizeof(prepared->date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	prepared->date_of = now.tv_sec;
}

/** Append. @return the end */
static char *
add(char *to, const char *text, size_t size)
{
	memcpy(to, text, size);
	return to + size;
}

/** A dotted quad is in its canonical form. */
static bool
look_up(const struct prepared_question *question, struct report_fragments_answer *ret)
{
	const struct report_fragments *fragments = question->lookup->pattern.fragments;
	const struct report_fragments_address quad = { question->address, question->address_size, question->address,
						       question->address_size };

	if (question->quad)
		return report_fragments_of_prefix(fragments, question->prefix, &quad, ret);
	return report_fragments_find(fragments, question->address, question->address_size, &question->query, ret);
}

/** Write the head, but for the length. @return its end */
static char *
write_answer_head(struct prepared *prepared, const struct prepared_question *question, char *to)
{
	const struct prepared_lookup *lookup = question->lookup;
	char etag[ETAG_SIZE];

	write_date(prepared);
	etag_write(lookup->pattern.etag, question->target, question->target_size, etag);
	to = add(to, status_line, SIZE_OF(status_line));
	to = add(to, prepared->date, PREPARED_DATE - 1);
	to = add(to, lookup->head, lookup->before_etag);
	to = add(to, etag, ETAG_DIGITS);
	return add(to, lookup->head + lookup->before_etag, lookup->head_size - lookup->before_etag);
}

/** Write the length and the end of the head. @return its end */
static char *
end_answer_head(char *to, size_t body_size)
{
	char digits[LENGTH_DIGITS];
	size_t count = 0;

	for (; body_size > 0; body_size /= 10)
		digits[count++] = (char)('0' + body_size % 10);
	while (count > 0)
		*to++ = digits[--count];
	return add(to, head_end, SIZE_OF(head_end));
}

bool
prepared_make(struct prepared *prepared, const struct prepared_question *question, struct prepared_answer *ret)
{
	const struct prepared_lookup *lookup = question->lookup;
	char *body = prepared->answer + PREPARED_HEAD;
	struct report_fragments_answer found;
	char head[PREPARED_HEAD];
	char *head_to, *end;
	size_t head_size;

	if (!look_up(question, &found) || found.size >= EXCHANGE_KEPT_MAX)
		return false;
	head_to = write_answer_head(prepared, question, head); /* while the parts of the body come from memory */
	end = report_fragments_write(lookup->pattern.fragments, &found, body);
	*end++ = '\n';
	ret->body_size = (size_t)(end - body);
	if (encoding_packs(lookup->encoding, lookup->content_type, ret->body_size))
		return false;
	head_size = (size_t)(end_answer_head(head_to, ret->body_size) - head);
	ret->data = memcpy(body - head_size, head, head_size);
	ret->size = head_size + ret->body_size;
	return true;
}
