/*
 * What a file is, told by how it begins, never by its name: a download error
 * is saved under the name of what was asked for.
 */
#include "decode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json_strict.h"

/* The beginning of a document without byte order mark and blanks. */
struct opening {
	const char *text;
	size_t size;
};

struct shape {
	bool (*fits)(const struct opening *opening);
	/* NULL: refused with these words. */
	svctag_error (*decode)(const char *data, size_t size, struct importer_document *ret, svctag_detail *detail);
	const char *refusal;
};

/* Does the ASCII text appear, in any letter case, within the first bytes? */
static bool
holds(const struct opening *opening, const char *text)
{
	size_t length = strlen(text);
	size_t limit = opening->size < 512 ? opening->size : 512;

	for (size_t i = 0; i + length <= limit; i++) {
		if (strncasecmp(opening->text + i, text, length) == 0)
			return true;
	}
	return false;
}

static bool
is_empty(const struct opening *opening)
{
	return opening->size == 0;
}

/* UTF-16 with its byte order mark, which expat reads. */
static bool
is_utf16_xml(const struct opening *opening)
{
	return opening->size >= 4 &&
	       (memcmp(opening->text, "\xff\xfe<\0", 4) == 0 || memcmp(opening->text, "\xfe\xff\0<", 4) == 0);
}

static bool
is_utf16(const struct opening *opening)
{
	return opening->size >= 2 &&
	       (memcmp(opening->text, "\xff\xfe", 2) == 0 || memcmp(opening->text, "\xfe\xff", 2) == 0);
}

static bool
is_xml(const struct opening *opening)
{
	return opening->text[0] == '<';
}

/* XHTML pages begin as XML does. */
static bool
is_html(const struct opening *opening)
{
	return is_xml(opening) && (holds(opening, "<html") || holds(opening, "<!doctype html"));
}

static bool
is_anything(const struct opening *opening)
{
	(void)opening;
	return true;
}

/* The first that fits decides. */
static const struct shape shapes[] = {
	{ is_empty, NULL, "is empty" },
	{ is_utf16_xml, importer_decode_xml, NULL },
	{ is_utf16, NULL, "is UTF-16 text; JSON has to be UTF-8" },
	{ is_html, NULL, "is an HTML page, not JSON (a download error saved as data?)" },
	{ is_xml, importer_decode_xml, NULL },
	{ is_anything, importer_decode_json, NULL },
};

static struct opening
find_opening(const char *data, size_t size)
{
	size_t skip = json_bom_size(data, size);

	while (skip < size && (data[skip] == ' ' || data[skip] == '\t' || data[skip] == '\r' || data[skip] == '\n'))
		skip++;
	return (struct opening){ .text = data + skip, .size = size - skip };
}

svctag_error
importer_decode(const char *data, size_t size, struct importer_document *ret, svctag_detail *detail)
{
	struct opening opening = find_opening(data, size);
	const struct shape *shape = shapes;

	if (size > IMPORTER_MAX_DOCUMENT) {
		svctag_detail_set(detail, "has %zu bytes; at most %u are read", size, IMPORTER_MAX_DOCUMENT);
		return SVCTAG_E_LIMIT;
	}
	while (!shape->fits(&opening))
		shape++;
	if (shape->decode == NULL) {
		svctag_detail_set(detail, "%s", shape->refusal);
		return SVCTAG_E_SYNTAX;
	}
	return shape->decode(data, size, ret, detail);
}

void
importer_document_release(struct importer_document *document)
{
	svctag_release_free(document->release);
	document->release = NULL;
	free(document->warnings);
	document->warnings = NULL;
}
