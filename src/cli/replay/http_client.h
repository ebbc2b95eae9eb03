/*
 * http_client.h - one keep-alive connection to a running shopd, for the command line. One thread
 * each.
 *
 * Requests are answered in the caller's time: http_client_send() blocks. What the server refuses is
 * an answer like any other; only a connection that breaks is a failure.
 */
#ifndef CLI_HTTP_CLIENT_H
#define CLI_HTTP_CLIENT_H

#include "base/buffer.h"
#include "base/check.h"
#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { HTTP_URL_MAX = 512, HTTP_ERROR_CODE_SIZE = 48 };

struct http_client;

struct http_request {
    const char *method;          /* "POST" */
    const char *path;            /* from the '/', query included */
    struct text body;            /* JSON; TEXT_NONE = none */
    const char *cart_token;      /* NULL = none */
    const char *idempotency_key; /* NULL = none */
    bool as_operator;
};

struct http_answer {
    int status;   /* 0: no answer came */
    json_t *json; /* NULL when the body is not JSON; the client's, good until the next request */
    uint64_t elapsed_ns;
    /* `code` of the problem, "" where there is none; "connection_lost" with status 0 */
    char code[HTTP_ERROR_CODE_SIZE];
};

/* Once per process, before the first thread. */
void http_client_global_start(void);
void http_client_global_stop(void);

/* `url`: http://HOST:PORT, a slash behind it is ignored. `operator_key` may be NULL. Both are
 * copied. */
struct http_client *http_client_open(const char *url, const char *operator_key) MUST_USE;
void http_client_close(struct http_client *client);

struct http_answer http_client_send(struct http_client *client, const struct http_request *request);

/* The bytes of the last answer's body. */
struct text http_client_body(const struct http_client *client);

/* Appends `text` percent-encoded for a query. */
void http_append_encoded(struct buffer *buffer, struct text text);

/* Text at a key of an object; "" where it is not there. */
const char *http_json_text(const json_t *object, const char *key);
/* Whole number at a key; 0 where it is not there. */
int64_t http_json_number(const json_t *object, const char *key);
/* "amount" of the money at a key; 0 where it is not there. */
int64_t http_json_amount(const json_t *object, const char *key);

#endif
