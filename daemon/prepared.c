#include "prepared.h"

#include <string.h>

#include "report/fragments.h"
#include "text/quad.h"

/** The address in a key, if it is one that is written as it is meant, and the words around it. */
struct question {
	const char *address;
	size_t address_size;
	const char *after;
	size_t after_size;
};

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
	return c == '\0' || c == '&';
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

/** The key begins with the target. */
static bool
take_apart(const struct exchange *exchange, struct question *ret)
{
	const struct exchange_foresight *foresight = &exchange->foresight;
	const struct exchange_key *key = &exchange->key;

	if (foresight->fragments != NULL) {
		ret->address = key->text + (foresight->address - exchange->target);
		ret->address_size = foresight->size;
	} else {
		ret->address = find_value(key->text);
		if (ret->address == NULL)
			return false;
		ret->address_size = address_size(ret->address);
	}
	ret->after = ret->address + ret->address_size;
	ret->after_size = (size_t)(key->text + key->size - ret->after);
	return ends_value(*ret->after);
}

static size_t
before_size(const struct exchange_key *key, const struct question *question)
{
	return (size_t)(question->address - key->text);
}

static bool
is_asked(const struct prepared_lookup *lookup, const struct exchange_key *key, const struct question *question)
{
	size_t before = before_size(key, question);

	return lookup->before == before && lookup->size == before + question->after_size &&
	       memcmp(lookup->words, key->text, before) == 0 &&
	       memcmp(lookup->words + before, question->after, question->after_size) == 0;
}

static const struct prepared_lookup *
find(const struct prepared *prepared, const struct exchange_key *key, const struct question *question)
{
	for (size_t i = 0; i < PREPARED_PLACES; i++) {
		if (is_asked(&prepared->places[i], key, question))
			return &prepared->places[i];
	}
	return NULL;
}

/** Where it is already, of an older generation, or where the oldest is. */
static struct prepared_lookup *
choose(struct prepared *prepared, const struct exchange_key *key, const struct question *question)
{
	const struct prepared_lookup *old = find(prepared, key, question);
	size_t place = old != NULL ? (size_t)(old - prepared->places) : prepared->next;

	if (old == NULL)
		prepared->next = (place + 1) % PREPARED_PLACES;
	return &prepared->places[place];
}

void
prepared_put(struct prepared *prepared, const struct exchange *exchange)
{
	const struct exchange_key *key = &exchange->key;
	const struct reply *reply = &exchange->reply;
	struct prepared_lookup *lookup;
	struct question question;

	if (reply->pattern.fragments == NULL || exchange->encoding == ENCODING_GZIP_ONLY ||
	    !take_apart(exchange, &question) || key->size - question.address_size > PREPARED_WORDS)
		return;
	lookup = choose(prepared, key, &question);
	*lookup = (struct prepared_lookup){ .before = before_size(key, &question),
					    .size = key->size - question.address_size,
					    .generation = generation_number(exchange->generation),
					    .route = exchange->route,
					    .encoding = exchange->encoding,
					    .content_type = reply->content_type,
					    .cache_control = reply->cache_control,
					    .varies = reply->varies,
					    .pattern = reply->pattern };
	memcpy(lookup->words, key->text, lookup->before);
	memcpy(lookup->words + lookup->before, question.after, question.after_size);
}

/** Without a reference to the generation its fragments may be gone. */
static bool
hold_generation(struct exchange *exchange, const struct prepared_lookup *lookup)
{
	if (exchange->generation == NULL)
		exchange->generation = snapshots_current(exchange->pool->snapshots);
	return exchange->generation != NULL && generation_number(exchange->generation) == lookup->generation;
}

void
prepared_foresee(struct prepared *prepared, struct exchange *exchange)
{
	const struct prepared_lookup *lookup = prepared->last;
	const char *text = lookup == NULL ? NULL : find_value(exchange->target);
	uint32_t address;
	size_t size;

	prepared->last = NULL;
	if (text == NULL || !hold_generation(exchange, lookup))
		return;
	size = quad_read(text, &address);
	if (size == 0 || !ends_value(text[size]))
		return;
	exchange->foresight = (struct exchange_foresight){
		.fragments = lookup->pattern.fragments,
		.prefix = report_fragments_prefix_ipv4(lookup->pattern.fragments, address),
		.address = text,
		.size = size,
	};
}

/** Find the answer to what is written. A dotted quad is in its canonical form. */
static bool
look_up(const struct exchange *exchange, const struct report_fragments *fragments, const struct question *question,
	svctag_query *query, struct report_fragments_answer *ret)
{
	const struct report_fragments_address asked = { question->address, question->address_size, question->address,
							question->address_size };

	if (exchange->foresight.fragments == fragments)
		return report_fragments_of_prefix(fragments, exchange->foresight.prefix, &asked, ret);
	return svctag_query_parse(question->address, question->address_size, query, NULL) == SVCTAG_OK &&
	       report_fragments_find(fragments, question->address, question->address_size, query, ret);
}

/** Write the body. @return its size; 0 if it cannot be made here */
static size_t
write_body(const struct exchange *exchange, const struct prepared_lookup *lookup, const struct question *question,
	   char *room)
{
	const struct report_fragments *fragments = lookup->pattern.fragments;
	struct report_fragments_answer answer;
	svctag_query query; /* the answer's canonical form may stand in it */
	char *end;

	if (!look_up(exchange, fragments, question, &query, &answer) || answer.size >= EXCHANGE_KEPT_MAX)
		return 0;
	end = report_fragments_write(fragments, &answer, room);
	*end++ = '\n';
	return (size_t)(end - room);
}

bool
prepared_answer(struct prepared *prepared, struct exchange *exchange, char *room, size_t *ret_size)
{
	const struct exchange_key *key = &exchange->key;
	struct reply *reply = &exchange->reply;
	const struct prepared_lookup *lookup;
	struct question question;
	size_t size;

	if (!take_apart(exchange, &question))
		return false;
	lookup = find(prepared, key, &question);
	if (lookup == NULL || !hold_generation(exchange, lookup))
		return false;
	size = write_body(exchange, lookup, &question, room);
	if (size == 0 || encoding_packs(lookup->encoding, lookup->content_type, size))
		return false;
	exchange_repeated(exchange, lookup->route, size);
	etag_write(lookup->pattern.etag, key->text, exchange->target_size, reply->etag);
	reply->content_type = lookup->content_type;
	reply->cache_control = lookup->cache_control;
	reply->varies = lookup->varies;
	encoding_apply(lookup->encoding, reply);
	prepared->last = lookup;
	*ret_size = size;
	return true;
}
