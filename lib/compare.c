/* Two prefix lists as sets. */
#include <string.h>

#include <svctag/diff.h>

const char *
svctag_relation_text(svctag_relation relation)
{
	switch (relation) {
	case SVCTAG_RELATION_EQUAL: return "equal";
	case SVCTAG_RELATION_CONTAINS: return "contains";
	case SVCTAG_RELATION_WITHIN: return "within";
	case SVCTAG_RELATION_OVERLAPS: return "overlaps";
	case SVCTAG_RELATION_DISJOINT: return "disjoint";
	}
	return "unknown";
}

static svctag_relation
relation_of(const svctag_comparison *comparison)
{
	bool a_rest = !svctag_set_is_empty(comparison->only_a);
	bool b_rest = !svctag_set_is_empty(comparison->only_b);

	if (!a_rest && !b_rest)
		return SVCTAG_RELATION_EQUAL;
	if (svctag_set_is_empty(comparison->common))
		return SVCTAG_RELATION_DISJOINT;
	if (a_rest && b_rest)
		return SVCTAG_RELATION_OVERLAPS;
	return a_rest ? SVCTAG_RELATION_CONTAINS : SVCTAG_RELATION_WITHIN;
}

svctag_error
svctag_compare_prefixes(const svctag_prefix *a, size_t a_count, const svctag_prefix *b, size_t b_count,
			svctag_comparison *ret)
{
	svctag_comparison comparison = { 0 };
	svctag_set *a_set = NULL;
	svctag_set *b_set = NULL;
	svctag_error err;

	err = svctag_set_of_prefixes(a, a_count, &a_set);
	if (err == SVCTAG_OK)
		err = svctag_set_of_prefixes(b, b_count, &b_set);
	if (err == SVCTAG_OK)
		err = svctag_set_intersection(a_set, b_set, &comparison.common);
	if (err == SVCTAG_OK)
		err = svctag_set_difference(a_set, b_set, &comparison.only_a);
	if (err == SVCTAG_OK)
		err = svctag_set_difference(b_set, a_set, &comparison.only_b);
	svctag_set_free(a_set);
	svctag_set_free(b_set);
	if (err != SVCTAG_OK) {
		svctag_comparison_release(&comparison);
		return err;
	}
	comparison.relation = relation_of(&comparison);
	*ret = comparison;
	return SVCTAG_OK;
}

void
svctag_comparison_release(svctag_comparison *comparison)
{
	svctag_set_free(comparison->common);
	svctag_set_free(comparison->only_a);
	svctag_set_free(comparison->only_b);
	memset(comparison, 0, sizeof(*comparison));
}
