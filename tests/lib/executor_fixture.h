/*
 * executor_fixture.h - an executor on a probe around a mem store, with a clock that stands still,
 * and commands with memory of their own. The shop is created, started, and sells one product.
 */
#ifndef TESTS_LIB_EXECUTOR_FIXTURE_H
#define TESTS_LIB_EXECUTOR_FIXTURE_H

#include "app/executor.h"
#include "lib/store_probe.h"

enum { EXECUTOR_FIXTURE_ANSWERS_MAX = 4096 };

struct executor_fixture {
    struct store_probe probe;
    struct shop shop;
    struct view *view;
    struct executor_options options;
    struct executor *executor;
    uint64_t now_ms;
    uint64_t now_ns;
    struct arena arena; /* of the tests' commands; one thread */
    uint32_t product;   /* 1000 minor units; nothing in stock */
    /* Commands in the order they were answered, and the batches recorded before each answer. */
    struct command *answers[EXECUTOR_FIXTURE_ANSWERS_MAX];
    uint64_t records_before[EXECUTOR_FIXTURE_ANSWERS_MAX];
    uint32_t answer_count; /* atomic */
};

/* Change fixture->options between the two; loaders is 0. */
void executor_fixture_init(struct executor_fixture *fixture);
/* The same with a fresh store of the test's own behind the probe, closed with it. */
void executor_fixture_init_on(struct executor_fixture *fixture, struct store *inner);
void executor_fixture_open(struct executor_fixture *fixture);
void executor_fixture_close(struct executor_fixture *fixture);

/* Submits with `done` noted in answers[]. */
struct err executor_fixture_submit(struct executor_fixture *fixture, struct command *command);
/* Steps until nothing is queued. */
void executor_fixture_drain(struct executor_fixture *fixture);
/* Waits until so many were answered (with a started executor). */
void executor_fixture_wait(struct executor_fixture *fixture, uint32_t answer_count);

/* Commands, made in the arena. */
struct command *fixture_make_stock(struct executor_fixture *fixture, int64_t quantity);
struct command *fixture_make_cart_set(struct executor_fixture *fixture, uint64_t cart,
                                      uint32_t quantity);
struct checkout_command *fixture_make_checkout(struct executor_fixture *fixture, uint64_t cart,
                                               const char *key);
struct order_command *fixture_make_order(struct executor_fixture *fixture,
                                         const struct command_ops *ops, uint64_t order);
/* Each to its end, and it must succeed. */
void executor_fixture_run(struct executor_fixture *fixture, struct command *command);
/* A cart with so many pieces, bought. Returns the order's number. */
uint64_t executor_fixture_buy(struct executor_fixture *fixture, uint64_t cart, uint32_t quantity,
                              const char *key);

#endif
