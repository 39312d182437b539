#include "negotiate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/** In the order of preference among equals. */
static const struct {
	unsigned int bit;
	const char *name; /* the parameter's */
	struct form form;
	const char *type; /* the media type without parameters */
} types[] = {
	{ FORMAT_BIT(REPORT_JSON), "json", { REPORT_JSON, 0, "application/json" }, "application/json" },
	{ FORMAT_BIT(REPORT_NDJSON), "ndjson", { REPORT_NDJSON, 0, "application/x-ndjson" }, "application/x-ndjson" },
	{ FORMAT_BIT(REPORT_TEXT), "text", { REPORT_TEXT, 0, "text/plain; charset=utf-8" }, "text/plain" },
	{ FORMAT_BIT(REPORT_CSV), "csv", { REPORT_CSV, 0, "text/csv; charset=utf-8" }, "text/csv" },
	{ FORMAT_MARKDOWN,
	  "markdown",
	  { REPORT_TEXT, FORMAT_MARKDOWN, "text/markdown; charset=utf-8" },
	  "text/markdown" },
	{ FORMAT_CHART, "svg", { REPORT_TEXT, FORMAT_CHART, "image/svg+xml" }, "image/svg+xml" },
	{ FORMAT_SARIF, "sarif", { REPORT_JSON, FORMAT_SARIF, "application/sarif+json" }, "application/sarif+json" },
};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

const char *
negotiate_media_type(enum report_format format)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (types[i].bit == FORMAT_BIT(format))
			return types[i].form.media_type;
	return types[0].form.media_type;
}

static const char *
skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

/** "q=0.5" in thousandths; what is no such number counts as 1. */
static unsigned int
parse_quality(const char *p)
{
	unsigned int quality = p[0] == '0' ? 0 : 1000;
	unsigned int digit = 100;

	if (p[0] == '\0' || p[1] != '.')
		return quality;
	for (p += 2; quality < 1000 && digit > 0 && *p >= '0' && *p <= '9'; p++, digit /= 10)
		quality += (unsigned int)(*p - '0') * digit;
	return quality;
}

bool
negotiate_next(const char **text, struct negotiate_element *ret)
{
	const char *p = *text + strspn(*text, " \t,");
	const char *end = p + strcspn(p, ",");

	if (*p == '\0')
		return false;
	ret->text = p;
	ret->size = strcspn(p, ";, \t");
	ret->quality = 1000;
	for (p += strcspn(p, ";,"); p < end && *p == ';'; p += strcspn(p, ";,")) {
		p = skip_blanks(p + 1);
		if ((p[0] == 'q' || p[0] == 'Q') && p[1] == '=')
			ret->quality = parse_quality(p + 2);
	}
	*text = end;
	return true;
}

/** How exactly the range names the type: 0 not at all, 1 by the wildcard, 2 by its main type, 3 in full. */
static int
specificity(const struct negotiate_element *range, const char *type)
{
	size_t main_size = (size_t)(strchr(type, '/') - type) + 1;

	if (range->size == 3 && strncmp(range->text, "*/*", 3) == 0)
		return 1;
	if (range->size == main_size + 1 && range->text[main_size] == '*' &&
	    strncasecmp(range->text, type, main_size) == 0)
		return 2;
	if (range->size == strlen(type) && strncasecmp(range->text, type, range->size) == 0)
		return 3;
	return 0;
}

/** The quality that the header gives a type: that of the most specific range. */
static unsigned int
quality_of(const char *accept, const char *type)
{
	struct negotiate_element range;
	unsigned int quality = 0;
	int best = 0;

	while (negotiate_next(&accept, &range)) {
		int s = specificity(&range, type);

		if (s > best) {
			best = s;
			quality = range.quality;
		}
	}
	return quality;
}

/** "json, ndjson, text", or the media types, of what is offered. */
static void
list_offered(unsigned int offered, bool media_types, svctag_detail *ret)
{
	size_t size = 0;

	ret->text[0] = '\0';
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if ((offered & types[i].bit) != 0 && size < sizeof(ret->text))
			size += (size_t)snprintf(ret->text + size, sizeof(ret->text) - size, "%s%s",
						 size > 0 ? ", " : "", media_types ? types[i].type : types[i].name);
	}
}

static bool
form_of_parameter(const char *name, unsigned int offered, struct reply *reply, struct form *ret)
{
	svctag_detail list, detail;

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if ((offered & types[i].bit) != 0 && strcmp(types[i].name, name) == 0) {
			*ret = types[i].form;
			return true;
		}
	}
	list_offered(offered, false, &list);
	svctag_detail_set(&detail, "the parameter format has to be one of: %s", list.text);
	reply_problem(reply, 400, detail.text);
	return false;
}

static bool
refuse_all(unsigned int offered, struct reply *reply)
{
	svctag_detail list, detail;

	list_offered(offered, true, &list);
	svctag_detail_set(&detail, "the Accept header has none of the media types of this route: %s", list.text);
	reply_problem(reply, 406, detail.text);
	return false;
}

bool
negotiate_form(const struct request *request, unsigned int offered, struct reply *reply, struct form *ret)
{
	const char *name = request_parameter(request, "format");
	unsigned int best = 0;
	size_t found = 0;

	reply->varies = true;
	if (name != NULL)
		return form_of_parameter(name, offered, reply, ret);
	if (request->accept == NULL || request->accept[strspn(request->accept, " \t,")] == '\0') {
		*ret = types[0].form;
		return true;
	}
	if (strcmp(request->accept, "*/*") == 0) { /* what most say that say anything */
		while ((offered & types[found].bit) == 0)
			found++;
		*ret = types[found].form;
		return true;
	}
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		unsigned int quality = (offered & types[i].bit) != 0 ? quality_of(request->accept, types[i].type) : 0;

		if (quality > best) {
			best = quality;
			found = i;
		}
	}
	if (best == 0)
		return refuse_all(offered, reply);
	*ret = types[found].form;
	return true;
}

bool
negotiate_wants_text(const struct request *request, const char *other, struct reply *reply)
{
	const char *format = request_parameter(request, "format");

	reply->varies = true;
	if (format != NULL)
		return strcmp(format, "text") == 0;
	return request->accept != NULL &&
	       quality_of(request->accept, "text/plain") > quality_of(request->accept, other);
}

bool
negotiate_format(const struct request *request, unsigned int offered, struct reply *reply, enum report_format *ret)
{
	struct form form;

	if (!negotiate_form(request, offered, reply, &form))
		return false;
	*ret = form.format;
	return true;
}

bool
negotiate_is_type(const char *content_type, const char *media_type)
{
	size_t size;

	if (content_type == NULL)
		return false;
	content_type = skip_blanks(content_type);
	size = strcspn(content_type, "; \t");
	return size == strlen(media_type) && strncasecmp(content_type, media_type, size) == 0;
}
