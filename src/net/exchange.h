/*
 * exchange.h - a request and its response with all the memory they need.
 *
 * An idle connection has none: it takes one from its loop's pool when bytes arrive and gives it
 * back when the response has left. So memory follows the requests in work, not the connections, and
 * in steady state nothing is allocated. Owned by one loop's thread; while the request is out,
 * `request` belongs to whoever has it, and `next` to request_resume().
 */
#ifndef NET_EXCHANGE_H
#define NET_EXCHANGE_H

#include "net/parse.h"

#include <uv.h>

struct connection;
struct loop;

struct exchange {
    struct request request;
    struct parse parse;
    struct loop *loop;
    struct exchange_pool *pool;
    struct connection *connection;         /* NULL = it closed while the request was out */
    struct exchange *next;                 /* in the pool, or in the list of resumed requests */
    void (*work)(struct request *request); /* while it is shared */
    struct buffer head;                    /* of the response */
    struct buffer backlog;                 /* bytes that came while the request was out */
    uv_write_t write;                      /* for what the socket did not take at once */
    bool is_out;                           /* the handler has it */
    bool close_after;
    bool linger_after; /* the peer may be sending still */
};

struct exchange_pool {
    struct exchange *first;
    uint32_t count;
    struct parse_limits limits;
    struct loop *loop;
    uint32_t loop_index;
    uint64_t bytes; /* atomic: of all it opened, without what large requests take for a while */
};

void exchange_pool_init(struct exchange_pool *pool, struct loop *loop, uint32_t loop_index,
                        struct parse_limits limits);
void exchange_pool_release(struct exchange_pool *pool);
struct exchange *exchange_take(struct exchange_pool *pool) MUST_USE;
void exchange_give_back(struct exchange_pool *pool, struct exchange *exchange);
/* To be called when the request is complete, or refused: what only an answer needs. Until then, a
 * slow sender holds little more than the bytes it has sent. */
void exchange_prepare(struct exchange *exchange);
/* Ready for the next request of the same connection; the backlog stays. */
void exchange_reset(struct exchange *exchange);

static inline struct exchange *exchange_of(struct request *request)
{
    return request->internal;
}

#endif
