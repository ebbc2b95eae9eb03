#include "app/follow/notice_follower.h"

#include "app/follow/asking.h"
#include "base/map.h"
#include "base/memory.h"
#include "notify/ledger_webhooks.h"
#include "shop/tracking.h"

#include <jansson.h>

enum {
    ARENA_BLOCK_SIZE = 65536,
    ARENA_MAX = 1 << 30,
    LOCAL_WAITING_MAX = 1000,
};

/* A customer, and how it wants to be told. */
struct person {
    struct customer_command view; /* first: it is asked for */
    struct text language;
    bool has_channels; /* says by which; else by e-mail */
    bool wants_email;
    bool wants_sms;
    bool wants_push;
    char topic[NOTICE_ID_SIZE]; /* its id */
};

/* What it is about, and who is told; contact 0 = nobody, or the operators. */
struct told {
    uint64_t subject;
    uint64_t contact;
    const struct person *person; /* NULL = a guest */
};

struct notice_follower {
    struct notice_follower_options options;
    uint64_t opened_event; /* the last one when it was opened */
    struct arena arena;
    struct buffer data;
    uint32_t added;           /* in this transaction */
    uint32_t local_left;      /* messages that a local channel still takes in it */
    struct webhook *webhooks; /* as they are in it, in the arena */
    uint32_t webhook_count;
    struct map orders;     /* number -> struct order_command *, of this run */
    struct map people;     /* customer's number -> struct person *, likewise */
    struct asking *asking; /* for them */
};

struct notice_follower *notice_follower_open(const struct notice_follower_options *options)
{
    struct notice_follower *self = memory_alloc_zeroed(1, sizeof(*self));
    self->options = *options;
    self->opened_event = feed_last_event(options->feed);
    arena_init(&self->arena, ARENA_BLOCK_SIZE, ARENA_MAX);
    buffer_init(&self->data, ARENA_BLOCK_SIZE);
    map_init(&self->orders, 0);
    map_init(&self->people, 0);
    self->asking = asking_open(options->executor);
    return self;
}

void notice_follower_close(struct notice_follower *self)
{
    if (self == NULL)
        return;
    asking_close(self->asking);
    map_release(&self->people);
    map_release(&self->orders);
    buffer_release(&self->data);
    arena_release(&self->arena);
    memory_free(self);
}

/* ---- orders, as they are now ---- */

static struct err ask_for_order(struct notice_follower *self, uint64_t order)
{
    uint64_t known;
    if (map_find(&self->orders, order, &known))
        return OK;
    struct arena *arena = asking_arena(self->asking);
    struct order_command *command = arena_alloc(arena, sizeof(*command));
    command->order = order;
    map_put(&self->orders, order, (uint64_t)(uintptr_t)command);
    return asking_put(self->asking, &command->command, &command_order_view, arena);
}

static struct err ask_for_person(struct notice_follower *self, uint32_t customer)
{
    uint64_t known;
    if (customer == 0 || map_find(&self->people, customer, &known))
        return OK;
    struct arena *arena = asking_arena(self->asking);
    struct person *person = arena_alloc(arena, sizeof(*person));
    person->view.number = customer;
    map_put(&self->people, customer, (uint64_t)(uintptr_t)person);
    return asking_put(self->asking, &person->view.command, &command_customer_view, arena);
}

static const struct person *find_person(const struct notice_follower *self, uint32_t customer)
{
    uint64_t found = 0;
    if (customer == 0 || !map_find(&self->people, customer, &found))
        return NULL;
    return (const struct person *)(uintptr_t)found;
}

static const struct order *find_asked(const struct notice_follower *self, uint64_t number)
{
    uint64_t found = 0;
    ensure(map_find(&self->orders, number, &found));
    return ((const struct order_command *)(uintptr_t)found)->copy;
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

/* A parcel that arrived moves its order, which is told then. */
static bool is_told(const struct event_shipment_updated *updated)
{
    return updated->status != TRACKING_DELIVERED;
}

/* The order that must be looked at to tell of the event; 0 = none. */
static uint64_t order_of(const struct event *event)
{
    enum notice notice;
    if (event->type == EVENT_SHIPMENT_UPDATED) {
        const struct event_shipment_updated *updated = event_payload(event);
        return is_told(updated) ? updated->order : 0;
    }
    if (event->type != EVENT_ORDER_CHANGED)
        return 0;
    const struct event_order_changed *changed = event_payload(event);
    return notice_of_action((enum order_action)changed->action, &notice) ? changed->order : 0;
}

static struct err ask_for_orders(struct notice_follower *self, const struct follower_run *run)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    map_release(&self->orders);
    map_init(&self->orders, 0);
    arena_reset(&self->arena);
    asking_reset(self->asking);
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged)) {
        uint64_t order = order_of(event);
        if (order != 0)
            TRY(ask_for_order(self, order));
    }
    ensure(!damaged);
    return asking_wait(self->asking);
}

/* {"channels":["email","sms"],"language":"de-AT"}, as the customer wrote it. */
static void read_preferences(struct notice_follower *self, struct text text, struct person *person)
{
    json_t *preferences = json_loadb(text.data, text.length, 0, NULL);
    const json_t *channels = json_object_get(preferences, "channels");
    struct text language = text_of(json_string_value(json_object_get(preferences, "language")));
    struct text main_part;
    person->has_channels = json_is_array(channels);
    for (size_t i = 0; i < json_array_size(channels); i++) {
        struct text name = text_of(json_string_value(json_array_get(channels, i)));
        person->wants_email |= text_equal(name, TEXT("email"));
        person->wants_sms |= text_equal(name, TEXT("sms"));
        person->wants_push |= text_equal(name, TEXT("push"));
    }
    if (text_cut(&language, '-', &main_part))
        person->language = arena_copy_text(&self->arena, main_part);
    json_decref(preferences);
}

static struct err read_person(struct notice_follower *self, struct store_reader *reader,
                              struct person *person)
{
    const struct notice_writer *writer = &self->options.writer;
    struct contact contact;
    bool is_found = false;
    uint64_t number = person->view.customer.contact;
    writer->write_id(writer->id_context, NOTICE_ID_CUSTOMER, person->view.number, person->topic);
    if (number != 0)
        TRY(store_read_contact(reader, number, &self->arena, &contact, &is_found));
    if (is_found && contact.preferences.length > 0)
        read_preferences(self, contact.preferences, person);
    return OK;
}

/* The customer that an event names; 0 = none. */
static uint32_t customer_of(const struct event *event)
{
    if (event->type == EVENT_ORDER_PLACED)
        return ((const struct event_order_placed *)event_payload(event))->customer;
    if (event->type == EVENT_CART_EXPIRING)
        return ((const struct event_cart_expiring *)event_payload(event))->customer;
    if (event->type == EVENT_CART_EXPIRED)
        return ((const struct event_cart_expired *)event_payload(event))->customer;
    return 0;
}

/* Whose orders these are, once the orders are there. */
static struct err ask_for_people(struct notice_follower *self, struct store_reader *reader,
                                 const struct follower_run *run)
{
    const struct event *event;
    struct map_slot slot;
    size_t offset = 0;
    size_t position = 0;
    bool damaged = false;
    map_release(&self->people);
    map_init(&self->people, 0);
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged)) {
        TRY(ask_for_person(self, customer_of(event)));
    }
    while (map_walk(&self->orders, &position, &slot))
        TRY(ask_for_person(self, find_asked(self, slot.key)->customer));
    TRY(asking_wait(self->asking));
    position = 0;
    while (map_walk(&self->people, &position, &slot))
        TRY(read_person(self, reader, (struct person *)(uintptr_t)slot.value));
    return OK;
}

/* ---- deliveries ---- */

/* Guests hear by e-mail; a customer as it wants, else by e-mail. */
static bool person_wants(const struct person *person, enum channel_kind kind)
{
    bool has_said = person != NULL && person->has_channels;
    switch (kind) {
    case CHANNEL_EMAIL:
        return !has_said || person->wants_email;
    case CHANNEL_SMS:
        return has_said && person->wants_sms;
    case CHANNEL_PUSH:
        return has_said && person->wants_push;
    case CHANNEL_LOCAL:
        return true;
    case CHANNEL_CHAT:
    case CHANNEL_WEBHOOK:
        break;
    }
    return false;
}

/* A customer who was erased, or gave no contact, is told nothing. The token of a forgotten password
 * goes by e-mail, whatever else a customer likes to get. */
static bool is_open(const struct notice_follower *self, const struct channel_ops *ops,
                    enum notice notice, const struct told *told)
{
    enum audience audience = notice_audience(notice);
    const struct person *person = notice == NOTICE_password_reset ? NULL : told->person;
    bool is_reached =
        audience == AUDIENCE_OPERATORS || (told->contact != 0 && person_wants(person, ops->kind));
    return channel_takes(ops, audience) && is_reached &&
           (ops->kind != CHANNEL_LOCAL || self->local_left > 0);
}

/* Is it worth being put in words? */
static bool is_wanted(const struct notice_follower *self, enum notice notice,
                      const struct told *told)
{
    for (uint32_t i = 0; i < courier_channel_count(self->options.courier); i++) {
        if (is_open(self, courier_channel(self->options.courier, i), notice, told))
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

static struct err add_row(struct notice_follower *self, struct text queue, enum notice notice,
                          const struct event *event, const struct told *told)
{
    const struct delivery delivery = {
        .queue = queue,
        .event = event->number,
        .notice = text_of(notice_name(notice)),
        .subject = told->subject,
        .contact = told->contact,
        .created_ms = event->time_ms,
        .data = buffer_text(&self->data),
        .language = told->person == NULL ? TEXT_NONE : told->person->language,
        .topic = told->person == NULL ? TEXT_NONE : text_of(told->person->topic),
    };
    self->added++;
    return ledger_add(self->options.ledger, &delivery);
}

/* One row per channel and webhook that takes it; data is what `self->data` holds. */
static struct err add(struct notice_follower *self, enum notice notice, const struct event *event,
                      struct told told)
{
    const struct courier *courier = self->options.courier;
    for (uint32_t i = 0; i < courier_channel_count(courier); i++) {
        const struct channel_ops *ops = courier_channel(courier, i);
        if (!is_open(self, ops, notice, &told))
            continue;
        self->local_left -= ops->kind == CHANNEL_LOCAL;
        TRY(add_row(self, text_of(ops->name), notice, event, &told));
    }
    told.contact = 0; /* no webhook is told of a person */
    told.person = NULL;
    for (uint32_t i = 0; i < self->webhook_count; i++) {
        char queue[WEBHOOK_QUEUE_SIZE];
        if (webhook_wants(&self->webhooks[i], notice))
            TRY(add_row(self, webhook_queue(self->webhooks[i].number, queue), notice, event,
                        &told));
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
    return add(self, NOTICE_low_stock, event, (struct told){.subject = product});
}

static struct err take_placed(struct notice_follower *self, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);
    const struct event_order_line *lines = event_order_lines(placed);
    const struct told told = {placed->order, placed->contact, find_person(self, placed->customer)};
    if (is_wanted(self, NOTICE_order_placed, &told)) {
        buffer_reset(&self->data);
        notice_write_placed(&self->options.writer, event, &self->data);
        TRY(add(self, NOTICE_order_placed, event, told));
    }
    for (uint32_t i = 0; i < placed->line_count; i++)
        TRY(look_at_stock(self, event, lines[i].product));
    return OK;
}

static struct err take_changed(struct notice_follower *self, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    enum notice notice;
    if (!notice_of_action((enum order_action)changed->action, &notice))
        return OK;
    const struct order *order = find_asked(self, changed->order);
    const struct told told = {order->number, order->contact, find_person(self, order->customer)};
    if (!is_wanted(self, notice, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_changed(&self->options.writer, notice, event, order, &self->data);
    return add(self, notice, event, told);
}

/* What a carrier says late of a parcel that is there is no news. */
static bool has_arrived(const struct order *order, uint32_t number)
{
    const struct order_shipment *shipment = order->shipments;
    while (shipment != NULL && shipment->number != number)
        shipment = shipment->next;
    return shipment != NULL && shipment->delivered_ms != 0;
}

static struct err take_shipment(struct notice_follower *self, const struct event *event)
{
    const struct event_shipment_updated *updated = event_payload(event);
    if (!is_told(updated))
        return OK;
    const struct order *order = find_asked(self, updated->order);
    const struct told told = {order->number, order->contact, find_person(self, order->customer)};
    if (has_arrived(order, updated->shipment) || !is_wanted(self, NOTICE_shipment_update, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_shipment(&self->options.writer, event, order, &self->data);
    return add(self, NOTICE_shipment_update, event, told);
}

static struct err take_payment(struct notice_follower *self, enum notice notice,
                               const struct event *event, uint64_t order)
{
    const struct told told = {.subject = order};
    if (!is_wanted(self, notice, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_payment(&self->options.writer, notice, event, &self->data);
    return add(self, notice, event, told);
}

/* Whose cart it is: a guest's contact, or the customer's. */
static struct err take_cart(struct notice_follower *self, enum notice notice,
                            const struct event *event)
{
    const struct event_cart_expiring *expiring = event_payload(event);
    const struct event_cart_expired *expired = event_payload(event);
    bool is_warning = notice == NOTICE_cart_expiring;
    uint64_t cart = is_warning ? expiring->cart : expired->cart;
    uint64_t contact = is_warning ? expiring->contact : expired->contact;
    const struct person *person =
        find_person(self, is_warning ? expiring->customer : expired->customer);
    if (contact == 0 && person != NULL)
        contact = person->view.customer.contact;
    const struct told told = {cart, contact, person};
    if (!is_wanted(self, notice, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_cart(&self->options.writer, notice, event, cart,
                      is_warning ? expiring->expires_ms : 0, &self->data);
    return add(self, notice, event, told);
}

static struct err take_moved(struct notice_follower *self, const struct event *event)
{
    const struct event_stock_moved *moved = event_payload(event);
    const struct event_stock_row *rows = event_stock_rows(moved);
    for (uint32_t i = 0; i < moved->row_count; i++)
        TRY(look_at_stock(self, event, rows[i].product));
    return OK;
}

static struct err take_reset(struct notice_follower *self, const struct event *event)
{
    const struct event_reset_asked *asked = event_payload(event);
    const struct told told = {asked->customer, asked->contact, find_person(self, asked->customer)};
    if (!is_wanted(self, NOTICE_password_reset, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_reset(&self->options.writer, event, &self->data);
    return add(self, NOTICE_password_reset, event, told);
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
    if (event->type == EVENT_ORDER_PLACED)
        return take_placed(self, event);
    if (event->type == EVENT_ORDER_CHANGED)
        return take_changed(self, event);
    if (event->type == EVENT_RESET_ASKED)
        return take_reset(self, event);
    if (event->type == EVENT_STOCK_MOVED)
        return take_moved(self, event);
    if (event->type == EVENT_SHIPMENT_UPDATED)
        return take_shipment(self, event);
    if (event->type == EVENT_CART_EXPIRING)
        return take_cart(self, NOTICE_cart_expiring, event);
    if (event->type == EVENT_CART_EXPIRED)
        return take_cart(self, NOTICE_cart_expired, event);
    if (event->type == EVENT_PAYMENT_ORPHANED)
        return take_payment(self, NOTICE_payment_orphaned, event,
                            ((const struct event_payment_orphaned *)event_payload(event))->order);
    if (event->type == EVENT_REFUND_DUE)
        return take_payment(self, NOTICE_refund_due, event,
                            ((const struct event_refund_due *)event_payload(event))->order);
    return OK;
}

static struct err take_events(struct notice_follower *self, const struct follower_run *run)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    self->added = 0;
    TRY(count_local(self));
    TRY(ledger_webhooks(self->options.ledger, &self->arena, &self->webhooks, &self->webhook_count));
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged))
        TRY(take_event(self, event));
    ensure(!damaged);
    return ledger_put_position(self->options.ledger, notice_follower_ops.name, run->last_event);
}

static struct err take(void *context, struct store_reader *reader, const struct follower_run *run)
{
    struct notice_follower *self = context;
    struct ledger *ledger = self->options.ledger;
    TRY(ask_for_orders(self, run));
    TRY(ask_for_people(self, reader, run));
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

/* A shop that had no notices until now, or comes from a backup, does not tell what is long past;
 * but what happened since the start, however late this thread came. */
static struct err position(void *context, uint64_t *event_out)
{
    struct notice_follower *self = context;
    bool is_known = false;
    TRY(ledger_position(self->options.ledger, notice_follower_ops.name, event_out, &is_known));
    if (is_known)
        return OK;
    *event_out = self->opened_event;
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
