#include "rules_names.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define START_CAPACITY 64
/* Room for "-" and any number. */
#define NUMBER_SIZE 22

void
rule_names_release(struct rule_names *names)
{
	free(names->slots);
	*names = (struct rule_names){ 0 };
}

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void
rule_name_fit(const char *text, char ret[RULE_NAME_SIZE + 1])
{
	size_t size = 0;

	/* The platform wants a letter or digit first, and one or '_' last. */
	while (*text != '\0' && !is_alphanumeric(*text))
		text++;
	for (; *text != '\0' && size < RULE_NAME_SIZE; text++) {
		bool fits = is_alphanumeric(*text) || *text == '_' || *text == '.' || *text == '-';

		if (fits || ret[size - 1] != '-')
			ret[size++] = fits ? *text : '-';
	}
	while (size > 0 && (ret[size - 1] == '-' || ret[size - 1] == '.'))
		size--;
	ret[size] = '\0';
	if (size == 0)
		memcpy(ret, "rule", sizeof("rule"));
}

/* FNV-1a, whatever the letter case: of the letters that a name may have, only those differ in that bit. */
static size_t
hash(const char *name)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	for (; *name != '\0'; name++)
		sum = (sum ^ (unsigned char)(*name | 0x20)) * UINT64_C(1099511628211);
	return (size_t)(sum ^ sum >> 32);
}

/* Its slot, or the free one where it belongs. There is always a free one. */
static struct rule_name *
find(const struct rule_names *names, const char *name)
{
	size_t i = hash(name) & (names->capacity - 1);

	while (names->slots[i].text != NULL && strcasecmp(names->slots[i].text, name) != 0)
		i = (i + 1) & (names->capacity - 1);
	return &names->slots[i];
}

static bool
grow(struct rule_names *names)
{
	struct rule_names bigger = { .capacity = names->capacity == 0 ? START_CAPACITY : 2 * names->capacity,
				     .count = names->count };

	bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < names->capacity; i++)
		if (names->slots[i].text != NULL)
			*find(&bigger, names->slots[i].text) = names->slots[i];
	free(names->slots);
	*names = bigger;
	return true;
}

/* The name with a number that no other has. `taken` counts on, so that many names alike stay cheap. */
static struct rule_name *
number(const struct rule_names *names, struct rule_name *taken, const char *name, char ret[RULE_NAME_SIZE + 1])
{
	struct rule_name *slot;

	do {
		char end[NUMBER_SIZE];
		int size = snprintf(end, sizeof(end), "-%zu", taken->next++);

		snprintf(ret, RULE_NAME_SIZE + 1, "%.*s%s", RULE_NAME_SIZE - size, name, end);
		slot = find(names, ret);
	} while (slot->text != NULL);
	return slot;
}

svctag_error
rule_names_take(struct rule_names *names, struct list_memory *memory, const char *name, const char **ret)
{
	char numbered[RULE_NAME_SIZE + 1];
	struct rule_name *slot;
	char *copy;

	/* At most three quarters full: that keeps the runs short. */
	if (4 * (names->count + 1) > 3 * names->capacity && !grow(names))
		return SVCTAG_E_NO_MEMORY;
	slot = find(names, name);
	if (slot->text != NULL) {
		slot = number(names, slot, name, numbered);
		name = numbered;
	}
	copy = list_memory_copy(memory, name, strlen(name));
	if (copy == NULL)
		return SVCTAG_E_NO_MEMORY;
	*slot = (struct rule_name){ .text = copy, .next = 2 };
	names->count++;
	*ret = copy;
	return SVCTAG_OK;
}
