/* demo_race.c - 200 buyers, 50 pieces, one kill -9. */
#include "base/clock.h"
#include "base/memory.h"
#include "cli/demo/demo_story.h"
#include "cli/replay/shop_client.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUYER_COUNT = 200, PIECES = 50, SOLD_BEFORE_KILL = 20, BAR_WIDTH = 40, TRIES_MAX = 600 };
#define STEP_NS     UINT64_C(8000000)  /* between two buyers */
#define PAUSE_NS    UINT64_C(50000000) /* before trying again */
#define REDRAW_NS   UINT64_C(50000000)
#define MILLISECOND UINT64_C(1000000)

enum fate { FATE_WAITING, FATE_SOLD, FATE_REFUSED, FATE_UNCLEAR };

struct race;

struct buyer {
    struct race *race;
    uint32_t number;
    struct shop_cart cart;
    char order[SHOP_ID_SIZE];
    atomic_uint fate;
    uint32_t tries;
    pthread_t thread;
};

struct race {
    const char *url;
    uint64_t start_ns;
    char product[SHOP_ID_SIZE];
    struct buyer buyers[BUYER_COUNT];
};

static uint32_t count_fate(struct race *race, enum fate fate)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < BUYER_COUNT; i++)
        count += atomic_load(&race->buyers[i].fate) == (unsigned)fate ? 1 : 0;
    return count;
}

/* Tries until there is an answer: whoever loses the connection repeats with the same key. */
static enum fate buy(struct buyer *buyer, struct shop_client *client)
{
    char key[32];
    struct shop_contact contact = {.name = "A buyer", .email = "buyer@example.com", .country = ""};
    (void)snprintf(key, sizeof(key), "buyer-%u", buyer->number);
    while (buyer->tries < TRIES_MAX) {
        buyer->tries++;
        struct http_answer answer = shop_client_checkout(client, &buyer->cart, key, &contact);
        if (answer.status == 201) {
            (void)snprintf(buyer->order, sizeof(buyer->order), "%s",
                           http_json_text(answer.json, "id"));
            return FATE_SOLD;
        }
        if (answer.status == 409 && strcmp(answer.code, "out_of_stock") == 0)
            return FATE_REFUSED;
        if (answer.status != 0 && answer.status != 503)
            return FATE_UNCLEAR;
        clock_sleep_ns(PAUSE_NS);
    }
    return FATE_UNCLEAR;
}

static void *run_buyer(void *context)
{
    struct buyer *buyer = context;
    struct shop_client client;
    shop_client_open(&client, buyer->race->url, NULL);
    uint64_t due_ns = buyer->race->start_ns + buyer->number * STEP_NS;
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns < due_ns)
        clock_sleep_ns(due_ns - now_ns);
    atomic_store(&buyer->fate, (unsigned)buy(buyer, &client));
    shop_client_close(&client);
    return NULL;
}

/* The product, its pieces, and a cart with one piece for every buyer. */
static bool prepare(struct race *race, struct shop_client *client)
{
    struct http_answer answer =
        shop_client_send(client, "POST", "/v1/products",
                         "{\"sku\":\"RARE-1\",\"name\":\"The rare thing\",\"category\":\"HOME\","
                         "\"price\":{\"amount\":4900,\"currency\":\"USD\"}}");
    (void)snprintf(race->product, sizeof(race->product), "%s", http_json_text(answer.json, "id"));
    struct shop_item pieces = {.id = race->product, .quantity = PIECES};
    answer = shop_client_move_stock(client, &pieces, 1, "received");
    bool ok = answer.status >= 200 && answer.status < 300;
    struct shop_item one = {.id = race->product, .quantity = 1};
    for (uint32_t i = 0; ok && i < BUYER_COUNT; i++) {
        struct buyer *buyer = &race->buyers[i];
        *buyer = (struct buyer){.race = race, .number = i};
        answer = shop_client_open_cart(client, NULL, &buyer->cart);
        if (answer.status == 201)
            answer = shop_client_add_items(client, &buyer->cart, &one, 1);
        ok = answer.status == 200;
    }
    if (!ok)
        printf("the race cannot be prepared: %d %s\n", answer.status, answer.code);
    return ok;
}

static void draw_bar(const char *label, uint32_t count, uint32_t whole)
{
    static const char full[BAR_WIDTH + 1] = "########################################";
    int filled = (int)(count * BAR_WIDTH / whole);
    printf("\033[K  %-9s %4u %.*s\n", label, count, filled, full);
}

static void draw(struct race *race, const char *server_state, bool is_first)
{
    if (!is_first)
        printf("\033[4A");
    draw_bar("sold", count_fate(race, FATE_SOLD), PIECES);
    draw_bar("refused", count_fate(race, FATE_REFUSED), BUYER_COUNT);
    draw_bar("waiting", count_fate(race, FATE_WAITING), BUYER_COUNT);
    printf("\033[K  server    %s\n", server_state);
    (void)fflush(stdout);
}

/* What happens while the buyers run; the time from the kill to the server's being ready, in ms. */
static bool watch(struct race *race, struct scratch_server *server, uint64_t *back_ms_out)
{
    bool is_terminal = isatty(STDOUT_FILENO) == 1;
    bool was_killed = false;
    bool ok = true;
    if (is_terminal)
        draw(race, "up", true);
    while (ok && count_fate(race, FATE_WAITING) > 0) {
        clock_sleep_ns(was_killed ? REDRAW_NS : MILLISECOND);
        if (!was_killed && count_fate(race, FATE_SOLD) >= SOLD_BEFORE_KILL) {
            was_killed = true;
            uint64_t killed_ns = clock_monotonic_ns();
            scratch_server_kill(server);
            if (is_terminal)
                draw(race, "killed with kill -9", false);
            else
                printf("  %u sold: kill -9\n", count_fate(race, FATE_SOLD));
            ok = scratch_server_start(server);
            *back_ms_out = (clock_monotonic_ns() - killed_ns) / MILLISECOND;
        }
        if (is_terminal)
            draw(race, was_killed ? "up again" : "up", false);
    }
    return ok && was_killed;
}

/* Orders that were acknowledged and are not there, or were given to two buyers. */
static uint32_t count_lost(struct race *race, struct shop_client *client)
{
    uint32_t lost = 0;
    for (uint32_t i = 0; i < BUYER_COUNT; i++) {
        const struct buyer *buyer = &race->buyers[i];
        if (buyer->order[0] == '\0')
            continue;
        struct http_answer answer = shop_client_view_order(client, buyer->order);
        bool is_there =
            answer.status == 200 && strcmp(http_json_text(answer.json, "status"), "pending") == 0;
        for (uint32_t j = 0; j < i; j++)
            is_there = is_there && strcmp(race->buyers[j].order, buyer->order) != 0;
        lost += is_there ? 0 : 1;
    }
    return lost;
}

static bool judge(struct race *race, struct shop_client *client, uint64_t back_ms)
{
    uint32_t sold = count_fate(race, FATE_SOLD);
    uint32_t refused = count_fate(race, FATE_REFUSED);
    uint32_t lost = count_lost(race, client);
    uint32_t repeated = 0;
    for (uint32_t i = 0; i < BUYER_COUNT; i++)
        repeated += race->buyers[i].tries > 1 ? 1 : 0;
    struct http_answer answer = shop_client_view_stock(client, race->product);
    int64_t reserved = shop_client_sum(answer.json, "reserved");
    printf("\n%u sold, %u refused, %u lost, back in %" PRIu64 ".%02" PRIu64 " s\n", sold, refused,
           lost, back_ms / 1000, back_ms % 1000 / 10);
    printf("%u buyers lost the connection and asked again with the same key; %" PRId64
           " pieces are reserved\n",
           repeated, reserved);
    return sold == PIECES && refused == BUYER_COUNT - PIECES && lost == 0 && reserved == PIECES;
}

bool demo_race(struct scratch_server *server)
{
    struct race *race = memory_alloc_zeroed(1, sizeof(*race));
    struct shop_client client;
    uint64_t back_ms = 0;
    race->url = server->url;
    shop_client_open(&client, server->url, server->operator_key);
    printf("%u buyers have one piece each of a thing in their carts; %u pieces are there.\n",
           (unsigned)BUYER_COUNT, (unsigned)PIECES);
    bool ok = prepare(race, &client);
    race->start_ns = clock_monotonic_ns();
    for (uint32_t i = 0; ok && i < BUYER_COUNT; i++) {
        int failed = pthread_create(&race->buyers[i].thread, NULL, run_buyer, &race->buyers[i]);
        ensure(failed == 0);
    }
    if (ok) {
        ok = watch(race, server, &back_ms);
        for (uint32_t i = 0; i < BUYER_COUNT; i++)
            (void)pthread_join(race->buyers[i].thread, NULL);
        ok = judge(race, &client, back_ms) && ok;
    }
    shop_client_close(&client);
    memory_free(race);
    return ok;
}
