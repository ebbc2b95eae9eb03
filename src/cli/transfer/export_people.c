#include "cli/transfer/export_people.h"

#include "base/json_out.h"
#include "base/progress.h"

#include <errno.h>

enum { PROGRESS_EVERY = 256, ARENA_BLOCK = 65536 };
#define ARENA_BYTES_MAX ((size_t)64 << 20)

struct people_export {
    struct open_shop *open;
    FILE *file;
    const struct tiers *tiers;
    bool with_hashes;
    struct store_reader *reader;
    struct arena arena; /* of one line */
    struct buffer line;
    struct json_out json;
};

static void text_member(struct json_out *json, const char *key, struct text text)
{
    if (text.length == 0)
        return;
    json_out_key(json, key);
    json_out_text(json, text);
}

/* `value` is JSON already. */
static void raw_member(struct json_out *json, const char *key, struct text value)
{
    if (value.length == 0)
        return;
    json_out_key(json, key);
    json_out_raw(json, value);
}

static void money_member(struct json_out *json, const char *key, int64_t minor)
{
    json_out_key(json, key);
    json_out_i64(json, minor);
}

static void time_member(struct json_out *json, const char *key, uint64_t at_ms)
{
    json_out_key(json, key);
    json_out_time(json, at_ms);
}

/* All empty when there is none any more. */
static struct err read_contact(struct people_export *export, uint64_t number,
                               struct contact *contact_out)
{
    bool is_found = false;
    if (number != 0)
        TRY(store_read_contact(export->reader, number, &export->arena, contact_out, &is_found));
    if (!is_found)
        *contact_out = (struct contact){.number = 0};
    return OK;
}

static void who_members(struct json_out *json, const struct contact *contact)
{
    text_member(json, "name", contact->name);
    text_member(json, "email", contact->email);
    text_member(json, "phone", contact->phone);
}

/* --- customers --- */

static struct err write_customer(struct people_export *export, uint64_t number)
{
    struct json_out *json = &export->json;
    const struct customer *customer =
        customer_find(&export->open->shop.customers, (uint32_t)number);
    struct contact contact;
    if (customer->is_erased)
        return OK;
    TRY(read_contact(export, customer->contact, &contact));
    json_out_object_begin(json);
    text_member(json, "type", TEXT("customer"));
    who_members(json, &contact);
    raw_member(json, "addresses", contact.addresses);
    raw_member(json, "preferences", contact.preferences);
    json_out_key(json, "member");
    json_out_bool(json, customer->tier != TIER_NONE);
    if (customer->tier > TIER_MEMBER)
        text_member(json, "tier", tier_name(export->tiers, customer->tier));
    if (export->with_hashes)
        text_member(json, "password_hash", contact.password);
    json_out_object_end(json);
    return OK;
}

/* --- orders --- */

static void write_totals(struct json_out *json, const struct order_totals *totals)
{
    json_out_object_begin(json);
    money_member(json, "subtotal", totals->subtotal_minor);
    money_member(json, "discount", totals->discount_minor);
    money_member(json, "shipping", totals->shipping_minor);
    money_member(json, "tax", totals->tax_minor);
    money_member(json, "total", totals->total_minor);
    json_out_object_end(json);
}

static void write_lines(const struct shop *shop, struct json_out *json, const struct order *order)
{
    json_out_array_begin(json);
    for (uint32_t i = 0; i < order->line_count; i++) {
        const struct order_line *line = &order->lines[i];
        const struct product *product = catalog_find(&shop->catalog, line->product);
        json_out_object_begin(json);
        text_member(json, "sku", product_text(product, PRODUCT_SKU));
        text_member(json, "name", product_text(product, PRODUCT_NAME));
        json_out_key(json, "quantity_ordered");
        json_out_u64(json, line->quantity_ordered);
        json_out_key(json, "quantity");
        json_out_u64(json, line->quantity);
        money_member(json, "unit_price", line->unit_price_minor);
        money_member(json, "discount_ordered", line->discount_ordered_minor);
        money_member(json, "discount", line->discount_minor);
        money_member(json, "total",
                     line->unit_price_minor * (int64_t)line->quantity - line->discount_minor);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void write_step(struct json_out *json, enum order_state state, uint64_t at_ms,
                       enum actor actor)
{
    json_out_object_begin(json);
    text_member(json, "status", text_of(order_state_name(state)));
    time_member(json, "at", at_ms);
    text_member(json, "by", text_of(actor_name(actor)));
}

static void write_history(struct json_out *json, const struct order *order)
{
    json_out_array_begin(json);
    write_step(json, ORDER_PENDING, order->created_ms, (enum actor)order->placed_by);
    json_out_object_end(json);
    for (uint32_t i = 0; i < order->move_count; i++) {
        const struct order_move *move = &order->moves[i];
        write_step(json, (enum order_state)move->state, move->at_ms, (enum actor)move->actor);
        text_member(json, "action", text_of(order_action_name((enum order_action)move->action)));
        if (move->note_length > 0)
            text_member(json, "reason", (struct text){move->note, move->note_length});
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void write_shipments(const struct shop *shop, struct json_out *json,
                            const struct order *order)
{
    json_out_array_begin(json);
    for (const struct order_shipment *parcel = order->shipments; parcel != NULL;
         parcel = parcel->next) {
        json_out_object_begin(json);
        text_member(json, "location", text_of(location_find(&shop->stock, parcel->location)->name));
        text_member(json, "carrier", parcel->carrier);
        text_member(json, "tracking_number", parcel->tracking_number);
        time_member(json, "shipped_at", parcel->shipped_ms);
        if (parcel->delivered_ms != 0)
            time_member(json, "delivered_at", parcel->delivered_ms);
        json_out_key(json, "lines");
        json_out_array_begin(json);
        for (uint32_t i = 0; i < parcel->line_count; i++) {
            const struct order_line *line = &order->lines[parcel->lines[i].line];
            const struct product *product = catalog_find(&shop->catalog, line->product);
            json_out_object_begin(json);
            text_member(json, "sku", product_text(product, PRODUCT_SKU));
            json_out_key(json, "quantity");
            json_out_u64(json, parcel->lines[i].quantity);
            json_out_object_end(json);
        }
        json_out_array_end(json);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void write_payments(struct json_out *json, const struct order *order)
{
    json_out_array_begin(json);
    for (const struct order_payment *payment = order->payments; payment != NULL;
         payment = payment->next) {
        json_out_object_begin(json);
        text_member(json, "type", text_of(payment_kind_name((enum payment_kind)payment->kind)));
        text_member(json, "outcome",
                    text_of(payment_outcome_name((enum payment_outcome)payment->outcome)));
        if (payment->currency != 0) {
            char letters[4];
            money_currency_letters(payment->currency, letters);
            money_member(json, "amount", payment->amount_minor);
            text_member(json, "currency", text_of(letters));
        }
        text_member(json, "payment_id", payment->reference);
        text_member(json, "event_id", payment->id);
        time_member(json, "at", payment->at_ms);
        if (payment->occurred_ms != 0)
            time_member(json, "occurred_at", payment->occurred_ms);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void write_whom(struct json_out *json, const struct contact *contact)
{
    json_out_key(json, "contact");
    json_out_object_begin(json);
    who_members(json, contact);
    json_out_object_end(json);
    raw_member(json, "shipping_address", contact->shipping_address);
    raw_member(json, "billing_address", contact->billing_address);
    raw_member(json, "metadata", contact->metadata);
}

static struct err write_order(struct people_export *export, uint64_t number)
{
    const struct shop *shop = &export->open->shop;
    struct json_out *json = &export->json;
    struct order *order = NULL;
    struct contact whom;
    struct contact account = {.number = 0};
    char currency[4];
    TRY(store_read_order(export->reader, number, &export->arena, &order));
    ensure(order != NULL); /* all is folded */
    TRY(read_contact(export, order->contact, &whom));
    if (order->customer != 0)
        TRY(read_contact(export, customer_find(&shop->customers, order->customer)->contact,
                         &account));
    money_currency_letters(order->currency, currency);
    json_out_object_begin(json);
    text_member(json, "type", TEXT("order"));
    json_out_key(json, "number");
    json_out_u64(json, ORDER_NUMBER_FIRST + number);
    text_member(json, "status", text_of(order_state_name((enum order_state)order->state)));
    time_member(json, "created_at", order->created_ms);
    text_member(json, "customer_email", account.email);
    write_whom(json, &whom);
    text_member(json, "currency", text_of(currency));
    json_out_key(json, "lines");
    write_lines(shop, json, order);
    json_out_key(json, "totals");
    write_totals(json, &order->totals);
    json_out_key(json, "totals_ordered");
    write_totals(json, &order->totals_ordered);
    json_out_key(json, "history");
    write_history(json, order);
    json_out_key(json, "shipments");
    write_shipments(shop, json, order);
    json_out_key(json, "payments");
    write_payments(json, order);
    json_out_object_end(json);
    return OK;
}

/* --- any of them --- */

static bool write_line(struct people_export *export, uint64_t number,
                       struct err (*write)(struct people_export *export, uint64_t number))
{
    struct err err;
    buffer_reset(&export->line);
    arena_reset(&export->arena);
    json_out_init(&export->json, &export->line);
    err = write(export, number);
    if (err.code != ERR_NONE) {
        errno = EIO; /* the store has logged what is wrong */
        return false;
    }
    if (export->line.length == 0)
        return true;
    buffer_append(&export->line, "\n", 1);
    return fwrite(export->line.data, 1, export->line.length, export->file) == export->line.length;
}

static bool write_all(struct people_export *export, const char *label, uint64_t count,
                      struct err (*write)(struct people_export *export, uint64_t number))
{
    struct progress progress;
    bool ok = true;
    if (store_fold_now(export->open->store).code != ERR_NONE ||
        store_reader_open(export->open->store, &export->reader).code != ERR_NONE) {
        errno = EIO;
        return false;
    }
    buffer_init(&export->line, ARENA_BLOCK);
    arena_init(&export->arena, ARENA_BLOCK, ARENA_BYTES_MAX);
    progress_start(&progress, label, count);
    for (uint64_t number = 1; ok && number <= count; number++) {
        ok = write_line(export, number, write);
        if (number % PROGRESS_EVERY == 0)
            progress_set(&progress, number);
    }
    progress_set(&progress, count);
    progress_finish(&progress);
    arena_release(&export->arena);
    buffer_release(&export->line);
    store_reader_close(export->reader);
    return ok && fflush(export->file) == 0;
}

bool export_customers(struct open_shop *open, FILE *file, const struct tiers *tiers,
                      bool with_hashes)
{
    struct people_export export = {
        .open = open, .file = file, .tiers = tiers, .with_hashes = with_hashes};
    return write_all(&export, "export customers", open->shop.customers.count, write_customer);
}

bool export_orders(struct open_shop *open, FILE *file)
{
    struct people_export export = {.open = open, .file = file};
    return write_all(&export, "export orders", open->shop.orders.last_number, write_order);
}
