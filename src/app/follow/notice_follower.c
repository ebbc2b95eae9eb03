#include "app/follow/notice_follower.h"

#include "base/map.h"
#include "base/memory.h"

#include <semaphore.h>

enum {
    ARENA_BLOCK_SIZE = 65536,
    ARENA_MAX = 1 << 30,
    ASKED_AT_ONCE = 256,
    LOCAL_WAITING_MAX = 1000,
};

struct notice_follower {
    struct notice_follower_options options;
    struct arena arena;
    struct buffer data;
    uint32_t added;      /* in this transaction */
    uint32_t local_left; /* messages that a local channel still takes in it */
    struct map orders;   /* number -> struct order_command *, of this run */
    struct order_command *asked[ASKED_AT_ONCE];
    uint32_t asked_count;
    sem_t answered;
};

struct notice_follower *notice_follower_open(const struct notice_follower_options *options)
{
    struct notice_follower *self = memory_alloc_zeroed(1, sizeof(*self));
    self->options = *options;
    arena_init(&self->arena, ARENA_BLOCK_SIZE, ARENA_MAX);
    buffer_init(&self->data, ARENA_BLOCK_SIZE);
    map_init(&self->orders, 0);
    ensure(sem_init(&self->answered, 0, 0) == 0);
    return self;
}

void notice_follower_close(struct notice_follower *self)
{
    if (self == NULL)
        return;
    ensure(sem_destroy(&self->answered) == 0);
    map_release(&self->orders);
    buffer_release(&self->data);
    arena_release(&self->arena);
    memory_free(self);
}

/* ---- orders, as they are now ---- */

static void post_answer(struct command *command)
{
    struct notice_follower *self = command->owner;
    ensure(sem_post(&self->answered) == 0);
}

/* Submits what is asked, and waits for all of it. */
static struct err ask_all(struct notice_follower *self)
{
    struct err err = OK;
    uint32_t submitted = 0;
    for (uint32_t i = 0; i < self->asked_count && err.code == ERR_NONE; i++) {
        err = executor_submit(self->options.executor, &self->asked[i]->command);
        submitted += err.code == ERR_NONE;
    }
    for (uint32_t i = 0; i < submitted; i++) {
        while (sem_wait(&self->answered) != 0)
            ; /* interrupted by a signal */
    }
    for (uint32_t i = 0; i < submitted && err.code == ERR_NONE; i++)
        err = self->asked[i]->command.err;
    self->asked_count = 0;
    return err;
}

static struct err ask_for(struct notice_follower *self, uint64_t order)
{
    uint64_t known;
    if (map_find(&self->orders, order, &known))
        return OK;
    struct order_command *command = arena_alloc(&self->arena, sizeof(*command));
    command->order = order;
    command->command.ops = &command_order_view;
    command->command.arena = &self->arena;
    command->command.actor = ACTOR_SYSTEM;
    command->command.done = post_answer;
    command->command.owner = self;
    map_put(&self->orders, order, (uint64_t)(uintptr_t)command);
    self->asked[self->asked_count++] = command;
    return self->asked_count == ASKED_AT_ONCE ? ask_all(self) : OK;
}

static bool notice_of_action(enum order_action action, enum notice *notice_out)
{
    switch (action) {
    case ORDER_CONFIRM:
        *notice_out = NOTICE_order_confirmed;
        return true;
    case ORDER_CANCEL_ALL:
        *notice_out = NOTICE_order_cancelled;
        return true;
    case ORDER_SHIP:
        *notice_out = NOTICE_order_shipped;
        return true;
    case ORDER_DELIVER_ALL:
        *notice_out = NOTICE_order_delivered;
        return true;
    case ORDER_CANCEL_PART:
    case ORDER_DELIVER_PART:
    case ORDER_ACTION_COUNT:
        break;
    }
    return false;
}

static bool has_channel(const struct notice_follower *self)
{
    return courier_channel_count(self->options.courier) > 0;
}

static struct err ask_for_orders(struct notice_follower *self, const struct follower_run *run)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    enum notice notice;
    map_release(&self->orders);
    map_init(&self->orders, 0);
    arena_reset(&self->arena);
    while (has_channel(self) &&
           event_next(run->events.data, run->events.length, &offset, &event, &damaged)) {
        if (event->type != EVENT_ORDER_CHANGED)
            continue;
        const struct event_order_changed *changed = event_payload(event);
        if (notice_of_action((enum order_action)changed->action, &notice))
            TRY(ask_for(self, changed->order));
    }
    ensure(!damaged);
    return ask_all(self);
}

/* ---- deliveries ---- */

static bool is_open(const struct notice_follower *self, const struct channel_ops *ops,
                    enum notice notice)
{
    return channel_takes(ops, notice_audience(notice)) &&
           (ops->kind != CHANNEL_LOCAL || self->local_left > 0);
}

/* Is it worth being put in words? */
static bool is_wanted(const struct notice_follower *self, enum notice notice)
{
    for (uint32_t i = 0; i < courier_channel_count(self->options.courier); i++) {
        if (is_open(self, courier_channel(self->options.courier, i), notice))
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

/* One row per channel that takes it; data is what `self->data` holds. */
static struct err add(struct notice_follower *self, enum notice notice, const struct event *event,
                      uint64_t subject, uint64_t contact)
{
    const struct courier *courier = self->options.courier;
    for (uint32_t i = 0; i < courier_channel_count(courier); i++) {
        const struct channel_ops *ops = courier_channel(courier, i);
        if (!is_open(self, ops, notice))
            continue;
        self->local_left -= ops->kind == CHANNEL_LOCAL;
        const struct delivery delivery = {
            .queue = text_of(ops->name),
            .event = event->number,
            .notice = text_of(notice_name(notice)),
            .subject = subject,
            .contact = contact,
            .created_ms = event->time_ms,
            .data = buffer_text(&self->data),
        };
        TRY(ledger_add(self->options.ledger, &delivery));
        self->added++;
    }
    return OK;
}

/* The view is at the event or past it; what was low for a moment only is not told. */
static struct err look_at_stock(struct notice_follower *self, const struct event *event,
                                uint32_t product)
{
    const struct view *view = self->options.writer.view;
    bool is_news = false;
    view_read_begin();
    const struct product *block = view_product(view, product);
    uint32_t threshold = block == NULL ? 0 : block->low_stock_threshold;
    bool is_low = threshold > 0 && view_available(view, product) <= threshold;
    view_read_end();
    if (threshold == 0)
        return OK;
    TRY(ledger_put_low(self->options.ledger, product, is_low, &is_news));
    if (!is_low || !is_news)
        return OK;
    buffer_reset(&self->data);
    notice_write_low_stock(&self->options.writer, event, product, &self->data);
    return add(self, NOTICE_low_stock, event, product, 0);
}

static struct err take_placed(struct notice_follower *self, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);
    const struct event_order_line *lines = event_order_lines(placed);
    if (placed->contact != 0 && is_wanted(self, NOTICE_order_placed)) {
        buffer_reset(&self->data);
        notice_write_placed(&self->options.writer, event, &self->data);
        TRY(add(self, NOTICE_order_placed, event, placed->order, placed->contact));
    }
    for (uint32_t i = 0; i < placed->line_count; i++)
        TRY(look_at_stock(self, event, lines[i].product));
    return OK;
}

static struct err take_changed(struct notice_follower *self, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    enum notice notice;
    uint64_t found;
    if (!notice_of_action((enum order_action)changed->action, &notice))
        return OK;
    ensure(map_find(&self->orders, changed->order, &found));
    const struct order *order = ((const struct order_command *)(uintptr_t)found)->copy;
    if (order->contact == 0 || !is_wanted(self, notice)) /* 0: erased */
        return OK;
    buffer_reset(&self->data);
    notice_write_changed(&self->options.writer, notice, event, order, &self->data);
    return add(self, notice, event, order->number, order->contact);
}

static struct err take_moved(struct notice_follower *self, const struct event *event)
{
    const struct event_stock_moved *moved = event_payload(event);
    const struct event_stock_row *rows = event_stock_rows(moved);
    for (uint32_t i = 0; i < moved->row_count; i++)
        TRY(look_at_stock(self, event, rows[i].product));
    return OK;
}

static void take_erased(struct notice_follower *self, const struct event *event)
{
    const struct event_contacts_erased *erased = event_payload(event);
    const uint64_t *contacts = event_contacts(erased);
    for (uint32_t i = 0; i < erased->count; i++)
        courier_forget(self->options.courier, contacts[i]);
}

static struct err take_event(struct notice_follower *self, const struct event *event)
{
    if (event->type == EVENT_CONTACTS_ERASED)
        take_erased(self, event);
    if (!has_channel(self))
        return OK;
    if (event->type == EVENT_ORDER_PLACED)
        return take_placed(self, event);
    if (event->type == EVENT_ORDER_CHANGED)
        return take_changed(self, event);
    if (event->type == EVENT_STOCK_MOVED)
        return take_moved(self, event);
    return OK;
}

static struct err take_events(struct notice_follower *self, const struct follower_run *run)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    self->added = 0;
    TRY(count_local(self));
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged))
        TRY(take_event(self, event));
    ensure(!damaged);
    return ledger_put_position(self->options.ledger, notice_follower_ops.name, run->last_event);
}

static struct err take(void *context, struct store_reader *reader, const struct follower_run *run)
{
    struct notice_follower *self = context;
    struct ledger *ledger = self->options.ledger;
    (void)reader;
    TRY(ask_for_orders(self, run));
    TRY(ledger_begin(ledger));
    struct err err = take_events(self, run);
    if (err.code != ERR_NONE) {
        ledger_rollback(ledger);
        return err;
    }
    TRY(ledger_commit(ledger));
    if (self->added > 0)
        courier_wake(self->options.courier);
    return OK;
}

/* ---- position ---- */

static struct err move(void *context, uint64_t event)
{
    struct notice_follower *self = context;
    struct ledger *ledger = self->options.ledger;
    TRY(ledger_begin(ledger));
    struct err err = ledger_put_position(ledger, notice_follower_ops.name, event);
    if (err.code == ERR_NONE)
        return ledger_commit(ledger);
    ledger_rollback(ledger);
    return err;
}

/* A shop that had no notices until now, or comes from a backup, does not tell what is long past. */
static struct err position(void *context, uint64_t *event_out)
{
    struct notice_follower *self = context;
    bool is_known = false;
    TRY(ledger_position(self->options.ledger, notice_follower_ops.name, event_out, &is_known));
    if (is_known)
        return OK;
    *event_out = feed_last_event(self->options.feed);
    return move(self, *event_out);
}

static void thread_start(void *context)
{
    (void)context;
    view_thread_register();
}

static void thread_stop(void *context)
{
    (void)context;
    view_thread_unregister();
}

const struct follower_ops notice_follower_ops = {
    .name = "notices",
    .position = position,
    .take = take,
    .move = move,
    .thread_start = thread_start,
    .thread_stop = thread_stop,
};
