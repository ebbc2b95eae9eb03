/*
 * shop_fixture.h - a shop of its own for one test, and commands run through it the way the executor
 * does: decide -> seal -> apply -> answer. fixture_run() also checks what must always hold:
 * deciding changes nothing, a refusal leaves no event and no contact, every event is accepted by
 * event_next(), and the shop adds up afterwards.
 */
#ifndef TESTS_LIB_SHOP_FIXTURE_H
#define TESTS_LIB_SHOP_FIXTURE_H

#include "shop/command/commands.h"

#include <stdint.h>

#define FIXTURE_START_MS UINT64_C(1700000000000)
enum { FIXTURE_MAIN = 1 /* the location every shop has */ };

struct fixture {
    struct shop shop;
    struct decision decision; /* contacts[] of the last command stay readable until the next */
    struct buffer events;     /* of the last command, sealed; empty after a refusal */
    struct buffer journal;    /* every event since the shop was opened, sealed */
    struct arena arena;       /* of commands too; never reset during a test */
    bool is_filling;          /* within fixture_fill() */
};

/* An empty shop, nothing has happened yet. */
void fixture_open_empty(struct fixture *fixture);
/* A shop in USD, created and started (shop_create, process_start). */
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);

/* Runs the command at fixture->decision.now_ms; arena and err of the command are filled in. */
struct err fixture_run(struct fixture *fixture, struct command *command);

/* Events of the last command. */
uint32_t fixture_event_count(const struct fixture *fixture);
/* The payload of event `index`, which must exist and be of this type. */
const void *fixture_event(const struct fixture *fixture, uint32_t index, enum event_type type);

/* Short ways to get something to work with; each must succeed. */
uint32_t fixture_product(struct fixture *fixture, const char *sku, int64_t price_minor,
                         uint32_t category);
uint16_t fixture_location(struct fixture *fixture, const char *name, int32_t priority);
/* Receives (or, when negative, takes away) pieces. */
void fixture_stock(struct fixture *fixture, uint32_t product, uint16_t location, int64_t quantity);
/* `count` products of category 1, two pieces of each at every location; returns the first's number.
 * For thousands: the whole shop is checked once at the end, not around every command. */
uint32_t fixture_fill(struct fixture *fixture, uint32_t count, int64_t price_minor);
uint32_t fixture_customer(struct fixture *fixture, uint8_t tier);

/* Hash over everything the shop knows; equal states give equal digests. */
uint64_t fixture_digest(const struct shop *shop);

#endif
