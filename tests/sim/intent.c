#include "sim/intent.h"

#include "base/hash.h"
#include "sim/import.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    uint32_t weight;
} kinds[INTENT_KINDS] = {
    [INTENT_CART_ADD] = {"cart_add", 30},
    [INTENT_CART_SET] = {"cart_set", 8},
    [INTENT_CHECKOUT] = {"checkout", 24},
    [INTENT_CONFIRM] = {"confirm", 10},
    [INTENT_CANCEL] = {"cancel", 8},
    [INTENT_SHIP] = {"ship", 6},
    [INTENT_DELIVER] = {"deliver", 5},
    [INTENT_STOCK_ADD] = {"stock_add", 6},
    [INTENT_PAYMENT] = {"payment", 12},
    [INTENT_TRACKING] = {"tracking", 8},
    [INTENT_CORRECT] = {"correct", 3},
    [INTENT_ERASE] = {"erase", 1},
    [INTENT_IMPORT] = {"import", 8},
    [INTENT_CUSTOMER_NEW] = {"customer_new", 3},
    [INTENT_CUSTOMER_TIER] = {"customer_tier", 2},
    [INTENT_CUSTOMER_ERASE] = {"customer_erase", 1},
    [INTENT_STOCK_TRANSFER] = {"transfer", 3},
    [INTENT_STOCK_COUNT] = {"count", 2},
    [INTENT_PRODUCT] = {"product", 3},
    [INTENT_PRODUCT_NEW] = {"product_new", 2},
    [INTENT_CATEGORY_NEW] = {"category_new", 3},
    [INTENT_CATEGORY_MOVE] = {"category_move", 3},
    [INTENT_PRICING] = {"pricing", 2},
    [INTENT_REVIEW_WRITE] = {"review_write", 8},
    [INTENT_REVIEW_CHANGE] = {"review_change", 3},
    [INTENT_REVIEW_REMOVE] = {"review_remove", 3},
};

const char *intent_name(enum intent_kind kind)
{
    return kinds[kind].name;
}

struct text intent_sku(uint32_t sku)
{
    static const struct text skus[MODEL_PRODUCTS] = {TEXT("A"), TEXT("B"), TEXT("C"),
                                                     TEXT("D"), TEXT("E"), TEXT("F"),
                                                     TEXT("G"), TEXT("H"), TEXT("I")};
    ensure(sku < MODEL_PRODUCTS);
    return skus[sku];
}

struct text intent_category_name(uint32_t name)
{
    static const struct text names[MODEL_CATEGORY_NAMES] = {
        TEXT("ELECTRONICS"), TEXT("BOOKS"), TEXT("CLOTHING"), TEXT("HOME"),
        TEXT("SPORTS"),      TEXT("Red"),   TEXT("Green"),    TEXT("Blue")};
    ensure(name < MODEL_CATEGORY_NAMES);
    return names[name];
}

static enum intent_kind roll_kind(struct random *random)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < INTENT_KINDS; i++)
        sum += kinds[i].weight;
    uint64_t roll = random_below(random, sum);
    uint32_t kind = 0;
    while (roll >= kinds[kind].weight)
        roll -= kinds[kind++].weight;
    return (enum intent_kind)kind;
}

static uint32_t below(struct random *random, uint32_t limit)
{
    return (uint32_t)random_below(random, limit);
}

/* Mostly one of the newest orders, so that lives are lived to their end. */
static uint64_t roll_order(struct random *random, const struct model *model)
{
    uint64_t reach = below(random, 4) == 0 ? model->order_count : 12;
    if (reach > model->order_count)
        reach = model->order_count;
    return reach == 0 ? 0 : model->order_count - random_below(random, reach);
}

static void roll_checkout(struct intent *intent, struct random *random, const struct intent *known)
{
    intent->key = random_u64(random) | 1;
    intent->body = random_u64(random);
    intent->expected = below(random, 8) == 0 ? (int64_t)below(random, 5000) : -1;
    if (known != NULL && below(random, 3) == 0) {
        intent->cart = known->cart;
        intent->key = known->key;
        intent->body = below(random, 6) == 0 ? known->body + 1 : known->body;
        intent->expected = known->expected;
    }
}

static void roll_payment(struct intent *intent, struct random *random, const struct model *model)
{
    intent->id = below(random, MODEL_PAYMENT_IDS);
    intent->succeeded = below(random, 4) != 0;
    intent->quantity = model_order_total(&model->orders[intent->order]) + (below(random, 6) == 0);
}

static void roll_tracking(struct intent *intent, struct random *random)
{
    intent->id = below(random, MODEL_PAYMENT_IDS);
    intent->succeeded = below(random, 3) == 0;
    intent->to = 1 + below(random, 3);
    intent->key = 1 + below(random, 1000); /* when it happened */
}

/* Somebody who came, or the last of those who buy: the others are needed. */
static uint32_t roll_leaver(struct random *random, const struct model *model)
{
    return MODEL_CUSTOMERS + below(random, model->customer_count - MODEL_CUSTOMERS + 1);
}

/* Now and then there is no such category. */
static void roll_category(struct intent *intent, struct random *random, const struct model *model)
{
    intent->sku = below(random, MODEL_PRODUCTS);
    intent->category = 1 + below(random, model->category_count + (below(random, 8) == 0));
    intent->parent = below(random, model->category_count + 1 + (below(random, 8) == 0));
    intent->name = below(random, MODEL_CATEGORY_NAMES);
}

void intent_roll(struct intent *intent, struct random *random, const struct model *model,
                 const struct intent *known_checkout)
{
    struct arena arena = intent->arena;
    memset(intent, 0, sizeof *intent);
    intent->arena = arena;
    arena_reset(&intent->arena);
    intent->kind = roll_kind(random);
    intent->cart = below(random, MODEL_CARTS);
    intent->product = 1 + below(random, model->product_count);
    intent->quantity = 1 + below(random, below(random, 4) == 0 ? 20 : 4);
    intent->place = 1 + below(random, MODEL_LOCATIONS);
    intent->order = roll_order(random, model);
    intent->line = (int)below(random, 4) - 1;
    if (intent->kind >= INTENT_CONFIRM && intent->kind <= INTENT_ERASE && intent->order == 0)
        intent->kind = INTENT_CART_ADD;

    if (intent->kind == INTENT_PAYMENT)
        roll_payment(intent, random, model);
    if (intent->kind == INTENT_TRACKING)
        roll_tracking(intent, random);
    if (intent->kind == INTENT_CHECKOUT)
        roll_checkout(intent, random, known_checkout);
    if (intent->kind == INTENT_CART_SET || intent->kind == INTENT_CANCEL)
        intent->quantity -= 1;
    if (intent->kind == INTENT_SHIP && below(random, 2) == 0)
        intent->place = 0;
    if (intent->kind == INTENT_DELIVER)
        intent->to = below(random, 4);
    if (intent->kind == INTENT_STOCK_ADD && below(random, 3) == 0)
        intent->quantity = -intent->quantity;
    if (intent->kind == INTENT_STOCK_TRANSFER)
        intent->to = 1 + (intent->place + below(random, MODEL_LOCATIONS - 1)) % MODEL_LOCATIONS;
    if (intent->kind == INTENT_PRODUCT)
        intent->archived = below(random, 4) == 0;
    if (intent->kind == INTENT_PRODUCT || intent->kind == INTENT_PRODUCT_NEW)
        intent->quantity = 1 + below(random, 5000); /* the price */
    roll_category(intent, random, model);
    intent->switches = below(random, 8);
    intent->customer = 1 + below(random, MODEL_CUSTOMERS);
    if (intent->kind == INTENT_CUSTOMER_ERASE)
        intent->customer = roll_leaver(random, model);
    if (intent->kind == INTENT_CUSTOMER_NEW)
        intent->email = below(random, MODEL_EMAILS);
    if (intent->kind == INTENT_IMPORT)
        import_roll(&intent->import, random, model);
    if (intent->kind >= INTENT_REVIEW_WRITE)
        intent->quantity = REVIEW_STARS_MIN + below(random, REVIEW_STARS_MAX);
}

static void make_cart_command(struct intent *intent, const struct model *model)
{
    intent->line_wanted = (struct cart_line){intent->product, (uint32_t)intent->quantity};
    intent->cart_command.cart = model->carts[intent->cart].number;
    intent->cart_command.lines = &intent->line_wanted;
    intent->cart_command.line_count = 1;
    intent->command.ops = intent->kind == INTENT_CART_ADD ? &command_cart_add : &command_cart_set;
}

static void make_checkout(struct intent *intent, const struct model *model)
{
    struct checkout_command *checkout = &intent->checkout;
    checkout->cart = model->carts[intent->cart].number;
    uint64_t halves[2] = {hash_u64(intent->key ^ checkout->cart), intent->key};
    memcpy(checkout->key, halves, sizeof halves);
    checkout->body_hash = intent->body;
    checkout->contact.name = TEXT("Ada Example");
    checkout->contact.email = TEXT("ada@example.com");
    checkout->contact.shipping_address = TEXT("{\"line1\":\"1 Main St\",\"country\":\"GB\"}");
    memcpy(checkout->country, "GB", 2);
    checkout->expected_total_minor = intent->expected;
    intent->command.ops = &command_checkout;
}

static void make_order_command(struct intent *intent)
{
    struct order_command *command = &intent->order_command;
    static const struct command_ops *const ops[] = {
        [INTENT_CONFIRM] = &command_order_confirm, [INTENT_CANCEL] = &command_order_cancel,
        [INTENT_SHIP] = &command_order_ship,       [INTENT_DELIVER] = &command_order_deliver,
        [INTENT_CORRECT] = &command_order_correct, [INTENT_ERASE] = &command_order_erase,
    };
    intent->command.ops = ops[intent->kind];
    command->order = intent->order;
    if (intent->kind == INTENT_CORRECT)
        command->contact.name = TEXT("Ada Corrected");
    if (intent->kind == INTENT_CANCEL && intent->line >= 0) {
        intent->part =
            (struct order_part_request){(uint32_t)intent->line, (uint32_t)intent->quantity};
        command->lines = &intent->part;
        command->line_count = 1;
    }
    if (intent->kind == INTENT_SHIP)
        command->location = (uint16_t)intent->place;
    if (intent->kind == INTENT_DELIVER)
        command->shipment = intent->to;
}

static void make_payment(struct intent *intent)
{
    struct payment_command *payment = &intent->payment;
    (void)snprintf(intent->id_text, sizeof intent->id_text, "evt_%u", intent->id);
    payment->order = intent->order;
    payment->kind = intent->succeeded ? PAYMENT_SUCCEEDED : PAYMENT_FAILED;
    payment->amount_minor = intent->succeeded ? intent->quantity : 0;
    if (intent->succeeded)
        memcpy(&payment->currency, "GBP", 3);
    payment->id = text_of(intent->id_text);
    intent->command.ops = &command_payment_event;
}

static void make_tracking(struct intent *intent)
{
    struct shipment_command *tracking = &intent->tracking;
    (void)snprintf(intent->id_text, sizeof intent->id_text, "evt_%u", intent->id);
    tracking->order = intent->order;
    tracking->shipment = intent->to;
    tracking->status = intent->succeeded ? TRACKING_DELIVERED : TRACKING_IN_TRANSIT;
    tracking->occurred_ms = intent->key;
    tracking->id = text_of(intent->id_text);
    intent->command.ops = &command_shipment_event;
}

static enum actor actor_of(enum intent_kind kind)
{
    if (kind == INTENT_TRACKING)
        return ACTOR_CARRIER;
    return kind == INTENT_PAYMENT ? ACTOR_GATEWAY : ACTOR_OPERATOR;
}

static void make_stock_command(struct intent *intent)
{
    intent->movement = (struct stock_movement){.product = intent->product,
                                               .reason = STOCK_CORRECTED,
                                               .location = (uint16_t)intent->place,
                                               .quantity = intent->quantity};
    if (intent->kind == INTENT_STOCK_TRANSFER) {
        intent->movement.reason = STOCK_TRANSFERRED;
        intent->movement.to = (uint16_t)intent->to;
    }
    if (intent->kind == INTENT_STOCK_COUNT)
        intent->movement.reason = STOCK_COUNTED;
    intent->stock.movements = &intent->movement;
    intent->stock.movement_count = 1;
    intent->command.ops = &command_stock_move;
}

static void make_product_command(struct intent *intent)
{
    struct product_draft *draft = &intent->product_command.draft;
    draft->category = intent->category;
    draft->price_minor = intent->quantity;
    if (intent->kind == INTENT_PRODUCT_NEW) {
        draft->texts[PRODUCT_SKU] = intent_sku(intent->sku);
        draft->texts[PRODUCT_NAME] = intent_sku(intent->sku);
        intent->command.ops = &command_product_create;
        return;
    }
    draft->number = intent->product;
    draft->status = intent->archived ? PRODUCT_ARCHIVED : PRODUCT_ACTIVE;
    intent->product_command.fields =
        1u << PRODUCT_FIELD_PRICE | 1u << PRODUCT_FIELD_STATUS | 1u << PRODUCT_FIELD_CATEGORY;
    intent->command.ops = &command_product_update;
}

static void make_category_command(struct intent *intent)
{
    struct category_command *command = &intent->category_command;
    command->parent = intent->parent;
    command->has_parent = true;
    if (intent->kind == INTENT_CATEGORY_NEW) {
        command->name = intent_category_name(intent->name);
        intent->command.ops = &command_category_create;
        return;
    }
    command->number = intent->category;
    intent->command.ops = &command_category_update;
}

static void make_pricing_command(struct intent *intent)
{
    struct pricing *pricing = &intent->pricing.pricing;
    if (intent->switches & 1)
        pricing->rules[pricing->rule_count++] =
            (struct pricing_rule){.strategy = "bulk", .min_quantity = 5, .basis_points = 1000};
    if (intent->switches & 2)
        pricing->rules[pricing->rule_count++] =
            (struct pricing_rule){.strategy = "membership", .basis_points = 1500};
    pricing->policy = intent->switches & 4 ? PRICING_STACK : PRICING_BEST;
    intent->command.ops = &command_pricing_set;
}

static void make_review_command(struct intent *intent, const struct reviews *reviews)
{
    static const struct command_ops *const ops[] = {
        [INTENT_REVIEW_WRITE] = &command_review_create,
        [INTENT_REVIEW_CHANGE] = &command_review_update,
        [INTENT_REVIEW_REMOVE] = &command_review_remove,
    };
    struct review_command *command = &intent->review_command;
    command->product = intent->product;
    command->customer = intent->customer;
    command->number = review_of(reviews, intent->customer, intent->product);
    command->stars = (uint8_t)intent->quantity;
    command->contact.metadata = TEXT("\"What I think of it\"");
    intent->command.ops = ops[intent->kind];
    if (intent->kind == INTENT_REVIEW_REMOVE && (intent->switches & 7) == 0) {
        command->is_staff = true;
        command->customer = 0;
    }
}

static void make_customer_command(struct intent *intent)
{
    struct customer_command *command = &intent->customer_command;
    command->number = intent->customer;
    intent->command.ops = &command_customer_erase;
    if (intent->kind == INTENT_CUSTOMER_ERASE)
        return;
    command->tier = intent->switches & 1;
    command->has_tier = true;
    intent->command.ops = &command_customer_update;
    if (intent->kind == INTENT_CUSTOMER_TIER)
        return;
    intent->email_tag[0] = (uint8_t)(1 + intent->email);
    command->contact.name = TEXT("Eve Newcomer");
    command->contact.email = TEXT("eve@example.com");
    command->contact.email_tag = (struct text){(const char *)intent->email_tag, EMAIL_TAG_SIZE};
    command->has_contact = true;
    intent->command.ops = &command_customer_create;
}

void intent_make_command(struct intent *intent, const struct model *model,
                         const struct reviews *reviews)
{
    switch (intent->kind) {
    case INTENT_CART_ADD:
    case INTENT_CART_SET:
        make_cart_command(intent, model);
        break;
    case INTENT_CHECKOUT:
        make_checkout(intent, model);
        break;
    case INTENT_CONFIRM:
    case INTENT_CANCEL:
    case INTENT_SHIP:
    case INTENT_DELIVER:
    case INTENT_CORRECT:
    case INTENT_ERASE:
        make_order_command(intent);
        break;
    case INTENT_IMPORT:
        import_make_command(&intent->import, &intent->arena, &intent->import_command);
        break;
    case INTENT_CUSTOMER_NEW:
    case INTENT_CUSTOMER_TIER:
    case INTENT_CUSTOMER_ERASE:
        make_customer_command(intent);
        break;
    case INTENT_PAYMENT:
        make_payment(intent);
        break;
    case INTENT_TRACKING:
        make_tracking(intent);
        break;
    case INTENT_STOCK_ADD:
    case INTENT_STOCK_TRANSFER:
    case INTENT_STOCK_COUNT:
        make_stock_command(intent);
        break;
    case INTENT_PRODUCT:
    case INTENT_PRODUCT_NEW:
        make_product_command(intent);
        break;
    case INTENT_CATEGORY_NEW:
    case INTENT_CATEGORY_MOVE:
        make_category_command(intent);
        break;
    case INTENT_PRICING:
        make_pricing_command(intent);
        break;
    case INTENT_REVIEW_WRITE:
    case INTENT_REVIEW_CHANGE:
    case INTENT_REVIEW_REMOVE:
        make_review_command(intent, reviews);
        break;
    case INTENT_KINDS:
        check_failed("a kind of intent", __FILE__, __LINE__);
    }
    intent->command.arena = &intent->arena;
    intent->command.actor = actor_of(intent->kind);
}

struct verdict intent_judge(const struct intent *it, struct model *model)
{
    switch (it->kind) {
    case INTENT_CART_ADD:
        return model_cart_add(model, it->cart, it->product, it->quantity);
    case INTENT_CART_SET:
        return model_cart_set(model, it->cart, it->product, it->quantity);
    case INTENT_CHECKOUT:
        return model_checkout(model, it->cart, it->key, it->body, it->expected);
    case INTENT_CONFIRM:
        return model_confirm(model, it->order);
    case INTENT_CANCEL:
        return model_cancel(model, it->order, it->line, it->quantity);
    case INTENT_SHIP:
        return model_ship(model, it->order, it->place);
    case INTENT_DELIVER:
        return model_deliver(model, it->order, it->to);
    case INTENT_PAYMENT:
        return model_payment(model, it->order, it->id, it->succeeded, it->quantity);
    case INTENT_TRACKING:
        return model_tracking(model, it->order, it->to, it->id, it->succeeded);
    case INTENT_CORRECT:
        return model_correct(model, it->order);
    case INTENT_ERASE:
        return model_erase(model, it->order);
    case INTENT_IMPORT:
        return model_import(model, &it->import);
    case INTENT_CUSTOMER_NEW:
        return model_customer_new(model, it->email);
    case INTENT_CUSTOMER_TIER:
        return model_customer_tier(model, it->customer, it->switches & 1);
    case INTENT_CUSTOMER_ERASE:
        return model_customer_erase(model, it->customer);
    case INTENT_STOCK_ADD:
        return model_stock_add(model, it->product, it->place, it->quantity);
    case INTENT_STOCK_TRANSFER:
        return model_stock_transfer(model, it->product, it->place, it->to, it->quantity);
    case INTENT_STOCK_COUNT:
        return model_stock_count(model, it->product, it->place, it->quantity);
    case INTENT_PRODUCT:
        return model_product_change(model, it->product, it->quantity, it->archived, it->category);
    case INTENT_PRODUCT_NEW:
        return model_product_new(model, it->sku, it->quantity, it->category);
    case INTENT_CATEGORY_NEW:
        return model_category_new(model, it->parent, it->name);
    case INTENT_CATEGORY_MOVE:
        return model_category_move(model, it->category, it->parent);
    case INTENT_PRICING:
        return model_pricing(model, it->switches & 1, it->switches & 2, it->switches & 4);
    case INTENT_REVIEW_WRITE:
        return model_review_write(model, it->customer, it->product, (uint32_t)it->quantity);
    case INTENT_REVIEW_CHANGE:
        return it->review_command.number == 0
                   ? (struct verdict){.code = ERR_REVIEW_UNKNOWN}
                   : model_review_change(model, it->customer, it->product, (uint32_t)it->quantity);
    case INTENT_REVIEW_REMOVE:
        return it->review_command.number == 0
                   ? (struct verdict){.code = ERR_REVIEW_UNKNOWN}
                   : model_review_remove(model, it->customer, it->product,
                                         it->review_command.is_staff);
    case INTENT_KINDS:
        break;
    }
    check_failed("a kind of intent", __FILE__, __LINE__);
}

static const enum payment_outcome outcome_of[] = {
    [MONEY_CONFIRMED] = PAYMENT_CONFIRMED, [MONEY_CAPTURED] = PAYMENT_CAPTURED,
    [MONEY_CANCELLED] = PAYMENT_CANCELLED, [MONEY_ORPHANED] = PAYMENT_ORPHANED,
    [MONEY_IGNORED] = PAYMENT_IGNORED,
};

const char *intent_compare(const struct intent *intent, const struct verdict *verdict)
{
    if (intent->command.err.code != verdict->code)
        return "another answer than the books have";
    if (intent->kind == INTENT_CHECKOUT && verdict->code == ERR_OUT_OF_STOCK &&
        intent->checkout.shortage_count != verdict->short_count)
        return "another number of short lines";
    if (verdict->code != ERR_NONE)
        return NULL;
    if (intent->kind == INTENT_CHECKOUT) {
        if (intent->checkout.order->number != verdict->order)
            return "another order number";
        if (intent->checkout.order->totals.total_minor != verdict->total)
            return "another total";
        if (intent->checkout.order->state != ORDER_PENDING)
            return "a checkout answered with an order that is not pending";
        if (intent->checkout.is_replay != verdict->is_replay)
            return "a repeated checkout taken for a new one, or the reverse";
    }
    if (intent->kind == INTENT_IMPORT && intent->import_command.is_unchanged != verdict->is_replay)
        return "an order that was there taken for a new one, or the reverse";
    if (intent->kind == INTENT_CUSTOMER_NEW && intent->customer_command.number != verdict->customer)
        return "another number of a customer";
    if (intent->kind == INTENT_PRODUCT_NEW &&
        intent->product_command.draft.number != verdict->product)
        return "another number of a product";
    if (intent->kind == INTENT_CATEGORY_NEW && intent->category_command.number != verdict->category)
        return "another number of a category";
    if (intent->kind == INTENT_TRACKING && intent->tracking.is_repeated != verdict->is_replay)
        return "a repeated word of a carrier taken for a new one, or the reverse";
    if (intent->kind == INTENT_PAYMENT && intent->payment.outcome != outcome_of[verdict->money])
        return "another outcome of a payment";
    if (intent->kind == INTENT_PAYMENT && intent->payment.is_repeated != verdict->is_replay)
        return "a repeated payment taken for a new one, or the reverse";
    if (intent->kind == INTENT_CANCEL &&
        intent->order_command.copy->totals.total_minor != verdict->total)
        return "another total after cancelling";
    return NULL;
}
