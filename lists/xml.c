/*
 * The address ranges that were published as XML until 2020:
 * AzurePublicIpAddresses, Region Name="…", IpRange Subnet="…". Documents with
 * a type declaration are refused: nothing of ours declares entities.
 */
#include <expat.h>

#include "reader.h"

struct parse {
	struct reader *reader;
	XML_Parser parser;
	const struct list_rule *rule; /* of the region that is open */
	bool is_foreign;              /* not the root element that is meant, or a type declaration */
};

static const char *
find_attribute(const XML_Char **attributes, const char *name)
{
	for (; attributes[0] != NULL; attributes += 2) {
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	}
	return NULL;
}

static void
refuse(struct parse *parse)
{
	parse->is_foreign = true;
	(void)XML_StopParser(parse->parser, XML_FALSE);
}

static void
open_range(struct parse *parse, size_t line, const char *subnet)
{
	struct origin origin = { .line = line, .rule = parse->rule };

	if (subnet == NULL)
		reader_problem(parse->reader, &origin, span_of("IpRange"), "no attribute Subnet");
	else
		(void)reader_address(parse->reader, &origin, span_of(subnet));
	if (!reader_goes_on(parse->reader))
		(void)XML_StopParser(parse->parser, XML_FALSE);
}

static void XMLCALL
open_element(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct parse *parse = data;
	size_t line = (size_t)XML_GetCurrentLineNumber(parse->parser);

	if (strcmp(name, "AzurePublicIpAddresses") == 0) {
		parse->rule = NULL;
		parse->is_foreign = false;
	} else if (parse->is_foreign) {
		refuse(parse);
	} else if (strcmp(name, "Region") == 0) {
		const char *region = find_attribute(attributes, "Name");
		struct list_rule about = { .path = region != NULL ? region : "" };

		parse->rule = reader_rule(parse->reader, &about);
	} else if (strcmp(name, "IpRange") == 0) {
		open_range(parse, line, find_attribute(attributes, "Subnet"));
	}
}

static void XMLCALL
close_element(void *data, const XML_Char *name)
{
	struct parse *parse = data;

	if (strcmp(name, "Region") == 0)
		parse->rule = NULL;
}

static void XMLCALL
open_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	refuse(data);
}

/* What was read before the fault stays; without anything the document is none of these. */
static void
report(struct parse *parse)
{
	struct reader *reader = parse->reader;
	size_t line = (size_t)XML_GetCurrentLineNumber(parse->parser);
	enum XML_Error error = XML_GetErrorCode(parse->parser);
	struct origin origin = { .line = line };

	if (error == XML_ERROR_NO_MEMORY)
		reader_fail(reader, SVCTAG_E_NO_MEMORY, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	else if (parse->is_foreign)
		reader_fail(reader, SVCTAG_E_SYNTAX, "line %zu: not AzurePublicIpAddresses without declarations", line);
	else if (reader->list->entry_count == 0)
		reader_fail(reader, SVCTAG_E_SYNTAX, "line %zu: not XML: %s", line, XML_ErrorString(error));
	else
		reader_problem(reader, &origin, span_of(XML_ErrorString(error)), "not XML from here on");
}

/* A web page in the place of a list is told apart here from text. */
static bool
detect(const struct reader *reader)
{
	struct span text = span_trim(reader_text(reader));

	return span_begins(text, "<?xml") || span_begins(text, "<AzurePublicIpAddresses") ||
	       span_begins(text, "<!DOCTYPE") || span_begins(text, "<html");
}

static void
read_all(struct reader *reader)
{
	struct parse parse = { .reader = reader, .is_foreign = true };

	/* The text is UTF-8 by now, whatever the document says. */
	parse.parser = XML_ParserCreate("UTF-8");
	if (parse.parser == NULL) {
		reader_fail(reader, SVCTAG_E_NO_MEMORY, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		return;
	}
	XML_SetUserData(parse.parser, &parse);
	XML_SetElementHandler(parse.parser, open_element, close_element);
	XML_SetStartDoctypeDeclHandler(parse.parser, open_doctype);
	/* Twice LIST_MAX_SIZE still fits into an int. */
	if (XML_Parse(parse.parser, reader->data, (int)reader->size, XML_TRUE) != XML_STATUS_OK &&
	    reader_goes_on(reader))
		report(&parse);
	XML_ParserFree(parse.parser);
}

const struct list_format list_format_xml = {
	.name = "xml",
	.description = "AzurePublicIpAddresses, the XML lists until 2020",
	.detect = detect,
	.read = read_all,
};
