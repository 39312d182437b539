/*
 * Markdown articles: front matter, code blocks and comments are passed over;
 * of tables and prose only what is an address counts.
 */
#include "markdown.h"

#include <stdio.h>

#include "text.h"
#include "words.h"

#define MAX_SECTION 128

struct article {
	struct reader *reader;
	struct lines lines;
	char section[MAX_SECTION]; /* the last heading */
	bool no_comment_end;       /* none follows: looked for once */
};

/* ------------------------------------------------------------------ words */

static bool
is_separator(char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case ',':
	case ';':
	case '(':
	case ')':
	case '<':
	case '>':
	case '[':
	case ']':
	case '{':
	case '}':
	case '"':
	case '\'':
	case '`':
	case '*':
	case '|':
	case '=':
	case '\\':
	case '!': return true;
	default: return false;
	}
}

static struct span
trim_punctuation(struct span word)
{
	while (word.size > 0 && (word.text[0] == '_' || word.text[0] == '~'))
		word = span_from(word, 1);
	while (word.size > 0) {
		char last = word.text[word.size - 1];
		bool is_gap = word.size > 1 && word.text[word.size - 2] == ':';

		if (last != '.' && last != '_' && last != '~' && last != '?' && (last != ':' || is_gap))
			break;
		word.size--;
	}
	return word;
}

/* Up to a blank or what may close a link. */
static void
skip_url(struct span *rest)
{
	while (rest->size > 0 && !is_blank(rest->text[0]) && strchr(")>\"|", rest->text[0]) == NULL)
		*rest = span_from(*rest, 1);
}

static bool
has(struct span word, char c)
{
	return memchr(word.text, c, word.size) != NULL;
}

/* What prose has many of, times and names with colons, is not taken for a broken address; nor is a::b, without a
 * digit, for a good one. */
static bool
is_candidate(struct span word)
{
	struct token token;
	bool has_digit = false;

	for (size_t i = 0; i < word.size; i++)
		has_digit |= is_digit(word.text[i]);
	if (!has_digit)
		return false;
	if (token_parse(word, &token) == SVCTAG_OK)
		return true;
	return token_resembles(word) && (has(word, '.') || has(word, '/'));
}

bool
markdown_next_address(struct span *rest, struct span *ret)
{
	while (rest->size > 0) {
		struct span word;
		size_t i = 0;

		while (i < rest->size && !is_separator(rest->text[i]))
			i++;
		word = (struct span){ .text = rest->text, .size = i };
		*rest = span_from(*rest, i);
		if (i == 0) {
			*rest = span_from(*rest, 1);
			continue;
		}
		if (span_holds(word, "://")) {
			skip_url(rest);
			continue;
		}
		word = text_extend(trim_punctuation(word), rest);
		if (!is_candidate(word))
			continue;
		*ret = word;
		return true;
	}
	return false;
}

size_t
markdown_read_words(struct reader *reader, const struct origin *origin, struct span text)
{
	struct span word;
	size_t count = 0;

	for (; reader_goes_on(reader) && markdown_next_address(&text, &word); count++)
		(void)reader_address(reader, origin, word);
	return count;
}

/* ------------------------------------------------------------------ lines */

static struct origin
origin_of(struct article *article)
{
	struct list_rule about = { .path = article->section };

	return (struct origin){ .line = article->lines.number, .rule = reader_rule(article->reader, &about) };
}

/* Three dashes on the first line, to the next three dashes or dots. Without an end it is a thematic break. */
static void
skip_front_matter(struct article *article)
{
	struct lines ahead = article->lines;

	if (!lines_next(&ahead) || !span_is(span_trim(ahead.line), "---"))
		return;
	while (lines_next(&ahead)) {
		if (span_is(span_trim(ahead.line), "---") || span_is(span_trim(ahead.line), "...")) {
			article->lines = ahead;
			return;
		}
	}
}

/* How many of the fence's character the line begins with; 0 if it is no fence. */
static size_t
fence_size(struct span line, char *ret_character)
{
	size_t size = 0;

	line = span_trim(line);
	if (line.size == 0 || (line.text[0] != '`' && line.text[0] != '~'))
		return 0;
	while (size < line.size && line.text[size] == line.text[0])
		size++;
	/* ```code``` in a line is no fence. */
	if (size < 3 || (line.text[0] == '`' && memchr(line.text + size, '`', line.size - size) != NULL))
		return 0;
	*ret_character = line.text[0];
	return size;
}

/* A code block whose fence is at hand. Examples mostly; but if there is an address in it that is said. */
static void
skip_code(struct article *article, size_t fence, char character)
{
	struct origin begin = origin_of(article), found = begin;
	struct span address = { 0 };
	char c;

	found.line = 0;
	while (lines_next(&article->lines)) {
		struct span rest = article->lines.line;
		bool is_fence = fence_size(rest, &c) >= fence && c == character;

		if (is_fence && span_trim(rest).size == fence_size(rest, &c))
			break;
		if (found.line == 0 && markdown_next_address(&rest, &address))
			found.line = article->lines.number;
	}
	if (found.line > 0)
		reader_problem(article->reader, &found, address,
			       "inside the code block that begins at line %zu: code is not read", begin.line);
}

/* From the line that begins a comment to the one that ends it. Without an end only the line is passed over. */
static void
skip_comment(struct article *article)
{
	struct origin origin = origin_of(article);
	struct lines ahead = article->lines;

	if (article->no_comment_end)
		return;
	do {
		if (span_holds(ahead.line, "-->")) {
			article->lines = ahead;
			return;
		}
	} while (lines_next(&ahead));
	article->no_comment_end = true;
	reader_warning(article->reader, &origin, article->lines.line, "a comment that is never closed");
}

/* "## IP ranges ##": true, and the section is called that. */
static bool
take_heading(struct article *article)
{
	struct span line = span_trim(article->lines.line);
	size_t level = 0;

	while (level < line.size && line.text[level] == '#')
		level++;
	if (level == 0 || level > 6 || (level < line.size && !is_blank(line.text[level])))
		return false;
	line = span_trim(span_from(line, level));
	while (line.size > 0 && line.text[line.size - 1] == '#')
		line.size--;
	line = span_trim(line);
	(void)snprintf(article->section, MAX_SECTION, "%.*s",
		       line.size < MAX_SECTION ? (int)line.size : MAX_SECTION - 1, line.text);
	return true;
}

static void
read_line(struct article *article)
{
	struct span line = article->lines.line;
	struct origin origin;
	char character;
	size_t fence = fence_size(line, &character);

	if (fence > 0) {
		skip_code(article, fence, character);
	} else if (span_begins(span_trim(line), "<!--")) {
		skip_comment(article);
	} else if (markdown_table_begins(&article->lines)) {
		markdown_read_table(article->reader, &article->lines, article->section);
	} else {
		(void)take_heading(article);
		origin = origin_of(article);
		(void)markdown_read_words(article->reader, &origin, line);
	}
}

/* A table, a link, or front matter; or the name says so. */
static bool
detect(const struct reader *reader)
{
	struct span name = span_of(reader->name);
	struct lines lines = { .rest = reader_text(reader) };
	struct article article = { .lines = lines };

	if (span_ends(name, ".md") || span_ends(name, ".markdown"))
		return true;
	skip_front_matter(&article);
	if (article.lines.number > 0)
		return true;
	while (lines.number < DETECT_LINES && lines_next(&lines)) {
		/* Where `#` may as well begin a comment it says nothing. */
		if (markdown_table_begins(&lines) ||
		    (!span_begins(span_trim(lines.line), "#") && span_holds(lines.line, "](")))
			return true;
	}
	return false;
}

static void
read_all(struct reader *reader)
{
	struct article article = { .reader = reader, .lines = { .rest = reader_text(reader) } };

	skip_front_matter(&article);
	while (reader_goes_on(reader) && lines_next(&article.lines))
		read_line(&article);
}

const struct list_format list_format_markdown = {
	.name = "markdown",
	.description = "Markdown: tables, lists and prose",
	.detect = detect,
	.read = read_all,
};
