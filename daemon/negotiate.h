/**
 * @file
 * Which form an answer takes: the `format` parameter decides, else the Accept
 * header (RFC 9110, 12.5.1), else JSON.
 */
#ifndef NEGOTIATE_H
#define NEGOTIATE_H

#include "reply.h"
#include "report/report.h"
#include "request.h"

/** Bits for what a route can write. */
#define FORMAT_BIT(format) (1U << (unsigned int)(format))

/** The media type of a format, with its charset. Static. */
const char *negotiate_media_type(enum report_format format);

/** The bits of forms that are none of the report's formats: a chart as SVG, a text for people, findings for tools. */
#define FORMAT_CHART (1U << 31)
#define FORMAT_MARKDOWN (1U << 30)
#define FORMAT_SARIF (1U << 29)

/** The form that an answer takes. */
struct form {
	enum report_format format;
	unsigned int other;     /**< FORMAT_CHART …: in place of the format; or 0 */
	const char *media_type; /**< static */
};

/**
 * @param offered  FORMAT_BIT()s and the bits above; JSON is always one, and preferred
 * @param reply    a 400 or 406 when nothing fits; `varies` is set otherwise
 * @param[out] ret untouched when false
 */
bool negotiate_form(const struct request *request, unsigned int offered, struct reply *reply, struct form *ret);

/**
 * The same for routes that have the report's formats alone.
 * @param offered  FORMAT_BIT()s
 * @param reply    a 400 or 406 when nothing fits; `varies` is set otherwise
 * @param[out] ret untouched when false
 */
bool negotiate_format(const struct request *request, unsigned int offered, struct reply *reply,
		      enum report_format *ret);

/** One element of a header that lists what is preferred: Accept, Accept-Encoding. */
struct negotiate_element {
	const char *text;     /**< inside the header, without parameters */
	size_t size;          /**< at least 1 */
	unsigned int quality; /**< thousandths */
};

/** Take the next element off the text. @return false at the end */
bool negotiate_next(const char **text, struct negotiate_element *ret);

/**
 * For routes that answer everyone, whatever the Accept header says, and have
 * plain text beside another media type: is text preferred? Sets reply->varies.
 */
bool negotiate_wants_text(const struct request *request, const char *other, struct reply *reply);

/** Is the header's media type, without its parameters, this one? In any letter case; false for NULL. */
bool negotiate_is_type(const char *content_type, const char *media_type);

#endif
