/* Fields of a line between separators. */
#ifndef ANNOTATE_FIELD_H
#define ANNOTATE_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/** What is between two fields. */
struct field_rule {
	const char *separator; /**< NULL: runs of blanks and tabs, which count for nothing at the line's start */
	size_t separator_size;
};

/**
 * The field with this number, from 1.
 * @param[out] ret  within the text, without blanks around it; untouched if there is none
 * @return false: the line has fewer fields
 */
bool field_find(const struct field_rule *rule, const char *text, size_t size, size_t number, const char **ret,
		size_t *ret_size);

#endif
