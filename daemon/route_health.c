/*
 * GET /healthz: is the process alive? GET /readyz: has it something to answer
 * with, how old is that, and did the last reload succeed?
 */
#include "report/json.h"
#include "service.h"

static const char json_type[] = "application/json";

void
get_healthz(struct request *request, const struct context *context, struct reply *reply)
{
	struct json json = { 0 };
	cJSON *root;
	FILE *out = reply_open(reply);

	(void)request;
	(void)context;
	if (out == NULL)
		return;
	root = json_object(&json);
	json_add_reference(&json, root, "status", "ok");
	reply->cache_control = "no-store";
	reply_close(reply, out, json_finish(&json, root, out, "\n"), json_type);
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
		json_add_integer(json, cloud, "ageDays",
				 svctag_day_number(context->today) - svctag_day_number(info->published));
	}
}

void
get_readyz(struct request *request, const struct context *context, struct reply *reply)
{
	const struct snapshots_status *status = &context->status;
	struct json json = { 0 };
	cJSON *root, *reload;
	FILE *out;

	(void)request;
	if (!status->loaded || context->generation == NULL) {
		reply->retry_after = 5;
		reply_problem(reply, 503, status->failed ? status->error : "no release is loaded yet");
		return;
	}
	out = reply_open(reply);
	if (out == NULL)
		return;
	root = json_object(&json);
	json_add_reference(&json, root, "status", "ready");
	json_add_integer(&json, root, "generation", (int64_t)status->number);
	add_clouds(&json, root, context);
	reload = json_add_object(&json, root, "reload");
	json_add_bool(&json, reload, "ok", !status->failed);
	json_add_text(&json, reload, "error", status->failed ? status->error : NULL);
	reply->cache_control = "no-store";
	reply_close(reply, out, json_finish(&json, root, out, "\n"), json_type);
}
