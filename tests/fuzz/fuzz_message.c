/*
 * Any bytes as what comes on a connection: however they are cut into pieces,
 * the same goes on to the library, the same heads are kept, and the same is
 * refused. What goes on is in order by itself, has a short head for each, and
 * nothing in it but text and whole line ends.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/intake.h"
#include "daemon/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What became of all of it. */
struct outcome {
	char *given; /* to the library */
	size_t size;
	struct intake intake;
};

/* Also where NDEBUG is set. */
static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* As much as there is room for, where something is held; the library takes it in small pieces. */
static size_t
take_in_held(struct outcome *outcome, const uint8_t *data, size_t size)
{
	struct intake *intake = &outcome->intake;
	size_t room = 0, moved;
	char *to = intake_room(intake, &room);

	if (to == NULL)
		abort();
	size = size < room ? size : room;
	memcpy(to, data, size);
	intake_read_held(intake, size);
	while ((moved = intake_move(intake, outcome->given + outcome->size, 7)) > 0)
		outcome->size += moved;
	return size;
}

/* As the gate does. */
static size_t
take_in(struct outcome *outcome, const uint8_t *data, size_t size)
{
	size_t given;

	if (intake_holds(&outcome->intake))
		return take_in_held(outcome, data, size);
	memcpy(outcome->given + outcome->size, data, size);
	given = intake_read(&outcome->intake, outcome->given + outcome->size, size);
	require(given <= size);
	outcome->size += given;
	return size;
}

/* Pieces of 1 to `most` bytes, in an order that depends on the data. */
static struct outcome
read_in_pieces(const uint8_t *data, size_t size, size_t most)
{
	struct outcome outcome = { .given = malloc(size + 1) };
	size_t seed = size;

	require(outcome.given != NULL);
	for (size_t done = 0; done < size && outcome.intake.refusal.status == 0;) {
		size_t piece = most == 0 ? size : 1 + seed % most;

		if (piece > size - done)
			piece = size - done;
		seed = seed * 31 + data[done];
		done += take_in(&outcome, data + done, piece);
	}
	return outcome;
}

static void
release(struct outcome *outcome)
{
	intake_release(&outcome->intake);
	free(outcome->given);
}

/* The same heads were kept. */
static void
compare_kept(const struct outcome *once, const struct outcome *cut)
{
	const struct intake_head *a = once->intake.kept, *b = cut->intake.kept;

	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		require(a->number == b->number && a->size == b->size && memcmp(a->text, b->text, a->size) == 0);
	require(a == NULL && b == NULL);
}

static bool
take_field(void *context, const char *name, size_t name_size, const char *value, size_t value_size)
{
	const struct intake_head *head = context;

	require(name_size > 0 && name > head->text && value > name + name_size - 1 &&
		value + value_size < head->text + head->size);
	return true;
}

static void
check_kept(struct intake *intake)
{
	for (struct intake_head *head = intake->kept; head != NULL; head = head->next) {
		size_t size;

		require(intake_head_target(head, &size) > head->text && size > 0 && size < head->size);
		require(intake_head_fields(head, take_field, head));
	}
}

/* What the library reads is in order, too, and has the same ends. */
static void
read_again(const struct outcome *outcome)
{
	const struct message *m = &outcome->intake.message;
	const bool in_dropped = m->state == MESSAGE_EXTENSION || (m->state != MESSAGE_START && m->trailer);
	struct message message = { 0 };
	struct message_refusal refusal = { 0 };
	char *copy = malloc(outcome->size + 1);

	require(copy != NULL);
	memcpy(copy, outcome->given, outcome->size);
	for (size_t at = 0; at < outcome->size;) {
		unsigned int heads = message.heads;
		size_t left;
		size_t n = message_read(&message, copy + at, outcome->size - at, &left, &refusal);

		require(refusal.status == 0 && n > 0 && left == n);
		at += n;
		if (message.heads != heads)
			require(n <= INTAKE_SHORT_HEAD && message.fields <= INTAKE_SHORT_FIELDS);
	}
	require(refusal.status == 0);
	if (outcome->intake.refusal.status == 0 && !intake_holds(&outcome->intake) && !in_dropped)
		require(message.state == m->state && message.heads == m->heads);
	free(copy);
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
	const struct intake *intake = &once.intake;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct outcome cut = read_in_pieces(data, size, pieces[i]);

		require(cut.intake.refusal.status == intake->refusal.status && cut.size >= once.size);
		require(memcmp(cut.given, once.given, once.size) == 0);
		if (intake->refusal.status == 0)
			require(cut.size == once.size && cut.intake.held_size == intake->held_size);
		compare_kept(&once, &cut);
		read_again(&cut);
		release(&cut);
	}
	check_kept(&once.intake);
	read_again(&once);
	if (intake->refusal.status != 0 && once.size > 0)
		check_head(once.given, once.size);
	release(&once);
	try_target(data, size);
	return 0;
}
