/*
 * replay_plan.h - a file of orders turned into what has to be sent, in the order of the file.
 *
 *   S lines of one order (they stand together)        -> one PLACE, the same product merged
 *   C lines, per order that they name                 -> one CANCEL, when so much of it is left
 *   C lines that name no earlier order, or more than  -> one RETURN: pieces put back on the shelf
 *   is left of it
 *
 * What is left is counted as if every order was accepted, so the plan follows from the file alone:
 * a CANCEL of an order that the shop refused is left out when it comes to it.
 */
#ifndef CLI_REPLAY_PLAN_H
#define CLI_REPLAY_PLAN_H

#include "cli/replay/names.h"
#include "cli/transfer/table_reader.h"

#include <stdint.h>

enum { REPLAY_GUEST = UINT32_MAX, REPLAY_COUNTRY_SIZE = 3 };

enum replay_job_kind { REPLAY_PLACE, REPLAY_CANCEL, REPLAY_RETURN };

struct replay_line {
    uint32_t product; /* number of its SKU in plan->skus */
    uint32_t quantity;
};

struct replay_job {
    enum replay_job_kind kind;
    uint32_t order; /* PLACE, CANCEL: number in plan->orders */
    uint32_t first_line;
    uint32_t line_count;
    uint64_t file_line; /* where it begins in the file */
};

/* Of each name in plan->orders. */
struct replay_order {
    uint32_t customer; /* number in plan->customers, or REPLAY_GUEST */
    uint32_t job;
    char country[REPLAY_COUNTRY_SIZE]; /* ISO 3166-1 alpha-2; empty = unknown */
};

struct replay_plan {
    struct names skus;
    struct names customers;
    struct names order_ids;
    struct replay_order *orders; /* [order_ids.count] */
    struct replay_job *jobs;
    uint32_t job_count;
    struct replay_line *lines;
    uint32_t line_count;
    /* what the file holds */
    uint64_t sale_lines;
    uint64_t cancel_lines;
    uint64_t return_lines; /* C lines that became RETURN */
    uint64_t bad_lines;
    /* growing */
    uint32_t *left; /* by line: pieces of a PLACE not cancelled yet */
    uint32_t order_capacity;
    uint32_t job_capacity;
    uint32_t line_capacity;
};

struct replay_plan_options {
    uint32_t orders_max; /* stop behind so many orders; 0 = all */
    void (*on_bad_line)(void *context, uint64_t line, const char *reason);
    void (*on_row)(void *context); /* for progress; may be NULL */
    void *context;
};

void replay_plan_init(struct replay_plan *plan);
void replay_plan_release(struct replay_plan *plan);
/* Reads to the end of the source (a TSV with the columns of an order file). */
void replay_plan_read(struct replay_plan *plan, struct table_source source,
                      const struct replay_plan_options *options);

#endif
