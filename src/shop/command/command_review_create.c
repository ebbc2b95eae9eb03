/*
 * command_review_create.c - a customer says what a product is like that an order has brought: one
 * review per customer and product. Who took it back may write it again, into the same row.
 */
#include "shop/command/review_change.h"

static bool has_brought(const struct order *order, uint32_t product)
{
    if (order->state != ORDER_DELIVERED)
        return false;
    for (uint32_t i = 0; i < order->line_count; i++) {
        if (order->lines[i].product == product && order->lines[i].quantity > 0)
            return true;
    }
    return false;
}

/* What the tables say of it; an order may have come further in memory. */
static struct err check_purchases(const struct decision *decision, const struct command *base,
                                  uint32_t product)
{
    const struct purchases *purchases = &base->loaded.purchases;
    for (uint32_t i = 0; i < purchases->count; i++) {
        const struct order *order = order_find(&decision->shop->orders, purchases->orders[i].order);
        if (purchases->orders[i].is_delivered || (order != NULL && has_brought(order, product)))
            return OK;
    }
    return ERR(ERR_NOT_DELIVERED);
}

/* Follows the chain of the customer's orders through memory; what lies behind its first order in
 * the tables, a loader reads. */
static struct err check_delivered(const struct decision *decision, struct command *base,
                                  uint64_t newest, uint32_t product)
{
    const struct command_loaded *loaded = &base->loaded;
    uint64_t number = newest;
    while (number != 0) {
        const struct order *order = order_find(&decision->shop->orders, number);
        if (order == NULL)
            break;
        if (has_brought(order, product))
            return OK;
        number = order->previous;
    }
    if (number == 0)
        return ERR(ERR_NOT_DELIVERED);
    if (loaded->what == ASLEEP_PURCHASES && loaded->value == number &&
        loaded->sweep == decision->sweep)
        return check_purchases(decision, base, product);
    base->asleep_product = product;
    return ERR_AT(ERR_ASLEEP, ASLEEP_PURCHASES, number);
}

static struct err review_create_decide(struct decision *decision, struct command *base)
{
    struct review_command *command = (struct review_command *)base;
    const struct reviews *reviews = &decision->shop->reviews;
    const struct customer *customer = customer_find(&decision->shop->customers, command->customer);
    if (customer == NULL || customer->is_erased)
        return ERR(ERR_CUSTOMER_UNKNOWN);
    if (catalog_find(&decision->shop->catalog, command->product) == NULL)
        return ERR(ERR_PRODUCT_UNKNOWN);
    uint32_t number = review_of(reviews, command->customer, command->product);
    const struct review *before = review_find(reviews, number);
    if (before != NULL && before->state != REVIEW_WITHDRAWN)
        return ERR(before->state == REVIEW_SHOWN ? ERR_REVIEW_EXISTS : ERR_REVIEW_REMOVED);
    if (before == NULL && reviews->count >= reviews->reviews_max)
        return ERR_AT(ERR_REVIEW_LIMIT, 0, reviews->reviews_max);
    TRY(check_delivered(decision, base, customer->last_order, command->product));

    struct contact words = command->contact;
    words.customer = command->customer;
    command->number = before == NULL ? reviews->count + 1 : number;
    review_change_append(decision, command->number,
                         &(struct review){
                             .contact = decision_add_contact(decision, &words),
                             .product = command->product,
                             .customer = command->customer,
                             .stars = command->stars,
                             .state = REVIEW_SHOWN,
                         });
    return OK;
}

const struct command_ops command_review_create = {
    .name = "review_create",
    .priority = COMMAND_CARTS,
    .decide = review_create_decide,
    .answer = review_change_answer,
};
