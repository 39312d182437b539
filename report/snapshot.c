#include "snapshot.h"

#include <inttypes.h>
#include <string.h>

#include "csv.h"
#include "format.h"
#include "json.h"

static const svctag_release_info *
newest(const svctag_catalogue *catalogue, size_t cloud)
{
	return svctag_catalogue_release(catalogue, cloud, svctag_catalogue_release_count(catalogue, cloud) - 1);
}

static svctag_error
snapshot_json(FILE *out, const char *path, const svctag_published *published, const char *digest,
	      const svctag_catalogue *catalogue)
{
	struct json json = { 0 };
	cJSON *root = json_object(&json);
	cJSON *object = json_add_object(&json, root, "snapshot");
	cJSON *array;

	json_add_bytes(&json, object, "path", path, strlen(path));
	json_add_integer(&json, object, "size", (int64_t)published->size);
	json_add_reference(&json, object, "sha256", digest);
	json_add_bool(&json, object, "unchanged", published->unchanged);
	array = json_add_array(&json, root, "releases");
	for (size_t i = 0; i < svctag_catalogue_cloud_count(catalogue); i++)
		json_add_release(&json, array, NULL, newest(catalogue, i));
	return json_finish(&json, root, out, "\n");
}

static void
snapshot_csv(FILE *out, const char *path, const svctag_published *published, const char *digest)
{
	struct csv csv = { .out = out };

	fputs("path,size,sha256,unchanged\n", out);
	csv_text(&csv, path);
	csv_integer(&csv, (int64_t)published->size);
	csv_text(&csv, digest);
	csv_text(&csv, published->unchanged ? "true" : "false");
	csv_end(&csv);
}

static void
snapshot_text(FILE *out, const char *path, const svctag_published *published, const char *digest,
	      const svctag_catalogue *catalogue)
{
	char text[FORMAT_RELEASE_SIZE];

	fputs(published->unchanged ? "unchanged " : "wrote ", out);
	format_text(out, path);
	fprintf(out, "  %" PRIu64 " bytes  sha256 %s\n", published->size, digest);
	for (size_t i = 0; i < svctag_catalogue_cloud_count(catalogue); i++)
		fprintf(out, "  newest %s\n", format_release(newest(catalogue, i), text));
}

svctag_error
report_snapshot(FILE *out, const struct report_style *style, const char *path, const svctag_published *published,
		const svctag_catalogue *catalogue)
{
	char digest[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_digest_format(published->digest, digest);
	switch (style->format) {
	case REPORT_JSON:
	case REPORT_NDJSON: return snapshot_json(out, path, published, digest, catalogue);
	case REPORT_CSV: snapshot_csv(out, path, published, digest); break;
	case REPORT_TEXT: snapshot_text(out, path, published, digest, catalogue); break;
	}
	return format_written(out);
}

svctag_error
report_snapshot_checksum(FILE *out, const char *name, const svctag_published *published)
{
	char digest[SVCTAG_DIGEST_TEXT_SIZE];

	svctag_digest_format(published->digest, digest);
	fprintf(out, "%s  %s\n", digest, name);
	return format_written(out);
}
