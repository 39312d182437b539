/*
 * How an answer is sent: one that is kept, as it is; any other as a response
 * of its own.
 */
#include "response.h"
#include "server_internal.h"

struct desk *
take_desk(struct server *server)
{
	struct desk *desk = pthread_getspecific(server->desks);

	if (desk != NULL)
		return desk;
	desk = desk_new();
	if (desk != NULL && pthread_setspecific(server->desks, desk) != 0) {
		desk_free(desk);
		return NULL;
	}
	return desk;
}

/* Finds out, too, whether it is to be kept. */
bool
send_kept(struct carrier *carrier, enum MHD_Result *ret)
{
	struct server *server = carrier->server;
	struct exchange *ex = &carrier->exchange;
	struct kept_answer answer;
	enum kept_state state;

	if (atomic_load(&server->draining)) /* the answer has to say that it is the last */
		return false;
	state = kept_queue(server->kept, &ex->key, snapshots_number(server->pool.snapshots), carrier->connection,
			   &answer);
	carrier->keep = state == KEPT_WANTED;
	if (state != KEPT_QUEUED)
		return false;
	carrier->phase = PHASE_SENT;
	exchange_repeated(ex, answer.route, answer.body_size);
	exchange_finish(ex);
	*ret = answer.result;
	return true;
}

/** Keep an answer that has been queued. @return whether the response is not ours any more */
static bool
keep(struct carrier *carrier, struct MHD_Response *response)
{
	const struct exchange *ex = &carrier->exchange;
	const struct kept_answer answer = { .route = ex->route, .body_size = ex->sent };

	return kept_put(carrier->server->kept, &ex->key, generation_number(ex->generation), &answer, response);
}

static enum MHD_Result
send_response(struct carrier *carrier, bool keep_it, bool close_after)
{
	struct exchange *ex = &carrier->exchange;
	struct MHD_Response *response = response_new(ex, carrier->server->workers, carrier->connection, close_after);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	result = MHD_queue_response(carrier->connection, ex->reply.status, response);
	if (!keep_it || !keep(carrier, response))
		MHD_destroy_response(response);
	return result;
}

/**
 * Prepare for others like it. @return whether it is to be kept: not if those
 * do not come here, as those do that are packed, or of too many kinds, or
 * whose request is no plain one
 */
static bool
prepare_or_keep(struct carrier *carrier)
{
	const struct exchange *ex = &carrier->exchange;
	struct desk *desk = take_desk(carrier->server);
	bool gone = desk != NULL && prepared_put(&desk->prepared, ex) == PREPARED_NEW;

	return carrier->keep && (!gone || ex->reply.content_encoding != NULL);
}

enum MHD_Result
send_reply(struct carrier *carrier)
{
	struct exchange *ex = &carrier->exchange;
	bool close_after = ex->close || atomic_load(&carrier->server->draining);
	bool repeatable = carrier->has_key && !close_after && exchange_is_repeatable(ex);

	carrier->phase = PHASE_SENT;
	ex->sent = ex->request.head ? 0 : ex->reply.body_size;
	exchange_finish(ex);
	return send_response(carrier, repeatable && prepare_or_keep(carrier), close_after);
}
