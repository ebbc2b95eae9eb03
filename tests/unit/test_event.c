#include "base/hash.h"
#include "shop/api_key.h"
#include "shop/cart.h"
#include "shop/catalog.h"
#include "shop/customer.h"
#include "shop/event.h"
#include "shop/stock.h"
#include "test.h"

#include <string.h>

enum { CRC_START = 12 };

/* One sealed event at the start of `events`, whose payload is a copy of `payload`. */
static struct event *make(struct buffer *events, enum event_type type, const void *payload,
                          size_t size)
{
    buffer_reset(events);
    memcpy(event_append(events, type, size, 5), payload, size);
    assert_int_equal(event_seal(events, 0, 1), events->length);
    return (struct event *)(void *)events->data;
}

/* Is the one event in `events` accepted? What is refused moves nothing. */
static bool is_accepted(const struct buffer *events)
{
    size_t offset = 0;
    bool is_damaged = false;
    const struct event *event = NULL;
    bool is_next = event_next(events->data, events->length, &offset, &event, &is_damaged);
    assert_int_equal(is_damaged, !is_next);
    assert_int_equal(offset, is_next ? events->length : 0);
    assert_ptr_equal(event, is_next ? events->data : NULL);
    return is_next;
}

static bool payload_is_accepted(enum event_type type, const void *payload, size_t size)
{
    struct buffer events;
    buffer_init(&events, 64);
    (void)make(&events, type, payload, size);
    size_t length = events.length;
    memset(buffer_extend(&events, 256), 0xff, 256); /* reading on would find nonsense */
    events.length = length;
    bool accepted = is_accepted(&events);
    buffer_release(&events);
    return accepted;
}

static void an_event_is_a_header_a_payload_and_padding(void **state)
{
    (void)state;
    struct buffer events;
    buffer_init(&events, 16);
    static const struct {
        size_t payload;
        size_t length;
    } rows[] = {{1, 40}, {7, 40}, {8, 40}, {9, 48}, {16, 48}, {17, 56}};
    size_t offset = 0;
    for (size_t i = 0; i < countof(rows); i++) {
        char *payload = event_append(&events, EVENT_CATEGORY_PUT, rows[i].payload, 77);
        assert_ptr_equal(payload, events.data + offset + 32);
        for (size_t j = 0; j < rows[i].length - 32; j++)
            assert_int_equal(payload[j], 0);
        const struct event *event = (const struct event *)(void *)(events.data + offset);
        assert_int_equal(event->length, rows[i].length);
        assert_int_equal(event->type, EVENT_CATEGORY_PUT);
        assert_int_equal(event->version, 1);
        assert_int_equal(event->region, 1);
        assert_int_equal(event->number, 0);
        assert_int_equal(event->time_ms, 77);
        memset(payload, 0x5a, rows[i].payload);
        offset += rows[i].length;
        assert_int_equal(events.length, offset);
    }
    buffer_release(&events);
}

static void sealing_numbers_and_signs(void **state)
{
    (void)state;
    struct buffer events;
    buffer_init(&events, 16);
    struct event_process_started *started =
        event_append(&events, EVENT_PROCESS_STARTED, sizeof(*started), 1);
    started->epoch = 3;
    started = event_append(&events, EVENT_PROCESS_STARTED, sizeof(*started), 2);
    started->epoch = 4;
    assert_int_equal(event_seal(&events, 0, 10), 48);
    assert_int_equal(event_seal(&events, 48, 11), 96);

    size_t offset = 0;
    bool is_damaged = true;
    const struct event *event = NULL;
    for (uint64_t i = 0; i < 2; i++) {
        assert_true(event_next(events.data, events.length, &offset, &event, &is_damaged));
        assert_false(is_damaged);
        assert_int_equal(offset, 48 * (i + 1));
        assert_int_equal(event->number, 10 + i);
        assert_int_equal(event->time_ms, 1 + i);
        assert_int_equal(event->crc,
                         hash_crc32c(0, (const char *)event + CRC_START, 48 - CRC_START));
        const struct event_process_started *read = event_payload(event);
        assert_int_equal(read->epoch, 3 + i);
    }
    is_damaged = true;
    assert_false(event_next(events.data, events.length, &offset, &event, &is_damaged));
    assert_false(is_damaged);
    buffer_release(&events);
}

static void no_bytes_are_no_events(void **state)
{
    (void)state;
    size_t offset = 0;
    bool is_damaged = true;
    const struct event *event = NULL;
    assert_false(event_next(NULL, 0, &offset, &event, &is_damaged));
    assert_false(is_damaged);
}

static void every_flipped_bit_and_every_cut_is_noticed(void **state)
{
    (void)state;
    struct buffer events;
    buffer_init(&events, 64);
    struct event_process_started started = {.epoch = 1, .timeline = 9};
    (void)make(&events, EVENT_PROCESS_STARTED, &started, sizeof(started));
    assert_true(is_accepted(&events));
    for (size_t bit = 0; bit < events.length * 8; bit++) {
        events.data[bit / 8] = (char)(events.data[bit / 8] ^ (1 << bit % 8));
        assert_false(is_accepted(&events));
        events.data[bit / 8] = (char)(events.data[bit / 8] ^ (1 << bit % 8));
    }
    size_t length = events.length;
    for (events.length = 1; events.length < length; events.length++)
        assert_false(is_accepted(&events));
    assert_true(is_accepted(&events));
    buffer_release(&events);
}

/* Header fields set to something, with the checksum made right again. */
static void a_header_out_of_its_bounds_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        size_t width;
        uint64_t value;
        bool is_valid;
    } rows[] = {
        {offsetof(struct event, length), 4, 0, false},
        {offsetof(struct event, length), 4, 32, false},
        {offsetof(struct event, length), 4, 40, false},
        {offsetof(struct event, length), 4, 44, false},
        {offsetof(struct event, length), 4, 48, true},
        {offsetof(struct event, length), 4, 49, false},
        {offsetof(struct event, length), 4, 56, false},
        {offsetof(struct event, type), 2, 0, false},
        {offsetof(struct event, type), 2, EVENT_PROCESS_STARTED, true},
        {offsetof(struct event, type), 2, EVENT_TYPE_LIMIT, false},
        {offsetof(struct event, type), 2, UINT16_MAX, false},
        {offsetof(struct event, version), 2, 0, false},
        {offsetof(struct event, version), 2, 2, false},
        {offsetof(struct event, region), 4, 0, false},
        {offsetof(struct event, region), 4, 2, false},
        {offsetof(struct event, number), 8, 0, false},
        {offsetof(struct event, number), 8, 1, true},
        {offsetof(struct event, number), 8, UINT64_MAX, true},
        {offsetof(struct event, time_ms), 8, UINT64_MAX, true},
    };
    struct buffer events;
    buffer_init(&events, 64);
    struct event_process_started started = {.epoch = 1};
    for (size_t i = 0; i < countof(rows); i++) {
        struct event *event = make(&events, EVENT_PROCESS_STARTED, &started, sizeof(started));
        memcpy(events.data + rows[i].offset, &rows[i].value, rows[i].width);
        size_t length = event->length > CRC_START && event->length <= 48 ? event->length : 48;
        event->crc = hash_crc32c(0, events.data + CRC_START, length - CRC_START);
        if (is_accepted(&events) != rows[i].is_valid)
            fail_msg("row %zu", i);
    }
    buffer_release(&events);
}

static void an_event_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct buffer events;
    buffer_init(&events, 64);
    uint32_t count = (EVENT_SIZE_MAX - 32 - 8) / 8;
    size_t size = 8 + count * (size_t)8;
    struct event_contacts_erased *erased = event_append(&events, EVENT_CONTACTS_ERASED, size, 1);
    erased->count = count;
    uint64_t *contacts = (void *)(erased + 1);
    for (uint32_t i = 0; i < count; i++)
        contacts[i] = i + 1;
    (void)event_seal(&events, 0, 1);
    assert_int_equal(events.length, EVENT_SIZE_MAX);
    assert_true(is_accepted(&events));

    /* one contact more, made by hand */
    uint64_t more = 1;
    buffer_append(&events, &more, sizeof(more));
    struct event *event = (struct event *)(void *)events.data;
    event->length += 8;
    ((struct event_contacts_erased *)(event + 1))->count++;
    (void)event_seal(&events, 0, 1);
    assert_false(is_accepted(&events));
    buffer_release(&events);
}

/* A good payload of each type with room behind it; `size` bytes count. */
struct sample {
    enum event_type type;
    const char *name;
    size_t size;
    void *payload;
};

static struct {
    struct event_category_put put;
    char name[24];
} sample_category = {{.number = 9, .parent = 2, .name_length = 5}, "Lamps"};

static struct {
    struct event_location_put put;
    char name[24];
} sample_location = {{.number = 2, .name_length = 5, .priority = -1}, "north"};

static struct {
    struct event_stock_moved moved;
    struct event_stock_row rows[3];
} sample_stock = {{.reason = STOCK_TRANSFERRED, .row_count = 2},
                  {{.product = 1, .location = 1, .change = -2, .on_hand = 3, .reserved = 3},
                   {.product = 1, .location = 2, .change = 2, .on_hand = 2}}};

static struct {
    struct event_contacts_erased erased;
    uint64_t contacts[4];
} sample_contacts = {{.customer = 3, .count = 3}, {7, 8, 9}};

static struct {
    struct event_cart_changed changed;
    struct event_cart_line lines[3];
} sample_cart = {{.cart = 1, .line_count = 2}, {{.product = 1, .quantity = 2}, {.product = 2}}};

static struct {
    struct event_order_placed placed;
    struct event_order_line lines[2];
    struct event_order_part parts[4];
} sample_placed = {
    {.order = 1, .cart = 1, .line_count = 2, .part_count = 3},
    {{.product = 1, .quantity = 5, .unit_price_minor = 100}, {.product = 2, .quantity = 1}},
    {{.line = 0, .quantity = 3, .location = 1, .on_hand = 3, .reserved = 3},
     {.line = 0, .quantity = 2, .location = 2, .on_hand = 9, .reserved = 2},
     {.line = 1, .quantity = 1, .location = 64, .on_hand = 9, .reserved = 1}}};

static struct {
    struct event_order_changed changed;
    struct event_order_line_change lines[2];
    struct event_order_part parts[2];
    char texts[24];
} sample_changed = {{.order = 1,
                     .action = ORDER_CANCEL_PART,
                     .line_count = 2,
                     .part_count = 2,
                     .text1_length = 6,
                     .text2_length = 4},
                    {{.line = 0, .quantity = 1, .quantity_after = 4}, {.line = 1, .quantity = 1}},
                    {{.line = 0, .quantity = 1, .location = 1, .on_hand = 3},
                     {.line = 1, .quantity = 1, .location = 2, .on_hand = 3}},
                    "reasonT-12"};

static struct {
    struct event_pricing_set set;
    struct pricing_rule rules[3];
} sample_pricing = {{.version = 2, .policy = PRICING_STACK, .rule_count = 2},
                    {{.strategy = "bulk", .min_quantity = 5, .basis_points = 1000},
                     {.strategy = "regional", .basis_points = 500, .country = "US"}}};

static struct {
    struct event_payment_received received;
    char texts[24];
} sample_received = {{.order = 1,
                      .amount_minor = 1999,
                      .currency = 1,
                      .kind = PAYMENT_SUCCEEDED,
                      .outcome = PAYMENT_CONFIRMED,
                      .id_length = 5,
                      .reference_length = 4},
                     "evt_1pay2"};

static struct {
    struct event_payment_orphaned orphaned;
    char texts[24];
} sample_orphaned = {{.order = 1,
                      .amount_minor = 1999,
                      .currency = 1,
                      .why = ORPHAN_PAID_BEFORE,
                      .reference_length = 5},
                     "pay_2"};

static struct {
    struct event_refund_due due;
    char texts[24];
} sample_refund = {{.order = 1, .amount_minor = 1999, .currency = 1, .reference_length = 5},
                   "pay_2"};

static struct {
    struct event_shipment_updated updated;
    char texts[24];
} sample_updated = {{.order = 1,
                     .occurred_ms = 2,
                     .shipment = 3,
                     .status = TRACKING_DELIVERED,
                     .id_length = 5,
                     .code_length = 4},
                    "evt_1code"};

static struct event_cart_expiring sample_expiring = {.cart = 1,
                                                     .contact = 2,
                                                     .expires_ms = 3,
                                                     .customer = 4,
                                                     .line_count = 5};
static struct event_cart_expired sample_expired = {.cart = 1,
                                                   .contact = 2,
                                                   .customer = 4,
                                                   .line_count = 5};
static struct event_shop_created sample_created = {.currency = 1, .timeline = 2};
static struct event_process_started sample_started = {.epoch = 1};
static struct event_customer_put sample_customer = {.number = 1, .tier = 1, .contact = 4};
static struct event_account_put sample_account = {.customer = 1,
                                                  .role = ROLE_STAFF,
                                                  .sets_password = 1};
static struct event_token_changed sample_token = {.digest = {1, 2, 3},
                                                  .expires_ms = 9,
                                                  .customer = 1};
static struct {
    struct event_api_key_put put;
    char name[8];
} sample_key = {{.digest = {1}, .number = 1, .scopes = 3, .name_length = 3}, "ERP"};
static struct {
    struct event_operator_acted acted;
    char action[8];
} sample_acted = {{.first_event = 5,
                   .subject = 7,
                   .number = 1,
                   .kind = OPERATOR_SERVICE,
                   .subject_kind = SUBJECT_ORDER,
                   .action_length = 4},
                  "ship"};
static struct event_order_corrected sample_corrected = {.order = 1,
                                                        .contact = 4,
                                                        .actor = ACTOR_CUSTOMER,
                                                        .fields = CORRECTED_SHIPPING};
static struct event_reset_asked sample_reset = {.customer = 1, .contact = 4, .expires_ms = 9};
static struct event_review_put sample_review =
    {.contact = 4, .number = 1, .product = 2, .customer = 3, .stars = 5, .elsewhere_x100 = 430};
static struct {
    struct event_order_imported imported;
    struct event_imported_line lines[1];
    struct event_imported_payment payments[1];
    struct event_imported_shipment shipments[1];
    struct event_imported_move moves[1];
    struct event_imported_part parts[1];
    struct order_shipment_line parcel_lines[1];
    char texts[12];
} sample_imported = {
    .imported = {.order = 7,
                 .created_ms = 5,
                 .currency = 1,
                 .pricing_version = 1,
                 .state = ORDER_SHIPPED,
                 .shipment_count = 1,
                 .line_count = 1,
                 .part_count = 1,
                 .move_count = 1,
                 .payment_count = 1,
                 .parcel_line_count = 1,
                 .texts_length = 10},
    .lines = {{.product = 1, .quantity_ordered = 2, .quantity = 2}},
    .payments = {{.at_ms = 6,
                  .kind = PAYMENT_FAILED,
                  .outcome = PAYMENT_IGNORED,
                  .id_length = 2,
                  .reference_length = 2}},
    .shipments = {{.shipped_ms = 6,
                   .location = 1,
                   .line_count = 1,
                   .carrier_length = 2,
                   .tracking_length = 2}},
    .moves = {{.at_ms = 6, .action = ORDER_SHIP, .state = ORDER_SHIPPED, .note_length = 2}},
    .parts = {{.line = 0,
               .location = 1,
               .has_stock = 1,
               .reserved_ordered = 2,
               .reserved = 1,
               .shipped = 1,
               .stock_on_hand = 5,
               .stock_reserved = 3}},
    .parcel_lines = {{0, 1}},
    .texts = "noDLTNidrf",
};
static uint64_t sample_product[10]; /* made in main() */

static const struct sample samples[] = {
    {EVENT_SHOP_CREATED, "shop_created", sizeof(sample_created), &sample_created},
    {EVENT_PROCESS_STARTED, "process_started", sizeof(sample_started), &sample_started},
    {EVENT_PRODUCT_PUT, "product_put", sizeof(sample_product), sample_product},
    {EVENT_CATEGORY_PUT, "category_put", sizeof(sample_category.put) + 5, &sample_category},
    {EVENT_LOCATION_PUT, "location_put", sizeof(sample_location.put) + 5, &sample_location},
    {EVENT_STOCK_MOVED, "stock_moved", offsetof(typeof(sample_stock), rows[2]), &sample_stock},
    {EVENT_CUSTOMER_PUT, "customer_put", sizeof(sample_customer), &sample_customer},
    {EVENT_CONTACTS_ERASED, "contacts_erased", offsetof(typeof(sample_contacts), contacts[3]),
     &sample_contacts},
    {EVENT_CART_CHANGED, "cart_changed", offsetof(typeof(sample_cart), lines[2]), &sample_cart},
    {EVENT_ORDER_PLACED, "order_placed", offsetof(typeof(sample_placed), parts[3]), &sample_placed},
    {EVENT_ORDER_CHANGED, "order_changed", offsetof(typeof(sample_changed), texts[10]),
     &sample_changed},
    {EVENT_PRICING_SET, "pricing_set", offsetof(typeof(sample_pricing), rules[2]), &sample_pricing},
    {EVENT_ACCOUNT_PUT, "account_put", sizeof(sample_account), &sample_account},
    {EVENT_TOKEN_CHANGED, "token_changed", sizeof(sample_token), &sample_token},
    {EVENT_PAYMENT_RECEIVED, "payment_received", sizeof(sample_received.received) + 9,
     &sample_received},
    {EVENT_PAYMENT_ORPHANED, "payment_orphaned", sizeof(sample_orphaned.orphaned) + 5,
     &sample_orphaned},
    {EVENT_REFUND_DUE, "refund_due", sizeof(sample_refund.due) + 5, &sample_refund},
    {EVENT_CART_EXPIRING, "cart_expiring", sizeof(sample_expiring), &sample_expiring},
    {EVENT_CART_EXPIRED, "cart_expired", sizeof(sample_expired), &sample_expired},
    {EVENT_SHIPMENT_UPDATED, "shipment_updated", sizeof(sample_updated.updated) + 9,
     &sample_updated},
    {EVENT_ORDER_IMPORTED, "order_imported", offsetof(typeof(sample_imported), texts[10]),
     &sample_imported},
    {EVENT_API_KEY_PUT, "api_key_put", sizeof(sample_key.put) + 3, &sample_key},
    {EVENT_OPERATOR_ACTED, "operator_acted", sizeof(sample_acted.acted) + 4, &sample_acted},
    {EVENT_ORDER_CORRECTED, "order_corrected", sizeof(sample_corrected), &sample_corrected},
    {EVENT_REVIEW_PUT, "review_put", sizeof(sample_review), &sample_review},
    {EVENT_RESET_ASKED, "reset_asked", sizeof(sample_reset), &sample_reset},
};

static const struct sample *sample_of(enum event_type type)
{
    size_t i = 0;
    while (i < countof(samples) && samples[i].type != type)
        i++;
    assert_true(i < countof(samples));
    return &samples[i];
}

static void every_type_has_a_name_and_is_accepted(void **state)
{
    (void)state;
    size_t known = 0;
    for (uint32_t type = 0; type <= EVENT_TYPE_LIMIT; type++)
        known += event_type_is_known(type);
    assert_int_equal(countof(samples), known);
    for (size_t i = 0; i < countof(samples); i++) {
        assert_ptr_equal(sample_of(samples[i].type), &samples[i]);
        assert_string_equal(event_type_name(samples[i].type), samples[i].name);
        if (!payload_is_accepted(samples[i].type, samples[i].payload, samples[i].size))
            fail_msg("%s", samples[i].name);
    }
}

static void a_payload_of_another_size_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(samples); i++) {
        const struct sample *sample = &samples[i];
        size_t padded = (sample->size + 7) / 8 * 8;
        char bytes[512] = {0};
        memcpy(bytes, sample->payload, sample->size);
        for (size_t size = 8; size <= padded + 16; size += 8) {
            if (payload_is_accepted(sample->type, bytes, size) != (size == padded))
                fail_msg("%s of %zu bytes", sample->name, size);
        }
    }
}

static void what_hides_in_the_padding_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(samples); i++) {
        const struct sample *sample = &samples[i];
        size_t padded = (sample->size + 7) / 8 * 8;
        for (size_t place = sample->size; place < padded; place++) {
            char bytes[512] = {0};
            memcpy(bytes, sample->payload, sample->size);
            bytes[place] = 'x';
            if (payload_is_accepted(sample->type, bytes, padded))
                fail_msg("%s byte %zu", sample->name, place);
        }
    }
}

struct patch {
    enum event_type type;
    size_t offset;
    size_t width;
    uint64_t value;
    bool is_valid;
};

#define PATCH(type_, sample, field, value, is_valid)                                               \
    {                                                                                              \
        type_, offsetof(typeof(sample), field), sizeof((sample).field), (uint64_t)(value),         \
            is_valid                                                                               \
    }
#define CREATED(...)  PATCH(EVENT_SHOP_CREATED, sample_created, __VA_ARGS__)
#define STARTED(...)  PATCH(EVENT_PROCESS_STARTED, sample_started, __VA_ARGS__)
#define CATEGORY(...) PATCH(EVENT_CATEGORY_PUT, sample_category, __VA_ARGS__)
#define LOCATION(...) PATCH(EVENT_LOCATION_PUT, sample_location, __VA_ARGS__)
#define STOCK(...)    PATCH(EVENT_STOCK_MOVED, sample_stock, __VA_ARGS__)
#define CUSTOMER(...) PATCH(EVENT_CUSTOMER_PUT, sample_customer, __VA_ARGS__)
#define CONTACTS(...) PATCH(EVENT_CONTACTS_ERASED, sample_contacts, __VA_ARGS__)
#define CART(...)     PATCH(EVENT_CART_CHANGED, sample_cart, __VA_ARGS__)
#define PLACED(...)   PATCH(EVENT_ORDER_PLACED, sample_placed, __VA_ARGS__)
#define CHANGED(...)  PATCH(EVENT_ORDER_CHANGED, sample_changed, __VA_ARGS__)
#define PRICING(...)  PATCH(EVENT_PRICING_SET, sample_pricing, __VA_ARGS__)
#define ACCOUNT(...)  PATCH(EVENT_ACCOUNT_PUT, sample_account, __VA_ARGS__)
#define TOKEN(...)    PATCH(EVENT_TOKEN_CHANGED, sample_token, __VA_ARGS__)
#define RECEIVED(...) PATCH(EVENT_PAYMENT_RECEIVED, sample_received, __VA_ARGS__)
#define ORPHANED(...) PATCH(EVENT_PAYMENT_ORPHANED, sample_orphaned, __VA_ARGS__)
#define REFUND(...)   PATCH(EVENT_REFUND_DUE, sample_refund, __VA_ARGS__)
#define UPDATED(...)  PATCH(EVENT_SHIPMENT_UPDATED, sample_updated, __VA_ARGS__)
#define IMPORTED(...) PATCH(EVENT_ORDER_IMPORTED, sample_imported, __VA_ARGS__)
#define EXPIRING(...) PATCH(EVENT_CART_EXPIRING, sample_expiring, __VA_ARGS__)
#define EXPIRED(...)  PATCH(EVENT_CART_EXPIRED, sample_expired, __VA_ARGS__)
#define KEY(...)      PATCH(EVENT_API_KEY_PUT, sample_key, __VA_ARGS__)
#define ACTED(...)    PATCH(EVENT_OPERATOR_ACTED, sample_acted, __VA_ARGS__)
#define CORRECT(...)  PATCH(EVENT_ORDER_CORRECTED, sample_corrected, __VA_ARGS__)
#define RESET(...)    PATCH(EVENT_RESET_ASKED, sample_reset, __VA_ARGS__)

#define REVIEW(...) PATCH(EVENT_REVIEW_PUT, sample_review, __VA_ARGS__)

static const struct patch patches[] = {
    IMPORTED(imported.order, 0, false),
    IMPORTED(imported.order, UINT64_C(1) << CART_EPOCH_SHIFT, false),
    IMPORTED(imported.previous, 7, false),
    IMPORTED(imported.previous, 6, true),
    IMPORTED(imported.created_ms, 0, false),
    IMPORTED(imported.customer, CUSTOMERS_MAX, true),
    IMPORTED(imported.customer, CUSTOMERS_MAX + 1, false),
    IMPORTED(imported.currency, 0, false),
    IMPORTED(imported.pricing_version, 0, false),
    IMPORTED(imported.state, ORDER_STATE_COUNT, false),
    IMPORTED(imported.placed_by, ACTOR_COUNT, false),
    IMPORTED(imported.line_count, 0, false),
    IMPORTED(imported.line_count, 2, false),
    IMPORTED(imported.line_count, ORDER_LINES_MAX + 1, false),
    IMPORTED(imported.part_count, 0, false),
    IMPORTED(imported.part_count, UINT32_MAX, false),
    IMPORTED(imported.move_count, 2, false),
    IMPORTED(imported.move_count, UINT32_MAX, false),
    IMPORTED(imported.payment_count, 2, false),
    IMPORTED(imported.payment_count, UINT32_MAX, false),
    IMPORTED(imported.shipment_count, 2, false),
    IMPORTED(imported.shipment_count, UINT16_MAX, false),
    IMPORTED(imported.parcel_line_count, 2, false),
    IMPORTED(imported.parcel_line_count, UINT32_MAX, false),
    IMPORTED(imported.texts_length, 9, false),
    IMPORTED(imported.texts_length, 11, false),
    IMPORTED(imported.texts_length, UINT32_MAX, false),
    IMPORTED(lines[0].product, 0, false),
    IMPORTED(lines[0].quantity_ordered, 0, false),
    IMPORTED(lines[0].quantity_ordered, CART_QUANTITY_MAX + 1, false),
    IMPORTED(lines[0].quantity, 3, false),
    IMPORTED(lines[0].quantity, 0, true),
    IMPORTED(lines[0].zero, 1, false),
    IMPORTED(lines[0].unit_price_minor, MONEY_PRICE_MAX, true),
    IMPORTED(lines[0].unit_price_minor, MONEY_PRICE_MAX + 1, false),
    IMPORTED(payments[0].kind, 0, false),
    IMPORTED(payments[0].kind, PAYMENT_KIND_LIMIT, false),
    IMPORTED(payments[0].outcome, 0, false),
    IMPORTED(payments[0].outcome, PAYMENT_OUTCOME_LIMIT, false),
    IMPORTED(payments[0].amount_minor, MONEY_TOTAL_MAX, true),
    IMPORTED(payments[0].amount_minor, MONEY_TOTAL_MAX + 1, false),
    IMPORTED(payments[0].id_length, 1, false),
    IMPORTED(payments[0].id_length, PAYMENT_ID_MAX + 1, false),
    IMPORTED(payments[0].reference_length, PAYMENT_ID_MAX + 1, false),
    IMPORTED(payments[0].zero[0], 1, false),
    IMPORTED(payments[0].zero[2], 1, false),
    IMPORTED(shipments[0].location, 0, false),
    IMPORTED(shipments[0].location, STOCK_LOCATIONS_MAX, true),
    IMPORTED(shipments[0].location, STOCK_LOCATIONS_MAX + 1, false),
    IMPORTED(shipments[0].line_count, 0, false),
    IMPORTED(shipments[0].line_count, 2, false),
    IMPORTED(shipments[0].carrier_length, 3, false),
    IMPORTED(shipments[0].tracking_length, ORDER_NOTE_MAX + 1, false),
    IMPORTED(moves[0].action, ORDER_ACTION_COUNT, false),
    IMPORTED(moves[0].state, ORDER_STATE_COUNT, false),
    IMPORTED(moves[0].actor, ACTOR_COUNT, false),
    IMPORTED(moves[0].zero, 1, false),
    IMPORTED(moves[0].note_length, 3, false),
    IMPORTED(parts[0].line, 1, false),
    IMPORTED(parts[0].location, 0, false),
    IMPORTED(parts[0].location, STOCK_LOCATIONS_MAX + 1, false),
    IMPORTED(parts[0].has_stock, 0, false),
    IMPORTED(parts[0].has_stock, 2, false),
    IMPORTED(parts[0].reserved, 3, true),
    IMPORTED(parts[0].reserved, 4, false),
    IMPORTED(parts[0].stock_on_hand, 2, false),
    IMPORTED(parts[0].stock_on_hand, STOCK_PIECES_MAX + 1U, false),
    IMPORTED(parcel_lines[0].line, 1, false),
    IMPORTED(parcel_lines[0].quantity, 0, false),
    ACCOUNT(customer, 0, false),
    ACCOUNT(customer, CUSTOMERS_MAX, true),
    ACCOUNT(customer, CUSTOMERS_MAX + 1, false),
    ACCOUNT(role, ROLE_ADMIN, true),
    ACCOUNT(role, ROLE_COUNT, false),
    ACCOUNT(sets_password, 0, true),
    ACCOUNT(sets_password, 2, false),
    ACCOUNT(zero, 1, false),
    TOKEN(customer, 0, false),
    TOKEN(customer, CUSTOMERS_MAX, true),
    TOKEN(customer, CUSTOMERS_MAX + 1, false),
    TOKEN(expires_ms, 0, false), /* one that starts has an end */
    TOKEN(is_ended, 1, false),   /* and one that ended has none to come */
    TOKEN(is_ended, 2, false),
    TOKEN(zero[0], 1, false),
    TOKEN(zero[1], 1, false),
    TOKEN(zero[2], 1, false),
    KEY(put.number, 0, false),
    KEY(put.number, API_KEYS_MAX, true),
    KEY(put.number, API_KEYS_MAX + 1, false),
    KEY(put.scopes, 0, false),
    KEY(put.scopes, SCOPES_ALL, true),
    KEY(put.scopes, SCOPES_ALL + 1, false),
    KEY(put.is_revoked, 1, true),
    KEY(put.is_revoked, 2, false),
    KEY(put.name_length, 0, false),
    KEY(put.zero, 1, false),
    KEY(put.zero2, 1, false),
    ACTED(acted.first_event, 0, false),
    ACTED(acted.kind, OPERATOR_NONE, false),
    ACTED(acted.kind, OPERATOR_CONSOLE, true),
    ACTED(acted.kind, OPERATOR_KIND_COUNT, false),
    ACTED(acted.subject_kind, SUBJECT_NONE, true),
    ACTED(acted.subject_kind, SUBJECT_KIND_COUNT, false),
    ACTED(acted.action_length, 0, false),
    CORRECT(order, 0, false),
    CORRECT(contact, 0, false),
    CORRECT(actor, ACTOR_COUNT, false),
    CORRECT(fields, 0, false),
    CORRECT(fields, CORRECTED_ALL, true),
    CORRECT(fields, CORRECTED_ALL + 1, false),
    CORRECT(zero, 1, false),
    CORRECT(zero2, 1, false),
    REVIEW(contact, 0, true),
    REVIEW(number, 0, false),
    REVIEW(number, REVIEWS_MAX, true),
    REVIEW(number, REVIEWS_MAX + 1, false),
    REVIEW(product, 0, false),
    REVIEW(customer, 0, false),
    REVIEW(customer, CUSTOMERS_MAX, true),
    REVIEW(customer, CUSTOMERS_MAX + 1, false),
    REVIEW(elsewhere_count, UINT32_MAX, true),
    REVIEW(elsewhere_x100, PRODUCT_RATING_MAX, true),
    REVIEW(elsewhere_x100, PRODUCT_RATING_MAX + 1, false),
    REVIEW(stars, 0, false),
    REVIEW(stars, 1, true),
    REVIEW(stars, 6, false),
    REVIEW(state, REVIEW_REMOVED, true),
    REVIEW(state, REVIEW_STATE_COUNT, false),
    REVIEW(zero, 1, false),
    RESET(customer, 0, false),
    RESET(customer, CUSTOMERS_MAX, true),
    RESET(customer, CUSTOMERS_MAX + 1, false),
    RESET(zero, 1, false),
    RESET(contact, 0, false),
    RESET(expires_ms, 0, false),

    CREATED(currency, 0, false),
    CREATED(zero, 1, false),
    CREATED(timeline, 0, true),
    STARTED(epoch, 0, false),
    STARTED(epoch, 2, true),

    UPDATED(updated.order, 0, false),
    UPDATED(updated.occurred_ms, 0, false),
    UPDATED(updated.shipment, 0, false),
    UPDATED(updated.shipment, ORDER_SHIPMENTS_MAX, true),
    UPDATED(updated.shipment, ORDER_SHIPMENTS_MAX + 1, false),
    UPDATED(updated.status, TRACKING_SHIPPED, false),
    UPDATED(updated.status, TRACKING_EXCEPTION, true),
    UPDATED(updated.status, TRACKING_COUNT, false),
    UPDATED(updated.zero, 1, false),
    UPDATED(updated.zero2[0], 1, false),
    UPDATED(updated.zero2[1], 1, false),
    UPDATED(updated.zero2[2], 1, false),
    UPDATED(updated.id_length, 0, false),
    UPDATED(updated.id_length, UINT16_MAX, false),
    UPDATED(updated.code_length, 3, false),
    UPDATED(updated.code_length, UINT16_MAX, false),

    EXPIRING(cart, 0, false),
    EXPIRING(contact, 0, true),
    EXPIRING(expires_ms, 0, false),
    EXPIRING(customer, 0, true),
    EXPIRING(customer, CUSTOMERS_MAX + 1, false),
    EXPIRING(line_count, 0, false),
    EXPIRING(line_count, CART_LINES_MAX, true),
    EXPIRING(line_count, CART_LINES_MAX + 1, false),
    EXPIRED(cart, 0, false),
    EXPIRED(contact, 0, true),
    EXPIRED(customer, 0, true),
    EXPIRED(customer, CUSTOMERS_MAX + 1, false),
    EXPIRED(line_count, 0, false),
    EXPIRED(line_count, CART_LINES_MAX, true),
    EXPIRED(line_count, CART_LINES_MAX + 1, false),

    RECEIVED(received.order, 0, false),
    RECEIVED(received.amount_minor, 0, true),
    RECEIVED(received.amount_minor, -1, false),
    RECEIVED(received.amount_minor, MONEY_TOTAL_MAX, true),
    RECEIVED(received.amount_minor, MONEY_TOTAL_MAX + 1, false),
    RECEIVED(received.currency, 0, false), /* a success names its amount */
    RECEIVED(received.kind, 0, false),
    RECEIVED(received.kind, PAYMENT_FAILED, false), /* a failure confirms nothing */
    RECEIVED(received.kind, PAYMENT_REFUND_DUE, false),
    RECEIVED(received.outcome, 0, false),
    RECEIVED(received.outcome, PAYMENT_CAPTURED, true),
    RECEIVED(received.outcome, PAYMENT_ORPHANED, true),
    RECEIVED(received.outcome, PAYMENT_CANCELLED, false),
    RECEIVED(received.outcome, PAYMENT_IGNORED, false),
    RECEIVED(received.outcome, PAYMENT_RAISED, false),
    RECEIVED(received.zero, 1, false),
    RECEIVED(received.zero2, 1, false),
    RECEIVED(received.id_length, 0, false),
    RECEIVED(received.id_length, UINT16_MAX, false),
    RECEIVED(received.reference_length, 3, false),
    RECEIVED(received.reference_length, UINT16_MAX, false),

    ORPHANED(orphaned.order, 0, false),
    ORPHANED(orphaned.amount_minor, -1, false),
    ORPHANED(orphaned.amount_minor, MONEY_TOTAL_MAX + 1, false),
    ORPHANED(orphaned.currency, 0, false),
    ORPHANED(orphaned.why, 0, false),
    ORPHANED(orphaned.why, ORPHAN_OTHER_AMOUNT, true),
    ORPHANED(orphaned.why, ORPHAN_LIMIT, false),
    ORPHANED(orphaned.zero, 1, false),
    ORPHANED(orphaned.reference_length, 4, false),
    ORPHANED(orphaned.reference_length, UINT16_MAX, false),

    REFUND(due.order, 0, false),
    REFUND(due.amount_minor, 0, false),
    REFUND(due.amount_minor, 1, true),
    REFUND(due.amount_minor, MONEY_TOTAL_MAX + 1, false),
    REFUND(due.currency, 0, false),
    REFUND(due.zero, 1, false),
    REFUND(due.reference_length, 4, false),
    REFUND(due.reference_length, UINT16_MAX, false),

    CATEGORY(put.number, 0, false),
    CATEGORY(put.number, 1, true),
    CATEGORY(put.number, CATALOG_CATEGORIES_MAX, true),
    CATEGORY(put.number, CATALOG_CATEGORIES_MAX + 1, false),
    CATEGORY(put.parent, 0, true),
    CATEGORY(put.parent, 9, false), /* itself */
    CATEGORY(put.parent, CATALOG_CATEGORIES_MAX, true),
    CATEGORY(put.parent, CATALOG_CATEGORIES_MAX + 1, false),
    CATEGORY(put.zero, 1, false),
    CATEGORY(put.name_length, 0, false),
    CATEGORY(put.name_length, 6, true), /* the byte behind is 0: part of the padding or the name */
    CATEGORY(put.name_length, 4, false),
    CATEGORY(put.name_length, 9, false),
    CATEGORY(put.name_length, UINT32_MAX, false),

    LOCATION(put.number, 0, false),
    LOCATION(put.number, 1, true),
    LOCATION(put.number, STOCK_LOCATIONS_MAX, true),
    LOCATION(put.number, STOCK_LOCATIONS_MAX + 1, false),
    LOCATION(put.name_length, 0, false),
    LOCATION(put.name_length, 4, false),
    LOCATION(put.name_length, 9, false),
    LOCATION(put.name_length, UINT16_MAX, false),

    STOCK(moved.reason, 0, false),
    STOCK(moved.reason, STOCK_RECEIVED, true),
    STOCK(moved.reason, STOCK_COUNTED, true),
    STOCK(moved.reason, STOCK_COUNTED + 1, false),
    STOCK(moved.row_count, 0, false),
    STOCK(moved.row_count, 1, false),
    STOCK(moved.row_count, 3, false),
    STOCK(moved.row_count, UINT16_MAX, false),
    STOCK(moved.zero, 1, false),
    STOCK(rows[0].product, 0, false),
    STOCK(rows[1].product, 0, false),
    STOCK(rows[1].zero, 1, false),
    STOCK(rows[0].location, 0, false),
    STOCK(rows[0].location, STOCK_LOCATIONS_MAX, true),
    STOCK(rows[1].location, STOCK_LOCATIONS_MAX + 1, false),
    STOCK(rows[0].on_hand, 2, false), /* less than reserved */
    STOCK(rows[0].on_hand, STOCK_PIECES_MAX, true),
    STOCK(rows[0].on_hand, STOCK_PIECES_MAX + 1U, false),
    STOCK(rows[0].reserved, 4, false),
    STOCK(rows[1].reserved, 2, true),
    STOCK(rows[1].reserved, 3, false),

    CUSTOMER(number, 0, false),
    CUSTOMER(number, CUSTOMERS_MAX, true),
    CUSTOMER(number, CUSTOMERS_MAX + 1, false),
    CUSTOMER(tier, 0, true),
    CUSTOMER(tier, TIERS_MAX, true),
    CUSTOMER(tier, TIERS_MAX + 1, false),
    CUSTOMER(is_erased, 1, true),
    CUSTOMER(is_erased, 2, false),
    CUSTOMER(zero, 1, false),
    CUSTOMER(contact, 0, true),

    CONTACTS(erased.customer, 0, true),
    CONTACTS(erased.count, 0, false),
    CONTACTS(erased.count, 2, false),
    CONTACTS(erased.count, 4, false),
    CONTACTS(erased.count, UINT32_MAX, false),
    CONTACTS(contacts[0], 0, false),
    CONTACTS(contacts[2], 0, false),

    CART(changed.cart, 0, false),
    CART(changed.contact, 5, true),
    CART(changed.line_count, 1, false),
    CART(changed.line_count, 3, false),
    CART(changed.line_count, UINT32_MAX, false),
    CART(lines[0].product, 0, false),
    CART(lines[1].product, 0, false),
    CART(lines[0].quantity, CART_QUANTITY_MAX, true),
    CART(lines[1].quantity, CART_QUANTITY_MAX + 1, false),

    PLACED(placed.order, 0, false),
    PLACED(placed.actor, ACTOR_COUNT - 1, true),
    PLACED(placed.actor, ACTOR_COUNT, false),
    PLACED(placed.zero[0], 1, false),
    PLACED(placed.zero[1], 1, false),
    PLACED(placed.zero[2], 1, false),
    PLACED(placed.line_count, 0, false),
    PLACED(placed.line_count, 1, false),
    PLACED(placed.line_count, 3, false),
    PLACED(placed.line_count, UINT32_MAX, false),
    PLACED(placed.part_count, 2, false),
    PLACED(placed.part_count, 4, false),
    PLACED(placed.part_count, UINT32_MAX, false),
    PLACED(lines[0].product, 0, false),
    PLACED(lines[1].product, 0, false),
    PLACED(lines[0].quantity, 0, false),
    PLACED(lines[1].quantity, 0, false),
    PLACED(lines[1].zero[0], 1, false),
    PLACED(lines[1].zero[1], 1, false),
    PLACED(lines[1].zero[2], 1, false),
    PLACED(parts[0].line, 1, true),
    PLACED(parts[2].line, 2, false), /* there are lines 0 and 1 */
    PLACED(parts[2].quantity, 0, false),
    PLACED(parts[2].zero, 1, false),
    PLACED(parts[0].location, 0, false),
    PLACED(parts[2].location, STOCK_LOCATIONS_MAX + 1, false),
    PLACED(parts[0].reserved, 4, false),
    PLACED(parts[2].on_hand, STOCK_PIECES_MAX, true),
    PLACED(parts[2].on_hand, STOCK_PIECES_MAX + 1U, false),

    CHANGED(changed.order, 0, false),
    CHANGED(changed.action, ORDER_ACTION_COUNT - 1, true),
    CHANGED(changed.action, ORDER_ACTION_COUNT, false),
    CHANGED(changed.state, ORDER_STATE_COUNT - 1, true),
    CHANGED(changed.state, ORDER_STATE_COUNT, false),
    CHANGED(changed.actor, ACTOR_COUNT - 1, true),
    CHANGED(changed.actor, ACTOR_COUNT, false),
    CHANGED(changed.zero, 1, false),
    CHANGED(changed.zero2, 1, false),
    CHANGED(changed.shipment, 7, true),
    CHANGED(changed.location, STOCK_LOCATIONS_MAX, true),
    CHANGED(changed.location, STOCK_LOCATIONS_MAX + 1, false),
    CHANGED(changed.line_count, 1, false),
    CHANGED(changed.line_count, 3, false),
    CHANGED(changed.line_count, UINT16_MAX, false),
    CHANGED(changed.part_count, 1, false),
    CHANGED(changed.part_count, 3, false),
    CHANGED(changed.part_count, UINT32_MAX, false),
    CHANGED(changed.text1_length, 5, false),
    CHANGED(changed.text1_length, 20, false),
    CHANGED(changed.text1_length, UINT16_MAX, false),
    CHANGED(changed.text2_length, 3, false),
    CHANGED(changed.text2_length, 20, false),
    CHANGED(lines[0].line, ORDER_LINES_MAX - 1, true),
    CHANGED(lines[0].line, ORDER_LINES_MAX, false),
    CHANGED(lines[0].quantity, 0, false),
    CHANGED(lines[1].line, ORDER_LINES_MAX, false),
    CHANGED(lines[1].quantity, 0, false),
    CHANGED(lines[1].zero, 1, false),
    CHANGED(parts[0].line, ORDER_LINES_MAX - 1, true),
    CHANGED(parts[1].line, ORDER_LINES_MAX, false),
    CHANGED(parts[1].quantity, 0, false),
    CHANGED(parts[1].location, 0, false),

    PRICING(set.version, 0, false),
    PRICING(set.version, 1, true),
    PRICING(set.policy, PRICING_BEST, true),
    PRICING(set.policy, PRICING_STACK + 1, false),
    PRICING(set.rule_count, 1, false),
    PRICING(set.rule_count, 3, false),
    PRICING(set.rule_count, UINT16_MAX, false),
    PRICING(rules[0].basis_points, BASIS_POINTS_ALL, true),
    PRICING(rules[1].basis_points, BASIS_POINTS_ALL + 1, false),
    PRICING(rules[0].strategy[PRICING_NAME_MAX], 'x', false),
    PRICING(rules[1].strategy[PRICING_NAME_MAX], 'x', false),
    PRICING(rules[1].country[3], 'x', false),
    PRICING(rules[1].country[2], 'x', true),
};

static void a_field_out_of_its_bounds_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(patches); i++) {
        const struct patch *patch = &patches[i];
        const struct sample *sample = sample_of(patch->type);
        char bytes[512] = {0};
        memcpy(bytes, sample->payload, sample->size);
        assert_true(patch->offset + patch->width <= sizeof(bytes));
        memcpy(bytes + patch->offset, &patch->value, patch->width);
        if (payload_is_accepted(patch->type, bytes, sample->size) != patch->is_valid)
            fail_msg("%s: patch %zu, %llu at %zu", sample->name, i,
                     (unsigned long long)patch->value, patch->offset);
    }
}

static void a_broken_product_block_is_refused(void **state)
{
    (void)state;
    uint64_t block[countof(sample_product)];
    memcpy(block, sample_product, sizeof(block));
    ((struct product *)(void *)block)->version = 0;
    assert_false(payload_is_accepted(EVENT_PRODUCT_PUT, block, sizeof(block)));
}

static void names_have_a_longest_length(void **state)
{
    (void)state;
    struct {
        struct event_category_put put;
        char name[CATEGORY_NAME_MAX + 1];
    } category = {.put = {.number = 1, .name_length = CATEGORY_NAME_MAX}};
    memset(category.name, 'n', sizeof(category.name));
    assert_true(payload_is_accepted(EVENT_CATEGORY_PUT, &category,
                                    sizeof(category.put) + CATEGORY_NAME_MAX));
    category.put.name_length++;
    assert_false(payload_is_accepted(EVENT_CATEGORY_PUT, &category,
                                     sizeof(category.put) + CATEGORY_NAME_MAX + 1));
    struct {
        struct event_location_put put;
        char name[LOCATION_NAME_MAX + 1];
    } location = {.put = {.number = 1, .name_length = LOCATION_NAME_MAX}};
    memset(location.name, 'n', sizeof(location.name));
    assert_true(payload_is_accepted(EVENT_LOCATION_PUT, &location,
                                    sizeof(location.put) + LOCATION_NAME_MAX));
    location.put.name_length++;
    assert_false(payload_is_accepted(EVENT_LOCATION_PUT, &location,
                                     sizeof(location.put) + LOCATION_NAME_MAX + 1));
}

static bool cart_of(struct buffer *events, uint32_t line_count)
{
    buffer_reset(events);
    struct event_cart_changed *changed =
        event_append(events, EVENT_CART_CHANGED,
                     sizeof(*changed) + line_count * sizeof(struct event_cart_line), 1);
    changed->cart = 1;
    changed->line_count = line_count;
    struct event_cart_line *lines = (struct event_cart_line *)(changed + 1);
    for (uint32_t i = 0; i < line_count; i++)
        lines[i].product = i + 1;
    (void)event_seal(events, 0, 1);
    return is_accepted(events);
}

static bool placed_of(struct buffer *events, uint32_t line_count, uint32_t part_count)
{
    buffer_reset(events);
    size_t size = sizeof(struct event_order_placed) + line_count * sizeof(struct event_order_line) +
                  part_count * sizeof(struct event_order_part);
    struct event_order_placed *placed = event_append(events, EVENT_ORDER_PLACED, size, 1);
    placed->order = 1;
    placed->line_count = line_count;
    placed->part_count = part_count;
    struct event_order_line *lines = (struct event_order_line *)(placed + 1);
    for (uint32_t i = 0; i < line_count; i++)
        lines[i] = (struct event_order_line){.product = i + 1, .quantity = 1};
    struct event_order_part *parts = (struct event_order_part *)(lines + line_count);
    for (uint32_t i = 0; i < part_count; i++)
        parts[i] = (struct event_order_part){.quantity = 1, .location = 1};
    (void)event_seal(events, 0, 1);
    return is_accepted(events);
}

static bool changed_of(struct buffer *events, uint16_t line_count, uint32_t part_count)
{
    buffer_reset(events);
    size_t size = sizeof(struct event_order_changed) +
                  line_count * sizeof(struct event_order_line_change) +
                  part_count * sizeof(struct event_order_part);
    struct event_order_changed *changed = event_append(events, EVENT_ORDER_CHANGED, size, 1);
    changed->order = 1;
    changed->line_count = line_count;
    changed->part_count = part_count;
    struct event_order_line_change *lines = (struct event_order_line_change *)(changed + 1);
    for (uint32_t i = 0; i < line_count; i++)
        lines[i] = (struct event_order_line_change){.line = i % ORDER_LINES_MAX, .quantity = 1};
    struct event_order_part *parts = (struct event_order_part *)(lines + line_count);
    for (uint32_t i = 0; i < part_count; i++)
        parts[i] = (struct event_order_part){.quantity = 1, .location = 1};
    (void)event_seal(events, 0, 1);
    return is_accepted(events);
}

static bool pricing_of(struct buffer *events, uint16_t rule_count)
{
    buffer_reset(events);
    struct event_pricing_set *set = event_append(
        events, EVENT_PRICING_SET, sizeof(*set) + rule_count * sizeof(struct pricing_rule), 1);
    set->version = 1;
    set->rule_count = rule_count;
    (void)event_seal(events, 0, 1);
    return is_accepted(events);
}

static void the_largest_of_each_is_accepted_and_no_larger_one(void **state)
{
    (void)state;
    struct buffer events;
    buffer_init(&events, 64);
    enum { PARTS_MAX = ORDER_LINES_MAX * STOCK_LOCATIONS_MAX };
    assert_true(cart_of(&events, 0));
    assert_true(cart_of(&events, CART_LINES_MAX));
    assert_false(cart_of(&events, CART_LINES_MAX + 1));
    assert_true(placed_of(&events, 1, 0));
    assert_true(placed_of(&events, ORDER_LINES_MAX, PARTS_MAX));
    assert_false(placed_of(&events, ORDER_LINES_MAX + 1, 1));
    assert_false(placed_of(&events, ORDER_LINES_MAX, PARTS_MAX + 1));
    assert_true(changed_of(&events, 0, 0));
    assert_true(changed_of(&events, ORDER_LINES_MAX, PARTS_MAX));
    assert_false(changed_of(&events, ORDER_LINES_MAX + 1, 0));
    assert_false(changed_of(&events, 0, PARTS_MAX + 1));
    assert_true(pricing_of(&events, 0));
    assert_true(pricing_of(&events, PRICING_RULES_MAX));
    assert_false(pricing_of(&events, PRICING_RULES_MAX + 1));
    buffer_release(&events);
}

static void views_point_to_the_parts_of_a_payload(void **state)
{
    (void)state;
    assert_true(text_equal(event_category_name(&sample_category.put), TEXT("Lamps")));
    assert_true(text_equal(event_api_key_name(&sample_key.put), TEXT("ERP")));
    assert_true(text_equal(event_acted_action(&sample_acted.acted), TEXT("ship")));
    assert_true(text_equal(event_location_name(&sample_location.put), TEXT("north")));
    assert_ptr_equal(event_stock_rows(&sample_stock.moved), sample_stock.rows);
    assert_ptr_equal(event_contacts(&sample_contacts.erased), sample_contacts.contacts);
    assert_ptr_equal(event_cart_lines(&sample_cart.changed), sample_cart.lines);
    assert_ptr_equal(event_order_lines(&sample_placed.placed), sample_placed.lines);
    assert_ptr_equal(event_order_parts(&sample_placed.placed), sample_placed.parts);
    assert_ptr_equal(event_order_line_changes(&sample_changed.changed), sample_changed.lines);
    assert_ptr_equal(event_order_changed_parts(&sample_changed.changed), sample_changed.parts);
    assert_true(text_equal(event_order_text1(&sample_changed.changed), TEXT("reason")));
    assert_true(text_equal(event_order_text2(&sample_changed.changed), TEXT("T-12")));
    assert_ptr_equal(event_pricing_rules(&sample_pricing.set), sample_pricing.rules);
    assert_true(text_equal(event_shipment_id(&sample_updated.updated), TEXT("evt_1")));
    assert_true(text_equal(event_shipment_code(&sample_updated.updated), TEXT("code")));
    assert_true(text_equal(event_payment_id(&sample_received.received), TEXT("evt_1")));
    assert_true(text_equal(event_payment_reference(&sample_received.received), TEXT("pay2")));
    assert_true(text_equal(event_orphaned_reference(&sample_orphaned.orphaned), TEXT("pay_2")));
    assert_true(text_equal(event_refund_reference(&sample_refund.due), TEXT("pay_2")));
}

static bool payment_of(uint16_t id_length, uint16_t reference_length)
{
    struct {
        struct event_payment_received received;
        char texts[2 * PAYMENT_ID_MAX + 8];
    } payment = {{.order = 1,
                  .kind = PAYMENT_FAILED,
                  .outcome = PAYMENT_IGNORED,
                  .id_length = id_length,
                  .reference_length = reference_length},
                 ""};
    memset(payment.texts, 'x', (size_t)id_length + reference_length);
    return payload_is_accepted(EVENT_PAYMENT_RECEIVED, &payment,
                               sizeof(payment.received) + id_length + reference_length);
}

static void ids_of_payments_have_a_longest_length(void **state)
{
    (void)state;
    assert_true(payment_of(1, 0));
    assert_true(payment_of(PAYMENT_ID_MAX, PAYMENT_ID_MAX));
    assert_false(payment_of(PAYMENT_ID_MAX + 1, 0));
    assert_false(payment_of(1, PAYMENT_ID_MAX + 1));
}

static bool tracking_of(uint16_t id_length, uint16_t code_length)
{
    struct {
        struct event_shipment_updated updated;
        char texts[TRACKING_ID_MAX + TRACKING_CODE_MAX + 8];
    } tracking = {sample_updated.updated, ""};
    tracking.updated.id_length = id_length;
    tracking.updated.code_length = code_length;
    memset(tracking.texts, 'x', (size_t)id_length + code_length);
    return payload_is_accepted(EVENT_SHIPMENT_UPDATED, &tracking,
                               sizeof(tracking.updated) + id_length + code_length);
}

static void ids_and_codes_of_carriers_have_a_longest_length(void **state)
{
    (void)state;
    assert_true(tracking_of(1, 0));
    assert_true(tracking_of(TRACKING_ID_MAX, TRACKING_CODE_MAX));
    assert_false(tracking_of(TRACKING_ID_MAX + 1, 0));
    assert_false(tracking_of(1, TRACKING_CODE_MAX + 1));
}

static void an_event_says_which_order_it_changes(void **state)
{
    (void)state;
    struct buffer events;
    buffer_init(&events, 64);
    for (size_t i = 0; i < countof(samples); i++) {
        const struct event *event =
            make(&events, samples[i].type, samples[i].payload, samples[i].size);
        bool changes =
            samples[i].type == EVENT_ORDER_CHANGED || samples[i].type == EVENT_PAYMENT_RECEIVED ||
            samples[i].type == EVENT_PAYMENT_ORPHANED || samples[i].type == EVENT_REFUND_DUE ||
            samples[i].type == EVENT_SHIPMENT_UPDATED;
        assert_int_equal(event_changed_order(event), changes ? 1 : 0);
    }
    buffer_release(&events);
}

/* Struct and count of what must not be empty: {0 of it, 1 of it}. */
static void one_is_enough_and_none_is_too_few(void **state)
{
    (void)state;
    for (uint32_t count = 0; count <= 1; count++) {
        struct {
            struct event_category_put put;
            char name[8];
        } category = {{.number = 1, .name_length = count}, "n"};
        assert_int_equal(
            payload_is_accepted(EVENT_CATEGORY_PUT, &category, sizeof(category.put) + count),
            count);
        struct {
            struct event_location_put put;
            char name[8];
        } location = {{.number = 1, .name_length = (uint16_t)count}, "n"};
        assert_int_equal(
            payload_is_accepted(EVENT_LOCATION_PUT, &location, sizeof(location.put) + count),
            count);
        struct {
            struct event_stock_moved moved;
            struct event_stock_row row;
        } stock = {{.reason = STOCK_COUNTED, .row_count = (uint16_t)count},
                   {.product = 1, .location = 1}};
        assert_int_equal(payload_is_accepted(EVENT_STOCK_MOVED, &stock,
                                             sizeof(stock.moved) + count * sizeof(stock.row)),
                         count);
        struct {
            struct event_contacts_erased erased;
            uint64_t contact;
        } contacts = {{.count = count}, 7};
        assert_int_equal(payload_is_accepted(EVENT_CONTACTS_ERASED, &contacts,
                                             sizeof(contacts.erased) + count * sizeof(uint64_t)),
                         count);
    }
}

int main(void)
{
    struct product_draft draft = {.number = 1, .version = 1, .texts[PRODUCT_SKU] = TEXT("SKU-1")};
    assert_int_equal(product_size(&draft), sizeof(sample_product));
    (void)product_write(&draft, sample_product);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_a_header_a_payload_and_padding),
        cmocka_unit_test(sealing_numbers_and_signs),
        cmocka_unit_test(no_bytes_are_no_events),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_noticed),
        cmocka_unit_test(a_header_out_of_its_bounds_is_refused),
        cmocka_unit_test(an_event_over_the_limit_is_refused),
        cmocka_unit_test(every_type_has_a_name_and_is_accepted),
        cmocka_unit_test(a_payload_of_another_size_is_refused),
        cmocka_unit_test(what_hides_in_the_padding_is_refused),
        cmocka_unit_test(a_field_out_of_its_bounds_is_refused),
        cmocka_unit_test(a_broken_product_block_is_refused),
        cmocka_unit_test(names_have_a_longest_length),
        cmocka_unit_test(the_largest_of_each_is_accepted_and_no_larger_one),
        cmocka_unit_test(views_point_to_the_parts_of_a_payload),
        cmocka_unit_test(one_is_enough_and_none_is_too_few),
        cmocka_unit_test(ids_of_payments_have_a_longest_length),
        cmocka_unit_test(ids_and_codes_of_carriers_have_a_longest_length),
        cmocka_unit_test(an_event_says_which_order_it_changes),
    };
    return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
