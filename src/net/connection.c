#include "net/connection.h"

#include "base/clock.h"
#include "base/memory.h"
#include "net/share.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop_of(const struct connection *connection)
{
    return connection->tcp.loop->data;
}

static uv_stream_t *stream_of(struct connection *connection)
{
    return (uv_stream_t *)&connection->tcp;
}

static void connection_enter(struct connection *connection, enum connection_phase phase)
{
    struct loop_counters *counters = &loop_of(connection)->counters;
    loop_count(&counters->in_phase[connection->phase], -1);
    loop_count(&counters->in_phase[phase], 1);
    connection->phase = (uint8_t)phase;
}

static void connection_wait(struct connection *connection, enum connection_phase phase)
{
    connection_enter(connection, phase);
    loop_watch(loop_of(connection), &connection->deadline, phase);
}

static void connection_drop_exchange(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    connection->exchange = NULL;
    if (exchange != NULL)
        exchange_give_back(&loop_of(connection)->exchanges, exchange);
}

/* ---- closing ---- */

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = (struct connection *)(void *)handle;
    struct loop *loop = loop_of(connection);
    connection_drop_exchange(connection);
    if (connection->stream != NULL)
        stream_free(connection->stream);
    connection->tcp.data = loop->free_connections;
    loop->free_connections = connection;
    loop->connection_count--;
    accept_count_closed(loop);
    loop_count(&loop->counters.connections_open, -1);
    loop_count(&loop->counters.in_phase[connection->phase], -1);
    loop_check_drained(loop);
}

void connection_close(struct connection *connection, bool with_reset)
{
    if (connection->phase == CONNECTION_CLOSING)
        return;
    connection_enter(connection, CONNECTION_CLOSING);
    deadline_cancel(&connection->deadline);
    if (connection->stream != NULL)
        stream_closing(connection->stream);
    struct exchange *exchange = connection->exchange;
    if (exchange != NULL && exchange->is_out) {
        /* It belongs to the handler now; connection_answer() frees it when it comes back. */
        exchange->connection = NULL;
        connection->exchange = NULL;
    }
    if (!with_reset || uv_tcp_close_reset(&connection->tcp, on_closed) != 0)
        uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

/* Closing with unread bytes would reset the connection, and the peer might lose our last words. So
 * stop sending, and read over what still comes for a moment. */
static void connection_linger(struct connection *connection)
{
    int fd;
    if (connection->is_at_eof || uv_fileno((uv_handle_t *)&connection->tcp, &fd) != 0 ||
        shutdown(fd, SHUT_WR) != 0) {
        connection_close(connection, false);
        return;
    }
    connection_wait(connection, CONNECTION_LINGERING);
}

/* ---- sending ---- */

static void connection_continue(struct connection *connection);

/* The response has left. */
static void connection_finish(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    if (exchange->linger_after) {
        connection_linger(connection);
    } else if (exchange->close_after || loop_of(connection)->is_draining) {
        connection_close(connection, false);
        return;
    } else {
        exchange_reset(exchange);
        connection_wait(connection, CONNECTION_IDLE);
    }
    if (!connection->is_processing)
        connection_continue(connection);
}

static void on_written(uv_write_t *write, int status)
{
    struct connection *connection = (struct connection *)(void *)write->handle;
    share_after_sleep(loop_of(connection));
    if (connection->phase == CONNECTION_CLOSING)
        return;
    if (status != 0)
        connection_close(connection, false);
    else
        connection_finish(connection);
}

static void connection_send(struct connection *connection, const struct response *response)
{
    struct exchange *exchange = connection->exchange;
    response_write_head(response, &exchange->head);
    bool has_body = response_may_have_body(response->status) &&
                    exchange->request.method != METHOD_HEAD && response->body_length > 0;
    uv_buf_t parts[2] = {{.base = exchange->head.data, .len = exchange->head.length},
                         {.base = exchange->request.reply.data, .len = response->body_length}};
    unsigned int part_count = has_body ? 2 : 1;
    connection_enter(connection, CONNECTION_WRITING);
    int result = uv_try_write(stream_of(connection), parts, part_count);
    if (result < 0 && result != UV_EAGAIN) {
        connection_close(connection, false);
        return;
    }
    size_t sent = result < 0 ? 0 : (size_t)result;
    for (unsigned int i = 0; i < part_count; i++) {
        size_t of_part = sent < parts[i].len ? sent : parts[i].len;
        parts[i].base += of_part;
        parts[i].len -= of_part;
        sent -= of_part;
    }
    if (parts[part_count - 1].len == 0) {
        connection_finish(connection);
        return;
    }
    connection_wait(connection, CONNECTION_WRITING);
    if (uv_write(&exchange->write, stream_of(connection), parts, part_count, on_written) != 0)
        connection_close(connection, false);
}

void connection_answer(struct exchange *exchange, struct response response)
{
    struct loop *loop = exchange->loop;
    struct connection *connection = exchange->connection;
    ensure(exchange->is_out);
    exchange->is_out = false;
    loop->out_count--;
    if (connection == NULL) {
        exchange_give_back(&loop->exchanges, exchange);
        loop_check_drained(loop);
        return;
    }
    ensure(connection->phase == CONNECTION_OUT);
    response.common = loop->options->headers;
    response.keep_alive = exchange->parse.facts.keep_alive && !loop->is_draining;
    response.is_http_1_0 = exchange->parse.facts.is_http_1_0;
    exchange->close_after = !response.keep_alive;
    exchange->linger_after = exchange->close_after && exchange->backlog.length > 0;
    connection_send(connection, &response);
}

void connection_watch_stream(struct connection *connection)
{
    connection_wait(connection, CONNECTION_STREAMING);
}

static void connection_start_reading(struct connection *connection);

struct connection *connection_become_stream(struct exchange *exchange)
{
    struct loop *loop = exchange->loop;
    struct connection *connection = exchange->connection;
    ensure(exchange->is_out);
    exchange->is_out = false;
    loop->out_count--;
    if (connection != NULL)
        connection->exchange = NULL;
    exchange_give_back(&loop->exchanges, exchange);
    if (connection == NULL) {
        loop_check_drained(loop);
        return NULL;
    }
    ensure(connection->phase == CONNECTION_OUT);
    connection_watch_stream(connection);
    if (connection->is_reading_stopped)
        connection_start_reading(connection); /* to see the peer go */
    return connection;
}

static void connection_refuse(struct connection *connection, enum refusal refusal, bool linger)
{
    struct loop *loop = loop_of(connection);
    const struct server_options *options = loop->options;
    struct exchange *exchange = connection->exchange;
    const struct server_refusal *answer = refusal_answer(refusal);
    struct response response = {.status = answer->status,
                                .headers = "",
                                .common = options->headers,
                                .date = loop_date(loop)};
    deadline_cancel(&connection->deadline);
    exchange_prepare(exchange);
    buffer_reset(&exchange->request.reply);
    if (options->refuse != NULL)
        response.content_type = options->refuse(options->context, answer, &exchange->request.reply);
    response.body_length = exchange->request.reply.length;
    exchange->close_after = true;
    exchange->linger_after = linger;
    loop_count(&loop->counters.refused_total, 1);
    connection_send(connection, &response);
}

/* ---- receiving ---- */

static void connection_dispatch(struct connection *connection)
{
    struct loop *loop = loop_of(connection);
    struct exchange *exchange = connection->exchange;
    deadline_cancel(&connection->deadline);
    connection_enter(connection, CONNECTION_OUT);
    exchange_prepare(exchange);
    exchange->connection = connection;
    exchange->is_out = true;
    exchange->request.peer = connection->peer;
    exchange->request.received_ns = clock_monotonic_ns();
    loop->out_count++;
    loop_count(&loop->counters.requests_total, 1);
    loop->options->handler(loop->options->context, &exchange->request);
}

static void connection_send_continue(struct connection *connection)
{
    static const char continue_line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    char line[sizeof(continue_line)];
    memcpy(line, continue_line, sizeof(line));
    uv_buf_t part = {.base = line, .len = sizeof(line) - 1};
    int sent = uv_try_write(stream_of(connection), &part, 1);
    /* A full socket: the peer will send its body anyway after a while. Half a line: give up. */
    if (sent != (int)part.len && sent != UV_EAGAIN)
        connection_close(connection, false);
}

/* Takes bytes up to the end of one request. */
static uint32_t connection_feed(struct connection *connection, struct text bytes)
{
    if (connection->exchange == NULL)
        connection->exchange = exchange_take(&loop_of(connection)->exchanges);
    struct exchange *exchange = connection->exchange;
    uint32_t used = parse_feed(&exchange->parse, &exchange->request, bytes);
    if (exchange->parse.phase == PARSE_COMPLETE) {
        connection_dispatch(connection);
    } else if (exchange->parse.phase == PARSE_REFUSED) {
        connection_refuse(connection, exchange->parse.refusal, true);
    } else {
        if (connection->phase == CONNECTION_IDLE && parse_has_begun(&exchange->parse))
            connection_wait(connection, CONNECTION_READING);
        if (parse_take_continue(&exchange->parse))
            connection_send_continue(connection);
    }
    return used;
}

static void connection_keep(struct connection *connection, struct text bytes)
{
    buffer_append_text(&connection->exchange->backlog, bytes);
    if (!connection->is_reading_stopped)
        (void)uv_read_stop(stream_of(connection));
    connection->is_reading_stopped = true;
}

static bool connection_takes_requests(const struct connection *connection)
{
    return connection->phase == CONNECTION_IDLE || connection->phase == CONNECTION_READING;
}

static void connection_process(struct connection *connection, struct text bytes)
{
    ensure(!connection->is_processing);
    connection->is_processing = true;
    while (bytes.length > 0 && connection_takes_requests(connection)) {
        uint32_t used = connection_feed(connection, bytes);
        bytes.data += used;
        bytes.length -= used;
    }
    connection->is_processing = false;
    bool is_busy = connection->phase == CONNECTION_OUT || connection->phase == CONNECTION_WRITING;
    if (is_busy && bytes.length > 0)
        connection_keep(connection, bytes);
}

static void connection_start_reading(struct connection *connection);

/* Nothing is left to parse: wait for the peer, without an exchange if no request has begun. */
static void connection_settle(struct connection *connection)
{
    bool is_lingering = connection->phase == CONNECTION_LINGERING;
    if (!is_lingering && !connection_takes_requests(connection))
        return;
    struct exchange *exchange = connection->exchange;
    if (is_lingering || (exchange != NULL && !parse_has_begun(&exchange->parse)))
        connection_drop_exchange(connection);
    if (connection->is_at_eof)
        connection_close(connection, false);
    else if (connection->is_reading_stopped)
        connection_start_reading(connection);
}

/* Goes on with what came while the request was out. */
static void connection_continue(struct connection *connection)
{
    struct loop *loop = loop_of(connection);
    struct exchange *exchange = connection->exchange;
    if (exchange != NULL && exchange->backlog.length > 0) {
        /* Swapped for an empty one, as the rest may have to be kept again. */
        struct buffer pending = exchange->backlog;
        exchange->backlog = loop->spare_backlog;
        loop->spare_backlog = (struct buffer){0};
        connection_process(connection, buffer_text(&pending));
        buffer_release(&loop->spare_backlog);
        buffer_reset(&pending);
        loop->spare_backlog = pending;
    }
    connection_settle(connection);
}

static void on_alloc(uv_handle_t *handle, size_t suggested_size, uv_buf_t *buffer_out)
{
    (void)suggested_size;
    struct loop *loop = handle->loop->data;
    *buffer_out = (uv_buf_t){.base = loop->read_buffer, .len = LOOP_READ_SIZE};
}

static void connection_received(struct connection *connection, ssize_t result,
                                const uv_buf_t *buffer)
{
    if (result == 0 || connection->phase == CONNECTION_CLOSING)
        return;
    if (result == UV_EOF && connection->phase == CONNECTION_STREAMING) {
        connection_close(connection, false);
        return;
    }
    if (result == UV_EOF) {
        connection->is_at_eof = true;
        connection_settle(connection);
        return;
    }
    if (result < 0) {
        connection_close(connection, false);
        return;
    }
    struct text bytes = {buffer->base, (uint32_t)result};
    if (connection->phase == CONNECTION_OUT || connection->phase == CONNECTION_WRITING) {
        connection_keep(connection, bytes);
        return;
    }
    if (connection->phase != CONNECTION_LINGERING && connection->phase != CONNECTION_STREAMING) {
        connection_process(connection, bytes);
        connection_settle(connection);
    }
}

static void on_read(uv_stream_t *stream, ssize_t result, const uv_buf_t *buffer)
{
    struct loop *loop = stream->loop->data;
    share_after_sleep(loop);
    connection_received((struct connection *)(void *)stream, result, buffer);
    loop_has_read(loop);
}

static void connection_start_reading(struct connection *connection)
{
    connection->is_reading_stopped = false;
    if (uv_read_start(stream_of(connection), on_alloc, on_read) != 0)
        connection_close(connection, false);
}

/* ---- life ---- */

void connection_open(struct loop *loop, int fd, const struct address *peer)
{
    struct connection *connection = loop->free_connections;
    if (connection != NULL) {
        loop->free_connections = connection->tcp.data;
    } else {
        connection = memory_alloc(sizeof(*connection));
        loop_count(&loop->counters.connection_bytes, sizeof(*connection));
    }
    *connection = (struct connection){.phase = CONNECTION_IDLE, .peer = *peer};
    loop->connection_count++;
    loop_count(&loop->counters.connections_open, 1);
    loop_count(&loop->counters.in_phase[CONNECTION_IDLE], 1);
    loop_count(&loop->counters.connections_total, 1);
    ensure(uv_tcp_init(&loop->uv, &connection->tcp) == 0);
    if (uv_tcp_open(&connection->tcp, fd) != 0) {
        (void)close(fd);
        connection_close(connection, false);
        return;
    }
    connection_wait(connection, CONNECTION_IDLE);
    connection_start_reading(connection);
}

void connection_expired(struct connection *connection, enum connection_phase phase)
{
    struct loop *loop = loop_of(connection);
    if (phase == CONNECTION_STREAMING) {
        stream_comment(connection->stream);
        return;
    }
    loop_count(&loop->counters.cut_total, 1);
    if (phase == CONNECTION_READING)
        connection_refuse(connection, REFUSAL_SLOW, false);
    else
        connection_close(connection, phase != CONNECTION_IDLE);
}

void connection_close_if_stream(struct connection *connection)
{
    if (connection->phase == CONNECTION_STREAMING)
        connection_close(connection, false);
}

void connection_close_if_idle(struct connection *connection)
{
    int fd;
    char byte;
    if (connection->phase != CONNECTION_IDLE)
        return;
    /* A request that waits in the kernel is still answered. */
    bool has_bytes = uv_fileno((uv_handle_t *)&connection->tcp, &fd) == 0 &&
                     recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
    if (!has_bytes)
        connection_close(connection, false);
}
