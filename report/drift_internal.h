/* What the forms of a drift share. */
#ifndef REPORT_DRIFT_INTERNAL_H
#define REPORT_DRIFT_INTERNAL_H

#include "drift.h"
#include "json.h"

/** Everything that one answer is made of. */
struct drift_answer {
	const struct list *list; /**< NULL for a copy of a tag */
	const svctag_drift *drift;
	const svctag_catalogue *catalogue;
	size_t cloud;
	size_t releases;
};

struct drift_answer drift_answer_of(const struct list *list, const svctag_drift *drift);
const svctag_release_info *drift_release(const struct drift_answer *answer, size_t i);

/** How much of the tag's addresses of a family is covered; NAN where the tag has none. */
double drift_fraction(const svctag_drift_coverage *coverage, int family);

/** Where the i-th entry of the list stands. */
void drift_place(const struct list *list, size_t entry, char text[LIST_PLACE_SIZE]);

/** The name of a tag; NULL for none. */
const char *drift_tag_or_null(const struct drift_answer *answer, uint32_t tag);

/** Room for drift_where(). */
#define DRIFT_WHERE_SIZE 300
/** Where an entry is: "EventHub.UKSouth", "only AzureCloud.uksouth", "no tag". */
const char *drift_where(const struct drift_answer *answer, svctag_drift_state state, uint32_t tag,
			char text[DRIFT_WHERE_SIZE]);

/** The span of an entry's timeline that holds the release. */
const svctag_drift_span *drift_span_at(const svctag_drift *drift, size_t entry, size_t release);
/** The release from which on an entry that is not as intended has not been so; NULL where it never was before. */
const svctag_release_info *drift_broken_since(const struct drift_answer *answer, size_t entry, size_t release);

/** What could not be read, or (warnings) was read otherwise than written. */
void drift_add_problems(struct json *json, cJSON *parent, const char *key, const struct list *list, bool warnings);
/** The same for people, a line each. */
void drift_problems_text(FILE *out, const struct report_style *style, const struct list *list);
/** "entries": how many are in each state. */
void drift_add_states(struct json *json, cJSON *object, const struct drift_answer *answer, size_t release);
/** How the list covers the i-th of the tags that entries are meant for. */
void drift_add_tag(struct json *json, cJSON *array, const struct drift_answer *answer, size_t i, size_t release);

SVCTAG_MUST_CHECK svctag_error drift_write_text(FILE *out, const struct report_style *style,
						const struct drift_answer *answer, unsigned int width);
SVCTAG_MUST_CHECK svctag_error drift_copy_write_text(FILE *out, const struct report_style *style,
						     const struct drift_answer *answer);

#endif
