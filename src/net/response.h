/* response.h - the head of a response as bytes. */
#ifndef NET_RESPONSE_H
#define NET_RESPONSE_H

#include "base/buffer.h"

#include <stdbool.h>

enum { RESPONSE_DATE_SIZE = 32 };

struct response {
    int status;
    const char *content_type; /* NULL = no body has a type */
    const char *headers;      /* complete lines, or "" */
    const char *common;       /* the same, of every response; or NULL */
    const char *date;         /* as response_format_date() writes it */
    size_t body_length;
    bool is_http_1_0;
    bool keep_alive;
    bool is_stream; /* without a length: the body ends with the connection */
};

/* Appends status line, headers and the empty line. */
void response_write_head(const struct response *response, struct buffer *out);
/* 1xx, 204 and 304 have none (RFC 9110 section 6.4.1). */
bool response_may_have_body(int status);
/* "Sun, 22 Nov 2026 10:00:00 GMT" (RFC 9110 section 5.6.7). */
void response_format_date(uint64_t wall_ms, char date_out[RESPONSE_DATE_SIZE]);

#endif
