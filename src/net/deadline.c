#include "net/deadline.h"

#include <stddef.h>

void deadline_list_init(struct deadline_list *list, uint32_t timeout_ms)
{
    *list = (struct deadline_list){.timeout_ms = timeout_ms};
}

void deadline_start(struct deadline *deadline, struct deadline_list *list, uint64_t now_ms)
{
    deadline_cancel(deadline);
    deadline->due_ms = now_ms + list->timeout_ms;
    ensure(list->last == NULL || list->last->due_ms <= deadline->due_ms);
    deadline->list = list;
    deadline->previous = list->last;
    deadline->next = NULL;
    if (list->last != NULL)
        list->last->next = deadline;
    else
        list->first = deadline;
    list->last = deadline;
}

void deadline_cancel(struct deadline *deadline)
{
    struct deadline_list *list = deadline->list;
    if (list == NULL)
        return;
    if (deadline->previous != NULL)
        deadline->previous->next = deadline->next;
    else
        list->first = deadline->next;
    if (deadline->next != NULL)
        deadline->next->previous = deadline->previous;
    else
        list->last = deadline->previous;
    *deadline = (struct deadline){.list = NULL};
}

struct deadline *deadline_take_due(struct deadline_list *list, uint64_t now_ms)
{
    struct deadline *first = list->first;
    if (first == NULL || first->due_ms > now_ms)
        return NULL;
    deadline_cancel(first);
    return first;
}

uint64_t deadline_next_due_ms(const struct deadline_list *list)
{
    return list->first == NULL ? UINT64_MAX : list->first->due_ms;
}
