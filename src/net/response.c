#include "net/response.h"

#include <http_parser.h>
#include <string.h>
#include <time.h>

static void append(struct buffer *out, const char *string)
{
    buffer_append(out, string, strlen(string));
}

#define APPEND_LITERAL(out, literal) buffer_append((out), (literal), sizeof(literal) - 1)

static void write_status_line(int status, struct buffer *out)
{
    if (status == 200) {
        APPEND_LITERAL(out, "HTTP/1.1 200 OK\r\n");
        return;
    }
    APPEND_LITERAL(out, "HTTP/1.1 ");
    buffer_append_u64(out, (uint64_t)status);
    APPEND_LITERAL(out, " ");
    append(out, http_status_str((enum http_status)status));
    APPEND_LITERAL(out, "\r\n");
}

void response_write_head(const struct response *response, struct buffer *out)
{
    ensure(response->status >= 200);
    ensure(response->status <= 599);
    write_status_line(response->status, out);
    APPEND_LITERAL(out, "Date: ");
    append(out, response->date);
    APPEND_LITERAL(out, "\r\n");
    if (response_may_have_body(response->status)) {
        if (response->content_type != NULL) {
            APPEND_LITERAL(out, "Content-Type: ");
            append(out, response->content_type);
            APPEND_LITERAL(out, "\r\n");
        }
        if (!response->is_stream) {
            APPEND_LITERAL(out, "Content-Length: ");
            buffer_append_u64(out, response->body_length);
            APPEND_LITERAL(out, "\r\n");
        }
    }
    if (!response->keep_alive)
        APPEND_LITERAL(out, "Connection: close\r\n");
    else if (response->is_http_1_0)
        APPEND_LITERAL(out, "Connection: keep-alive\r\n");
    if (response->common != NULL)
        append(out, response->common);
    append(out, response->headers);
    APPEND_LITERAL(out, "\r\n");
}

bool response_may_have_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

void response_format_date(uint64_t wall_ms, char date_out[RESPONSE_DATE_SIZE])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    ensure(gmtime_r(&seconds, &parts) != NULL);
    size_t length = strftime(date_out, RESPONSE_DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    ensure(length > 0);
}
