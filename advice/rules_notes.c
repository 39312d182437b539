/* What is to be said of a proposal besides its rules: what is missing, what is risky, what was read loosely. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules_proposal.h"
#include "rules_words.h"

/* Most notes of one kind; the last of them says how many more there are. */
#define MOST_OF_A_KIND 20

struct notes {
	struct proposal *proposal;
	size_t capacity;
	bool failed;
};

static void __attribute__((format(printf, 2, 3))) note(struct notes *notes, const char *format, ...)
{
	struct proposal *p = notes->proposal;
	svctag_detail text = { "" };
	char raw[sizeof(text.text)];
	const char *copy;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	/* Names may be a list's: this replaces controls and what is not UTF-8. */
	svctag_detail_set(&text, "%s", raw);
	copy = list_memory_copy(p->layout->memory, text.text, strlen(text.text));
	if (p->note_count == notes->capacity) {
		size_t capacity = notes->capacity == 0 ? 16 : 2 * notes->capacity;
		const char **bigger = reallocarray(p->notes, capacity, sizeof(*bigger));

		if (bigger == NULL) {
			notes->failed = true;
			return;
		}
		p->notes = bigger;
		notes->capacity = capacity;
	}
	if (copy == NULL)
		notes->failed = true;
	else
		p->notes[p->note_count++] = copy;
}

static const char *
plural(size_t count)
{
	return count == 1 ? "y" : "ies";
}

static const char *
tag_name(const struct proposal *p, uint32_t tag)
{
	return svctag_index_tag_name(svctag_snapshot_index(p->snapshot), tag);
}

/* Is the name that of the tag, or of its undotted parent? */
static bool
is_of(const char *tag, const char *name)
{
	size_t size = strlen(name);

	return strncasecmp(tag, name, size) == 0 && (tag[size] == '\0' || tag[size] == '.');
}

/* Does a rule name it, one that is proposed or one of the list that stays? */
static bool
is_named(const struct proposal *p, const char *name)
{
	for (size_t i = 0; i < svctag_migration_tag_count(p->migration); i++)
		if (is_of(tag_name(p, svctag_migration_tag(p->migration, i)->tag), name))
			return true;
	for (size_t i = 0; i < p->list->mention_count; i++)
		if (is_of(p->list->mentions[i].tag, name))
			return true;
	return false;
}

static bool
was_told(const svctag_dependency **told, size_t count, const svctag_dependency *dependency)
{
	for (size_t i = 0; i < count; i++)
		if (told[i] == dependency)
			return true;
	return false;
}

static void
note_dependencies(struct notes *notes)
{
	const struct proposal *p = notes->proposal;
	const svctag_dependency *told[MOST_OF_A_KIND];
	size_t count = 0;

	for (size_t t = 0; t < svctag_migration_tag_count(p->migration); t++) {
		const char *name = tag_name(p, svctag_migration_tag(p->migration, t)->tag);
		const svctag_dependency *dependency;

		for (size_t i = 0; (dependency = svctag_dependency_find(name, i)) != NULL; i++) {
			if (count == MOST_OF_A_KIND || was_told(told, count, dependency) ||
			    is_named(p, dependency->needs))
				continue;
			told[count++] = dependency;
			note(notes, "%s needs %s beside it, which no rule names. %s", name, dependency->needs,
			     dependency->why);
		}
	}
}

/* Of the tags that were chosen, those in inbound rules that hold other customers' workloads. */
static void
note_risks(struct notes *notes)
{
	const struct proposal *p = notes->proposal;
	const svctag_index *index = svctag_snapshot_index(p->snapshot);
	size_t count = 0;

	for (size_t i = 0; i < rules_count(p->rules); i++) {
		const struct rule *rule = rules_at(p->rules, i);
		uint32_t tag;

		if (rule->direction != LIST_INBOUND || rule->source.kind != RULE_TAG ||
		    svctag_index_find_tag(index, rule->source.tag, strlen(rule->source.tag), &tag) != SVCTAG_OK ||
		    !svctag_tag_is_shared(index, tag) || count++ >= MOST_OF_A_KIND)
			continue;
		note(notes,
		     "%s: %s holds other customers' workloads too, so this inbound rule admits any of them. A "
		     "service tag is no boundary of security: let the application check who calls.",
		     rule->name, rule->source.tag);
	}
	if (count > MOST_OF_A_KIND)
		note(notes, "%zu more inbound rules admit other customers' workloads.", count - MOST_OF_A_KIND);
	count = 0;
	for (size_t i = 0; i < svctag_migration_tag_count(p->migration); i++) {
		uint32_t tag = svctag_migration_tag(p->migration, i)->tag;

		if (svctag_tag_is_broad(index, tag) && count++ < MOST_OF_A_KIND)
			note(notes, "%s is broad: it opens far more than one service of one region.", tag_name(p, tag));
	}
}

/* The tags that stand in the way of entries that are kept because it is not known whether the target takes them. */
static void
note_unknown(struct notes *notes)
{
	const struct proposal *p = notes->proposal;
	uint32_t told[MOST_OF_A_KIND];
	size_t count = 0;

	for (size_t i = 0; i < svctag_migration_entry_count(p->migration) && count < MOST_OF_A_KIND; i++) {
		svctag_migrate_fate fate = svctag_migration_fate(p->migration, i);
		size_t known = 0;

		if (fate.reason != SVCTAG_MIGRATE_KEPT_UNKNOWN || fate.alternative_count == 0)
			continue;
		while (known < count && told[known] != fate.alternatives[0])
			known++;
		if (known < count)
			continue;
		told[count++] = fate.alternatives[0];
		note(notes,
		     "Whether %s can be used in the target %s is unknown: the published file and the documents "
		     "disagree. It is not proposed.",
		     tag_name(p, fate.alternatives[0]), svctag_target_text(rules_target(p->rules)));
	}
}

static void
note_families(struct notes *notes)
{
	const svctag_count *asked = svctag_migration_asked(notes->proposal->migration);
	const svctag_count *opened = svctag_migration_opened(notes->proposal->migration);
	char text[SVCTAG_COUNT_TEXT_SIZE];

	for (int f = 0; f < 2; f++) {
		if (!svctag_count_is_zero(asked[f]) || svctag_count_is_zero(opened[f]))
			continue;
		svctag_count_format(opened[f], text);
		note(notes, "The list has no %s, the tags have: %s addresses of it are opened too.",
		     f == 0 ? "IPv4" : "IPv6", text);
	}
}

static void
note_reading(struct notes *notes)
{
	const struct proposal *p = notes->proposal;
	const struct layout_doubts *doubts = &p->layout->doubts;

	if (doubts->without_ports > 0)
		note(notes,
		     "The list does not say which ports %zu entr%s are about: their rules say *. Narrow them, to "
		     "443 for most services.",
		     doubts->without_ports, plural(doubts->without_ports));
	if (doubts->protocol != NULL)
		note(notes, "Rules of this target do not know the protocol '%s': * is written in its place.",
		     doubts->protocol);
	if (doubts->ports != NULL)
		note(notes, "'%s' could not be read as ports: * is written in their place.", doubts->ports);
	if (doubts->next_hop != NULL)
		note(notes, "'%s' is no next hop of a route: Internet is written in its place.", doubts->next_hop);
	if (doubts->several_groups > 0)
		note(notes,
		     "%zu rules share their priority with another: the list has several groups, which are taken "
		     "together. Give one group at a time to keep them apart.",
		     doubts->several_groups);
}

/* Names on the own sides of rules that Azure's rules do not know. */
static void
note_names(struct notes *notes)
{
	const struct proposal *p = notes->proposal;
	size_t count = 0;

	for (size_t o = 0; o < p->layout->origin_count && count < MOST_OF_A_KIND; o++) {
		const struct origin *origin = &p->layout->origins[o];
		struct own_side side;
		svctag_error err;

		if (origin->remote == 0 || origin->mention_count == 0)
			continue;
		err = own_side_make(p, origin, &side);
		notes->failed = notes->failed || err != SVCTAG_OK;
		if (err == SVCTAG_OK && side.unknown != NULL && count++ == 0)
			note(notes,
			     "Rules of this target do not know the name '%s': it is left out, which may be wider "
			     "than what was.",
			     side.unknown);
		own_side_release(&side);
	}
}

static void
note_kept(struct notes *notes)
{
	const struct proposal *p = notes->proposal;

	if (p->own_side > 0)
		note(notes, "%zu entr%s on the own side of %s: no tag replaces them, they stay as they are.",
		     p->own_side, p->own_side == 1 ? "y stands" : "ies stand", p->own_side == 1 ? "a rule" : "rules");
	if (p->not_routed > 0)
		note(notes, "%zu entr%s of inbound rules: a route table has no place for them.", p->not_routed,
		     plural(p->not_routed));
	if (p->bounded)
		note(notes, "So few rules leave no room for more tags: entries are kept that a tag could replace.");
	if (rules_count(p->rules) < p->rules_before)
		note(notes, "%zu rules of the list become %zu.", p->rules_before, rules_count(p->rules));
	if (rules_count(p->own) < p->rules_before)
		note(notes, "The list has more rules than the target has room for; the way back has the first %zu.",
		     rules_count(p->own));
}

/* By destination alone; a route's is a tag or one prefix. */
static int
compare_destinations(const void *a, const void *b)
{
	const struct rule_peer *x = &(*(const struct rule *const *)a)->destination;
	const struct rule_peer *y = &(*(const struct rule *const *)b)->destination;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->kind == RULE_TAG ? strcasecmp(x->tag, y->tag) : svctag_prefix_compare(x->prefixes, y->prefixes);
}

/* A route table has one route to a destination; lists of several tables may lead one tag to several next hops. */
static void
note_routes(struct notes *notes)
{
	const struct rule_set *set = notes->proposal->rules;
	size_t rule_count = rules_target(set) == SVCTAG_TARGET_UDR ? rules_count(set) : 0;
	const struct rule **routes = calloc(rule_count + 1, sizeof(*routes));
	size_t count = 0;

	if (routes == NULL) {
		notes->failed = true;
		return;
	}
	for (size_t i = 0; i < rule_count; i++)
		routes[i] = rules_at(set, i);
	qsort(routes, rule_count, sizeof(*routes), compare_destinations);
	for (size_t i = 1; i < rule_count; i++) {
		if (compare_destinations(&routes[i - 1], &routes[i]) != 0 || count++ >= MOST_OF_A_KIND)
			continue;
		note(notes,
		     "The routes %s and %s have the same destination and lead to %s and to %s: a route table takes "
		     "one route to each destination. Put them into tables of their own, or drop one.",
		     routes[i - 1]->name, routes[i]->name, routes[i - 1]->next_hop, routes[i]->next_hop);
	}
	if (count > MOST_OF_A_KIND)
		note(notes, "%zu more routes share their destination with another.", count - MOST_OF_A_KIND);
	free(routes);
}

svctag_error
proposal_notes(struct proposal *proposal)
{
	struct notes notes = { .proposal = proposal };

	note_dependencies(&notes);
	note_risks(&notes);
	note_unknown(&notes);
	note_families(&notes);
	note_reading(&notes);
	note_routes(&notes);
	note_names(&notes);
	note_kept(&notes);
	return notes.failed ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
}
