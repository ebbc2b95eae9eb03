/* ledger_parts.h - the inside of the ledger, shared by the ledger_*.c files and by nobody else. */
#ifndef NOTIFY_LEDGER_PARTS_H
#define NOTIFY_LEDGER_PARTS_H

#include "notify/ledger.h"
#include "store/database.h"

#include <pthread.h>

#define IN_REGION(n)                  ""
#define REGION(n)                     ""
#define REGION_KEY                    ""
#define NUMBERS_BEHIND(table, column) ""
enum ledger_statement {
#define STATEMENT(name, sql) LEDGER_##name,
#include "notify/ledger_sql.def"
#undef STATEMENT
    LEDGER_STATEMENT_COUNT
};
#undef IN_REGION
#undef REGION
#undef REGION_KEY
#undef NUMBERS_BEHIND

enum { LEDGER_LOST_MAX = 1024 };

struct ledger {
    struct database *db;
    pthread_mutex_t lock;
    uint64_t timeline;
    uint32_t lease_ms;
    /* Read by any thread. */
    uint64_t term;          /* 0 = another process tells */
    uint64_t held_until_ns; /* by our own clock, which began before the database's */
    uint64_t next_hold_ns;
    /* Deliveries that were claimed by a commit of which nobody knows what became. */
    uint64_t lost[LEDGER_LOST_MAX];
    uint32_t lost_count;
};

/* Runs one that gives no row. */
struct err ledger_run(struct ledger *ledger, enum ledger_statement statement) MUST_USE;
struct err ledger_next(struct ledger *ledger, enum ledger_statement statement,
                       bool *has_row_out) MUST_USE;
void ledger_reset(struct ledger *ledger, enum ledger_statement statement);
void ledger_bind(struct ledger *ledger, enum ledger_statement statement, int position,
                 uint64_t value);
void ledger_bind_text(struct ledger *ledger, enum ledger_statement statement, int position,
                      struct text value);
uint64_t ledger_u64(struct ledger *ledger, enum ledger_statement statement, int column);
struct text ledger_column_text(struct ledger *ledger, enum ledger_statement statement, int column,
                               struct arena *arena);
/* ledger_deliveries.c: all columns of a row, and how many there are. */
struct err ledger_read_rows(struct ledger *ledger, enum ledger_statement statement,
                            struct arena *arena, struct delivery *deliveries,
                            uint32_t *count_out) MUST_USE;

#endif
