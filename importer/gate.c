/*
 * The plausibility gate. A file can be valid and still be wrong: half a
 * download that was closed properly, a test upload, one cloud's list under
 * another's name. Such a release would take addresses out of people's
 * firewalls, so one that loses much more than any ever lost is refused.
 *
 * Over 245 weekly releases the largest loss was 4.4 % of the prefixes and
 * 14 % of the tags. Losses add up over the weeks between two releases, so the
 * threshold grows by a point a week, up to a half.
 *
 * IPv6 is judged by its prefixes, of which no release lost more than 3.8 %. A
 * few short ones hold nearly all of its addresses: two lawful releases lost
 * 22 % and 24 % of those, so for them the limit is a half from the beginning.
 */
#include "gate.h"

#include <stdlib.h>

#include "importer.h"

/* One figure that is judged. */
struct measure {
	const char *what;
	svctag_count before;
	svctag_count after;
	unsigned int threshold; /* in 300ths, within a week */
};

#define MEASURE_COUNT 5

static svctag_count
times(svctag_count count, unsigned int factor)
{
	svctag_count sum = { 0 };

	for (; factor > 0; factor /= 2) {
		if (factor % 2 == 1)
			sum = svctag_count_add(sum, count);
		count = svctag_count_add(count, count);
	}
	return sum;
}

bool
importer_gate_loses_more(svctag_count before, svctag_count after, unsigned int threshold)
{
	svctag_count lost;

	if (svctag_count_compare(after, before) >= 0)
		return false;
	lost = svctag_count_subtract(before, after);
	return svctag_count_compare(times(lost, GATE_WHOLE), times(before, threshold)) > 0;
}

/* What the whole weeks beyond the first add to every threshold. */
static unsigned int
allowance(const char *previous, const char *next)
{
	int64_t weeks = (svctag_day_number(next) - svctag_day_number(previous)) / 7;

	/* After 50 weeks every threshold has long reached its cap. */
	if (weeks > 50)
		weeks = 50;
	return weeks > 1 ? (unsigned int)(weeks - 1) * GATE_PERCENT : 0;
}

static svctag_count
count_ipv6_prefixes(const svctag_release *release)
{
	size_t count = 0;

	for (size_t i = 0; i < svctag_release_tag_count(release); i++)
		count += svctag_release_tag(release, i)->family_prefix_count[SVCTAG_FAMILY_INDEX(SVCTAG_IPV6)];
	return svctag_count_of(count);
}

static void
take_measures(const svctag_release *previous, const svctag_release *next, struct measure *ret)
{
	ret[0] = (struct measure){ "prefixes", svctag_count_of(svctag_release_prefix_count(previous)),
				   svctag_count_of(svctag_release_prefix_count(next)), GATE_FIFTH };
	ret[1] = (struct measure){ "IPv4 addresses", svctag_release_address_count(previous, SVCTAG_IPV4),
				   svctag_release_address_count(next, SVCTAG_IPV4), GATE_FIFTH };
	ret[2] = (struct measure){ "IPv6 prefixes", count_ipv6_prefixes(previous), count_ipv6_prefixes(next),
				   GATE_FIFTH };
	ret[3] = (struct measure){ "IPv6 addresses", svctag_release_address_count(previous, SVCTAG_IPV6),
				   svctag_release_address_count(next, SVCTAG_IPV6), GATE_HALF };
	ret[4] = (struct measure){ "tags", svctag_count_of(svctag_release_tag_count(previous)),
				   svctag_count_of(svctag_release_tag_count(next)), GATE_THIRD };
}

/* Ten digits are all of IPv4 exactly; IPv6 need not be. */
static void
write_loss(FILE *stream, const struct measure *measure, unsigned int threshold)
{
	svctag_count lost = svctag_count_subtract(measure->before, measure->after);

	(void)fprintf(stream, "loses %.2f %% of the %s (%.10g to %.10g, limit %.4g %%)",
		      svctag_count_fraction(lost, measure->before) * 100, measure->what,
		      svctag_count_to_double(measure->before), svctag_count_to_double(measure->after),
		      threshold * 100.0 / GATE_WHOLE);
}

/* Losses past their limits, the first led by the release that they are measured against. */
static void
write_losses(FILE *stream, const svctag_release_info *previous_info, const struct measure *measures,
	     unsigned int allowed)
{
	bool first = true;

	for (size_t i = 0; i < MEASURE_COUNT; i++) {
		unsigned int threshold = measures[i].threshold + allowed;

		if (threshold > GATE_HALF)
			threshold = GATE_HALF;
		if (!importer_gate_loses_more(measures[i].before, measures[i].after, threshold))
			continue;
		if (first)
			(void)fprintf(stream, "is implausible after release %lld of %s (%s): ",
				      (long long)previous_info->change_number, previous_info->published,
				      previous_info->source);
		else
			(void)fputs(", ", stream);
		write_loss(stream, &measures[i], threshold);
		first = false;
	}
}

/* Every reason to refuse the release, on one line; nothing where there is none. */
static void
write_reasons(FILE *stream, const svctag_release_info *previous_info, const svctag_release *previous,
	      const char *published, const svctag_release *next)
{
	struct measure measures[MEASURE_COUNT];

	if (svctag_release_prefix_count(next) == 0) {
		(void)fputs("has no prefix at all", stream);
	} else if (previous_info != NULL && previous != NULL) {
		take_measures(previous, next, measures);
		write_losses(stream, previous_info, measures, allowance(previous_info->published, published));
	}
}

/* Close a memory stream; NULL if memory ran out while it was written. */
static char *
take_text(FILE *stream, char **text)
{
	bool failed = ferror(stream) != 0;

	failed |= fclose(stream) != 0;
	if (failed) {
		free(*text);
		*text = NULL;
	}
	return *text;
}

static char *
reasons_text(const svctag_release_info *previous_info, const svctag_release *previous, const char *published,
	     const svctag_release *next)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return NULL;
	write_reasons(stream, previous_info, previous, published, next);
	return take_text(stream, &text);
}

static char *
warnings_text(const char *reasons, const svctag_release *previous, const svctag_release *next)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (stream == NULL)
		return NULL;
	if (reasons[0] != '\0')
		(void)fprintf(stream, "imported by force: %s\n", reasons);
	importer_gate_write_warnings(stream, previous, next);
	return take_text(stream, &text);
}

svctag_error
importer_gate(void *context, const svctag_release_info *previous_info, const svctag_release *previous,
	      const char *published, const svctag_release *next, char **ret_warnings, bool *ret_forced,
	      svctag_detail *detail)
{
	const struct importer_gate_options *options = context;
	char *reasons = reasons_text(previous_info, previous, published, next);
	char *warnings = NULL;
	svctag_error err = SVCTAG_OK;

	if (reasons != NULL && reasons[0] != '\0' && !options->force) {
		svctag_detail_set(detail, "%s; --force imports it all the same", reasons);
		err = SVCTAG_E_IMPLAUSIBLE;
		goto out;
	}
	if (reasons != NULL)
		warnings = warnings_text(reasons, previous, next);
	if (warnings == NULL) {
		svctag_detail_set(detail, "%s", svctag_error_text(SVCTAG_E_NO_MEMORY));
		err = SVCTAG_E_NO_MEMORY;
		goto out;
	}
	*ret_forced = reasons[0] != '\0';
	*ret_warnings = NULL;
	if (warnings[0] != '\0') {
		*ret_warnings = warnings; /* the caller owns it from here */
		warnings = NULL;
	}
out:
	free(warnings);
	free(reasons);
	return err;
}
