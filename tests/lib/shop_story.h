/*
 * shop_story.h - a short life of a shop in which every type of event and every action on an order
 * happens, told by real commands, the same each time. Two guests, three customers, two places;
 * Carol has an account. Bob is erased at the end, and so is the contact of one guest's order.
 */
#ifndef TESTS_LIB_SHOP_STORY_H
#define TESTS_LIB_SHOP_STORY_H

#include "lib/shop_fixture.h"

/* Who is in it, for tests that look for them. */
#define STORY_ALICE_EMAIL "alice@shop.example"
#define STORY_BOB_EMAIL   "bob@erased.example"
#define STORY_GUEST_EMAIL "guest@shop.example"
#define STORY_CAROL_EMAIL "carol@shop.example"
#define STORY_CAROL_TAG   "tag of carol 16b" /* of her address, as the shop knows it */
#define STORY_CAROL_HASH  "hash of her password"

#define STORY_CART(n) (UINT64_C(1) << CART_EPOCH_SHIFT | (n))

enum {
    STORY_GUEST_CART = 1, /* orders 1 and 4 */
    STORY_ALICE_CART = 2, /* orders 2 and 3 */
    STORY_OPEN_CART = 3,  /* a guest's, with a contact and two lines */
    STORY_BOB_CART = 5,   /* order 5 */
    STORY_LEFT_CART = 20, /* expired; the next one is warned about */
    STORY_ORDERS = 5,
    STORY_CAROL = 3, /* her number */
};

/* Runs every command of it on an empty fixture; `ran` is called after each that made events. */
void shop_story_tell(struct fixture *fixture, void (*ran)(void *context, struct fixture *fixture),
                     void *context);

/* The second chapter, for who wants reviews: Carol, Dora and Eve buy the book that others elsewhere
 * rate 4.30 and get it (orders 6, 7 and 8; Finn's order 9 is not delivered). Carol reviews it,
 * changes her mind, takes it back and writes again; Dora's review is taken out; Eve is erased, and
 * her stars stay. */
void shop_story_review(struct fixture *fixture, void (*ran)(void *context, struct fixture *fixture),
                       void *context);

/* The third: an order of Dora's comes from another shop, paid, half of it sent; what is left of it
 * is sent here, and she buys again. */
void shop_story_move_in(struct fixture *fixture,
                        void (*ran)(void *context, struct fixture *fixture), void *context);

enum { STORY_IMPORTED = 10 };
enum { STORY_BOOK = 2, STORY_DORA = 4, STORY_EVE, STORY_FINN };

/* The idempotency key of the story's nth checkout (from 1). */
void shop_story_key(uint32_t n, uint8_t key_out[16]);

#endif
