/*
 * The frame of lint: items in order, findings in order, one check after the
 * other. A check that would repeat in other words what a more telling one has
 * said of an entry keeps quiet; `told` remembers that.
 */
#include "lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lint_internal.h"

/** How often the caller is asked whether to go on. */
#define PROGRESS_STEP 1024
/** Unknown names past this many get no proposal. */
#define MOST_GUESSES 2000

static const struct list_rule no_rule = { .path = "" };

/* ------------------------------------------------------------- findings */

bool
lint_goes_on(struct lint *lint, size_t done, size_t of)
{
	const struct lint_options *options = lint->options;

	if (lint->error != SVCTAG_OK)
		return false;
	if (options->progress != NULL && done % PROGRESS_STEP == 0 && !options->progress(options->context, done, of))
		lint->error = SVCTAG_E_LIMIT;
	return lint->error == SVCTAG_OK;
}

bool
lint_is_on(const struct lint *lint, enum lint_check check)
{
	return !lint->options->off[check];
}

bool
lint_begin(struct lint *lint, enum lint_check check, enum lint_severity severity)
{
	if (lint->error != SVCTAG_OK || !lint_is_on(lint, check))
		return false;
	lint->totals[severity]++;
	if (lint->count == LINT_MAX_FINDINGS)
		lint->left_off++;
	return lint->count < LINT_MAX_FINDINGS;
}

/* Longer texts are cut. */
#define TEXT_SIZE 1000

const char *
lint_text(struct lint *lint, const char *format, ...)
{
	char text[TEXT_SIZE];
	const char *copy;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	copy = list_memory_copy(lint->memory, text, strlen(text));
	if (copy == NULL)
		lint->error = SVCTAG_E_NO_MEMORY;
	return copy != NULL ? copy : "";
}

static bool
make_room(struct lint *lint)
{
	size_t more = lint->capacity == 0 ? 64 : lint->capacity * 2;
	struct lint_finding *grown;

	if (lint->error != SVCTAG_OK)
		return false;
	if (lint->count < lint->capacity)
		return true;
	grown = reallocarray(lint->findings, more, sizeof(*grown));
	if (grown == NULL) {
		lint->error = SVCTAG_E_NO_MEMORY;
		return false;
	}
	lint->findings = grown;
	lint->capacity = more;
	return true;
}

void
lint_add(struct lint *lint, enum lint_check check, enum lint_severity severity, struct lint_place place,
	 const char *tag, const char *message, const char *fix)
{
	const struct list_rule *rule = place.rule != NULL ? place.rule : &no_rule;
	const char *name = rule->name;

	if (name == NULL && rule->path[0] != '\0')
		name = rule->path;
	if (tag != NULL)
		tag = lint_text(lint, "%.200s", tag);
	if (!make_room(lint))
		return;
	lint->findings[lint->count++] = (struct lint_finding){
		.check = check,
		.severity = severity,
		.line = place.line,
		.path = rule->path,
		.rule = name,
		.message = message,
		.fix = fix,
		.tag = tag,
	};
}

/* ---------------------------------------------------------------- items */

const struct list_rule *
lint_rule(const struct lint *lint, size_t number)
{
	return number == 0 ? &no_rule : lint->list->rules[number - 1];
}

struct lint_run
lint_side(const struct lint *lint, size_t number, enum list_side side)
{
	const size_t *begin = &lint->begin[number * LINT_SIDES + (size_t)side];

	return (struct lint_run){ &lint->items[begin[0]], begin[1] - begin[0] };
}

struct lint_run
lint_all_sides(const struct lint *lint, size_t number)
{
	const size_t *begin = &lint->begin[number * LINT_SIDES];

	return (struct lint_run){ &lint->items[begin[0]], begin[LINT_SIDES] - begin[0] };
}

static size_t
slot_of(const struct list_rule *rule, enum list_side side)
{
	return rule->number * LINT_SIDES + (size_t)side;
}

static struct lint_item
item_of_mention(const struct lint *lint, const struct list_mention *mention)
{
	struct lint_item item = { .mention = mention, .peer = PEER_UNKNOWN };
	const char *name = mention->tag;

	if (strcmp(name, "*") == 0 || strcasecmp(name, "any") == 0) {
		item.peer = PEER_ANY;
		return item;
	}
	for (uint32_t i = 0; lint_reserved(i) != NULL; i++) {
		if (strcasecmp(name, lint_reserved(i)) == 0) {
			item.peer = PEER_RESERVED;
			item.tag = i;
			return item;
		}
	}
	if (svctag_index_find_tag(lint->index, name, strlen(name), &item.tag) == SVCTAG_OK)
		item.peer = PEER_TAG;
	return item;
}

/* Counted, then dealt out: in order of rule and side, and there as in the list. */
static svctag_error
deal_items(struct lint *lint)
{
	const struct list *list = lint->list;
	size_t slots = (list->rule_count + 1) * LINT_SIDES;
	size_t *next;

	lint->item_count = list->entry_count + list->mention_count;
	lint->items = calloc(lint->item_count + 1, sizeof(*lint->items));
	lint->begin = calloc(slots + 1, sizeof(*lint->begin));
	lint->told = calloc(list->entry_count + 1, sizeof(*lint->told));
	next = calloc(slots + 1, sizeof(*next));
	if (lint->items == NULL || lint->begin == NULL || lint->told == NULL || next == NULL) {
		free(next);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < list->entry_count; i++)
		lint->begin[slot_of(list->entries[i].rule, list->entries[i].side) + 1]++;
	for (size_t i = 0; i < list->mention_count; i++)
		lint->begin[slot_of(list->mentions[i].rule, list->mentions[i].side) + 1]++;
	for (size_t i = 0; i < slots; i++) {
		lint->begin[i + 1] += lint->begin[i];
		next[i] = lint->begin[i];
	}
	for (size_t i = 0; i < list->entry_count; i++)
		lint->items[next[slot_of(list->entries[i].rule, list->entries[i].side)]++] =
			(struct lint_item){ .entry = &list->entries[i], .peer = PEER_ADDRESS };
	for (size_t i = 0; i < list->mention_count; i++)
		lint->items[next[slot_of(list->mentions[i].rule, list->mentions[i].side)]++] =
			item_of_mention(lint, &list->mentions[i]);
	for (size_t i = 0; i < slots; i++) {
		if (next[i] > lint->begin[i] + 1)
			qsort(&lint->items[lint->begin[i]], next[i] - lint->begin[i], sizeof(*lint->items),
			      lint_item_compare);
	}
	free(next);
	return SVCTAG_OK;
}

/* ------------------------------------------------------------- problems */

/* In place of an address a name that some document uses: not unreadable, but meant. */
static bool
tell_spelling(struct lint *lint, const struct list_problem *problem, struct lint_place place)
{
	const char *meant = lint_is_on(lint, LINT_DOCUMENT_SPELLING) ? lint_meant(lint, problem->text) : NULL;

	if (meant == NULL)
		return false;
	if (lint_begin(lint, LINT_DOCUMENT_SPELLING, LINT_ERROR))
		lint_add(lint, LINT_DOCUMENT_SPELLING, LINT_ERROR, place, meant,
			 lint_text(lint, "'%.80s' is what documents call it, not the name of a tag", problem->text),
			 lint_text(lint, "Write %s.", meant));
	return true;
}

void
lint_problems(struct lint *lint)
{
	const struct list *list = lint->list;

	for (size_t i = 0; i < list->problem_count && lint_goes_on(lint, i, list->problem_count); i++) {
		const struct list_problem *problem = &list->problems[i];
		enum lint_check check = problem->is_warning ? LINT_READ_OTHERWISE : LINT_UNREADABLE;
		enum lint_severity severity = lint_about(check)->severity;
		/* A rule of its own: a problem has a path, and may be about no rule of the list. */
		struct list_rule *about = list_memory_allocate(lint->memory, sizeof(*about));
		struct lint_place place = { problem->line, about };

		if (about == NULL) {
			lint->error = SVCTAG_E_NO_MEMORY;
			return;
		}
		*about = (struct list_rule){ .path = problem->path };
		if ((!problem->is_warning && tell_spelling(lint, problem, place)) || !lint_begin(lint, check, severity))
			continue;
		lint_add(lint, check, severity, place, NULL,
			 lint_text(lint, "'%.100s': %.300s", problem->text, problem->error),
			 problem->is_warning ? "Write it as it is meant."
					     : "Write an address, a prefix, a range or the name of a service tag.");
	}
	if (list->problems_left_off > 0 && lint_begin(lint, LINT_UNREADABLE, LINT_WARNING))
		lint_add(lint, LINT_UNREADABLE, LINT_WARNING, (struct lint_place){ 0, NULL }, NULL,
			 lint_text(lint, "%zu more that cannot be read", list->problems_left_off),
			 "Is this the format that is meant? --input names another.");
}

/* ---------------------------------------------------------------- whole */

/* By line; of one line in the order of the checks. */
static int
compare_findings(const void *a, const void *b, void *context)
{
	const struct lint_finding *findings = context;
	size_t x = *(const size_t *)a;
	size_t y = *(const size_t *)b;

	if (findings[x].line != findings[y].line)
		return findings[x].line < findings[y].line ? -1 : 1;
	if (findings[x].check != findings[y].check)
		return findings[x].check < findings[y].check ? -1 : 1;
	return (x > y) - (x < y);
}

static svctag_error
sort_findings(struct lint *lint)
{
	struct lint_finding *sorted = calloc(lint->count + 1, sizeof(*sorted));
	size_t *order = calloc(lint->count + 1, sizeof(*order));

	if (sorted == NULL || order == NULL) {
		free(sorted);
		free(order);
		return SVCTAG_E_NO_MEMORY;
	}
	for (size_t i = 0; i < lint->count; i++)
		order[i] = i;
	if (lint->count > 1)
		qsort_r(order, lint->count, sizeof(*order), compare_findings, lint->findings);
	for (size_t i = 0; i < lint->count; i++)
		sorted[i] = lint->findings[order[i]];
	free(order);
	free(lint->findings);
	lint->findings = sorted;
	return SVCTAG_OK;
}

svctag_error
lint_list(const struct list *list, const svctag_snapshot *snapshot, const struct lint_options *options,
	  struct lint **ret, svctag_detail *detail)
{
	static const struct lint_options no_options = { 0 };
	struct lint *lint = calloc(1, sizeof(*lint));
	svctag_error err;

	if (lint == NULL)
		return SVCTAG_E_NO_MEMORY;
	lint->list = list;
	lint->snapshot = snapshot;
	lint->index = svctag_snapshot_index(snapshot);
	lint->options = options != NULL ? options : &no_options;
	lint->guesses = MOST_GUESSES;
	lint->memory = list_memory_new();
	lint->error = lint->memory == NULL ? SVCTAG_E_NO_MEMORY : deal_items(lint);
	if (lint->error == SVCTAG_OK) {
		lint_problems(lint);
		lint_stale(lint, detail);
		lint_overlap(lint);
		lint_addresses(lint);
		lint_tags(lint);
		lint_rules(lint);
		lint_limits(lint);
		lint_scenario(lint);
	}
	err = lint->error;
	if (err == SVCTAG_OK)
		err = sort_findings(lint);
	if (err != SVCTAG_OK) {
		lint_free(lint);
		return err;
	}
	lint->options = &no_options; /* they are the caller's, and no longer needed */
	*ret = lint;
	return SVCTAG_OK;
}

void
lint_free(struct lint *lint)
{
	if (lint == NULL)
		return;
	list_memory_free(lint->memory);
	free(lint->items);
	free(lint->begin);
	free(lint->told);
	free(lint->findings);
	free(lint);
}

size_t
lint_count(const struct lint *lint)
{
	return lint->count;
}

const struct lint_finding *
lint_at(const struct lint *lint, size_t i)
{
	return &lint->findings[i];
}

size_t
lint_left_off(const struct lint *lint)
{
	return lint->left_off;
}

size_t
lint_total(const struct lint *lint, enum lint_severity severity)
{
	return lint->totals[severity];
}
