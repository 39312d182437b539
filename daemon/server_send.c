/*
 * How an answer is sent: one that is kept, as it is; one that is prepared, on
 * a form; any other as a response of its own, or on a form, too.
 */
#include <assert.h>

#include "response.h"
#include "server_internal.h"

static_assert(EXCHANGE_KEPT_MAX <= FORMS_BODY_MAX, "what is repeated fits a form");

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

/** Send the answer if it is kept, and else find out whether it is to be. */
static bool
send_kept(struct carrier *carrier, enum MHD_Result *ret)
{
	struct server *server = carrier->server;
	struct exchange *ex = &carrier->exchange;
	struct kept_answer answer;
	enum kept_state state = kept_queue(server->kept, &ex->key, snapshots_number(server->pool.snapshots),
					   carrier->connection, &answer);

	carrier->keep = state == KEPT_WANTED;
	if (state != KEPT_QUEUED)
		return false;
	carrier->phase = PHASE_SENT;
	exchange_repeated(ex, answer.route, answer.body_size);
	exchange_finish(ex);
	*ret = answer.result;
	return true;
}

/** Send a body under the reply's header, if there is a form for that. */
static bool
send_form(struct carrier *carrier, const char *body, size_t size, enum MHD_Result *ret)
{
	struct desk *desk = take_desk(carrier->server);

	if (desk != NULL)
		carrier->form = forms_take(&desk->forms, &carrier->exchange.reply, body, size);
	if (carrier->form == NULL)
		return false;
	*ret = MHD_queue_response(carrier->connection, MHD_HTTP_OK, form_response(carrier->form));
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

enum MHD_Result
send_reply(struct carrier *carrier)
{
	struct exchange *ex = &carrier->exchange;
	bool close_after = ex->close || atomic_load(&carrier->server->draining);
	bool repeatable = carrier->has_key && !close_after && exchange_is_repeatable(ex);
	struct desk *desk = repeatable ? take_desk(carrier->server) : NULL;
	enum MHD_Result result;

	carrier->phase = PHASE_SENT;
	ex->sent = ex->request.head ? 0 : ex->reply.body_size;
	if (desk != NULL)
		prepared_put(&desk->prepared, ex);
	exchange_finish(ex);
	if (repeatable && !carrier->keep && send_form(carrier, ex->reply.body, ex->reply.body_size, &result))
		return result;
	return send_response(carrier, repeatable && carrier->keep, close_after);
}

/** Send the answer if all but its body is prepared. */
static bool
send_prepared(struct carrier *carrier, enum MHD_Result *ret)
{
	struct exchange *ex = &carrier->exchange;
	struct desk *desk = take_desk(carrier->server);
	char body[EXCHANGE_KEPT_MAX];
	size_t size;

	if (desk == NULL || !prepared_answer(&desk->prepared, ex, body, &size))
		return false;
	carrier->phase = PHASE_SENT;
	exchange_finish(ex);
	if (!send_form(carrier, body, size, ret))
		*ret = MHD_NO;
	return true;
}

bool
send_ready(struct carrier *carrier, enum MHD_Result *ret)
{
	if (atomic_load(&carrier->server->draining)) /* the answer has to say that it is the last */
		return false;
	return send_kept(carrier, ret) || (!carrier->keep && send_prepared(carrier, ret));
}
