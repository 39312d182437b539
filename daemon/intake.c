#include "intake.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** So much is read at a time while something is held, at least; and the room for it grows by so much. */
#define LEAST_ROOM ((size_t)1024)
#define MORE_ROOM ((size_t)4096)
/** A method is at most so long where it stands in for another; none that is known is longer. */
#define MAX_METHOD 16
/** The longest head that stands in for another has less, without what fills it. */
#define MAX_STAND_IN 192

static_assert((INTAKE_SHORT_FIELDS + 1) * sizeof("x:\r") > MAX_STAND_IN && INTAKE_SHORT_HEAD > MAX_STAND_IN,
	      "what stands in for a head is not longer than the head");

/** What has come in one piece, or with what was held. */
struct stretch {
	char *text;
	size_t size;
	size_t read;  /* of them, from the first */
	size_t ready; /* of those, to go on; then, a head that is not complete */
};

/** A line of a head. */
struct line {
	const char *name;
	size_t name_size;
	const char *value;
	size_t value_size;
};

/** The three words of a request line. */
struct request_line {
	const char *method;
	size_t method_size;
	const char *target;
	size_t target_size;
	const char *version;
	size_t version_size;
	const char *end; /* where the next line begins */
};

void
intake_release(struct intake *intake)
{
	while (intake->kept != NULL) {
		struct intake_head *next = intake->kept->next;

		free(intake->kept);
		intake->kept = next;
	}
	free(intake->held);
	intake->held = NULL;
	intake->held_size = intake->held_ready = intake->held_room = 0;
}

/** Take a word and what stands behind it. */
static const char *
take_word(const char *text, char end, size_t *ret_size)
{
	const char *at = strchr(text, end);

	*ret_size = (size_t)(at - text);
	return at + 1;
}

/** Of a head that has been found in order. */
static struct request_line
read_request_line(const char *head)
{
	struct request_line line;

	line.method = head;
	line.target = take_word(line.method, ' ', &line.method_size);
	line.version = take_word(line.target, ' ', &line.target_size);
	line.end = take_word(line.version, '\r', &line.version_size) + 1;
	return line;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/** Leave out the blanks around a text that ends there. @return its size */
static size_t
trim(const char **text, const char *end)
{
	while (*text < end && is_blank(**text))
		(*text)++;
	while (*text < end && is_blank(end[-1]))
		end--;
	return (size_t)(end - *text);
}

/** The next field. @return false at the empty line */
static bool
next_line(const char **at, struct line *ret)
{
	const char *end;

	if (**at == '\r')
		return false;
	ret->name = *at;
	ret->value = take_word(ret->name, ':', &ret->name_size);
	end = strchr(ret->value, '\r');
	*at = end + 2;
	ret->value_size = trim(&ret->value, end);
	return true;
}

/** Is this word one of a list with commas? */
static bool
has_word(const struct line *line, const char *word)
{
	const char *at = line->value, *end = line->value + line->value_size;

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *behind = comma != NULL ? comma : end;
		size_t size = trim(&at, behind);

		if (size == strlen(word) && strncasecmp(at, word, size) == 0)
			return true;
		at = behind + 1;
	}
	return false;
}

/** The field that says how long the connection is to be kept, or "". */
static const char *
connection_of(const struct request_line *first)
{
	const char *at = first->end;
	const char *field = "";
	struct line line;

	while (next_line(&at, &line)) {
		if (line.name_size != strlen("Connection") || strncasecmp(line.name, "Connection", line.name_size) != 0)
			continue;
		if (has_word(&line, "close"))
			return "Connection: close\r\n";
		if (has_word(&line, "keep-alive"))
			field = "Connection: keep-alive\r\n";
	}
	return field;
}

/**
 * Write a head that frames a request as this one does, filled to `size`
 * bytes: so the heads that are kept are never many more bytes than those that
 * the library has room for.
 */
static void
write_stand_in(const struct message *m, const char *head, char *to, size_t size)
{
	const struct framing *framing = &m->framing;
	const struct request_line line = read_request_line(head);
	const int method_size = line.method_size < MAX_METHOD ? (int)line.method_size : MAX_METHOD;
	char begin[MAX_STAND_IN], end[MAX_STAND_IN], length[48] = "";
	size_t begin_size, end_size;

	if (framing->lengths > 0)
		(void)snprintf(length, sizeof(length), "Content-Length: %llu\r\n", (unsigned long long)framing->length);
	(void)snprintf(begin, sizeof(begin), "%.*s / %.*s\r\n%sFiller: ", method_size, line.method,
		       (int)line.version_size, line.version, framing->hosts > 0 ? "Host: x\r\n" : "");
	(void)snprintf(end, sizeof(end), "\r\n%s%s%s%s\r\n", connection_of(&line), length,
		       framing->chunked ? "Transfer-Encoding: chunked\r\n" : "",
		       framing->waits ? "Expect: 100-continue\r\n" : "");
	begin_size = strlen(begin);
	end_size = strlen(end);
	memcpy(to, begin, begin_size);
	memset(to + begin_size, 'x', size - begin_size - end_size);
	memcpy(to + size - end_size, end, end_size);
}

/** Keep the head that is ready next, and put another in its place. @return false when there is no memory */
static bool
replace_head(struct intake *intake, struct stretch *s)
{
	char *text = s->text + s->ready;
	size_t size = s->read - s->ready;
	size_t stand_in = size < INTAKE_SHORT_HEAD ? size : INTAKE_SHORT_HEAD;
	struct intake_head *head = malloc(sizeof(*head) + size + 1);
	struct intake_head **end = &intake->kept;

	if (head == NULL)
		return false;
	*head = (struct intake_head){ .number = intake->message.heads, .size = size };
	memcpy(head->text, text, size);
	head->text[size] = '\0';
	while (*end != NULL)
		end = &(*end)->next;
	*end = head;
	write_stand_in(&intake->message, head->text, text, stand_in);
	memmove(text + stand_in, text + size, s->size - s->read);
	s->read -= size - stand_in;
	s->size -= size - stand_in;
	return true;
}

static void
refuse_for_memory(struct intake *intake)
{
	intake->refusal.status = 503;
	svctag_detail_set(&intake->refusal.detail, "there is no memory for the request");
}

/** A head is complete and ready to go on. */
static void
end_head(struct intake *intake, struct stretch *s)
{
	const struct message *m = &intake->message;

	if ((m->fields > INTAKE_SHORT_FIELDS || s->read - s->ready > INTAKE_SHORT_HEAD) && !replace_head(intake, s))
		refuse_for_memory(intake);
}

/** Read what has not been read. Of a stretch with a refusal, only requests that are complete are left. */
static void
read_stretch(struct intake *intake, struct stretch *s)
{
	struct message *m = &intake->message;
	size_t whole = 0;

	while (s->read < s->size) {
		const unsigned int heads = m->heads;
		size_t left;
		char *at = s->text + s->read;
		size_t n = message_read(m, at, s->size - s->read, &left, &intake->refusal);

		if (left < n)
			memmove(at + left, at + n, s->size - s->read - n);
		s->size -= n - left;
		s->read += left;
		if (intake->refusal.status == 0 && m->heads != heads)
			end_head(intake, s);
		if (intake->refusal.status != 0) {
			s->size = s->read = s->ready = whole;
			return;
		}
		if (message_is_in_head(m))
			return;
		s->ready = s->read;
		if (m->state == MESSAGE_START)
			whole = s->ready;
	}
}

static bool
make_room(struct intake *intake, size_t size)
{
	char *larger;

	if (intake->held_room - intake->held_size >= size)
		return true;
	larger = realloc(intake->held, intake->held_size + size + MORE_ROOM);
	if (larger == NULL) {
		refuse_for_memory(intake);
		return false;
	}
	intake->held = larger;
	intake->held_room = intake->held_size + size + MORE_ROOM;
	return true;
}

bool
intake_holds(const struct intake *intake)
{
	return intake->held_size > 0;
}

bool
intake_is_fresh(const struct intake *intake)
{
	return message_is_fresh(&intake->message) && intake->taken == intake->message.heads &&
	       intake->refusal.status == 0 && !intake_holds(intake);
}

bool
intake_has_one(const struct intake *intake)
{
	return message_is_fresh(&intake->message) && intake->taken + 1 == intake->message.heads &&
	       intake->refusal.status == 0 && intake->kept == NULL && !intake_holds(intake);
}

size_t
intake_read(struct intake *intake, char *data, size_t size)
{
	struct stretch s = { .text = data, .size = size };

	read_stretch(intake, &s);
	if (s.ready < s.size && make_room(intake, s.size - s.ready)) {
		memcpy(intake->held, data + s.ready, s.size - s.ready);
		intake->held_size = s.size - s.ready;
	}
	return s.ready;
}

char *
intake_room(struct intake *intake, size_t *ret_size)
{
	if (!make_room(intake, LEAST_ROOM))
		return NULL;
	*ret_size = intake->held_room - intake->held_size;
	return intake->held + intake->held_size;
}

void
intake_read_held(struct intake *intake, size_t size)
{
	struct stretch s = {
		.text = intake->held,
		.size = intake->held_size + size,
		.read = intake->held_size,
		.ready = intake->held_ready,
	};

	read_stretch(intake, &s);
	intake->held_size = s.size;
	intake->held_ready = s.ready;
}

/** What a long head has needed, others hardly do. */
static void
give_room_back(struct intake *intake)
{
	char *smaller;

	if (intake->held_size == 0) {
		free(intake->held);
		intake->held = NULL;
		intake->held_room = 0;
		return;
	}
	if (intake->held_room <= 2 * MORE_ROOM || intake->held_size > MORE_ROOM)
		return;
	smaller = realloc(intake->held, intake->held_size + LEAST_ROOM);
	if (smaller == NULL)
		return;
	intake->held = smaller;
	intake->held_room = intake->held_size + LEAST_ROOM;
}

size_t
intake_move(struct intake *intake, char *to, size_t room)
{
	size_t n = intake->held_ready < room ? intake->held_ready : room;

	if (n == 0)
		return 0;
	memcpy(to, intake->held, n);
	memmove(intake->held, intake->held + n, intake->held_size - n);
	intake->held_size -= n;
	intake->held_ready -= n;
	give_room_back(intake);
	return n;
}

struct intake_head *
intake_take(struct intake *intake)
{
	struct intake_head *head = intake->kept;

	intake->taken++;
	if (head == NULL || head->number != intake->taken)
		return NULL;
	intake->kept = head->next;
	return head;
}

const char *
intake_head_target(const struct intake_head *head, size_t *ret_size)
{
	const struct request_line line = read_request_line(head->text);

	*ret_size = line.target_size;
	return line.target;
}

bool
intake_fields(const char *head, intake_field field, void *context)
{
	const char *at = read_request_line(head).end;
	struct line line;

	while (next_line(&at, &line)) {
		if (!field(context, line.name, line.name_size, line.value, line.value_size))
			return false;
	}
	return true;
}

bool
intake_head_fields(const struct intake_head *head, intake_field field, void *context)
{
	return intake_fields(head->text, field, context);
}
