#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "format.h"
#include "json.h"
#include "loaded.h"
#include "svg.h"
#include "table.h"

/* Everything that one answer is made of. */
struct answer {
	const struct report_query *asked;
	const svctag_query *query;
	const svctag_history *history;
	const svctag_catalogue *catalogue;
	size_t cloud;
};

static void
entry_fields(struct json *json, cJSON *object, const svctag_history_entry *entry)
{
	json_add_reference(json, object, "tag", entry->tag);
	json_add_prefix(json, object, "prefix", &entry->prefix);
	json_add_release(json, object, "from", entry->from);
	json_add_release(json, object, "to", entry->to);
}

static svctag_error
history_json(FILE *out, const struct answer *answer)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *array;

	json_add_bytes(&json, root, "query", answer->asked->text, answer->asked->size);
	json_add_reference(&json, root, "kind", svctag_query_kind_text(answer->query->kind));
	json_add_reference(&json, root, "normalized", answer->query->normalized);
	loaded_json(&json, root, answer->catalogue, answer->cloud);
	array = json_add_array(&json, root, "timeline");
	for (size_t i = 0; i < svctag_history_count(answer->history) && !json.failed; i++)
		entry_fields(&json, json_add_object(&json, array, NULL), svctag_history_at(answer->history, i));
	return json_finish(&json, root, out, "\n");
}

static svctag_error
history_ndjson(FILE *out, const struct answer *answer)
{
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < svctag_history_count(answer->history) && err == SVCTAG_OK; i++) {
		struct json json = { 0 };
		cJSON *root = json_object(&json);

		json_add_bytes(&json, root, "query", answer->asked->text, answer->asked->size);
		entry_fields(&json, root, svctag_history_at(answer->history, i));
		err = json_finish(&json, root, out, "\n");
	}
	return err;
}

/* cloud, changeNumber, published, id; all empty for none. */
static void
csv_end_of(struct csv *csv, const svctag_release_info *info)
{
	if (info != NULL) {
		csv_release(csv, info);
		return;
	}
	for (int i = 0; i < 4; i++)
		csv_text(csv, NULL);
}

static svctag_error
history_csv(FILE *out, const struct answer *answer)
{
	struct csv csv = { .out = out };

	fputs("query,tag,prefix,fromCloud,fromChangeNumber,fromPublished,fromId,"
	      "toCloud,toChangeNumber,toPublished,toId\n",
	      out);
	for (size_t i = 0; i < svctag_history_count(answer->history); i++) {
		const svctag_history_entry *entry = svctag_history_at(answer->history, i);

		csv_bytes(&csv, answer->asked->text, answer->asked->size);
		csv_text(&csv, entry->tag);
		csv_prefix(&csv, &entry->prefix);
		csv_end_of(&csv, entry->from);
		csv_end_of(&csv, entry->to);
		csv_end(&csv);
	}
	return format_written(out);
}

/* A tag with its entries: what one bar shows. */
struct tag_row {
	const char *tag;
	const svctag_history_entry **entries;
	size_t count;
};

struct tag_rows {
	const svctag_history_entry **entries; /* by tag, within it in their order */
	struct tag_row *rows;
	size_t count;
};

static int
compare_by_tag(const void *a, const void *b)
{
	const svctag_history_entry *x = *(const svctag_history_entry *const *)a;
	const svctag_history_entry *y = *(const svctag_history_entry *const *)b;
	int order = strcmp(x->tag, y->tag);

	/* Entries lie in one array, in their order. */
	return order != 0 ? order : (x > y) - (x < y);
}

/* The tag that came first, first. */
static int
compare_tag_rows(const void *a, const void *b)
{
	const struct tag_row *x = a;
	const struct tag_row *y = b;

	return (x->entries[0] > y->entries[0]) - (x->entries[0] < y->entries[0]);
}

static void
tag_rows_release(struct tag_rows *rows)
{
	free(rows->entries);
	free(rows->rows);
}

static svctag_error
tag_rows_make(const svctag_history *history, struct tag_rows *ret)
{
	size_t count = svctag_history_count(history);

	*ret = (struct tag_rows){ calloc(count + 1, sizeof(svctag_history_entry *)),
				  calloc(count + 1, sizeof(struct tag_row)), 0 };
	if (ret->entries == NULL || ret->rows == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < count; i++)
		ret->entries[i] = svctag_history_at(history, i);
	if (count > 1)
		qsort(ret->entries, count, sizeof(svctag_history_entry *), compare_by_tag);
	for (size_t i = 0; i < count; i++) {
		const svctag_history_entry **entry = &ret->entries[i];

		if (i == 0 || strcmp(entry[-1]->tag, entry[0]->tag) != 0)
			ret->rows[ret->count++] = (struct tag_row){ entry[0]->tag, entry, 0 };
		ret->rows[ret->count - 1].count++;
	}
	if (ret->count > 1)
		qsort(ret->rows, ret->count, sizeof(struct tag_row), compare_tag_rows);
	return SVCTAG_OK;
}

static bool
row_has(const struct tag_row *row, size_t release)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->entries[i]->first <= release && release < row->entries[i]->until)
			return true;
	return false;
}

/* The last release that has the tag, or NULL while the newest has it. */
static const svctag_release_info *
row_end(const struct tag_row *row)
{
	const svctag_history_entry *last = row->entries[0];

	for (size_t i = 0; i < row->count; i++) {
		if (row->entries[i]->to == NULL)
			return NULL;
		if (row->entries[i]->until > last->until)
			last = row->entries[i];
	}
	return last->to;
}

static void
bar(FILE *out, const struct tag_row *row, const struct loaded_columns *columns)
{
	for (size_t c = 0; c < columns->columns; c++) {
		size_t begin = loaded_column_begin(columns, c);
		size_t end = loaded_column_begin(columns, c + 1);
		size_t have = 0;

		for (size_t r = begin; r < end; r++)
			have += row_has(row, r);
		fputs(loaded_column_text(have, end - begin), out);
	}
}

/* A bar for each tag: its name, first and last day, and the releases from left to right. */
static void
bars_text(FILE *out, const struct report_style *style, const struct answer *answer, const struct tag_rows *rows,
	  unsigned int width)
{
	struct loaded_columns columns;
	int name = 3;

	for (size_t i = 0; i < rows->count; i++)
		name = (int)strlen(rows->rows[i].tag) > name ? (int)strlen(rows->rows[i].tag) : name;
	/* Names are ASCII in every release seen; others would only shift their bar. */
	columns = loaded_columns_fit(answer->catalogue, answer->cloud,
				     width > (unsigned int)name + 30 ? width - (unsigned int)name - 30 : 10);
	for (size_t i = 0; i < rows->count; i++) {
		const svctag_release_info *end = row_end(&rows->rows[i]);

		putc(' ', out);
		putc(' ', out);
		format_text(out, rows->rows[i].tag);
		fprintf(out, "%*s  %s  %-10s  ", name - (int)strlen(rows->rows[i].tag), "",
			rows->rows[i].entries[0]->from->published, end == NULL ? "now" : end->published);
		bar(out, &rows->rows[i], &columns);
		putc('\n', out);
	}
	fprintf(out, "%s%*s", format_colour(style, FORMAT_FAINT), name + 28, "");
	loaded_gap_bar(out, answer->catalogue, answer->cloud, &columns);
	fprintf(out, " ^ change numbers never loaded%s\n", format_colour(style, FORMAT_PLAIN));
}

static svctag_error
entries_text(FILE *out, const struct report_style *style, const struct answer *answer)
{
	static const char *const heading[] = { "TAG", "PREFIX", "FROM", "", "TO", "" };
	struct table table = { .alignment = "lllrlr" };
	svctag_error err;

	for (size_t i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		table_cell(&table, heading[i]);
	for (size_t i = 0; i < svctag_history_count(answer->history); i++) {
		const svctag_history_entry *entry = svctag_history_at(answer->history, i);
		char prefix[SVCTAG_PREFIX_TEXT_SIZE];

		svctag_prefix_format(&entry->prefix, prefix);
		table_cell(&table, entry->tag);
		table_cell(&table, prefix);
		table_cell(&table, entry->from->published);
		table_cellf(&table, "%lld", (long long)entry->from->change_number);
		table_cell(&table, entry->to == NULL ? "now" : entry->to->published);
		if (entry->to == NULL)
			table_cell(&table, "");
		else
			table_cellf(&table, "%lld", (long long)entry->to->change_number);
	}
	err = table_print(&table, out, style, 2, true);
	table_release(&table);
	return err;
}

static svctag_error
history_text(FILE *out, const struct report_style *style, const struct answer *answer, unsigned int width)
{
	struct tag_rows rows = { 0 };
	svctag_error err;

	fputs(format_colour(style, FORMAT_HEADING), out);
	format_bytes(out, answer->asked->text, answer->asked->size);
	fputs(format_colour(style, FORMAT_PLAIN), out);
	fputs(svctag_history_count(answer->history) == 0 ? "  never in any tag\n" : "\n", out);
	err = loaded_text(out, style, answer->catalogue, answer->cloud, width);
	if (err != SVCTAG_OK || svctag_history_count(answer->history) == 0)
		return err == SVCTAG_OK ? format_written(out) : err;
	putc('\n', out);
	err = tag_rows_make(answer->history, &rows);
	if (err == SVCTAG_OK) {
		bars_text(out, style, answer, &rows, width);
		putc('\n', out);
		err = entries_text(out, style, answer);
	}
	tag_rows_release(&rows);
	return err;
}

svctag_error
report_history(FILE *out, const struct report_style *style, const struct report_query *asked, const svctag_query *query,
	       const svctag_history *history, unsigned int width)
{
	const struct answer answer = { asked, query, history, svctag_history_catalogue(history),
				       svctag_history_cloud(history) };

	switch (style->format) {
	case REPORT_JSON: return history_json(out, &answer);
	case REPORT_NDJSON: return history_ndjson(out, &answer);
	case REPORT_CSV: return history_csv(out, &answer);
	case REPORT_TEXT: break;
	}
	return history_text(out, style, &answer, width);
}

/* The rows of the chart; their spans lie in one array. */
static svctag_error
chart_rows(const struct tag_rows *rows, size_t entries, struct svg_row **ret, size_t (**ret_spans)[2])
{
	struct svg_row *chart = calloc(rows->count + 1, sizeof(*chart));
	size_t(*spans)[2] = calloc(entries + 1, sizeof(*spans));
	size_t used = 0;

	*ret = chart;
	*ret_spans = spans;
	if (chart == NULL || spans == NULL)
		return SVCTAG_E_NO_MEMORY;
	for (size_t i = 0; i < rows->count; i++) {
		const struct tag_row *row = &rows->rows[i];

		chart[i] = (struct svg_row){ row->tag, (const size_t(*)[2])(spans + used), row->count };
		for (size_t e = 0; e < row->count; e++, used++) {
			spans[used][0] = row->entries[e]->first;
			spans[used][1] = row->entries[e]->until;
		}
	}
	return SVCTAG_OK;
}

svctag_error
report_history_svg(FILE *out, const svctag_query *query, const svctag_history *history)
{
	const svctag_catalogue *catalogue = svctag_history_catalogue(history);
	size_t cloud = svctag_history_cloud(history);
	struct svg_chart chart = { .count = svctag_catalogue_release_count(catalogue, cloud) };
	struct tag_rows rows = { 0 };
	struct svg_row *chart_row = NULL;
	size_t(*spans)[2] = NULL;
	int64_t *days = NULL;
	char title[SVCTAG_RANGE_TEXT_SIZE + 64];
	char description[256];
	svctag_error err;

	err = loaded_days(catalogue, cloud, &days);
	if (err == SVCTAG_OK)
		err = tag_rows_make(history, &rows);
	if (err == SVCTAG_OK)
		err = chart_rows(&rows, svctag_history_count(history), &chart_row, &spans);
	if (err == SVCTAG_OK) {
		snprintf(title, sizeof(title), "Tags of %s over time", query->normalized);
		snprintf(description, sizeof(description),
			 "A bar for each of %zu tags of cloud %s, drawn while a prefix of the tag held addresses of "
			 "%s; %zu releases from %s to %s.",
			 rows.count, svctag_catalogue_cloud(catalogue, cloud), query->normalized, chart.count,
			 svctag_catalogue_release(catalogue, cloud, 0)->published,
			 svctag_catalogue_release(catalogue, cloud, chart.count - 1)->published);
		chart.title = title;
		chart.description = description;
		chart.days = days;
		chart.rows = chart_row;
		chart.row_count = rows.count;
		err = svg_write(out, &chart);
	}
	tag_rows_release(&rows);
	free(chart_row);
	free(spans);
	free(days);
	return err;
}
