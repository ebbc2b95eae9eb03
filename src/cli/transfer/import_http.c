/*
 * import_http.c - rows into a running server, one request each; stock in batches. Ratings come from
 * customers and have no request, so they are left out.
 */
#include "base/clock.h"
#include "base/json_out.h"
#include "base/memory.h"
#include "cli/replay/names.h"
#include "cli/replay/shop_client.h"
#include "cli/transfer/import_target.h"
#include "shop/command/commands.h"

#include <inttypes.h>
#include <string.h>

enum { BODY_BYTES = 65536, COUNTS_MAX = 500, KEY_BYTES_MAX = 512, SCRATCH_BYTES_MAX = 1 << 20 };

/* A product whose stock is to be set. */
struct count {
    char id[SHOP_ID_SIZE];
    uint32_t on_hand;
    uint64_t line;
};

enum { WAITS_MAX = 60 };
#define WAIT_NS UINT64_C(1000000000)

struct import_http {
    struct import_target target;
    struct shop_client client;
    struct buffer body;
    struct arena scratch;
    struct names categories; /* id of the parent, '/', name in lower case */
    char (*category_ids)[SHOP_ID_SIZE];
    uint32_t category_capacity;
    struct count counts[COUNTS_MAX];
    uint32_t count_count;
    bool is_lost;
};

/* Nothing was done for these; over a rate limit there is room again within a second. */
static bool is_for_later(const struct http_answer *answer)
{
    return answer->status == 429 || answer->status == 503;
}

static struct http_answer send_body(struct import_http *http, const char *method, const char *path)
{
    buffer_append(&http->body, "", 1);
    struct http_answer answer = shop_client_send(&http->client, method, path, http->body.data);
    for (uint32_t waits = 0; is_for_later(&answer) && waits < WAITS_MAX; waits++) {
        clock_sleep_ns(WAIT_NS);
        answer = shop_client_send(&http->client, method, path, http->body.data);
    }
    if (answer.status == 0 || answer.status == 401 || answer.status == 403) {
        (void)fprintf(stderr, "shopd import: the server says: %s\n",
                      answer.status == 0 ? "nothing" : answer.code);
        http->is_lost = true;
    }
    return answer;
}

static void report_answer(struct import_http *http, uint64_t line, const struct http_answer *answer)
{
    char reason[IMPORT_REASON_SIZE];
    const json_t *error = json_array_get(json_object_get(answer->json, "errors"), 0);
    const char *detail = http_json_text(error ? error : answer->json, "detail");
    (void)snprintf(reason, sizeof(reason), "%s: %s%s%s", answer->code,
                   http_json_text(error, "field"), error ? " " : "", detail);
    import_report_bad(http->target.report, line, reason);
}

static uint32_t category_key(struct import_http *http, const char *parent, struct text name,
                             bool *is_new_out)
{
    char key[KEY_BYTES_MAX];
    int length = snprintf(key, sizeof(key), "%s/%.*s", parent, TEXT_ARGS(name));
    ensure(length > 0);
    ensure(length < KEY_BYTES_MAX);
    for (int i = 0; i < length; i++) {
        if (key[i] >= 'A' && key[i] <= 'Z')
            key[i] = (char)(key[i] + ('a' - 'A'));
    }
    struct text text = {.data = key, .length = (uint32_t)length};
    uint32_t number = names_add(&http->categories, text, is_new_out);
    if (number >= http->category_capacity) {
        http->category_capacity = 2 * number + 64;
        http->category_ids = memory_resize(http->category_ids,
                                           http->category_capacity * sizeof(*http->category_ids));
    }
    if (*is_new_out)
        http->category_ids[number][0] = '\0';
    return number;
}

static void keep_category(struct import_http *http, const char *parent, struct text name,
                          const char *id)
{
    bool is_new = false;
    uint32_t number = category_key(http, parent, name, &is_new);
    (void)snprintf(http->category_ids[number], SHOP_ID_SIZE, "%s", id);
}

static bool read_categories(struct import_http *http)
{
    buffer_reset(&http->body);
    struct http_answer answer = send_body(http, "GET", "/v1/categories");
    const json_t *items = json_object_get(answer.json, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        keep_category(http, http_json_text(item, "parent"), text_of(http_json_text(item, "name")),
                      http_json_text(item, "id"));
    }
    return answer.status == 200;
}

static void put_text(struct json_out *json, const char *key, struct text value)
{
    json_out_key(json, key);
    json_out_text(json, value);
}

/* The id of a child, made where it is new; NULL when the server refuses. */
static const char *find_or_make(struct import_http *http, const char *parent, struct text name)
{
    bool is_new = false;
    uint32_t number = category_key(http, parent, name, &is_new);
    char *id = http->category_ids[number];
    if (!is_new)
        return id[0] != '\0' ? id : NULL;
    struct json_out json;
    buffer_reset(&http->body);
    json_out_init(&json, &http->body);
    json_out_object_begin(&json);
    put_text(&json, "name", name);
    if (parent[0] != '\0')
        put_text(&json, "parent", text_of(parent));
    json_out_object_end(&json);
    struct http_answer answer = send_body(http, "POST", "/v1/categories");
    if (answer.status != 201)
        return NULL;
    (void)snprintf(id, SHOP_ID_SIZE, "%s", http_json_text(answer.json, "id"));
    return id;
}

/* The id of a path, "" for none; NULL when refused. */
static const char *resolve_category(struct import_http *http, const struct import_row *row)
{
    struct import_path path;
    const char *id = "";
    if (row->category.length == 0)
        return id;
    bool ok = import_path_parse(row->category, &http->scratch, &path);
    ensure(ok); /* the row was parsed */
    for (uint32_t i = 0; id && i < path.count; i++)
        id = find_or_make(http, id, path.names[i]);
    if (!id)
        import_report_bad(http->target.report, row->line, "its category was refused");
    return id;
}

static void put_json(struct json_out *json, const struct import_row *row, enum product_text which,
                     const char *key, struct text empty)
{
    struct text value = row->draft.texts[which];
    if ((row->fields >> which & 1) == 0)
        return;
    json_out_key(json, key);
    json_out_raw(json, value.length > 0 ? value : empty);
}

static bool sets(const struct import_row *row, uint32_t field)
{
    return (row->fields >> field & 1) != 0;
}

/* What a request must have: the SKU, its name and the price. */
static void put_fixed(struct import_http *http, struct json_out *json, const struct import_row *row)
{
    put_text(json, "sku", row->draft.texts[PRODUCT_SKU]);
    put_text(json, "name", row->draft.texts[PRODUCT_NAME]);
    json_out_key(json, "price");
    json_out_object_begin(json);
    json_out_key(json, "amount");
    json_out_i64(json, row->draft.price_minor);
    put_text(json, "currency", text_of(http->target.currency));
    json_out_object_end(json);
}

static void write_product(struct import_http *http, const struct import_row *row,
                          const char *category, bool is_new)
{
    static const struct {
        enum product_text which;
        const char *key;
    } texts[] = {{PRODUCT_SLUG, "slug"},
                 {PRODUCT_DESCRIPTION, "description"},
                 {PRODUCT_BRAND, "brand"},
                 {PRODUCT_FAMILY, "family"}};
    struct json_out json;
    buffer_reset(&http->body);
    json_out_init(&json, &http->body);
    json_out_object_begin(&json);
    put_fixed(http, &json, row);
    for (size_t i = 0; i < countof(texts); i++) {
        if (sets(row, (uint32_t)texts[i].which))
            put_text(&json, texts[i].key, row->draft.texts[texts[i].which]);
    }
    put_json(&json, row, PRODUCT_IMAGES, "images", TEXT("[]"));
    put_json(&json, row, PRODUCT_OPTIONS, "options", TEXT("{}"));
    put_json(&json, row, PRODUCT_ATTRIBUTES, "attributes", TEXT("{}"));
    put_json(&json, row, PRODUCT_METADATA, "metadata", TEXT("{}"));
    if (is_new || sets(row, PRODUCT_FIELD_CATEGORY)) /* a new one must say it, "" is none */
        put_text(&json, "category", text_of(category));
    if (sets(row, PRODUCT_FIELD_THRESHOLD)) {
        json_out_key(&json, "low_stock_threshold");
        json_out_u64(&json, row->draft.low_stock_threshold);
    }
    if (!is_new && sets(row, PRODUCT_FIELD_STATUS))
        put_text(&json, "status",
                 row->draft.status == PRODUCT_ARCHIVED ? TEXT("archived") : TEXT("active"));
    json_out_object_end(&json);
}

static void send_counts(struct import_http *http, uint32_t first, uint32_t count)
{
    struct shop_item items[COUNTS_MAX] = {{.id = NULL}};
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct shop_item){.id = http->counts[first + i].id,
                                      .quantity = http->counts[first + i].on_hand};
    struct http_answer answer = shop_client_move_stock(&http->client, items, count, "counted");
    if (answer.status >= 200 && answer.status < 300)
        return;
    if (count == 1)
        report_answer(http, http->counts[first].line, &answer);
    for (uint32_t i = 0; count > 1 && i < count; i++)
        send_counts(http, first + i, 1); /* all or none: find the one that is refused */
}

static void flush_counts(struct import_http *http)
{
    if (http->count_count > 0)
        send_counts(http, 0, http->count_count);
    http->count_count = 0;
}

static void keep_count(struct import_http *http, const struct import_row *row, const char *id)
{
    if (row->on_hand == IMPORT_STOCK_AS_IT_IS)
        return;
    struct count *count = &http->counts[http->count_count++];
    *count = (struct count){.on_hand = row->on_hand, .line = row->line};
    (void)snprintf(count->id, sizeof(count->id), "%s", id);
    if (http->count_count == COUNTS_MAX)
        flush_counts(http);
}

/* The product with this SKU exists: what the row sets is changed. */
static struct http_answer change_product(struct import_http *http, const struct import_row *row,
                                         const char *category, char *id_out)
{
    char path[SHOP_ID_SIZE + 32];
    struct http_answer answer = shop_client_find_sku(&http->client, row->draft.texts[PRODUCT_SKU]);
    (void)snprintf(id_out, SHOP_ID_SIZE, "%s", shop_client_first_id(answer.json));
    if (id_out[0] == '\0') {
        answer.status = 404;
        (void)snprintf(answer.code, sizeof(answer.code), "product_archived");
        return answer;
    }
    (void)snprintf(path, sizeof(path), "/v1/products/%s", id_out);
    write_product(http, row, category, false);
    return send_body(http, "PATCH", path);
}

static void put_product(struct import_http *http, const struct import_row *row)
{
    struct import_report *report = http->target.report;
    const char *category = resolve_category(http, row);
    char id[SHOP_ID_SIZE];
    if (!category)
        return;
    write_product(http, row, category, true);
    struct http_answer answer = send_body(http, "POST", "/v1/products");
    (void)snprintf(id, sizeof(id), "%s", http_json_text(answer.json, "id"));
    bool is_new = answer.status == 201;
    if (!is_new && strcmp(answer.code, "duplicate_sku") == 0)
        answer = change_product(http, row, category, id);
    if (answer.status != 200 && answer.status != 201) {
        report_answer(http, row->line, &answer);
        return;
    }
    report->created += is_new ? 1 : 0;
    report->changed += is_new ? 0 : 1;
    keep_count(http, row, id);
    if (is_new && row->draft.status == PRODUCT_ARCHIVED) {
        char path[SHOP_ID_SIZE + 32];
        (void)snprintf(path, sizeof(path), "/v1/products/%s", id);
        buffer_reset(&http->body);
        (void)send_body(http, "DELETE", path);
    }
}

static void put_location(struct import_http *http, const struct import_row *row)
{
    struct json_out json;
    buffer_reset(&http->body);
    json_out_init(&json, &http->body);
    json_out_object_begin(&json);
    put_text(&json, "name", row->location);
    json_out_key(&json, "priority");
    json_out_i64(&json, row->priority);
    json_out_object_end(&json);
    struct http_answer answer = send_body(http, "POST", "/v1/locations");
    if (answer.status != 200 && answer.status != 201)
        report_answer(http, row->line, &answer);
}

static bool http_put(struct import_target *target, const struct import_row *row)
{
    struct import_http *http = (struct import_http *)target;
    switch (row->kind) {
    case ROW_PRODUCT:
        put_product(http, row);
        break;
    case ROW_CATEGORY:
        (void)resolve_category(http, row);
        break;
    case ROW_LOCATION:
        put_location(http, row);
        break;
    case ROW_SHOP:
        break;
    }
    arena_reset(&http->scratch);
    return !http->is_lost;
}

static bool http_finish(struct import_target *target)
{
    flush_counts((struct import_http *)target);
    return true;
}

static void http_close(struct import_target *target)
{
    struct import_http *http = (struct import_http *)target;
    shop_client_close(&http->client);
    buffer_release(&http->body);
    arena_release(&http->scratch);
    names_release(&http->categories);
    memory_free(http->category_ids);
    memory_free(http);
    http_client_global_stop();
}

static const struct import_target_ops http_ops = {.put = http_put,
                                                  .finish = http_finish,
                                                  .close = http_close};

/* An empty cart names the currency of the shop. */
static bool read_currency(struct import_http *http)
{
    struct shop_cart cart = {.id = ""};
    struct http_answer answer = shop_client_open_cart(&http->client, NULL, &cart);
    (void)snprintf(http->target.currency, sizeof(http->target.currency), "%s",
                   http_json_text(answer.json, "currency"));
    return answer.status == 201;
}

struct import_target *import_http_open(const char *url, const char *operator_key,
                                       struct import_report *report)
{
    struct import_http *http = memory_alloc_zeroed(1, sizeof(*http));
    http_client_global_start();
    http->target.ops = &http_ops;
    http->target.report = report;
    shop_client_open(&http->client, url, operator_key);
    buffer_init(&http->body, BODY_BYTES);
    arena_init(&http->scratch, BODY_BYTES, SCRATCH_BYTES_MAX);
    names_init(&http->categories);
    if (read_currency(http) && read_categories(http))
        return &http->target;
    (void)fprintf(stderr, "shopd import: no shop answers at %s\n", url);
    http_close(&http->target);
    return NULL;
}
