#include "app/audit.h"

#include "app/audit_books.h"
#include "base/hash.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    SENTENCE_SIZE = 400,
    SENTENCES_MAX = 1000, /* more are counted, not told */
    RESERVE_FIRST = 64,
    PROGRESS_EVENTS = 65536,
};

struct audit *audit_open(const struct audit_options *options)
{
    ensure(options->on_finding != NULL);
    struct audit *audit = memory_alloc_zeroed(1, sizeof *audit);
    audit->options = *options;
    map_init(&audit->skus, 0);
    map_init(&audit->place_by_key, 0);
    map_init(&audit->carts, 0);
    map_init(&audit->keys, 0);
    map_init(&audit->tokens, 0);
    map_init(&audit->review_pairs, 0);
    map_init(&audit->payment_ids, 0);
    map_init(&audit->tracking_ids, 0);
    return audit;
}

void audit_close(struct audit *audit)
{
    if (audit == NULL)
        return;
    for (size_t i = 0; i < audit->carts.slot_count; i++) {
        struct book_cart *cart = (struct book_cart *)(uintptr_t)audit->carts.slots[i].value;
        if (audit->carts.slots[i].key == 0)
            continue;
        memory_free(cart->lines);
        memory_free(cart);
    }
    for (uint64_t number = 1; number <= audit->order_count; number++)
        audit_live_free(audit->orders[number].live);
    map_release(&audit->review_pairs);
    map_release(&audit->tokens);
    map_release(&audit->payment_ids);
    map_release(&audit->tracking_ids);
    map_release(&audit->keys);
    map_release(&audit->carts);
    map_release(&audit->place_by_key);
    map_release(&audit->skus);
    memory_free(audit->category_parents);
    memory_free(audit->contacts);
    memory_free(audit->orders);
    memory_free(audit->reviews);
    memory_free(audit->api_keys);
    memory_free(audit->customers);
    memory_free(audit->places);
    memory_free(audit->products);
    memory_free(audit);
}

void audit_find(struct audit *audit, const char *format, ...)
{
    audit->totals.findings++;
    if (audit->totals.findings > SENTENCES_MAX)
        return;
    char sentence[SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    ensure(length > 0);
    audit->options.on_finding(audit->options.context, sentence);
    if (audit->totals.findings == SENTENCES_MAX)
        audit->options.on_finding(audit->options.context,
                                  "there are more findings, which are counted but not listed");
}

void *audit_reserve(void *array, uint64_t count, uint64_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    uint64_t before = *capacity;
    uint64_t after = before == 0 ? RESERVE_FIRST : before;
    while (after <= count)
        after *= 2;
    array = memory_resize(array, after * size);
    memset((char *)array + before * size, 0, (after - before) * size);
    *capacity = after;
    return array;
}

/* For the counts that are 32 bits wide. */
static void *reserve32(void *array, uint32_t count, uint32_t *capacity, size_t size)
{
    uint64_t wide = *capacity;
    array = audit_reserve(array, count, &wide, size);
    *capacity = (uint32_t)wide;
    return array;
}

static uint64_t place_key(uint32_t product, uint32_t location)
{
    return (uint64_t)product << 16 | location;
}

struct book_place *audit_place_find(const struct audit *audit, uint32_t product, uint32_t location)
{
    uint64_t position = 0;
    if (!map_find(&audit->place_by_key, place_key(product, location), &position))
        return NULL;
    return &audit->places[position];
}

static struct book_place *place_open(struct audit *audit, uint32_t product, uint32_t location)
{
    struct book_place *found = audit_place_find(audit, product, location);
    if (found != NULL)
        return found;
    audit->places =
        reserve32(audit->places, audit->place_count, &audit->place_capacity, sizeof *audit->places);
    map_put(&audit->place_by_key, place_key(product, location), audit->place_count);
    struct book_place *place = &audit->places[audit->place_count++];
    *place = (struct book_place){.product = product, .location = location};
    return place;
}

struct book_cart *audit_cart_find(const struct audit *audit, uint64_t number)
{
    uint64_t value = 0;
    return map_find(&audit->carts, number, &value) ? (struct book_cart *)(uintptr_t)value : NULL;
}

void audit_contact_named(struct audit *audit, uint64_t contact)
{
    if (contact == 0)
        return;
    if (contact > audit->last_event * 2 + 16) { /* an event names two at most */
        audit_find(audit, "event %" PRIu64 " names contact %" PRIu64 ", a number out of the blue",
                   audit->last_event, contact);
        return;
    }
    audit->contacts = audit_reserve(audit->contacts, contact, &audit->contact_capacity, 1);
    if (contact > audit->contact_count)
        audit->contact_count = contact;
    if (audit->contacts[contact] == BOOK_CONTACT_ERASED)
        audit_find(audit, "event %" PRIu64 " names contact %" PRIu64 ", which was erased before",
                   audit->last_event, contact);
    else
        audit->contacts[contact] = BOOK_CONTACT_NAMED;
}

/* --- one event each --- */

static void shop_created(struct audit *audit, const struct event *event)
{
    const struct event_shop_created *created = event_payload(event);
    if (event->number != 1)
        audit_find(audit, "event %" PRIu64 " makes the shop a second time", event->number);
    audit->currency = created->currency;
}

static void process_started(struct audit *audit, const struct event *event)
{
    const struct event_process_started *started = event_payload(event);
    if (started->epoch != audit->epoch + 1)
        audit_find(audit, "event %" PRIu64 ": start %" PRIu64 " follows start %" PRIu64,
                   event->number, started->epoch, audit->epoch);
    audit->epoch = started->epoch;
    audit->start_ms = event->time_ms;
}

/* Each SKU has one product. */
static void note_sku(struct audit *audit, const struct product *product, uint64_t hash)
{
    struct book_product *book = &audit->products[product->number];
    uint64_t other = 0;
    if (book->version != 0 && book->sku_hash != hash)
        (void)map_remove(&audit->skus, book->sku_hash);
    if (map_find(&audit->skus, hash, &other) && other != product->number)
        audit_find(audit, "products %" PRIu64 " and %u have the same SKU", other, product->number);
    map_put(&audit->skus, hash, product->number);
    book->sku_hash = hash;
}

static void product_put(struct audit *audit, const struct event *event)
{
    const struct product *product = event_payload(event);
    uint32_t number = product->number;
    if (number == 0 || number > audit->product_count + 1) {
        audit_find(audit, "event %" PRIu64 ": product %u follows product %u", event->number, number,
                   audit->product_count);
        return;
    }
    audit->products =
        reserve32(audit->products, number, &audit->product_capacity, sizeof *audit->products);
    struct book_product *book = &audit->products[number];
    if (product->version != book->version + 1)
        audit_find(audit, "event %" PRIu64 ": product %u goes from version %u to %u", event->number,
                   number, book->version, product->version);
    if (product->category > audit->category_count)
        audit_find(audit, "product %u is in category %u, which does not exist", number,
                   product->category);
    if (product->price_minor < 0)
        audit_find(audit, "product %u costs %" PRId64, number, product->price_minor);
    struct text sku = product_text(product, PRODUCT_SKU);
    uint64_t sku_hash = hash_bytes(sku.data, sku.length);
    note_sku(audit, product, sku_hash == 0 ? 1 : sku_hash);
    book->version = product->version;
    book->category = product->category;
    book->price_minor = product->price_minor;
    book->block_hash = hash_bytes(product, product->size);
    book->rating_count = product->rating_count;
    book->rating_x100 = product->rating_x100;
    if (book->review_count > 0)
        audit_check_rating(audit, number);
    if (number > audit->product_count)
        audit->product_count = number;
}

static void category_put(struct audit *audit, const struct event *event)
{
    const struct event_category_put *put = event_payload(event);
    if (put->number == 0 || put->number > audit->category_count + 1 ||
        put->parent > audit->category_count) {
        audit_find(audit, "event %" PRIu64 ": category %u below %u, of %u", event->number,
                   put->number, put->parent, audit->category_count);
        return;
    }
    audit->category_parents = reserve32(audit->category_parents, put->number,
                                        &audit->category_capacity, sizeof *audit->category_parents);
    audit->category_parents[put->number] = put->parent;
    if (put->number > audit->category_count)
        audit->category_count = put->number;
    uint32_t above = put->parent;
    for (uint32_t depth = 0; above != 0 && depth <= audit->category_count; depth++) {
        if (above == put->number) {
            audit_find(audit, "category %u lies below itself", put->number);
            audit->category_parents[put->number] = 0;
            return;
        }
        above = audit->category_parents[above];
    }
}

static void location_put(struct audit *audit, const struct event *event)
{
    const struct event_location_put *put = event_payload(event);
    if (put->number == 0 || put->number > audit->location_count + 1)
        audit_find(audit, "event %" PRIu64 ": location %u follows location %u", event->number,
                   put->number, audit->location_count);
    else if (put->number > audit->location_count)
        audit->location_count = put->number;
}

static void stock_row_moved(struct audit *audit, const struct event *event,
                            const struct event_stock_row *row)
{
    if (row->product == 0 || row->product > audit->product_count || row->location == 0 ||
        row->location > audit->location_count) {
        audit_find(audit, "event %" PRIu64 " moves stock of product %u at location %u: unknown",
                   event->number, row->product, row->location);
        return;
    }
    struct book_place *place = place_open(audit, row->product, row->location);
    place->on_hand += row->change;
    if (place->on_hand != row->on_hand)
        audit_find(audit,
                   "event %" PRIu64 ": product %u at location %u: %" PRId64
                   " pieces by the books, %u by the event",
                   event->number, row->product, row->location, place->on_hand, row->on_hand);
    if (place->reserved != row->reserved)
        audit_find(audit,
                   "event %" PRIu64 ": product %u at location %u: %" PRId64
                   " pieces reserved by the books, %u by the event",
                   event->number, row->product, row->location, place->reserved, row->reserved);
    if (place->on_hand < place->reserved || place->on_hand < 0)
        audit_find(audit,
                   "event %" PRIu64 ": product %u at location %u: %" PRId64
                   " pieces on hand, %" PRId64 " promised",
                   event->number, row->product, row->location, place->on_hand, place->reserved);
}

static void stock_moved(struct audit *audit, const struct event *event)
{
    const struct event_stock_moved *moved = event_payload(event);
    const struct event_stock_row *rows = event_stock_rows(moved);
    int64_t sum = 0;
    for (uint32_t i = 0; i < moved->row_count; i++) {
        stock_row_moved(audit, event, &rows[i]);
        sum += rows[i].change;
    }
    if (moved->reason == STOCK_TRANSFERRED && (sum != 0 || moved->row_count != 2))
        audit_find(audit, "event %" PRIu64 ": a transfer that makes %" PRId64 " pieces",
                   event->number, sum);
}

static void customer_changed(struct audit *audit, const struct event *event)
{
    const struct event_customer_put *put = event_payload(event);
    if (put->number == 0 || put->number > audit->customer_count + 1) {
        audit_find(audit, "event %" PRIu64 ": customer %u follows customer %u", event->number,
                   put->number, audit->customer_count);
        return;
    }
    audit->customers = reserve32(audit->customers, put->number, &audit->customer_capacity,
                                 sizeof *audit->customers);
    struct book_customer *customer = &audit->customers[put->number];
    if (customer->is_erased)
        audit_find(audit, "event %" PRIu64 " changes customer %u, who was erased", event->number,
                   put->number);
    uint64_t contact_before = customer->contact;
    customer->contact = put->contact;
    customer->tier = put->tier;
    customer->is_erased = put->is_erased != 0;
    if (customer->is_erased)
        audit_account_erased(audit, put->number);
    if (put->number > audit->customer_count)
        audit->customer_count = put->number;
    if (put->contact != contact_before)
        audit_contact_named(audit, put->contact);
}

static void contacts_erased(struct audit *audit, const struct event *event)
{
    const struct event_contacts_erased *erased = event_payload(event);
    const uint64_t *contacts = event_contacts(erased);
    for (uint32_t i = 0; i < erased->count; i++) {
        if (contacts[i] == 0 || contacts[i] > audit->contact_count ||
            audit->contacts[contacts[i]] == BOOK_CONTACT_UNSEEN)
            audit_find(audit, "event %" PRIu64 " erases contact %" PRIu64 ", which nobody had",
                       event->number, contacts[i]);
        else
            audit->contacts[contacts[i]] = BOOK_CONTACT_ERASED;
    }
}

static void pricing_set(struct audit *audit, const struct event *event)
{
    const struct event_pricing_set *set = event_payload(event);
    if (set->version != audit->pricing_version + 1 || set->rule_count > PRICING_RULES_MAX) {
        audit_find(audit, "event %" PRIu64 ": prices of version %u follow version %u",
                   event->number, set->version, audit->pricing_version);
        return;
    }
    audit->pricing_version = set->version;
    audit->pricing = (struct pricing){
        .version = set->version,
        .policy = (enum pricing_policy)set->policy,
        .rule_count = set->rule_count,
    };
    memcpy(audit->pricing.rules, event_pricing_rules(set),
           set->rule_count * sizeof(struct pricing_rule));
}

static void (*const takers[EVENT_TYPE_LIMIT])(struct audit *audit, const struct event *event) = {
    [EVENT_SHOP_CREATED] = shop_created,
    [EVENT_PROCESS_STARTED] = process_started,
    [EVENT_PRODUCT_PUT] = product_put,
    [EVENT_CATEGORY_PUT] = category_put,
    [EVENT_LOCATION_PUT] = location_put,
    [EVENT_STOCK_MOVED] = stock_moved,
    [EVENT_CUSTOMER_PUT] = customer_changed,
    [EVENT_CONTACTS_ERASED] = contacts_erased,
    [EVENT_CART_CHANGED] = audit_cart_changed,
    [EVENT_ORDER_PLACED] = audit_order_placed,
    [EVENT_ORDER_CHANGED] = audit_order_changed,
    [EVENT_PRICING_SET] = pricing_set,
    [EVENT_ACCOUNT_PUT] = audit_account_put,
    [EVENT_TOKEN_CHANGED] = audit_token_changed,
    [EVENT_API_KEY_PUT] = audit_api_key_put,
    [EVENT_REVIEW_PUT] = audit_review_put,
    [EVENT_RESET_ASKED] = audit_reset_asked,
    [EVENT_ORDER_CORRECTED] = audit_order_corrected,
    [EVENT_OPERATOR_ACTED] = audit_operator_acted,
    [EVENT_PAYMENT_RECEIVED] = audit_payment_received,
    [EVENT_PAYMENT_ORPHANED] = audit_payment_orphaned,
    [EVENT_REFUND_DUE] = audit_refund_due,
    [EVENT_CART_EXPIRING] = audit_cart_expiring,
    [EVENT_CART_EXPIRED] = audit_cart_expired,
    [EVENT_SHIPMENT_UPDATED] = audit_shipment_updated,
    [EVENT_ORDER_IMPORTED] = audit_order_imported,
};

void audit_event(struct audit *audit, const struct event *event)
{
    if (event->number != audit->last_event + 1)
        audit_find(audit, "event %" PRIu64 " follows event %" PRIu64, event->number,
                   audit->last_event);
    if (event->time_ms < audit->last_ms)
        audit_find(audit, "event %" PRIu64 " is older than the one before it", event->number);
    if (event->number != 1 && audit->currency == 0)
        audit_find(audit, "event %" PRIu64 " comes before the shop is made", event->number);
    audit_check_expected(audit, event);
    audit_check_reviewed(audit, event);
    audit->last_event = event->number;
    audit->last_ms = event->time_ms;
    audit->totals.events++;
    if (event->type >= EVENT_TYPE_LIMIT || takers[event->type] == NULL)
        audit_find(audit, "event %" PRIu64 " is of an unknown type, %u", event->number,
                   event->type);
    else
        takers[event->type](audit, event);
    if (audit->options.on_progress != NULL && event->number % PROGRESS_EVENTS == 0)
        audit->options.on_progress(audit->options.context, event->number);
}

static bool take_event(void *context, const struct event *event)
{
    audit_event(context, event);
    return true;
}

struct err audit_read_events(struct audit *audit, struct store_reader *reader)
{
    return store_read_events(reader, audit->last_event, take_event, audit);
}

static void add_orders(const struct audit *audit, struct audit_totals *totals)
{
    totals->orders = audit->order_count;
    for (uint64_t number = 1; number <= audit->order_count; number++) {
        const struct book_order *order = &audit->orders[number];
        totals->orders_live += order->live != NULL;
        totals->orders_cancelled += order->state == ORDER_CANCELLED;
        totals->total_minor += order->total_minor;
    }
}

struct audit_totals audit_totals(const struct audit *audit)
{
    struct audit_totals totals = audit->totals;
    totals.products = audit->product_count;
    totals.customers = audit->customer_count;
    totals.carts = audit->carts.count;
    for (uint32_t i = 0; i < audit->place_count; i++) {
        totals.pieces_on_hand += (uint64_t)audit->places[i].on_hand;
        totals.pieces_reserved += (uint64_t)audit->places[i].reserved;
    }
    add_orders(audit, &totals);
    return totals;
}
