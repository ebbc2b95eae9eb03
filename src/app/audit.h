/*
 * audit.h - an auditor with its own books.
 *
 * It reads every event from the first on and recounts what happened without shop_apply(): each
 * piece of stock per product and place, what live orders hold of it, every order's lines and
 * totals, its moves along the arrows (written out here a second time), every cart, every
 * idempotency key, which contacts may still exist. Then it compares its books with a shop in memory
 * and with the orders in the tables. What does not agree is reported as a plain sentence. It never
 * stops at a finding.
 *
 * An order that can change no more is kept as a digest (about 100 bytes). One thread.
 */
#ifndef APP_AUDIT_H
#define APP_AUDIT_H

#include "shop/shop.h"
#include "store/store.h"

#include <stdint.h>

struct audit;

struct audit_options {
    /* One finding, a sentence without a newline. Never personal data: numbers only. */
    void (*on_finding)(void *context, const char *sentence);
    /* May be NULL: how far the walk over the events or the orders has come. */
    void (*on_progress)(void *context, uint64_t done);
    void *context;
    /* No cart may be untouched for longer, counted from the last start; 0 = any time. */
    uint64_t cart_life_ms;
};

/* What the books hold. */
struct audit_totals {
    uint64_t events;
    uint64_t findings;
    uint64_t products;
    uint64_t customers;
    uint64_t carts; /* with lines or a contact */
    uint64_t orders;
    uint64_t orders_live; /* pending or confirmed, or shipped in part */
    uint64_t orders_cancelled;
    uint64_t pieces_on_hand;
    uint64_t pieces_reserved;
    uint64_t pieces_shipped;
    int64_t total_minor; /* of all orders, less what was cancelled */
};

struct audit *audit_open(const struct audit_options *options) MUST_USE;
void audit_close(struct audit *audit);

/* Takes the next event into the books; they must come in order, from number 1 on. */
void audit_event(struct audit *audit, const struct event *event);
/* All events of the store behind the last one taken. */
struct err audit_read_events(struct audit *audit, struct store_reader *reader) MUST_USE;

/* Compares with a shop that has applied the same events: stock, orders in memory, carts, customers,
 * keys. */
void audit_compare_shop(struct audit *audit, const struct shop *shop);
/* Compares every order of the books with the tables (fold first), and looks for orders that the
 * books do not know. */
struct err audit_compare_orders(struct audit *audit, struct store_reader *reader) MUST_USE;
/* Asks for every contact the books name: those erased must be gone, the others must be there. */
struct err audit_compare_contacts(struct audit *audit, struct store_reader *reader) MUST_USE;

struct audit_totals audit_totals(const struct audit *audit);

#endif
