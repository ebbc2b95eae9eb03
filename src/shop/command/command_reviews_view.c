/* command_reviews_view.c - the reviews of a product or of a customer, or one, newest first. */
#include "shop/command/commands.h"

static struct err reviews_view_decide(struct decision *decision, struct command *base)
{
    const struct reviews_command *command = (const struct reviews_command *)base;
    const struct shop *shop = decision->shop;
    ensure(command->limit > 0);
    ensure((command->number != 0) + (command->product != 0) + (command->customer != 0) == 1);
    if (command->product != 0 && catalog_find(&shop->catalog, command->product) == NULL)
        return ERR(ERR_PRODUCT_UNKNOWN);
    const struct review *review = review_find(&shop->reviews, command->number);
    if (command->number != 0 && (review == NULL || review->state != REVIEW_SHOWN))
        return ERR(ERR_REVIEW_UNKNOWN);
    return OK;
}

static uint32_t newest(const struct reviews *reviews, const struct reviews_command *command)
{
    if (command->number != 0)
        return command->number;
    return command->product != 0 ? review_newest_of_product(reviews, command->product)
                                 : review_newest_of_customer(reviews, command->customer);
}

static uint32_t older(const struct review *review, const struct reviews_command *command)
{
    if (command->number != 0)
        return 0;
    return command->product != 0 ? review->older_of_product : review->older_of_customer;
}

/* Where the page before ended in this list, its link leads on. */
static uint32_t first(const struct reviews *reviews, const struct reviews_command *command)
{
    const struct review *before = review_find(reviews, command->before);
    bool is_in_list = before != NULL &&
                      (command->product == 0 || before->product == command->product) &&
                      (command->customer == 0 || before->customer == command->customer);
    if (is_in_list)
        return older(before, command);
    uint32_t number = newest(reviews, command);
    while (command->before != 0 && number >= command->before)
        number = older(review_find(reviews, number), command);
    return number;
}

/* Rows have one review per customer for ever, so the walk to a page is no longer than the list. */
static void reviews_view_answer(const struct shop *shop, struct command *base)
{
    struct reviews_command *command = (struct reviews_command *)base;
    const struct reviews *reviews = &shop->reviews;
    uint32_t number = first(reviews, command);
    command->review_count = 0;
    command->has_more = false;
    command->reviews = arena_alloc_array(base->arena, command->limit, sizeof(*command->reviews));
    for (; number != 0; number = older(review_find(reviews, number), command)) {
        const struct review *review = review_find(reviews, number);
        if (review->state != REVIEW_SHOWN && command->customer == 0)
            continue;
        if (command->review_count == command->limit) {
            command->has_more = true;
            return;
        }
        command->reviews[command->review_count++] = (struct review_entry){number, *review};
    }
}

const struct command_ops command_reviews_view = {
    .name = "reviews_view",
    .priority = COMMAND_CARTS,
    .is_read = true,
    .decide = reviews_view_decide,
    .answer = reviews_view_answer,
};
