#include "app/follow/notice_data.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "shop/money.h"
#include "shop/tracking.h"

#include <inttypes.h>
#include <stdio.h>

enum { MONEY_TEXT_SIZE = 48, CARRIER_NAME_MAX = 32, TIMELINE_DIGITS = 16 };

/* ---- pieces ---- */

/* ISO 4217: currencies without, and with three, digits behind the point. */
static uint32_t currency_digits(struct text letters)
{
    static const char none[] =
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    static const char three[] = "BHD IQD JOD KWD LYD OMR TND";
    struct text name;
    for (struct text rest = text_of(none); text_cut(&rest, ' ', &name);) {
        if (text_equal(name, letters))
            return 0;
    }
    for (struct text rest = text_of(three); text_cut(&rest, ' ', &name);) {
        if (text_equal(name, letters))
            return 3;
    }
    return 2;
}

/* {"amount":109997,"currency":"USD","text":"1099.97 USD"} */
static void write_money(struct json_out *json, const char *key, int64_t amount_minor,
                        uint32_t currency)
{
    char letters[4];
    char shown[MONEY_TEXT_SIZE];
    money_currency_letters(currency, letters);
    uint32_t digits = currency_digits(text_of(letters));
    uint64_t unit = digits == 0 ? 1 : digits == 2 ? 100 : 1000;
    uint64_t amount = amount_minor < 0 ? (uint64_t)-amount_minor : (uint64_t)amount_minor;
    const char *sign = amount_minor < 0 ? "-" : "";
    if (digits == 0)
        (void)snprintf(shown, sizeof(shown), "%s%llu %s", sign, (unsigned long long)amount,
                       letters);
    else
        (void)snprintf(shown, sizeof(shown), "%s%llu.%0*llu %s", sign,
                       (unsigned long long)(amount / unit), (int)digits,
                       (unsigned long long)(amount % unit), letters);
    json_out_key_text(json, text_of(key));
    json_out_object_begin(json);
    json_out_key(json, "amount");
    json_out_i64(json, amount_minor);
    json_out_key(json, "currency");
    json_out_text(json, text_of(letters));
    json_out_key(json, "text");
    json_out_text(json, text_of(shown));
    json_out_object_end(json);
}

static void write_id(const struct notice_writer *writer, struct json_out *json, const char *key,
                     enum notice_id type, uint64_t number)
{
    char id[NOTICE_ID_SIZE];
    writer->write_id(writer->id_context, type, number, id);
    json_out_key_text(json, text_of(key));
    json_out_text(json, text_of(id));
}

/* Its block may be replaced at any time: within view_read_begin(). */
static void write_product_names(const struct notice_writer *writer, struct json_out *json,
                                uint32_t number)
{
    const struct product *product = view_product(writer->view, number);
    json_out_key(json, "sku");
    json_out_text(json, product == NULL ? TEXT("") : product_text(product, PRODUCT_SKU));
    json_out_key(json, "name");
    json_out_text(json, product == NULL ? TEXT("") : product_text(product, PRODUCT_NAME));
}

static void write_line(const struct notice_writer *writer, struct json_out *json, uint32_t product,
                       uint32_t quantity, int64_t total_minor, uint32_t currency)
{
    json_out_object_begin(json);
    write_id(writer, json, "product_id", NOTICE_ID_PRODUCT, product);
    write_product_names(writer, json, product);
    json_out_key(json, "quantity");
    json_out_u64(json, quantity);
    write_money(json, "total", total_minor, currency);
    json_out_object_end(json);
}

void notice_event_id(uint64_t timeline, const struct event *event, uint32_t product,
                     char id_out[NOTICE_ID_SIZE])
{
    int length = snprintf(id_out, NOTICE_ID_SIZE, "evt_%016llx_%llu", (unsigned long long)timeline,
                          (unsigned long long)event->number);
    if (product != 0)
        (void)snprintf(id_out + length, NOTICE_ID_SIZE - (size_t)length, "_%u", product);
}

static bool read_timeline(struct text digits, uint64_t *timeline_out)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < digits.length; i++) {
        unsigned char c = (unsigned char)digits.data[i];
        bool is_letter = c >= 'a' && c <= 'f';
        if (!is_letter && (c < '0' || c > '9'))
            return false;
        value = value << 4 | (uint64_t)(is_letter ? c - 'a' + 10 : c - '0');
    }
    *timeline_out = value;
    return digits.length == TIMELINE_DIGITS;
}

bool notice_event_id_read(struct text id, struct notice_event_name *name_out)
{
    struct text part;
    uint64_t product = 0;
    *name_out = (struct notice_event_name){0};
    if (!text_cut(&id, '_', &part) || !text_equal(part, TEXT("evt")) ||
        !text_cut(&id, '_', &part) || !read_timeline(part, &name_out->timeline) ||
        !text_cut(&id, '_', &part) || !text_to_u64(part, &name_out->number))
        return false;
    if (id.data != NULL && (!text_to_u64(id, &product) || product == 0))
        return false;
    name_out->product = (uint32_t)product;
    return name_out->number > 0 && name_out->number <= INT64_MAX && product <= UINT32_MAX;
}

/* {"id":"evt_...","type":"order_placed","created_at":"..." */
static void begin(const struct notice_writer *writer, struct json_out *json, enum notice notice,
                  const struct event *event, uint32_t product)
{
    char id[NOTICE_ID_SIZE];
    notice_event_id(writer->timeline, event, product, id);
    json_out_object_begin(json);
    json_out_key(json, "id");
    json_out_text(json, text_of(id));
    json_out_key(json, "type");
    json_out_text(json, text_of(notice_name(notice)));
    json_out_key(json, "created_at");
    json_out_time(json, event->time_ms);
}

static void begin_order(const struct notice_writer *writer, struct json_out *json, uint64_t number,
                        enum order_state state)
{
    char shown[NOTICE_ID_SIZE];
    (void)snprintf(shown, sizeof(shown), "%" PRIu64, ORDER_NUMBER_FIRST + number);
    json_out_key(json, "order");
    json_out_object_begin(json);
    write_id(writer, json, "id", NOTICE_ID_ORDER, number);
    json_out_key(json, "number");
    json_out_text(json, text_of(shown));
    json_out_key(json, "status");
    json_out_text(json, text_of(order_state_name(state)));
}

static void write_totals(struct json_out *json, const struct order_totals *totals,
                         uint32_t currency)
{
    write_money(json, "subtotal", totals->subtotal_minor, currency);
    if (totals->discount_minor != 0)
        write_money(json, "discount", -totals->discount_minor, currency);
    if (totals->shipping_minor != 0)
        write_money(json, "shipping", totals->shipping_minor, currency);
    if (totals->tax_minor != 0)
        write_money(json, "tax", totals->tax_minor, currency);
    write_money(json, "total", totals->total_minor, currency);
}

static void write_more_lines(struct json_out *json, uint32_t line_count)
{
    if (line_count <= NOTICE_LINES_MAX)
        return;
    json_out_key(json, "more_lines");
    json_out_u64(json, line_count - NOTICE_LINES_MAX);
}

/* ---- tracking ---- */

/* A number may hold anything: what an address cannot is percent-encoded. */
static void append_encoded(struct buffer *out, struct text value)
{
    static const char hex[] = "0123456789ABCDEF";
    for (uint32_t i = 0; i < value.length; i++) {
        unsigned char c = (unsigned char)value.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~') {
            buffer_append(out, &c, 1);
        } else {
            const char encoded[3] = {'%', hex[c >> 4], hex[c & 15]};
            buffer_append(out, encoded, sizeof(encoded));
        }
    }
}

/* The public tracking pages of carriers, by the first word of their name. */
static const char *carrier_url(struct text carrier)
{
    static const struct {
        const char *name;
        const char *url;
    } known[] = {
        {"UPS", "https://www.ups.com/track?tracknum={number}"},
        {"FedEx", "https://www.fedex.com/fedextrack/?trknbr={number}"},
        {"USPS", "https://tools.usps.com/go/TrackConfirmAction?tLabels={number}"},
        {"DHL", "https://www.dhl.com/en/express/tracking.html?AWB={number}"},
    };
    struct text first;
    if (text_cut(&carrier, ' ', &first)) {
        for (uint32_t i = 0; i < countof(known); i++) {
            if (text_equal_ignoring_case(first, text_of(known[i].name)))
                return known[i].url;
        }
    }
    return "";
}

static void write_tracking_url(const struct notice_writer *writer, struct json_out *json,
                               struct text carrier, struct text number)
{
    const char *pattern =
        writer->tracking_url[0] != '\0' ? writer->tracking_url : carrier_url(carrier);
    struct text rest = text_of(pattern);
    struct text part;
    struct buffer url;
    if (rest.length == 0 || number.length == 0)
        return;
    buffer_init(&url, 256);
    while (text_cut(&rest, '{', &part)) {
        buffer_append_text(&url, part);
        if (rest.data == NULL || !text_cut(&rest, '}', &part))
            break;
        if (text_equal(part, TEXT("number")))
            append_encoded(&url, number);
        else if (text_equal(part, TEXT("carrier")))
            append_encoded(&url, carrier);
    }
    json_out_key(json, "tracking_url");
    json_out_text(json, buffer_text(&url));
    buffer_release(&url);
}

static void write_shipment(const struct notice_writer *writer, struct json_out *json,
                           const struct event_order_changed *changed)
{
    struct text carrier = event_order_text1(changed);
    struct text number = event_order_text2(changed);
    json_out_key(json, "shipment");
    json_out_object_begin(json);
    if (carrier.length > 0) {
        json_out_key(json, "carrier");
        json_out_text(json, carrier);
    }
    if (number.length > 0) {
        json_out_key(json, "tracking_number");
        json_out_text(json, number);
    }
    write_tracking_url(writer, json, carrier, number);
    json_out_object_end(json);
}

/* ---- whole notices ---- */

void notice_write_placed(const struct notice_writer *writer, const struct event *event,
                         struct buffer *out)
{
    const struct event_order_placed *placed = event_payload(event);
    const struct event_order_line *lines = event_order_lines(placed);
    struct json_out json;
    json_out_init(&json, out);
    begin(writer, &json, NOTICE_order_placed, event, 0);
    begin_order(writer, &json, placed->order, ORDER_PENDING);
    json_out_key(&json, "lines");
    json_out_array_begin(&json);
    view_read_begin();
    for (uint32_t i = 0; i < placed->line_count && i < NOTICE_LINES_MAX; i++) {
        int64_t amount_minor = lines[i].unit_price_minor * (int64_t)lines[i].quantity;
        write_line(writer, &json, lines[i].product, lines[i].quantity,
                   amount_minor - lines[i].discount_minor, placed->currency);
    }
    view_read_end();
    json_out_array_end(&json);
    write_more_lines(&json, placed->line_count);
    write_totals(&json, &placed->totals, placed->currency);
    json_out_object_end(&json);
    json_out_object_end(&json);
}

void notice_write_changed(const struct notice_writer *writer, enum notice notice,
                          const struct event *event, const struct order *order, struct buffer *out)
{
    const struct event_order_changed *changed = event_payload(event);
    struct json_out json;
    json_out_init(&json, out);
    begin(writer, &json, notice, event, 0);
    begin_order(writer, &json, order->number, (enum order_state)changed->state);
    json_out_key(&json, "lines");
    json_out_array_begin(&json);
    view_read_begin();
    for (uint32_t i = 0; i < order->line_count && i < NOTICE_LINES_MAX; i++) {
        const struct order_line *line = &order->lines[i];
        uint32_t quantity = line->quantity > 0 ? line->quantity : line->quantity_ordered;
        int64_t discount_minor =
            line->quantity > 0 ? line->discount_minor : line->discount_ordered_minor;
        write_line(writer, &json, line->product, quantity,
                   line->unit_price_minor * (int64_t)quantity - discount_minor, order->currency);
    }
    view_read_end();
    json_out_array_end(&json);
    write_more_lines(&json, order->line_count);
    write_totals(&json, &changed->totals, order->currency);
    json_out_object_end(&json);
    if (changed->action == ORDER_SHIP)
        write_shipment(writer, &json, changed);
    json_out_object_end(&json);
}

static const struct order_shipment *find_shipment(const struct order *order, uint32_t number)
{
    const struct order_shipment *shipment = order->shipments;
    while (shipment != NULL && shipment->number != number)
        shipment = shipment->next;
    return shipment;
}

/* "status":"in_transit", and "is_in_transit":true for the templates. */
static void write_tracking_status(struct json_out *json, enum tracking_status status)
{
    char name[NOTICE_ID_SIZE];
    (void)snprintf(name, sizeof(name), "is_%s", tracking_status_name(status));
    json_out_key(json, "status");
    json_out_text(json, text_of(tracking_status_name(status)));
    json_out_key_text(json, text_of(name));
    json_out_bool(json, true);
}

void notice_write_shipment(const struct notice_writer *writer, const struct event *event,
                           const struct order *order, struct buffer *out)
{
    const struct event_shipment_updated *updated = event_payload(event);
    const struct order_shipment *shipment = find_shipment(order, updated->shipment);
    struct json_out json;
    json_out_init(&json, out);
    begin(writer, &json, NOTICE_shipment_update, event, 0);
    begin_order(writer, &json, order->number, (enum order_state)order->state);
    json_out_object_end(&json);
    json_out_key(&json, "shipment");
    json_out_object_begin(&json);
    write_tracking_status(&json, (enum tracking_status)updated->status);
    if (shipment != NULL)
        write_tracking_url(writer, &json, shipment->carrier, shipment->tracking_number);
    json_out_object_end(&json);
    json_out_object_end(&json);
}

static void write_payment(struct json_out *json, int64_t amount_minor, uint32_t currency,
                          const char *why, struct text reference)
{
    json_out_key(json, "payment");
    json_out_object_begin(json);
    write_money(json, "amount", amount_minor, currency);
    if (why != NULL) {
        json_out_key(json, "why");
        json_out_text(json, text_of(why));
    }
    if (reference.length > 0) {
        json_out_key(json, "reference");
        json_out_text(json, reference);
    }
    json_out_object_end(json);
}

void notice_write_payment(const struct notice_writer *writer, enum notice notice,
                          const struct event *event, struct buffer *out)
{
    struct json_out json;
    char shown[NOTICE_ID_SIZE];
    const struct event_payment_orphaned *orphaned = event_payload(event);
    const struct event_refund_due *due = event_payload(event);
    bool is_orphaned = notice == NOTICE_payment_orphaned;
    uint64_t order = is_orphaned ? orphaned->order : due->order;
    (void)snprintf(shown, sizeof(shown), "%" PRIu64, ORDER_NUMBER_FIRST + order);
    json_out_init(&json, out);
    begin(writer, &json, notice, event, 0);
    json_out_key(&json, "order");
    json_out_object_begin(&json);
    write_id(writer, &json, "id", NOTICE_ID_ORDER, order);
    json_out_key(&json, "number");
    json_out_text(&json, text_of(shown));
    json_out_object_end(&json);
    if (is_orphaned)
        write_payment(&json, orphaned->amount_minor, orphaned->currency,
                      payment_orphan_name((enum payment_orphan)orphaned->why),
                      event_orphaned_reference(orphaned));
    else
        write_payment(&json, due->amount_minor, due->currency, NULL, event_refund_reference(due));
    json_out_object_end(&json);
}

/* "2026-11-25 16:00 UTC" */
static void write_minute(struct json_out *json, const char *key, uint64_t time_ms)
{
    char shown[CLOCK_TEXT_SIZE];
    char minute[CLOCK_TEXT_SIZE];
    (void)clock_format(time_ms, shown);
    (void)snprintf(minute, sizeof(minute), "%.10s %.5s UTC", shown, shown + 11);
    json_out_key_text(json, text_of(key));
    json_out_text(json, text_of(minute));
}

void notice_write_cart(const struct notice_writer *writer, enum notice notice,
                       const struct event *event, uint64_t cart, uint64_t expires_ms,
                       struct buffer *out)
{
    struct json_out json;
    json_out_init(&json, out);
    begin(writer, &json, notice, event, 0);
    json_out_key(&json, "cart");
    json_out_object_begin(&json);
    write_id(writer, &json, "id", NOTICE_ID_CART, cart);
    if (expires_ms != 0) {
        json_out_key(&json, "expires_at");
        json_out_time(&json, expires_ms);
        write_minute(&json, "expires_text", expires_ms);
    }
    json_out_object_end(&json);
    json_out_object_end(&json);
}

void notice_write_reset(const struct notice_writer *writer, const struct event *event,
                        struct buffer *out)
{
    const struct event_reset_asked *asked = event_payload(event);
    struct json_out json;
    json_out_init(&json, out);
    begin(writer, &json, NOTICE_password_reset, event, 0);
    json_out_key(&json, "expires_at");
    json_out_time(&json, asked->expires_ms);
    json_out_object_end(&json);
}

void notice_write_low_stock(const struct notice_writer *writer, const struct event *event,
                            uint32_t product, struct buffer *out)
{
    struct json_out json;
    json_out_init(&json, out);
    begin(writer, &json, NOTICE_low_stock, event, product);
    json_out_key(&json, "product");
    json_out_object_begin(&json);
    write_id(writer, &json, "id", NOTICE_ID_PRODUCT, product);
    view_read_begin();
    write_product_names(writer, &json, product);
    const struct product *block = view_product(writer->view, product);
    json_out_key(&json, "available");
    json_out_u64(&json, view_available(writer->view, product));
    json_out_key(&json, "threshold");
    json_out_u64(&json, block == NULL ? 0 : block->low_stock_threshold);
    view_read_end();
    json_out_object_end(&json);
    json_out_object_end(&json);
}
