/*
 * Plain text: addresses separated by blanks, commas and lines; a list's
 * bullets, quotes around an address, comments.
 */
#include "text.h"

/* `#` begins a comment anywhere; `;` and `//` only where a word might begin, for they stand between addresses too. */
static size_t
comment_begin(struct span line)
{
	for (size_t i = 0; i < line.size; i++) {
		char c = line.text[i];

		if (c == '#')
			return i;
		if (i > 0 && !is_blank(line.text[i - 1]))
			continue;
		if (c == ';' || (c == '/' && i + 1 < line.size && line.text[i + 1] == '/'))
			return i;
	}
	return line.size;
}

static bool
separates(char c)
{
	return is_blank(c) || c == ',';
}

/* The next word, up to a blank or comma. Empty at the end. */
static struct span
take_word(struct span *rest)
{
	struct span word;
	size_t i = 0;

	while (rest->size > 0 && separates(rest->text[0]))
		*rest = span_from(*rest, 1);
	while (i < rest->size && !separates(rest->text[i]))
		i++;
	word = (struct span){ .text = rest->text, .size = i };
	*rest = span_from(*rest, i);
	return word;
}

static bool
is_address(struct span text)
{
	svctag_address address;

	return svctag_address_parse(text.text, text.size, &address) == SVCTAG_OK;
}

/* The size of the address that the text begins with; 0 if it begins with none, or with more than one. */
static size_t
leading_address(struct span text)
{
	size_t size = 0;

	while (size < text.size && size < SVCTAG_ADDRESS_TEXT_SIZE &&
	       (is_digit(text.text[size]) || is_letter(text.text[size]) || text.text[size] == '.' ||
		text.text[size] == ':' || text.text[size] == '/'))
		size++;
	/* The full stop of a sentence. */
	if (size > 0 && text.text[size - 1] == '.')
		size--;
	return is_address((struct span){ .text = text.text, .size = size }) ? size : 0;
}

/* Bytes of the dash at the end. */
static size_t
trailing_dash(struct span word)
{
	for (size_t size = 1; size <= 3 && size < word.size; size += 2) {
		if (token_dash_size(span_from(word, word.size - size)) == size)
			return size;
	}
	return 0;
}

struct span
text_extend(struct span word, struct span *rest)
{
	const char *end = rest->text + rest->size;
	size_t dash = trailing_dash(word), last;
	struct span first = { .text = word.text, .size = word.size - dash };
	struct span after = span_trim_left(*rest);

	if (!is_address(first))
		return word;
	if (dash == 0) {
		dash = token_dash_size(after);
		if (dash == 0)
			return word;
		after = span_trim_left(span_from(after, dash));
	}
	last = leading_address(after);
	if (last == 0)
		return word;
	*rest = span_between(after.text + last, end);
	return span_between(word.text, after.text + last);
}

bool
text_next(struct span *rest, struct span *ret)
{
	struct span word = take_word(rest);

	if (word.size == 0)
		return false;
	*ret = span_unquote(text_extend(word, rest));
	return true;
}

/* A dash or star before the words of a line, as in YAML and Markdown. */
static struct span
skip_bullet(struct span line)
{
	line = span_trim(line);
	if (line.size >= 2 && (line.text[0] == '-' || line.text[0] == '*') && is_blank(line.text[1]))
		return span_from(line, 2);
	return line;
}

static void
read_line(struct reader *reader, const struct lines *lines)
{
	struct span rest = lines->line, word;
	struct origin origin = { .line = lines->number };
	bool has_other_words = false;

	rest.size = comment_begin(rest);
	rest = skip_bullet(rest);
	while (reader_goes_on(reader) && text_next(&rest, &word)) {
		struct token token;
		svctag_error err = token_parse(word, &token);

		if (err == SVCTAG_OK) {
			reader_add(reader, &origin, &token, word);
		} else if (token_resembles(word) || !has_other_words) {
			reader_problem(reader, &origin, word, "%s", token_error_text(word, err));
			has_other_words |= !token_resembles(word);
		}
	}
}

static bool
detect(const struct reader *reader)
{
	return reader->json == NULL;
}

static void
read_all(struct reader *reader)
{
	struct lines lines = { .rest = reader_text(reader) };

	while (reader_goes_on(reader) && lines_next(&lines))
		read_line(reader, &lines);
}

const struct list_format list_format_text = {
	.name = "text",
	.description = "addresses, prefixes and ranges in plain text",
	.detect = detect,
	.read = read_all,
};
