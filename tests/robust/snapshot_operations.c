/*
 * What is asked of a loaded release while allocations fail: look-ups, and
 * whatever is worked out and printed from it.
 */
#include <report/export.h>
#include <report/migrate.h>
#include <report/plan.h>
#include <report/rules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <svctag/migrate.h>

#include "operations.h"
#include "xxh64.h"

svctag_error
operation_lookup(struct bench *bench, uint64_t *ret)
{
	const svctag_index *index = svctag_snapshot_index(bench->snapshot);
	svctag_prefix *prefixes = NULL;
	size_t count = 0;
	svctag_error err = answers_snapshot(bench->snapshot, &bench->queries, ret);

	for (uint32_t tag = 0; err == SVCTAG_OK && tag < svctag_index_tag_count(index) && tag < 40; tag++) {
		err = svctag_index_tag_prefixes(index, tag, &prefixes, &count);
		if (err == SVCTAG_OK)
			*ret = svctag_xxh64(&count, sizeof(count), *ret);
		free(prefixes);
		prefixes = NULL;
	}
	return err;
}

svctag_error
operation_migrate(struct bench *bench, uint64_t *ret)
{
	static const svctag_migrate_options options[] = {
		{ .allow_broad = true, .work = 100 },
		{ .allow_broad = true, .max_tags = 2 },
		{ .prefer = SVCTAG_PREFER_RULES },
	};
	svctag_migrate_entry entries[ANSWERS_MOST_QUERIES] = { 0 };
	svctag_error err = SVCTAG_OK;

	*ret = 0;
	for (size_t i = 0; i < bench->queries.count; i++)
		entries[i].range = bench->queries.queries[i].range;
	for (size_t i = 0; err == SVCTAG_OK && i < sizeof(options) / sizeof(options[0]); i++) {
		svctag_migration *migration = NULL;

		err = svctag_migrate(bench->snapshot, entries, bench->queries.count, &options[i], NULL, NULL,
				     &migration, NULL);
		for (size_t k = 0; err == SVCTAG_OK && k < bench->queries.count; k++) {
			svctag_migrate_fate fate = svctag_migration_fate(migration, k);

			*ret = svctag_xxh64(&fate.tag, sizeof(fate.tag), *ret);
		}
		svctag_migration_free(migration);
	}
	return err;
}

svctag_error
operation_plan(struct bench *bench, uint64_t *ret)
{
	bool china = strcmp(svctag_snapshot_info(bench->snapshot)->cloud, "China") == 0;
	const struct plan_argument arguments[] = { { "source", china ? "chinaeast2" : "eastus" },
						   { "target", china ? "chinanorth3" : "westeurope" },
						   { "disk-encryption", "" } };
	const struct report_style style = { .format = REPORT_JSON };
	struct scenario *scenario = NULL;
	struct plan *plan = NULL;
	svctag_detail detail = { "" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	svctag_error err =
		out == NULL ? SVCTAG_E_NO_MEMORY : scenario_builtin_read("site-recovery", &scenario, &detail);

	if (err == SVCTAG_OK)
		err = plan_make(scenario, bench->snapshot, arguments, 3, &plan, &detail);
	if (err == SVCTAG_OK)
		err = report_plan(out, &style, plan);
	for (int output = 0; err == SVCTAG_OK && output < RULES_OUTPUT_COUNT; output++)
		err = report_plan_rules(out, (enum rules_output)output, plan);
	if (out != NULL && fclose(out) != 0 && err == SVCTAG_OK)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK)
		*ret = svctag_xxh64(text, size, 0);
	free(text);
	plan_free(plan);
	scenario_free(scenario);
	return err;
}

static svctag_error
print_export(FILE *out, const svctag_snapshot *snapshot, const struct report_export_options *options)
{
	struct report_export *export = NULL;
	svctag_detail detail = { "" };
	bool done = false;
	svctag_error err = report_export_begin(snapshot, options, &export, &detail);

	while (err == SVCTAG_OK && !done)
		err = report_export_next(export, out, &done);
	report_export_free(export);
	return err;
}

svctag_error
operation_export(struct bench *bench, uint64_t *ret)
{
	struct report_export_options options = { .tags = "AzureCloud*,Sql" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	svctag_error err = out == NULL ? SVCTAG_E_NO_MEMORY : SVCTAG_OK;

	for (int format = 0; err == SVCTAG_OK && format < EXPORT_FORMAT_COUNT; format++) {
		options.format = (enum report_export_format)format;
		err = print_export(out, bench->snapshot, &options);
	}
	options.format = EXPORT_CSV;
	options.aggregate = true;
	if (err == SVCTAG_OK)
		err = print_export(out, bench->snapshot, &options);
	if (out != NULL && fclose(out) != 0 && err == SVCTAG_OK)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK)
		*ret = svctag_xxh64(text, size, 0);
	free(text);
	return err;
}

/* A group with rules that allow and one that denies, both families, and names. */
static const char group[] =
	"[{\"name\":\"a'b\",\"direction\":\"Outbound\",\"access\":\"Allow\",\"priority\":100,\"protocol\":\"Tcp\","
	"\"sourceAddressPrefix\":\"VirtualNetwork\",\"destinationPortRanges\":[\"443\",\"80\"],"
	"\"destinationAddressPrefixes\":[\"198.18.16.10\",\"198.18.4.0/24\",\"192.0.2.1\",\"2001:db8:ffff::1\"]},"
	"{\"name\":\"d\",\"direction\":\"Outbound\",\"access\":\"Deny\",\"priority\":200,\"protocol\":\"*\","
	"\"sourceAddressPrefix\":\"*\",\"destinationPortRange\":\"*\",\"destinationAddressPrefix\":\"192.0.2.7\"},"
	"{\"name\":\"in\",\"direction\":\"Inbound\",\"access\":\"Allow\",\"priority\":100,\"protocol\":\"Tcp\","
	"\"sourceAddressPrefix\":\"198.18.26.0/24\",\"destinationPortRange\":\"443\","
	"\"destinationAddressPrefixes\":[\"10.0.0.4\",\"10.0.0.5\"]}]";

static svctag_error
print_proposal(FILE *out, const struct proposal *proposal)
{
	const struct report_style style = { .format = REPORT_JSON };
	const struct rules_place place = { .title = "title" };
	svctag_error err = report_migrate(out, &style, proposal);

	for (int output = 0; err == SVCTAG_OK && output < RULES_OUTPUT_COUNT; output++)
		err = report_rules_rollback(out, (enum rules_output)output, proposal->rules, proposal->own, &place);
	return err;
}

svctag_error
operation_propose(struct bench *bench, uint64_t *ret)
{
	const struct proposal_options options = { .max_rules = 4 };
	struct proposal *proposal = NULL;
	struct list *list = NULL;
	svctag_detail detail = { "" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	svctag_error err = out == NULL ? SVCTAG_E_NO_MEMORY
				       : list_read(group, sizeof(group) - 1, "group.json", NULL, &list, &detail);

	if (err == SVCTAG_OK)
		err = proposal_make(bench->snapshot, list, &options, NULL, NULL, &proposal, &detail);
	if (err == SVCTAG_OK)
		err = print_proposal(out, proposal);
	if (out != NULL && fclose(out) != 0 && err == SVCTAG_OK)
		err = SVCTAG_E_NO_MEMORY;
	if (err == SVCTAG_OK)
		*ret = svctag_xxh64(text, size, 0);
	free(text);
	proposal_free(proposal);
	list_free(list);
	return err;
}
