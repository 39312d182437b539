#include "lint.h"

#include <string.h>

#include "csv.h"
#include "format.h"
#include "json.h"

static const char *
place_of(const struct report_lint *answer, const struct lint_finding *finding, char text[LIST_PLACE_SIZE])
{
	(void)list_place_format(answer->list, finding->line, finding->path, text);
	return text;
}

/* NULL becomes null; a name may hold any bytes, and any number of them. */
static void
add_name(struct json *json, cJSON *object, const char *key, const char *name)
{
	if (name == NULL)
		json_add_null(json, object, key);
	else
		json_add_bytes(json, object, key, name, strnlen(name, REPORT_LINT_NAME));
}

static svctag_error
write_finding(FILE *out, const struct report_lint *answer, const struct lint_finding *finding, const char *end)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	char place[LIST_PLACE_SIZE];

	(void)place_of(answer, finding, place);
	json_add_reference(&json, root, "ruleId", lint_about(finding->check)->id);
	json_add_reference(&json, root, "severity", lint_severity_text(finding->severity));
	json_add_bytes(&json, root, "place", place, strlen(place));
	if (finding->line > 0)
		json_add_integer(&json, root, "line", (int64_t)finding->line);
	else
		json_add_null(&json, root, "line");
	add_name(&json, root, "rule", finding->rule);
	json_add_bytes(&json, root, "message", finding->message, strlen(finding->message));
	json_add_bytes(&json, root, "fix", finding->fix, strlen(finding->fix));
	if (finding->tag != NULL)
		json_add_bytes(&json, root, "tag", finding->tag, strlen(finding->tag));
	return json_finish(&json, root, out, end);
}

/* Everything before the findings; the object is closed behind them. */
static svctag_error
write_head(FILE *out, const struct report_lint *answer)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json), *summary;
	char *text;

	json_add_release(&json, root, "release", answer->release);
	json_add_bytes(&json, root, "file", answer->list->name, strlen(answer->list->name));
	json_add_reference(&json, root, "format", answer->list->format);
	json_add_reference(&json, root, "target", answer->target);
	summary = json_add_object(&json, root, "summary");
	for (int s = LINT_SEVERITY_COUNT - 1; s >= 0; s--)
		json_add_integer(&json, summary, lint_severity_text((enum lint_severity)s),
				 (int64_t)lint_total(answer->findings, (enum lint_severity)s));
	json_add_integer(&json, root, "findingsLeftOff", (int64_t)lint_left_off(answer->findings));
	text = json.failed ? NULL : cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (text == NULL)
		return SVCTAG_E_NO_MEMORY;
	/* The closing brace is for later. */
	fwrite(text, 1, strlen(text) - 1, out);
	cJSON_free(text);
	return format_written(out);
}

static svctag_error
write_findings(FILE *out, const struct report_lint *answer, bool lines)
{
	size_t count = lint_count(answer->findings);
	svctag_error err = SVCTAG_OK;

	for (size_t i = 0; i < count && err == SVCTAG_OK; i++)
		err = write_finding(out, answer, lint_at(answer->findings, i), lines ? "\n" : i + 1 < count ? "," : "");
	return err;
}

static svctag_error
lint_json(FILE *out, const struct report_lint *answer)
{
	svctag_error err = write_head(out, answer);

	if (err != SVCTAG_OK)
		return err;
	fputs(",\"findings\":[", out);
	err = write_findings(out, answer, false);
	fputs("]}\n", out);
	return err == SVCTAG_OK ? format_written(out) : err;
}

static svctag_error
lint_csv(FILE *out, const struct report_lint *answer)
{
	struct csv csv = { .out = out };

	fputs("ruleId,severity,place,line,rule,message,fix,tag\n", out);
	for (size_t i = 0; i < lint_count(answer->findings); i++) {
		const struct lint_finding *finding = lint_at(answer->findings, i);
		char place[LIST_PLACE_SIZE];

		csv_text(&csv, lint_about(finding->check)->id);
		csv_text(&csv, lint_severity_text(finding->severity));
		csv_text(&csv, place_of(answer, finding, place));
		if (finding->line > 0)
			csv_integer(&csv, (int64_t)finding->line);
		else
			csv_text(&csv, NULL);
		csv_bytes(&csv, finding->rule != NULL ? finding->rule : "",
			  finding->rule != NULL ? strnlen(finding->rule, REPORT_LINT_NAME) : 0);
		csv_text(&csv, finding->message);
		csv_text(&csv, finding->fix);
		csv_text(&csv, finding->tag);
		csv_end(&csv);
	}
	return format_written(out);
}

/* ---------------------------------------------------------------- text */

static void
finding_text(FILE *out, const struct report_style *style, const struct report_lint *answer,
	     const struct lint_finding *finding)
{
	static const enum format_colour colours[LINT_SEVERITY_COUNT] = { FORMAT_FAINT, FORMAT_CHANGED, FORMAT_BAD };
	char place[LIST_PLACE_SIZE];

	format_text(out, place_of(answer, finding, place));
	fprintf(out, ": %s%s:%s ", format_colour(style, colours[finding->severity]),
		lint_severity_text(finding->severity), format_colour(style, FORMAT_PLAIN));
	format_text(out, finding->message);
	fprintf(out, " %s[%s]%s\n    ", format_colour(style, FORMAT_FAINT), lint_about(finding->check)->id,
		format_colour(style, FORMAT_PLAIN));
	format_text(out, finding->fix);
	putc('\n', out);
}

static svctag_error
lint_text_form(FILE *out, const struct report_style *style, const struct report_lint *answer)
{
	size_t count = lint_count(answer->findings), left_off = lint_left_off(answer->findings);
	size_t errors = lint_total(answer->findings, LINT_ERROR);
	size_t warnings = lint_total(answer->findings, LINT_WARNING);
	size_t notes = lint_total(answer->findings, LINT_NOTE);
	char release[FORMAT_RELEASE_SIZE];

	for (size_t i = 0; i < count; i++)
		finding_text(out, style, answer, lint_at(answer->findings, i));
	if (left_off > 0)
		fprintf(out, "… and %zu more\n", left_off);
	fprintf(out, "%s", format_colour(style, errors > 0 ? FORMAT_BAD : warnings > 0 ? FORMAT_CHANGED : FORMAT_GOOD));
	format_text(out, answer->list->name);
	fprintf(out, "%s (%s): %zu error%s, %zu warning%s, %zu note%s, by %s\n", format_colour(style, FORMAT_PLAIN),
		answer->list->format, errors, format_plural(errors), warnings, format_plural(warnings), notes,
		format_plural(notes), format_release(answer->release, release));
	return format_written(out);
}

svctag_error
report_lint(FILE *out, const struct report_style *style, const struct report_lint *answer)
{
	switch (style->format) {
	case REPORT_JSON: return lint_json(out, answer);
	case REPORT_NDJSON: return write_findings(out, answer, true);
	case REPORT_CSV: return lint_csv(out, answer);
	case REPORT_TEXT: break;
	}
	return lint_text_form(out, style, answer);
}
