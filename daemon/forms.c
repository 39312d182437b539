#include "forms.h"

#include <stdlib.h>
#include <string.h>

#include "response.h"

struct form {
	struct MHD_Response *response;
	const char *content_type; /* what it says, besides the ETag: static texts */
	const char *cache_control;
	const char *vary;
	char *etag; /* its value, where the library has it */
	size_t etag_size;
	size_t size;
	bool shares; /* the room of all, instead of what follows */
	char body[];
};

static void
free_form(void *form)
{
	free(form);
}

/** Let go of it; the library frees it when it does. */
static void
drop(struct form *form)
{
	if (form != NULL)
		MHD_destroy_response(form->response);
}

void
forms_release(struct forms *forms)
{
	for (size_t i = 0; i < FORMS_PLACES; i++)
		drop(forms->places[i]);
	*forms = (struct forms){ 0 };
}

static bool
is_usual(const struct reply *reply, size_t size)
{
	return reply->status == MHD_HTTP_OK && reply->etag[0] != '\0' && size > 0 && size <= FORMS_BODY_MAX &&
	       reply->content_encoding == NULL && reply->policy == NULL && reply->allow[0] == '\0' &&
	       reply->retry_after == 0 && reply->field_count == 0;
}

/*
 * The library copies a value when it is added and reads the copy when it
 * builds a head; there is no call to change one, and to delete and add it
 * anew costs as much as all else here. So the copy is written to where it
 * stands: by the thread that has the form, when nothing of it is being sent,
 * and what is written has the same length.
 */
static char *
find_etag(struct MHD_Response *response)
{
	const char *etag = MHD_get_response_header(response, MHD_HTTP_HEADER_ETAG);

	return etag == NULL ? NULL : strchr(etag, '"');
}

/** @param room  for the body; NULL: it gets its own */
static struct form *
new_form(const struct reply *reply, size_t size, char *room)
{
	struct form *form = malloc(sizeof(*form) + (room == NULL ? size : 0));

	if (form == NULL)
		return NULL;
	*form = (struct form){ .content_type = reply->content_type,
			       .cache_control = reply->cache_control,
			       .vary = reply_vary(reply),
			       .etag_size = strlen(reply->etag),
			       .size = size,
			       .shares = room != NULL };
	form->response = MHD_create_response_from_buffer_with_free_callback_cls(size, room != NULL ? room : form->body,
										free_form, form);
	if (form->response == NULL) {
		free(form);
		return NULL;
	}
	if (response_add_fields(form->response, reply, false))
		form->etag = find_etag(form->response);
	if (form->etag != NULL)
		return form;
	drop(form);
	return NULL;
}

static bool
fits(const struct form *form, const struct reply *reply, size_t size)
{
	return form != NULL && form->size == size && form->etag_size == strlen(reply->etag) &&
	       form->content_type == reply->content_type && form->cache_control == reply->cache_control &&
	       form->vary == reply_vary(reply);
}

/** Take the free one that fits. */
static struct form *
take_free(struct forms *forms, const struct reply *reply, size_t size)
{
	struct form **place = &forms->places[size % FORMS_PLACES];
	struct form *form = *place;

	if (!fits(form, reply, size))
		return NULL;
	*place = NULL;
	memcpy(form->etag, reply->etag, form->etag_size);
	return form;
}

struct form *
forms_take(struct forms *forms, const struct reply *reply, const char *body, size_t size)
{
	struct form *form = NULL;

	if (!is_usual(reply, size))
		return NULL;
	if (!forms->taken)
		form = take_free(forms, reply, size);
	if (form == NULL)
		form = new_form(reply, size, forms->taken ? NULL : forms->room);
	if (form == NULL)
		return NULL;
	forms->taken = true;
	memcpy(form->shares ? forms->room : form->body, body, size);
	return form;
}

struct MHD_Response *
form_response(const struct form *form)
{
	return form->response;
}

void
forms_give_back(struct forms *forms, struct form *form)
{
	struct form **place;

	if (forms == NULL || form == NULL || !form->shares) {
		drop(form);
		return;
	}
	place = &forms->places[form->size % FORMS_PLACES];
	drop(*place);
	*place = form;
	forms->taken = false;
}
