#include "message.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "message_bytes.h"

/** Empty lines before a request, which some old clients sent behind the body of the one before. */
#define MAX_EMPTY_LINES 4
/** Most digits of a chunk's size: 2^60 is past any cap, and no arithmetic overflows. */
#define MAX_CHUNK_DIGITS 15

/** Where a step began. */
struct message_place {
	enum message_state state;
	bool line_feed;
	bool trailer;
};

static void
refuse(struct message_refusal *ret, unsigned int status, const char *what)
{
	ret->status = status;
	svctag_detail_set(&ret->detail, "%s", what);
}

static const char of_head[] = ", where a field counts 64 bytes more than it has";
static_assert(MESSAGE_FIELD_COST == 64, "as it says there");

static void
refuse_size(struct message_refusal *ret, unsigned int status, const char *what, unsigned int most, const char *advice)
{
	ret->status = status;
	svctag_detail_set(&ret->detail, "%s has more than %u KiB%s", what, most / 1024, advice);
}

/** Is all of this text there, at once? What is not goes the longer way. */
static bool
begins_with(const char *data, size_t size, const char *text, size_t text_size)
{
	return size >= text_size && memcmp(data, text, text_size) == 0;
}

/** A byte that has no place where it is. */
static void
refuse_byte(char byte, const char *what, struct message_refusal *ret)
{
	if (byte == '\n')
		what = "a line ends with LF alone, not with CR LF";
	else if (byte == '\r')
		what = "a CR stands where no line may end";
	else if (byte == '\0')
		what = "the head of the request has a NUL";
	refuse(ret, 400, what);
}

/** Append as much as there is room for behind what is `kept`, if that is not all. */
static void
keep_beginning(char *to, size_t room, size_t kept, const char *data, size_t size)
{
	if (kept < room)
		memcpy(to + kept, data, size < room - kept ? size : room - kept);
}

/** Keep what a word begins with, and count all of it. */
static void
add_to_word(struct message *m, const char *data, size_t size)
{
	keep_beginning(m->word, sizeof(m->word), m->word_size, data, size);
	m->word_size += size;
}

/** Is the word that has been read this one? */
static bool
word_is(const struct message *m, const char *text)
{
	return m->word_size == strlen(text) && strncasecmp(m->word, text, m->word_size) == 0;
}

/** The texts are written before they are read. */
static void
begin_request(struct message *m)
{
	memset(m, 0, offsetof(struct message, word));
	m->state = MESSAGE_METHOD;
}

/** Between requests: an empty line or the beginning of a method. */
static size_t
read_start(struct message *m, const char *data, struct message_refusal *ret)
{
	if (*data != '\r') {
		begin_request(m);
		return 0;
	}
	if (m->empty_lines == MAX_EMPTY_LINES) {
		m->method[0] = '\0'; /* of the request before */
		refuse(ret, 400, "too many empty lines before the request");
		return 0;
	}
	m->empty_lines++;
	m->line_feed = m->empty_line = true;
	return 1;
}

static size_t
read_method(struct message *m, const char *data, size_t size, struct message_refusal *ret)
{
	static const char usual[] = "GET ";
	size_t n;

	if (m->word_size == 0 && begins_with(data, size, usual, strlen(usual))) {
		memcpy(m->method, "GET", sizeof("GET"));
		m->state = MESSAGE_TARGET;
		return strlen(usual);
	}
	n = span(data, size, IN_TOKEN);
	add_to_word(m, data, n);
	if (n == size)
		return n;
	if (data[n] != ' ' || m->word_size == 0) {
		refuse_byte(data[n], "the request line has to be METHOD TARGET HTTP/1.1 with one blank in between",
			    ret);
		return n;
	}
	if (m->word_size < sizeof(m->method))
		memcpy(m->method, m->word, m->word_size);
	m->word_size = 0;
	m->state = MESSAGE_TARGET;
	return n + 1;
}

static size_t
read_target(struct message *m, const char *data, size_t size, struct message_refusal *ret)
{
	size_t n = span_text(data, size, IN_TARGET);

	m->word_size += n;
	if (n == size)
		return n;
	if (data[n] == ' ' && m->word_size > 0) {
		m->word_size = 0;
		m->state = MESSAGE_VERSION;
		return n + 1;
	}
	if (data[n] == '\r' || data[n] == ' ')
		refuse(ret, 400, "the request line has to be METHOD TARGET HTTP/1.1 with one blank in between");
	else
		refuse_byte(data[n], "the request target has a character that has to be percent-encoded", ret);
	return n;
}

/** The version is complete: HTTP/1.0, or 1.1, or a later one that has to understand 1.1 (RFC 9110, 2.5). */
static void
judge_version(struct message *m, struct message_refusal *ret)
{
	const char *v = m->word;

	if (m->word_size != 8 || strncmp(v, "HTTP/", 5) != 0 || v[5] < '0' || v[5] > '9' || v[6] != '.' || v[7] < '0' ||
	    v[7] > '9')
		refuse(ret, 400, "the request line does not end with a version like HTTP/1.1");
	else if (v[5] != '1')
		refuse(ret, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	m->framing.old = v[7] == '0';
}

static size_t
read_version(struct message *m, const char *data, size_t size, struct message_refusal *ret)
{
	static const char usual[] = "HTTP/1.1\r\n";
	size_t n;

	if (m->word_size == 0 && begins_with(data, size, usual, strlen(usual))) {
		m->state = MESSAGE_LINE;
		return strlen(usual);
	}
	n = span(data, size, IN_TARGET);
	add_to_word(m, data, n);
	if (n == size)
		return n;
	if (data[n] != '\r') {
		refuse_byte(data[n], "the request line does not end with a version like HTTP/1.1", ret);
		return n;
	}
	judge_version(m, ret);
	m->line_feed = true;
	return n + 1;
}

/** A field's name is complete. */
static void
begin_value(struct message *m, struct message_refusal *ret)
{
	/* a name that is longer than what is kept of it is none of these */
	m->field = framing_field_named(m->word, m->word_size);
	m->cookie = m->field == FRAMING_NO_FIELD && word_is(m, "cookie");
	if (m->field != FRAMING_NO_FIELD && m->trailer)
		refuse(ret, 400, "a field that decides the framing stands behind the body");
	m->value_size = 0;
	m->state = MESSAGE_BLANKS;
}

static size_t
read_name(struct message *m, const char *data, size_t size, struct message_refusal *ret)
{
	size_t n = span(data, size, IN_TOKEN);

	add_to_word(m, data, n);
	if (n == size)
		return n;
	if (data[n] != ':' || m->word_size == 0) {
		refuse_byte(data[n], "a header field is not a name, a colon and a value", ret);
		return n;
	}
	begin_value(m, ret);
	return n + 1;
}

/** The beginning of a line of the head or the trailer. */
static size_t
read_line(struct message *m, const char *data, size_t size, struct message_refusal *ret)
{
	if (*data == '\r') {
		m->line_feed = m->empty_line = true;
		return 1;
	}
	if (*data == ' ' || *data == '\t') {
		refuse(ret, 400, "a line of the head is folded, or begins with a blank");
		return 0;
	}
	if (++m->fields > MESSAGE_MAX_FIELDS) {
		ret->status = 431;
		svctag_detail_set(&ret->detail, "the request has more than %d header fields", MESSAGE_MAX_FIELDS);
		return 0;
	}
	m->size += MESSAGE_FIELD_COST;
	m->word_size = 0;
	m->state = MESSAGE_NAME;
	return read_name(m, data, size, ret);
}

static size_t
read_value(struct message *m, char *data, size_t size, struct message_refusal *ret)
{
	size_t n = span_text(data, size, IN_VALUE);

	if (m->field != FRAMING_NO_FIELD) {
		keep_beginning(m->value, sizeof(m->value), m->value_size, data, n);
	} else if (m->cookie) {
		memset(data, ' ', n);
	}
	m->value_size += n;
	if (n == size)
		return n;
	if (data[n] != '\r') {
		refuse_byte(data[n], "a header field has a control character", ret);
		return n;
	}
	m->line_feed = true;
	return n + 1;
}

static size_t
read_blanks(struct message *m, char *data, size_t size, struct message_refusal *ret)
{
	size_t n = 0;

	while (n < size && (data[n] == ' ' || data[n] == '\t'))
		n++;
	if (n == size)
		return n;
	m->state = MESSAGE_VALUE;
	return n + read_value(m, data + n, size - n, ret);
}

/** A field's line is complete. */
static void
end_field(struct message *m, struct message_refusal *ret)
{
	if (m->field != FRAMING_NO_FIELD && m->value_size > sizeof(m->value))
		refuse(ret, 400, "a field that decides the framing is longer than any");
	else
		framing_add(&m->framing, m->field, m->value, m->value_size);
	m->state = MESSAGE_LINE;
}

/** The empty line behind the head. */
static void
end_head(struct message *m, struct message_refusal *ret)
{
	ret->status = framing_judge(&m->framing, &ret->detail);
	if (ret->status == 0 && framing_has_body(&m->framing) &&
	    m->size + 1 > MESSAGE_MAX_HEAD_OF_BODY) /* with this LF */
		refuse_size(ret, 431, "the head before a body", MESSAGE_MAX_HEAD_OF_BODY, of_head);
	m->heads++;
	m->word_size = 0;
	m->left = m->framing.length;
	if (m->framing.chunked)
		m->state = MESSAGE_SIZE;
	else
		m->state = m->left > 0 ? MESSAGE_BODY : MESSAGE_START;
}

/** The line with a chunk's size is complete. */
static void
begin_chunk(struct message *m)
{
	m->word_size = 0;
	if (m->left > 0) {
		m->state = MESSAGE_CHUNK;
		return;
	}
	m->trailer = true;
	m->state = MESSAGE_LINE;
}

/** The LF that has to follow a CR: what the line was decides what comes next. */
static size_t
read_line_feed(struct message *m, const char *data, struct message_refusal *ret)
{
	bool empty = m->empty_line;

	if (*data != '\n') {
		refuse(ret, 400, "a CR is not followed by LF");
		return 0;
	}
	m->line_feed = m->empty_line = false;
	switch (m->state) {
	case MESSAGE_VERSION: m->state = MESSAGE_LINE; break;
	case MESSAGE_VALUE: end_field(m, ret); break;
	case MESSAGE_LINE:
		if (empty && m->trailer)
			m->state = MESSAGE_START;
		else if (empty)
			end_head(m, ret);
		break;
	case MESSAGE_SIZE:
	case MESSAGE_EXTENSION: begin_chunk(m); break;
	case MESSAGE_CHUNK_END: m->state = MESSAGE_SIZE; break;
	default: break;
	}
	return 1;
}

/** Part of a body or a chunk. */
static size_t
read_data(struct message *m, size_t size, enum message_state next)
{
	size_t n = m->left < size ? (size_t)m->left : size;

	m->left -= n;
	if (m->left == 0)
		m->state = next;
	return n;
}

static unsigned int
hex_value(char digit)
{
	return digit <= '9' ? (unsigned int)(digit - '0') : (unsigned int)((digit | 0x20) - 'a' + 10);
}

static size_t
read_size(struct message *m, const char *data, size_t size, struct message_refusal *ret)
{
	size_t n = span(data, size, IN_NUMBER);

	if (m->word_size + n > MAX_CHUNK_DIGITS) {
		refuse(ret, 413, "a chunk is too large");
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		m->left = m->left * 16 + hex_value(data[i]);
	m->word_size += n;
	if (n == size)
		return n;
	if (m->word_size > 0 && data[n] == '\r')
		m->line_feed = true;
	else if (m->word_size > 0 && data[n] == ';')
		m->state = MESSAGE_EXTENSION;
	else
		refuse_byte(m->word_size > 0 || data[n] != '\r' ? data[n] : ' ',
			    "a chunk does not begin with its size in hexadecimal digits", ret);
	return n + 1;
}

static size_t
read_extension(struct message *m, const char *data, size_t size, struct message_refusal *ret)
{
	size_t n = span_text(data, size, IN_VALUE);

	if (n < size && data[n] != '\r')
		refuse_byte(data[n], "a chunk's extension has a control character", ret);
	if (n == size)
		return n;
	m->line_feed = true;
	return n + 1;
}

static size_t
read_chunk_end(struct message *m, const char *data, struct message_refusal *ret)
{
	if (*data != '\r')
		refuse_byte(*data, "a chunk is longer than its size says", ret);
	m->line_feed = true;
	return 1;
}

/** One step. @return how many bytes were read; may be 0 where only the state has changed */
static size_t
step(struct message *m, char *data, size_t size, struct message_refusal *ret)
{
	if (m->line_feed)
		return read_line_feed(m, data, ret);
	switch (m->state) {
	case MESSAGE_START: return read_start(m, data, ret);
	case MESSAGE_METHOD: return read_method(m, data, size, ret);
	case MESSAGE_TARGET: return read_target(m, data, size, ret);
	case MESSAGE_VERSION: return read_version(m, data, size, ret);
	case MESSAGE_LINE: return read_line(m, data, size, ret);
	case MESSAGE_NAME: return read_name(m, data, size, ret);
	case MESSAGE_BLANKS: return read_blanks(m, data, size, ret);
	case MESSAGE_VALUE: return read_value(m, data, size, ret);
	case MESSAGE_BODY: return read_data(m, size, MESSAGE_START);
	case MESSAGE_SIZE: return read_size(m, data, size, ret);
	case MESSAGE_EXTENSION: return read_extension(m, data, size, ret);
	case MESSAGE_CHUNK: return read_data(m, size, MESSAGE_CHUNK_END);
	case MESSAGE_CHUNK_END: return read_chunk_end(m, data, ret);
	}
	return size;
}

/** Of a head, or of the fields behind the chunks. */
static bool
is_of_head(enum message_state state)
{
	return state >= MESSAGE_METHOD && state <= MESSAGE_VALUE;
}

/**
 * After a step that began in `state`: is what has to be kept until the request
 * is answered of bearable size? That comes before whatever else is wrong, as it
 * does where the bytes come one by one.
 */
static void
limit_size(struct message *m, enum message_state state, size_t n, struct message_refusal *ret)
{
	if (!is_of_head(state) && state != MESSAGE_EXTENSION)
		return;
	m->size += n;
	if (state <= MESSAGE_VERSION && m->size > MESSAGE_MAX_LINE)
		refuse_size(ret, 414, "the request line", MESSAGE_MAX_LINE, "; POST a list instead");
	else if (m->size > MESSAGE_MAX_HEAD)
		refuse_size(ret, 431, "the head of the request", MESSAGE_MAX_HEAD, of_head);
}

/**
 * Of the n bytes of a step that began like this, so many are left, the last
 * ones: of an extension the line's end, of what stands behind the chunks the
 * empty line.
 */
static size_t
left_of_step(const struct message_place *began, const char *data, size_t n)
{
	if (began->trailer)
		return began->state == MESSAGE_LINE && (began->line_feed || *data == '\r') ? n : 0;
	if (began->state == MESSAGE_EXTENSION && !began->line_feed)
		return data[n - 1] == '\n' ? 2 : data[n - 1] == '\r' ? 1 : 0;
	return n;
}

/** One step, and with it the LF that has to follow, if it is there. @return how many bytes were read */
static size_t
step_line(struct message *m, char *data, size_t size, struct message_refusal *ret)
{
	enum message_state state = m->state;
	size_t n = step(m, data, size, ret);
	size_t line_feed;

	limit_size(m, state, n, ret);
	if (ret->status != 0 || !m->line_feed || n == size)
		return n;
	state = m->state;
	line_feed = read_line_feed(m, data + n, ret);
	limit_size(m, state, line_feed, ret);
	return n + line_feed;
}

bool
message_is_fresh(const struct message *message)
{
	return message->state == MESSAGE_START && !message->line_feed && message->empty_lines == 0;
}

bool
message_is_in_head(const struct message *message)
{
	return is_of_head(message->state) && !message->trailer;
}

bool
message_is_in_body(const struct message *message)
{
	return message->state != MESSAGE_START && !message_is_in_head(message);
}

size_t
message_read(struct message *message, char *data, size_t size, size_t *ret_left, struct message_refusal *ret)
{
	const unsigned int heads = message->heads;
	size_t at = 0, left = 0;
	bool ended = false;

	while (at < size && !ended) {
		const struct message_place began = { message->state, message->line_feed, message->trailer };
		size_t n = step_line(message, data + at, size - at, ret);
		size_t last;

		if (ret->status != 0)
			break;
		last = left_of_step(&began, data + at, n);
		at += n;
		if (left + last != at)
			memmove(data + left, data + at - last, last);
		left += last;
		ended = message->heads != heads || (message->state == MESSAGE_START && !message->line_feed);
	}
	*ret_left = left;
	return at;
}
