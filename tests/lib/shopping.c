#include "lib/shopping.h"

#include <string.h>

uint64_t shopping_cart(uint32_t counter)
{
    return (UINT64_C(1) << CART_EPOCH_SHIFT) + counter;
}

static struct err change_cart(struct fixture *fixture, const struct command_ops *ops, uint64_t cart,
                              struct cart_line line)
{
    struct cart_command command = {
        .command = {.ops = ops, .actor = ACTOR_GUEST},
        .cart = cart,
        .lines = &line,
        .line_count = 1,
    };
    return fixture_run(fixture, &command.command);
}

struct err shopping_add(struct fixture *fixture, uint64_t cart, uint32_t product, uint32_t quantity)
{
    return change_cart(fixture, &command_cart_add, cart, (struct cart_line){product, quantity});
}

struct err shopping_set(struct fixture *fixture, uint64_t cart, uint32_t product, uint32_t quantity)
{
    return change_cart(fixture, &command_cart_set, cart, (struct cart_line){product, quantity});
}

void shopping_own(struct fixture *fixture, uint64_t cart, uint32_t customer)
{
    struct cart_command command = {
        .command = {.ops = &command_cart_open, .actor = ACTOR_CUSTOMER},
        .cart = cart,
        .customer = customer,
    };
    ensure(fixture_run(fixture, &command.command).code == ERR_NONE);
}

struct checkout_command shopping_checkout_command(uint64_t cart, uint8_t key)
{
    struct checkout_command command = {
        .command = {.ops = &command_checkout, .actor = ACTOR_GUEST},
        .cart = cart,
        .body_hash = 4711,
        .contact = {.name = TEXT("Bob"), .email = TEXT("bob@example.com")},
        .country = "US",
        .expected_total_minor = -1,
    };
    memset(command.key, key, sizeof(command.key));
    return command;
}

uint64_t shopping_checkout(struct fixture *fixture, uint64_t cart, uint8_t key)
{
    struct checkout_command command = shopping_checkout_command(cart, key);
    ensure(fixture_run(fixture, &command.command).code == ERR_NONE);
    return command.order->number;
}

uint64_t shopping_buy(struct fixture *fixture, uint64_t cart, uint32_t product, uint32_t quantity)
{
    ensure(shopping_add(fixture, cart, product, quantity).code == ERR_NONE);
    /* Each order has a key of its own. */
    return shopping_checkout(fixture, cart, (uint8_t)(fixture->shop.orders.last_number + 1));
}

struct order_command shopping_order_command(const struct command_ops *ops, uint64_t order)
{
    return (struct order_command){
        .command = {.ops = ops, .actor = ACTOR_OPERATOR},
        .order = order,
    };
}

struct err shopping_order(struct fixture *fixture, const struct command_ops *ops, uint64_t order)
{
    struct order_command command = shopping_order_command(ops, order);
    return fixture_run(fixture, &command.command);
}

struct err shopping_refused(struct fixture *fixture, struct command *command)
{
    uint64_t before = fixture_digest(&fixture->shop);
    struct err err = fixture_run(fixture, command);
    ensure(err.code != ERR_NONE);
    ensure(fixture_event_count(fixture) == 0);
    ensure(fixture->decision.contact_count == 0);
    ensure(fixture_digest(&fixture->shop) == before);
    return err;
}

void shopping_rules(struct fixture *fixture, enum pricing_policy policy,
                    const struct pricing_rule *rules, uint32_t rule_count)
{
    struct pricing_command set = {
        .command = {.ops = &command_pricing_set, .actor = ACTOR_OPERATOR},
        .pricing = {.policy = policy, .rule_count = rule_count},
    };
    memcpy(set.pricing.rules, rules, rule_count * sizeof(*rules));
    ensure(fixture_run(fixture, &set.command).code == ERR_NONE);
}

void shopping_archive(struct fixture *fixture, uint32_t product)
{
    struct product_command update = {
        .command = {.ops = &command_product_update, .actor = ACTOR_OPERATOR},
        .draft = {.number = product, .status = PRODUCT_ARCHIVED},
        .fields = 1U << PRODUCT_FIELD_STATUS,
    };
    ensure(fixture_run(fixture, &update.command).code == ERR_NONE);
}

void shopping_price(struct fixture *fixture, uint32_t product, int64_t price_minor)
{
    struct product_command update = {
        .command = {.ops = &command_product_update, .actor = ACTOR_OPERATOR},
        .draft = {.number = product, .price_minor = price_minor},
        .fields = 1U << PRODUCT_FIELD_PRICE,
    };
    ensure(fixture_run(fixture, &update.command).code == ERR_NONE);
}

const struct order *shopping_find(const struct fixture *fixture, uint64_t order)
{
    const struct order *found = order_find(&fixture->shop.orders, order);
    ensure(found != NULL);
    return found;
}
