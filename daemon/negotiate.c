#include "negotiate.h"

#include <string.h>
#include <strings.h>

/** In the order of preference among equals. */
static const struct {
	struct form form;
	const char *type;
} types[] = {
	{ { REPORT_JSON, false, "application/json" }, "application/json" },
	{ { REPORT_NDJSON, false, "application/x-ndjson" }, "application/x-ndjson" },
	{ { REPORT_TEXT, false, "text/plain; charset=utf-8" }, "text/plain" },
	{ { REPORT_CSV, false, "text/csv; charset=utf-8" }, "text/csv" },
	{ { REPORT_TEXT, true, "image/svg+xml" }, "image/svg+xml" },
};

#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

const char *
negotiate_media_type(enum report_format format)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (types[i].form.format == format && !types[i].form.chart)
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

static bool
is_offered(const struct form *form, unsigned int offered)
{
	return (offered & (form->chart ? FORMAT_CHART : FORMAT_BIT(form->format))) != 0;
}

static bool
form_of_parameter(const char *name, unsigned int offered, struct reply *reply, struct form *ret)
{
	struct form form = { .chart = strcmp(name, "svg") == 0, .media_type = "image/svg+xml" };

	if ((!form.chart && !report_format_parse(name, &form.format)) || !is_offered(&form, offered)) {
		reply_problem(reply, 400, "this is not a format that this route has");
		return false;
	}
	if (!form.chart)
		form.media_type = negotiate_media_type(form.format);
	*ret = form;
	return true;
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
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		unsigned int quality =
			is_offered(&types[i].form, offered) ? quality_of(request->accept, types[i].type) : 0;

		if (quality > best) {
			best = quality;
			found = i;
		}
	}
	if (best == 0) {
		reply_problem(reply, 406,
			      "this route has none of the media types of the Accept header; "
			      "application/json is always there");
		return false;
	}
	*ret = types[found].form;
	return true;
}

bool
negotiate_format(const struct request *request, unsigned int offered, struct reply *reply, enum report_format *ret)
{
	struct form form;

	if (!negotiate_form(request, offered & ~FORMAT_CHART, reply, &form))
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
