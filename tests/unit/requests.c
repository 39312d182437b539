#include "requests.h"

#include <string.h>

#include "testing.h"

#include "daemon/router.h"

struct request
make_request(const char *method, const char *target)
{
	struct request request = { 0 };
	svctag_detail detail;

	request_set_method(&request, method);
	assert_int_equal(request_parse_target(&request, target, strlen(target), &detail), 0);
	return request;
}

void
give_field(struct request *request, const char *name, const char *value)
{
	if (value != NULL)
		assert_true(request_take_field(request, name, strlen(name), value, strlen(value)));
}
