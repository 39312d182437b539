/*
 * Sets for the Linux packet filter: a set has one family, so there are two,
 * NAME4 and NAME6. Both forms replace what is there in one step.
 */
#include "export_internal.h"

static unsigned int
digit_of(size_t family)
{
	return family == SVCTAG_FAMILY_INDEX(SVCTAG_IPV4) ? 4 : 6;
}

/* ----------------------------------------------------------------- ipset */

/* More than any release has; a limit, not room. The same in every file, because a set is swapped with its like. */
#define IPSET_CREATE "create %s%u%s hash:net family %s maxelem 1048576 -exist\n"

/* A new set is filled beside the one in use. */
static void
ipset_begin(const struct report_export *export, FILE *out)
{
	fputs("# ", out);
	export_title(export, out);
	putc('\n', out);
	for (size_t f = 0; f < 2; f++) {
		const char *family = digit_of(f) == 4 ? "inet" : "inet6";

		if (!export_has_family(export, f))
			continue;
		fprintf(out, IPSET_CREATE, export->name, digit_of(f), "", family);
		fprintf(out, IPSET_CREATE, export->name, digit_of(f), "-new", family);
		fprintf(out, "flush %s%u-new\n", export->name, digit_of(f));
	}
}

static void
ipset_add(const struct report_export *export, FILE *out, const svctag_prefix *prefix)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(prefix, text);
	fprintf(out, "add %s%u-new %s\n", export->name, digit_of(SVCTAG_FAMILY_INDEX(prefix->family)), text);
}

static void
ipset_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	svctag_prefix half = *row->prefix;

	if (half.length > 0) {
		ipset_add(export, out, &half);
		return;
	}
	half.length = 1; /* a set takes no /0 */
	ipset_add(export, out, &half);
	half.bytes[0] = 0x80;
	ipset_add(export, out, &half);
}

static void
ipset_end(const struct report_export *export, FILE *out)
{
	for (size_t f = 0; f < 2; f++) {
		unsigned int digit = digit_of(f);

		if (export_has_family(export, f))
			fprintf(out, "swap %s%u-new %s%u\ndestroy %s%u-new\n", export->name, digit, export->name, digit,
				export->name, digit);
	}
}

const struct export_writer export_ipset = {
	.name = "ipset",
	.media_type = "text/plain; charset=utf-8",
	.shape = EXPORT_BY_PREFIX,
	.begin = ipset_begin,
	.row = ipset_row,
	.end = ipset_end,
};

/* -------------------------------------------------------------- nftables */

static void
nftables_begin(const struct report_export *export, FILE *out)
{
	fputs("# ", out);
	export_title(export, out);
	fprintf(out, "\nadd table inet %s\n", export->name);
	for (size_t f = 0; f < 2; f++) {
		if (!export_has_family(export, f))
			continue;
		fprintf(out, "add set inet %s %s%u { type ipv%u_addr; flags interval; }\n", export->name, export->name,
			digit_of(f), digit_of(f));
		fprintf(out, "flush set inet %s %s%u\n", export->name, export->name, digit_of(f));
	}
}

static void
nftables_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	size_t family = SVCTAG_FAMILY_INDEX(row->prefix->family);
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(row->prefix, text);
	if (row->number > 0)
		fprintf(out, ",\n\t%s", text);
	else
		fprintf(out, "%sadd element inet %s %s%u {\n\t%s",
			export->written[0] + export->written[1] > 0 ? "\n}\n" : "", export->name, export->name,
			digit_of(family), text);
}

static void
nftables_end(const struct report_export *export, FILE *out)
{
	if (export->written[0] + export->written[1] > 0)
		fputs("\n}\n", out);
}

const struct export_writer export_nftables = {
	.name = "nftables",
	.media_type = "text/plain; charset=utf-8",
	.shape = EXPORT_BY_PREFIX,
	.merged = true, /* an interval may not overlap another */
	.begin = nftables_begin,
	.row = nftables_row,
	.end = nftables_end,
};
