/*
 * channel.h - a way to reach people, behind one table of functions: channel_<name>.c defines
 * `const struct channel_ops channel_<name>`, one line of channels.def names it, the setting
 * `channels` switches it on.
 *
 * All of it runs on the courier's thread and never blocks: send() is done at once, or prepares a
 * transfer that the courier runs with libcurl beside thousands of others.
 */
#ifndef NOTIFY_CHANNEL_H
#define NOTIFY_CHANNEL_H

#include "notify/message.h"
#include "notify/transfer.h"

enum channel_kind {
    CHANNEL_EMAIL = 0, /* whoever has an address */
    CHANNEL_SMS,       /* whoever has a telephone number */
    CHANNEL_PUSH,
    CHANNEL_CHAT,    /* the operators */
    CHANNEL_LOCAL,   /* every message, for looking at */
    CHANNEL_WEBHOOK, /* whoever registered for it; not switched on by a setting */
};

enum channel_answer {
    CHANNEL_UNDER_WAY = 0, /* the transfer is ready to run */
    CHANNEL_ACCEPTED,      /* done */
    CHANNEL_AGAIN,         /* may pass: try later */
    CHANNEL_REFUSED,       /* will not */
};

struct channel {
    const struct channel_ops *ops;
    const struct notify_settings *settings;
    void *state; /* the channel's own */
};

struct channel_ops {
    const char *name;
    enum channel_kind kind;
    uint32_t calls_max; /* under way at once, where a provider wants few; 0 = as many as workers */
    /* Looks at its settings; false, and logged, when they do not suffice. NULL = needs none. */
    bool (*open)(struct channel *channel);
    void (*close)(struct channel *channel);
    /* Before messages go: what must be had first, such as an access token. ACCEPTED: it is there.
     * UNDER_WAY: the transfer gets it, and prepared() looks at the answer; false = try later. NULL
     * = nothing is needed. */
    enum channel_answer (*prepare)(struct channel *channel, uint64_t now_ms,
                                   struct transfer *transfer);
    bool (*prepared)(struct channel *channel, uint64_t now_ms, const struct transfer *transfer);
    enum channel_answer (*send)(struct channel *channel, const struct message *message,
                                struct transfer *transfer);
    /* What the end of a transfer means; NULL = transfer_judge_http(). */
    enum channel_answer (*judge)(const struct transfer *transfer);
    /* The contact was erased: whatever is kept of it goes. NULL = nothing is. */
    void (*forget)(struct channel *channel, uint64_t contact);
    /* The same for every contact that is_gone() tells of; some may have been erased while nobody
     * ran. NULL = nothing is kept. */
    void (*forget_gone)(struct channel *channel, bool (*is_gone)(void *context, uint64_t contact),
                        void *context);
};

/* 2xx: accepted. 408, 425, 429, 5xx and no answer: again. All else: refused. */
enum channel_answer transfer_judge_http(const struct transfer *transfer);

/* NULL when there is none of this name. */
const struct channel_ops *channel_find(struct text name);
/* May a message of this audience go there at all? */
bool channel_takes(const struct channel_ops *ops, enum audience audience);
/* Does the channel have what it needs to reach the receiver? */
bool channel_reaches(const struct channel_ops *ops, const struct message *message);

#endif
