/*
 * notices.h - wires what follows the events of a shop that is served: the ledger, the courier, and
 * the followers. Open before the api, start after the executor, stop before it, close after the
 * api.
 */
#ifndef CLI_NOTICES_H
#define CLI_NOTICES_H

#include "api/live/live.h"
#include "app/follow/event_sink.h"
#include "app/follow/notice_follower.h"
#include "cli/shop_open.h"

enum { FOLLOWERS_MAX = 4 };

struct notices {
    struct live *live;
    struct notify_settings settings;
    struct ledger *ledger;
    struct courier *courier;
    bool by_workers;
    struct notice_follower *notice_follower;
    struct event_sink *event_sink; /* NULL = there is no Kafka */
    struct follower *followers[FOLLOWERS_MAX];
    uint32_t follower_count;
    uint8_t secret[HASH_SECRET_SIZE];
    bool is_store_away; /* why opening failed: a shared database, which may come back */
};

/* False, with the reason logged and nothing left open. `config` and `open` outlive it. */
bool notices_open(struct notices *notices, const struct config *config,
                  struct open_shop *open) MUST_USE;
void notices_start(struct notices *notices);
void notices_stop(struct notices *notices);
void notices_close(struct notices *notices);

#endif
