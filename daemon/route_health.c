/*
 * GET /healthz: is the process alive? GET /readyz: has it something to answer
 * with, how old is that, and did the last reload succeed?
 */
#include "negotiate.h"
#include "report/json.h"
#include "service.h"

void
get_healthz(struct request *request, const struct context *context, struct reply *reply)
{
	bool text = negotiate_wants_text(request, "application/json", reply);
	FILE *out = reply_open(reply);

	(void)context;
	if (out == NULL)
		return;
	fputs(text ? "ok\n" : "{\"status\":\"ok\"}\n", out);
	reply->cache_control = "no-store";
	reply_close(reply, out, SVCTAG_OK, negotiate_media_type(text ? REPORT_TEXT : REPORT_JSON));
}

static int64_t
age_of(const svctag_release_info *info, const struct context *context)
{
	return svctag_day_number(context->today) - svctag_day_number(info->published);
}

/** The newest release of each cloud and its age in days. */
static void
add_clouds(struct json *json, cJSON *root, const struct context *context)
{
	const svctag_catalogue *catalogue = generation_catalogue(context->generation);
	cJSON *clouds = json_add_array(json, root, "clouds");

	for (size_t i = 0; i < svctag_catalogue_cloud_count(catalogue); i++) {
		const svctag_release_info *info = svctag_snapshot_info(generation_newest(context->generation, i));
		cJSON *cloud = json_add_object(json, clouds, NULL);

		json_add_release(json, cloud, "release", info);
		json_add_integer(json, cloud, "ageDays", age_of(info, context));
	}
}

static svctag_error
write_json(FILE *out, const struct context *context)
{
	const struct snapshots_status *status = &context->status;
	struct json json = { 0 };
	cJSON *root, *reload;

	root = json_object(&json);
	json_add_reference(&json, root, "status", "ready");
	json_add_integer(&json, root, "generation", (int64_t)status->number);
	add_clouds(&json, root, context);
	reload = json_add_object(&json, root, "reload");
	json_add_bool(&json, reload, "ok", !status->failed);
	json_add_text(&json, reload, "error", status->failed ? status->error : NULL);
	return json_finish(&json, root, out, "\n");
}

static svctag_error
write_text(FILE *out, const struct context *context)
{
	const svctag_catalogue *catalogue = generation_catalogue(context->generation);

	fputs("ready\n", out);
	for (size_t i = 0; i < svctag_catalogue_cloud_count(catalogue); i++) {
		const svctag_release_info *info = svctag_snapshot_info(generation_newest(context->generation, i));

		fprintf(out, "%s %lld of %s, %lld days old\n", info->cloud, (long long)info->change_number,
			info->published, (long long)age_of(info, context));
	}
	if (context->status.failed)
		fprintf(out, "the last reload failed: %s\n", context->status.error);
	return ferror(out) ? SVCTAG_E_IO : SVCTAG_OK;
}

void
get_readyz(struct request *request, const struct context *context, struct reply *reply)
{
	const struct snapshots_status *status = &context->status;
	bool text;
	FILE *out;

	if (!status->loaded || context->generation == NULL) {
		reply->retry_after = 5;
		reply_problem(reply, 503, status->failed ? status->error : "no release is loaded yet");
		return;
	}
	text = negotiate_wants_text(request, "application/json", reply);
	out = reply_open(reply);
	if (out == NULL)
		return;
	reply->cache_control = "no-store";
	reply_close(reply, out, text ? write_text(out, context) : write_json(out, context),
		    negotiate_media_type(text ? REPORT_TEXT : REPORT_JSON));
}
