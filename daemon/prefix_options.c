#include "prefix_options.h"

#include <string.h>

bool
prefix_options_take(const struct request *request, struct report_prefixes *ret, struct reply *reply)
{
	const char *family = request_parameter(request, "family");
	const char *aggregate = request_parameter(request, "aggregate");

	if (family != NULL && strcmp(family, "4") != 0 && strcmp(family, "6") != 0) {
		reply_problem(reply, 400, "the parameter family has to be 4 or 6");
		return false;
	}
	if (family != NULL)
		ret->family = family[0] == '4' ? SVCTAG_IPV4 : SVCTAG_IPV6;
	if (aggregate == NULL || strcmp(aggregate, "false") == 0 || strcmp(aggregate, "0") == 0)
		return true;
	ret->aggregate = strcmp(aggregate, "true") == 0 || strcmp(aggregate, "1") == 0;
	if (!ret->aggregate)
		reply_problem(reply, 400, "the parameter aggregate has to be true or false");
	return ret->aggregate;
}
