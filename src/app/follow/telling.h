/*
 * telling.h - what the events of a run mean for people: which notices they are, about what, for
 * whom, and their data. Shared by whoever tells: notice_follower.c (deliveries) and event_sink.c
 * (Kafka).
 *
 *   telling_load(run)   asks the executor and the store for the orders and customers of the run
 *   telling_say(run)    then calls ops->tell() for each notice, in the order of events
 *
 * One thread, from telling_thread_start() on.
 */
#ifndef APP_FOLLOW_TELLING_H
#define APP_FOLLOW_TELLING_H

#include "app/executor.h"
#include "app/follow/follower.h"
#include "app/follow/notice_data.h"
#include "notify/wishes.h"

/* A customer, and how it wants to be told. */
struct person {
    struct customer_command view; /* first: it is asked for */
    struct wishes wishes;
    char topic[NOTICE_ID_SIZE]; /* its id */
};

/* What it is about, and who is told; contact 0 = nobody, or the operators. */
struct told {
    enum notice_id kind; /* of the subject */
    uint64_t subject;
    uint64_t contact;
    const struct person *person; /* NULL = a guest */
};

struct telling_ops {
    /* Could anything that happened until now be told to anybody? When not, orders and customers are
     * not asked for. Before the run is said. */
    struct err (*is_anybody_told)(void *context, bool *is_told_out);
    /* Is it worth being put in words? */
    bool (*is_wanted)(void *context, enum notice notice, const struct event *event,
                      const struct told *told);
    /* `data` is JSON, good until the function returns. */
    struct err (*tell)(void *context, enum notice notice, const struct event *event,
                       const struct told *told, struct text data);
    /* Notes that stock of the product is low, or not; *is_news_out when that is new to it. */
    struct err (*put_low)(void *context, uint32_t product, bool is_low, bool *is_news_out);
};

struct telling_options {
    struct executor *executor; /* asked for orders as they are */
    struct notice_writer writer;
    const struct telling_ops *ops;
    void *context;
};

struct telling;

struct telling *telling_open(const struct telling_options *options) MUST_USE;
void telling_close(struct telling *self);

/* What was loaded before is forgotten. May wait for the executor. */
struct err telling_load(struct telling *self, struct store_reader *reader,
                        const struct follower_run *run) MUST_USE;
/* The first fault of the ops ends it. */
struct err telling_say(struct telling *self, const struct follower_run *run) MUST_USE;

/* Lives until the next telling_load(). */
struct arena *telling_arena(struct telling *self);

/* For struct follower_ops: its thread reads the view. `context` is not looked at. */
void telling_thread_start(void *context);
void telling_thread_stop(void *context);

#endif
