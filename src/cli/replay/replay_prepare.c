#include "cli/replay/replay_prepare.h"

#include "base/clock.h"
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 20, NAME_SIZE = 160 };
#define PAUSE_NS  UINT64_C(100000000)
#define SECOND_NS UINT64_C(1000000000)

static bool complain(const struct http_answer *answer, const char *what)
{
    (void)fprintf(stderr, "shopd replay: %s: %d %s\n", what, answer->status, answer->code);
    return false;
}

/* True, after a pause, when the server is away and the request is to be repeated. */
static bool is_away(const struct replay_run *run, const struct http_answer *answer,
                    uint64_t start_ns)
{
    uint64_t waited_ns = clock_monotonic_ns() - start_ns;
    if (!replay_must_repeat(answer) || waited_ns >= run->retry_seconds * SECOND_NS)
        return false;
    clock_sleep_ns(PAUSE_NS);
    return true;
}

static struct http_answer view_stock(const struct replay_run *run, struct shop_client *client,
                                     uint32_t product)
{
    uint64_t start_ns = clock_monotonic_ns();
    struct http_answer answer;
    do {
        answer = shop_client_view_stock(client, run->product_ids[product]);
    } while (is_away(run, &answer, start_ns));
    return answer;
}

static struct http_answer find_sku(const struct replay_run *run, struct shop_client *client,
                                   uint32_t product)
{
    uint64_t start_ns = clock_monotonic_ns();
    struct http_answer answer;
    do {
        answer = shop_client_find_sku(client, run->plan->skus.texts[product]);
    } while (is_away(run, &answer, start_ns));
    return answer;
}

static bool find_product(struct replay_run *run, struct shop_client *client, uint32_t product)
{
    struct http_answer answer = find_sku(run, client, product);
    if (answer.status != 200)
        return complain(&answer, "cannot look up a SKU");
    (void)snprintf(run->product_ids[product], SHOP_ID_SIZE, "%s",
                   shop_client_first_id(answer.json));
    if (run->product_ids[product][0] == '\0')
        return true; /* orders of it will be refused as product_unknown */
    answer = view_stock(run, client, product);
    if (answer.status != 200)
        return complain(&answer, "cannot read the stock (is the operator key right?)");
    run->books.rows[product] =
        (struct replay_book){.on_hand = (uint64_t)shop_client_sum(answer.json, "on_hand"),
                             .reserved = (uint64_t)shop_client_sum(answer.json, "reserved"),
                             .is_known = true};
    return true;
}

static bool make_customer(struct replay_run *run, struct shop_client *client, uint32_t customer)
{
    char name[NAME_SIZE];
    char email[NAME_SIZE];
    const char *id = run->plan->customers.texts[customer].data;
    (void)snprintf(name, sizeof(name), "Customer %s", id);
    (void)snprintf(email, sizeof(email), "customer-%s@example.com", id);
    struct shop_contact contact = {.name = name, .email = email, .country = ""};
    uint64_t start_ns = clock_monotonic_ns();
    struct http_answer answer;
    do { /* one too many does no harm */
        answer = shop_client_make_customer(client, &contact, false);
    } while (is_away(run, &answer, start_ns));
    if (answer.status != 201)
        return complain(&answer, "cannot make a customer");
    (void)snprintf(run->customer_ids[customer], SHOP_ID_SIZE, "%s",
                   http_json_text(answer.json, "id"));
    return true;
}

bool replay_prepare(struct replay_run *run, struct shop_client *client)
{
    struct progress progress;
    uint32_t sku_count = run->plan->skus.count;
    uint32_t customer_count = run->plan->customers.count;
    bool ok = true;
    progress_start(&progress, "products and customers", (uint64_t)sku_count + customer_count);
    for (uint32_t i = 0; ok && i < sku_count; i++) {
        ok = find_product(run, client, i);
        progress_set(&progress, i + 1);
    }
    for (uint32_t i = 0; ok && i < customer_count; i++) {
        ok = make_customer(run, client, i);
        progress_set(&progress, (uint64_t)sku_count + i + 1);
    }
    progress_finish(&progress);
    return ok;
}

static void show_difference(const struct replay_run *run, uint32_t product, const json_t *stock,
                            const struct replay_book *book)
{
    (void)fprintf(stderr,
                  "%.*s: on hand %" PRId64 ", reserved %" PRId64 "; should be %" PRIu64 ", %" PRIu64
                  "\n",
                  TEXT_ARGS(run->plan->skus.texts[product]), shop_client_sum(stock, "on_hand"),
                  shop_client_sum(stock, "reserved"), book->on_hand, book->reserved);
}

int64_t replay_compare(const struct replay_run *run, struct shop_client *client,
                       const struct replay_books *books, const char *of)
{
    int64_t different = 0;
    for (uint32_t i = 0; i < books->count; i++) {
        const struct replay_book *book = &books->rows[i];
        if (!book->is_known)
            continue;
        struct http_answer answer = view_stock(run, client, i);
        if (answer.status != 200) {
            (void)complain(&answer, "cannot read the stock");
            return -1;
        }
        bool is_same = (uint64_t)shop_client_sum(answer.json, "on_hand") == book->on_hand &&
                       (uint64_t)shop_client_sum(answer.json, "reserved") == book->reserved;
        if (!is_same && different == 0)
            (void)fprintf(stderr, "stock that differs from %s:\n", of);
        if (!is_same && different++ < SHOWN_MAX)
            show_difference(run, i, answer.json, book);
    }
    return different;
}
