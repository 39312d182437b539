#include "sender.h"

#include <stdlib.h>
#include <string.h>

struct sender {
	struct reply_stream stream;
	char *piece;
	size_t size;
	size_t sent;
	bool done;
};

void
sender_free(struct sender *sender)
{
	if (sender == NULL)
		return;
	if (sender->stream.release != NULL)
		sender->stream.release(sender->stream.context);
	free(sender->piece);
	free(sender);
}

/** Make the next piece. */
static svctag_error
fill(struct sender *sender)
{
	svctag_error err;
	FILE *out;

	free(sender->piece);
	sender->piece = NULL;
	sender->size = sender->sent = 0;
	out = open_memstream(&sender->piece, &sender->size);
	if (out == NULL)
		return SVCTAG_E_NO_MEMORY;
	err = sender->stream.next(sender->stream.context, out, &sender->done);
	if (fclose(out) != 0 && err == SVCTAG_OK)
		err = SVCTAG_E_NO_MEMORY;
	return err;
}

struct sender *
sender_begin(struct reply *reply)
{
	const svctag_detail none = { "" };
	struct sender *sender = calloc(1, sizeof(*sender));
	svctag_error err = SVCTAG_E_NO_MEMORY;

	if (sender != NULL) {
		sender->stream = reply->stream;
		reply->stream = (struct reply_stream){ 0 };
		err = fill(sender);
	}
	if (err == SVCTAG_OK && !sender->done)
		return sender;
	if (err == SVCTAG_OK) {
		reply_give(reply, sender->piece, sender->size, reply->content_type);
		sender->piece = NULL;
	} else {
		reply_error(reply, err, &none);
	}
	sender_free(sender);
	return NULL;
}

ssize_t
sender_read(struct sender *sender, char *buffer, size_t max)
{
	size_t size;

	while (sender->sent == sender->size) {
		if (sender->done)
			return 0;
		if (fill(sender) != SVCTAG_OK)
			return -1;
	}
	size = sender->size - sender->sent;
	if (size > max)
		size = max;
	memcpy(buffer, sender->piece + sender->sent, size);
	sender->sent += size;
	return (ssize_t)size;
}
