/*
 * Local values of Terraform, NAME_ipv4 and NAME_ipv6, formatted as `terraform
 * fmt` has them. Prefixes need no escaping.
 */
#include "export_internal.h"

static unsigned int
digit_of(size_t family)
{
	return family == SVCTAG_FAMILY_INDEX(SVCTAG_IPV4) ? 4 : 6;
}

static void
open_list(const struct report_export *export, FILE *out, size_t family)
{
	fprintf(out, "  %s_ipv%u = [\n", export->name, digit_of(family));
}

static void
terraform_begin(const struct report_export *export, FILE *out)
{
	fputs("# ", out);
	export_title(export, out);
	fputs("\nlocals {\n", out);
}

static void
terraform_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	size_t family = SVCTAG_FAMILY_INDEX(row->prefix->family);
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	if (row->number == 0 && family == 1 && export_has_family(export, 0)) {
		if (export->written[0] == 0)
			open_list(export, out, 0);
		fputs("  ]\n", out);
	}
	if (row->number == 0)
		open_list(export, out, family);
	svctag_prefix_format(row->prefix, text);
	fprintf(out, "    \"%s\",\n", text);
}

/* A list without a prefix is there too: what refers to it need not ask. */
static void
terraform_end(const struct report_export *export, FILE *out)
{
	for (size_t f = 0; f < 2; f++) {
		if (!export_has_family(export, f) || (f == 0 && export->written[1] > 0))
			continue;
		if (export->written[f] == 0)
			open_list(export, out, f);
		fputs("  ]\n", out);
	}
	fputs("}\n", out);
}

const struct export_writer export_terraform = {
	.name = "terraform",
	.media_type = "text/plain; charset=utf-8",
	.shape = EXPORT_BY_PREFIX,
	.begin = terraform_begin,
	.row = terraform_row,
	.end = terraform_end,
};
