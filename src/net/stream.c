#include "net/stream.h"

#include "base/memory.h"
#include "net/connection.h"

enum { BUFFER_FIRST_SIZE = 1024 };

struct stream {
    struct connection *connection;
    struct stream_owner *owner; /* NULL = it was ended */
    uv_write_t write;
    bool is_writing;
    bool was_writing;      /* when the last comment was due */
    struct buffer leaving; /* with the kernel; no memory while nothing is */
    struct buffer waiting; /* behind it */
};

static uv_stream_t *socket_of(struct stream *stream)
{
    return (uv_stream_t *)&stream->connection->tcp;
}

static void on_written(uv_write_t *write, int status);

/* Hands over what waits. */
static void write_waiting(struct stream *stream)
{
    stream->leaving = stream->waiting;
    stream->waiting = (struct buffer){0};
    uv_buf_t part = {.base = stream->leaving.data, .len = stream->leaving.length};
    stream->is_writing = true;
    if (uv_write(&stream->write, socket_of(stream), &part, 1, on_written) != 0)
        connection_close(stream->connection, false);
}

static void on_written(uv_write_t *write, int status)
{
    struct stream *stream =
        (struct stream *)(void *)((char *)write - offsetof(struct stream, write));
    stream->is_writing = false;
    buffer_release(&stream->leaving);
    bool is_closing = status != 0 || stream->connection->phase == CONNECTION_CLOSING;
    if (!is_closing && stream->waiting.length > 0)
        write_waiting(stream);
    else if (is_closing || stream->owner == NULL)
        connection_close(stream->connection, false);
}

/* False when the connection closes. */
static bool send_bytes(struct stream *stream, struct text bytes)
{
    if (!stream->is_writing) {
        uv_buf_t part = {.base = (char *)(uintptr_t)bytes.data, .len = bytes.length};
        int sent = uv_try_write(socket_of(stream), &part, 1);
        if (sent < 0 && sent != UV_EAGAIN) {
            connection_close(stream->connection, false);
            return false;
        }
        bytes.data += sent < 0 ? 0 : sent;
        bytes.length -= sent < 0 ? 0 : (uint32_t)sent;
        if (bytes.length == 0)
            return true;
    }
    if (stream->waiting.length + bytes.length > STREAM_BACKLOG_MAX) {
        connection_close(stream->connection, true);
        return false;
    }
    if (stream->waiting.data == NULL)
        buffer_init(&stream->waiting, BUFFER_FIRST_SIZE);
    buffer_append_text(&stream->waiting, bytes);
    if (!stream->is_writing)
        write_waiting(stream);
    return stream->connection->phase != CONNECTION_CLOSING;
}

bool stream_begin(struct request *request, const char *content_type, const char *headers,
                  struct stream_owner *owner)
{
    struct exchange *exchange = exchange_of(request);
    struct loop *loop = exchange->loop;
    struct response response = {.status = 200,
                                .content_type = content_type,
                                .headers = headers,
                                .date = loop_date(loop),
                                .is_stream = true};
    struct buffer head;
    buffer_init(&head, BUFFER_FIRST_SIZE);
    response_write_head(&response, &head);
    struct connection *connection = connection_become_stream(exchange);
    bool is_sent = connection != NULL;
    if (is_sent) {
        struct stream *stream = memory_alloc_zeroed(1, sizeof(*stream));
        stream->connection = connection;
        connection->stream = stream;
        is_sent = send_bytes(stream, buffer_text(&head));
        if (is_sent) {
            stream->owner = owner;
            owner->stream = stream;
        }
    }
    buffer_release(&head);
    return is_sent;
}

bool stream_send(struct stream *stream, struct text bytes)
{
    ensure(stream->owner != NULL);
    return send_bytes(stream, bytes);
}

void stream_end(struct stream *stream)
{
    stream->owner->stream = NULL;
    stream->owner = NULL;
    if (!stream->is_writing)
        connection_close(stream->connection, false);
}

void stream_comment(struct stream *stream)
{
    if (stream->is_writing && stream->was_writing) {
        connection_close(stream->connection, true); /* it took nothing for so long */
        return;
    }
    stream->was_writing = stream->is_writing;
    if (stream->is_writing || stream->owner == NULL || stream_send(stream, TEXT(":\n\n")))
        connection_watch_stream(stream->connection);
}

void stream_closing(struct stream *stream)
{
    struct stream_owner *owner = stream->owner;
    stream->owner = NULL;
    if (owner == NULL)
        return;
    owner->stream = NULL;
    owner->closed(owner);
}

void stream_free(struct stream *stream)
{
    buffer_release(&stream->leaving);
    buffer_release(&stream->waiting);
    memory_free(stream);
}
