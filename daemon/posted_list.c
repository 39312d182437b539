#include "posted_list.h"

#include <stdio.h>
#include <string.h>

/** Most bytes of the list's name, which each place repeats. */
#define MAX_NAME 255

/** A list's name as the command line gives it to standard input. */
static const char *
list_name(const struct request *request)
{
	const char *name = request_parameter(request, "name");

	return name != NULL ? name : "standard input";
}

/** A failure of reading the list is the client's. */
static void
refuse_list(struct reply *reply, svctag_error error, const svctag_detail *detail)
{
	svctag_detail text;
	size_t size;

	if (error == SVCTAG_E_NO_MEMORY) {
		reply_error(reply, error, detail);
		return;
	}
	svctag_detail_set(&text, "the list: %s", detail->text[0] != '\0' ? detail->text : svctag_error_text(error));
	size = strlen(text.text);
	if (error == SVCTAG_E_UNSUPPORTED) {
		size += (size_t)snprintf(text.text + size, sizeof(text.text) - size, "; there are");
		for (size_t i = 0; list_format_name(i) != NULL && size < sizeof(text.text); i++)
			size += (size_t)snprintf(text.text + size, sizeof(text.text) - size, "%s %s", i > 0 ? "," : "",
						 list_format_name(i));
	}
	reply_problem(reply, error == SVCTAG_E_LIMIT ? 413 : 400, text.text);
}

/** Nothing to work on: say what the first thing was that could not be read. */
static void
refuse_empty(struct reply *reply, const struct list *list)
{
	char place[LIST_PLACE_SIZE];
	svctag_detail detail;

	if (list->problem_count == 0) {
		svctag_detail_set(&detail, "the list: no address, prefix or range in it");
	} else {
		list_place_format(list, list->problems[0].line, list->problems[0].path, place);
		svctag_detail_set(&detail,
				  "no readable address, prefix or range; the first of %zu problems: %s: '%s': %s",
				  list->problem_count + list->problems_left_off, place, list->problems[0].text,
				  list->problems[0].error);
	}
	reply_problem(reply, 400, detail.text);
}

bool
posted_list_accepts(const struct request *request, struct reply *reply)
{
	const char *name = request_parameter(request, "name");

	if (request->body_size == 0) {
		reply_problem(reply, 400, "the body is empty; it has to be a list");
		return false;
	}
	if (name != NULL && (name[0] == '\0' || strlen(name) > MAX_NAME)) {
		reply_problem(reply, 400, "the parameter name has to have 1 to 255 bytes");
		return false;
	}
	return true;
}

bool
posted_list_read_any(const struct request *request, size_t most, struct list **ret, struct reply *reply)
{
	const struct list_options options = {
		.format = request_parameter(request, "input"),
		.column = request_parameter(request, "column"),
	};
	svctag_detail detail = { "" };
	struct list *list = NULL;
	svctag_error err = list_read(request->body, request->body_size, list_name(request), &options, &list, &detail);

	if (err == SVCTAG_OK && list->entry_count > most) {
		svctag_detail_set(&detail, "has %zu entries, the most that is taken is %zu", list->entry_count, most);
		err = SVCTAG_E_LIMIT;
	}
	if (err == SVCTAG_OK) {
		*ret = list;
		return true;
	}
	refuse_list(reply, err, &detail);
	list_free(list);
	return false;
}

bool
posted_list_read(const struct request *request, size_t most, struct list **ret, struct reply *reply)
{
	struct list *list = NULL;

	if (!posted_list_read_any(request, most, &list, reply))
		return false;
	if (list->entry_count > 0) {
		*ret = list;
		return true;
	}
	refuse_empty(reply, list);
	list_free(list);
	return false;
}
