#include "cli/worker/window.h"

#include <string.h>

static void set_done(struct window *window, int64_t offset, bool is_done)
{
    uint64_t place = (uint64_t)offset % WINDOW_SPAN;
    uint64_t bit = UINT64_C(1) << (place % 64);
    if (is_done)
        window->done[place / 64] |= bit;
    else
        window->done[place / 64] &= ~bit;
}

static bool is_done(const struct window *window, int64_t offset)
{
    uint64_t place = (uint64_t)offset % WINDOW_SPAN;
    return (window->done[place / 64] >> (place % 64) & 1) != 0;
}

void window_open(struct window *window)
{
    window->epoch++;
    window->is_assigned = true;
    window->has_begun = false;
    window->base = window->next = window->committed = 0;
}

void window_close(struct window *window)
{
    window->epoch++;
    window->is_assigned = false;
    window->has_begun = false;
}

bool window_has_room(const struct window *window, int64_t offset)
{
    return window->base == window->next || offset - window->base < WINDOW_SPAN;
}

static void advance(struct window *window)
{
    while (window->base < window->next && is_done(window, window->base))
        window->base++;
}

bool window_begin(struct window *window, int64_t offset)
{
    ensure(window->is_assigned);
    if (!window->has_begun) {
        window->base = window->next = window->committed = offset;
        window->has_begun = true;
    }
    if (offset < window->next)
        return false;
    ensure(window_has_room(window, offset));
    if (window->base == window->next)
        window->base = window->next = offset;
    while (window->next < offset)
        set_done(window, window->next++, true);
    set_done(window, offset, false);
    window->next = offset + 1;
    return true;
}

void window_end(struct window *window, int64_t offset)
{
    ensure(offset >= window->base);
    ensure(offset < window->next);
    ensure(!is_done(window, offset));
    set_done(window, offset, true);
    advance(window);
}

int64_t window_to_commit(const struct window *window)
{
    bool is_new = window->has_begun && window->base > window->committed;
    return is_new ? window->base : -1;
}

void window_committed(struct window *window, int64_t offset)
{
    window->committed = offset;
}
