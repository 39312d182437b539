#include "nftables_lexer.h"

static void
skip(struct lexer *lexer, size_t size)
{
	for (size_t i = 0; i < size; i++)
		lexer->next_line += lexer->rest.text[i] == '\n';
	lexer->rest = span_from(lexer->rest, size);
}

static size_t
comment_size(struct span rest)
{
	const char *newline = memchr(rest.text, '\n', rest.size);

	return newline != NULL ? (size_t)(newline - rest.text) : rest.size;
}

/* Blanks but the line end, comments, and line ends behind a backslash. */
static void
skip_nothing(struct lexer *lexer)
{
	while (lexer->rest.size > 0) {
		char c = lexer->rest.text[0];

		if (c == ' ' || c == '\t' || c == '\r')
			skip(lexer, 1);
		else if (c == '#')
			skip(lexer, comment_size(lexer->rest));
		else if (c == '\\' && lexer->rest.size > 1 && lexer->rest.text[1] == '\n')
			skip(lexer, 2);
		else
			break;
	}
}

static bool
is_punctuation(char c)
{
	return c == '{' || c == '}' || c == ',' || c == ';' || c == '\n' || c == '(' || c == ')';
}

static bool
is_operator(char c)
{
	return c == '=' || c == '!' || c == '<' || c == '>';
}

/* A colon belongs to IPv6 addresses, but alone, or at the end of a word, it stands between a map's key and value. */
static size_t
word_size(struct span rest)
{
	size_t i = 0;

	while (i < rest.size && !is_blank(rest.text[i]) && !is_punctuation(rest.text[i]) &&
	       !is_operator(rest.text[i]) && rest.text[i] != '"' && rest.text[i] != '#')
		i++;
	return i > 0 ? i : 1;
}

static size_t
operator_size(struct span rest)
{
	size_t i = 0;

	while (i < rest.size && is_operator(rest.text[i]))
		i++;
	return i;
}

/* A string ends at its quote, or with the line if that is missing. */
static size_t
string_size(struct span rest)
{
	size_t i = 1;

	while (i < rest.size && rest.text[i] != '"' && rest.text[i] != '\n')
		i++;
	return i < rest.size && rest.text[i] == '"' ? i + 1 : i;
}

bool
lexer_next(struct lexer *lexer)
{
	size_t size;
	char c;

	skip_nothing(lexer);
	if (lexer->rest.size == 0)
		return false;
	c = lexer->rest.text[0];
	lexer->line = lexer->next_line;
	lexer->is_string = c == '"';
	if (lexer->is_string)
		size = string_size(lexer->rest);
	else if (is_punctuation(c))
		size = 1;
	else if (is_operator(c))
		size = operator_size(lexer->rest);
	else
		size = word_size(lexer->rest);
	lexer->token = (struct span){ .text = lexer->rest.text, .size = size };
	skip(lexer, size);
	return true;
}

struct span
lexer_line(const struct lexer *lexer)
{
	struct span rest = span_between(lexer->token.text, lexer->rest.text + lexer->rest.size);

	rest.size = comment_size(rest);
	return span_trim(rest);
}
