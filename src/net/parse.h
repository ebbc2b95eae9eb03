/*
 * parse.h - the bytes of a connection become requests, one at a time and without sockets.
 *
 *   HEAD --empty line--> BODY or CHUNKS --last byte--> COMPLETE --parse_reset()--> HEAD
 *
 * How the bytes were cut into pieces makes no difference to what comes out (the fuzz target checks
 * it).
 */
#ifndef NET_PARSE_H
#define NET_PARSE_H

#include "net/chunked.h"
#include "net/head.h"

struct parse_limits {
    uint32_t header_bytes_max;
    uint32_t body_bytes_max;
};

enum parse_phase { PARSE_HEAD = 0, PARSE_BODY, PARSE_CHUNKS, PARSE_COMPLETE, PARSE_REFUSED };

struct parse {
    enum parse_phase phase;
    enum refusal refusal; /* why, in PARSE_REFUSED */
    struct head head;
    struct head_facts facts; /* once the head is complete */
    struct chunked chunked;
    struct buffer body;
    uint32_t body_left; /* in PARSE_BODY */
    bool continue_is_due;
    struct parse_limits limits;
};

void parse_init(struct parse *parse, struct parse_limits limits);
void parse_release(struct parse *parse);
/* Ready for the next request; the texts of the last are gone. */
void parse_reset(struct parse *parse);

/* Takes bytes up to the end of one request and returns how many; all of them unless the phase is
 * COMPLETE or REFUSED then. On COMPLETE `request` is filled, its texts live until parse_reset(). */
uint32_t parse_feed(struct parse *parse, struct request *request, struct text bytes) MUST_USE;
/* Something of a request has arrived. */
bool parse_has_begun(const struct parse *parse);
/* True once, when the sender waits for "100 Continue" before it sends the body. */
bool parse_take_continue(struct parse *parse) MUST_USE;

#endif
