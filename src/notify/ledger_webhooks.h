/*
 * ledger_webhooks.h - addresses that operators registered, and what was sent there.
 *
 * All of these run within a transaction (ledger_begin()).
 */
#ifndef NOTIFY_LEDGER_WEBHOOKS_H
#define NOTIFY_LEDGER_WEBHOOKS_H

#include "notify/ledger.h"
#include "notify/notice.h"

enum {
    WEBHOOKS_MAX = 50,
    WEBHOOK_URL_MAX = 1000,
    WEBHOOK_KEY_SIZE = 24,
    WEBHOOK_QUEUE_SIZE = 32,
    WEBHOOK_LOG_MAX = 1000, /* entries kept for each */
};

struct webhook {
    uint64_t number; /* 0 = new */
    struct text url;
    uint8_t key[WEBHOOK_KEY_SIZE]; /* what is sent is signed with it */
    uint64_t notices;              /* bit per enum notice */
    bool is_enabled;
    uint64_t created_ms;
    uint64_t failing_ms;  /* since when nothing has arrived there; 0 = it is well */
    uint64_t disabled_ms; /* for failing too long; 0 = not */
};

/* One try. */
struct webhook_try {
    uint64_t number;
    uint64_t delivery;
    uint64_t event;
    struct text notice;
    uint64_t at_ms;
    uint32_t attempt;
    uint32_t status; /* 0 = no answer */
    struct text reason;
};

struct webhook_tries {
    struct webhook_try *items;
    uint32_t count;
    bool has_more;
};

/* "webhook:12", the name of its queue. */
struct text webhook_queue(uint64_t number, char queue_out[WEBHOOK_QUEUE_SIZE]);
bool webhook_wants(const struct webhook *webhook, enum notice notice);

/* All of them, oldest first, in the arena. */
struct err ledger_webhooks(struct ledger *ledger, struct arena *arena,
                           struct webhook **webhooks_out, uint32_t *count_out) MUST_USE;
/* Adds it and fills in its number, or replaces the one of that number. */
struct err ledger_put_webhook(struct ledger *ledger, struct webhook *webhook) MUST_USE;
/* With what waits for it and its log. */
struct err ledger_drop_webhook(struct ledger *ledger, uint64_t number) MUST_USE;

/* Writes the try down, with a number of its own; nothing else changes. */
struct err ledger_add_try(struct ledger *ledger, uint64_t webhook,
                          const struct webhook_try *attempt) MUST_USE;
/* A try has ended: it goes into the log, and the webhook is failing or well. */
struct err ledger_log_try(struct ledger *ledger, uint64_t webhook,
                          const struct webhook_try *attempt, bool is_accepted) MUST_USE;
/* Newest first. */
struct err ledger_tries(struct ledger *ledger, uint64_t webhook, uint64_t before, uint32_t limit,
                        struct arena *arena, struct webhook_tries *tries_out) MUST_USE;
/* Disables one that has been failing since `failing_ms` or longer; what waits for it is dead.
 * *found_out false when there is none. */
struct err ledger_disable_failing(struct ledger *ledger, uint64_t failing_ms, uint64_t now_ms,
                                  struct arena *arena, struct webhook *webhook_out,
                                  bool *found_out) MUST_USE;

#endif
