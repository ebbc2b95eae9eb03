/* command_category_update.c - renames a category, or moves it with all below it, but never below
 * itself. */
#include "shop/category_tree.h"

static struct err category_update_decide(struct decision *decision, struct command *base)
{
    const struct category_command *command = (const struct category_command *)base;
    const struct catalog *catalog = &decision->shop->catalog;
    const struct category *category = category_find(catalog, command->number);
    if (category == NULL)
        return ERR(ERR_CATEGORY_UNKNOWN);
    struct category_place place = {
        .number = command->number,
        .parent = command->has_parent ? command->parent : category->parent,
        .name = command->has_name ? command->name : text_of(category->name),
    };
    TRY(category_tree_check(catalog, &place));
    if (place.parent != category->parent || !text_equal(place.name, text_of(category->name)))
        category_tree_append(decision, &place);
    return OK;
}

const struct command_ops command_category_update = {
    .name = "category_update",
    .priority = COMMAND_BULK,
    .decide = category_update_decide,
    .answer = category_tree_answer,
};
