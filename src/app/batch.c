/* batch.c - one batch: collect, decide, record, publish, answer. */
#include "app/executor_parts.h"
#include "base/log.h"
#include "base/memory.h"
#include "shop/stock_guard.h"

#include <inttypes.h>
#include <string.h>

enum {
    /* A command may find something else asleep after each read; more often is a bug. */
    FETCHES_MAX = 64,
};

static void list_push(struct command_list *list, struct command *command)
{
    command->next = NULL;
    if (list->last == NULL)
        list->first = command;
    else
        list->last->next = command;
    list->last = command;
}

static void list_pop(struct command_list *list)
{
    struct command *command = list->first;
    list->first = command->next;
    if (list->first == NULL)
        list->last = NULL;
    command->next = NULL;
}

/* --- collect --- */

static void sort_incoming(struct executor *executor)
{
    struct queue_node *node;
    while ((node = queue_pop(&executor->incoming)) != NULL) {
        struct command *command = container_of(node, struct command, queue_node);
        if (command->loaded.what != 0) {
            __atomic_fetch_sub(&executor->loading, 1, __ATOMIC_SEQ_CST);
            command->arena->is_lent = false;
            list_push(&executor->returned, command);
        } else {
            list_push(&executor->lists[command->ops->priority], command);
        }
    }
}

static uint32_t command_cost(const struct command *command)
{
    uint32_t cost = command->ops->cost == NULL ? 1 : command->ops->cost(command);
    ensure(cost > 0);
    return cost;
}

/* In order, as long as the batch has room; the first command of a batch always has. */
static uint32_t take_list(struct executor *executor, struct command_list *list, uint32_t count_max)
{
    struct batch *batch = &executor->batch;
    uint32_t taken = 0;
    while (list->first != NULL && batch->count < count_max) {
        uint32_t cost = command_cost(list->first);
        if (batch->count > 0 && cost > executor->options.batch_lines_max - batch->lines)
            break;
        batch->lines = cost > executor->options.batch_lines_max - batch->lines
                           ? executor->options.batch_lines_max
                           : batch->lines + cost;
        batch->commands[batch->count++] = list->first;
        list_pop(list);
        taken++;
    }
    return taken;
}

static void take_priority(struct executor *executor, uint32_t priority, uint32_t count_max)
{
    uint32_t taken = take_list(executor, &executor->lists[priority], count_max);
    executor->batch.taken[priority] += taken;
    __atomic_fetch_sub(&executor->waiting[priority], taken, __ATOMIC_SEQ_CST);
}

void batch_fill(struct executor *executor)
{
    sort_incoming(executor);
    uint32_t count_max = executor->options.batch_commands_max;
    uint32_t share = count_max / LOWER_SHARE;
    (void)take_list(executor, &executor->returned, count_max);
    for (uint32_t i = 0; i < PRIORITY_COUNT; i++)
        take_priority(executor, i, count_max - (PRIORITY_COUNT - 1 - i) * share);
    for (uint32_t i = 0; i < PRIORITY_COUNT; i++)
        take_priority(executor, i, count_max); /* what the others left free */
}

bool batch_collect(struct executor *executor)
{
    ensure(executor->batch.count == 0);
    batch_fill(executor);
    return executor->batch.count > 0;
}

/* --- decide --- */

static void note_erased(struct executor *executor, const struct event *event)
{
    const struct event_contacts_erased *erased = event_payload(event);
    const uint64_t *contacts = event_contacts(erased);
    for (uint32_t i = 0; i < erased->count; i++)
        map_put(&executor->erased, contacts[i], 1);
    executor->erased_event = event->number;
}

static bool note_unfolded(void *context, const struct event *event)
{
    if (event->type == EVENT_CONTACTS_ERASED)
        note_erased(context, event);
    return true;
}

struct err batch_load_erased(struct executor *executor)
{
    struct store *store = executor->options.store;
    struct store_reader *reader;
    TRY(store_reader_open(store, &reader));
    struct err err = store_read_events(reader, store_folded_event(store), note_unfolded, executor);
    store_reader_close(reader);
    return err;
}

/* What was read from tables that lag behind may name a contact that is gone. */
static void hide_erased(const struct executor *executor, struct order *order)
{
    uint64_t ignored = 0;
    if (order != NULL && order->contact != 0 &&
        map_find(&executor->erased, order->contact, &ignored))
        order->contact = 0;
}

void batch_apply_event(struct executor *executor, const struct event *event)
{
    if (event_changed_order(event) != 0) /* it may have been woken for the event */
        hide_erased(executor, order_find(&executor->shop->orders, event_changed_order(event)));
    shop_apply(executor->shop, event);
    if (event->type == EVENT_CONTACTS_ERASED) {
        note_erased(executor, event);
    } else if (event->type == EVENT_ORDER_PLACED) {
        const struct event_order_placed *placed = event_payload(event);
        residents_touch(&executor->residents, executor->shop, placed->order);
    } else if (event->type == EVENT_ORDER_IMPORTED) {
        const struct event_order_imported *imported = event_payload(event);
        residents_touch(&executor->residents, executor->shop, imported->order);
    } else if (event_changed_order(event) != 0) {
        residents_touch(&executor->residents, executor->shop, event_changed_order(event));
    }
}

static void seal_and_apply(struct executor *executor, size_t offset)
{
    struct buffer *events = &executor->events;
    while (offset < events->length) {
        size_t next = event_seal(events, offset, executor->shop->last_event + 1);
        const struct event *event = (const void *)(events->data + offset);
        batch_apply_event(executor, event);
        if (event->type == EVENT_CONTACTS_ERASED)
            executor->batch.has_erasures = true;
        ensure(next > offset);
        offset = next;
    }
    ensure(offset == events->length);
}

/* What was decided must not sell a piece twice. This check knows nothing of how it was decided, so
 * it holds against faults there, too. */
static struct err guard_stock(struct executor *executor, const struct command *command,
                              size_t offset)
{
    const struct buffer *events = &executor->events;
    if (stock_guard_holds(executor->shop, (struct text){events->data + offset,
                                                        (uint32_t)(events->length - offset)}))
        return OK;
    uint64_t *hits = &executor->stats.guard_hits;
    __atomic_store_n(hits, *hits + 1, __ATOMIC_RELAXED);
    log_error("the stock guard stopped a sale of pieces that are not there",
              ORIGIN_FORMAT " command=%s event=%" PRIu64, ORIGIN_ARGS(&command->origin),
              command->ops->name, executor->shop->last_event);
    return ERR(ERR_OUT_OF_STOCK);
}

/* A refused command leaves nothing behind. */
static struct err decide_once(struct executor *executor, struct command *command)
{
    struct decision *decision = &executor->decision;
    size_t events_before = executor->events.length;
    uint32_t contacts_before = decision->contact_count;
    uint64_t numbered_before = decision->contacts_numbered;
    ensure(command->arena == NULL || !command->arena->is_lent);
    hide_erased(executor, command->loaded.order);
    if (command->once != NULL) {
        TRY(once_judge(executor, command));
        if (command->once->is_repeat) {
            bool shows_now = command->once->answer.bytes.length == 0;
            if (shows_now && command->ops->answer != NULL)
                command->ops->answer(executor->shop, command);
            return OK;
        }
    }
    struct err err = command->ops->decide(decision, command);
    if (err.code == ERR_NONE)
        err = guard_stock(executor, command, events_before);
    const struct order *loaded = command->loaded.order;
    if (loaded != NULL && order_find(&executor->shop->orders, loaded->number) != NULL)
        residents_touch(&executor->residents, executor->shop, loaded->number);
    if (err.code != ERR_NONE) {
        executor->events.length = events_before;
        decision->contact_count = contacts_before;
        decision->contacts_numbered = numbered_before;
        return err;
    }
    ensure(!command->ops->is_read || executor->events.length == events_before);
    decision_note_operator(decision, command, events_before);
    seal_and_apply(executor, events_before);
    decision_note_emails(decision, contacts_before);
    if (command->ops->answer != NULL)
        command->ops->answer(executor->shop, command);
    if (command->once != NULL)
        once_keep(executor, command);
    return OK;
}

/* False when the command went to a loader. */
static bool decide_command(struct executor *executor, struct command *command)
{
    if (command->err.code != ERR_NONE)
        return true; /* the loader could not read */
    for (uint32_t fetches = 0;; fetches++) {
        ensure(fetches < FETCHES_MAX);
        command->err = decide_once(executor, command);
        if (command->err.code != ERR_ASLEEP)
            return true;
        struct err asleep = command->err;
        command->err = OK; /* the loader's to set: from here on the command may be its own */
        struct err err = loader_fetch(executor, command, asleep);
        if (err.code != ERR_NONE) {
            command->err = err;
            return true;
        }
        if (loader_is_threaded(executor))
            return false;
    }
}

/* How long it waited to be decided. */
static void note_wait(struct executor *executor, const struct command *command, uint64_t now_ns)
{
    if (command->ops->is_read)
        return;
    /* It may have come while the batch began. */
    uint64_t waited_ns = now_ns > command->submitted_ns ? now_ns - command->submitted_ns : 0;
    histogram_add(&executor->stats.queue_ns, &histogram_times, waited_ns, 1);
}

/* Each belongs to its owner again as soon as done() is called: not one more look at it. */
static void answer_commands(struct executor *executor, struct command *const *commands,
                            uint32_t count)
{
    struct executor_stats *stats = &executor->stats;
    uint64_t refused = 0;
    uint64_t stock_short = 0;
    for (uint32_t i = 0; i < count; i++) {
        refused += commands[i]->err.code != ERR_NONE;
        stock_short += commands[i]->err.code == ERR_OUT_OF_STOCK;
        commands[i]->recorded_ns = executor->batch.recorded_ns;
    }
    __atomic_store_n(&stats->stock_short, stats->stock_short + stock_short, __ATOMIC_RELAXED);
    __atomic_store_n(&stats->commands, stats->commands + count, __ATOMIC_RELAXED);
    __atomic_store_n(&stats->refused, stats->refused + refused, __ATOMIC_RELAXED);
    for (uint32_t i = 0; i < count; i++)
        commands[i]->done(commands[i]);
}

/* Those that only read go first and are answered at once: what they see is durable already, so
 * they need not wait for the flush. What is decided beside them nobody was told of yet. */
static void decide_reads(struct executor *executor)
{
    struct batch *batch = &executor->batch;
    uint32_t kept = 0;
    uint32_t answered = 0;
    ensure(executor->events.length == 0);
    batch->recorded_ns = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct command *command = batch->commands[i];
        if (!command->ops->is_read)
            batch->commands[kept++] = command;
        else if (decide_command(executor, command))
            batch->answered[answered++] = command;
    }
    batch->count = kept;
    answer_commands(executor, batch->answered, answered);
}

void batch_decide(struct executor *executor, uint64_t started_ns)
{
    struct batch *batch = &executor->batch;
    const struct executor_options *options = &executor->options;
    struct decision *decision = &executor->decision;
    uint64_t now_ms = options->now_ms(options->clock_context);
    if (now_ms > decision->now_ms)
        decision->now_ms = now_ms;
    batch->first_event = executor->shop->last_event + 1;
    decide_reads(executor);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct command *command = batch->commands[i];
        if (!decide_command(executor, command))
            continue;
        note_wait(executor, command, started_ns);
        batch->commands[kept++] = command;
    }
    batch->count = kept;
}

/* --- record, publish, answer --- */

void batch_refuse(struct executor *executor, struct err err)
{
    for (uint32_t i = 0; i < executor->batch.count; i++)
        executor->batch.commands[i]->err = err;
}

/* Nothing of it happened: not for those who asked, and nobody else has seen it yet. */
static void disown(struct executor *executor, struct err err)
{
    struct batch *batch = &executor->batch;
    buffer_reset(&executor->events); /* nothing is published */
    batch_refuse(executor, err);
    batch->recorded_ns = 0;
    if (!__atomic_exchange_n(&executor->is_overtaken, true, __ATOMIC_SEQ_CST))
        executor->options.on_overtaken(executor->options.failure_context);
}

static void fail(struct executor *executor, struct err err)
{
    executor->has_failed = true;
    executor->options.on_store_failure(executor->options.failure_context, err);
    check_failed("on_store_failure returned", __FILE__, __LINE__);
}

void batch_record(struct executor *executor)
{
    const struct batch *batch = &executor->batch;
    uint64_t last_event = executor->shop->last_event;
    if (executor->events.length == 0) {
        ensure(executor->decision.contact_count == 0);
        ensure(last_event + 1 == batch->first_event);
        if (executor->kept.count == 0) {
            store_yield_turn(executor->options.store);
            return;
        }
    }
    const struct store_batch record = {
        .events = executor->events.data,
        .size = executor->events.length,
        .first_event = batch->first_event,
        .last_event = last_event,
        .contacts = executor->decision.contacts,
        .contact_count = executor->decision.contact_count,
        .has_erasures = batch->has_erasures,
        .answers = executor->kept.answers,
        .answer_count = executor->kept.count,
        .answers_from = once_first_kept(executor),
    };
    struct err err = store_record(executor->options.store, &record);
    if (err.code == ERR_OVERLOADED && executor->options.on_overtaken != NULL) {
        disown(executor, err);
        return;
    }
    if (err.code != ERR_NONE)
        fail(executor, err);
    uint64_t event_count = last_event + 1 - batch->first_event;
    histogram_add(&executor->stats.batch_events, &histogram_sizes, event_count, 1);
    __atomic_store_n(&executor->stats.events, executor->stats.events + event_count,
                     __ATOMIC_RELAXED);
}

/* Nobody else looks at them. */
static void free_retired(struct catalog *catalog)
{
    for (uint32_t i = 0; i < catalog->retired_count; i++)
        memory_free(catalog->retired[i]);
    catalog->retired_count = 0;
}

void batch_publish_events(struct executor *executor, uint64_t first_event, struct text events)
{
    const struct executor_options *options = &executor->options;
    if (options->credentials != NULL)
        credentials_publish(options->credentials, executor->shop, events.data, events.length);
    if (options->view != NULL)
        view_publish(options->view, executor->shop, events.data, events.length);
    else
        free_retired(&executor->shop->catalog);
    /* Followers look at the view, too: it must know of what they are told. */
    if (options->feed != NULL)
        feed_put(options->feed, first_event, executor->shop->last_event, events);
}

void batch_publish(struct executor *executor)
{
    if (executor->events.length > 0)
        batch_publish_events(executor, executor->batch.first_event, buffer_text(&executor->events));
}

void batch_answer(struct executor *executor)
{
    struct batch *batch = &executor->batch;
    __atomic_store_n(&executor->stats.batch_bytes, executor->events.capacity + executor->arena.size,
                     __ATOMIC_RELAXED);
    buffer_reset(&executor->events);
    executor->decision.contact_count = 0;
    executor->decision.contact_capacity = 0;
    executor->decision.contacts = NULL; /* in the arena, like all scratch */
    executor->kept = (struct kept_answers){.count = 0};
    arena_reset(&executor->arena);
    uint32_t count = batch->count;
    batch->count = 0;
    batch->lines = 0;
    memset(batch->taken, 0, sizeof batch->taken);
    batch->has_erasures = false;
    answer_commands(executor, batch->commands, count);
}
