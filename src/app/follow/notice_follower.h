/*
 * notice_follower.h - the follower that turns events into deliveries: who is to be told what, and
 * through which channels. It writes them to the ledger together with its position, and wakes the
 * courier.
 */
#ifndef APP_FOLLOW_NOTICE_FOLLOWER_H
#define APP_FOLLOW_NOTICE_FOLLOWER_H

#include "app/executor.h"
#include "app/follow/follower.h"
#include "app/follow/notice_data.h"
#include "notify/courier.h"
#include "notify/ledger.h"
#include "notify/turn.h"

struct notice_follower_options {
    struct executor *executor; /* asked for orders as they are */
    struct ledger *ledger;
    struct courier *courier;
    struct feed *feed;
    struct notice_writer writer;
    bool by_workers; /* it is they who tell, not this server */
};

struct notice_follower;

struct notice_follower *
notice_follower_open(const struct notice_follower_options *options) MUST_USE;
void notice_follower_close(struct notice_follower *self);

/* For follower_open(); the context is the struct notice_follower. */
extern const struct follower_ops notice_follower_ops;
/* For another follower with the same context, where several shopd share the ledger: whoever told
 * somebody may stand by when that is erased, and has to forget it all the same. */
extern const struct follower_ops erasure_follower_ops;

#endif
