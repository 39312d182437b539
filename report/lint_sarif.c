/*
 * Findings as SARIF 2.1.0 (OASIS): one run, its rules the checks that there
 * are, its results the findings. The results are written one by one: there may
 * be many.
 */
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "lint.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/** Room for the name of a file as a reference. */
#define REFERENCE_SIZE 1024

/*
 * RFC 3986: what is neither unreserved nor '/' is encoded, byte by byte, so
 * that a name with a colon is no scheme. What does not fit is left out.
 */
static void
format_reference(const char *name, char text[REFERENCE_SIZE])
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	size_t size = 0;

	for (; *name != '\0' && size + 4 <= REFERENCE_SIZE; name++) {
		if (strchr(plain, *name) != NULL)
			text[size++] = *name;
		else
			size += (size_t)snprintf(text + size, REFERENCE_SIZE - size, "%%%02X", (unsigned char)*name);
	}
	text[size] = '\0';
}

/* {"text":…} */
static void
add_message(struct json *json, cJSON *parent, const char *key, const char *text)
{
	cJSON *message = json_add_object(json, parent, key);

	json_add_bytes(json, message, "text", text, strlen(text));
}

static void
add_rules(struct json *json, cJSON *driver)
{
	cJSON *rules = json_add_array(json, driver, "rules");

	for (int i = 0; i < LINT_CHECK_COUNT && !json->failed; i++) {
		const struct lint_about *about = lint_about((enum lint_check)i);
		cJSON *rule = json_add_object(json, rules, NULL);

		json_add_reference(json, rule, "id", about->id);
		add_message(json, rule, "shortDescription", about->title);
		add_message(json, rule, "fullDescription", about->help);
		add_message(json, rule, "help", about->help);
		json_add_reference(json, json_add_object(json, rule, "defaultConfiguration"), "level",
				   lint_severity_text(about->severity));
	}
}

/* Everything up to the results: an open object in an open array. */
static svctag_error
write_head(FILE *out, const struct report_lint *answer)
{
	struct json json = { 0 };
	cJSON *run = json_object(&json), *tool, *driver, *properties;
	char *text;

	tool = json_add_object(&json, run, "tool");
	driver = json_add_object(&json, tool, "driver");
	json_add_reference(&json, driver, "name", "svctag");
	json_add_reference(&json, driver, "version", SVCTAG_VERSION);
	json_add_reference(&json, driver, "semanticVersion", SVCTAG_VERSION);
	add_rules(&json, driver);
	json_add_reference(&json, run, "columnKind", "unicodeCodePoints");
	properties = json_add_object(&json, run, "properties");
	json_add_release(&json, properties, "release", answer->release);
	json_add_reference(&json, properties, "format", answer->list->format);
	json_add_integer(&json, properties, "findingsLeftOff", (int64_t)lint_left_off(answer->findings));
	text = json.failed ? NULL : cJSON_PrintUnformatted(run);
	cJSON_Delete(run);
	if (text == NULL)
		return SVCTAG_E_NO_MEMORY;
	fputs("{\"$schema\":\"" SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[", out);
	fwrite(text, 1, strlen(text) - 1, out);
	fputs(",\"results\":[", out);
	cJSON_free(text);
	return format_written(out);
}

static void
add_location(struct json *json, cJSON *result, const struct lint_finding *finding, const char *reference)
{
	cJSON *location = json_add_object(json, json_add_array(json, result, "locations"), NULL);
	cJSON *physical = json_add_object(json, location, "physicalLocation"), *logical;

	json_add_text(json, json_add_object(json, physical, "artifactLocation"), "uri", reference);
	if (finding->line > 0)
		json_add_integer(json, json_add_object(json, physical, "region"), "startLine", (int64_t)finding->line);
	if (finding->rule == NULL)
		return;
	logical = json_add_object(json, json_add_array(json, location, "logicalLocations"), NULL);
	json_add_bytes(json, logical, "name", finding->rule, strnlen(finding->rule, REPORT_LINT_NAME));
	json_add_bytes(json, logical, "fullyQualifiedName", finding->path, strlen(finding->path));
}

static svctag_error
write_result(FILE *out, const struct lint_finding *finding, const char *reference, const char *end)
{
	struct json json = { 0 };
	cJSON *result = json_object(&json), *message, *properties;
	char text[2048];

	json_add_reference(&json, result, "ruleId", lint_about(finding->check)->id);
	json_add_integer(&json, result, "ruleIndex", (int64_t)finding->check);
	json_add_reference(&json, result, "level", lint_severity_text(finding->severity));
	(void)snprintf(text, sizeof(text), "%s. %s", finding->message, finding->fix);
	message = json_add_object(&json, result, "message");
	json_add_bytes(&json, message, "text", text, strlen(text));
	add_location(&json, result, finding, reference);
	properties = json_add_object(&json, result, "properties");
	json_add_bytes(&json, properties, "fix", finding->fix, strlen(finding->fix));
	if (finding->tag != NULL)
		json_add_bytes(&json, properties, "tag", finding->tag, strlen(finding->tag));
	return json_finish(&json, result, out, end);
}

svctag_error
report_lint_sarif(FILE *out, const struct report_lint *answer)
{
	size_t count = lint_count(answer->findings);
	char reference[REFERENCE_SIZE];
	svctag_error err = write_head(out, answer);

	format_reference(answer->list->name, reference);
	for (size_t i = 0; i < count && err == SVCTAG_OK; i++)
		err = write_result(out, lint_at(answer->findings, i), reference, i + 1 < count ? "," : "");
	if (err != SVCTAG_OK)
		return err;
	fputs("]}]}\n", out);
	return format_written(out);
}
