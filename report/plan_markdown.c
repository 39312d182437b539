/* A plan for people who read it in a merge request, a wiki or a ticket. */
#include "format.h"
#include "plan_internal.h"

/* A line that begins with what is text of somebody's. */
static void
line(FILE *out, const char *before, const char *text, const char *after)
{
	fputs(before, out);
	format_markdown(out, text);
	fputs(after, out);
}

static void
write_head(FILE *out, const struct plan *plan)
{
	char release[FORMAT_RELEASE_SIZE];

	line(out, "# ", plan->scenario->title, "\n\n");
	line(out, "Checked against ", format_release(svctag_snapshot_info(plan->snapshot), release), ".\n\n");
	fputs("| Parameter | Value |\n|---|---|\n", out);
	for (size_t i = 0; i < plan->scenario->parameter_count; i++) {
		const struct plan_value *value = &plan->values[i];

		line(out, "| ", value->parameter->name, " | ");
		line(out, "", value->title != NULL ? value->title : "-", " |\n");
	}
}

static void
write_rule(FILE *out, const struct plan *plan, const struct plan_rule *rule)
{
	svctag_index_tag tag = plan_index_tag(plan, rule);
	char digits[SVCTAG_COUNT_TEXT_SIZE];
	char ports[FORMAT_PORTS_SIZE];

	if (rule->made != NULL)
		fprintf(out, "| %u ", rule->made->priority);
	else
		fputs("| - ", out);
	fprintf(out, "| %s %s | ", list_access_text(rule->rule->access), list_direction_text(rule->rule->direction));
	line(out, "", rule->rule->protocol, " ");
	line(out, "", plan_format_ports(rule->rule, ports), " | ");
	line(out, "", rule->tag, " | ");
	fprintf(out, "%u | %s | %u | ", tag.family_prefix_count[0], format_count(tag.addresses[0], digits),
		tag.family_prefix_count[1]);
	if (plan_trouble(rule)[0] != '\0')
		fprintf(out, "**%s**: ", plan_trouble(rule));
	line(out, "", rule->why, " |\n");
}

static void
write_place(FILE *out, const struct plan *plan, size_t place)
{
	line(out, "\n## Rules: ", plan->places[place].title,
	     "\n\n| Priority | Rule | Traffic | Tag | IPv4 prefixes | IPv4 addresses | IPv6 prefixes | Why |\n"
	     "|--:|---|---|---|--:|--:|--:|---|\n");
	for (size_t i = 0; i < plan->rule_count; i++) {
		if (plan->rules[i].place == place)
			write_rule(out, plan, &plan->rules[i]);
	}
}

static void
write_urls(FILE *out, const struct plan *plan)
{
	if (plan->url_count == 0)
		return;
	fputs("\n## Host names\n\nWhere a proxy filters by them.\n\n| Host name | Purpose | Caveat |\n|---|---|---|\n",
	      out);
	for (size_t i = 0; i < plan->url_count; i++) {
		const struct scenario_url *url = plan->urls[i].url;

		line(out, "| ", plan->urls[i].pattern, " | ");
		line(out, "", url->purpose, " | ");
		line(out, "", url->caveat != NULL ? url->caveat : "", " |\n");
	}
}

svctag_error
report_plan_markdown(FILE *out, const struct plan *plan)
{
	write_head(out, plan);
	for (size_t i = 0; i < plan->place_count; i++)
		write_place(out, plan, i);
	write_urls(out, plan);
	if (plan->advice_count > 0)
		fputs("\n## Advice\n\n", out);
	for (size_t i = 0; i < plan->advice_count; i++) {
		fprintf(out, "- **%s**: ", scenario_severity_text(plan->advice[i].advice->severity));
		line(out, "", plan->advice[i].text, "\n");
	}
	fputs("\n## Notes\n\n", out);
	for (size_t i = 0; i < plan->note_count; i++)
		line(out, "- ", plan->notes[i], "\n");
	line(out, "- From: ", plan->scenario->basis, "\n");
	return format_written(out);
}
