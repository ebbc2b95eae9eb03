#include "app/follow/telling.h"

#include "app/follow/asking.h"
#include "base/map.h"
#include "base/memory.h"
#include "shop/tracking.h"

enum {
    ARENA_BLOCK_SIZE = 65536,
    ARENA_MAX = 1 << 30,
};

struct telling {
    struct telling_options options;
    struct arena arena;
    struct buffer data;
    struct map orders;     /* number -> struct order_command *, of this run */
    struct map people;     /* customer's number -> struct person *, likewise */
    struct asking *asking; /* for them */
    bool is_anybody_told;  /* of this run: else orders and people were not asked for */
};

struct telling *telling_open(const struct telling_options *options)
{
    struct telling *self = memory_alloc_zeroed(1, sizeof(*self));
    self->options = *options;
    arena_init(&self->arena, ARENA_BLOCK_SIZE, ARENA_MAX);
    buffer_init(&self->data, ARENA_BLOCK_SIZE);
    map_init(&self->orders, 0);
    map_init(&self->people, 0);
    self->asking = asking_open(options->executor);
    return self;
}

void telling_close(struct telling *self)
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

static struct err ask_for_order(struct telling *self, uint64_t order)
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

static struct err ask_for_person(struct telling *self, uint32_t customer)
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

static const struct person *find_person(const struct telling *self, uint32_t customer)
{
    uint64_t found = 0;
    if (customer == 0 || !map_find(&self->people, customer, &found))
        return NULL;
    return (const struct person *)(uintptr_t)found;
}

static const struct order *find_asked(const struct telling *self, uint64_t number)
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

static struct err ask_for_orders(struct telling *self, const struct follower_run *run)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged)) {
        uint64_t order = order_of(event);
        if (order != 0)
            TRY(ask_for_order(self, order));
    }
    ensure(!damaged);
    return asking_wait(self->asking);
}

static struct err read_person(struct telling *self, struct store_reader *reader,
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
        person->wishes = wishes_read(contact.preferences, &self->arena);
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
static struct err ask_for_people(struct telling *self, struct store_reader *reader,
                                 const struct follower_run *run)
{
    const struct event *event;
    struct map_slot slot;
    size_t offset = 0;
    size_t position = 0;
    bool damaged = false;
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

/* ---- events ---- */

static bool is_wanted(const struct telling *self, enum notice notice, const struct event *event,
                      const struct told *told)
{
    return self->options.ops->is_wanted(self->options.context, notice, event, told);
}

/* Of what `self->data` holds. */
static struct err tell(struct telling *self, enum notice notice, const struct event *event,
                       const struct told *told)
{
    return self->options.ops->tell(self->options.context, notice, event, told,
                                   buffer_text(&self->data));
}

/* The view is at the event or past it; what was low for a moment only is not told. */
static struct err look_at_stock(struct telling *self, const struct event *event, uint32_t product)
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
    TRY(self->options.ops->put_low(self->options.context, product, is_low, &is_news));
    if (!is_low || !is_news)
        return OK;
    buffer_reset(&self->data);
    notice_write_low_stock(&self->options.writer, event, product, &self->data);
    const struct told told = {NOTICE_ID_PRODUCT, .subject = product};
    return tell(self, NOTICE_low_stock, event, &told);
}

static struct err take_placed(struct telling *self, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);
    const struct event_order_line *lines = event_order_lines(placed);
    const struct told told = {NOTICE_ID_ORDER, placed->order, placed->contact,
                              find_person(self, placed->customer)};
    if (is_wanted(self, NOTICE_order_placed, event, &told)) {
        buffer_reset(&self->data);
        notice_write_placed(&self->options.writer, event, &self->data);
        TRY(tell(self, NOTICE_order_placed, event, &told));
    }
    for (uint32_t i = 0; i < placed->line_count; i++)
        TRY(look_at_stock(self, event, lines[i].product));
    return OK;
}

static struct err take_changed(struct telling *self, const struct event *event)
{
    const struct event_order_changed *changed = event_payload(event);
    enum notice notice;
    if (!self->is_anybody_told || !notice_of_action((enum order_action)changed->action, &notice))
        return OK;
    const struct order *order = find_asked(self, changed->order);
    const struct told told = {NOTICE_ID_ORDER, order->number, order->contact,
                              find_person(self, order->customer)};
    if (!is_wanted(self, notice, event, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_changed(&self->options.writer, notice, event, order, &self->data);
    return tell(self, notice, event, &told);
}

/* What a carrier says late of a parcel that is there is no news. */
static bool has_arrived(const struct order *order, uint32_t number)
{
    const struct order_shipment *shipment = order->shipments;
    while (shipment != NULL && shipment->number != number)
        shipment = shipment->next;
    return shipment != NULL && shipment->delivered_ms != 0;
}

static struct err take_shipment(struct telling *self, const struct event *event)
{
    const struct event_shipment_updated *updated = event_payload(event);
    if (!self->is_anybody_told || !is_told(updated))
        return OK;
    const struct order *order = find_asked(self, updated->order);
    const struct told told = {NOTICE_ID_ORDER, order->number, order->contact,
                              find_person(self, order->customer)};
    if (has_arrived(order, updated->shipment) ||
        !is_wanted(self, NOTICE_shipment_update, event, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_shipment(&self->options.writer, event, order, &self->data);
    return tell(self, NOTICE_shipment_update, event, &told);
}

static struct err take_payment(struct telling *self, enum notice notice, const struct event *event,
                               uint64_t order)
{
    const struct told told = {NOTICE_ID_ORDER, .subject = order};
    if (!is_wanted(self, notice, event, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_payment(&self->options.writer, notice, event, &self->data);
    return tell(self, notice, event, &told);
}

/* Whose cart it is: a guest's contact, or the customer's. */
static struct err take_cart(struct telling *self, enum notice notice, const struct event *event)
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
    const struct told told = {NOTICE_ID_CART, cart, contact, person};
    if (!is_wanted(self, notice, event, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_cart(&self->options.writer, notice, event, cart,
                      is_warning ? expiring->expires_ms : 0, &self->data);
    return tell(self, notice, event, &told);
}

static struct err take_moved(struct telling *self, const struct event *event)
{
    const struct event_stock_moved *moved = event_payload(event);
    const struct event_stock_row *rows = event_stock_rows(moved);
    for (uint32_t i = 0; i < moved->row_count; i++)
        TRY(look_at_stock(self, event, rows[i].product));
    return OK;
}

static struct err take_reset(struct telling *self, const struct event *event)
{
    const struct event_reset_asked *asked = event_payload(event);
    const struct told told = {NOTICE_ID_CUSTOMER, asked->customer, asked->contact,
                              find_person(self, asked->customer)};
    if (!is_wanted(self, NOTICE_password_reset, event, &told))
        return OK;
    buffer_reset(&self->data);
    notice_write_reset(&self->options.writer, event, &self->data);
    return tell(self, NOTICE_password_reset, event, &told);
}

static struct err take_event(struct telling *self, const struct event *event)
{
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

struct err telling_load(struct telling *self, struct store_reader *reader,
                        const struct follower_run *run)
{
    map_release(&self->orders);
    map_init(&self->orders, 0);
    map_release(&self->people);
    map_init(&self->people, 0);
    arena_reset(&self->arena);
    asking_reset(self->asking);
    TRY(self->options.ops->is_anybody_told(self->options.context, &self->is_anybody_told));
    if (!self->is_anybody_told)
        return OK;
    TRY(ask_for_orders(self, run));
    return ask_for_people(self, reader, run);
}

struct err telling_say(struct telling *self, const struct follower_run *run)
{
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged))
        TRY(take_event(self, event));
    ensure(!damaged);
    return OK;
}

struct arena *telling_arena(struct telling *self)
{
    return &self->arena;
}

void telling_thread_start(void *context)
{
    (void)context;
    view_thread_register();
}

void telling_thread_stop(void *context)
{
    (void)context;
    view_thread_unregister();
}
