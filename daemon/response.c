#include "response.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "ahead.h"
#include "sender.h"

/** Bytes of a stream that the library asks for at a time where it makes no chunks. */
#define BLOCK_SIZE 65536

/** A stream that is being sent. */
struct stream {
	struct workers_job job; /* first: the workers give it back */
	struct workers *workers;
	struct MHD_Connection *connection;
	struct sender *sender;
	struct ahead ahead;
	bool held; /* the system waits for whole packets */
};

static void
free_stream(void *cls)
{
	struct stream *stream = cls;

	ahead_release(&stream->ahead);
	sender_free(stream->sender);
	free(stream);
}

/** In a worker. */
static void
make_piece(struct workers_job *job, struct database *database)
{
	struct stream *stream = (struct stream *)job;

	(void)database;
	sender_make(stream->sender);
	MHD_resume_connection(stream->connection);
}

/** -1 if the library does not tell. */
static int
descriptor(const struct stream *stream)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(stream->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info != NULL ? info->connect_fd : -1;
}

/**
 * The library sends a chunk at a time, of at most a connection's pool. While
 * the next one follows at once, the system is to make full packets of them and
 * not wake the client for each; of the last it is to hold nothing back. Where
 * it cannot (a socket of another kind), nothing is lost.
 */
static void
hold_packets(struct stream *stream, bool held)
{
	const int value = held;

	if (stream->held == held)
		return;
	(void)setsockopt(descriptor(stream), IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
	stream->held = held;
}

/**
 * Of an answer that is sent in chunks, and has been begun. Something follows
 * it from the library at once, a chunk or the end: it is no stream that waits
 * for workers. So what was made before this has been sent, or the library
 * would not ask; one that sends in another way than we know would lose it.
 * @return false when the stream cannot go on
 */
static bool
go_ahead(struct stream *stream, uint64_t position, size_t max)
{
	if (!ahead_has_gone(&stream->ahead))
		return false;
	ahead_release(&stream->ahead);
	if (position == 0 || max == BLOCK_SIZE || !sender_is_quick(stream->sender) || !sender_has_more(stream->sender))
		return true;
	return ahead_make(&stream->ahead, stream->sender, descriptor(stream), max);
}

static ssize_t
read_stream(void *cls, uint64_t position, char *buffer, size_t max)
{
	struct stream *stream = cls;
	ssize_t size = go_ahead(stream, position, max) ? sender_read(stream->sender, buffer, max) : -1;

	/* Not of the first one: before that the library settles the socket's options itself. */
	hold_packets(stream, position > 0 && size > 0 && sender_has_more(stream->sender));
	if (size > 0)
		return size;
	if (size == SENDER_LATER && workers_reserve(stream->workers, WORKERS_QUICK, true)) {
		MHD_suspend_connection(stream->connection); /* before a worker can resume it */
		workers_submit(stream->workers, &stream->job);
		return 0;
	}
	/* after an error the connection is cut: no false end */
	return size == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *
stream_response(struct exchange *exchange, struct workers *workers, struct MHD_Connection *connection)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	struct MHD_Response *response = NULL;

	if (stream == NULL)
		return NULL;
	stream->job.run = make_piece;
	stream->job.lane = WORKERS_QUICK;
	stream->workers = workers;
	stream->connection = connection;
	stream->sender = sender_new(&exchange->reply, &exchange->sent);
	if (stream->sender != NULL)
		response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE, read_stream, stream,
							     free_stream);
	if (response == NULL)
		free_stream(stream);
	else if (exchange->request.head) /* which would get the end of the body that it does not get */
		MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	return response;
}

static struct MHD_Response *
buffer_response(struct reply *reply)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(reply->body_size, reply->body, MHD_RESPMEM_MUST_FREE);

	if (response != NULL) {
		reply->body = NULL;
		reply->body_size = 0;
	}
	return response;
}

/** Add a field, if there is anything to say in it. */
static bool
add_field(struct MHD_Response *response, const char *name, const char *value)
{
	return value == NULL || value[0] == '\0' || MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool
add_page_fields(struct MHD_Response *response, const char *policy)
{
	return policy == NULL || (add_field(response, "Content-Security-Policy", policy) &&
				  add_field(response, "Referrer-Policy", "no-referrer") &&
				  add_field(response, "Cross-Origin-Opener-Policy", "same-origin"));
}

static bool
add_retry_after(struct MHD_Response *response, unsigned int seconds)
{
	char text[16] = "";

	if (seconds > 0)
		(void)snprintf(text, sizeof(text), "%u", seconds);
	return add_field(response, MHD_HTTP_HEADER_RETRY_AFTER, text);
}

/** All of them are ours: nothing that a client sent gets into one. @return false when there is no memory */
static bool
add_fields(struct MHD_Response *response, const struct reply *reply, bool close_after)
{
	bool typed = reply->status != MHD_HTTP_NOT_MODIFIED;
	bool good = add_field(response, "X-Content-Type-Options", "nosniff") &&
		    add_field(response, MHD_HTTP_HEADER_CONTENT_TYPE, typed ? reply->content_type : NULL) &&
		    add_field(response, MHD_HTTP_HEADER_CACHE_CONTROL, reply->cache_control) &&
		    add_field(response, MHD_HTTP_HEADER_ETAG, reply->etag) &&
		    add_field(response, MHD_HTTP_HEADER_CONTENT_ENCODING, reply->content_encoding) &&
		    add_field(response, MHD_HTTP_HEADER_VARY, reply_vary(reply)) &&
		    add_page_fields(response, reply->policy) &&
		    add_field(response, MHD_HTTP_HEADER_ALLOW, reply->allow) &&
		    add_retry_after(response, reply->retry_after);

	for (size_t i = 0; good && i < reply->field_count; i++)
		good = add_field(response, reply->fields[i].name, reply->fields[i].value);
	return good && add_field(response, MHD_HTTP_HEADER_CONNECTION, close_after ? "close" : NULL);
}

struct MHD_Response *
response_new(struct exchange *exchange, struct workers *workers, struct MHD_Connection *connection, bool close_after)
{
	struct reply *reply = &exchange->reply;
	struct MHD_Response *response;

	if (reply->stream.next != NULL)
		response = stream_response(exchange, workers, connection);
	else
		response = buffer_response(reply);
	if (response != NULL && !add_fields(response, reply, close_after)) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}
