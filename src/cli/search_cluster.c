#include "cli/search_cluster.h"

#include "base/log.h"
#include "base/memory.h"
#include "search/elastic/elastic.h"
#include "shop/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CREDENTIALS_BYTES_MAX = 1000, ARENA_BLOCK = 1 << 16, ARENA_MAX = 1 << 26 };

/* --- what changed since --- */

/* Reads the events behind a position; names the products that search may see otherwise now. */
struct change_reader {
    const struct view *view;
    struct store_reader *orders; /* a cancellation names lines of an order, not products */
    struct arena arena;
    void (*changed)(void *context, uint32_t product);
    void *context;
    bool *categories; /* by number: changed */
    uint32_t category_count;
    struct err err;
};

static void read_stock(struct change_reader *reader, const struct event_stock_moved *moved)
{
    const struct event_stock_row *rows = event_stock_rows(moved);
    for (uint32_t i = 0; i < moved->row_count; i++)
        reader->changed(reader->context, rows[i].product);
}

static void read_placed(struct change_reader *reader, const struct event_order_placed *placed)
{
    const struct event_order_line *lines = event_order_lines(placed);
    for (uint32_t i = 0; i < placed->line_count; i++)
        reader->changed(reader->context, lines[i].product);
}

static void read_imported(struct change_reader *reader, const struct event_order_imported *imported)
{
    const struct event_imported_line *lines = imported_lines(imported);
    for (uint32_t i = 0; i < imported->line_count; i++)
        reader->changed(reader->context, lines[i].product);
}

static void read_order_change(struct change_reader *reader,
                              const struct event_order_changed *changed)
{
    struct order *order = NULL;
    if (changed->part_count == 0)
        return;
    arena_reset(&reader->arena);
    reader->err = store_read_order(reader->orders, changed->order, &reader->arena, &order);
    for (uint32_t i = 0; order != NULL && i < order->line_count; i++)
        reader->changed(reader->context, order->lines[i].product);
}

static bool read_event(void *context, const struct event *event)
{
    struct change_reader *reader = context;
    const void *payload = event_payload(event);
    switch ((enum event_type)event->type) {
    case EVENT_PRODUCT_PUT:
        reader->changed(reader->context, ((const struct product *)payload)->number);
        break;
    case EVENT_STOCK_MOVED:
        read_stock(reader, payload);
        break;
    case EVENT_ORDER_PLACED:
        read_placed(reader, payload);
        break;
    case EVENT_ORDER_IMPORTED:
        read_imported(reader, payload);
        break;
    case EVENT_ORDER_CHANGED:
        read_order_change(reader, payload);
        break;
    case EVENT_CATEGORY_PUT: {
        uint32_t number = ((const struct event_category_put *)payload)->number;
        if (number <= reader->category_count)
            reader->categories[number] = true;
        break;
    }
    case EVENT_SHOP_CREATED:
    case EVENT_PROCESS_STARTED:
    case EVENT_LOCATION_PUT:
    case EVENT_CUSTOMER_PUT:
    case EVENT_CONTACTS_ERASED:
    case EVENT_CART_CHANGED:
    case EVENT_PRICING_SET:
    case EVENT_ACCOUNT_PUT:
    case EVENT_TOKEN_CHANGED:
    case EVENT_PAYMENT_RECEIVED:
    case EVENT_PAYMENT_ORPHANED:
    case EVENT_REFUND_DUE:
    case EVENT_CART_EXPIRING:
    case EVENT_CART_EXPIRED:
    case EVENT_SHIPMENT_UPDATED:
    case EVENT_API_KEY_PUT:
    case EVENT_REVIEW_PUT:
    case EVENT_RESET_ASKED:
    case EVENT_ORDER_CORRECTED:
    case EVENT_OPERATOR_ACTED:
    case EVENT_TYPE_LIMIT:
        break;
    }
    return reader->err.code == ERR_NONE;
}

static bool category_changed(const struct change_reader *reader, const struct view_categories *tree,
                             uint32_t number)
{
    for (uint32_t depth = 0; number != 0 && depth <= CATEGORY_DEPTH_MAX; depth++) {
        if (number <= reader->category_count && reader->categories[number])
            return true;
        number = number <= tree->count ? tree->categories[number].parent : 0;
    }
    return false;
}

/* The names of a product's category and of those above it are words of the product. */
static void read_categories(struct change_reader *reader)
{
    view_read_begin();
    const struct view_categories *tree = view_categories(reader->view);
    uint32_t count = view_product_count(reader->view);
    for (uint32_t number = 1; number <= count; number++) {
        if (category_changed(reader, tree, view_product(reader->view, number)->category))
            reader->changed(reader->context, number);
    }
    view_read_end();
}

static struct err read_log(struct open_shop *open, uint64_t after, struct change_reader *reader)
{
    struct store_reader *events = NULL;
    TRY(store_fold_now(open->store)); /* so that every order is in the tables */
    TRY(store_reader_open(open->store, &reader->orders));
    struct err err = store_reader_open(open->store, &events);
    if (err.code == ERR_NONE) {
        err = store_read_events(events, after, read_event, reader);
        store_reader_close(events);
    }
    store_reader_close(reader->orders);
    return err.code == ERR_NONE ? reader->err : err;
}

static bool read_changes(void *context, uint64_t after,
                         void (*changed)(void *changed_context, uint32_t product),
                         void *changed_context)
{
    struct open_shop *open = context;
    struct change_reader reader = {
        .view = open->view, .changed = changed, .context = changed_context};
    view_read_begin();
    reader.category_count = view_categories(open->view)->count;
    view_read_end();
    reader.categories =
        memory_alloc_zeroed((size_t)reader.category_count + 1, sizeof *reader.categories);
    arena_init(&reader.arena, ARENA_BLOCK, ARENA_MAX);
    struct err err = read_log(open, after, &reader);
    if (err.code == ERR_NONE)
        read_categories(&reader);
    else
        log_warning("the events behind the search cluster's position cannot be read",
                    "after=%" PRIu64 " code=%" PRIu64, after, err.value);
    arena_release(&reader.arena);
    memory_free(reader.categories);
    return err.code == ERR_NONE;
}

/* On the executor's thread, which owns the shop. */
static uint64_t last_event(void *context)
{
    const struct open_shop *open = context;
    return open->shop.last_event;
}

/* --- settings --- */

/* The first line of the file. */
static bool read_credentials(const char *path, char line_out[CREDENTIALS_BYTES_MAX])
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool is_read = fgets(line_out, CREDENTIALS_BYTES_MAX, file) != NULL;
    (void)fclose(file);
    line_out[is_read ? strcspn(line_out, "\r\n") : 0] = '\0';
    return is_read && line_out[0] != '\0';
}

static struct elastic_options options_of(const struct config *config, struct open_shop *open)
{
    struct elastic_options options = elastic_defaults();
    options.view = open->view;
    options.log = (struct elastic_log){.timeline = open->shop.timeline,
                                       .published_event = open->shop.last_event,
                                       .last_event = last_event,
                                       .read_changes = read_changes,
                                       .context = open};
    options.language = text_of(config->search_language);
    options.urls = text_of(config->search_urls);
    options.prefix = text_of(config->search_prefix);
    options.credentials = text_of(config->search_credentials);
    options.ca_file = text_of(config->search_ca_file);
    options.timeout_ms = config->search_timeout_ms;
    options.send_timeout_ms = config->search_send_timeout_ms;
    options.in_flight_max = config->search_in_flight_max;
    options.bulk_products_max = config->search_bulk_products_max;
    options.refresh_ms = config->search_refresh_ms;
    options.position_ms = config->search_position_ms;
    options.sold_ms = config->search_sold_ms;
    options.failures_max = config->search_failures_max;
    options.open_ms = config->search_away_ms;
    options.shards = config->search_shards;
    options.replicas = config->search_replicas;
    return options;
}

struct search_backend *search_cluster_open(const struct config *config, struct open_shop *open,
                                           struct text synonyms, struct search_backend *fallback)
{
    char credentials[CREDENTIALS_BYTES_MAX];
    struct elastic_options options = options_of(config, open);
    struct search_backend *search = NULL;
    options.synonyms = synonyms;
    options.fallback = fallback;
    bool has_file = config->search_credentials_file[0] != '\0';
    if (has_file && !read_credentials(config->search_credentials_file, credentials)) {
        (void)fprintf(stderr, "shopd: search_credentials_file: %s cannot be read or is empty\n",
                      config->search_credentials_file);
    } else {
        if (has_file)
            options.credentials = text_of(credentials);
        search = elastic_open(&options);
    }
    if (search == NULL)
        search_close(fallback);
    return search;
}
