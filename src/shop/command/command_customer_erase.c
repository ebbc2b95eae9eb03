/*
 * command_customer_erase.c - forgets who a customer is: the contact rows of the customer, of every
 * order, of every open cart and of every review go, and with them the password; its tokens end.
 * Numbers, orders, totals and stars stay, so the books still add up.
 */
#include "shop/command/account_change.h"
#include "shop/command/customer_change.h"
#include "shop/command/review_change.h"

struct contact_list {
    struct arena *arena;
    uint64_t *numbers;
    uint32_t count;
    uint32_t capacity;
};

static void list_add(struct contact_list *list, uint64_t contact)
{
    if (contact == 0)
        return;
    if (list->count == list->capacity)
        list->numbers =
            arena_grow(list->arena, list->numbers, &list->capacity, sizeof(*list->numbers));
    list->numbers[list->count++] = contact;
}

/* Follows the chain through memory; what lies behind its first order in the tables, a loader reads.
 */
static struct err list_orders(const struct decision *decision, const struct command *base,
                              uint64_t newest, struct contact_list *list)
{
    uint64_t number = newest;
    while (number != 0) {
        const struct order *order = order_find(&decision->shop->orders, number);
        if (order == NULL)
            break;
        list_add(list, order->contact);
        number = order->previous;
    }
    if (number == 0)
        return OK;
    const struct command_loaded *loaded = &base->loaded;
    if (loaded->what != ASLEEP_ORDER_CONTACTS || loaded->value != number ||
        loaded->sweep != decision->sweep)
        return ERR_AT(ERR_ASLEEP, ASLEEP_ORDER_CONTACTS, number);
    for (uint32_t i = 0; i < loaded->contact_count; i++)
        list_add(list, loaded->contacts[i]);
    return OK;
}

/* Open carts no longer name whom to warn before they expire. */
static void forget_in_carts(struct decision *decision, uint32_t customer, struct contact_list *list)
{
    const struct carts *carts = &decision->shop->carts;
    struct map_slot slot;
    for (size_t position = 0; map_walk(&carts->by_number, &position, &slot);) {
        const struct cart *cart = cart_find(carts, slot.key);
        if (cart->customer != customer || cart->contact == 0)
            continue;
        list_add(list, cart->contact);
        struct event_cart_changed *changed =
            decision_append(decision, EVENT_CART_CHANGED, sizeof(*changed));
        changed->cart = cart->number;
        changed->customer = customer;
    }
}

static void list_reviews(const struct decision *decision, uint32_t customer,
                         struct contact_list *list)
{
    const struct reviews *reviews = &decision->shop->reviews;
    for (uint32_t number = review_newest_of_customer(reviews, customer); number != 0;
         number = review_find(reviews, number)->older_of_customer)
        list_add(list, review_find(reviews, number)->contact);
}

/* The stars stay, without words and without a name. */
static void silence_reviews(struct decision *decision, uint32_t customer)
{
    const struct reviews *reviews = &decision->shop->reviews;
    for (uint32_t number = review_newest_of_customer(reviews, customer); number != 0;
         number = review_find(reviews, number)->older_of_customer) {
        struct review after = *review_find(reviews, number);
        if (after.contact == 0)
            continue;
        after.contact = 0;
        review_change_append(decision, number, &after);
    }
}

static struct err customer_erase_decide(struct decision *decision, struct command *base)
{
    const struct customer_command *command = (const struct customer_command *)base;
    const struct customer *customer = customer_find(&decision->shop->customers, command->number);
    if (customer == NULL)
        return ERR(ERR_CUSTOMER_UNKNOWN);
    TRY(version_guard_check(&command->guard, customer_version(customer)));

    struct contact_list list = {.arena = decision->arena};
    list_add(&list, customer->contact);
    TRY(list_orders(decision, base, customer->last_order, &list));
    forget_in_carts(decision, command->number, &list);
    list_reviews(decision, command->number, &list);
    customer_change_erase_contacts(decision, command->number, list.numbers, list.count);
    silence_reviews(decision, command->number);
    account_change_end_tokens(decision, command->number, customer, NULL);
    if (!customer->is_erased)
        customer_change_append(decision, command->number,
                               &(struct customer){.tier = customer->tier, .is_erased = true});
    return OK;
}

const struct command_ops command_customer_erase = {
    .name = "customer_erase",
    .priority = COMMAND_BULK,
    .decide = customer_erase_decide,
    .answer = customer_change_answer,
};
