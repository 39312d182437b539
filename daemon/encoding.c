#include "encoding.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ZLIB_CONST /* it only reads what comes in */
#include <zlib.h>

#include "negotiate.h"

/** Bodies below this fit into a segment anyway. */
#define WORTH_SIZE 1024
/** A body up to this is packed in one go, in about two milliseconds; others are waiting meanwhile. */
#define WHOLE_MAX ((size_t)256 << 10)
/** Of longer ones, how much at a time. */
#define SLICE_SIZE ((size_t)64 << 10)
/** Room that is made for what comes out, at a time. */
#define PACKED_SIZE ((size_t)16 << 10)
/*
 * For JSON and lists of prefixes level 2 is three times as fast as zlib's
 * usual 6 and a fifth longer. A window of 8 KiB and a hash to go with it cost
 * 3 % more and 96 KiB for each client that is slow to read, in place of 256.
 */
#define LEVEL 2
#define WINDOW_BITS 13
#define MEMORY_LEVEL 7
/** Makes zlib write gzip. */
#define GZIP_HEADER 16

static const char mark[] = "-gzip";
#define MARK_SIZE (sizeof(mark) - 1)

/* ------------------------------------------------------------ negotiation */

static bool
is_named(const struct negotiate_element *element, const char *name)
{
	return element->size == strlen(name) && strncasecmp(element->text, name, element->size) == 0;
}

enum encoding
encoding_choose(const char *accept_encoding)
{
	struct negotiate_element element;
	int gzip = -1, plain = -1, rest = -1; /* thousandths; -1: not named */

	while (accept_encoding != NULL && negotiate_next(&accept_encoding, &element)) {
		int quality = (int)element.quality;

		if (is_named(&element, "gzip") || is_named(&element, "x-gzip"))
			gzip = quality;
		else if (is_named(&element, "identity"))
			plain = quality;
		else if (is_named(&element, "*"))
			rest = quality;
	}
	if (gzip < 0)
		gzip = rest < 0 ? 0 : rest;
	if (plain < 0 && rest == 0)
		plain = 0;
	if (plain == 0)
		return gzip > 0 ? ENCODING_GZIP_ONLY : ENCODING_NONE;
	return gzip > 0 && gzip >= plain ? ENCODING_GZIP : ENCODING_PLAIN;
}

/* ------------------------------------------------------------------ ETags */

static bool
is_packed(enum encoding encoding)
{
	return encoding == ENCODING_GZIP || encoding == ENCODING_GZIP_ONLY;
}

void
encoding_unmark(enum encoding encoding, char *if_none_match)
{
	char *to = if_none_match;

	if (if_none_match == NULL || !is_packed(encoding))
		return; /* with the mark they match nothing */
	for (const char *p = if_none_match; *(p += strspn(p, " \t,")) != '\0';) {
		size_t size = strcspn(p, ", \t");
		const char *end = p + size;

		if (size > MARK_SIZE + 1 && end[-1] == '"' && memcmp(end - 1 - MARK_SIZE, mark, MARK_SIZE) == 0) {
			memmove(to, p, size - 1 - MARK_SIZE);
			to += size - 1 - MARK_SIZE;
			*to++ = '"';
			if (*end != '\0')
				*to++ = ',';
		}
		p = end;
	}
	*to = '\0';
}

/** "x" becomes "x-gzip". */
static void
mark_etag(struct reply *reply)
{
	size_t size = strlen(reply->etag);

	if (size > 0 && size + sizeof(mark) <= sizeof(reply->etag))
		memcpy(reply->etag + size - 1, "-gzip\"", sizeof("-gzip\""));
}

/* ---------------------------------------------------------------- packing */

/** A stream that packs another one, or a body too long to be packed at once. */
struct packer {
	z_stream z;
	struct reply_stream plain; /* or */
	char *body;
	size_t size;
	size_t offset;
	struct output piece; /* of the stream, last packed */
};

static bool
start_packing(z_stream *z)
{
	return deflateInit2(z, LEVEL, Z_DEFLATED, WINDOW_BITS + GZIP_HEADER, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
}

/** Append what becomes of some bytes. Each piece is flushed, so that each call has something to send. */
static svctag_error
pack(struct packer *packer, const char *data, size_t size, bool last, struct output *out)
{
	z_stream *z = &packer->z;

	z->next_in = (z_const Bytef *)data;
	z->avail_in = (uInt)size;
	do {
		if (!output_reserve(out, PACKED_SIZE))
			return SVCTAG_E_NO_MEMORY;
		z->next_out = (Bytef *)(out->data + out->size);
		z->avail_out = (uInt)PACKED_SIZE;
		if (deflate(z, last ? Z_FINISH : Z_SYNC_FLUSH) == Z_STREAM_ERROR)
			return SVCTAG_E_IO;
		out->size += PACKED_SIZE - z->avail_out;
	} while (z->avail_out == 0);
	return SVCTAG_OK;
}

static svctag_error
pack_slice(struct packer *packer, struct output *out, bool *ret_done)
{
	size_t left = packer->size - packer->offset;
	size_t size = left < SLICE_SIZE ? left : SLICE_SIZE;
	const char *data = packer->body + packer->offset;

	packer->offset += size;
	*ret_done = size == left;
	return pack(packer, data, size, *ret_done, out);
}

static svctag_error
pack_piece(struct packer *packer, struct output *out, bool *ret_done)
{
	svctag_error err;

	packer->piece.size = 0;
	err = packer->plain.next(packer->plain.context, &packer->piece, ret_done);
	return err != SVCTAG_OK ? err : pack(packer, packer->piece.data, packer->piece.size, *ret_done, out);
}

static svctag_error
packer_next(void *context, struct output *out, bool *ret_done)
{
	struct packer *packer = context;

	return packer->body != NULL ? pack_slice(packer, out, ret_done) : pack_piece(packer, out, ret_done);
}

static void
packer_free(void *context)
{
	struct packer *packer = context;

	if (packer->plain.release != NULL)
		packer->plain.release(packer->plain.context);
	deflateEnd(&packer->z);
	free(packer->body);
	output_release(&packer->piece);
	free(packer);
}

/** Stream or long body: pack it while it is sent. */
static bool
pack_on_the_way(struct reply *reply)
{
	struct packer *packer = calloc(1, sizeof(*packer));

	if (packer == NULL || !start_packing(&packer->z)) {
		free(packer);
		return false;
	}
	packer->plain = reply->stream;
	packer->body = reply->body;
	packer->size = reply->body_size;
	reply->body = NULL;
	reply->body_size = 0;
	reply->stream = (struct reply_stream){ packer_next, packer_free, packer, true };
	return true;
}

static bool
pack_now(struct reply *reply)
{
	z_stream z = { 0 };
	size_t room;
	char *body;

	if (!start_packing(&z))
		return false;
	room = deflateBound(&z, reply->body_size);
	body = malloc(room);
	z.next_in = (z_const Bytef *)reply->body;
	z.avail_in = (uInt)reply->body_size;
	z.next_out = (Bytef *)body;
	z.avail_out = (uInt)room;
	if (body == NULL || deflate(&z, Z_FINISH) != Z_STREAM_END) {
		free(body);
		deflateEnd(&z);
		return false;
	}
	free(reply->body);
	reply->body = body;
	reply->body_size = z.total_out;
	deflateEnd(&z);
	return true;
}

/** Other types (a database to download) are packed in their own way. */
static bool
is_text_like(const char *type)
{
	return type != NULL && (strncmp(type, "text/", 5) == 0 || strstr(type, "json") != NULL ||
				strstr(type, "xml") != NULL || strstr(type, "javascript") != NULL);
}

bool
encoding_packs(enum encoding encoding, const char *content_type, size_t size)
{
	if (encoding == ENCODING_GZIP_ONLY)
		return true;
	return encoding == ENCODING_GZIP && size >= WORTH_SIZE && is_text_like(content_type);
}

static bool
pays(enum encoding encoding, const struct reply *reply)
{
	if (reply->stream.next != NULL)
		return encoding_packs(encoding, reply->content_type, SIZE_MAX);
	return reply->body != NULL && encoding_packs(encoding, reply->content_type, reply->body_size);
}

void
encoding_apply(enum encoding encoding, struct reply *reply)
{
	if (!is_packed(encoding))
		return;
	mark_etag(reply);
	if (!pays(encoding, reply))
		return;
	if (reply->stream.next != NULL || reply->body_size > WHOLE_MAX ? pack_on_the_way(reply) : pack_now(reply))
		reply->content_encoding = "gzip";
	else
		reply->etag[0] = '\0';
}
