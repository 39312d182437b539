/* A plan for people at a terminal. */
#include <string.h>

#include "format.h"
#include "plan_internal.h"
#include "table.h"

const char *
plan_format_ports(const struct scenario_rule *rule, char text[FORMAT_PORTS_SIZE])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < rule->port_count; i++) {
		/* Room for a blank, the ellipsis (three bytes) and the end. */
		bool fits = used + strlen(rule->ports[i]) + 6 <= FORMAT_PORTS_SIZE;

		used += (size_t)snprintf(text + used, FORMAT_PORTS_SIZE - used, "%s%s", i > 0 ? " " : "",
					 fits ? rule->ports[i] : "…");
		if (!fits)
			break;
	}
	return text;
}

const char *
plan_trouble(const struct plan_rule *rule)
{
	if (!rule->exists)
		return "not in the release";
	if (rule->usable == SVCTAG_USABLE_NO)
		return "not usable here";
	return rule->usable == SVCTAG_USABLE_UNKNOWN ? "perhaps not usable here" : "";
}

static void
heading(FILE *out, const struct report_style *style, const char *text)
{
	fprintf(out, "\n%s", format_colour(style, FORMAT_HEADING));
	format_text(out, text);
	fprintf(out, "%s\n", format_colour(style, FORMAT_PLAIN));
}

static void
head_text(FILE *out, const struct report_style *style, const struct plan *plan)
{
	char release[FORMAT_RELEASE_SIZE];

	fprintf(out, "%s%s%s: ", format_colour(style, FORMAT_HEADING), plan->scenario->name,
		format_colour(style, FORMAT_PLAIN));
	format_text(out, plan->scenario->title);
	fprintf(out, "\n%s", format_release(svctag_snapshot_info(plan->snapshot), release));
	for (size_t i = 0; i < plan->scenario->parameter_count; i++) {
		const struct plan_value *value = &plan->values[i];

		if (!value->given)
			continue;
		fprintf(out, "; %s", value->parameter->name);
		if (value->parameter->kind != SCENARIO_FLAG) {
			putc(' ', out);
			format_text(out, value->title);
		}
	}
	putc('\n', out);
}

static void
rule_row(struct table *table, const struct plan *plan, const struct plan_rule *rule)
{
	svctag_index_tag tag = plan_index_tag(plan, rule);
	char digits[SVCTAG_COUNT_TEXT_SIZE];
	char ports[FORMAT_PORTS_SIZE];

	if (rule->made != NULL)
		table_cellf(table, "%u", rule->made->priority);
	else
		table_cell(table, "-");
	table_cellf(table, "%s %s", list_access_text(rule->rule->access), list_direction_text(rule->rule->direction));
	table_cellf(table, "%s %s", rule->rule->protocol, plan_format_ports(rule->rule, ports));
	table_cell(table, rule->tag);
	table_cellf(table, "%u", tag.family_prefix_count[0]);
	table_cell(table, format_count(tag.addresses[0], digits));
	table_cellf(table, "%u", tag.family_prefix_count[1]);
	table_cell(table, plan_trouble(rule)[0] != '\0' ? plan_trouble(rule) : rule->why);
}

static svctag_error
place_text(FILE *out, const struct report_style *style, const struct plan *plan, size_t place)
{
	static const char *const columns[] = { "PRIORITY",      "RULE",           "TRAFFIC",       "TAG",
					       "IPV4 PREFIXES", "IPV4 ADDRESSES", "IPV6 PREFIXES", "WHY" };
	struct table table = { .alignment = "rlllrrrl" };
	svctag_error err;

	heading(out, style, plan->places[place].title);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		table_cell(&table, columns[i]);
	for (size_t i = 0; i < plan->rule_count; i++) {
		if (plan->rules[i].place == place)
			rule_row(&table, plan, &plan->rules[i]);
	}
	err = table_print(&table, out, style, 2, true);
	table_release(&table);
	return err;
}

static svctag_error
urls_text(FILE *out, const struct report_style *style, const struct plan *plan)
{
	struct table table = { .alignment = "ll" };
	svctag_error err;

	if (plan->url_count == 0)
		return SVCTAG_OK;
	heading(out, style, "Host names, where a proxy filters by them");
	for (size_t i = 0; i < plan->url_count; i++) {
		table_cell(&table, plan->urls[i].pattern);
		table_cell(&table, plan->urls[i].url->purpose);
	}
	err = table_print(&table, out, style, 2, false);
	table_release(&table);
	for (size_t i = 0; i < plan->url_count; i++) {
		if (plan->urls[i].url->caveat == NULL)
			continue;
		fputs("  ", out);
		format_text(out, plan->urls[i].pattern);
		fputs(": ", out);
		format_text(out, plan->urls[i].url->caveat);
		putc('\n', out);
	}
	return err;
}

static void
advice_text(FILE *out, const struct report_style *style, const struct plan *plan)
{
	static const enum format_colour colours[] = {
		[SCENARIO_NOTE] = FORMAT_FAINT,
		[SCENARIO_WARNING] = FORMAT_CHANGED,
		[SCENARIO_ERROR] = FORMAT_BAD,
	};

	if (plan->advice_count > 0)
		heading(out, style, "Advice");
	for (size_t i = 0; i < plan->advice_count; i++) {
		enum scenario_severity severity = plan->advice[i].advice->severity;

		fprintf(out, "  %s%-7s%s  ", format_colour(style, colours[severity]), scenario_severity_text(severity),
			format_colour(style, FORMAT_PLAIN));
		format_text(out, plan->advice[i].text);
		putc('\n', out);
	}
}

static void
notes_text(FILE *out, const struct report_style *style, const struct plan *plan)
{
	heading(out, style, "Notes");
	for (size_t i = 0; i < plan->note_count; i++) {
		fputs("  ", out);
		format_text(out, plan->notes[i]);
		putc('\n', out);
	}
	fputs("  From: ", out);
	format_text(out, plan->scenario->basis);
	putc('\n', out);
}

svctag_error
plan_write_text(FILE *out, const struct report_style *style, const struct plan *plan)
{
	svctag_error err = SVCTAG_OK;

	head_text(out, style, plan);
	for (size_t i = 0; i < plan->place_count && err == SVCTAG_OK; i++)
		err = place_text(out, style, plan, i);
	if (err == SVCTAG_OK)
		err = urls_text(out, style, plan);
	if (err != SVCTAG_OK)
		return err;
	advice_text(out, style, plan);
	notes_text(out, style, plan);
	return format_written(out);
}
