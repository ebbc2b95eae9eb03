/* store_turn.c - where other processes record in the same store: what they recorded is applied
 * before a batch is decided. */
#include "app/executor_parts.h"
#include "base/clock.h"

#define NS_PER_MS     UINT64_C(1000000)
#define HOLD_PAUSE_NS (20 * NS_PER_MS)

static void fail(struct executor *executor, struct err err)
{
    executor->has_failed = true;
    executor->options.on_store_failure(executor->options.failure_context, err);
    check_failed("on_store_failure returned", __FILE__, __LINE__);
}

/* An event may change an order that sleeps in the tables. */
static struct err wake_order(struct executor *executor, uint64_t number)
{
    struct order *order = NULL;
    if (order_find(&executor->shop->orders, number) != NULL)
        return OK;
    if (executor->reader == NULL)
        TRY(store_reader_open(executor->options.store, &executor->reader));
    TRY(store_read_order(executor->reader, number, &executor->arena, &order));
    if (order == NULL)
        return ERR(ERR_STORE);
    order_adopt(&executor->shop->orders, order);
    return OK;
}

/* Contacts of the batch's customers say which of them has which e-mail address. */
static void note_emails(struct executor *executor, const struct store_batch *batch)
{
    struct customers *customers = &executor->shop->customers;
    for (uint32_t i = 0; i < batch->contact_count; i++) {
        const struct contact *contact = &batch->contacts[i];
        const uint8_t *tag = (const uint8_t *)contact->email_tag.data;
        if (tag != NULL && customer_find(customers, contact->customer) != NULL)
            customer_set_email(customers, contact->customer,
                               contact->email_tag.length == 0 ? NULL : tag);
    }
}

static void apply_batch(void *context, const struct store_batch *batch)
{
    struct executor *executor = context;
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    while (event_next(batch->events, batch->size, &offset, &event, &damaged)) {
        struct err err = OK;
        if (event_changed_order(event) != 0)
            err = wake_order(executor, event_changed_order(event));
        if (err.code != ERR_NONE)
            fail(executor, err);
        batch_apply_event(executor, event);
    }
    ensure(!damaged); /* the store has looked */
    note_emails(executor, batch);
    for (uint32_t i = 0; i < batch->answer_count; i++)
        once_note(executor, &batch->answers[i]);
    if (batch->size > 0)
        batch_publish_events(executor, batch->first_event,
                             (struct text){batch->events, (uint32_t)batch->size});
}

static void catch_up_decision(struct executor *executor)
{
    struct decision *decision = &executor->decision;
    const struct shop *shop = executor->shop;
    if (shop->now_ms > decision->now_ms)
        decision->now_ms = shop->now_ms;
    if (shop->last_contact > decision->contacts_numbered)
        decision->contacts_numbered = shop->last_contact;
}

static struct err take(struct executor *executor, bool writes)
{
    struct err err = store_take_turn(executor->options.store, writes, apply_batch, executor);
    const struct executor_options *options = &executor->options;
    executor->looked_ns = options->monotonic_ns(options->clock_context);
    catch_up_decision(executor);
    ensure(executor->shop->last_event == executor->options.store->recorded_event);
    if (err.code != ERR_NONE && err.code != ERR_OVERLOADED)
        fail(executor, err);
    return err;
}

static bool is_over(const struct executor *executor)
{
    return __atomic_load_n(&executor->is_overtaken, __ATOMIC_SEQ_CST);
}

bool store_turn_is_hopeless(struct executor *executor)
{
    const struct executor_options *options = &executor->options;
    if (!store_is_shared(options->store) || store_is_read_only(options->store))
        return false;
    if (is_over(executor))
        return true;
    if (store_is_reachable(options->store)) {
        __atomic_store_n(&executor->away_since_ns, 0, __ATOMIC_RELAXED);
        return false;
    }
    uint64_t now_ns = options->monotonic_ns(options->clock_context);
    uint64_t since_ns = 0;
    if (__atomic_compare_exchange_n(&executor->away_since_ns, &since_ns, now_ns, false,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        since_ns = now_ns;
    return now_ns - since_ns >= options->hold_ms * NS_PER_MS;
}

/* Commands that came meanwhile wait in their queue, which has a limit. */
static struct err take_within_hold(struct executor *executor, bool writes)
{
    struct err err = take(executor, writes);
    while (err.code != ERR_NONE && !store_turn_is_hopeless(executor) &&
           !__atomic_load_n(&executor->is_stopping, __ATOMIC_SEQ_CST)) {
        clock_sleep_ns(HOLD_PAUSE_NS);
        err = take(executor, writes);
    }
    return err;
}

bool store_turn_take(struct executor *executor)
{
    const struct batch *batch = &executor->batch;
    bool writes = false;
    if (!store_is_shared(executor->options.store))
        return true;
    if (store_is_read_only(executor->options.store)) {
        if (store_turn_follow_in_ns(executor) == 0)
            (void)take(executor, false);
        return true;
    }
    if (is_over(executor)) {
        batch_refuse(executor, ERR_AT(ERR_OVERLOADED, 0, .value = 1));
        return false;
    }
    for (uint32_t i = 0; i < batch->count; i++)
        writes = writes || !batch->commands[i]->ops->is_read;
    struct err err = take_within_hold(executor, writes);
    if (err.code != ERR_NONE)
        batch_refuse(executor, err);
    else if (writes)
        batch_fill(executor); /* else it would wait for another whole turn of everybody */
    return err.code == ERR_NONE;
}

uint64_t store_turn_follow_in_ns(const struct executor *executor)
{
    const struct executor_options *options = &executor->options;
    uint64_t due_ns = executor->looked_ns + options->follow_ms * NS_PER_MS;
    uint64_t now_ns = options->monotonic_ns(options->clock_context);
    if (is_over(executor))
        return options->follow_ms * NS_PER_MS;
    return now_ns < due_ns ? due_ns - now_ns : 0;
}

void store_turn_follow(struct executor *executor)
{
    if (!store_is_shared(executor->options.store) || is_over(executor) ||
        store_turn_follow_in_ns(executor) > 0)
        return;
    (void)take(executor, false);
    arena_reset(&executor->arena);
}
