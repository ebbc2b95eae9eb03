/*
 * bench_shoppers.c - people in a shop over HTTP/1.1 on loopback, as lib/http_load.h runs a load:
 * each connection is one, who goes on with what the answers said.
 *
 *   bench_shoppers PORT PRODUCTS browse | mix | life | guest | buy CONNECTIONS SECONDS
 *                  [RATE [GIVE_UP_MS]]
 *
 * PRODUCTS holds a product's id a line, the most popular first (bench_fill); they are asked for by
 * Zipf 0.7. With RATE so many requests are due a second; with `buy` so many visits, each of which
 * buys something and then pauses. With `life` some leave their cart standing, some do not pay, and
 * operators ship and deliver what was bought some thousand orders before, so that as many are open
 * all the time. SHOPD_OPERATOR_KEY confirms, ships and delivers. Prints a line a second, then
 * one for each request:
 *
 *   connected
 *   second NUMBER GOOD NOT_GOOD P50_MS P99_MS          of the good ones
 *   request NAME DONE P50_MS P99_MS MAX_MS
 *   total DONE REFUSED GIVEN_UP SECONDS CPU_US_OF_THE_LOAD_EACH
 */
#include "base/memory.h"
#include "base/random.h"
#include "lib/http_load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_SIZE = 40, TOKEN_SIZE = 48, RATE_ARGUMENT = 6, GIVE_UP_ARGUMENT = 7 };

enum {
    SHELF_ORDERS = 1 << 16,  /* room, a power of two */
    SHELF_ORDERS_LIE = 5000, /* so many wait on each shelf */
    /* Of so many carts one is left standing, of so many orders one is not paid. */
    CARTS_PER_LEFT = 8,
    ORDERS_PER_UNPAID = 10,
};

enum ask {
    ASK_PRODUCT = 0,
    ASK_CREATE,
    ASK_ADD,
    ASK_VIEW,
    ASK_CHECKOUT,
    ASK_CONFIRM,
    ASK_ORDER,
    ASK_SHIP,
    ASK_DELIVER,
};

static const char *const ASK_NAMES[] = {"product",   "create cart", "add to cart",
                                        "view cart", "checkout",    "confirm",
                                        "order",     "ship",        "deliver"};

struct plan {
    const char *name;
    const enum ask *steps;
    uint32_t step_count;
};

static const enum ask BROWSE[] = {ASK_PRODUCT};
/* 16 of 20 browse, 3 are for the cart, 1 buys it. */
static const enum ask MIX[] = {ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_CREATE,
                               ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_ADD,
                               ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_VIEW,
                               ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_CHECKOUT};
/* The same, and what operators do about an order. */
static const enum ask LIFE[] = {ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_CREATE,
                                ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_ADD,
                                ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_VIEW,
                                ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_PRODUCT, ASK_CHECKOUT,
                                ASK_CONFIRM, ASK_SHIP,    ASK_DELIVER};
static const enum ask GUEST[] = {ASK_CREATE,   ASK_ADD,     ASK_VIEW,
                                 ASK_CHECKOUT, ASK_CONFIRM, ASK_ORDER};
static const enum ask BUY[] = {ASK_PRODUCT, ASK_CREATE, ASK_ADD, ASK_CHECKOUT};

static const struct plan PLANS[] = {{"browse", BROWSE, countof(BROWSE)},
                                    {"mix", MIX, countof(MIX)},
                                    {"life", LIFE, countof(LIFE)},
                                    {"guest", GUEST, countof(GUEST)},
                                    {"buy", BUY, countof(BUY)}};

struct shopper {
    uint32_t step; /* of the plan: what is asked next, or is out */
    char cart[ID_SIZE];
    char token[TOKEN_SIZE];
    char order[ID_SIZE];
    char shelved[ID_SIZE]; /* the order that is shipped or delivered */
};

/* Orders that lie and wait for the next to be done with them, first in, first out. */
struct shelf {
    char (*orders)[ID_SIZE];
    uint64_t first;
    uint64_t next;
};

struct shop_load {
    const struct plan *plan;
    struct shopper *shoppers; /* one per connection */
    char (*products)[ID_SIZE];
    uint32_t product_count;
    double zipf_exponent;
    double zipf_scale;
    struct random random;
    const char *operator_key;
    uint64_t second;
    uint64_t carts;
    uint64_t orders;
    struct shelf paid;
    struct shelf shipped;
};

static const char CONTACT[] =
    "{\"contact\":{\"name\":\"Ada Example\",\"email\":\"ada.example@example.com\"},"
    "\"shipping_address\":{\"name\":\"Ada Example\",\"line1\":\"12 Some Long Street\","
    "\"city\":\"London\",\"postal_code\":\"N1 9GU\",\"country\":\"GB\"}}";

static void read_products(struct shop_load *load, const char *path)
{
    FILE *file = fopen(path, "r");
    uint32_t capacity = 0;
    char line[ID_SIZE];
    ensure(file != NULL);
    while (fscanf(file, "%39s", line) == 1) {
        if (load->product_count == capacity)
            load->products = memory_grow(load->products, &capacity, sizeof *load->products);
        memcpy(load->products[load->product_count++], line, sizeof line);
    }
    ensure(fclose(file) == 0);
    ensure(load->product_count > 0);
    load->zipf_exponent = 1.0 - 0.7;
    load->zipf_scale = pow((double)load->product_count, load->zipf_exponent);
}

static const char *pick_product(struct shop_load *load)
{
    double unit = (double)(random_u64(&load->random) >> 11) * 0x1p-53;
    uint32_t rank = (uint32_t)pow(unit * load->zipf_scale, 1.0 / load->zipf_exponent);
    return load->products[rank < load->product_count ? rank : load->product_count - 1];
}

/* ---- the shelves ---- */

static void shelf_put(struct shelf *shelf, const char *order)
{
    ensure(shelf->next - shelf->first < SHELF_ORDERS);
    memcpy(shelf->orders[shelf->next++ % SHELF_ORDERS], order, ID_SIZE);
}

/* False while nothing has lain there for long enough. */
static bool shelf_take(struct shelf *shelf, char order_out[ID_SIZE])
{
    if (shelf->next - shelf->first <= SHELF_ORDERS_LIE)
        return false;
    memcpy(order_out, shelf->orders[shelf->first++ % SHELF_ORDERS], ID_SIZE);
    return true;
}

/* ---- asking ---- */

static void write_request(struct http_load_request *request, const char *line, const char *headers,
                          const char *body)
{
    int length = snprintf(request->bytes, sizeof request->bytes,
                          "%s HTTP/1.1\r\nHost: bench\r\n%sContent-Type: application/json\r\n"
                          "Content-Length: %zu\r\n\r\n%s",
                          line, headers, strlen(body), body);
    ensure(length > 0 && length < HTTP_LOAD_REQUEST_MAX);
    request->length = (uint32_t)length;
}

static void write_read(struct http_load_request *request, const char *path, const char *headers)
{
    int length = snprintf(request->bytes, sizeof request->bytes,
                          "GET %s HTTP/1.1\r\nHost: bench\r\n%s\r\n", path, headers);
    ensure(length > 0 && length < HTTP_LOAD_REQUEST_MAX);
    request->length = (uint32_t)length;
}

static void write_cart_request(struct shop_load *load, const struct shopper *shopper, enum ask ask,
                               struct http_load_request *request)
{
    char line[160];
    char headers[192];
    char body[128];
    const char *part = ask == ASK_ADD ? "/items" : ask == ASK_CHECKOUT ? "/checkout" : "";
    int length = snprintf(headers, sizeof headers, "Cart-Token: %s\r\n", shopper->token);
    (void)snprintf(line, sizeof line, "%s/v1/carts/%s%s", ask == ASK_VIEW ? "" : "POST ",
                   shopper->cart, part);
    if (ask == ASK_CHECKOUT)
        (void)snprintf(headers + length, sizeof headers - (size_t)length, "Idempotency-Key: %s\r\n",
                       shopper->cart);
    (void)snprintf(body, sizeof body, "{\"product_id\":\"%s\",\"quantity\":1}", pick_product(load));
    if (ask == ASK_VIEW)
        write_read(request, line, headers);
    else
        write_request(request, line, headers, ask == ASK_ADD ? body : CONTACT);
}

static void write_order_view(const struct shopper *shopper, struct http_load_request *request)
{
    char path[96];
    char headers[96];
    (void)snprintf(path, sizeof path, "/v1/orders/%s", shopper->order);
    (void)snprintf(headers, sizeof headers, "Cart-Token: %s\r\n", shopper->token);
    write_read(request, path, headers);
}

static void write_operator_request(const struct shop_load *load, const char *order,
                                   const char *action, struct http_load_request *request)
{
    char line[160];
    char headers[320];
    (void)snprintf(line, sizeof line, "POST /v1/orders/%s/%s", order, action);
    (void)snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", load->operator_key);
    write_request(request, line, headers, "");
}

/* Is there nothing to be done in this step of the plan? Else what it is about was taken. */
static bool is_passed_over(struct shop_load *load, struct shopper *shopper, enum ask ask)
{
    if (load->plan->steps != LIFE)
        return false;
    switch (ask) {
    case ASK_CHECKOUT:
        return ++load->carts % CARTS_PER_LEFT == 0;
    case ASK_CONFIRM:
        return shopper->order[0] == '\0' || ++load->orders % ORDERS_PER_UNPAID == 0;
    case ASK_SHIP:
        return !shelf_take(&load->paid, shopper->shelved);
    case ASK_DELIVER:
        return !shelf_take(&load->shipped, shopper->shelved);
    case ASK_PRODUCT:
    case ASK_CREATE:
    case ASK_ADD:
    case ASK_VIEW:
    case ASK_ORDER:
        return false;
    }
    return false;
}

static enum ask next_ask(struct shop_load *load, struct shopper *shopper)
{
    const struct plan *plan = load->plan;
    while (is_passed_over(load, shopper, plan->steps[shopper->step])) {
        if (plan->steps[shopper->step] == ASK_CHECKOUT)
            shopper->order[0] = '\0'; /* there is none to be paid */
        shopper->step = (shopper->step + 1) % plan->step_count;
    }
    return plan->steps[shopper->step];
}

static bool next_request(void *owner, struct http_load_request *request)
{
    struct shop_load *load = owner;
    struct shopper *shopper = &load->shoppers[request->peer];
    enum ask ask = next_ask(load, shopper);
    char path[96];
    request->kind = (uint32_t)ask;
    switch (ask) {
    case ASK_PRODUCT:
        (void)snprintf(path, sizeof path, "/v1/products/%s", pick_product(load));
        write_read(request, path, "");
        return true;
    case ASK_CREATE:
        write_request(request, "POST /v1/carts", "", "");
        return true;
    case ASK_ADD:
    case ASK_VIEW:
    case ASK_CHECKOUT:
        write_cart_request(load, shopper, ask, request);
        return true;
    case ASK_CONFIRM:
        write_operator_request(load, shopper->order, "confirm", request);
        return true;
    case ASK_ORDER:
        write_order_view(shopper, request);
        return true;
    case ASK_SHIP:
        write_operator_request(load, shopper->shelved, "ship", request);
        return true;
    case ASK_DELIVER:
        write_operator_request(load, shopper->shelved, "deliver", request);
        return true;
    }
    return false;
}

/* ---- what the answers say ---- */

static void read_field(const char *answer, const char *name, size_t size, char *value_out)
{
    const char *found = strstr(answer, name);
    ensure(found != NULL);
    const char *value = found + strlen(name);
    size_t length = strcspn(value, "\"");
    ensure(length < size);
    memcpy(value_out, value, length);
    value_out[length] = '\0';
}

/* What was refused lies and waits once more. */
static void note_step_of_order(struct shop_load *load, const struct shopper *shopper, enum ask ask,
                               bool is_good)
{
    if (load->plan->steps != LIFE)
        return;
    if (is_good && ask == ASK_CONFIRM)
        shelf_put(&load->paid, shopper->order);
    else if (ask == ASK_SHIP)
        shelf_put(is_good ? &load->shipped : &load->paid, shopper->shelved);
    else if (!is_good && ask == ASK_DELIVER)
        shelf_put(&load->shipped, shopper->shelved);
}

/* Who is refused begins again: the cart may be the thing that was not made. */
static void on_answer(void *owner, uint32_t peer, bool is_good, const char *answer)
{
    struct shop_load *load = owner;
    struct shopper *shopper = &load->shoppers[peer];
    enum ask ask = load->plan->steps[shopper->step];
    if (is_good && ask == ASK_CREATE) {
        read_field(answer, "\"id\":\"", sizeof shopper->cart, shopper->cart);
        read_field(answer, "\"token\":\"", sizeof shopper->token, shopper->token);
    }
    if (is_good && ask == ASK_CHECKOUT)
        read_field(answer, "\"id\":\"", sizeof shopper->order, shopper->order);
    note_step_of_order(load, shopper, ask, is_good);
    bool goes_on = is_good || ask == ASK_PRODUCT;
    shopper->step = goes_on ? (shopper->step + 1) % load->plan->step_count : 0;
}

/* Who comes to buy does so at once; the others pause before every request. */
static bool goes_on(void *owner, uint32_t peer)
{
    const struct shop_load *load = owner;
    return load->plan->steps == BUY && load->shoppers[peer].step > 0;
}

static void on_connected(void *owner)
{
    (void)owner;
    printf("connected\n");
    (void)fflush(stdout);
}

static void on_second(void *owner, const struct http_load_kind *good, uint64_t not_good)
{
    struct shop_load *load = owner;
    printf("second %lu %lu %lu %.2f %.2f %.2f\n", (unsigned long)++load->second,
           (unsigned long)good->done, (unsigned long)not_good, http_load_percentile_ms(good, 0.5),
           http_load_percentile_ms(good, 0.99), http_load_sent_percentile_ms(good, 0.99));
    (void)fflush(stdout);
}

static void print_result(const struct http_load_result *result)
{
    for (uint32_t i = 0; i < countof(ASK_NAMES); i++) {
        const struct http_load_kind *kind = &result->kinds[i];
        if (kind->done > 0)
            printf("request %s\t%lu\t%.2f\t%.2f\t%.1f\n", ASK_NAMES[i], (unsigned long)kind->done,
                   http_load_percentile_ms(kind, 0.5), http_load_percentile_ms(kind, 0.99),
                   (double)kind->slowest_ns / 1e6);
    }
    printf("total %lu %lu %lu %.2f %.2f\n", (unsigned long)result->done,
           (unsigned long)result->refused, (unsigned long)result->given_up, result->seconds,
           (double)result->cpu_ns / 1000.0 / (double)(result->done + 1));
}

/* Nobody has a cart yet, so within what the plan browses first. */
static void start_out_of_step(struct shop_load *load, uint32_t connections)
{
    uint32_t lead = 0;
    while (lead < load->plan->step_count && load->plan->steps[lead] == ASK_PRODUCT)
        lead++;
    for (uint32_t i = 0; i < connections && lead > 0; i++)
        load->shoppers[i].step = i % lead;
}

static const struct plan *find_plan(const char *name)
{
    for (uint32_t i = 0; i < countof(PLANS); i++) {
        if (strcmp(PLANS[i].name, name) == 0)
            return &PLANS[i];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct plan *plan = argc >= RATE_ARGUMENT ? find_plan(argv[3]) : NULL;
    if (plan == NULL) {
        (void)fprintf(stderr, "usage: bench_shoppers PORT PRODUCTS browse | mix | life | guest | "
                              "buy CONNECTIONS SECONDS [RATE [GIVE_UP_MS]]\n");
        return 2;
    }
    const char *key = getenv("SHOPD_OPERATOR_KEY");
    uint32_t connections = (uint32_t)strtoul(argv[4], NULL, 10);
    struct shop_load load = {.plan = plan, .random = {7}, .operator_key = key != NULL ? key : ""};
    read_products(&load, argv[2]);
    load.shoppers = memory_alloc_zeroed(connections, sizeof *load.shoppers);
    load.paid.orders = memory_alloc_zeroed(SHELF_ORDERS, ID_SIZE);
    load.shipped.orders = memory_alloc_zeroed(SHELF_ORDERS, ID_SIZE);
    start_out_of_step(&load, connections);
    print_result(http_load_run(&(struct http_load_options){
        .port = (uint16_t)strtoul(argv[1], NULL, 10),
        .connections = connections,
        .seconds = strtod(argv[5], NULL),
        .rate = argc > RATE_ARGUMENT ? strtod(argv[RATE_ARGUMENT], NULL) : 0,
        .give_up_ms =
            argc > GIVE_UP_ARGUMENT ? (uint32_t)strtoul(argv[GIVE_UP_ARGUMENT], NULL, 10) : 0,
        .status = "2",
        .next = next_request,
        .answered = on_answer,
        .connected = on_connected,
        .goes_on = goes_on,
        .each_second = on_second,
        .owner = &load,
    }));
    memory_free(load.paid.orders);
    memory_free(load.shipped.orders);
    memory_free(load.shoppers);
    memory_free(load.products);
    return 0;
}
