/*
 * deadline.h - what must happen before when, without a timer for each.
 *
 * All members of one list have the same timeout, so appending keeps the list in order of time and
 * the first member is always the next to be due. Starting, moving and cancelling cost a few pointer
 * writes. Embed a zeroed struct deadline in what is watched. One thread.
 */
#ifndef NET_DEADLINE_H
#define NET_DEADLINE_H

#include "base/check.h"

#include <stdint.h>

struct deadline_list;

struct deadline {
    struct deadline *previous;
    struct deadline *next;
    struct deadline_list *list; /* NULL = not running */
    uint64_t due_ms;
};

struct deadline_list {
    struct deadline *first;
    struct deadline *last;
    uint32_t timeout_ms;
};

void deadline_list_init(struct deadline_list *list, uint32_t timeout_ms);
/* Due timeout_ms from now; one that runs already, in any list, is moved. `now_ms` never goes back.
 */
void deadline_start(struct deadline *deadline, struct deadline_list *list, uint64_t now_ms);
/* Nothing happens when it does not run. */
void deadline_cancel(struct deadline *deadline);
/* Takes the first that is due out of the list; NULL when none is. */
struct deadline *deadline_take_due(struct deadline_list *list, uint64_t now_ms) MUST_USE;
/* UINT64_MAX when the list is empty. */
uint64_t deadline_next_due_ms(const struct deadline_list *list);

#endif
