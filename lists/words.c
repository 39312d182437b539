#include "words.h"

static bool
quoted_word(struct span *rest, struct span *ret)
{
	char quote = rest->text[0];
	size_t i = 1;

	while (i < rest->size && rest->text[i] != quote) {
		if (rest->text[i] == '\\' && quote == '"' && i + 1 < rest->size)
			i++;
		i++;
	}
	*ret = (struct span){ .text = rest->text + 1, .size = i - 1 };
	*rest = span_from(*rest, i < rest->size ? i + 1 : i);
	return true;
}

bool
words_next(struct span *rest, struct span *ret)
{
	size_t i = 0;

	while (rest->size > 0 && is_blank(rest->text[0]))
		*rest = span_from(*rest, 1);
	if (rest->size == 0)
		return false;
	if (rest->text[0] == '"' || rest->text[0] == '\'')
		return quoted_word(rest, ret);
	while (i < rest->size && !is_blank(rest->text[i]))
		i++;
	*ret = (struct span){ .text = rest->text, .size = i };
	*rest = span_from(*rest, i);
	return true;
}

struct span
words_first(struct span line)
{
	struct span word = { .text = line.text, .size = 0 };

	(void)words_next(&line, &word);
	return word;
}
