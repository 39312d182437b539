#include <string.h>

#include "json.h"

svctag_error
report_problem(FILE *out, unsigned int status, const char *title, const char *detail)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);

	/* RFC 9457, 4.2.1: about:blank says no more than the status does. */
	json_add_reference(&json, root, "type", "about:blank");
	json_add_reference(&json, root, "title", title);
	json_add_integer(&json, root, "status", status);
	if (detail != NULL)
		json_add_bytes(&json, root, "detail", detail, strlen(detail));
	return json_finish(&json, root, out, "\n");
}
