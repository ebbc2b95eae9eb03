/* command_category_create.c - a new category at the top or below another; names are unique there.
 */
#include "shop/category_tree.h"

static struct err category_create_decide(struct decision *decision, struct command *base)
{
    struct category_command *command = (struct category_command *)base;
    const struct catalog *catalog = &decision->shop->catalog;
    struct category_place place = {.parent = command->parent, .name = command->name};
    TRY(category_tree_check(catalog, &place));
    if (catalog->category_count >= CATALOG_CATEGORIES_MAX)
        return ERR_AT(ERR_CATEGORY_LIMIT, 0, CATALOG_CATEGORIES_MAX);

    place.number = catalog->category_count + 1;
    category_tree_append(decision, &place);
    command->number = place.number;
    return OK;
}

const struct command_ops command_category_create = {
    .name = "category_create",
    .priority = COMMAND_BULK,
    .decide = category_create_decide,
    .answer = category_tree_answer,
};
