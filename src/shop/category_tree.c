#include "shop/category_tree.h"

#include <string.h>

/* 1 for a top category. */
static uint32_t depth_of(const struct catalog *catalog, uint32_t number)
{
    uint32_t depth = 0;
    for (; number != 0; number = category_find(catalog, number)->parent) {
        depth++;
        ensure(depth <= CATEGORY_DEPTH_MAX);
    }
    return depth;
}

/* Levels from `number` down to its deepest descendant; 1 when it has none, or is new and so 0. */
static uint32_t height_of(const struct catalog *catalog, uint32_t number)
{
    uint32_t deepest = depth_of(catalog, number);
    uint32_t own = deepest;
    for (uint32_t i = 1; i <= catalog->category_count; i++) {
        if (!category_is_within(catalog, i, number))
            continue;
        uint32_t depth = depth_of(catalog, i);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest - own + 1;
}

struct err category_tree_check(const struct catalog *catalog, const struct category_place *place)
{
    ensure(place->name.length > 0);
    ensure(place->name.length <= CATEGORY_NAME_MAX);
    if (place->parent != 0 && category_find(catalog, place->parent) == NULL)
        return ERR(ERR_CATEGORY_UNKNOWN);
    if (category_is_within(catalog, place->parent, place->number))
        return ERR(ERR_CATEGORY_CYCLE);
    const struct category *holder = category_find_name(catalog, place->parent, place->name);
    if (holder != NULL && holder->number != place->number)
        return ERR(ERR_CATEGORY_TAKEN);
    if (depth_of(catalog, place->parent) + height_of(catalog, place->number) > CATEGORY_DEPTH_MAX)
        return ERR_AT(ERR_CATEGORY_LIMIT, 0, CATEGORY_DEPTH_MAX);
    return OK;
}

void category_tree_append(struct decision *decision, const struct category_place *place)
{
    struct event_category_put *put =
        decision_append(decision, EVENT_CATEGORY_PUT, sizeof(*put) + place->name.length);
    put->number = place->number;
    put->parent = place->parent;
    put->name_length = place->name.length;
    memcpy(put + 1, place->name.data, place->name.length);
}

void category_tree_answer(const struct shop *shop, struct command *base)
{
    struct category_command *command = (struct category_command *)base;
    const struct category *category = category_find(&shop->catalog, command->number);
    ensure(category != NULL);
    command->category = *category;
}
