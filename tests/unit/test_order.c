/* The life of an order: the whole matrix of states and actions, copies, what order_check() refuses.
 */
#include "lib/abort.h"
#include "shop/order.h"
#include "test.h"

#include <string.h>

enum { NEVER = -1 };

/* What each action leads to from each state, as DESIGN says it; NEVER = refused. */
static const int matrix[ORDER_STATE_COUNT][ORDER_ACTION_COUNT] = {
    [ORDER_PENDING] = {[ORDER_CONFIRM] = ORDER_CONFIRMED,
                       [ORDER_CANCEL_PART] = ORDER_PENDING,
                       [ORDER_CANCEL_ALL] = ORDER_CANCELLED,
                       [ORDER_SHIP] = NEVER,
                       [ORDER_DELIVER_PART] = NEVER,
                       [ORDER_DELIVER_ALL] = NEVER},
    [ORDER_CONFIRMED] = {[ORDER_CONFIRM] = NEVER,
                         [ORDER_CANCEL_PART] = ORDER_CONFIRMED,
                         [ORDER_CANCEL_ALL] = ORDER_CANCELLED,
                         [ORDER_SHIP] = ORDER_SHIPPED,
                         [ORDER_DELIVER_PART] = NEVER,
                         [ORDER_DELIVER_ALL] = NEVER},
    [ORDER_SHIPPED] = {[ORDER_CONFIRM] = NEVER,
                       [ORDER_CANCEL_PART] = NEVER,
                       [ORDER_CANCEL_ALL] = NEVER,
                       [ORDER_SHIP] = ORDER_SHIPPED,
                       [ORDER_DELIVER_PART] = ORDER_SHIPPED,
                       [ORDER_DELIVER_ALL] = ORDER_DELIVERED},
    [ORDER_DELIVERED] = {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER},
    [ORDER_CANCELLED] = {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER},
};

static void every_state_answers_every_action(void **state)
{
    (void)state;
    for (int from = 0; from < ORDER_STATE_COUNT; from++) {
        for (int action = 0; action < ORDER_ACTION_COUNT; action++) {
            enum order_state to = ORDER_STATE_COUNT;
            struct err err = order_next((enum order_state)from, (enum order_action)action, &to);
            if (matrix[from][action] == NEVER) {
                assert_err(err, ERR_ORDER_TRANSITION);
                assert_int_equal(err.value, from);
                assert_int_equal(err.index, 0);
                assert_int_equal(to, ORDER_STATE_COUNT);
            } else {
                assert_ok(err);
                assert_int_equal(to, matrix[from][action]);
            }
        }
    }
}

static void names_are_those_of_the_api(void **state)
{
    (void)state;
    static const char *const states[] = {"pending", "confirmed", "shipped", "delivered",
                                         "cancelled"};
    static const char *const actions[] = {"confirm", "cancel_part",  "cancel",
                                          "ship",    "deliver_part", "deliver"};
    static const char *const actors[] = {"guest",   "customer", "operator",
                                         "gateway", "system",   "carrier"};
    for (int i = 0; i < ORDER_STATE_COUNT; i++)
        assert_string_equal(order_state_name((enum order_state)i), states[i]);
    for (int i = 0; i < ORDER_ACTION_COUNT; i++)
        assert_string_equal(order_action_name((enum order_action)i), actions[i]);
    for (int i = 0; i < ACTOR_COUNT; i++)
        assert_string_equal(actor_name((enum actor)i), actors[i]);
}

static void a_number_that_is_no_state_action_or_actor_is_a_bug(void **state)
{
    (void)state;
    enum order_state to;
    assert_aborts((void)order_next(ORDER_STATE_COUNT, ORDER_CONFIRM, &to).code);
    assert_aborts((void)order_next(ORDER_PENDING, ORDER_ACTION_COUNT, &to).code);
    assert_aborts((void)order_state_name(ORDER_STATE_COUNT));
    assert_aborts((void)order_action_name(ORDER_ACTION_COUNT));
    assert_aborts((void)actor_name(ACTOR_COUNT));
}

/*
 * Order 7: 5 of product 11 at 1,999 less 1,000 (3 from place 1, 2 from place 2), 2 of product 12 at
 * 50 from place 1. 10,095 - 1,000 = 9,095.
 */
static struct order *place(struct orders *orders)
{
    struct order *order = order_create(orders, 7, 2, 3);
    order->cart = 99;
    order->contact = 5;
    order->previous = 6;
    order->created_ms = 1000;
    order->currency = 1;
    order->pricing_version = 1;
    order->lines[0] = (struct order_line){.product = 11,
                                          .quantity_ordered = 5,
                                          .quantity = 5,
                                          .unit_price_minor = 1999,
                                          .discount_ordered_minor = 1000,
                                          .discount_minor = 1000};
    order->lines[1] = (struct order_line){
        .product = 12, .quantity_ordered = 2, .quantity = 2, .unit_price_minor = 50};
    order->parts[0] =
        (struct order_part){.line = 0, .location = 1, .reserved = 3, .reserved_ordered = 3};
    order->parts[1] =
        (struct order_part){.line = 0, .location = 2, .reserved = 2, .reserved_ordered = 2};
    order->parts[2] =
        (struct order_part){.line = 1, .location = 1, .reserved = 2, .reserved_ordered = 2};
    order->totals = (struct order_totals){10095, 1000, 0, 0, 9095};
    order->totals_ordered = order->totals;
    return order;
}

static void move(struct order *order, enum order_action action, uint64_t at_ms)
{
    enum order_state to = ORDER_STATE_COUNT;
    assert_ok(order_next(order->state, action, &to));
    order->state = (uint8_t)to;
    order_add_move(order, &(struct order_move){.at_ms = at_ms,
                                               .action = (uint8_t)action,
                                               .state = (uint8_t)to,
                                               .actor = ACTOR_OPERATOR,
                                               .note = "why",
                                               .note_length = action == ORDER_SHIP ? 3 : 0});
}

/* Everything of the order that lies at place 1 goes out: 3 and 2 pieces. */
static void ship_first_place(struct order *order)
{
    move(order, ORDER_CONFIRM, 2000);
    move(order, ORDER_SHIP, 3000);
    order->parts[0].reserved = 0;
    order->parts[0].shipped = 3;
    order->parts[2].reserved = 0;
    order->parts[2].shipped = 2;
    struct order_shipment_line lines[] = {{0, 3}, {1, 2}};
    order_add_shipment(order, &(struct order_shipment){.number = 1,
                                                       .location = 1,
                                                       .line_count = 2,
                                                       .shipped_ms = 3000,
                                                       .carrier = TEXT("DHL"),
                                                       .tracking_number = TEXT("T-1"),
                                                       .lines = lines});
}

static void ship_second_place(struct order *order)
{
    move(order, ORDER_SHIP, 4000);
    order->parts[1].reserved = 0;
    order->parts[1].shipped = 2;
    struct order_shipment_line lines[] = {{0, 2}};
    order_add_shipment(
        order,
        &(struct order_shipment){
            .number = 2, .location = 2, .line_count = 1, .shipped_ms = 4000, .lines = lines});
}

static void an_order_of_every_state_passes_its_check(void **state)
{
    (void)state;
    struct orders orders;
    orders_init(&orders);
    struct order *order = place(&orders);
    order_check(order);
    ship_first_place(order);
    order_check(order);
    ship_second_place(order);
    order_check(order);
    order->shipments->delivered_ms = 5000;
    move(order, ORDER_DELIVER_PART, 5000);
    order_check(order);
    order->shipments->next->delivered_ms = 5000;
    move(order, ORDER_DELIVER_ALL, 5000);
    order_check(order);
    assert_int_equal(order->state, ORDER_DELIVERED);
    assert_int_equal(order->move_count, 5);
    orders_release(&orders);
}

static void cancel_everything(struct order *order)
{
    for (uint32_t i = 0; i < 2; i++) {
        order->lines[i].quantity = 0;
        order->lines[i].discount_minor = 0;
    }
    for (uint32_t i = 0; i < 3; i++)
        order->parts[i].reserved = 0;
    order->totals = (struct order_totals){0};
}

static void a_cancelled_order_holds_and_costs_nothing(void **state)
{
    (void)state;
    struct orders orders;
    orders_init(&orders);
    struct order *order = place(&orders);
    cancel_everything(order);
    assert_aborts(order_check(order)); /* nothing left but still pending */
    move(order, ORDER_CANCEL_ALL, 1000);
    order_check(order);
    orders_release(&orders);
}

static void an_order_at_the_limits_passes(void **state)
{
    (void)state;
    struct orders orders;
    orders_init(&orders);
    struct order *order = place(&orders);
    /* 5 x 10^11 and 2 x 10^11, all but the first of them given away. */
    order->lines[0].unit_price_minor = MONEY_PRICE_MAX;
    order->lines[0].discount_minor = order->lines[0].discount_ordered_minor = 5 * MONEY_PRICE_MAX;
    order->lines[1].unit_price_minor = MONEY_PRICE_MAX;
    order->totals = (struct order_totals){7 * MONEY_PRICE_MAX, 5 * MONEY_PRICE_MAX, 3, 4,
                                          2 * MONEY_PRICE_MAX + 7};
    order->totals_ordered = order->totals;
    order_check(order);
    order->lines[1].unit_price_minor = MONEY_PRICE_MAX + 1;
    order->totals.subtotal_minor += 2;
    order->totals.total_minor += 2;
    order->totals_ordered = order->totals;
    assert_aborts(order_check(order));
    orders_release(&orders);
}

/* One field of a pending order, spoiled. */
struct spoil {
    const char *what;
    void (*spoil)(struct order *order);
};

#define SPOIL(name, statement)                                                                     \
    static void spoil_##name(struct order *order)                                                  \
    {                                                                                              \
        statement;                                                                                 \
    }
#include "unit/order_spoils.def"
#undef SPOIL

static const struct spoil spoils[] = {
#define SPOIL(name, statement) {#name, spoil_##name},
#include "unit/order_spoils.def"
#undef SPOIL
};

static void a_spoiled_order_does_not_pass(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < countof(spoils); i++) {
        struct orders orders;
        orders_init(&orders);
        struct order *order = place(&orders);
        if (strncmp(spoils[i].what, "shipped_", 8) == 0)
            ship_first_place(order);
        order_check(order);
        if (abort_child_begin()) {
            spoils[i].spoil(order);
            order_check(order);
            abort_child_end();
        }
        if (!abort_child_aborted())
            fail_msg("order_check() accepts: %s", spoils[i].what);
        orders_release(&orders);
    }
}

/* An order of as many lines as there may be, each of `quantity` pieces at the highest price. */
static const char *fault_of_the_largest(uint32_t quantity, int64_t subtotal_minor)
{
    struct orders orders;
    orders_init(&orders);
    struct order *order = order_create(&orders, 7, ORDER_LINES_MAX, ORDER_LINES_MAX);
    order->cart = 99;
    order->created_ms = 1000;
    order->currency = 1;
    order->pricing_version = 1;
    for (uint32_t i = 0; i < ORDER_LINES_MAX; i++) {
        order->lines[i] = (struct order_line){.product = 1 + i,
                                              .quantity_ordered = quantity,
                                              .quantity = quantity,
                                              .unit_price_minor = MONEY_PRICE_MAX};
        order->parts[i] = (struct order_part){
            .line = i, .location = 1, .reserved = quantity, .reserved_ordered = quantity};
    }
    order->totals = (struct order_totals){subtotal_minor, 0, 0, 0, subtotal_minor};
    order->totals_ordered = order->totals;
    const char *fault = order_find_fault(order);
    orders_release(&orders);
    return fault;
}

static void the_largest_lines_add_up_in_64_bits_and_larger_ones_are_named(void **state)
{
    uint32_t fits = (uint32_t)(MONEY_TOTAL_MAX / MONEY_PRICE_MAX);
    (void)state;
    assert_string_equal(fault_of_the_largest(fits, ORDER_LINES_MAX * MONEY_TOTAL_MAX),
                        "totals.total: is out of range");
    assert_string_equal(fault_of_the_largest(fits + 1, MONEY_TOTAL_MAX),
                        "lines: the amount is too large");
    assert_string_equal(fault_of_the_largest(UINT32_MAX, MONEY_TOTAL_MAX),
                        "lines: the amount is too large");
}

static void amounts_that_cannot_be_added_up_are_named(void **state)
{
    struct orders orders;
    (void)state;
    orders_init(&orders);
    struct order *order = place(&orders);
    order->totals.shipping_minor = order->totals.tax_minor = INT64_MAX;
    assert_string_equal(order_find_fault(order), "totals.total: is out of range");
    order->totals.shipping_minor = 0;
    assert_string_equal(order_find_fault(order), "totals.total: is out of range");
    orders_release(&orders);

    orders_init(&orders);
    order = place(&orders);
    order->lines[0].discount_ordered_minor = order->lines[1].discount_ordered_minor = INT64_MAX;
    assert_string_equal(order_find_fault(order), "lines: discount_ordered is above the price");
    orders_release(&orders);
}

/* `count` times the same payment of the highest amount, with or without an id. */
static const char *fault_of_payments(uint32_t count, enum payment_kind kind,
                                     enum payment_outcome outcome)
{
    enum { PAYMENTS = 10000 };
    static struct order_payment payments[PAYMENTS];
    struct orders orders;
    orders_init(&orders);
    struct order *order = place(&orders);
    for (uint32_t i = 0; i < count; i++)
        payments[i] = (struct order_payment){
            .next = i + 1 < count ? &payments[i + 1] : NULL,
            .kind = (uint8_t)kind,
            .outcome = (uint8_t)outcome,
            .amount_minor = MONEY_TOTAL_MAX,
            .id = kind == PAYMENT_REFUND_DUE ? TEXT_NONE : TEXT("id"),
        };
    order->payments = payments;
    const char *fault = order_find_fault(order);
    order->payments = NULL;
    orders_release(&orders);
    return fault;
}

static void payments_of_the_highest_amount_add_up_and_too_many_are_named(void **state)
{
    (void)state;
    assert_null(fault_of_payments(PAYMENTS_MAX, PAYMENT_SUCCEEDED, PAYMENT_CAPTURED));
    assert_string_equal(fault_of_payments(PAYMENTS_MAX + 1, PAYMENT_SUCCEEDED, PAYMENT_CAPTURED),
                        "payments: too many");
    assert_string_equal(fault_of_payments(10000, PAYMENT_SUCCEEDED, PAYMENT_CAPTURED),
                        "payments: too many");
    assert_null(fault_of_payments(PAYMENTS_MAX, PAYMENT_REFUND_DUE, PAYMENT_RAISED));
    assert_string_equal(fault_of_payments(10000, PAYMENT_REFUND_DUE, PAYMENT_RAISED),
                        "payments: more is due back than was ever paid");
}

static void a_copy_is_deep_and_survives_the_order(void **state)
{
    (void)state;
    struct orders orders;
    struct arena arena;
    orders_init(&orders);
    arena_init(&arena, 4096, 1 << 20);
    struct order *order = place(&orders);
    ship_first_place(order);
    ship_second_place(order);
    struct order *copy = order_copy(&arena, order);
    const struct order_shipment *shipment = order->shipments;
    assert_ptr_not_equal(copy->shipments->carrier.data, shipment->carrier.data);
    assert_ptr_not_equal(copy->shipments->tracking_number.data, shipment->tracking_number.data);
    assert_ptr_not_equal(copy->shipments->lines, shipment->lines);
    assert_ptr_not_equal(copy->moves[1].note, order->moves[1].note);
    orders_release(&orders);

    order_check(copy);
    assert_int_equal(copy->number, 7);
    assert_int_equal(copy->contact, 5);
    assert_int_equal(copy->previous, 6);
    assert_int_equal(copy->state, ORDER_SHIPPED);
    assert_int_equal(copy->lines[1].product, 12);
    assert_int_equal(copy->parts[1].shipped, 2);
    assert_int_equal(copy->move_count, 3);
    assert_int_equal(copy->moves[0].note_length, 0);
    assert_null(copy->moves[0].note);
    assert_int_equal(copy->moves[1].at_ms, 3000);
    assert_memory_equal(copy->moves[1].note, "why", 3);
    assert_true(text_equal(copy->shipments->carrier, TEXT("DHL")));
    assert_true(text_equal(copy->shipments->tracking_number, TEXT("T-1")));
    assert_int_equal(copy->shipments->lines[1].quantity, 2);
    assert_int_equal(copy->shipments->next->number, 2);
    assert_int_equal(copy->shipments->next->carrier.length, 0);
    assert_null(copy->shipments->next->next);
    arena_release(&arena);
}

static void the_shortest_note_is_copied_too(void **state)
{
    (void)state;
    struct orders orders;
    struct arena arena;
    orders_init(&orders);
    arena_init(&arena, 4096, 1 << 20);
    struct order *order = place(&orders);
    char note[] = "y";
    order_add_move(order, &(struct order_move){.at_ms = 2000,
                                               .action = ORDER_CONFIRM,
                                               .state = ORDER_CONFIRMED,
                                               .actor = ACTOR_OPERATOR,
                                               .note_length = 1,
                                               .note = note});
    order->state = ORDER_CONFIRMED;
    note[0] = 'n';
    struct order *copy = order_copy(&arena, order);
    orders_release(&orders);
    assert_int_equal(copy->moves[0].note_length, 1);
    assert_non_null(copy->moves[0].note);
    assert_int_equal(copy->moves[0].note[0], 'y');
    arena_release(&arena);
}

static void a_copy_as_placed_forgets_what_came_after(void **state)
{
    (void)state;
    struct orders orders;
    struct arena arena;
    orders_init(&orders);
    arena_init(&arena, 4096, 1 << 20);
    struct order *order = place(&orders);
    /* One of the five is taken off: 1,000 x 4/5 = 800 of the discount stay. */
    order->lines[0].quantity = 4;
    order->lines[0].discount_minor = 800;
    order->parts[1].reserved = 1;
    order->totals = (struct order_totals){8096, 800, 0, 0, 7296};
    move(order, ORDER_CANCEL_PART, 1500);
    order_check(order);
    struct order *copy = order_copy_placed(&arena, order);

    order_check(copy);
    assert_int_equal(copy->state, ORDER_PENDING);
    assert_int_equal(copy->lines[0].quantity, 5);
    assert_int_equal(copy->lines[0].discount_minor, 1000);
    assert_int_equal(copy->parts[1].reserved, 2);
    assert_int_equal(copy->totals.total_minor, 9095);
    assert_int_equal(copy->move_count, 0);
    assert_null(copy->moves);
    assert_int_equal(order->lines[0].quantity, 4);
    arena_release(&arena);
    orders_release(&orders);
}

static void a_copy_as_placed_has_shipped_nothing(void **state)
{
    (void)state;
    struct orders orders;
    struct arena arena;
    orders_init(&orders);
    arena_init(&arena, 4096, 1 << 20);
    struct order *order = place(&orders);
    ship_first_place(order);
    struct order *copy = order_copy_placed(&arena, order);
    order_check(copy);
    assert_null(copy->shipments);
    assert_int_equal(copy->parts[0].shipped, 0);
    assert_int_equal(copy->parts[0].reserved, 3);
    assert_int_equal(copy->move_count, 0);
    assert_int_equal(copy->move_capacity, 0);
    arena_release(&arena);
    orders_release(&orders);
}

static void an_order_sleeps_and_is_adopted_unchanged(void **state)
{
    (void)state;
    struct orders orders;
    struct arena arena;
    orders_init(&orders);
    arena_init(&arena, 4096, 1 << 20);
    struct order *order = place(&orders);
    assert_ptr_equal(order_find(&orders, 7), order);
    assert_int_equal(orders.last_number, 7);
    ship_first_place(order);
    ship_second_place(order);
    struct order *image = order_copy(&arena, order);
    order_forget(&orders, 7);
    assert_null(order_find(&orders, 7));
    assert_int_equal(orders.last_number, 7);

    struct order *adopted = order_adopt(&orders, image);
    assert_ptr_equal(order_find(&orders, 7), adopted);
    order_check(adopted);
    assert_memory_equal(adopted->lines, image->lines, 2 * sizeof(*image->lines));
    assert_memory_equal(adopted->parts, image->parts, 3 * sizeof(*image->parts));
    assert_ptr_not_equal(adopted->lines, image->lines);
    assert_ptr_not_equal(adopted->parts, image->parts);
    assert_int_equal(adopted->move_count, 3);
    assert_memory_equal(adopted->moves[1].note, "why", 3);
    assert_ptr_not_equal(adopted->moves[1].note, image->moves[1].note);
    assert_true(text_equal(adopted->shipments->carrier, TEXT("DHL")));
    assert_int_equal(adopted->shipments->next->lines[0].quantity, 2);
    assert_int_equal(adopted->contact, 5);
    /* Its history goes on from where it was. */
    adopted->shipments->delivered_ms = 5000;
    move(adopted, ORDER_DELIVER_PART, 5000);
    move(adopted, ORDER_DELIVER_PART, 5001);
    order_check(adopted);
    assert_int_equal(adopted->move_count, 5);
    arena_release(&arena);
    orders_release(&orders);
}

static void an_image_that_does_not_add_up_is_not_adopted(void **state)
{
    (void)state;
    struct orders orders;
    struct orders others;
    orders_init(&orders);
    orders_init(&others);
    struct order *image = place(&others);
    image->totals.total_minor--;
    assert_aborts((void)order_adopt(&orders, image));
    orders_release(&others);
    orders_release(&orders);
}

static void an_older_order_does_not_lower_the_last_number(void **state)
{
    (void)state;
    struct orders orders;
    orders_init(&orders);
    order_create(&orders, 9, 1, 1);
    order_create(&orders, 3, 1, 2);
    assert_int_equal(orders.last_number, 9);
    assert_null(order_find(&orders, 0));
    assert_null(order_find(&orders, 4));
    orders_release(&orders);
}

static void what_only_a_bug_does_aborts(void **state)
{
    (void)state;
    struct orders orders;
    orders_init(&orders);
    struct order *order = place(&orders);
    struct order_shipment_line line = {0, 1};
    struct order_shipment second = {.number = 2, .location = 1, .line_count = 1, .lines = &line};
    struct order_shipment empty = {.number = 1, .location = 1, .line_count = 0, .lines = &line};
    assert_aborts((void)order_create(&orders, 7, 1, 1));
    assert_aborts((void)order_create(&orders, 0, 1, 1));
    assert_aborts((void)order_create(&orders, 8, 0, 1));
    assert_aborts((void)order_create(&orders, 8, ORDER_LINES_MAX + 1, ORDER_LINES_MAX + 1));
    assert_aborts((void)order_create(&orders, 8, 2, 1));
    assert_aborts(order_forget(&orders, 8));
    assert_aborts(order_add_shipment(order, &second));
    assert_aborts(order_add_shipment(order, &empty));
    assert_aborts(
        order_add_move(order, &(struct order_move){.action = ORDER_ACTION_COUNT, .state = 0}));
    assert_aborts(
        order_add_move(order, &(struct order_move){.action = 0, .state = ORDER_STATE_COUNT}));
    orders_release(&orders);
}

static void the_largest_order_has_room(void **state)
{
    (void)state;
    struct orders orders;
    orders_init(&orders);
    struct order *order = order_create(&orders, 1, ORDER_LINES_MAX, ORDER_LINES_MAX);
    assert_int_equal(order->line_count, ORDER_LINES_MAX);
    assert_int_equal(order->part_count, ORDER_LINES_MAX);
    order->parts[ORDER_LINES_MAX - 1].line = ORDER_LINES_MAX - 1;
    orders_release(&orders);
}

static void the_parts_of_a_line_are_found(void **state)
{
    (void)state;
    struct orders orders;
    orders_init(&orders);
    struct order *order = place(&orders);
    assert_int_equal(order_first_part(order, 0), 0);
    assert_int_equal(order_first_part(order, 1), 2);
    assert_int_equal(order_first_part(order, 2), 3);
    orders_release(&orders);
}

static void the_parts_of_a_line_are_found_among_many(void **state)
{
    (void)state;
    struct orders orders;
    orders_init(&orders);
    /* 3 parts of line 0, 1 of line 1, 2 of line 2, and so on, round and round. */
    enum { LINES = 50 };
    static const uint32_t counts[] = {3, 1, 2};
    uint32_t first[LINES + 1];
    uint32_t count = 0;
    for (uint32_t line = 0; line < LINES; line++) {
        first[line] = count;
        count += counts[line % 3];
    }
    first[LINES] = count;
    struct order *order = order_create(&orders, 1, LINES, count);
    for (uint32_t line = 0; line < LINES; line++) {
        for (uint32_t part = first[line]; part < first[line + 1]; part++)
            order->parts[part].line = line;
    }
    for (uint32_t line = 0; line <= LINES; line++)
        assert_int_equal(order_first_part(order, line), first[line]);
    orders_release(&orders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_answers_every_action),
        cmocka_unit_test(names_are_those_of_the_api),
        cmocka_unit_test(a_number_that_is_no_state_action_or_actor_is_a_bug),
        cmocka_unit_test(an_order_of_every_state_passes_its_check),
        cmocka_unit_test(a_cancelled_order_holds_and_costs_nothing),
        cmocka_unit_test(an_order_at_the_limits_passes),
        cmocka_unit_test(a_spoiled_order_does_not_pass),
        cmocka_unit_test(the_shortest_note_is_copied_too),
        cmocka_unit_test(the_largest_lines_add_up_in_64_bits_and_larger_ones_are_named),
        cmocka_unit_test(amounts_that_cannot_be_added_up_are_named),
        cmocka_unit_test(payments_of_the_highest_amount_add_up_and_too_many_are_named),
        cmocka_unit_test(a_copy_is_deep_and_survives_the_order),
        cmocka_unit_test(a_copy_as_placed_forgets_what_came_after),
        cmocka_unit_test(a_copy_as_placed_has_shipped_nothing),
        cmocka_unit_test(an_order_sleeps_and_is_adopted_unchanged),
        cmocka_unit_test(an_image_that_does_not_add_up_is_not_adopted),
        cmocka_unit_test(an_older_order_does_not_lower_the_last_number),
        cmocka_unit_test(what_only_a_bug_does_aborts),
        cmocka_unit_test(the_largest_order_has_room),
        cmocka_unit_test(the_parts_of_a_line_are_found),
        cmocka_unit_test(the_parts_of_a_line_are_found_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
