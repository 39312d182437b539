/*
 * Any bytes as what comes on a connection: however they are cut into pieces,
 * the same requests are found complete in them and the same refusal, and the
 * head of what is let through has nothing in it but text and whole line ends.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/message.h"
#include "daemon/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What became of all of it. */
struct outcome {
	char *bytes; /* with what is overwritten on the way */
	size_t whole;
	struct message_refusal refusal;
};

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Pieces of 1 to `most` bytes, in an order that depends on the data. */
static struct outcome
read_in_pieces(const uint8_t *data, size_t size, size_t most)
{
	struct outcome outcome = { .bytes = malloc(size + 1) };
	struct message message = { 0 };
	size_t seed = size;

	require(outcome.bytes != NULL);
	if (size > 0)
		memcpy(outcome.bytes, data, size);
	for (size_t done = 0; done < size && outcome.refusal.status == 0;) {
		size_t piece = most == 0 ? size : 1 + seed % most;
		size_t whole;

		if (piece > size - done)
			piece = size - done;
		seed = seed * 31 + data[done];
		whole = message_read(&message, outcome.bytes + done, piece, &outcome.refusal);
		require(whole <= piece);
		if (whole > 0)
			outcome.whole = done + whole;
		done += piece;
	}
	return outcome;
}

/* The first head, behind the empty lines that may come before it. */
static void
check_head(const char *bytes, size_t size)
{
	const char *end;

	while (size > 0 && (*bytes == '\r' || *bytes == '\n')) {
		bytes++;
		size--;
	}
	if (size == 0)
		return;
	end = memmem(bytes, size, "\r\n\r\n", 4);
	require(end != NULL);
	for (const char *p = bytes; p < end; p++) {
		if (*p == '\r')
			require(p[1] == '\n');
		else if (*p == '\n')
			require(p > bytes && p[-1] == '\r');
		else
			require((unsigned char)*p >= ' ' || *p == '\t');
		require(*p != 0x7f);
	}
}

static void
try_target(const uint8_t *data, size_t size)
{
	struct request request = { 0 };
	svctag_detail detail = { "" };
	unsigned int status = request_parse_target(&request, (const char *)data, size, &detail);

	require(status == 0 || status == 400 || status == 414 || status == 503);
	request_release(&request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t pieces[] = { 1, 3, 100 };
	struct outcome once = read_in_pieces(data, size, 0);

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct outcome cut = read_in_pieces(data, size, pieces[i]);

		require(cut.refusal.status == once.refusal.status && cut.whole == once.whole);
		require(memcmp(cut.bytes, once.bytes, once.refusal.status == 0 ? size : once.whole) == 0);
		free(cut.bytes);
	}
	if (once.whole > 0)
		check_head(once.bytes, once.whole);
	free(once.bytes);
	try_target(data, size);
	return 0;
}
