/*
 * shopping.h - what people do in a shop, one call each, on a fixture. Those that return struct err
 * may be refused; the others must succeed. Answers live in the fixture's arena.
 */
#ifndef TESTS_LIB_SHOPPING_H
#define TESTS_LIB_SHOPPING_H

#include "lib/shop_fixture.h"

/* A cart's number of epoch 1. */
uint64_t shopping_cart(uint32_t counter);

struct err shopping_add(struct fixture *fixture, uint64_t cart, uint32_t product,
                        uint32_t quantity);
struct err shopping_set(struct fixture *fixture, uint64_t cart, uint32_t product,
                        uint32_t quantity);
/* Gives the cart an owner. */
void shopping_own(struct fixture *fixture, uint64_t cart, uint32_t customer);

/* A checkout by a guest called Bob, without an expected total; `key` fills the 16 bytes. */
struct checkout_command shopping_checkout_command(uint64_t cart, uint8_t key);
/* Buys the cart and returns the order's number. */
uint64_t shopping_checkout(struct fixture *fixture, uint64_t cart, uint8_t key);
/* One product into the cart, bought. */
uint64_t shopping_buy(struct fixture *fixture, uint64_t cart, uint32_t product, uint32_t quantity);

/* order_confirm and the like, of everything, by an operator. */
struct order_command shopping_order_command(const struct command_ops *ops, uint64_t order);
struct err shopping_order(struct fixture *fixture, const struct command_ops *ops, uint64_t order);

/* Runs a command that must be refused, and ensures that everything is as it was before. */
struct err shopping_refused(struct fixture *fixture, struct command *command);

void shopping_rules(struct fixture *fixture, enum pricing_policy policy,
                    const struct pricing_rule *rules, uint32_t rule_count);
void shopping_archive(struct fixture *fixture, uint32_t product);
void shopping_price(struct fixture *fixture, uint32_t product, int64_t price_minor);

#define assert_stock(fixture, product, location, on_hand_, reserved_)                              \
    do {                                                                                           \
        const struct stock_row *row_ = stock_find(&(fixture)->shop.stock, (product), (location));  \
        assert_non_null(row_);                                                                     \
        assert_int_equal(row_->on_hand, (on_hand_));                                               \
        assert_int_equal(row_->reserved, (reserved_));                                             \
    } while (0)

/* The order in memory. */
const struct order *shopping_find(const struct fixture *fixture, uint64_t order);

#endif
