#include "effort.h"

#include <string.h>

#include <svctag/count.h>

/** More addresses than these: shorter than a /20, shorter than a /48. */
#define WIDE_IPV4 ((svctag_u128)1 << 12)
#define WIDE_IPV6 ((svctag_u128)1 << 80)
/** More rows than these. */
#define MUCH 256

bool
effort_is_wide(const svctag_query *query)
{
	svctag_count limit = svctag_count_of(query->range.first.family == SVCTAG_IPV4 ? WIDE_IPV4 : WIDE_IPV6);

	return svctag_count_compare(svctag_count_of_range(&query->range), limit) > 0;
}

bool
effort_has_spans(const char *text, size_t size)
{
	return memchr(text, '/', size) != NULL || memchr(text, '-', size) != NULL;
}

bool
effort_asks_widely(const struct request *request)
{
	for (size_t i = 0; i < request->parameter_count; i++) {
		const struct request_parameter *p = &request->parameters[i];
		svctag_query query;

		if (strcmp(p->name, "q") == 0 && effort_has_spans(p->value, strlen(p->value)) &&
		    svctag_query_parse(p->value, strlen(p->value), &query, NULL) == SVCTAG_OK && effort_is_wide(&query))
			return true;
	}
	return false;
}

bool
effort_is_much(size_t count)
{
	return count > MUCH;
}

bool
effort_defer(bool takes_long, const struct context *context, struct reply *reply)
{
	if (!takes_long || context->database != NULL)
		return false;
	reply->defer = true;
	return true;
}
