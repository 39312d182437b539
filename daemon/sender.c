#include "sender.h"

#include <stdlib.h>
#include <string.h>

/** Less room than this is not worth a piece. */
#define LEAST 4096

struct sender {
	uint64_t *total;
	struct reply_stream stream;
	struct output piece; /* what did not fit where it was wanted */
	size_t sent;         /* of it */
	bool done;
	bool failed;
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

struct sender *
sender_new(struct reply *reply, uint64_t *total)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (sender == NULL)
		return NULL;
	sender->stream = reply->stream;
	sender->total = total;
	reply->stream = (struct reply_stream){ 0 };
	return sender;
}

/** Hand out what is left of the piece. */
static size_t
take_piece(struct sender *sender, char *buffer, size_t max)
{
	size_t size = sender->piece.size - sender->sent;

	if (size > max)
		size = max;
	memcpy(buffer, sender->piece.data + sender->sent, size);
	sender->sent += size;
	if (sender->sent == sender->piece.size) {
		output_release(&sender->piece);
		sender->sent = 0;
	}
	return size;
}

/** Have the next piece made where it is wanted. @return its size there, 0 if it is in `piece` now; -1: it failed */
static ssize_t
make_piece(struct sender *sender, char *buffer, size_t max)
{
	struct output out = output_borrow(buffer, max < LEAST ? 0 : max);

	if (sender->stream.next(sender->stream.context, &out, &sender->done) != SVCTAG_OK) {
		output_release(&out);
		return -1;
	}
	if (out.borrowed)
		return (ssize_t)out.size;
	sender->piece = out;
	return 0;
}

bool
sender_has_more(const struct sender *sender)
{
	if (sender->piece.size > 0)
		return true;
	return !sender->failed && !sender->done && !sender->stream.is_long;
}

bool
sender_is_quick(const struct sender *sender)
{
	return !sender->stream.is_long;
}

void
sender_make(struct sender *sender)
{
	sender->failed = make_piece(sender, NULL, 0) < 0;
}

static ssize_t
read_some(struct sender *sender, char *buffer, size_t max)
{
	for (;;) {
		ssize_t size;

		if (sender->piece.size > 0)
			return (ssize_t)take_piece(sender, buffer, max);
		output_release(&sender->piece); /* an empty one */
		if (sender->failed)
			return -1;
		if (sender->done)
			return 0;
		if (sender->stream.is_long)
			return SENDER_LATER;
		size = make_piece(sender, buffer, max);
		if (size != 0)
			return size;
	}
}

ssize_t
sender_read(struct sender *sender, char *buffer, size_t max)
{
	ssize_t size = read_some(sender, buffer, max);

	if (size > 0)
		*sender->total += (uint64_t)size;
	return size;
}
