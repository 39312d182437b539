/* A migration for people: on a terminal, and as Markdown. */
#include <math.h>
#include <string.h>

#include "drift_internal.h"
#include "format.h"
#include "migrate_internal.h"
#include "table.h"

/* So much is listed; the other formats have all. */
#define MOST_KEPT 40
#define MOST_TAGS 100
#define MOST_RULES 100

const char *
migrate_side(const struct rule_peer *peer, char text[MIGRATE_SIDE_SIZE])
{
	char prefix[SVCTAG_PREFIX_TEXT_SIZE];

	if (peer->kind == RULE_TAG) {
		snprintf(text, MIGRATE_SIDE_SIZE, "%s", peer->tag);
	} else if (peer->kind == RULE_ANY) {
		snprintf(text, MIGRATE_SIDE_SIZE, "any");
	} else {
		svctag_prefix_format(&peer->prefixes[0], prefix);
		if (peer->prefix_count == 1)
			snprintf(text, MIGRATE_SIDE_SIZE, "%s", prefix);
		else
			snprintf(text, MIGRATE_SIDE_SIZE, "%s and %zu more", prefix, peer->prefix_count - 1);
	}
	return text;
}

static const char *
method_of(const struct proposal *proposal, char *text, size_t size)
{
	if (svctag_migration_is_exact(proposal->migration))
		return "exact: no choice is better";
	snprintf(text, size, "greedy: at most %.3g times the best", svctag_migration_bound(proposal->migration));
	return text;
}

static void
family_text(FILE *out, const struct proposal *proposal, int family)
{
	svctag_count asked = svctag_migration_asked(proposal->migration)[family];
	svctag_count opened = svctag_migration_opened(proposal->migration)[family];
	char a[SVCTAG_COUNT_TEXT_SIZE];
	char b[SVCTAG_COUNT_TEXT_SIZE];

	if (svctag_count_is_zero(asked) && svctag_count_is_zero(opened))
		return;
	fprintf(out, "  IPv%c addresses asked %s, opened %s", family == 0 ? '4' : '6', format_count(asked, a),
		format_count(opened, b));
	if (!svctag_count_is_zero(asked))
		fprintf(out, " (%.4g times)", svctag_count_to_double(opened) / svctag_count_to_double(asked));
	putc('\n', out);
}

static void
head_text(FILE *out, const struct report_style *style, const struct proposal *proposal)
{
	const struct list *list = proposal->list;
	char release[FORMAT_RELEASE_SIZE];
	char method[80];

	fputs(format_colour(style, FORMAT_HEADING), out);
	format_text(out, list->name);
	fprintf(out, "%s (%s): %zu entr%s, %zu kept as addresses\n", format_colour(style, FORMAT_PLAIN), list->format,
		list->entry_count, list->entry_count == 1 ? "y" : "ies", proposal_kept(proposal));
	fprintf(out, "%sfor %s, from %s; %s%s\n", format_colour(style, FORMAT_FAINT),
		svctag_target_text(rules_target(proposal->rules)),
		format_release(svctag_snapshot_info(proposal->snapshot), release),
		method_of(proposal, method, sizeof(method)), format_colour(style, FORMAT_PLAIN));
	drift_problems_text(out, style, list);
	family_text(out, proposal, 0);
	family_text(out, proposal, 1);
	fprintf(out, "  rules before %zu, after %zu\n", proposal->rules_before, rules_count(proposal->rules));
}

static svctag_error
tags_text(FILE *out, const struct report_style *style, const struct proposal *proposal)
{
	size_t count = svctag_migration_tag_count(proposal->migration);
	struct table table = { .alignment = "lrrr" };
	svctag_error err;

	if (count == 0)
		return SVCTAG_OK;
	table_cell(&table, "TAG");
	table_cell(&table, "ENTRIES");
	table_cell(&table, "IPV4 ADDRESSES");
	table_cell(&table, "IPV6 ADDRESSES");
	for (size_t i = 0; i < count && i < MOST_TAGS; i++) {
		const svctag_migrate_tag *tag = svctag_migration_tag(proposal->migration, i);
		char text[SVCTAG_COUNT_TEXT_SIZE];

		table_cell(&table, migrate_tag_name(proposal, tag->tag));
		table_cellf(&table, "%zu", tag->entries);
		table_cell(&table, format_count(tag->addresses[0], text));
		table_cell(&table, format_count(tag->addresses[1], text));
	}
	putc('\n', out);
	err = table_print(&table, out, style, 2, true);
	table_release(&table);
	if (count > MOST_TAGS)
		fprintf(out, "  … and %zu more\n", count - MOST_TAGS);
	return err;
}

static void
kept_text(FILE *out, const struct report_style *style, const struct proposal *proposal)
{
	size_t shown = 0;

	for (size_t i = 0; i < proposal->list->entry_count && shown < MOST_KEPT; i++) {
		char text[SVCTAG_RANGE_TEXT_SIZE];
		char place[LIST_PLACE_SIZE];
		char reason[MIGRATE_REASON_SIZE];

		if (!migrate_is_kept(proposal, i))
			continue;
		if (shown++ == 0)
			fputs("\nKept as addresses:\n", out);
		list_entry_format(&proposal->list->entries[i], text);
		drift_place(proposal->list, i, place);
		fprintf(out, "  %s  %s", text, format_colour(style, FORMAT_FAINT));
		format_text(out, place);
		fprintf(out, "%s  ", format_colour(style, FORMAT_PLAIN));
		format_text(out, migrate_reason(proposal, i, reason));
		putc('\n', out);
	}
	if (proposal_kept(proposal) > shown)
		fprintf(out, "  … and %zu more; --format json and ndjson have them all\n",
			proposal_kept(proposal) - shown);
}

static void
cell_ports(struct table *table, const struct rule *rule)
{
	if (rule->port_count == 1)
		table_cell(table, rule->ports[0]);
	else
		table_cellf(table, "%s and %zu more", rule->ports[0], rule->port_count - 1);
}

static void
rule_row(struct table *table, const struct rule *rule, bool route)
{
	char side[MIGRATE_SIDE_SIZE];

	table_cell(table, rule->name);
	if (route) {
		table_cell(table, migrate_side(&rule->destination, side));
		table_cell(table, rule->next_hop);
		return;
	}
	table_cellf(table, "%u", rule->priority);
	table_cellf(table, "%s %s", list_direction_text(rule->direction), list_access_text(rule->access));
	table_cell(table, rule->protocol);
	cell_ports(table, rule);
	table_cell(table, migrate_side(&rule->source, side));
	table_cell(table, migrate_side(&rule->destination, side));
}

static svctag_error
rules_text(FILE *out, const struct report_style *style, const struct rule_set *rules)
{
	static const char *const heading[] = { "RULE", "PRIORITY", "DOES", "PROTOCOL", "PORTS", "FROM", "TO" };
	static const char *const route_heading[] = { "ROUTE", "TO", "NEXT HOP" };
	bool route = rules_target(rules) == SVCTAG_TARGET_UDR;
	struct table table = { .alignment = route ? "lll" : "lrlllll" };
	size_t count = rules_count(rules);
	svctag_error err;

	if (count == 0)
		return SVCTAG_OK;
	for (size_t i = 0; i < (route ? 3 : sizeof(heading) / sizeof(heading[0])); i++)
		table_cell(&table, route ? route_heading[i] : heading[i]);
	for (size_t i = 0; i < count && i < MOST_RULES; i++)
		rule_row(&table, rules_at(rules, i), route);
	putc('\n', out);
	err = table_print(&table, out, style, 2, true);
	table_release(&table);
	if (count > MOST_RULES)
		fprintf(out, "  … and %zu more; --output json has them all\n", count - MOST_RULES);
	return err;
}

static void
limits_text(FILE *out, const struct report_style *style, const struct proposal *proposal)
{
	const svctag_limit *limit;
	size_t value;

	for (size_t i = 0; (limit = svctag_limit_at(i)) != NULL; i++)
		if (rules_limit_value(proposal->rules, limit, &value) && value > limit->maximum)
			fprintf(out, "\n%slimit passed:%s %s: %zu, at most %u\n", format_colour(style, FORMAT_BAD),
				format_colour(style, FORMAT_PLAIN), limit->what, value, limit->maximum);
}

svctag_error
migrate_write_text(FILE *out, const struct report_style *style, const struct proposal *proposal)
{
	svctag_error err;

	head_text(out, style, proposal);
	err = tags_text(out, style, proposal);
	if (err == SVCTAG_OK)
		err = rules_text(out, style, proposal->rules);
	if (err != SVCTAG_OK)
		return err;
	kept_text(out, style, proposal);
	limits_text(out, style, proposal);
	for (size_t i = 0; i < proposal->note_count; i++) {
		fprintf(out, "%s%snote:%s ", i == 0 ? "\n" : "", format_colour(style, FORMAT_CHANGED),
			format_colour(style, FORMAT_PLAIN));
		format_text(out, proposal->notes[i]);
		putc('\n', out);
	}
	return format_written(out);
}

static void
markdown_family(FILE *out, const struct proposal *proposal, int family)
{
	char asked[SVCTAG_COUNT_TEXT_SIZE];
	char opened[SVCTAG_COUNT_TEXT_SIZE];

	fprintf(out, "| IPv%c addresses | %s | %s |\n", family == 0 ? '4' : '6',
		format_count(svctag_migration_asked(proposal->migration)[family], asked),
		format_count(svctag_migration_opened(proposal->migration)[family], opened));
}

static void
markdown_head(FILE *out, const struct proposal *proposal)
{
	char release[FORMAT_RELEASE_SIZE];
	double ratio = migrate_ratio(proposal);
	char method[80];

	fputs("# Tags in place of ", out);
	format_markdown(out, proposal->list->name);
	fprintf(out, "\n\nFor the target **%s**, from ", svctag_target_text(rules_target(proposal->rules)));
	format_markdown(out, format_release(svctag_snapshot_info(proposal->snapshot), release));
	fprintf(out, " (%s). %zu of %zu entries stay addresses.\n\n| | Before | After |\n|---|--:|--:|\n",
		method_of(proposal, method, sizeof(method)), proposal_kept(proposal), proposal->list->entry_count);
	fprintf(out, "| Rules | %zu | %zu |\n", proposal->rules_before, rules_count(proposal->rules));
	markdown_family(out, proposal, 0);
	markdown_family(out, proposal, 1);
	if (!isnan(ratio))
		fprintf(out, "\n%.4g times the addresses asked for are opened.\n", ratio);
}

static void
markdown_tags(FILE *out, const struct proposal *proposal)
{
	size_t count = svctag_migration_tag_count(proposal->migration);

	if (count > 0)
		fputs("\n## Tags\n\n| Tag | Entries | IPv4 addresses | IPv6 addresses |\n|---|--:|--:|--:|\n", out);
	for (size_t i = 0; i < count; i++) {
		const svctag_migrate_tag *tag = svctag_migration_tag(proposal->migration, i);
		char text[SVCTAG_COUNT_TEXT_SIZE];

		fputs("| ", out);
		format_markdown(out, migrate_tag_name(proposal, tag->tag));
		fprintf(out, " | %zu | %s |", tag->entries, format_count(tag->addresses[0], text));
		fprintf(out, " %s |\n", format_count(tag->addresses[1], text));
	}
}

static void
markdown_kept(FILE *out, const struct proposal *proposal)
{
	bool any = false;

	for (size_t i = 0; i < proposal->list->entry_count; i++) {
		char text[SVCTAG_RANGE_TEXT_SIZE];
		char place[LIST_PLACE_SIZE];
		char reason[MIGRATE_REASON_SIZE];

		if (!migrate_is_kept(proposal, i))
			continue;
		fputs(any ? "" : "\n## Kept as addresses\n\n| Entry | Place | Reason |\n|---|---|---|\n", out);
		any = true;
		list_entry_format(&proposal->list->entries[i], text);
		drift_place(proposal->list, i, place);
		fprintf(out, "| %s | ", text);
		format_markdown(out, place);
		fputs(" | ", out);
		format_markdown(out, migrate_reason(proposal, i, reason));
		fputs(" |\n", out);
	}
}

static void
markdown_limits(FILE *out, const struct proposal *proposal)
{
	const svctag_limit *limit;
	size_t value;

	fputs("\n## Limits\n\n| Limit | Value | Maximum |\n|---|--:|--:|\n", out);
	for (size_t i = 0; (limit = svctag_limit_at(i)) != NULL; i++)
		if (rules_limit_value(proposal->rules, limit, &value))
			fprintf(out, "| %s | %s%zu%s | %u |\n", limit->what, value > limit->maximum ? "**" : "", value,
				value > limit->maximum ? "**" : "", limit->maximum);
}

svctag_error
report_migrate_markdown(FILE *out, const struct proposal *proposal)
{
	markdown_head(out, proposal);
	markdown_tags(out, proposal);
	markdown_kept(out, proposal);
	markdown_limits(out, proposal);
	for (size_t i = 0; i < proposal->note_count; i++) {
		fputs(i == 0 ? "\n## Notes\n\n- " : "- ", out);
		format_markdown(out, proposal->notes[i]);
		putc('\n', out);
	}
	return format_written(out);
}
