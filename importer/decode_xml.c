/*
 * The address lists that were published until 2020, before there were service
 * tags:
 *
 *   <AzurePublicIpAddresses>
 *     <Region Name="useast">
 *       <IpRange Subnet="13.104.158.224/27" />
 *
 * They become releases of a cloud of their own, with the tags that these
 * addresses have in today's files: AzureCloud.<region> for each region, found
 * by the table of regions, and AzureCloud for all together.
 *
 * A list has no change number, so every one has 0: day and digest tell them
 * apart. It is read strictly, as the format will not change any more: any
 * other element, attribute or text is an error. A DOCTYPE is refused, and with
 * it all entities but the five of XML itself. Nothing recurses, so three
 * levels of elements are all the depth there is.
 */
#include "decode.h"

#include <expat.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <svctag/region.h>

#include "decode_prefix.h"

#define CLOUD "Public-legacy"
/* Whose regions the lists are about. */
#define REGION_CLOUD "Public"
#define UNION_TAG "AzureCloud"
#define MAX_REGION_NAME 64
/* Most unknown regions that the warnings name one by one. */
#define MAX_NAMED_REGIONS 20

struct decoder {
	XML_Parser parser;
	svctag_release_builder *builder;
	svctag_prefix *prefixes; /* of all regions, for AzureCloud */
	size_t prefix_count;
	size_t prefix_capacity;
	size_t region_count;
	size_t unknown_count;
	FILE *warnings;
	unsigned int depth; /* elements that are open */
	char region[MAX_REGION_NAME + 1];
	svctag_error err; /* the first; parsing stops there */
	svctag_detail *detail;
};

/* What stands at each depth, and its only attribute. */
struct level {
	const char *element;
	const char *attribute; /* NULL: any, and none matters */
	void (*read)(struct decoder *d, const char *value);
};

static void fail(struct decoder *d, svctag_error err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Say where and what, and stop. */
static void
fail(struct decoder *d, svctag_error err, const char *format, ...)
{
	char text[400];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	svctag_detail_set(d->detail, "line %llu, column %llu: %s",
			  (unsigned long long)XML_GetCurrentLineNumber(d->parser),
			  (unsigned long long)XML_GetCurrentColumnNumber(d->parser) + 1, text);
	d->err = err;
	(void)XML_StopParser(d->parser, XML_FALSE);
}

/* A builder's refusal of what the decoder let through. */
static void
fail_build(struct decoder *d, svctag_error err)
{
	if (err == SVCTAG_E_LIMIT)
		fail(d, err, "more than %d tags or %d prefixes", SVCTAG_MAX_TAGS, SVCTAG_MAX_PREFIXES);
	else
		fail(d, err, "%s", svctag_error_text(err));
}

/* ---------------------------------------------------------------- elements */

static void
read_root(struct decoder *d, const char *value)
{
	(void)d;
	(void)value;
}

static bool
is_region_name(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t length = strlen(text);

	return length > 0 && length <= MAX_REGION_NAME && strspn(text, allowed) == length;
}

static void
warn_unknown(struct decoder *d, const char *name)
{
	if (d->unknown_count++ < MAX_NAMED_REGIONS)
		(void)fprintf(d->warnings, "region \"%s\" is not in the table of regions: it stays " UNION_TAG ".%s\n",
			      name, name);
}

static void
read_region(struct decoder *d, const char *name)
{
	const svctag_region *region = svctag_region_find(name, REGION_CLOUD);
	char tag[sizeof(UNION_TAG) + 1 + MAX_REGION_NAME];
	svctag_properties properties = { .name = tag, .region = name, .platform = "Azure", .system_service = "" };
	svctag_error err;

	if (!is_region_name(name)) {
		fail(d, SVCTAG_E_SYNTAX, "Name: \"%.80s\" is not a name of 1 to %d letters, digits, '_' or '-'", name,
		     MAX_REGION_NAME);
		return;
	}
	if (region != NULL) {
		properties.region = region->region;
		properties.region_id = region->id;
		properties.has_region_id = true;
	} else {
		warn_unknown(d, name);
	}
	(void)snprintf(tag, sizeof(tag), UNION_TAG ".%s", region == NULL ? name : region->azurecloud_suffix);
	memcpy(d->region, name, strlen(name) + 1);
	d->region_count++;
	err = svctag_release_builder_add_tag(d->builder, &properties);
	if (err != SVCTAG_OK)
		fail_build(d, err);
}

/* Keep it for AzureCloud too. */
static svctag_error
remember(struct decoder *d, const svctag_prefix *prefix)
{
	if (d->prefix_count == d->prefix_capacity) {
		size_t capacity = d->prefix_capacity == 0 ? 4096 : 2 * d->prefix_capacity;
		svctag_prefix *prefixes = reallocarray(d->prefixes, capacity, sizeof(*prefixes));

		if (prefixes == NULL)
			return SVCTAG_E_NO_MEMORY;
		d->prefixes = prefixes;
		d->prefix_capacity = capacity;
	}
	d->prefixes[d->prefix_count++] = *prefix;
	return SVCTAG_OK;
}

static void
read_range(struct decoder *d, const char *text)
{
	char why[IMPORTER_WHY_SIZE];
	svctag_prefix prefix;
	svctag_error err = importer_prefix_read(text, &prefix, why);

	if (err != SVCTAG_OK) {
		fail(d, err, "region \"%s\": Subnet: \"%.80s\" %s", d->region, text, why);
		return;
	}
	err = svctag_release_builder_add_prefix(d->builder, &prefix);
	if (err == SVCTAG_OK)
		err = remember(d, &prefix);
	if (err != SVCTAG_OK)
		fail_build(d, err);
}

static const struct level levels[] = {
	{ "AzurePublicIpAddresses", NULL, read_root },
	{ "Region", "Name", read_region },
	{ "IpRange", "Subnet", read_range },
};

#define LEVEL_COUNT (sizeof(levels) / sizeof(levels[0]))

static void
refuse_element(struct decoder *d, const char *name)
{
	if (d->depth == 0)
		fail(d, SVCTAG_E_SYNTAX, "the document is a <%.80s>, not a list of addresses (<%s>)", name,
		     levels[0].element);
	else if (d->depth == LEVEL_COUNT)
		fail(d, SVCTAG_E_SYNTAX, "<%.80s> inside <%s>, which has to be empty", name,
		     levels[LEVEL_COUNT - 1].element);
	else
		fail(d, SVCTAG_E_SYNTAX, "<%.80s> where <%s> should be", name, levels[d->depth].element);
}

/* The value of the one attribute that is allowed, NULL after a failure. Expat gives names and values in turn. */
static const char *
only_attribute(struct decoder *d, const struct level *level, const char **attributes)
{
	const char *value = NULL;

	for (; *attributes != NULL; attributes += 2) {
		if (strcmp(attributes[0], level->attribute) != 0) {
			fail(d, SVCTAG_E_SYNTAX, "<%s> has an attribute %.80s; only %s is known", level->element,
			     attributes[0], level->attribute);
			return NULL;
		}
		value = attributes[1];
	}
	if (value == NULL)
		fail(d, SVCTAG_E_SYNTAX, "<%s> without %s", level->element, level->attribute);
	return value;
}

/* ---------------------------------------------------------- expat's events */

/* Expat may deliver an event after the parser was stopped: each looks at `err` first. */

static void XMLCALL
on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
	struct decoder *d = context;
	const struct level *level;
	const char *value = "";

	if (d->err != SVCTAG_OK)
		return;
	if (d->depth == LEVEL_COUNT || strcmp(name, levels[d->depth].element) != 0) {
		refuse_element(d, name);
		return;
	}
	level = &levels[d->depth++];
	if (level->attribute != NULL)
		value = only_attribute(d, level, attributes);
	if (value != NULL)
		level->read(d, value);
}

static void XMLCALL
on_end(void *context, const XML_Char *name)
{
	struct decoder *d = context;

	(void)name;
	if (d->err == SVCTAG_OK)
		d->depth--;
}

static void XMLCALL
on_text(void *context, const XML_Char *text, int size)
{
	struct decoder *d = context;

	for (int i = 0; i < size && d->err == SVCTAG_OK; i++) {
		if (strchr(" \t\r\n", text[i]) == NULL)
			fail(d, SVCTAG_E_SYNTAX, "text outside of the elements' attributes");
	}
}

static void XMLCALL
on_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_subset)
{
	struct decoder *d = context;

	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	if (d->err == SVCTAG_OK)
		fail(d, SVCTAG_E_SYNTAX, "a DOCTYPE is refused: the lists have none, and entities could hide in it");
}

/* ------------------------------------------------------------------ results */

/* What expat itself found wrong. */
static svctag_error
fail_syntax(struct decoder *d)
{
	enum XML_Error code = XML_GetErrorCode(d->parser);

	switch (code) {
	case XML_ERROR_NO_MEMORY:
		svctag_detail_set(d->detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return SVCTAG_E_NO_MEMORY;
	case XML_ERROR_NO_ELEMENTS:
	case XML_ERROR_UNCLOSED_TOKEN:
	case XML_ERROR_UNCLOSED_CDATA_SECTION:
	case XML_ERROR_PARTIAL_CHAR:
		fail(d, SVCTAG_E_SYNTAX, "the document ends before </%s>: cut short", levels[0].element);
		return d->err;
	default: fail(d, SVCTAG_E_SYNTAX, "not XML: %s", XML_ErrorString(code)); return d->err;
	}
}

static svctag_error
parse(struct decoder *d, const char *data, size_t size)
{
	enum XML_Status status;

	XML_SetUserData(d->parser, d);
	XML_SetElementHandler(d->parser, on_start, on_end);
	XML_SetCharacterDataHandler(d->parser, on_text);
	XML_SetStartDoctypeDeclHandler(d->parser, on_doctype);
	status = XML_Parse(d->parser, data, (int)size, XML_TRUE);
	if (d->err == SVCTAG_OK && status != XML_STATUS_OK)
		d->err = fail_syntax(d);
	if (d->err == SVCTAG_OK && d->region_count == 0)
		fail(d, SVCTAG_E_SYNTAX, "a list without any <%s>", levels[1].element);
	return d->err;
}

static int
compare_prefixes(const void *a, const void *b)
{
	return svctag_prefix_compare(a, b);
}

/* Every prefix once: those of two regions are not repeated within AzureCloud. */
static svctag_error
add_union(struct decoder *d)
{
	static const svctag_properties properties = {
		.name = UNION_TAG, .region = "", .has_region_id = true, .platform = "Azure", .system_service = ""
	};
	svctag_error err = svctag_release_builder_add_tag(d->builder, &properties);

	if (d->prefix_count > 1)
		qsort(d->prefixes, d->prefix_count, sizeof(*d->prefixes), compare_prefixes);
	for (size_t i = 0; i < d->prefix_count && err == SVCTAG_OK; i++) {
		if (i == 0 || svctag_prefix_compare(&d->prefixes[i - 1], &d->prefixes[i]) != 0)
			err = svctag_release_builder_add_prefix(d->builder, &d->prefixes[i]);
	}
	if (err != SVCTAG_OK)
		fail_build(d, err);
	return err;
}

/* Close the stream of warnings; NULL and SVCTAG_OK if there are none. */
static svctag_error
take_warnings(struct decoder *d, char **text)
{
	bool failed;

	if (d->unknown_count > MAX_NAMED_REGIONS)
		(void)fprintf(d->warnings, "and more regions that are not in the table: %zu\n",
			      d->unknown_count - MAX_NAMED_REGIONS);
	failed = ferror(d->warnings) != 0;
	failed |= fclose(d->warnings) != 0;
	d->warnings = NULL;
	if (failed)
		return SVCTAG_E_NO_MEMORY;
	if (d->unknown_count == 0) {
		free(*text);
		*text = NULL;
	}
	return SVCTAG_OK;
}

static svctag_error
open_decoder(struct decoder *d, char **text, size_t *text_size)
{
	d->warnings = open_memstream(text, text_size);
	d->parser = XML_ParserCreate(NULL);
	if (d->warnings == NULL || d->parser == NULL)
		return SVCTAG_E_NO_MEMORY;
	return svctag_release_builder_new(0, &d->builder);
}

static void
close_decoder(struct decoder *d)
{
	if (d->warnings != NULL)
		(void)fclose(d->warnings);
	if (d->parser != NULL)
		XML_ParserFree(d->parser);
	svctag_release_builder_free(d->builder);
	free(d->prefixes);
}

svctag_error
importer_decode_xml(const char *data, size_t size, struct importer_document *ret, svctag_detail *detail)
{
	struct decoder d = { .detail = detail };
	struct importer_document document = { .cloud = CLOUD, .source = "xml" };
	size_t text_size = 0;
	char *text = NULL;
	svctag_error err = open_decoder(&d, &text, &text_size);

	if (err == SVCTAG_OK)
		err = parse(&d, data, size);
	if (err == SVCTAG_OK)
		err = add_union(&d);
	if (err == SVCTAG_OK)
		err = take_warnings(&d, &text);
	if (err == SVCTAG_OK)
		err = svctag_release_builder_finish(d.builder, &document.release, detail);
	if (err == SVCTAG_E_NO_MEMORY)
		svctag_detail_set(detail, "%s", svctag_error_text(err));
	if (err == SVCTAG_OK) {
		document.warnings = text; /* the caller owns both from here */
		text = NULL;
		*ret = document;
	}
	close_decoder(&d); /* before the text, which a stream that is still open would write to */
	free(text);
	return err;
}
