/*
 * Forms for answers are used again by those that differ in body and ETag
 * alone, and nobody writes to one that somebody else has.
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/forms.h"

static struct reply
usual_reply(char digit)
{
	struct reply reply = { .status = 200, .content_type = "application/json", .cache_control = "no-cache" };

	memset(reply.etag, digit, 34);
	reply.etag[0] = reply.etag[33] = '"';
	return reply;
}

static const char *
header_of(const struct form *form, const char *name)
{
	return MHD_get_response_header(form_response(form), name);
}

static struct forms *
begin(void)
{
	return testing_allocate(1, sizeof(struct forms));
}

static void
end(struct forms *forms)
{
	forms_release(forms);
	free(forms);
}

static void
test_used_again(void **state)
{
	struct forms *forms = begin();
	struct reply first = usual_reply('a'), second = usual_reply('b');
	struct form *form = forms_take(forms, &first, "one\n", 4);
	const struct MHD_Response *response;

	(void)state;
	assert_non_null(form);
	response = form_response(form);
	assert_string_equal(header_of(form, "ETag"), first.etag);
	assert_string_equal(header_of(form, "Content-Type"), "application/json");
	assert_string_equal(header_of(form, "Cache-Control"), "no-cache");
	assert_string_equal(header_of(form, "Vary"), "Accept-Encoding");
	assert_memory_equal(forms->room, "one\n", 4);
	forms_give_back(forms, form);
	form = forms_take(forms, &second, "two\n", 4);
	assert_ptr_equal(form_response(form), response);
	assert_string_equal(header_of(form, "ETag"), second.etag);
	assert_memory_equal(forms->room, "two\n", 4);
	forms_give_back(forms, form);
	end(forms);
}

/* A form is for one size and one kind of header. */
static void
test_others(void **state)
{
	struct forms *forms = begin();
	struct reply reply = usual_reply('a');
	struct form *form = forms_take(forms, &reply, "one\n", 4);

	(void)state;
	forms_give_back(forms, form);
	form = forms_take(forms, &reply, "three\n", 6);
	forms_give_back(forms, form);
	reply.content_type = "application/x-ndjson";
	form = forms_take(forms, &reply, "one\n", 4);
	assert_string_equal(header_of(form, "Content-Type"), "application/x-ndjson");
	forms_give_back(forms, form);
	reply.varies = true;
	form = forms_take(forms, &reply, "one\n", 4);
	assert_string_equal(header_of(form, "Vary"), "Accept, Accept-Encoding");
	forms_give_back(forms, form);
	memcpy(reply.etag, "\"short\"", sizeof("\"short\""));
	form = forms_take(forms, &reply, "one\n", 4);
	assert_string_equal(header_of(form, "ETag"), "\"short\"");
	forms_give_back(forms, form);
	end(forms);
}

/* While one is being sent, the next has its own body; and both may come back in any order, or to nobody. */
static void
test_two_at_once(void **state)
{
	struct forms *forms = begin();
	struct reply reply = usual_reply('a'), other = usual_reply('b');
	struct form *first = forms_take(forms, &reply, "one\n", 4);
	struct form *second = forms_take(forms, &other, "two\n", 4);

	(void)state;
	assert_ptr_not_equal(form_response(first), form_response(second));
	assert_memory_equal(forms->room, "one\n", 4);
	assert_string_equal(header_of(first, "ETag"), reply.etag);
	assert_string_equal(header_of(second, "ETag"), other.etag);
	forms_give_back(forms, second);
	assert_true(forms->taken);
	forms_give_back(forms, first);
	assert_false(forms->taken);
	first = forms_take(forms, &reply, "one\n", 4);
	second = forms_take(forms, &reply, "one\n", 4);
	forms_give_back(NULL, first);
	forms_give_back(NULL, second);
	forms_give_back(forms, NULL);
	end(forms);
}

/* What has more in its header, or less, or is not kept in memory, gets no form. */
static void
test_unusual(void **state)
{
	struct forms *forms = begin();
	static const char body[FORMS_BODY_MAX + 1];
	struct reply reply = usual_reply('a');

	(void)state;
	assert_null(forms_take(forms, &reply, body, sizeof(body)));
	assert_null(forms_take(forms, &reply, body, 0));
	reply.status = 404;
	assert_null(forms_take(forms, &reply, body, 1));
	reply = usual_reply('a');
	reply.etag[0] = '\0';
	assert_null(forms_take(forms, &reply, body, 1));
	reply = usual_reply('a');
	reply.content_encoding = "gzip";
	assert_null(forms_take(forms, &reply, body, 1));
	reply = usual_reply('a');
	reply_add_field(&reply, "Access-Control-Allow-Origin", "*");
	assert_null(forms_take(forms, &reply, body, 1));
	reply = usual_reply('a');
	reply.policy = "default-src 'none'";
	assert_null(forms_take(forms, &reply, body, 1));
	reply = usual_reply('a');
	reply.retry_after = 1;
	assert_null(forms_take(forms, &reply, body, 1));
	end(forms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_used_again),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_unusual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
