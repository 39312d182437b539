/*
 * From a list to a choice of tags and back to its entries. The classes of
 * entries (migrate_classes.c) become the groups of a set cover, which is
 * solved with tags numbered by how many addresses they have; an entry is then
 * given to the smallest of the chosen tags that may take it.
 */
#include <svctag/migrate.h>

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "migrate_internal.h"
#include "text.h"

/** Visits to a tag, group or atom that make up one step of the search. */
#define VISITS_OF_STEP 32

/** What became of a class. */
struct fate {
	uint32_t tag; /**< the index's number */
	svctag_migrate_reason reason;
	uint32_t all;
	uint32_t count;
	uint32_t alternatives[SVCTAG_MIGRATE_ALTERNATIVES];
};

struct svctag_migration {
	const svctag_snapshot *snapshot;
	svctag_migrate_options options;
	bool exact;
	double bound;
	svctag_count asked[2];
	svctag_count opened[2];
	svctag_migrate_tag *tags;
	size_t tag_count;
	struct fate *fates;
	uint32_t *fate_of; /**< by entry */
	size_t entry_count;
	size_t kept_count;
};

/** A migration in the making. */
struct migrating {
	svctag_migration *migration;
	const svctag_migrate_entry *entries;
	struct migrate_world world;
	struct number_lists classes;
	size_t *class_entries;
	svctag_set *asked;
	uint32_t *ranks; /**< the problem's tags, ascending */
	size_t rank_count;
	uint32_t *numbers; /**< of each rank in the problem; SVCTAG_MIGRATE_NO_TAG */
	struct migrate_problem *problem;
	struct migrate_choice choice;
	svctag_migrate_progress progress;
	void *context;
};

static const char *const reason_texts[SVCTAG_MIGRATE_REASON_COUNT] = {
	[SVCTAG_MIGRATE_INTENDED] = "the tag that it is meant for holds it",
	[SVCTAG_MIGRATE_ONLY] = "no other candidate holds it",
	[SVCTAG_MIGRATE_CHEAPEST] = "of several candidates this one is part of the best choice",
	[SVCTAG_MIGRATE_KEPT_FIXED] = "it has to stay an address",
	[SVCTAG_MIGRATE_KEPT_NO_TAG] = "no tag has any of it",
	[SVCTAG_MIGRATE_KEPT_PARTLY] = "tags hold parts of it, but none the whole",
	[SVCTAG_MIGRATE_KEPT_UNUSABLE] = "what holds it cannot be used in the target",
	[SVCTAG_MIGRATE_KEPT_UNKNOWN] = "the published file and the documents disagree on what holds it",
	[SVCTAG_MIGRATE_KEPT_BROAD] = "only broad tags that hold it could be used, and they were not allowed",
	[SVCTAG_MIGRATE_KEPT_LEFT] = "the tag that it is meant for does not hold it",
	[SVCTAG_MIGRATE_KEPT_NO_SUCH] = "there is no tag of the name that it is meant for",
	[SVCTAG_MIGRATE_KEPT_BOUND] = "the number of tags that was allowed leaves no room for one that holds it",
};

const char *
svctag_migrate_reason_text(svctag_migrate_reason reason)
{
	return (unsigned int)reason < SVCTAG_MIGRATE_REASON_COUNT ? reason_texts[reason] : "unknown reason";
}

static bool
tell_entries(void *context, size_t done)
{
	const struct migrating *m = context;

	return m->progress == NULL || m->progress(m->context, done, m->migration->entry_count);
}

static bool
tell_search(void *context)
{
	const struct migrating *m = context;

	return tell_entries(context, m->migration->entry_count);
}

static svctag_error
collect_asked(struct migrating *m)
{
	svctag_migration *migration = m->migration;
	svctag_range *ranges = calloc(migration->entry_count + 1, sizeof(*ranges));
	svctag_error err;
	size_t i;

	if (ranges == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < migration->entry_count; i++)
		ranges[i] = m->entries[i].range;
	err = svctag_set_of_ranges(ranges, migration->entry_count, &m->asked);
	free(ranges);
	if (err != SVCTAG_OK)
		return err;
	migration->asked[0] = svctag_set_count(m->asked, SVCTAG_IPV4);
	migration->asked[1] = svctag_set_count(m->asked, SVCTAG_IPV6);
	return SVCTAG_OK;
}

/* The tags that entries of the class may be given to, by rank; none if it is kept. */
static svctag_index_list
takers(const struct migrate_class *class)
{
	switch (class->reason) {
	case SVCTAG_MIGRATE_CHEAPEST: return class->tags;
	case SVCTAG_MIGRATE_INTENDED: return (svctag_index_list){ &class->intent, 1 };
	default: return (svctag_index_list){ NULL, 0 };
	}
}

/* The problem's tags are those that any class may be given to. */
static svctag_error
number_tags(struct migrating *m)
{
	size_t count = m->world.tag_count;
	uint32_t rank;
	size_t i;
	size_t k;

	m->numbers = malloc((count + 1) * sizeof(*m->numbers));
	m->ranks = calloc(count + 1, sizeof(*m->ranks));
	if (m->numbers == NULL || m->ranks == NULL)
		return SVCTAG_E_NO_MEMORY;
	memset(m->numbers, 0xff, (count + 1) * sizeof(*m->numbers));
	for (i = 0; i < m->classes.count; i++) {
		struct migrate_class class = migrate_class_at(&m->classes, i);
		svctag_index_list tags = takers(&class);

		for (k = 0; k < tags.count; k++)
			m->numbers[tags.ids[k]] = 0;
	}
	for (rank = 0; rank < count; rank++) {
		if (m->numbers[rank] == SVCTAG_MIGRATE_NO_TAG)
			continue;
		m->numbers[rank] = (uint32_t)m->rank_count;
		m->ranks[m->rank_count++] = rank;
	}
	return SVCTAG_OK;
}

static svctag_error
pose_problem(struct migrating *m)
{
	struct migrate_draft draft = { .tag_count = m->rank_count };
	uint32_t *list = calloc(m->rank_count + 1, sizeof(*list));
	svctag_error err = list == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;
	size_t i;
	size_t k;

	for (i = 0; err == SVCTAG_OK && i < m->classes.count; i++) {
		struct migrate_class class = migrate_class_at(&m->classes, i);
		svctag_index_list tags = takers(&class);

		for (k = 0; k < tags.count; k++)
			list[k] = m->numbers[tags.ids[k]];
		if (tags.count > 0)
			err = migrate_draft_add_group(&draft, list, tags.count, m->class_entries[i]);
	}
	if (err == SVCTAG_OK)
		err = migrate_add_atoms(&m->world, m->asked, m->ranks, m->rank_count, m->migration->options.prefer,
					&draft);
	if (err == SVCTAG_OK)
		err = migrate_problem_make(&draft, NULL, &m->problem);
	migrate_draft_release(&draft);
	free(list);
	return err;
}

/* The least IPv6 addresses that any choice opens, whatever it pays otherwise. */
static svctag_error
least_ipv6(const struct migrating *m, svctag_count *ret)
{
	const struct migrate_problem *problem = m->problem;
	struct migrate_work work = { 0 };
	struct migrate_cover empty = { 0 };
	struct migrate_bound bound = { 0 };
	svctag_count *weights = calloc(problem->atom_count + 1, sizeof(*weights));
	svctag_error err = migrate_cover_make(problem, &empty);

	if (err == SVCTAG_OK)
		err = migrate_bound_make(problem, &bound);
	if (weights == NULL)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK) {
		for (size_t a = 0; a < problem->atom_count; a++)
			weights[a] =
				migrate_addresses_in(m->migration->options.prefer, SVCTAG_IPV6, problem->weights[a]);
		bound.weights = weights;
		*ret = migrate_least(&bound, &empty, NULL, &work);
	}
	migrate_cover_release(&empty);
	migrate_bound_release(&bound);
	free(weights);
	return err;
}

/* How many times the best, as far as is proved. */
static svctag_error
prove_bound(struct migrating *m)
{
	svctag_migration *migration = m->migration;
	const struct migrate_choice *choice = &m->choice;
	svctag_prefer prefer = migration->options.prefer;
	bool ipv4 = !svctag_count_is_zero(migration->asked[0]);
	svctag_count least = { 0 };
	svctag_error err = SVCTAG_OK;

	migration->exact = choice->exact;
	migration->bound = 1.0;
	if (choice->exact)
		return SVCTAG_OK;
	if (prefer == SVCTAG_PREFER_RULES) {
		size_t tags = migrate_tags_in(prefer, choice->least);

		migration->bound = (double)choice->tags / (double)(tags > 0 ? tags : 1);
		return SVCTAG_OK;
	}
	if (ipv4)
		least = migrate_addresses_in(prefer, SVCTAG_IPV4, choice->least);
	else if (choice->kept == 0)
		err = least_ipv6(m, &least);
	least = svctag_count_add(least, migration->asked[ipv4 ? 0 : 1]);
	migration->bound = svctag_count_to_double(migration->opened[ipv4 ? 0 : 1]) / svctag_count_to_double(least);
	if (migration->bound < 1.0)
		migration->bound = 1.0;
	return err;
}

static svctag_error
choose_tags(struct migrating *m)
{
	const svctag_migrate_options *options = &m->migration->options;
	uint64_t steps = options->work > 0 ? options->work : SVCTAG_MIGRATE_WORK;
	struct migrate_work work = {
		.left = steps > UINT64_MAX / VISITS_OF_STEP ? UINT64_MAX : steps * VISITS_OF_STEP,
		.go_on = tell_search,
		.context = m,
	};
	svctag_error err;

	m->choice.in = calloc(m->rank_count + 1, sizeof(*m->choice.in));
	if (m->choice.in == NULL)
		return SVCTAG_E_NO_MEMORY;
	if (options->max_tags > 0)
		err = migrate_solve_bounded(m->problem, options->max_tags, &work, &m->choice);
	else
		err = migrate_solve(m->problem, &work, &m->choice);
	return err == SVCTAG_OK && work.stopped ? SVCTAG_E_LIMIT : err;
}

static bool
is_chosen(const struct migrating *m, uint32_t rank)
{
	return m->numbers[rank] != SVCTAG_MIGRATE_NO_TAG && m->choice.in[m->numbers[rank]];
}

/* The smallest of the chosen tags takes it; the others are alternatives. */
static void
settle_class(const struct migrating *m, const struct migrate_class *class, struct fate *fate)
{
	svctag_index_list tags = takers(class);
	uint32_t taker = SVCTAG_MIGRATE_NO_TAG;
	size_t i;

	*fate = (struct fate){ .tag = SVCTAG_MIGRATE_NO_TAG, .reason = class->reason, .all = class->all };
	for (i = 0; i < tags.count && taker == SVCTAG_MIGRATE_NO_TAG; i++)
		if (is_chosen(m, tags.ids[i]))
			taker = tags.ids[i];
	if (taker != SVCTAG_MIGRATE_NO_TAG) {
		fate->tag = m->world.tags[taker];
	} else if (tags.count > 0) {
		fate->reason = SVCTAG_MIGRATE_KEPT_BOUND;
		if (class->reason == SVCTAG_MIGRATE_INTENDED) {
			fate->all = 1;
			fate->alternatives[fate->count++] = m->world.tags[class->intent];
			return;
		}
	}
	if (fate->reason == SVCTAG_MIGRATE_CHEAPEST) {
		fate->all--; /* itself */
		if (fate->all == 0)
			fate->reason = SVCTAG_MIGRATE_ONLY;
	}
	for (i = 0; i < class->tags.count && fate->count < SVCTAG_MIGRATE_ALTERNATIVES; i++)
		if (class->tags.ids[i] != taker)
			fate->alternatives[fate->count++] = m->world.tags[class->tags.ids[i]];
}

static void
settle_entries(struct migrating *m)
{
	svctag_migration *migration = m->migration;
	uint32_t *places = m->numbers; /* not needed any more: where each chosen tag is, by the index's number */
	size_t i;

	for (i = 0; i < m->classes.count; i++) {
		struct migrate_class class = migrate_class_at(&m->classes, i);

		settle_class(m, &class, &migration->fates[i]);
	}
	for (i = 0; i < migration->tag_count; i++)
		places[migration->tags[i].tag] = (uint32_t)i;
	for (i = 0; i < m->classes.count; i++) {
		uint32_t tag = migration->fates[i].tag;

		if (tag == SVCTAG_MIGRATE_NO_TAG)
			migration->kept_count += m->class_entries[i];
		else
			migration->tags[places[tag]].entries += m->class_entries[i];
	}
}

static int
compare_tags(const void *a, const void *b, void *context)
{
	const svctag_index *const *index = context;

	return ascii_casecmp(svctag_index_tag_name(*index, ((const svctag_migrate_tag *)a)->tag),
			     svctag_index_tag_name(*index, ((const svctag_migrate_tag *)b)->tag));
}

static svctag_error
list_tags(struct migrating *m)
{
	svctag_migration *migration = m->migration;
	const svctag_index *index = m->world.index;
	size_t i;

	migration->fates = calloc(m->classes.count + 1, sizeof(*migration->fates));
	migration->tags = calloc(m->choice.tags + 1, sizeof(*migration->tags));
	if (migration->fates == NULL || migration->tags == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < m->rank_count; i++) {
		svctag_migrate_tag *tag = &migration->tags[migration->tag_count];

		if (!m->choice.in[i])
			continue;
		tag->tag = m->world.tags[m->ranks[i]];
		memcpy(tag->addresses, svctag_index_tag_at(index, tag->tag).addresses, sizeof(tag->addresses));
		migration->tag_count++;
	}
	if (migration->tag_count > 1)
		qsort_r(migration->tags, migration->tag_count, sizeof(*migration->tags), compare_tags, &index);
	return SVCTAG_OK;
}

/* What is asked for, and what the choice pays for beyond it. */
static void
count_opened(struct migrating *m)
{
	svctag_migration *migration = m->migration;
	svctag_prefer prefer = migration->options.prefer;

	migration->opened[0] =
		svctag_count_add(migration->asked[0], migrate_addresses_in(prefer, SVCTAG_IPV4, m->choice.value));
	migration->opened[1] =
		svctag_count_add(migration->asked[1], migrate_addresses_in(prefer, SVCTAG_IPV6, m->choice.value));
}

static svctag_error
migrate_entries(struct migrating *m)
{
	svctag_migration *migration = m->migration;
	svctag_error err;
	size_t i;

	err = migrate_world_make(svctag_snapshot_index(migration->snapshot), &migration->options, &m->world);
	if (err == SVCTAG_OK)
		err = migrate_classify(&m->world, m->entries, migration->entry_count, tell_entries, m, &m->classes,
				       migration->fate_of);
	if (err == SVCTAG_OK)
		err = collect_asked(m);
	if (err != SVCTAG_OK)
		return err;
	m->class_entries = calloc(m->classes.count + 1, sizeof(*m->class_entries));
	if (m->class_entries == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (i = 0; i < migration->entry_count; i++)
		m->class_entries[migration->fate_of[i]]++;
	err = number_tags(m);
	if (err == SVCTAG_OK)
		err = pose_problem(m);
	if (err == SVCTAG_OK)
		err = choose_tags(m);
	if (err == SVCTAG_OK)
		err = list_tags(m);
	if (err != SVCTAG_OK)
		return err;
	settle_entries(m);
	count_opened(m);
	err = prove_bound(m);
	return err == SVCTAG_OK && !tell_search(m) ? SVCTAG_E_LIMIT : err;
}

static void
migrating_release(struct migrating *m)
{
	migrate_world_release(&m->world);
	number_lists_release(&m->classes);
	free(m->class_entries);
	svctag_set_free(m->asked);
	free(m->ranks);
	free(m->numbers);
	migrate_problem_free(m->problem);
	free(m->choice.in);
}

svctag_error
svctag_migrate(const svctag_snapshot *snapshot, const svctag_migrate_entry *entries, size_t count,
	       const svctag_migrate_options *options, svctag_migrate_progress progress, void *context,
	       svctag_migration **ret, svctag_detail *detail)
{
	struct migrating m = { .entries = entries, .progress = progress, .context = context };
	svctag_migration *migration;
	svctag_error err;

	if (count > SVCTAG_MIGRATE_MAX_ENTRIES) {
		svctag_detail_set(detail, "the list has %zu entries; %d at most are migrated", count,
				  SVCTAG_MIGRATE_MAX_ENTRIES);
		return SVCTAG_E_LIMIT;
	}
	migration = calloc(1, sizeof(*migration));
	if (migration == NULL)
		return SVCTAG_E_NO_MEMORY;
	migration->snapshot = snapshot;
	migration->entry_count = count;
	if (options != NULL)
		migration->options = *options;
	migration->fate_of = calloc(count + 1, sizeof(*migration->fate_of));
	m.migration = migration;
	err = migration->fate_of == NULL ? SVCTAG_E_NO_MEMORY : migrate_entries(&m);
	migrating_release(&m);
	if (err != SVCTAG_OK) {
		svctag_migration_free(migration);
		return err;
	}
	*ret = migration;
	return SVCTAG_OK;
}

void
svctag_migration_free(svctag_migration *migration)
{
	if (migration == NULL)
		return;
	free(migration->tags);
	free(migration->fates);
	free(migration->fate_of);
	free(migration);
}

const svctag_snapshot *
svctag_migration_snapshot(const svctag_migration *migration)
{
	return migration->snapshot;
}

const svctag_migrate_options *
svctag_migration_options(const svctag_migration *migration)
{
	return &migration->options;
}

bool
svctag_migration_is_exact(const svctag_migration *migration)
{
	return migration->exact;
}

double
svctag_migration_bound(const svctag_migration *migration)
{
	return migration->bound;
}

const svctag_count *
svctag_migration_asked(const svctag_migration *migration)
{
	return migration->asked;
}

const svctag_count *
svctag_migration_opened(const svctag_migration *migration)
{
	return migration->opened;
}

size_t
svctag_migration_tag_count(const svctag_migration *migration)
{
	return migration->tag_count;
}

const svctag_migrate_tag *
svctag_migration_tag(const svctag_migration *migration, size_t i)
{
	return &migration->tags[i];
}

size_t
svctag_migration_entry_count(const svctag_migration *migration)
{
	return migration->entry_count;
}

svctag_migrate_fate
svctag_migration_fate(const svctag_migration *migration, size_t entry)
{
	const struct fate *fate = &migration->fates[migration->fate_of[entry]];

	return (svctag_migrate_fate){
		.tag = fate->tag,
		.reason = fate->reason,
		.alternatives = fate->alternatives,
		.alternative_count = fate->count,
		.alternatives_all = fate->all,
	};
}

size_t
svctag_migration_kept_count(const svctag_migration *migration)
{
	return migration->kept_count;
}
