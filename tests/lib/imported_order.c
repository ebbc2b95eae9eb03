#include "lib/imported_order.h"

static void make_lines(struct imported_order *made, const struct imported_wish *wish)
{
    made->lines[0] = (struct order_line){
        .product = wish->products[0],
        .quantity_ordered = 4,
        .quantity = 3,
        .unit_price_minor = 4000,
        .discount_ordered_minor = 1001,
        .discount_minor = 751,
    };
    made->lines[1] = (struct order_line){.product = wish->products[1],
                                         .quantity_ordered = 2,
                                         .quantity = 2,
                                         .unit_price_minor = 1500};
}

static void make_moves(struct imported_order *made, uint64_t at_ms)
{
    static const struct order_move moves[IMPORTED_MOVES] = {
        {.action = ORDER_CANCEL_PART,
         .state = ORDER_PENDING,
         .actor = ACTOR_CUSTOMER,
         .note_length = 8,
         .note = "too many"},
        {.action = ORDER_CONFIRM, .state = ORDER_CONFIRMED, .actor = ACTOR_GATEWAY},
        {.at_ms = 1, .action = ORDER_SHIP, .state = ORDER_SHIPPED, .actor = ACTOR_OPERATOR},
        {.at_ms = 1, .action = ORDER_SHIP, .state = ORDER_SHIPPED, .actor = ACTOR_OPERATOR},
        {.at_ms = 2, .action = ORDER_DELIVER_PART, .state = ORDER_SHIPPED, .actor = ACTOR_CARRIER},
    };
    for (uint32_t i = 0; i < IMPORTED_MOVES; i++) {
        made->moves[i] = moves[i];
        made->moves[i].at_ms += at_ms;
    }
}

static void make_shipments(struct imported_order *made, const struct imported_wish *wish)
{
    made->parcel_lines[0] = (struct order_shipment_line){0, 2};
    made->parcel_lines[1] = (struct order_shipment_line){1, 2};
    for (uint32_t i = 0; i < 2; i++) {
        made->shipments[i] = (struct order_shipment){.number = i + 1,
                                                     .location = wish->places[i],
                                                     .line_count = 1,
                                                     .shipped_ms = wish->at_ms + 1,
                                                     .lines = &made->parcel_lines[i]};
    }
    made->shipments[0].next = &made->shipments[1];
    made->shipments[0].delivered_ms = wish->at_ms + 2;
    made->shipments[0].carrier = TEXT("DHL");
    made->shipments[0].tracking_number = TEXT("T-9");
}

void imported_order_make(struct imported_order *made, const struct imported_wish *wish)
{
    *made = (struct imported_order){.order = {.number = 0}};
    make_lines(made, wish);
    make_moves(made, wish->at_ms);
    make_shipments(made, wish);
    made->payment = (struct order_payment){
        .at_ms = wish->at_ms,
        .amount_minor = 14249,
        .currency = money_currency("USD"),
        .kind = PAYMENT_SUCCEEDED,
        .outcome = PAYMENT_CONFIRMED,
        .id = TEXT("evt_old"),
        .reference = TEXT("pay_old"),
    };
    made->order = (struct order){
        .number = wish->number,
        .created_ms = wish->at_ms,
        .customer = wish->customer,
        .currency = money_currency("USD"),
        .state = ORDER_SHIPPED,
        .placed_by = wish->customer == 0 ? ACTOR_GUEST : ACTOR_CUSTOMER,
        .totals = {15000, 751, 0, 0, 14249},
        .totals_ordered = {19000, 1001, 0, 0, 17999},
        .line_count = countof(made->lines),
        .lines = made->lines,
        .move_count = countof(made->moves),
        .moves = made->moves,
        .shipments = made->shipments,
        .payments = &made->payment,
    };
    made->command = (struct order_import_command){
        .command = {.ops = &command_order_import, .by = {OPERATOR_CONSOLE, 0}},
        .order = &made->order,
        .contact = {.name = TEXT("Dora")},
    };
}
