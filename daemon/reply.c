#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/report.h"

static const char problem_type[] = "application/problem+json";

static void
drop_body(struct reply *reply)
{
	free(reply->body);
	reply->body = NULL;
	reply->body_size = 0;
	if (reply->stream.release != NULL)
		reply->stream.release(reply->stream.context);
	reply->stream = (struct reply_stream){ 0 };
}

void
reply_release(struct reply *reply)
{
	drop_body(reply);
	*reply = (struct reply){ 0 };
}

void
reply_date(time_t when, char ret[REPLY_DATE_SIZE])
{
	struct tm tm = { .tm_mday = 1 };

	(void)gmtime_r(&when, &tm); /* it cannot fail before the year 2147485547 */
	(void)strftime(ret, REPLY_DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

const char *
reply_phrase(unsigned int status)
{
	switch (status) {
	case 200: return "OK";
	case 204: return "No Content";
	case 304: return "Not Modified";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 406: return "Not Acceptable";
	case 413: return "Content Too Large";
	case 414: return "URI Too Long";
	case 415: return "Unsupported Media Type";
	case 417: return "Expectation Failed";
	case 431: return "Request Header Fields Too Large";
	case 501: return "Not Implemented";
	case 503: return "Service Unavailable";
	case 505: return "HTTP Version Not Supported";
	default: return "Internal Server Error";
	}
}

void
reply_problem(struct reply *reply, unsigned int status, const char *detail)
{
	FILE *out;
	svctag_error err = SVCTAG_E_NO_MEMORY;

	drop_body(reply);
	reply->status = status;
	if (status == 503 && reply->retry_after == 0)
		reply->retry_after = 1;
	reply->defer = false;
	reply->etag[0] = '\0';
	reply->varies = false;
	reply->cache_control = "no-store";
	reply->content_type = NULL;
	reply->content_encoding = NULL;
	reply->policy = NULL;
	out = open_memstream(&reply->body, &reply->body_size);
	if (out == NULL)
		return; /* the status alone has to do */
	err = report_problem(out, status, reply_phrase(status), detail);
	if (fclose(out) != 0 || err != SVCTAG_OK) {
		drop_body(reply);
		return;
	}
	reply->content_type = problem_type;
}

unsigned int
reply_status_of(svctag_error error)
{
	switch (error) {
	case SVCTAG_E_SYNTAX:
	case SVCTAG_E_RANGE:
	case SVCTAG_E_HOST_BITS:
	case SVCTAG_E_FAMILY:
	case SVCTAG_E_DUPLICATE: return 400;
	case SVCTAG_E_NOT_FOUND: return 404;
	case SVCTAG_E_EMPTY:
	case SVCTAG_E_BUSY:
	case SVCTAG_E_NO_MEMORY:
	case SVCTAG_E_IO: return 503;
	default: return 500;
	}
}

void
reply_error(struct reply *reply, svctag_error error, const svctag_detail *detail)
{
	unsigned int status = reply_status_of(error);

	if (status == 503)
		reply->retry_after = 1;
	reply_problem(reply, status, detail->text[0] != '\0' ? detail->text : svctag_error_text(error));
}

FILE *
reply_open(struct reply *reply)
{
	FILE *out;

	drop_body(reply);
	out = open_memstream(&reply->body, &reply->body_size);
	if (out == NULL)
		reply_problem(reply, 503, svctag_error_text(SVCTAG_E_NO_MEMORY));
	return out;
}

void
reply_close(struct reply *reply, FILE *out, svctag_error error, const char *content_type)
{
	svctag_detail none = { "" };

	if (fclose(out) != 0 && error == SVCTAG_OK)
		error = SVCTAG_E_NO_MEMORY;
	if (error != SVCTAG_OK) {
		reply_error(reply, error, &none);
		return;
	}
	reply->status = 200;
	reply->content_type = content_type;
}

void
reply_give(struct reply *reply, char *body, size_t size, const char *content_type)
{
	drop_body(reply);
	reply->body = body;
	reply->body_size = size;
	reply->status = 200;
	reply->content_type = content_type;
}

const char *
reply_vary(const struct reply *reply)
{
	static const char *const values[] = {
		NULL,     "Accept-Encoding",         "Accept, Accept-Encoding",
		"Origin", "Accept-Encoding, Origin", "Accept, Accept-Encoding, Origin",
	};
	size_t i = reply->varies_by_origin ? 3 : 0;

	if (reply->status == 200 || reply->status == 304)
		i += reply->varies ? 2 : 1;
	return values[i];
}

void
reply_add_field(struct reply *reply, const char *name, const char *value)
{
	if (reply->field_count < REPLY_MAX_FIELDS)
		reply->fields[reply->field_count++] = (struct reply_field){ name, value };
}

void
reply_no_content(struct reply *reply)
{
	drop_body(reply);
	reply->status = 204;
	reply->content_type = NULL;
}

void
reply_not_modified(struct reply *reply)
{
	drop_body(reply);
	reply->status = 304;
}

/** A stream whose first piece is there. */
struct begun {
	struct reply_stream rest;
	struct output first; /* until it is taken */
};

static void
free_begun(void *context)
{
	struct begun *begun = context;

	if (begun->rest.release != NULL)
		begun->rest.release(begun->rest.context);
	output_release(&begun->first);
	free(begun);
}

static svctag_error
continue_begun(void *context, struct output *out, bool *ret_done)
{
	struct begun *begun = context;

	if (begun->first.size == 0)
		return begun->rest.next(begun->rest.context, out, ret_done);
	if (!output_reserve(out, begun->first.size))
		return SVCTAG_E_NO_MEMORY;
	output_add(out, begun->first.data, begun->first.size);
	output_release(&begun->first);
	return SVCTAG_OK;
}

void
reply_begin_stream(struct reply *reply)
{
	const svctag_detail none = { "" };
	struct begun *begun;
	svctag_error err;
	bool done = false;

	if (reply->stream.next == NULL)
		return;
	begun = calloc(1, sizeof(*begun));
	if (begun == NULL) {
		reply_error(reply, SVCTAG_E_NO_MEMORY, &none);
		return;
	}
	begun->rest = reply->stream;
	reply->stream = (struct reply_stream){ continue_begun, free_begun, begun, begun->rest.is_long };
	err = begun->rest.next(begun->rest.context, &begun->first, &done);
	if (err != SVCTAG_OK) {
		reply_error(reply, err, &none);
	} else if (done) {
		struct output all = begun->first;

		begun->first = (struct output){ 0 };
		reply_give(reply, all.data, all.size, reply->content_type);
	}
}

bool
reply_etag_matches(const char *if_none_match, const char *etag)
{
	size_t length = strlen(etag);

	if (if_none_match == NULL || length == 0)
		return false;
	for (const char *p = if_none_match; *p != '\0';) {
		const char *end;

		p += strspn(p, " \t,");
		if (strncmp(p, "W/", 2) == 0)
			p += 2; /* the weak comparison is the one for If-None-Match (RFC 9110, 13.1.2) */
		end = p + strcspn(p, ", \t");
		if ((size_t)(end - p) == length && memcmp(p, etag, length) == 0)
			return true;
		p = end;
	}
	return false;
}
