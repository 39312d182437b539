/*
 * The choice of tags against every subset of them: random releases of few
 * tags over 64 addresses of each family, where a set of addresses is one
 * number and a union is an "or".
 */
#include "testing.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define INSTANCES 500
#define DENSE 120 /* instances where much is in many tags */
#define MOST_ENTRIES 40
#define FEW_ENTRIES 14

/* Names with regional children, without, and dotted without a region; what the documents say of them for Azure Firewall. */
static const struct {
	const char *name;
	const char *region;
	const char *parent; /* broad if this one has the tag as its regional child */
	char documented;    /* 'y', 'n', or '-' for nothing */
} names[] = {
	{ "AzureCloud", "", NULL, 'y' },
	{ "AzureCloud.eastus", "eastus", "AzureCloud", 'y' },
	{ "Storage", "", NULL, 'y' },
	{ "Storage.EastUS", "eastus", "Storage", 'y' },
	{ "Storage.WestUS", "", "Storage", 'y' }, /* regional by its name */
	{ "Sql", "", NULL, 'y' },
	{ "Sql.EastUS", "eastus", "Sql", 'y' },
	{ "AzureActiveDirectory", "", NULL, 'y' },
	{ "AzureActiveDirectory.ServiceEndpoint", "", NULL, '-' },
	{ "GatewayManager", "", NULL, 'n' },
	{ "GatewayManager.EastUS", "eastus", "GatewayManager", '-' },
	{ "Undocumented", "", NULL, '-' },
};
#define TAGS TESTING_COUNT(names)

/* Addresses as bits: 10.0.0.0 to 10.0.0.63, 2001:db8:: to 2001:db8::3f. */
typedef struct bits {
	uint64_t of[2];
} bits;

typedef struct instance {
	bits tags[TAGS];
	bool there[TAGS];
	const char *features[TAGS];
	svctag_migrate_entry entries[MOST_ENTRIES];
	bits wanted[MOST_ENTRIES];
	size_t count;
	svctag_migrate_options options;
	svctag_snapshot *snapshot;
} instance;

static uint64_t
run_of(unsigned int first, unsigned int last)
{
	uint64_t up_to = last == 63 ? UINT64_MAX : ((uint64_t)1 << (last + 1)) - 1;

	return up_to & ~(((uint64_t)1 << first) - 1);
}

static unsigned int
count_bits(uint64_t word)
{
	return (unsigned int)__builtin_popcountll(word);
}

static svctag_address
address_at(unsigned int family, unsigned int i)
{
	svctag_address address = testing_address(family == 0 ? "10.0.0.0" : "2001:db8::");

	address.bytes[family == 0 ? 3 : 15] = (uint8_t)i;
	return address;
}

/* A block inside the first 48 addresses, so that some belong to no tag. */
static svctag_prefix
random_block(testing_random *random, bits *set)
{
	unsigned int family = testing_below(random, 3) == 0 ? 1 : 0;
	unsigned int size = 1U << testing_below(random, 5);
	unsigned int first = (unsigned int)testing_below(random, 48 / size) * size;
	svctag_address address = address_at(family, first);

	set->of[family] |= run_of(first, first + size - 1);
	return svctag_prefix_make(&address, (family == 0 ? 32 : 128) - (unsigned int)__builtin_ctz(size));
}

static void
random_release(testing_random *random, instance *it, bool dense)
{
	static const char *const features[] = {
		NULL, "", "API,NSG", "API,NSG,UDR,FW", "API,NSG,UDR,FW", "NSG", "FW", "API,NSG,UDR,FW,VSE", "NSG,UDR"
	};
	svctag_release_builder *builder = testing_builder(1);
	svctag_release *release;

	for (size_t t = 0; t < TAGS; t++) {
		svctag_properties properties = testing_properties(names[t].name, names[t].region);
		size_t blocks = dense ? testing_between(random, 4, 14) : testing_between(random, 0, 5);

		it->there[t] = dense || testing_below(random, 6) > 0;
		if (!it->there[t])
			continue;
		it->features[t] = dense ? "NSG" : features[testing_below(random, TESTING_COUNT(features))];
		properties.network_features = it->features[t];
		TESTING_OK(svctag_release_builder_add_tag(builder, &properties));
		for (size_t i = 0; i < blocks; i++) {
			svctag_prefix prefix = random_block(random, &it->tags[t]);

			testing_add_prefix(builder, &prefix);
		}
	}
	release = testing_finish(builder);
	it->snapshot = testing_snapshot(release, "Public");
	svctag_release_free(release);
}

/* Mostly inside some tag. */
static void
random_entry(testing_random *random, instance *it, size_t i)
{
	static const char *const strange[] = { "Nothing", "storage.eastus", "AZURECLOUD", "undocumented" };
	unsigned int family = testing_below(random, 3) == 0 ? 1 : 0;
	unsigned int first = (unsigned int)testing_below(random, 64);
	unsigned int last = first + (unsigned int)testing_below(random, 4);
	size_t tag = testing_below(random, TAGS);
	svctag_migrate_entry *entry = &it->entries[i];

	if (it->tags[tag].of[family] != 0 && testing_below(random, 8) > 0) {
		while ((it->tags[tag].of[family] >> first & 1) == 0)
			first = (first + 1) % 64;
		for (last = first; last < 63 && (it->tags[tag].of[family] >> (last + 1) & 1) != 0; last++)
			if (testing_below(random, 3) == 0)
				break;
	}
	if (last > 63)
		last = 63;
	*entry = (svctag_migrate_entry){ .range = { address_at(family, first), address_at(family, last) } };
	it->wanted[i] = (bits){ { 0 } };
	it->wanted[i].of[family] = run_of(first, last);
	if (testing_below(random, 8) == 0)
		entry->intent = names[tag].name;
	else if (testing_below(random, 20) == 0)
		entry->intent = strange[testing_below(random, TESTING_COUNT(strange))];
	entry->fixed = testing_below(random, 20) == 0;
}

static instance *
random_instance(testing_random *random, bool dense)
{
	instance *it = testing_allocate(1, sizeof(*it));

	random_release(random, it, dense);
	it->count = dense ? MOST_ENTRIES : testing_below(random, FEW_ENTRIES + 1);
	for (size_t i = 0; i < it->count; i++)
		random_entry(random, it, i);
	it->options.target = dense ? SVCTAG_TARGET_NSG : (svctag_target)testing_below(random, SVCTAG_TARGET_COUNT);
	it->options.allow_broad = dense || testing_below(random, 2) == 0;
	return it;
}

static void
instance_free(instance *it)
{
	svctag_snapshot_free(it->snapshot);
	free(it);
}

/* ------------------------------------------------------- what is expected */

static bool
has_feature(const char *features, const char *feature)
{
	return features != NULL && strstr(features, feature) != NULL;
}

static svctag_usable
usable_of(const instance *it, size_t t)
{
	static const char *const features[] = { "NSG", "UDR", "FW" };
	bool published = has_feature(it->features[t], features[it->options.target]);
	char documented = it->options.target == SVCTAG_TARGET_FIREWALL ? names[t].documented : '-';

	if (it->features[t] == NULL)
		return SVCTAG_USABLE_NO;
	if (documented != '-' && (documented == 'y') != published)
		return SVCTAG_USABLE_UNKNOWN;
	return published ? SVCTAG_USABLE_YES : SVCTAG_USABLE_NO;
}

static bool
is_broad(const instance *it, size_t t)
{
	if (strncmp(names[t].name, "AzureCloud", 10) == 0)
		return true;
	for (size_t i = 0; i < TAGS; i++)
		if (it->there[i] && names[i].parent != NULL && strcmp(names[i].parent, names[t].name) == 0)
			return true;
	return false;
}

static bool
holds(const bits *tag, const bits *entry)
{
	return (entry->of[0] & ~tag->of[0]) == 0 && (entry->of[1] & ~tag->of[1]) == 0;
}

/* May the entry be given to the tag? */
static bool
may_take(const instance *it, size_t entry, size_t t)
{
	const svctag_migrate_entry *e = &it->entries[entry];

	if (!it->there[t] || e->fixed || usable_of(it, t) != SVCTAG_USABLE_YES ||
	    !holds(&it->tags[t], &it->wanted[entry]))
		return false;
	if (e->intent != NULL)
		return strcasecmp(e->intent, names[t].name) == 0;
	return it->options.allow_broad || !is_broad(it, t);
}

/* In order of what counts. */
typedef struct cost {
	size_t parts[4];
} cost;

static bool
is_less(const cost *a, const cost *b)
{
	for (size_t i = 0; i < TESTING_COUNT(a->parts); i++)
		if (a->parts[i] != b->parts[i])
			return a->parts[i] < b->parts[i];
	return false;
}

static cost
cost_of_parts(const instance *it, size_t kept, const bits *opened, size_t tags)
{
	size_t ipv4 = count_bits(opened->of[0]), ipv6 = count_bits(opened->of[1]);

	if (it->options.prefer == SVCTAG_PREFER_RULES)
		return (cost){ { kept, tags, ipv4, ipv6 } };
	return (cost){ { kept, ipv4, ipv6, tags } };
}

static cost
cost_of(const instance *it, const uint16_t *takers, unsigned int subset)
{
	bits opened = { { 0 } };
	size_t kept = 0;

	for (size_t t = 0; t < TAGS; t++)
		for (size_t f = 0; f < 2; f++)
			if ((subset >> t & 1) != 0)
				opened.of[f] |= it->tags[t].of[f];
	for (size_t i = 0; i < it->count; i++) {
		if ((takers[i] & subset) != 0)
			continue;
		kept++;
		for (size_t f = 0; f < 2; f++)
			opened.of[f] |= it->wanted[i].of[f];
	}
	return cost_of_parts(it, kept, &opened, count_bits(subset));
}

/* The least cost of all subsets. */
static cost
brute_force(const instance *it, uint16_t *takers)
{
	cost best = { { SIZE_MAX, 0, 0, 0 } };
	unsigned int useful = 0;

	for (size_t i = 0; i < it->count; i++) {
		takers[i] = 0;
		for (size_t t = 0; t < TAGS; t++)
			if (may_take(it, i, t))
				takers[i] |= (uint16_t)(1U << t);
		useful |= takers[i];
	}
	for (unsigned int subset = 0; subset < 1U << TAGS; subset++) {
		cost own;

		if ((subset & ~useful) != 0 || (it->options.max_tags > 0 && count_bits(subset) > it->options.max_tags))
			continue;
		own = cost_of(it, takers, subset);
		if (is_less(&own, &best))
			best = own;
	}
	return best;
}

/* --------------------------------------------------------------- checking */

static size_t
number_of(const instance *it, uint32_t tag)
{
	const char *name = svctag_index_tag_name(svctag_snapshot_index(it->snapshot), tag);
	size_t t = 0;

	while (strcmp(names[t].name, name) != 0)
		t++;
	return t;
}

static svctag_migrate_reason
kept_reason(const instance *it, size_t entry)
{
	const svctag_migrate_entry *e = &it->entries[entry];
	size_t parts = 0, wholes = 0, broad = 0, unknown = 0;
	size_t intent = TAGS;

	if (e->fixed)
		return SVCTAG_MIGRATE_KEPT_FIXED;
	for (size_t t = 0; t < TAGS; t++) {
		bool whole = it->there[t] && holds(&it->tags[t], &it->wanted[entry]);
		svctag_usable usable = usable_of(it, t);

		if (!it->there[t])
			continue;
		if (e->intent != NULL && strcasecmp(e->intent, names[t].name) == 0)
			intent = t;
		parts += ((it->tags[t].of[0] & it->wanted[entry].of[0]) |
			  (it->tags[t].of[1] & it->wanted[entry].of[1])) != 0;
		wholes += whole;
		broad += whole && usable == SVCTAG_USABLE_YES;
		unknown += whole && usable == SVCTAG_USABLE_UNKNOWN;
	}
	if (e->intent != NULL && intent == TAGS)
		return SVCTAG_MIGRATE_KEPT_NO_SUCH;
	if (e->intent != NULL && !holds(&it->tags[intent], &it->wanted[entry]))
		return SVCTAG_MIGRATE_KEPT_LEFT;
	if (e->intent != NULL)
		return usable_of(it, intent) == SVCTAG_USABLE_UNKNOWN ? SVCTAG_MIGRATE_KEPT_UNKNOWN
								      : SVCTAG_MIGRATE_KEPT_UNUSABLE;
	if (wholes == 0)
		return parts > 0 ? SVCTAG_MIGRATE_KEPT_PARTLY : SVCTAG_MIGRATE_KEPT_NO_TAG;
	if (broad > 0)
		return SVCTAG_MIGRATE_KEPT_BROAD;
	return unknown > 0 ? SVCTAG_MIGRATE_KEPT_UNKNOWN : SVCTAG_MIGRATE_KEPT_UNUSABLE;
}

static svctag_migrate_reason
expected_reason(const instance *it, size_t entry, uint16_t takers, bool kept)
{
	if (takers == 0)
		return kept_reason(it, entry);
	if (kept)
		return SVCTAG_MIGRATE_KEPT_BOUND;
	if (it->entries[entry].intent != NULL)
		return SVCTAG_MIGRATE_INTENDED;
	return count_bits(takers) == 1 ? SVCTAG_MIGRATE_ONLY : SVCTAG_MIGRATE_CHEAPEST;
}

static void
check_alternatives(const instance *it, size_t entry, const svctag_migrate_fate *fate)
{
	const svctag_index *index = svctag_snapshot_index(it->snapshot);
	uint32_t rank = 0;

	assert_true(fate->alternative_count <= SVCTAG_MIGRATE_ALTERNATIVES);
	assert_true(fate->alternative_count <= fate->alternatives_all);
	assert_int_equal(fate->alternative_count == 0, fate->alternatives_all == 0);
	for (size_t i = 0; i < fate->alternative_count; i++) {
		size_t t = number_of(it, fate->alternatives[i]);
		uint32_t own = svctag_index_tag_at(index, fate->alternatives[i]).rank;

		assert_true(fate->alternatives[i] != fate->tag);
		assert_true(i == 0 || own > rank);
		rank = own;
		if (fate->reason != SVCTAG_MIGRATE_KEPT_PARTLY)
			assert_true(holds(&it->tags[t], &it->wanted[entry]));
		if (fate->reason <= SVCTAG_MIGRATE_CHEAPEST || fate->reason == SVCTAG_MIGRATE_KEPT_BOUND)
			assert_int_equal(usable_of(it, t), SVCTAG_USABLE_YES);
	}
}

/* Everything that the migration says, but for whether it is the best. @return what it comes to */
static cost
check_migration(const instance *it, const svctag_migration *migration, const uint16_t *takers)
{
	unsigned int subset = 0;
	size_t kept = 0;
	cost own, said;

	for (size_t i = 0; i < svctag_migration_tag_count(migration); i++) {
		const svctag_migrate_tag *tag = svctag_migration_tag(migration, i);
		size_t t = number_of(it, tag->tag), entries = 0;

		subset |= 1U << t;
		assert_int_equal(usable_of(it, t), SVCTAG_USABLE_YES);
		for (size_t e = 0; e < it->count; e++)
			entries += svctag_migration_fate(migration, e).tag == tag->tag;
		assert_int_equal(tag->entries, entries);
		assert_true(entries > 0);
		assert_true(tag->addresses[0].low == count_bits(it->tags[t].of[0]));
	}
	assert_int_equal(svctag_migration_entry_count(migration), it->count);
	for (size_t i = 0; i < it->count; i++) {
		svctag_migrate_fate fate = svctag_migration_fate(migration, i);
		bool is_kept = fate.tag == SVCTAG_MIGRATE_NO_TAG;

		kept += is_kept;
		assert_int_equal(is_kept, (takers[i] & subset) == 0);
		if (!is_kept)
			assert_true((takers[i] & subset & 1U << number_of(it, fate.tag)) != 0);
		assert_int_equal(fate.reason, expected_reason(it, i, takers[i], is_kept));
		check_alternatives(it, i, &fate);
	}
	assert_int_equal(svctag_migration_kept_count(migration), kept);
	own = cost_of(it, takers, subset);
	said = cost_of_parts(it, kept, &(bits){ { 0 } }, svctag_migration_tag_count(migration));
	for (size_t f = 0; f < 2; f++)
		said.parts[(it->options.prefer == SVCTAG_PREFER_RULES ? 2 : 1) + f] =
			(size_t)svctag_migration_opened(migration)[f].low;
	for (size_t i = 0; i < TESTING_COUNT(own.parts); i++)
		assert_int_equal(own.parts[i], said.parts[i]);
	return own;
}

static svctag_migration *
migrate(const instance *it)
{
	svctag_migration *migration = NULL;

	TESTING_OK(svctag_migrate(it->snapshot, it->entries, it->count, &it->options, NULL, NULL, &migration, NULL));
	return migration;
}

static void
check_best(instance *it)
{
	uint16_t takers[MOST_ENTRIES] = { 0 };
	cost best = brute_force(it, takers), own;
	svctag_migration *migration = migrate(it);

	own = check_migration(it, migration, takers);
	for (size_t i = 0; i < TESTING_COUNT(own.parts); i++)
		assert_int_equal(own.parts[i], best.parts[i]);
	assert_true(svctag_migration_is_exact(migration));
	assert_true(svctag_migration_bound(migration) == 1.0);
	svctag_migration_free(migration);
}

/* With hardly any work it is greedy, valid, and as near to the best as it says. */
static size_t
check_greedy(instance *it)
{
	uint16_t takers[MOST_ENTRIES] = { 0 };
	cost best = brute_force(it, takers), own;
	svctag_migration *migration;
	bool rules = it->options.prefer == SVCTAG_PREFER_RULES;
	size_t counted, greedy;

	it->options.work = 1;
	migration = migrate(it);
	it->options.work = 0;
	own = check_migration(it, migration, takers);
	greedy = !svctag_migration_is_exact(migration);
	if (it->options.max_tags == 0)
		assert_int_equal(own.parts[0], best.parts[0]);
	counted = rules || !svctag_count_is_zero(svctag_migration_asked(migration)[0]) ? 1 : 2;
	assert_true((double)own.parts[counted] <=
		    svctag_migration_bound(migration) * (double)best.parts[counted] * (1 + 1e-12));
	if (svctag_migration_is_exact(migration))
		for (size_t i = 0; i < TESTING_COUNT(own.parts); i++)
			assert_int_equal(own.parts[i], best.parts[i]);
	svctag_migration_free(migration);
	return greedy;
}

/* The same entries in another order get the same tags, for the same reasons. */
static void
check_order(testing_random *random, const instance *it)
{
	instance *other = testing_allocate(1, sizeof(*other));
	size_t from[MOST_ENTRIES];
	svctag_migration *a = migrate(it), *b;

	*other = *it;
	for (size_t i = 0; i < it->count; i++)
		from[i] = i;
	for (size_t i = it->count; i > 1; i--) {
		size_t k = testing_below(random, i), was = from[i - 1];

		from[i - 1] = from[k];
		from[k] = was;
	}
	for (size_t i = 0; i < it->count; i++)
		other->entries[i] = it->entries[from[i]];
	b = migrate(other);
	assert_int_equal(svctag_migration_tag_count(a), svctag_migration_tag_count(b));
	for (size_t i = 0; i < svctag_migration_tag_count(a); i++) {
		assert_int_equal(svctag_migration_tag(a, i)->tag, svctag_migration_tag(b, i)->tag);
		assert_int_equal(svctag_migration_tag(a, i)->entries, svctag_migration_tag(b, i)->entries);
	}
	for (size_t i = 0; i < it->count; i++) {
		svctag_migrate_fate x = svctag_migration_fate(a, from[i]), y = svctag_migration_fate(b, i);

		assert_int_equal(x.tag, y.tag);
		assert_int_equal(x.reason, y.reason);
		assert_int_equal(x.alternatives_all, y.alternatives_all);
		assert_memory_equal(x.alternatives, y.alternatives, x.alternative_count * sizeof(*x.alternatives));
	}
	svctag_migration_free(a);
	svctag_migration_free(b);
	free(other);
}

static void
test_against_brute_force(void **state)
{
	testing_random random;
	size_t greedy = 0;

	(void)state;
	testing_random_begin(&random);
	for (size_t n = 0; n < INSTANCES + DENSE; n++) {
		instance *it = random_instance(&random, n >= INSTANCES);

		for (unsigned int prefer = 0; prefer < 2; prefer++) {
			it->options.prefer = (svctag_prefer)prefer;
			it->options.max_tags = 0;
			check_best(it);
			check_order(&random, it);
			greedy += check_greedy(it);
			it->options.max_tags = testing_between(&random, 1, 4);
			check_best(it);
			check_order(&random, it);
			greedy += check_greedy(it);
		}
		instance_free(it);
	}
	print_message("%d instances, %zu greedy answers with one step of work\n", INSTANCES + DENSE, greedy);
	assert_true(greedy > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_brute_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
