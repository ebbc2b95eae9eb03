#include "app/follow/notice_follower.h"

#include "app/follow/place.h"
#include "app/follow/telling.h"
#include "base/memory.h"
#include "notify/ledger_webhooks.h"

enum { LOCAL_WAITING_MAX = 1000 };

struct notice_follower {
    struct notice_follower_options options;
    struct telling *telling;
    struct place place;
    uint32_t added;           /* in this transaction */
    uint32_t local_left;      /* messages that a local channel still takes in it */
    struct webhook *webhooks; /* as they are in it, in the telling's arena */
    uint32_t webhook_count;
};

/* ---- deliveries ---- */

/* Do the workers tell of it? What opens an account goes through no queue outside. */
static bool is_of_workers(const struct notice_follower *self, enum notice notice,
                          const struct event *event)
{
    return notice != NOTICE_password_reset && turn_is_of_workers(&self->place.turn, event->number);
}

static bool is_open(const struct notice_follower *self, const struct channel_ops *ops,
                    enum notice notice, const struct told *told)
{
    const struct wishes *wishes = told->person == NULL ? NULL : &told->person->wishes;
    return wishes_allow(wishes, ops, notice, told->contact != 0) &&
           (ops->kind != CHANNEL_LOCAL || self->local_left > 0);
}

/* A webhook that is registered later than this looks is told of what happens later, too. */
static struct err is_anybody_told(void *context, bool *is_told_out)
{
    struct notice_follower *self = context;
    struct ledger *ledger = self->options.ledger;
    *is_told_out = courier_channel_count(self->options.courier) > 0;
    if (*is_told_out)
        return OK;
    TRY(ledger_begin(ledger));
    TRY(ledger_end(ledger, ledger_webhooks(ledger, telling_arena(self->telling), &self->webhooks,
                                           &self->webhook_count)));
    *is_told_out = self->webhook_count > 0;
    return OK;
}

static bool is_wanted(void *context, enum notice notice, const struct event *event,
                      const struct told *told)
{
    const struct notice_follower *self = context;
    const struct courier *courier = self->options.courier;
    uint32_t count = is_of_workers(self, notice, event) ? 0 : courier_channel_count(courier);
    for (uint32_t i = 0; i < count; i++) {
        if (is_open(self, courier_channel(courier, i), notice, told))
            return true;
    }
    for (uint32_t i = 0; i < self->webhook_count; i++) {
        if (webhook_wants(&self->webhooks[i], notice))
            return true;
    }
    return false;
}

/* A showcase is no queue: what does not fit into it is left out. */
static struct err count_local(struct notice_follower *self)
{
    uint32_t waiting = 0;
    self->local_left = 0;
    for (uint32_t i = 0; i < courier_channel_count(self->options.courier); i++) {
        const struct channel_ops *ops = courier_channel(self->options.courier, i);
        if (ops->kind != CHANNEL_LOCAL)
            continue;
        TRY(ledger_waiting(self->options.ledger, text_of(ops->name), LOCAL_WAITING_MAX, &waiting));
        self->local_left += LOCAL_WAITING_MAX - waiting;
    }
    return OK;
}

static struct err add_row(struct notice_follower *self, struct delivery *delivery,
                          struct text queue)
{
    delivery->queue = queue;
    self->added++;
    return ledger_add(self->options.ledger, delivery);
}

static struct err add_to_channels(struct notice_follower *self, enum notice notice,
                                  struct delivery *delivery, const struct told *told)
{
    const struct courier *courier = self->options.courier;
    for (uint32_t i = 0; i < courier_channel_count(courier); i++) {
        const struct channel_ops *ops = courier_channel(courier, i);
        if (!is_open(self, ops, notice, told))
            continue;
        self->local_left -= ops->kind == CHANNEL_LOCAL;
        TRY(add_row(self, delivery, text_of(ops->name)));
    }
    return OK;
}

/* No webhook is told of a person. */
static struct err add_to_webhooks(struct notice_follower *self, enum notice notice,
                                  struct delivery *delivery)
{
    delivery->contact = 0;
    delivery->language = delivery->topic = TEXT_NONE;
    for (uint32_t i = 0; i < self->webhook_count; i++) {
        char queue[WEBHOOK_QUEUE_SIZE];
        if (webhook_wants(&self->webhooks[i], notice))
            TRY(add_row(self, delivery, webhook_queue(self->webhooks[i].number, queue)));
    }
    return OK;
}

/* One row per channel and webhook that takes it. */
static struct err tell(void *context, enum notice notice, const struct event *event,
                       const struct told *told, struct text data)
{
    struct notice_follower *self = context;
    struct delivery delivery = {
        .event = event->number,
        .notice = text_of(notice_name(notice)),
        .subject = told->subject,
        .contact = told->contact,
        .created_ms = event->time_ms,
        .data = data,
        .language = told->person == NULL ? TEXT_NONE : told->person->wishes.language,
        .topic = told->person == NULL ? TEXT_NONE : text_of(told->person->topic),
    };
    if (!is_of_workers(self, notice, event))
        TRY(add_to_channels(self, notice, &delivery, told));
    return add_to_webhooks(self, notice, &delivery);
}

static struct err put_low(void *context, uint32_t product, bool is_low, bool *is_news_out)
{
    struct notice_follower *self = context;
    return ledger_put_low(self->options.ledger, notice_follower_ops.name, product, is_low,
                          is_news_out);
}

static const struct telling_ops telling_ops = {
    .is_anybody_told = is_anybody_told,
    .is_wanted = is_wanted,
    .tell = tell,
    .put_low = put_low,
};

/* ---- life ---- */

struct notice_follower *notice_follower_open(const struct notice_follower_options *options)
{
    struct notice_follower *self = memory_alloc_zeroed(1, sizeof(*self));
    self->options = *options;
    self->place = (struct place){.ledger = options->ledger,
                                 .follower = FOLLOWER_NOTICES,
                                 .by_workers = options->by_workers,
                                 .opened_event = feed_last_event(options->feed)};
    const struct telling_options telling = {.executor = options->executor,
                                            .writer = options->writer,
                                            .ops = &telling_ops,
                                            .context = self};
    self->telling = telling_open(&telling);
    return self;
}

void notice_follower_close(struct notice_follower *self)
{
    if (self == NULL)
        return;
    telling_close(self->telling);
    memory_free(self);
}

/* ---- events ---- */

static void forget_erased(const struct notice_follower *self, const struct follower_run *run)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged)) {
        if (event->type != EVENT_CONTACTS_ERASED)
            continue;
        const struct event_contacts_erased *erased = event_payload(event);
        const uint64_t *contacts = event_contacts(erased);
        for (uint32_t i = 0; i < erased->count; i++)
            courier_forget(self->options.courier, contacts[i]);
    }
    ensure(!damaged);
}

static struct err take_events(struct notice_follower *self, const struct follower_run *run)
{
    struct ledger *ledger = self->options.ledger;
    self->added = 0;
    TRY(count_local(self));
    TRY(ledger_webhooks(ledger, telling_arena(self->telling), &self->webhooks,
                        &self->webhook_count));
    forget_erased(self, run);
    TRY(telling_say(self->telling, run));
    return ledger_put_position(ledger, notice_follower_ops.name, run->last_event);
}

static struct err take(void *context, struct store_reader *reader, const struct follower_run *run)
{
    struct notice_follower *self = context;
    struct ledger *ledger = self->options.ledger;
    TRY(telling_load(self->telling, reader, run));
    TRY(ledger_begin_telling(ledger, self->place.term));
    TRY(ledger_end(ledger, take_events(self, run)));
    if (self->added > 0)
        courier_wake(self->options.courier);
    return OK;
}

/* ---- position ---- */

static uint64_t term(void *context)
{
    const struct notice_follower *self = context;
    return place_term(&self->place);
}

static struct err wished(void *context, uint64_t *event_out, bool *found_out)
{
    struct notice_follower *self = context;
    return place_wished(&self->place, event_out, found_out);
}

static struct err move(void *context, uint64_t event)
{
    struct notice_follower *self = context;
    return place_move(&self->place, event);
}

static struct err position(void *context, uint64_t *event_out)
{
    struct notice_follower *self = context;
    return place_read(&self->place, event_out);
}

const struct follower_ops notice_follower_ops = {
    .name = FOLLOWER_NOTICES,
    .position = position,
    .take = take,
    .move = move,
    .term = term,
    .wished = wished,
    .thread_start = telling_thread_start,
    .thread_stop = telling_thread_stop,
};

/* ---- erasures ---- */

static struct err opened(void *context, uint64_t *event_out)
{
    const struct notice_follower *self = context;
    *event_out = self->place.opened_event;
    return OK;
}

static struct err forget(void *context, struct store_reader *reader, const struct follower_run *run)
{
    const struct notice_follower *self = context;
    (void)reader;
    forget_erased(self, run);
    return OK;
}

static struct err stay(void *context, uint64_t event)
{
    (void)context;
    (void)event;
    return OK;
}

const struct follower_ops erasure_follower_ops = {
    .name = "erasures",
    .position = opened,
    .take = forget,
    .move = stay,
};
