/**
 * @file
 * Which tags replace a hard-coded list of addresses, at the least cost.
 * docs/migrate.md gives the definitions, the search and its bound.
 *
 * Every entry that some candidate tag holds wholly is given to a tag; the
 * others are kept as addresses. A choice is better the fewer entries it keeps,
 * then the fewer IPv4 addresses it opens, then the fewer IPv6 addresses, then
 * the fewer tags; SVCTAG_PREFER_RULES puts the number of tags before the
 * addresses. What is opened is the union of the chosen tags and of the kept
 * entries. Ties are broken so that one input has one answer.
 *
 * A pure function of the snapshot, the entries and the options. What is
 * returned is immutable and independent of the entries; it has to be freed
 * before the snapshot. Any thread may read it.
 */
#ifndef SVCTAG_MIGRATE_H
#define SVCTAG_MIGRATE_H

#include <svctag/snapshot.h>
#include <svctag/target.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most entries of one list. */
#define SVCTAG_MIGRATE_MAX_ENTRIES 4000000
/** "No tag." */
#define SVCTAG_MIGRATE_NO_TAG UINT32_MAX
/** Most alternatives that are kept for an entry. */
#define SVCTAG_MIGRATE_ALTERNATIVES 8
/** The default for svctag_migrate_options.work. */
#define SVCTAG_MIGRATE_WORK 2000000

/** One line of somebody's list. */
typedef struct svctag_migrate_entry {
	svctag_range range;
	const char *intent; /**< the tag it stands for, in any letter case: no other will do; NULL: any that holds it */
	bool fixed;         /**< stays an address whatever holds it (a rule that denies; a side where the target takes
			         no tag) */
} svctag_migrate_entry;

typedef enum svctag_prefer {
	SVCTAG_PREFER_ADDRESSES,
	SVCTAG_PREFER_RULES,
} svctag_prefer;

/** Zero-initialised is the default. */
typedef struct svctag_migrate_options {
	svctag_target target;
	svctag_prefer prefer;
	bool allow_broad;
	uint32_t max_tags; /**< most tags that may be chosen; 0: any number */
	uint64_t work;     /**< steps of the exact search, each of bounded cost; 0: SVCTAG_MIGRATE_WORK */
} svctag_migrate_options;

/** Why an entry was given to its tag, or kept. */
typedef enum svctag_migrate_reason {
	SVCTAG_MIGRATE_INTENDED,      /**< the tag that it is meant for holds it */
	SVCTAG_MIGRATE_ONLY,          /**< no other candidate holds it */
	SVCTAG_MIGRATE_CHEAPEST,      /**< of several, part of the best choice */
	SVCTAG_MIGRATE_KEPT_FIXED,    /**< as asked */
	SVCTAG_MIGRATE_KEPT_NO_TAG,   /**< no tag has any of it */
	SVCTAG_MIGRATE_KEPT_PARTLY,   /**< tags hold parts of it, none the whole */
	SVCTAG_MIGRATE_KEPT_UNUSABLE, /**< what holds it cannot be used in the target */
	SVCTAG_MIGRATE_KEPT_UNKNOWN,  /**< what holds it may or may not be usable in the target */
	SVCTAG_MIGRATE_KEPT_BROAD,    /**< only broad tags that hold it could be used, and they were not allowed */
	SVCTAG_MIGRATE_KEPT_LEFT,     /**< the tag that it is meant for does not hold it */
	SVCTAG_MIGRATE_KEPT_NO_SUCH,  /**< there is no tag of the name that it is meant for */
	SVCTAG_MIGRATE_KEPT_BOUND,    /**< max_tags left no room for a tag that holds it */
	SVCTAG_MIGRATE_REASON_COUNT,
} svctag_migrate_reason;

/** One sentence for people, without the names. Static. */
SVCTAG_API const char *svctag_migrate_reason_text(svctag_migrate_reason reason);

/** A tag of the choice. */
typedef struct svctag_migrate_tag {
	uint32_t tag;              /**< the index's number */
	size_t entries;            /**< given to it */
	svctag_count addresses[2]; /**< of the tag, by SVCTAG_FAMILY_INDEX */
} svctag_migrate_tag;

/** What became of an entry. */
typedef struct svctag_migrate_fate {
	uint32_t tag; /**< SVCTAG_MIGRATE_NO_TAG: kept */
	svctag_migrate_reason reason;
	const uint32_t *alternatives; /**< other candidates that hold all of it, fewest addresses first; of a kept one
				           the tags of which the reason speaks (of SVCTAG_MIGRATE_KEPT_LEFT those
				           that hold it now) */
	size_t alternative_count;     /**< of those kept: at most SVCTAG_MIGRATE_ALTERNATIVES */
	size_t alternatives_all;      /**< how many there are (of SVCTAG_MIGRATE_KEPT_PARTLY: among the first 256
				           prefixes that meet it) */
} svctag_migrate_fate;

/** Called now and then, from the caller's thread. @return false to give up: SVCTAG_E_LIMIT */
typedef bool (*svctag_migrate_progress)(void *context, size_t done, size_t of);

typedef struct svctag_migration svctag_migration;

/**
 * @param entries   not needed afterwards
 * @param options   may be NULL
 * @param progress  may be NULL
 * @param[out] ret  the caller owns it: svctag_migration_free()
 * @return SVCTAG_OK, SVCTAG_E_LIMIT, SVCTAG_E_NO_MEMORY
 */
SVCTAG_API SVCTAG_MUST_CHECK svctag_error svctag_migrate(const svctag_snapshot *snapshot,
							 const svctag_migrate_entry *entries, size_t count,
							 const svctag_migrate_options *options,
							 svctag_migrate_progress progress, void *context,
							 svctag_migration **ret, svctag_detail *detail);

/** Accepts NULL. */
SVCTAG_API void svctag_migration_free(svctag_migration *migration);

SVCTAG_API const svctag_snapshot *svctag_migration_snapshot(const svctag_migration *migration);
SVCTAG_API const svctag_migrate_options *svctag_migration_options(const svctag_migration *migration);

/** Is the choice proved best? Otherwise it is greedy. */
SVCTAG_API bool svctag_migration_is_exact(const svctag_migration *migration);
/**
 * What is proved of a greedy choice: it opens at most this many times the addresses of the best one (IPv4, or
 * IPv6 where the list has no IPv4; with SVCTAG_PREFER_RULES: has that many times its tags). 1 if exact.
 */
SVCTAG_API double svctag_migration_bound(const svctag_migration *migration);

/** Addresses of the entries, and opened by the choice; overlaps counted once. By SVCTAG_FAMILY_INDEX. */
SVCTAG_API const svctag_count *svctag_migration_asked(const svctag_migration *migration);
SVCTAG_API const svctag_count *svctag_migration_opened(const svctag_migration *migration);

/** The chosen tags, in order of their names in any letter case. */
SVCTAG_API size_t svctag_migration_tag_count(const svctag_migration *migration);
SVCTAG_API const svctag_migrate_tag *svctag_migration_tag(const svctag_migration *migration, size_t i);

/** By the entries' numbers. */
SVCTAG_API size_t svctag_migration_entry_count(const svctag_migration *migration);
SVCTAG_API svctag_migrate_fate svctag_migration_fate(const svctag_migration *migration, size_t entry);
/** How many are kept. */
SVCTAG_API size_t svctag_migration_kept_count(const svctag_migration *migration);

#ifdef __cplusplus
}
#endif

#endif
