#include "prepared.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report/fragments.h"
#include "text/quad.h"

static_assert(sizeof(((struct prepared_question *)NULL)->address) >= PREPARED_ADDRESS + QUAD_SLACK,
	      "an address can be read where it is copied to");

static const char status_line[] = "HTTP/1.1 200 OK\r\nDate: ";
static const char head_end[] = "\r\n\r\n";
static const char method[] = "GET ";

#define SIZE_OF(text) (sizeof(text) - 1)
/** Of an ETag's value, without what stands behind its digits. */
#define ETAG_DIGITS 33
/** Of the length of the longest body. */
#define LENGTH_DIGITS 4
static_assert(EXCHANGE_KEPT_MAX < 10000, "the length of a body has so many digits");

/** What a head needs besides what is prepared. */
#define HEAD_REST (SIZE_OF(status_line) + REPLY_DATE_SIZE + ETAG_DIGITS + LENGTH_DIGITS + SIZE_OF(head_end))

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

/** The value of a target's first q; NULL if it has none. Not whether there are others: they belong to the words. */
static const char *
find_value(const char *target)
{
	const char *at = strchr(target, '?');

	while (at != NULL && (at[1] != 'q' || at[2] != '='))
		at = strchr(at + 1, '&');
	return at != NULL && target[0] == '/' ? at + sizeof("?q=") - 1 : NULL;
}

/** Where the address stands in a key, which begins with the target. @return false where there is none as it is meant */
static bool
find_address(const struct exchange_key *key, size_t *ret_at, size_t *ret_size)
{
	const char *value = find_value(key->text);

	if (value == NULL)
		return false;
	*ret_at = (size_t)(value - key->text);
	*ret_size = address_size(value);
	return *ret_size > 0 && *ret_size <= PREPARED_ADDRESS && (value[*ret_size] == '\0' || value[*ret_size] == '&');
}

/** Is this text these words with an address, or what could be one, between them? */
static bool
has_words(struct prepared_words words, const char *known, const char *text, size_t size)
{
	const size_t after = words.size - words.before;

	return words.size > 0 && size > words.size && size - words.size <= PREPARED_ADDRESS &&
	       memcmp(text, known, words.before) == 0 &&
	       memcmp(text + size - after, known + words.before, after) == 0 &&
	       address_size(text + words.before) == size - words.size;
}

/** Keep the words of a text around what stands there. */
static struct prepared_words
take_words(char *to, const char *text, size_t size, size_t at, size_t between)
{
	const size_t after = size - at - between;

	memcpy(to, text, at);
	memcpy(to + at, text + at + between, after);
	return (struct prepared_words){ at, at + after };
}

/** The one that is asked in this key. */
static struct prepared_lookup *
find_lookup(struct prepared *prepared, const struct exchange_key *key)
{
	for (size_t i = 0; i < PREPARED_LOOKUPS; i++) {
		struct prepared_lookup *lookup = &prepared->lookups[i];

		if (has_words(lookup->words, lookup->key, key->text, key->size))
			return lookup;
	}
	return NULL;
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

/** All that is to be known for others like this one. @return false where there is none to be like it */
static bool
fill_in(struct prepared_lookup *lookup, const struct exchange *exchange)
{
	const struct exchange_key *key = &exchange->key;
	const struct reply *reply = &exchange->reply;
	size_t at, size;

	if (reply->pattern.fragments == NULL || exchange->encoding == ENCODING_GZIP_ONLY || !is_usual(reply) ||
	    !find_address(key, &at, &size) || key->size - size > PREPARED_KEY || !write_head(lookup, reply))
		return false;
	lookup->words = take_words(lookup->key, key->text, key->size, at, size);
	lookup->generation = generation_number(exchange->generation);
	lookup->route = exchange->route;
	lookup->encoding = exchange->encoding;
	lookup->content_type = reply->content_type;
	lookup->pattern = reply->pattern;
	return true;
}

enum prepared_state
prepared_put(struct prepared *prepared, const struct exchange *exchange)
{
	const uint64_t generation = generation_number(exchange->generation);
	struct prepared_lookup *place = find_lookup(prepared, &exchange->key);
	struct prepared_lookup lookup = { 0 };
	bool crowded;

	if (place != NULL && place->generation == generation)
		return PREPARED_KNOWN;
	if (!fill_in(&lookup, exchange))
		return PREPARED_NOT;
	if (place == NULL) {
		place = &prepared->lookups[prepared->next_lookup];
		prepared->next_lookup = (prepared->next_lookup + 1) % PREPARED_LOOKUPS;
	}
	crowded = place->words.size > 0 && place->generation == generation;
	lookup.number = ++prepared->count;
	*place = lookup;
	return crowded ? PREPARED_INSTEAD : PREPARED_NEW;
}

/** The place of a request in these words, or of the oldest. */
static struct prepared_request *
choose_request(struct prepared *prepared, const char *data, size_t size)
{
	size_t place = prepared->next_request;

	for (size_t i = 0; i < PREPARED_REQUESTS; i++) {
		if (has_words(prepared->requests[i].words, prepared->requests[i].text, data, size))
			return &prepared->requests[i];
	}
	prepared->next_request = (place + 1) % PREPARED_REQUESTS;
	return &prepared->requests[place];
}

void
prepared_learn(struct prepared *prepared, const struct prepared_question *question, const char *data, size_t size)
{
	const size_t target = SIZE_OF(method);
	struct prepared_request *request;

	if (size - question->address_size > PREPARED_REQUEST || size < target + question->target_size ||
	    memcmp(data, method, target) != 0 || memcmp(data + target, question->target, question->target_size) != 0)
		return;
	request = choose_request(prepared, data, size);
	request->words = take_words(request->text, data, size, target + question->address_at, question->address_size);
	request->target_size = question->target_size - question->address_size;
	request->place = (size_t)(question->lookup - prepared->lookups);
	request->number = question->lookup->number;
}

/* -------------------------------------------------------------- answering */

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
	return svctag_query_parse(question->address, question->address_size, &question->query, NULL) == SVCTAG_OK;
}

/** Begin a question, all but whose target is known. */
static bool
begin(struct prepared_question *question, struct snapshots *snapshots)
{
	const struct prepared_lookup *lookup = question->lookup;

	if (lookup->generation != snapshots_number(snapshots))
		return false;
	memset(question->address, 0, sizeof(question->address));
	memcpy(question->address, question->target + question->address_at, question->address_size);
	/* Without a reference to the generation its fragments may be gone. */
	question->generation = snapshots_current(snapshots);
	if (question->generation != NULL && generation_number(question->generation) == lookup->generation &&
	    read_address(question))
		return true;
	prepared_end(question);
	return false;
}

static const struct prepared_request *
find_request(struct prepared *prepared, const char *data, size_t size)
{
	for (size_t i = 0; i < PREPARED_REQUESTS; i++) {
		size_t place = (prepared->last + i) % PREPARED_REQUESTS;
		const struct prepared_request *request = &prepared->requests[place];

		if (has_words(request->words, request->text, data, size)) {
			prepared->last = place;
			return request;
		}
	}
	return NULL;
}

bool
prepared_find_request(struct prepared *prepared, struct snapshots *snapshots, const char *data, size_t size,
		      struct prepared_question *ret)
{
	const struct prepared_request *request = find_request(prepared, data, size);

	if (request == NULL || prepared->lookups[request->place].number != request->number)
		return false;
	ret->lookup = &prepared->lookups[request->place];
	ret->address_size = size - request->words.size;
	ret->target = data + SIZE_OF(method);
	ret->target_size = request->target_size + ret->address_size;
	ret->address_at = request->words.before - SIZE_OF(method);
	return begin(ret, snapshots);
}

bool
prepared_find_key(struct prepared *prepared, const struct exchange *exchange, struct prepared_question *ret)
{
	ret->lookup = find_lookup(prepared, &exchange->key);
	if (ret->lookup == NULL || !find_address(&exchange->key, &ret->address_at, &ret->address_size))
		return false;
	ret->target = exchange->target;
	ret->target_size = exchange->target_size;
	return begin(ret, exchange->pool->snapshots);
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

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec == prepared->date_of && prepared->date[0] != '\0')
		return;
	reply_date(now.tv_sec, prepared->date);
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
	to = add(to, prepared->date, REPLY_DATE_SIZE - 1);
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
