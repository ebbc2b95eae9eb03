#include "shop/timeouts.h"

struct timeouts timeouts_defaults(void)
{
    return (struct timeouts){
        .payment_ms = PAYMENT_LIFE_MS,
        .cart_ms = CART_LIFE_MS,
        .cart_warning_ms = CART_WARNING_MS,
        .key_ms = KEY_LIFE_MS,
        .grace_ms = GRACE_MS,
    };
}

bool timeouts_clock_tick(struct timeouts_clock *clock, uint64_t grace_ms, uint64_t wall_ms)
{
    bool is_first = clock->now_ms == 0;
    if (is_first || wall_ms > clock->now_ms + TIMEOUTS_GAP_MS)
        clock->grace_until_ms = wall_ms + grace_ms;
    if (wall_ms > clock->now_ms)
        clock->now_ms = wall_ms;
    return clock->now_ms >= clock->grace_until_ms;
}
