#include "net/exchange.h"

#include "base/memory.h"

enum {
    ARENA_BLOCK_SIZE = 16 * 1024,
    ARENA_SIZE_MAX = 256 * 1024 * 1024,
    REPLY_CAPACITY_START = 8 * 1024,
    HEAD_CAPACITY_START = 1024,
    /* Of a buffer, when its exchange goes back to the pool: a page of products stays. More, and in
     * time every exchange would have had its turn with /metrics and kept as much as that takes. */
    CAPACITY_KEPT_MAX = 32 * 1024,
    EXCHANGES_KEPT_MAX = 1024 /* per loop */
};

#define PREPARED_SIZE ((size_t)ARENA_BLOCK_SIZE + REPLY_CAPACITY_START + HEAD_CAPACITY_START)

/* One thread writes, others read. */
static void count_bytes(struct exchange_pool *pool, size_t change)
{
    __atomic_store_n(&pool->bytes, pool->bytes + change, __ATOMIC_RELAXED);
}

static struct exchange *exchange_open(struct exchange_pool *pool)
{
    struct exchange *exchange = memory_alloc_zeroed(1, sizeof(*exchange));
    exchange->loop = pool->loop;
    exchange->pool = pool;
    count_bytes(pool, sizeof(*exchange));
    exchange->request.internal = exchange;
    exchange->request.loop_index = pool->loop_index;
    parse_init(&exchange->parse, pool->limits);
    return exchange;
}

static bool exchange_is_prepared(const struct exchange *exchange)
{
    return exchange->request.arena.first != NULL;
}

static void exchange_close(struct exchange *exchange)
{
    size_t size = sizeof(*exchange) + (exchange_is_prepared(exchange) ? PREPARED_SIZE : 0);
    count_bytes(exchange->pool, 0 - size);
    if (exchange_is_prepared(exchange))
        arena_release(&exchange->request.arena);
    buffer_release(&exchange->request.reply);
    buffer_release(&exchange->head);
    buffer_release(&exchange->backlog);
    parse_release(&exchange->parse);
    memory_free(exchange);
}

void exchange_pool_init(struct exchange_pool *pool, struct loop *loop, uint32_t loop_index,
                        struct parse_limits limits)
{
    *pool = (struct exchange_pool){.limits = limits, .loop = loop, .loop_index = loop_index};
}

void exchange_pool_release(struct exchange_pool *pool)
{
    while (pool->first != NULL) {
        struct exchange *exchange = pool->first;
        pool->first = exchange->next;
        exchange_close(exchange);
    }
    pool->count = 0;
}

struct exchange *exchange_take(struct exchange_pool *pool)
{
    struct exchange *exchange = pool->first;
    if (exchange == NULL)
        return exchange_open(pool);
    pool->first = exchange->next;
    pool->count--;
    exchange->next = NULL;
    return exchange;
}

void exchange_give_back(struct exchange_pool *pool, struct exchange *exchange)
{
    ensure(!exchange->is_out);
    if (pool->count == EXCHANGES_KEPT_MAX) {
        exchange_close(exchange);
        return;
    }
    exchange_reset(exchange);
    exchange->connection = NULL;
    if (exchange->backlog.capacity > CAPACITY_KEPT_MAX)
        buffer_release(&exchange->backlog);
    buffer_reset(&exchange->backlog);
    exchange->next = pool->first;
    pool->first = exchange;
    pool->count++;
}

void exchange_prepare(struct exchange *exchange)
{
    if (exchange_is_prepared(exchange))
        return;
    count_bytes(exchange->pool, PREPARED_SIZE);
    arena_init(&exchange->request.arena, ARENA_BLOCK_SIZE, ARENA_SIZE_MAX);
    buffer_init(&exchange->request.reply, REPLY_CAPACITY_START);
    buffer_init(&exchange->head, HEAD_CAPACITY_START);
}

void exchange_reset(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    if (exchange_is_prepared(exchange))
        arena_reset(&request->arena);
    if (request->reply.capacity > CAPACITY_KEPT_MAX) {
        buffer_release(&request->reply);
        buffer_init(&request->reply, REPLY_CAPACITY_START);
    }
    buffer_reset(&request->reply);
    request->method = METHOD_GET;
    request->header_count = 0;
    request->resumed = NULL;
    request->user = NULL;
    request->body = request->path = request->query = TEXT_NONE;
    parse_reset(&exchange->parse);
    buffer_reset(&exchange->head);
    exchange->close_after = false;
    exchange->linger_after = false;
}
