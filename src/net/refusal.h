/* refusal.h - what the server refuses before any handler sees it: one table of answers. */
#ifndef NET_REFUSAL_H
#define NET_REFUSAL_H

#include "net/server.h"

enum refusal {
    REFUSAL_NONE = 0,
    REFUSAL_MALFORMED, /* not HTTP: bad request line, bare LF, folded line, bad name or value */
    REFUSAL_HOST,      /* missing, repeated or not a host */
    REFUSAL_CONTENT_LENGTH,    /* repeated or not a number */
    REFUSAL_TRANSFER_ENCODING, /* with Content-Length, repeated, or in HTTP/1.0 */
    REFUSAL_TRANSFER_CODING,   /* anything but chunked */
    REFUSAL_CHUNK,             /* chunked body out of shape */
    REFUSAL_TARGET_SIZE,       /* the request line alone passes the limit */
    REFUSAL_HEADER_SIZE,       /* bytes or number of headers */
    REFUSAL_BODY_SIZE,
    REFUSAL_EXPECTATION, /* other than 100-continue */
    REFUSAL_METHOD,      /* not a method of HTTP; CONNECT */
    REFUSAL_VERSION,     /* other than 1.0 and 1.1 */
    REFUSAL_SLOW,        /* the request did not arrive in time */
    REFUSAL_COUNT
};

const struct server_refusal *refusal_answer(enum refusal refusal);

#endif
