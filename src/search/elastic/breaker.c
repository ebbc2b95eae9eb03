#include "search/elastic/breaker.h"

void breaker_init(struct breaker *breaker, uint32_t failures_max, uint32_t open_ms)
{
    ensure(failures_max > 0);
    *breaker = (struct breaker){.failures_max = failures_max, .open_ms = open_ms};
}

bool breaker_may(struct breaker *breaker, uint64_t now_ms)
{
    if (!breaker->is_open)
        return true;
    if (breaker->is_trying || now_ms < breaker->open_until_ms)
        return false;
    breaker->is_trying = true;
    return true;
}

void breaker_succeeded(struct breaker *breaker)
{
    breaker->failures = 0;
    breaker->is_open = false;
    breaker->is_trying = false;
}

bool breaker_failed(struct breaker *breaker, uint64_t now_ms)
{
    if (breaker->failures < breaker->failures_max)
        breaker->failures++;
    breaker->is_trying = false;
    if (breaker->failures < breaker->failures_max)
        return false;
    bool was_open = breaker->is_open;
    breaker->is_open = true;
    breaker->open_until_ms = now_ms + breaker->open_ms;
    return !was_open;
}
