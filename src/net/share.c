#include "net/share.h"

#include "net/loop.h"

/* One piece of work a turn; then comes whoever has something to read. */
static void on_turn(uv_idle_t *turn)
{
    struct loop *loop = turn->loop->data;
    struct exchange *exchange = ring_pop(loop->shared);
    if (exchange != NULL)
        loop_do_work(loop, exchange);
    loop_take_resumed(loop);
    if (ring_count(loop->shared) == 0)
        (void)uv_idle_stop(turn);
}

static void take_turns(struct loop *loop)
{
    ensure(uv_idle_start(&loop->turn, on_turn) == 0); /* nothing new where it is started */
}

uint32_t share_places(uint32_t loops)
{
    uint32_t places = SHARED_PER_LOOP;
    while (places < SHARED_PER_LOOP * loops)
        places *= 2;
    return places;
}

void share_open(struct loop *loop)
{
    ensure(uv_idle_init(&loop->uv, &loop->turn) == 0);
}

/* Whoever clears the flag sends the signal, so there is one for each time it is set. */
static void wake_another(struct loop *loop)
{
    uint32_t loops = loop->options->loops;
    uint32_t self = (uint32_t)(loop - loop->all);
    for (uint32_t i = 1; i < loops; i++) {
        struct loop *other = &loop->all[(self + i) % loops];
        if (atomic_load(&other->is_asleep) && atomic_exchange(&other->is_asleep, false)) {
            ensure(uv_async_send(&other->wake) == 0);
            return;
        }
    }
}

/* A full ring: the oldest goes first, also here. What it answers is not looked at in the middle of
 * a handler, which could ask for more. */
void share_add(struct exchange *exchange, void (*work)(struct request *request))
{
    struct loop *loop = exchange->loop;
    exchange->work = work;
    take_turns(loop);
    while (!ring_push(loop->shared, exchange)) {
        struct exchange *oldest = ring_pop(loop->shared);
        loop_hurry(loop);
        loop_do_work(loop, oldest != NULL ? oldest : exchange);
        if (oldest == NULL)
            return; /* others are in the middle of it */
    }
    if (ring_count(loop->shared) > 1)
        wake_another(loop);
}

void share_pass_on(struct loop *loop)
{
    if (ring_count(loop->shared) > 0)
        wake_another(loop);
}

void share_look(struct loop *loop)
{
    if (ring_count(loop->shared) > 0)
        take_turns(loop);
}

void share_before_sleep(struct loop *loop)
{
    if (uv_is_active((uv_handle_t *)&loop->turn))
        return;
    atomic_store(&loop->is_asleep, true);
    if (ring_count(loop->shared) == 0)
        return;
    atomic_store(&loop->is_asleep, false);
    take_turns(loop);
}

void share_after_sleep(struct loop *loop)
{
    if (atomic_load_explicit(&loop->is_asleep, memory_order_relaxed))
        atomic_store(&loop->is_asleep, false);
}

void share_finish(struct loop *loop)
{
    struct exchange *exchange;
    while ((exchange = ring_pop(loop->shared)) != NULL)
        exchange->work(&exchange->request);
}
