/*
 * What is worth knowing about a release that is let in. Single tags lose more
 * than half quite lawfully, so that is told and not refused.
 */
#include "gate.h"

/* What a tag lost more than half of. */
enum loss {
	LOSS_NONE,
	LOSS_TAG,
	LOSS_PREFIXES,
	LOSS_IPV4,
	LOSS_IPV6,
};

static enum loss
loss_of(const svctag_tag *before, const svctag_tag *after)
{
	if (after == NULL)
		return before->prefix_count > 0 ? LOSS_TAG : LOSS_NONE;
	if (importer_gate_loses_more(svctag_count_of(before->prefix_count), svctag_count_of(after->prefix_count),
				     GATE_HALF))
		return LOSS_PREFIXES;
	if (importer_gate_loses_more(before->addresses[0], after->addresses[0], GATE_HALF))
		return LOSS_IPV4;
	if (importer_gate_loses_more(before->addresses[1], after->addresses[1], GATE_HALF))
		return LOSS_IPV6;
	return LOSS_NONE;
}

static void
write_counts(FILE *stream, const char *what, svctag_count before, svctag_count after)
{
	char had[SVCTAG_COUNT_TEXT_SIZE];
	char has[SVCTAG_COUNT_TEXT_SIZE];

	(void)svctag_count_format(before, had);
	(void)svctag_count_format(after, has);
	(void)fprintf(stream, "lost more than half of its %s (%s to %s)\n", what, had, has);
}

static void
write_loss(FILE *stream, enum loss loss, const svctag_tag *before, const svctag_tag *after)
{
	(void)fprintf(stream, "tag \"%s\" ", before->properties.name);
	switch (loss) {
	case LOSS_NONE: break;
	case LOSS_TAG:
		(void)fprintf(stream, "is gone (%zu prefix%s)\n", before->prefix_count,
			      before->prefix_count == 1 ? "" : "es");
		break;
	case LOSS_PREFIXES:
		write_counts(stream, "prefixes", svctag_count_of(before->prefix_count),
			     svctag_count_of(after->prefix_count));
		break;
	case LOSS_IPV4: write_counts(stream, "IPv4 addresses", before->addresses[0], after->addresses[0]); break;
	case LOSS_IPV6: write_counts(stream, "IPv6 addresses", before->addresses[1], after->addresses[1]); break;
	}
}

void
importer_gate_write_warnings(FILE *stream, const svctag_release *previous, const svctag_release *next)
{
	size_t tags = previous == NULL ? 0 : svctag_release_tag_count(previous);
	size_t repeated = svctag_release_repeated_count(next);
	size_t losers = 0;

	if (repeated > 0)
		(void)fprintf(stream, "prefixes repeated within a tag and dropped: %zu\n", repeated);
	for (size_t i = 0; i < tags; i++) {
		const svctag_tag *before = svctag_release_tag(previous, i);
		const svctag_tag *after = svctag_release_find_tag(next, before->properties.name);
		enum loss loss = loss_of(before, after);

		if (loss == LOSS_NONE)
			continue;
		if (losers++ < GATE_MAX_NAMED_TAGS)
			write_loss(stream, loss, before, after);
	}
	if (losers > GATE_MAX_NAMED_TAGS)
		(void)fprintf(stream, "and more tags that lost more than half: %zu\n", losers - GATE_MAX_NAMED_TAGS);
}
