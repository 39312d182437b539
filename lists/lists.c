#include "lists.h"

#include <stdio.h>
#include <stdlib.h>

#include "encoding.h"
#include "json.h"
#include "reader.h"

/* In the order in which they are looked for: the surest signs first, plain text takes what is left. */
static const struct list_format *const formats[] = {
	&list_format_terraform, &list_format_aws,      &list_format_arm,     &list_format_nsg,   &list_format_az_rules,
	&list_format_routes,    &list_format_firewall, &list_format_storage, &list_format_xml,   &list_format_iptables,
	&list_format_ipset,     &list_format_nftables, &list_format_netsh,   &list_format_cisco, &list_format_paloalto,
	&list_format_markdown,  &list_format_csv,      &list_format_text,
};

#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

const char *
list_format_name(size_t i)
{
	return i < FORMAT_COUNT ? formats[i]->name : NULL;
}

const char *
list_format_description(size_t i)
{
	return i < FORMAT_COUNT ? formats[i]->description : NULL;
}

static const struct list_format *
find_format(const char *name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (span_is(span_of(name), formats[i]->name))
			return formats[i];
	}
	return NULL;
}

static const struct list_format *
detect_format(const struct reader *reader)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++) {
		if (formats[i]->is_json == (reader->json != NULL) && formats[i]->detect(reader))
			return formats[i];
	}
	return NULL;
}

/* What lists of a group without rules look like: a format has to be named, for any could be meant. */
static bool
is_nothing(const cJSON *document)
{
	return document != NULL && cJSON_IsArray(document) && document->child == NULL;
}

/* With the format known a text is parsed as JSON only where that calls for it. */
static void
choose_and_read(struct reader *reader)
{
	const char *wanted = reader->options->format;
	const struct list_format *format = wanted != NULL ? find_format(wanted) : NULL;
	cJSON *document = NULL;

	if (wanted != NULL && format == NULL) {
		reader_fail(reader, SVCTAG_E_UNSUPPORTED, "no list format is called \"%s\"", wanted);
		return;
	}
	if (format != NULL ? format->is_json : listjson_is_likely(reader_text(reader)))
		document = listjson_parse(reader);
	reader->json = document;
	if (format == NULL && reader_goes_on(reader))
		format = detect_format(reader);
	else if (reader_goes_on(reader) && format->is_json && !is_nothing(document) && !format->detect(reader))
		reader_fail(reader, SVCTAG_E_SYNTAX, "is JSON, but not of the form %s (%s)", format->name,
			    format->description);
	if (format == NULL) {
		reader_fail(reader, SVCTAG_E_SYNTAX,
			    "is JSON of no form that holds a list: neither rules nor routes are where they should be");
	} else if (reader_goes_on(reader)) {
		reader->list->format = format->name;
		if (!is_nothing(document))
			format->read(reader);
	}
	reader->json = NULL;
	cJSON_Delete(document);
}

static struct list *
new_list(const char *name)
{
	struct list *list = calloc(1, sizeof(*list));

	if (list == NULL)
		return NULL;
	list->memory = list_memory_new();
	list->name = list->memory != NULL ? list_memory_copy(list->memory, name, strlen(name)) : NULL;
	if (list->name != NULL)
		return list;
	list_free(list);
	return NULL;
}

svctag_error
list_read(const char *data, size_t size, const char *name, const struct list_options *options, struct list **ret,
	  svctag_detail *detail)
{
	static const struct list_options no_options = { 0 };
	struct reader reader = { .name = name, .options = options != NULL ? options : &no_options, .detail = detail };
	char *owned = NULL;
	svctag_error err;

	if (size > LIST_MAX_SIZE) {
		svctag_detail_set(detail, "has more than %zu MiB", LIST_MAX_SIZE >> 20);
		return SVCTAG_E_LIMIT;
	}
	err = encoding_decode(&data, &size, &owned, detail);
	if (err != SVCTAG_OK)
		return err;
	reader.data = data;
	reader.size = size;
	reader.list = new_list(name);
	if (reader.list == NULL)
		reader_fail(&reader, SVCTAG_E_NO_MEMORY, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	else
		choose_and_read(&reader);
	free(owned);
	if (reader_goes_on(&reader))
		*ret = reader.list;
	else
		list_free(reader.list);
	return reader.error;
}

void
list_free(struct list *list)
{
	if (list == NULL)
		return;
	list_memory_free(list->memory);
	free(list->entries);
	free(list->mentions);
	free(list->problems);
	free(list->rules);
	free(list->endpoints);
	free(list);
}

size_t
list_place_format(const struct list *list, size_t line, const char *path, char *text)
{
	char number[32] = "";
	bool has_path = path != NULL && path[0] != '\0';
	int length;

	if (line > 0)
		(void)snprintf(number, sizeof(number), ":%zu", line);
	length = snprintf(text, LIST_PLACE_SIZE, "%s%s%s%s%s", list->name, number, has_path ? " (" : "",
			  has_path ? path : "", has_path ? ")" : "");
	return length < LIST_PLACE_SIZE ? (size_t)length : LIST_PLACE_SIZE - 1;
}

/* Of a whole block: the bits in which first and last differ are those past its length. */
static size_t
format_block(const svctag_range *range, char *text)
{
	unsigned int length = 0;
	svctag_prefix block;

	while (length < SVCTAG_FAMILY_BITS(range->first.family) &&
	       ((range->first.bytes[length / 8] ^ range->last.bytes[length / 8]) & 0x80U >> length % 8) == 0)
		length++;
	block = svctag_prefix_make(&range->first, length);
	return svctag_prefix_format(&block, text);
}

size_t
list_entry_format(const struct list_entry *entry, char *text)
{
	switch (entry->kind) {
	case SVCTAG_QUERY_ADDRESS: return svctag_address_format(&entry->range.first, text);
	case SVCTAG_QUERY_PREFIX: return format_block(&entry->range, text);
	case SVCTAG_QUERY_RANGE: break;
	}
	return svctag_range_format(&entry->range, text);
}

const char *
list_direction_text(enum list_direction direction)
{
	switch (direction) {
	case LIST_INBOUND: return "inbound";
	case LIST_OUTBOUND: return "outbound";
	case LIST_DIRECTION_NONE: break;
	}
	return NULL;
}

const char *
list_side_text(enum list_side side)
{
	switch (side) {
	case LIST_SOURCE: return "source";
	case LIST_DESTINATION: return "destination";
	case LIST_SIDE_NONE: break;
	}
	return NULL;
}

const char *
list_access_text(enum list_access access)
{
	switch (access) {
	case LIST_ALLOW: return "allow";
	case LIST_DENY: return "deny";
	case LIST_ACCESS_NONE: break;
	}
	return NULL;
}

const char *
list_kind_text(enum list_kind kind)
{
	switch (kind) {
	case LIST_KIND_NSG: return "nsg";
	case LIST_KIND_NSG_DEFAULT: return "nsg-default";
	case LIST_KIND_ROUTE: return "route";
	case LIST_KIND_FIREWALL: return "firewall";
	case LIST_KIND_IP_GROUP: return "ip-group";
	case LIST_KIND_STORAGE: return "storage";
	case LIST_KIND_NONE: break;
	}
	return NULL;
}
