#include "sender.h"

#include <stdlib.h>
#include <string.h>

/** Room for a piece that is kept for the next one. */
#define KEPT ((size_t)1 << 20)

struct sender {
	struct reply_stream stream;
	struct output piece;
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
	output_release(&sender->piece);
	free(sender);
}

/** Make the next piece, where the last one was unless that was an uncommonly long one. */
static svctag_error
fill(struct sender *sender)
{
	if (sender->piece.capacity > KEPT)
		output_release(&sender->piece);
	sender->piece.size = sender->sent = 0;
	return sender->stream.next(sender->stream.context, &sender->piece, &sender->done);
}

struct sender *
sender_new(struct reply *reply)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL)
		return NULL;
	sender->stream = reply->stream;
	reply->stream = (struct reply_stream){ 0 };
	return sender;
}

ssize_t
sender_read(struct sender *sender, char *buffer, size_t max)
{
	size_t size;

	while (sender->sent == sender->piece.size) {
		if (sender->done)
			return 0;
		if (fill(sender) != SVCTAG_OK)
			return -1;
	}
	size = sender->piece.size - sender->sent;
	if (size > max)
		size = max;
	memcpy(buffer, sender->piece.data + sender->sent, size);
	sender->sent += size;
	return (ssize_t)size;
}
