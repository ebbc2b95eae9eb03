/* category_tree.h - what category_create and category_update share: checks on a tree, and the
 * event. */
#ifndef SHOP_CATEGORY_TREE_H
#define SHOP_CATEGORY_TREE_H

#include "shop/command/commands.h"

/* A category as it will be. number 0 = a new one, which has no children. */
struct category_place {
    uint32_t number;
    uint32_t parent; /* 0 = top */
    struct text name;
};

/* ERR_CATEGORY_UNKNOWN (the parent), _CYCLE, _TAKEN, _LIMIT (too deep), or OK. */
struct err category_tree_check(const struct catalog *catalog,
                               const struct category_place *place) MUST_USE;

void category_tree_append(struct decision *decision, const struct category_place *place);

/* Copies the category command->number into the answer. */
void category_tree_answer(const struct shop *shop, struct command *base);

#endif
