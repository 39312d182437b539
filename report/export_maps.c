/*
 * Address to tags, for proxies that answer the longest match alone: nginx's
 * geo module and HAProxy's map_ip.
 */
#include "export_internal.h"

static void
nginx_begin(const struct report_export *export, FILE *out)
{
	fputs("# ", out);
	export_title(export, out);
	fprintf(out, "\ngeo $%s {\n\tdefault \"\";\n", export->name);
}

/* Between double quotes. */
static void
nginx_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		putc(*text, out);
	}
}

static void
nginx_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(row->prefix, text);
	fprintf(out, "\t%s \"", text);
	export_labels(export, out, row, nginx_text);
	fputs("\";\n", out);
}

static void
nginx_end(const struct report_export *export, FILE *out)
{
	(void)export;
	fputs("}\n", out);
}

const struct export_writer export_nginx = {
	.name = "nginx",
	.media_type = "text/plain; charset=utf-8",
	.shape = EXPORT_LABELLED,
	.begin = nginx_begin,
	.row = nginx_row,
	.end = nginx_end,
};

static void
haproxy_begin(const struct report_export *export, FILE *out)
{
	fputs("# ", out);
	export_title(export, out);
	putc('\n', out);
}

static void
haproxy_text(FILE *out, const char *text)
{
	fputs(text, out); /* what follows the key is the value, whatever it is */
}

static void
haproxy_row(const struct report_export *export, FILE *out, const struct export_row *row)
{
	char text[SVCTAG_PREFIX_TEXT_SIZE];

	svctag_prefix_format(row->prefix, text);
	fprintf(out, "%s ", text);
	export_labels(export, out, row, haproxy_text);
	putc('\n', out);
}

const struct export_writer export_haproxy = {
	.name = "haproxy",
	.media_type = "text/plain; charset=utf-8",
	.shape = EXPORT_LABELLED,
	.begin = haproxy_begin,
	.row = haproxy_row,
};
