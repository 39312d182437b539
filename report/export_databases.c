/* For the engines that look after fleets: PostgreSQL with GiST, ClickHouse with an ip_trie dictionary. */
#include "export_internal.h"

/* ------------------------------------------------------------ PostgreSQL */

/*
 * One table for all clouds: an export replaces the rows of its own. The
 * operator class is named because the default one for GiST does not know >>=.
 */
static void
postgres_begin(const struct report_export *export, FILE *out)
{
	const char *name = export->name;

	fputs("-- ", out);
	export_title(export, out);
	fprintf(out,
		"\n-- Which tags hold an address: SELECT tag, prefix FROM %s WHERE prefix >>= '192.0.2.1';\n"
		"BEGIN;\n"
		"CREATE TABLE IF NOT EXISTS %s (\n"
		"\tprefix cidr NOT NULL,\n\ttag text NOT NULL,\n\tregion text NOT NULL,\n"
		"\tsystem_service text NOT NULL,\n\tnetwork_features text,\n\ttag_change_number bigint NOT NULL,\n"
		"\tcloud text NOT NULL,\n\tchange_number bigint NOT NULL,\n\tpublished date NOT NULL,\n"
		"\trelease_id text NOT NULL\n);\n"
		"CREATE INDEX IF NOT EXISTS %s_prefix ON %s USING gist (prefix inet_ops);\n"
		"CREATE INDEX IF NOT EXISTS %s_tag ON %s (tag);\n"
		"DELETE FROM %s WHERE cloud = '%s';\n"
		"COPY %s (prefix, tag, region, system_service, network_features, tag_change_number, cloud, "
		"change_number, published, release_id) FROM stdin;\n",
		name, name, name, name, name, name, name, export_release(export)->cloud, name);
}

/* A field of COPY's text form; NULL is null. There are no control characters in what is published. */
static void
postgres_text(FILE *out, const char *text)
{
	if (text == NULL) {
		fputs("\\N", out);
		return;
	}
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
}

static void
postgres_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	const svctag_release_info *release = export_release(export);
	const svctag_properties *p = &row->tag->properties;
	const char *const texts[] = { p->name, p->region, p->system_service, p->network_features };
	char text[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_prefix_format(row->prefix, text);
	fputs(text, out);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		putc('\t', out);
		postgres_text(out, texts[i]);
	}
	svctag_digest_format(release->digest, text);
	fprintf(out, "\t%lld\t%s\t%lld\t%s\t%s\n", (long long)p->change_number, release->cloud,
		(long long)release->change_number, release->published, text);
}

static void
postgres_end(const struct report_export *export, FILE *out)
{
	fprintf(out, "\\.\nCOMMIT;\nANALYZE %s;\n", export->name);
}

const struct export_writer export_postgres = {
	.name = "postgres",
	.media_type = "application/sql; charset=utf-8",
	.shape = EXPORT_BY_TAG,
	.begin = postgres_begin,
	.row = postgres_row,
	.end = postgres_end,
};

/* ------------------------------------------------------------ ClickHouse */

static void
clickhouse_begin(const struct report_export *export, FILE *out)
{
	const char *name = export->name;

	fputs("-- ", out);
	export_title(export, out);
	fprintf(out,
		"\n-- Which tags hold an address: SELECT dictGet('%s_trie', 'tags', tuple(toIPv4('192.0.2.1')));\n"
		"CREATE TABLE IF NOT EXISTS %s (prefix String, tags String) ENGINE = MergeTree ORDER BY prefix;\n"
		"CREATE DICTIONARY IF NOT EXISTS %s_trie (prefix String, tags String DEFAULT '') PRIMARY KEY prefix\n"
		"SOURCE(CLICKHOUSE(TABLE '%s')) LAYOUT(IP_TRIE) LIFETIME(300);\n"
		"TRUNCATE TABLE %s;\n",
		name, name, name, name, name);
}

static void
clickhouse_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
}

static void
clickhouse_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(row->prefix, text);
	if (export->written[0] + export->written[1] > 0)
		fputs(",\n", out);
	else
		fprintf(out, "INSERT INTO %s (prefix, tags) VALUES\n", export->name);
	fprintf(out, "('%s','", text);
	export_labels(export, out, row, clickhouse_text);
	fputs("')", out);
}

static void
clickhouse_end(const struct report_export *export, FILE *out)
{
	if (export->written[0] + export->written[1] > 0)
		fputs(";\n", out);
	fprintf(out, "SYSTEM RELOAD DICTIONARY %s_trie;\n", export->name);
}

const struct export_writer export_clickhouse = {
	.name = "clickhouse",
	.media_type = "application/sql; charset=utf-8",
	.shape = EXPORT_LABELLED,
	.begin = clickhouse_begin,
	.row = clickhouse_row,
	.end = clickhouse_end,
};
