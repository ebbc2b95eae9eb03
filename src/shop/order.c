#include "shop/order.h"

#include "base/memory.h"

#include <string.h>

enum { MOVES_FIRST = 4 };

/* One row per arrow of the picture in order.h. */
static const struct {
    enum order_state from;
    enum order_action action;
    enum order_state to;
} arrows[] = {
    {ORDER_PENDING, ORDER_CONFIRM, ORDER_CONFIRMED},
    {ORDER_PENDING, ORDER_CANCEL_PART, ORDER_PENDING},
    {ORDER_PENDING, ORDER_CANCEL_ALL, ORDER_CANCELLED},
    {ORDER_CONFIRMED, ORDER_CANCEL_PART, ORDER_CONFIRMED},
    {ORDER_CONFIRMED, ORDER_CANCEL_ALL, ORDER_CANCELLED},
    {ORDER_CONFIRMED, ORDER_SHIP, ORDER_SHIPPED},
    {ORDER_SHIPPED, ORDER_SHIP, ORDER_SHIPPED},
    {ORDER_SHIPPED, ORDER_DELIVER_PART, ORDER_SHIPPED},
    {ORDER_SHIPPED, ORDER_DELIVER_ALL, ORDER_DELIVERED},
};

static const char *const state_names[ORDER_STATE_COUNT] = {
    [ORDER_PENDING] = "pending",     [ORDER_CONFIRMED] = "confirmed", [ORDER_SHIPPED] = "shipped",
    [ORDER_DELIVERED] = "delivered", [ORDER_CANCELLED] = "cancelled",
};

static const char *const action_names[ORDER_ACTION_COUNT] = {
    [ORDER_CONFIRM] = "confirm",           [ORDER_CANCEL_PART] = "cancel_part",
    [ORDER_CANCEL_ALL] = "cancel",         [ORDER_SHIP] = "ship",
    [ORDER_DELIVER_PART] = "deliver_part", [ORDER_DELIVER_ALL] = "deliver",
};

static const char *const actor_names[ACTOR_COUNT] = {
    [ACTOR_GUEST] = "guest",     [ACTOR_CUSTOMER] = "customer", [ACTOR_OPERATOR] = "operator",
    [ACTOR_GATEWAY] = "gateway", [ACTOR_SYSTEM] = "system",     [ACTOR_CARRIER] = "carrier",
};

struct err order_next(enum order_state state, enum order_action action, enum order_state *state_out)
{
    ensure(state < ORDER_STATE_COUNT);
    ensure(action < ORDER_ACTION_COUNT);
    for (uint32_t i = 0; i < countof(arrows); i++) {
        if (arrows[i].from == state && arrows[i].action == action) {
            *state_out = arrows[i].to;
            return OK;
        }
    }
    return ERR_AT(ERR_ORDER_TRANSITION, 0, state);
}

const char *order_state_name(enum order_state state)
{
    ensure(state < ORDER_STATE_COUNT);
    return state_names[state];
}

const char *order_action_name(enum order_action action)
{
    ensure(action < ORDER_ACTION_COUNT);
    return action_names[action];
}

const char *actor_name(enum actor actor)
{
    ensure(actor < ACTOR_COUNT);
    return actor_names[actor];
}

int64_t order_paid_minor(const struct order *order)
{
    int64_t paid_minor = 0;
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        if (payment_is_captured((enum payment_outcome)payment->outcome))
            paid_minor += payment->amount_minor;
        else if (payment->kind == PAYMENT_REFUND_DUE)
            paid_minor -= payment->amount_minor;
    }
    return paid_minor;
}

uint32_t order_first_part(const struct order *order, uint32_t line)
{
    uint32_t low = 0;
    uint32_t high = order->part_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (order->parts[middle].line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t order_held(const struct order *order, uint32_t product, uint16_t location)
{
    uint32_t held = 0;
    for (uint32_t i = 0; i < order->part_count; i++) {
        const struct order_part *part = &order->parts[i];
        if (part->location == location && order->lines[part->line].product == product)
            held += part->reserved;
    }
    return held;
}

/* An order, its lines and its parts are one block. */
static size_t block_size(uint32_t line_count, uint32_t part_count)
{
    return sizeof(struct order) + line_count * sizeof(struct order_line) +
           part_count * sizeof(struct order_part);
}

static void block_lay_out(struct order *order, uint32_t line_count, uint32_t part_count)
{
    order->line_count = line_count;
    order->part_count = part_count;
    order->lines = (struct order_line *)(order + 1);
    order->parts = (struct order_part *)(order->lines + line_count);
}

/* So are a shipment, its lines and its texts. */
static size_t shipment_size(const struct order_shipment *shipment)
{
    return sizeof(*shipment) + shipment->line_count * sizeof(struct order_shipment_line) +
           shipment->carrier.length + shipment->tracking_number.length;
}

static struct text text_write(char **cursor, struct text text)
{
    if (text.length == 0) {
        return TEXT_NONE;
    }
    memcpy(*cursor, text.data, text.length);
    struct text written = {*cursor, text.length};
    *cursor += text.length;
    return written;
}

/* `block` has shipment_size() bytes. */
static struct order_shipment *shipment_write(void *block, const struct order_shipment *shipment)
{
    struct order_shipment *copy = block;
    *copy = *shipment;
    copy->next = NULL;
    copy->lines = (struct order_shipment_line *)(copy + 1);
    memcpy(copy->lines, shipment->lines, shipment->line_count * sizeof(*shipment->lines));
    char *cursor = (char *)(copy->lines + copy->line_count);
    copy->carrier = text_write(&cursor, shipment->carrier);
    copy->tracking_number = text_write(&cursor, shipment->tracking_number);
    return copy;
}

/* And a payment and its texts. */
static size_t payment_size(const struct order_payment *payment)
{
    return sizeof(*payment) + payment->id.length + payment->reference.length;
}

/* `block` has payment_size() bytes. */
static struct order_payment *payment_write(void *block, const struct order_payment *payment)
{
    struct order_payment *copy = block;
    *copy = *payment;
    copy->next = NULL;
    char *cursor = (char *)(copy + 1);
    copy->id = text_write(&cursor, payment->id);
    copy->reference = text_write(&cursor, payment->reference);
    return copy;
}

/* And a step of a trail and its texts. */
static size_t tracking_size(const struct order_tracking *step)
{
    return sizeof(*step) + step->id.length + step->code.length;
}

/* `block` has tracking_size() bytes. */
static struct order_tracking *tracking_write(void *block, const struct order_tracking *step)
{
    struct order_tracking *copy = block;
    *copy = *step;
    copy->next = NULL;
    char *cursor = (char *)(copy + 1);
    copy->id = text_write(&cursor, step->id);
    copy->code = text_write(&cursor, step->code);
    return copy;
}

/* Lines and parts only; no moves, no shipments, no payments, no trail. */
static struct order *copy_frame(struct arena *arena, const struct order *order)
{
    struct order *copy = arena_alloc(arena, block_size(order->line_count, order->part_count));
    *copy = *order;
    block_lay_out(copy, order->line_count, order->part_count);
    memcpy(copy->lines, order->lines, order->line_count * sizeof(*order->lines));
    memcpy(copy->parts, order->parts, order->part_count * sizeof(*order->parts));
    copy->moves = NULL;
    copy->move_count = 0;
    copy->move_capacity = 0;
    copy->shipments = NULL;
    copy->payments = NULL;
    copy->trail = NULL;
    return copy;
}

struct order *order_copy(struct arena *arena, const struct order *order)
{
    struct order *copy = copy_frame(arena, order);
    if (order->move_count > 0) {
        copy->moves = arena_alloc_array(arena, order->move_count, sizeof(*copy->moves));
        copy->move_count = order->move_count;
        copy->move_capacity = order->move_count;
    }
    for (uint32_t i = 0; i < order->move_count; i++) {
        copy->moves[i] = order->moves[i];
        struct text note = {order->moves[i].note, order->moves[i].note_length};
        copy->moves[i].note = note.length == 0 ? NULL : arena_copy_text(arena, note).data;
    }
    struct order_shipment **last = &copy->shipments;
    for (const struct order_shipment *from = order->shipments; from != NULL; from = from->next) {
        *last = shipment_write(arena_alloc(arena, shipment_size(from)), from);
        last = &(*last)->next;
    }
    struct order_payment **last_payment = &copy->payments;
    for (const struct order_payment *from = order->payments; from != NULL; from = from->next) {
        *last_payment = payment_write(arena_alloc(arena, payment_size(from)), from);
        last_payment = &(*last_payment)->next;
    }
    struct order_tracking **last_step = &copy->trail;
    for (const struct order_tracking *from = order->trail; from != NULL; from = from->next) {
        *last_step = tracking_write(arena_alloc(arena, tracking_size(from)), from);
        last_step = &(*last_step)->next;
    }
    return copy;
}

struct order *order_copy_placed(struct arena *arena, const struct order *order)
{
    struct order *copy = copy_frame(arena, order);
    copy->state = ORDER_PENDING;
    copy->totals = order->totals_ordered;
    for (uint32_t i = 0; i < copy->line_count; i++) {
        copy->lines[i].quantity = copy->lines[i].quantity_ordered;
        copy->lines[i].discount_minor = copy->lines[i].discount_ordered_minor;
    }
    for (uint32_t i = 0; i < copy->part_count; i++) {
        copy->parts[i].reserved = copy->parts[i].reserved_ordered;
        copy->parts[i].shipped = 0;
    }
    return copy;
}

void orders_init(struct orders *orders)
{
    *orders = (struct orders){.last_number = 0};
    map_init(&orders->by_number, 0);
}

static void order_free(struct order *order)
{
    for (uint32_t i = 0; i < order->move_count; i++) {
        /* Only this module made the note, as a block of its own. */
        memory_free((void *)(uintptr_t)order->moves[i].note);
    }
    memory_free(order->moves);
    while (order->shipments != NULL) {
        struct order_shipment *next = order->shipments->next;
        memory_free(order->shipments);
        order->shipments = next;
    }
    while (order->payments != NULL) {
        struct order_payment *next = order->payments->next;
        memory_free(order->payments);
        order->payments = next;
    }
    while (order->trail != NULL) {
        struct order_tracking *next = order->trail->next;
        memory_free(order->trail);
        order->trail = next;
    }
    memory_free(order);
}

static struct order *order_at(uint64_t value)
{
    return (struct order *)(uintptr_t)value;
}

void orders_release(struct orders *orders)
{
    for (size_t i = 0; i < orders->by_number.slot_count; i++) {
        if (orders->by_number.slots[i].key != 0) {
            order_free(order_at(orders->by_number.slots[i].value));
        }
    }
    map_release(&orders->by_number);
}

struct order *order_find(const struct orders *orders, uint64_t number)
{
    uint64_t value = 0;
    if (number == 0 || !map_find(&orders->by_number, number, &value)) {
        return NULL;
    }
    return order_at(value);
}

struct order *order_create(struct orders *orders, uint64_t number, uint32_t line_count,
                           uint32_t part_count)
{
    ensure(number != 0);
    ensure(order_find(orders, number) == NULL);
    ensure(line_count > 0);
    ensure(line_count <= ORDER_LINES_MAX);
    ensure(part_count >= line_count);

    struct order *order = memory_alloc_zeroed(1, block_size(line_count, part_count));
    order->number = number;
    block_lay_out(order, line_count, part_count);
    map_put(&orders->by_number, number, (uintptr_t)order);
    if (number > orders->last_number) {
        orders->last_number = number;
    }
    return order;
}

struct order *order_adopt(struct orders *orders, const struct order *image)
{
    order_check(image);
    struct order *order = order_create(orders, image->number, image->line_count, image->part_count);
    struct order fresh = *order;
    *order = *image;
    order->lines = fresh.lines;
    order->parts = fresh.parts;
    order->moves = NULL;
    order->move_count = 0;
    order->move_capacity = 0;
    order->shipments = NULL;
    order->payments = NULL;
    order->trail = NULL;
    memcpy(order->lines, image->lines, image->line_count * sizeof(*image->lines));
    memcpy(order->parts, image->parts, image->part_count * sizeof(*image->parts));
    for (uint32_t i = 0; i < image->move_count; i++) {
        order_add_move(order, &image->moves[i]);
    }
    for (const struct order_shipment *from = image->shipments; from != NULL; from = from->next) {
        order_add_shipment(order, from);
    }
    for (const struct order_payment *from = image->payments; from != NULL; from = from->next) {
        order_add_payment(order, from);
    }
    for (const struct order_tracking *from = image->trail; from != NULL; from = from->next) {
        order_add_tracking(order, from);
    }
    return order;
}

void order_add_move(struct order *order, const struct order_move *move)
{
    ensure(move->action < ORDER_ACTION_COUNT);
    ensure(move->state < ORDER_STATE_COUNT);
    if (order->move_count == order->move_capacity) {
        order->move_capacity = order->move_capacity == 0 ? MOVES_FIRST : 2 * order->move_capacity;
        order->moves = memory_resize(order->moves, order->move_capacity * sizeof(*order->moves));
    }
    struct order_move *added = &order->moves[order->move_count++];
    *added = *move;
    added->note = NULL;
    if (move->note_length > 0) {
        char *note = memory_alloc(move->note_length);
        memcpy(note, move->note, move->note_length);
        added->note = note;
    }
}

void order_add_shipment(struct order *order, const struct order_shipment *shipment)
{
    ensure(shipment->line_count > 0);
    struct order_shipment **last = &order->shipments;
    uint32_t number = 1;
    while (*last != NULL) {
        last = &(*last)->next;
        number++;
    }
    ensure(shipment->number == number);
    *last = shipment_write(memory_alloc(shipment_size(shipment)), shipment);
}

void order_add_payment(struct order *order, const struct order_payment *payment)
{
    struct order_payment **last = &order->payments;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = payment_write(memory_alloc(payment_size(payment)), payment);
}

void order_add_tracking(struct order *order, const struct order_tracking *step)
{
    struct order_tracking **place = &order->trail;
    while (*place != NULL &&
           ((*place)->shipment < step->shipment ||
            ((*place)->shipment == step->shipment && (*place)->occurred_ms <= step->occurred_ms))) {
        place = &(*place)->next;
    }
    struct order_tracking *added = tracking_write(memory_alloc(tracking_size(step)), step);
    added->next = *place;
    *place = added;
}

void order_forget(struct orders *orders, uint64_t number)
{
    struct order *order = order_find(orders, number);
    ensure(order != NULL);
    order_free(order);
    map_remove(&orders->by_number, number);
}
