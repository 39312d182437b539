#include <stdlib.h>
#include <string.h>

#include <svctag/hmac.h>

#include "file.h"
#include "nightly_internal.h"

/** Longest address of a hook. */
#define MAX_ADDRESS 2000

/** What a hook may answer; it is not read. */
#define MAX_ANSWER (1U << 20)

/** Room for "X-Svctag-Signature: sha256=" and a digest. */
#define HEADER_SIZE 128

static svctag_error
fail_memory(svctag_detail *detail)
{
	svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
	return SVCTAG_E_NO_MEMORY;
}

void
delivery_id(const struct state_entry *entry, const char *address, char id[NIGHTLY_DELIVERY_SIZE])
{
	char text[2 * SVCTAG_DIGEST_TEXT_SIZE + MAX_ADDRESS];
	char from[SVCTAG_DIGEST_TEXT_SIZE];
	char to[SVCTAG_DIGEST_TEXT_SIZE];
	char hex[SVCTAG_DIGEST_TEXT_SIZE];
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	int length;

	if (entry->list != NULL) {
		svctag_digest_format(entry->key, to);
		*from = '\0';
	} else {
		svctag_digest_format(entry->from.digest, from);
		svctag_digest_format(entry->to.digest, to);
	}
	length = snprintf(text, sizeof(text), "%s%s%.*s", from, to, MAX_ADDRESS, address);
	svctag_sha256(text, (size_t)length, digest);
	svctag_digest_format(digest, hex);
	memcpy(id, hex, NIGHTLY_DELIVERY_SIZE - 1);
	id[NIGHTLY_DELIVERY_SIZE - 1] = '\0';
}

svctag_error
hooks_check(const struct nightly *nightly, svctag_detail *detail)
{
	for (size_t i = 0; i < nightly->settings.hook_count; i++) {
		const char *address = nightly->settings.hooks[i];
		svctag_error err;
		bool same;

		if (strlen(address) > MAX_ADDRESS) {
			svctag_detail_set(detail, "%.60s…: a hook's address has at most %d characters", address,
					  MAX_ADDRESS);
			return SVCTAG_E_LIMIT;
		}
		/* Asked of the client, so that what is refused now is what it would refuse. */
		err = http_same_origin(nightly->http, address, address, &same, detail);
		if (err != SVCTAG_OK)
			return err;
	}
	return SVCTAG_OK;
}

/* The body: the file of the news, in its envelope. */
static svctag_error
make_body(const struct nightly *nightly, const struct state_entry *entry, const char *id, char **ret, size_t *ret_size,
	  svctag_detail *detail)
{
	char *name = NULL;
	char *document = NULL;
	size_t size = 0;
	svctag_error err;
	FILE *out;

	if (asprintf(&name, "%s.json", entry->files) < 0)
		return fail_memory(detail);
	err = file_read(nightly->state.folder, name, MAX_DIFF, &document, &size, detail);
	free(name);
	if (err != SVCTAG_OK)
		return err;
	document[strcspn(document, "\n")] = '\0';
	out = open_memstream(ret, ret_size);
	if (out == NULL)
		err = SVCTAG_E_NO_MEMORY;
	else if (entry->list == NULL)
		err = report_delivery(out, id, &entry->to, document);
	else
		err = report_list_delivery(out, id, &entry->to, document);
	if (out != NULL && fclose(out) != 0)
		err = SVCTAG_E_NO_MEMORY;
	if (err != SVCTAG_OK) {
		(void)fail_memory(detail);
		if (out != NULL)
			free(*ret);
		*ret = NULL;
	}
	free(document);
	return err;
}

svctag_error
hook_post(struct nightly *nightly, const struct state_entry *entry, const char *address, svctag_detail *detail)
{
	const struct nightly_settings *settings = &nightly->settings;
	char id[NIGHTLY_DELIVERY_SIZE];
	char delivery[HEADER_SIZE];
	char signature[HEADER_SIZE];
	const char *const headers[] = { "Content-Type: application/json", delivery, signature };
	struct http_request request = {
		.url = address,
		.method = HTTP_POST,
		.headers = headers,
		.header_count = settings->secret == NULL ? 2 : 3,
		.max_body = MAX_ANSWER,
	};
	uint8_t digest[SVCTAG_DIGEST_SIZE];
	char hex[SVCTAG_DIGEST_TEXT_SIZE];
	struct http_reply reply;
	char *body = NULL;
	svctag_error err;

	delivery_id(entry, address, id);
	(void)snprintf(delivery, sizeof(delivery), "X-Svctag-Delivery: %s", id);
	err = make_body(nightly, entry, id, &body, &request.body_size, detail);
	if (err != SVCTAG_OK)
		return err;
	request.body = body;
	svctag_hmac_sha256(settings->secret, settings->secret_size, body, request.body_size, digest);
	svctag_digest_format(digest, hex);
	(void)snprintf(signature, sizeof(signature), "X-Svctag-Signature: sha256=%s", hex);
	err = http_send(nightly->http, &request, &reply, detail);
	if (err == SVCTAG_OK)
		http_reply_release(&reply);
	else if (reply.status >= 200 && reply.status <= 299)
		err = SVCTAG_OK; /* it was taken; what is wrong with the answer's body is of no interest */
	else if (err == SVCTAG_E_NOT_FOUND)
		err = SVCTAG_E_IO; /* the hook, not the file */
	free(body);
	return err;
}

svctag_error
nightly_read_secret(const char *path, char **ret, size_t *ret_size, svctag_detail *detail)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	char *secret = NULL;
	size_t size = 0;
	svctag_error err = folder == NULL ? fail_memory(detail)
					  : file_read(folder, slash == NULL ? path : slash + 1, NIGHTLY_MAX_SECRET,
						      &secret, &size, detail);

	free(folder);
	if (err != SVCTAG_OK)
		return err;
	while (size > 0 && (secret[size - 1] == '\n' || secret[size - 1] == '\r'))
		size--;
	if (size == 0) {
		free(secret);
		svctag_detail_set(detail, "%s: no secret is in it", path);
		return SVCTAG_E_EMPTY;
	}
	*ret = secret;
	*ret_size = size;
	return SVCTAG_OK;
}
