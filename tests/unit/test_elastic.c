/* The elastic back end against a toy cluster that does what a test tells it. */
#include "base/clock.h"
#include "lib/catalog_fixture.h"
#include "lib/toy_cluster.h"
#include "search/elastic/elastic.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { PRODUCTS = 60, NS_PER_MS = 1000000, WAIT_MS = 20000, TIMELINE = 0xabc, FIRST_EVENT = 1000 };

struct world {
    struct catalog_fixture shop;
    struct toy_cluster toy;
    struct search_backend *search;
    struct elastic_options options;
    uint64_t event; /* atomic */
    uint64_t read_after;
    uint32_t reads;      /* atomic */
    uint32_t changed[4]; /* what the log says; ends with 0 */
    bool log_is_gone;
    uint32_t stood_in; /* answers of the fallback; atomic */
};

/* --- a fallback that counts --- */

struct stand_in {
    struct search_backend backend;
    struct world *world;
};

static void stand_in_search(struct search_backend *backend, struct search_request *request)
{
    struct stand_in *stand_in = (struct stand_in *)backend;
    __atomic_add_fetch(&stand_in->world->stood_in, 1, __ATOMIC_RELAXED);
    request->result = (struct search_result){.total = 777};
    request->err = OK;
    request->done(request);
}

static void stand_in_close(struct search_backend *backend)
{
    (void)backend;
}

static const struct search_ops stand_in_ops = {.name = "stand-in",
                                               .search = stand_in_search,
                                               .close = stand_in_close};

/* --- the world --- */

static uint64_t last_event(void *context)
{
    struct world *world = context;
    return __atomic_add_fetch(&world->event, 1, __ATOMIC_RELAXED);
}

static bool read_changes(void *context, uint64_t after,
                         void (*changed)(void *changed_context, uint32_t product),
                         void *changed_context)
{
    struct world *world = context;
    world->read_after = after;
    for (uint32_t i = 0; world->changed[i] != 0; i++)
        changed(changed_context, world->changed[i]);
    __atomic_add_fetch(&world->reads, 1, __ATOMIC_RELEASE);
    return !world->log_is_gone;
}

static int world_open(void **state)
{
    static struct world world;
    world = (struct world){.event = FIRST_EVENT};
    catalog_fixture_open(&world.shop, 3, PRODUCTS);
    toy_cluster_open(&world.toy);
    world.options = elastic_defaults();
    world.options.view = world.shop.view;
    world.options.urls = text_of(world.toy.url);
    world.options.timeout_ms = 5000;
    world.options.bulk_products_max = 7;
    world.options.flush_ms = 1;
    world.options.position_ms = 0;
    world.options.failures_max = 3;
    world.options.open_ms = 60000;
    world.options.log = (struct elastic_log){.timeline = TIMELINE,
                                             .published_event = FIRST_EVENT,
                                             .last_event = last_event,
                                             .read_changes = read_changes,
                                             .context = &world};
    *state = &world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;
    toy_cluster_let_go(&world->toy);
    search_close(world->search);
    toy_cluster_close(&world->toy);
    catalog_fixture_close(&world->shop);
    return 0;
}

#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        uint64_t end_ = clock_monotonic_ns() + (uint64_t)WAIT_MS * NS_PER_MS;                      \
        while (!(condition)) {                                                                     \
            if (clock_monotonic_ns() > end_)                                                       \
                fail_msg("never came true: %s", #condition);                                       \
            clock_sleep_ns(NS_PER_MS);                                                             \
        }                                                                                          \
    } while (0)

static void start(struct world *world)
{
    world->search = elastic_open(&world->options);
    assert_non_null(world->search);
}

static void start_and_settle(struct world *world)
{
    start(world);
    AWAIT(elastic_is_serving(world->search));
    AWAIT(toy_cluster_count(&world->toy, "PUT /shopd-position/_doc/position") > 0);
}

/* --- asking --- */

struct asked {
    struct search_request request;
    struct search_query query;
    struct arena arena; /* each its own: it is the back end's until it answers */
    uint32_t answers;   /* atomic */
};

static void done(struct search_request *request)
{
    struct asked *asked = request->owner;
    __atomic_add_fetch(&asked->answers, 1, __ATOMIC_RELEASE);
}

static void ask(struct world *world, struct asked *asked)
{
    arena_init(&asked->arena, 1 << 14, 1 << 20);
    asked->query.limit = asked->query.limit == 0 ? 10 : asked->query.limit;
    asked->request = (struct search_request){
        .query = &asked->query, .arena = &asked->arena, .done = done, .owner = asked};
    view_read_begin();
    search_ask(world->search, &asked->request);
    view_read_end();
}

static bool is_answered(struct asked *asked)
{
    return __atomic_load_n(&asked->answers, __ATOMIC_ACQUIRE) == 1;
}

static struct search_request ask_now(struct world *world, struct search_query query)
{
    struct asked asked = {.query = query};
    ask(world, &asked);
    AWAIT(is_answered(&asked));
    arena_release(&asked.arena); /* none of these looks at texts */
    return asked.request;
}

/* --- feeding --- */

static uint32_t active_products(struct world *world)
{
    uint32_t count = 0;
    for (uint32_t number = 1; number <= PRODUCTS; number++)
        count += catalog_find(&world->shop.shop.catalog, number)->status == PRODUCT_ACTIVE;
    return count;
}

static void a_catalogue_is_indexed_whole_and_then_shown(void **state)
{
    struct world *world = *state;
    start_and_settle(world);
    uint32_t there = 0;
    for (uint32_t number = 1; number <= PRODUCTS; number++) {
        assert_int_equal(toy_cluster_sent(&world->toy, number), 1);
        there += world->toy.is_there[number];
    }
    assert_int_equal(there, active_products(world));
    assert_string_equal(world->toy.alias_of, "shopd-0000000000000abc-1000");
    assert_string_equal(world->toy.last_actions,
                        "{\"actions\":[{\"add\":{\"index\":\"shopd-0000000000000abc-1000\","
                        "\"alias\":\"shopd\"}}]}");
    static const char *const calls[] = {"GET /shopd-position/_doc/position",
                                        "GET /shopd-*/_alias",
                                        "DELETE /shopd-0000000000000abc-1000",
                                        "PUT /shopd-0000000000000abc-1000?",
                                        "PUT /shopd-0000000000000abc-1000/_settings",
                                        "POST /shopd-0000000000000abc-1000/_refresh",
                                        "POST /_aliases",
                                        "PUT /shopd-position/_doc/position"};
    for (uint32_t i = 0; i < countof(calls); i++)
        assert_int_equal(toy_cluster_count(&world->toy, calls[i]), 1);
    assert_int_equal(toy_cluster_count(&world->toy, "_bulk"), (PRODUCTS + 6) / 7);
    assert_non_null(
        strstr(world->toy.position, "\"timeline\":\"0000000000000abc\",\"event\":1000"));
}

static void changes_are_sent_once_however_often_they_come(void **state)
{
    struct world *world = *state;
    start_and_settle(world);
    toy_cluster_forget_calls(&world->toy);
    toy_cluster_answer(&world->toy, "_bulk", 1, 429, "{}"); /* time for more of them */
    for (uint32_t i = 0; i < 50; i++) {
        catalog_fixture_replace(&world->shop, 5);
        catalog_fixture_publish(&world->shop);
    }
    AWAIT(search_stats(world->search).lag_events == 0);
    assert_in_range(toy_cluster_sent(&world->toy, 5), 1, 10);
}

static void only_whether_there_is_stock_is_sent(void **state)
{
    struct world *world = *state;
    catalog_fixture_stock(&world->shop, 9, 5);
    catalog_fixture_publish(&world->shop);
    start_and_settle(world);
    toy_cluster_forget_calls(&world->toy);
    for (uint32_t left = 4; left > 0; left--) {
        catalog_fixture_stock(&world->shop, 9, left);
        catalog_fixture_publish(&world->shop);
    }
    AWAIT(search_stats(world->search).lag_events == 0);
    assert_int_equal(toy_cluster_sent(&world->toy, 9), 0);
    catalog_fixture_stock(&world->shop, 9, 0);
    catalog_fixture_publish(&world->shop);
    AWAIT(search_stats(world->search).lag_events == 0);
    assert_int_equal(toy_cluster_sent(&world->toy, 9), 1);
}

static void a_bulk_that_is_not_taken_is_sent_again(void **state)
{
    struct world *world = *state;
    toy_cluster_answer(&world->toy, "_bulk", 1, 429, "{}");
    toy_cluster_answer(&world->toy, "_bulk", 1, 503, "not even JSON");
    toy_cluster_answer(&world->toy, "_bulk", 1, 200, "{\"items\":[]}");
    toy_cluster_answer(&world->toy, "_bulk", 1, 200, "{\"items\":");
    start_and_settle(world);
    for (uint32_t number = 1; number <= PRODUCTS; number++)
        assert_true(toy_cluster_sent(&world->toy, number) >= 1);
}

static void what_fails_for_good_is_left_and_the_rest_sent_again(void **state)
{
    struct world *world = *state;
    start_and_settle(world);
    toy_cluster_forget_calls(&world->toy);
    static const char items[] =
        "{\"errors\":true,\"items\":["
        "{\"index\":{\"status\":429,\"error\":{\"type\":\"es_rejected_execution_exception\"}}},"
        "{\"index\":{\"status\":409,\"error\":{\"type\":\"version_conflict_engine_exception\"}}},"
        "{\"index\":{\"status\":400,\"error\":{\"type\":\"mapper_parsing_exception\"}}}]}";
    toy_cluster_answer(&world->toy, "_bulk", 1, 200, items);
    uint32_t found = 0;
    uint32_t numbers[3];
    for (uint32_t number = 1; number <= PRODUCTS && found < 3; number++) {
        const struct product *product = catalog_find(&world->shop.shop.catalog, number);
        if (product->status != PRODUCT_ACTIVE || product_text(product, PRODUCT_FAMILY).length > 0)
            continue;
        numbers[found++] = number;
        catalog_fixture_stock(&world->shop, number, view_available(world->shop.view, number) == 0);
    }
    assert_int_equal(found, 3);
    catalog_fixture_publish(&world->shop);
    AWAIT(search_stats(world->search).lag_events == 0);
    assert_int_equal(toy_cluster_sent(&world->toy, numbers[0]), 1);
    assert_int_equal(toy_cluster_sent(&world->toy, numbers[1]), 0);
    assert_int_equal(toy_cluster_sent(&world->toy, numbers[2]), 0);
    assert_int_equal(search_stats(world->search).failures, 1);
}

/* --- resuming --- */

static void set_position(struct world *world, const char *timeline, const char *index)
{
    uint64_t schema = 1; /* as feed.c makes it of document.h's number and the language */
    for (const char *at = "english"; *at != '\0'; at++)
        schema = (schema * 31 + (unsigned char)*at) & INT32_MAX;
    (void)snprintf(world->toy.position, sizeof world->toy.position,
                   "{\"timeline\":\"%s\",\"event\":900,\"schema\":%lu,\"index\":\"%s\"}", timeline,
                   (unsigned long)schema, index);
    (void)snprintf(world->toy.alias_of, sizeof world->toy.alias_of, "shopd-0000000000000abc-7");
}

static void a_position_of_this_timeline_is_caught_up_from_the_log(void **state)
{
    struct world *world = *state;
    set_position(world, "0000000000000abc", "shopd-0000000000000abc-7");
    world->changed[0] = 4;
    world->changed[1] = 8;
    world->changed[2] = PRODUCTS + 50; /* not in the view */
    start_and_settle(world);
    assert_int_equal(world->read_after, 900);
    AWAIT(toy_cluster_sent(&world->toy, 4) == 1 && toy_cluster_sent(&world->toy, 8) == 1);
    assert_int_equal(toy_cluster_sent(&world->toy, 5), 0);
    assert_int_equal(toy_cluster_count(&world->toy, "PUT /shopd-0"), 0);
    AWAIT(toy_cluster_position_has(&world->toy, "\"event\":1000"));
}

static void check_indexed_anew(struct world *world)
{
    start_and_settle(world);
    for (uint32_t number = 1; number <= PRODUCTS; number++)
        assert_int_equal(toy_cluster_sent(&world->toy, number), 1);
    assert_string_equal(world->toy.alias_of, "shopd-0000000000000abc-1000");
}

static void a_position_of_another_timeline_is_worth_nothing(void **state)
{
    struct world *world = *state;
    set_position(world, "0000000000000abd", "shopd-0000000000000abc-7");
    check_indexed_anew(world);
    assert_int_equal(world->reads, 0);
}

static void a_position_of_another_index_is_worth_nothing(void **state)
{
    struct world *world = *state;
    set_position(world, "0000000000000abc", "shopd-0000000000000abc-8");
    check_indexed_anew(world);
}

static void a_position_behind_a_pruned_log_is_worth_nothing(void **state)
{
    struct world *world = *state;
    set_position(world, "0000000000000abc", "shopd-0000000000000abc-7");
    world->log_is_gone = true;
    check_indexed_anew(world);
    assert_int_equal(world->reads, 1);
}

static void a_malformed_position_is_worth_nothing(void **state)
{
    struct world *world = *state;
    set_position(world, "0000000000000abc", "shopd-0000000000000abc-7");
    (void)snprintf(
        world->toy.position, sizeof world->toy.position,
        "{\"timeline\":\"0000000000000abc\",\"event\":\"900\",\"schema\":[],\"index\":7}");
    check_indexed_anew(world);
}

static void an_index_that_is_gone_is_made_again(void **state)
{
    struct world *world = *state;
    start_and_settle(world);
    toy_cluster_lose_all(&world->toy);
    toy_cluster_answer(&world->toy, "_search", 1, 404, "{\"error\":{}}");
    (void)ask_now(world, (struct search_query){0});
    AWAIT(toy_cluster_count(&world->toy, "_aliases") == 1);
    AWAIT(elastic_is_serving(world->search));
}

/* A prefix may be the beginning of another. */
static void indices_of_others_are_left_alone(void **state)
{
    struct world *world = *state;
    set_position(world, "0000000000000abd", "shopd-0000000000000abc-7");
    start_and_settle(world);
    assert_non_null(strstr(world->toy.last_actions,
                           "{\"remove_index\":{\"index\":\"shopd-0000000000000abc-6\"}}"));
    assert_null(strstr(world->toy.last_actions, "shopd-eu"));
    assert_null(strstr(world->toy.last_actions, "shopd-position"));
}

/* --- when it is away --- */

#define HITS(hits)                                                                                 \
    "{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{\"total\":{\"value\":2,"            \
    "\"relation\":\"eq\"},\"hits\":[" hits "]}}"

static void answers_are_read(void **state)
{
    struct world *world = *state;
    start_and_settle(world);
    toy_cluster_answer(&world->toy, "_search", 1, 200,
                       HITS("{\"sort\":[100,7]},{\"sort\":[250,3]}"));
    struct search_request request =
        ask_now(world, (struct search_query){.sort = SEARCH_PRICE_ASC, .limit = 1});
    assert_ok(request.err);
    assert_int_equal(request.result.total, 2);
    assert_int_equal(request.result.hit_count, 1);
    assert_int_equal(request.result.hits[0], 7);
    assert_true(request.result.has_more);
    assert_int_equal(request.result.next.rank, 100);
    assert_int_equal(request.result.next.number, 7);
}

static void malformed_answers_are_no_answers(void **state)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "null",
        "{",
        "{}",
        "\xff",
        "{\"hits\":7}",
        HITS("{\"sort\":[100]}"),
        HITS("{\"sort\":[100,0]}"),
        HITS("{\"sort\":[100,-7]}"),
        HITS("{\"sort\":[100,4294967296]}"),
        HITS("{\"sort\":[\"100\",7]}"),
        HITS("{}"),
        HITS("7"),
        HITS("{\"sort\":[1,1]},{\"sort\":[2,2]},{\"sort\":[3,3]}"),
        "{\"timed_out\":true,\"_shards\":{\"failed\":0},\"hits\":{\"total\":{\"value\":0,"
        "\"relation\":\"eq\"},\"hits\":[]}}",
        "{\"timed_out\":false,\"_shards\":{\"failed\":1},\"hits\":{\"total\":{\"value\":0,"
        "\"relation\":\"eq\"},\"hits\":[]}}",
        "{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{\"total\":{\"value\":10000,"
        "\"relation\":\"gte\"},\"hits\":[]}}",
    };
    struct world *world = *state;
    world->options.failures_max = 1000;
    start_and_settle(world);
    for (uint32_t i = 0; i < countof(bodies); i++) {
        toy_cluster_forget_calls(&world->toy);
        toy_cluster_answer(&world->toy, "_search", 1, 200, bodies[i]);
        struct search_request request =
            ask_now(world, (struct search_query){.sort = SEARCH_PRICE_ASC, .limit = 1});
        if (request.err.code != ERR_SEARCH_AWAY)
            fail_msg("believed: %s", bodies[i]);
        assert_int_equal(search_stats(world->search).failures, i + 1);
    }
}

static void facets_that_are_missing_are_no_answer(void **state)
{
    struct world *world = *state;
    start_and_settle(world);
    struct search_request request = ask_now(world, (struct search_query){.want_facets = true});
    assert_err(request.err, ERR_SEARCH_AWAY);
}

static void failures_in_a_row_open_the_breaker(void **state)
{
    struct world *world = *state;
    start_and_settle(world);
    toy_cluster_forget_calls(&world->toy);
    toy_cluster_answer(&world->toy, "_search", 1000, 503, "{}");
    for (uint32_t i = 0; i < 3; i++)
        assert_err(ask_now(world, (struct search_query){0}).err, ERR_SEARCH_AWAY);
    uint32_t calls = toy_cluster_count(&world->toy, "_search");
    assert_int_equal(calls, 3);
    struct search_request request = ask_now(world, (struct search_query){0});
    assert_err(request.err, ERR_SEARCH_AWAY);
    assert_in_range(request.err.value, 50, 60);
    assert_int_equal(toy_cluster_count(&world->toy, "_search"), calls);
}

/* The same address twice is two nodes to the back end. */
static void another_node_is_asked_when_one_fails(void **state)
{
    struct world *world = *state;
    char urls[160];
    (void)snprintf(urls, sizeof urls, "%s, %s/", world->toy.url, world->toy.url);
    world->options.urls = text_of(urls);
    start_and_settle(world);
    toy_cluster_forget_calls(&world->toy);
    toy_cluster_answer(&world->toy, "_search", 1, 503, "{}");
    assert_ok(ask_now(world, (struct search_query){0}).err);
    assert_int_equal(toy_cluster_count(&world->toy, "_search"), 2);
    assert_int_equal(search_stats(world->search).failures, 0);
}

static void a_cursor_of_another_back_end_breaks_nothing(void **state)
{
    struct world *world = *state;
    static const int64_t ranks[] = {0, -1, 1, -1234567, INT64_MIN, INT64_MAX, -0x7fc00000};
    start_and_settle(world);
    for (uint32_t i = 0; i < countof(ranks); i++)
        assert_ok(
            ask_now(world, (struct search_query){.words = TEXT("lamp"), .after = {ranks[i], 7}})
                .err);
}

static void one_request_tries_after_a_while(void **state)
{
    struct world *world = *state;
    world->options.open_ms = 20;
    start_and_settle(world);
    toy_cluster_answer(&world->toy, "_search", 3, 503, "{}");
    for (uint32_t i = 0; i < 3; i++)
        assert_err(ask_now(world, (struct search_query){0}).err, ERR_SEARCH_AWAY);
    AWAIT(ask_now(world, (struct search_query){0}).err.code == ERR_NONE);
    assert_ok(ask_now(world, (struct search_query){0}).err);
}

static void a_query_that_is_refused_is_not_an_outage(void **state)
{
    struct world *world = *state;
    start_and_settle(world);
    toy_cluster_answer(&world->toy, "_search", 20, 400, "{}");
    for (uint32_t i = 0; i < 20; i++)
        assert_err(ask_now(world, (struct search_query){0}).err, ERR_SEARCH_AWAY);
    assert_true(elastic_is_serving(world->search));
    assert_ok(ask_now(world, (struct search_query){0}).err);
}

static void the_fallback_answers_meanwhile(void **state)
{
    struct world *world = *state;
    struct stand_in stand_in = {{&stand_in_ops}, world};
    world->options.fallback = &stand_in.backend;
    toy_cluster_answer(&world->toy, "_doc/position", 1, 503, "{}"); /* not ready yet */
    start(world);
    assert_int_equal(ask_now(world, (struct search_query){0}).result.total, 777);
    AWAIT(elastic_is_serving(world->search));
    assert_int_equal(ask_now(world, (struct search_query){0}).result.total, 1);
    toy_cluster_answer(&world->toy, "_search", 1000, 500, "{}");
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(ask_now(world, (struct search_query){0}).result.total, 777);
    assert_int_equal(world->stood_in, 11);
    assert_int_equal(search_stats(world->search).fallbacks, 11);
    search_close(world->search);
    world->search = NULL;
}

static void what_takes_too_long_is_no_answer(void **state)
{
    struct world *world = *state;
    world->options.timeout_ms = 50;
    start_and_settle(world);
    toy_cluster_answer(&world->toy, "_search", 1000, 0, "");
    assert_err(ask_now(world, (struct search_query){0}).err, ERR_SEARCH_AWAY);
}

static void more_than_may_be_out_is_not_asked(void **state)
{
    struct world *world = *state;
    struct asked asked[3] = {0};
    world->options.in_flight_max = 2;
    start_and_settle(world);
    toy_cluster_answer(&world->toy, "_search", 2, 0, "");
    for (uint32_t i = 0; i < 3; i++)
        ask(world, &asked[i]);
    assert_true(is_answered(&asked[2]));
    assert_err(asked[2].request.err, ERR_SEARCH_AWAY);
    AWAIT(toy_cluster_held(&world->toy) == 2);
    assert_false(is_answered(&asked[0]));
    toy_cluster_let_go(&world->toy);
    AWAIT(is_answered(&asked[0]) && is_answered(&asked[1]));
    for (uint32_t i = 0; i < 3; i++)
        arena_release(&asked[i].arena);
}

static void closing_ends_what_is_out(void **state)
{
    struct world *world = *state;
    struct asked asked = {0};
    world->options.timeout_ms = 300;
    start_and_settle(world);
    toy_cluster_answer(&world->toy, "_search", 1000, 0, "");
    ask(world, &asked);
    AWAIT(toy_cluster_count(&world->toy, "_search") == 1);
    search_close(world->search);
    world->search = NULL;
    assert_true(is_answered(&asked));
    assert_true(asked.request.err.code == ERR_STOPPING ||
                asked.request.err.code == ERR_SEARCH_AWAY);
    arena_release(&asked.arena);
}

/* --- opening --- */

static void credentials_are_sent_and_nodes_must_be_urls(void **state)
{
    struct world *world = *state;
    world->options.credentials = TEXT("shop:s3cret");
    start_and_settle(world);
    assert_string_equal(world->toy.authorization, "Basic c2hvcDpzM2NyZXQ=");
    static const char *const wrong[] = {"", "localhost:9200", "ftp://a", "http://user:pw@host"};
    for (uint32_t i = 0; i < countof(wrong); i++) {
        struct elastic_options options = world->options;
        options.urls = text_of(wrong[i]);
        assert_null(elastic_open(&options));
    }
}

static void names_and_languages_are_checked(void **state)
{
    struct world *world = *state;
    static const char *const wrong[] = {"", "Shop", "-a", "_a", "a b", "a/b", "a*"};
    for (uint32_t i = 0; i < countof(wrong); i++) {
        struct elastic_options options = world->options;
        options.prefix = text_of(wrong[i]);
        assert_null(elastic_open(&options));
    }
    world->options.language = TEXT("klingon");
    assert_null(elastic_open(&world->options));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_catalogue_is_indexed_whole_and_then_shown),
        TEST(changes_are_sent_once_however_often_they_come),
        TEST(only_whether_there_is_stock_is_sent),
        TEST(a_bulk_that_is_not_taken_is_sent_again),
        TEST(what_fails_for_good_is_left_and_the_rest_sent_again),
        TEST(a_position_of_this_timeline_is_caught_up_from_the_log),
        TEST(a_position_of_another_timeline_is_worth_nothing),
        TEST(a_position_of_another_index_is_worth_nothing),
        TEST(a_position_behind_a_pruned_log_is_worth_nothing),
        TEST(a_malformed_position_is_worth_nothing),
        TEST(an_index_that_is_gone_is_made_again),
        TEST(indices_of_others_are_left_alone),
        TEST(answers_are_read),
        TEST(malformed_answers_are_no_answers),
        TEST(facets_that_are_missing_are_no_answer),
        TEST(failures_in_a_row_open_the_breaker),
        TEST(another_node_is_asked_when_one_fails),
        TEST(a_cursor_of_another_back_end_breaks_nothing),
        TEST(one_request_tries_after_a_while),
        TEST(a_query_that_is_refused_is_not_an_outage),
        TEST(the_fallback_answers_meanwhile),
        TEST(what_takes_too_long_is_no_answer),
        TEST(more_than_may_be_out_is_not_asked),
        TEST(closing_ends_what_is_out),
        TEST(credentials_are_sent_and_nodes_must_be_urls),
        TEST(names_and_languages_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
