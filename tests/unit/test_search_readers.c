/* Readers walk through pages while a writer changes, adds, archives and moves other products:
 * whatever stays as it is comes once, in its place. */
#include "base/clock.h"
#include "lib/random_query.h"
#include "lib/search_bed.h"
#include "test.h"

#include <pthread.h>
#include <stdio.h>

enum { PRODUCTS = 400, PRODUCTS_MAX = 4000, WALKS = 60, READERS = 2 };

/* Products with an odd number are never touched; the random ones are never of this brand. */
static const char still_brand[] = "Stillness";

static const struct text no_synonyms = TEXT_NONE;

struct walker {
    struct search_query query;
    uint32_t expected[PRODUCTS_MAX]; /* the still ones, in order */
    uint32_t expected_count;
    bool is_alone; /* it asks for nothing but still ones: total and facets are known, too */
};

enum { WALKERS = 10 };

struct stage {
    struct search_bed bed;
    struct walker walkers[WALKERS];
    uint32_t readers_left; /* atomic */
    uint64_t changes;      /* atomic: readers go on until there have been more than WALKS */
};

static bool is_still(uint32_t number)
{
    return number <= PRODUCTS && number % 2 == 1;
}

static void add_still_ones(struct search_bed *bed)
{
    for (uint32_t number = 1; number <= PRODUCTS; number += 2) {
        char family[32];
        char name[64];
        (void)snprintf(family, sizeof family, "still-family-%u", number / 10);
        (void)snprintf(name, sizeof name, "quiet thing number %u", number);
        search_bed_set(bed, number,
                       &(struct search_bed_product){
                           .name = name,
                           .brand = still_brand,
                           .family = number % 10 == 1 || number % 10 == 3 ? family : NULL,
                           .category = 1 + number % 20,
                           .price_minor = 100 * (1 + number % 37),
                           .rating_x100 = (uint16_t)(100 + number % 400),
                           .rating_count = number % 5,
                           .on_hand = 1 + number % 7,
                           .is_out = number % 9 == 0,
                       });
    }
}

static void prepare_walker(struct stage *stage, struct walker *walker)
{
    struct search_bed *bed = &stage->bed;
    struct oracle_hits hits = search_oracle_hits(&bed->oracle, walker->query.words, &bed->arena);
    struct oracle_answer answer =
        search_oracle_answer(&bed->oracle, &walker->query, &hits, &bed->arena);
    for (uint32_t i = 0; i < answer.count; i++) {
        if (is_still(answer.numbers[i]))
            walker->expected[walker->expected_count++] = answer.numbers[i];
    }
    ensure(walker->expected_count >= 2);
    walker->is_alone = walker->query.brand.length > 0;
    ensure(!walker->is_alone || walker->expected_count == answer.count);
}

static void prepare_walkers(struct stage *stage)
{
    static const struct search_query queries[WALKERS] = {
        {.sort = SEARCH_RELEVANCE, .limit = 7},
        {.sort = SEARCH_PRICE_ASC, .limit = 11},
        {.sort = SEARCH_PRICE_DESC, .limit = 5, .in_stock = true},
        {.sort = SEARCH_RATING, .limit = 9, .min_rating_x100 = 200},
        {.sort = SEARCH_CREATED, .limit = 100},
        {.sort = SEARCH_SOLD, .limit = 13, .category = 1},
        {.sort = SEARCH_PRICE_ASC, .limit = 3, .words = TEXT("quiet things")},
        {.sort = SEARCH_PRICE_ASC, .limit = 10, .brand = TEXT("stillness"), .want_facets = true},
        {.sort = SEARCH_RATING, .limit = 100, .brand = TEXT("STILLNESS"), .in_stock = true},
        {.sort = SEARCH_CREATED,
         .limit = 6,
         .brand = TEXT("stillness"),
         .words = TEXT("number"),
         .want_facets = true},
    };
    search_oracle_read(&stage->bed.oracle);
    for (uint32_t i = 0; i < WALKERS; i++) {
        stage->walkers[i].query = queries[i];
        prepare_walker(stage, &stage->walkers[i]);
    }
}

static void check_facets(const struct walker *walker, const struct search_result *result)
{
    const struct search_facets *facets = result->facets;
    ensure(facets->in_stock <= walker->expected_count);
    uint32_t priced = 0;
    for (uint32_t i = 0; i < facets->price_band_count; i++)
        priced += facets->price_bands[i].count;
    ensure(priced >= walker->expected_count);
    ensure(facets->rating_counts[SEARCH_RATING_BANDS - 1] == walker->expected_count);
}

static void check_walk(struct stage *stage, const struct walker *walker, struct arena *arena)
{
    arena_reset(arena);
    struct search_walk walk =
        search_walk(stage->bed.backend, walker->query, arena, 4 * PRODUCTS_MAX);
    uint32_t at = 0;
    for (uint32_t i = 0; i < walk.count; i++) {
        if (!is_still(walk.numbers[i]))
            continue;
        ensure(at < walker->expected_count);
        ensure(walk.numbers[i] == walker->expected[at]);
        at++;
    }
    ensure(at == walker->expected_count);
    if (!walker->is_alone)
        return;
    ensure(walk.first.total == walker->expected_count);
    if (walk.first.facets != NULL)
        check_facets(walker, &walk.first);
}

/* By relevance and by suggestion there is no such promise: scores follow the catalogue. They
 * answer. */
static void ask_by_relevance(struct stage *stage, struct arena *arena)
{
    static const struct text words[] = {TEXT("laptop"), TEXT("red shirt"), TEXT("quiet thing"),
                                        TEXT("lapto"), TEXT("nothing has this")};
    for (uint32_t i = 0; i < countof(words); i++) {
        arena_reset(arena);
        struct search_query query = {.words = words[i], .limit = 20, .want_facets = true};
        (void)search_ask_now(stage->bed.backend, &query, arena);
    }
}

static void *read_pages(void *owner)
{
    struct stage *stage = owner;
    struct arena arena;
    view_thread_register();
    arena_init(&arena, 1 << 16, (size_t)1 << 30);
    for (uint32_t i = 0; i < WALKS || __atomic_load_n(&stage->changes, __ATOMIC_RELAXED) <= WALKS;
         i++) {
        check_walk(stage, &stage->walkers[i % WALKERS], &arena);
        ask_by_relevance(stage, &arena);
    }
    arena_release(&arena);
    view_thread_unregister();
    __atomic_sub_fetch(&stage->readers_left, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void change_another(struct catalog_fixture *fixture, struct random *random)
{
    uint32_t count = fixture->shop.catalog.product_count;
    uint32_t what = (uint32_t)random_below(random, 20);
    if (what == 0 && count < PRODUCTS_MAX) {
        catalog_fixture_replace(fixture, count + 1);
        catalog_fixture_publish(fixture);
    } else if (what == 1 && fixture->shop.catalog.category_count < 200) {
        char name[32];
        uint32_t number = fixture->shop.catalog.category_count + 1;
        int length = snprintf(name, sizeof name, "later %u", number);
        catalog_fixture_category(fixture, number, 1 + number % 20,
                                 (struct text){name, (uint32_t)length});
        catalog_fixture_publish(fixture);
    } else {
        uint32_t number = 1 + (uint32_t)random_below(random, count);
        if (!is_still(number))
            catalog_fixture_change(fixture, number);
    }
}

static void *write_changes(void *owner)
{
    struct stage *stage = owner;
    struct random random = {99};
    view_thread_register();
    while (__atomic_load_n(&stage->readers_left, __ATOMIC_ACQUIRE) > 0) {
        change_another(&stage->bed.fixture, &random);
        __atomic_add_fetch(&stage->changes, 1, __ATOMIC_RELAXED);
    }
    view_thread_unregister();
    return NULL;
}

static void what_stays_comes_once_while_the_rest_changes(void **state)
{
    (void)state;
    static struct stage stage;
    search_bed_open(&stage.bed, 31, PRODUCTS, no_synonyms);
    add_still_ones(&stage.bed);
    prepare_walkers(&stage);
    stage.readers_left = READERS;
    pthread_t readers[READERS];
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_changes, &stage), 0);
    for (uint32_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_pages, &stage), 0);
    for (uint32_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(pthread_join(writer, NULL), 0);
    /* And nothing is left behind of all that: the oracle agrees afterwards. */
    search_oracle_read(&stage.bed.oracle);
    arena_reset(&stage.bed.arena);
    for (uint32_t i = 0; i < WALKERS; i++) {
        struct search_query query = stage.walkers[i].query;
        struct oracle_hits hits =
            search_oracle_hits(&stage.bed.oracle, query.words, &stage.bed.arena);
        assert_int_equal(search_bed_ask(&stage.bed, &query).total,
                         search_oracle_total(&stage.bed.oracle, &query, &hits, &stage.bed.arena));
    }
    search_bed_close(&stage.bed);
}

enum { RENAMED_PRODUCTS = 20000, RENAMED_LOOKS = 2000, RENAME_EVERY_NS = 100000 };
/* An answer is tried 16 times, each of which a rename may spoil: fewer, and it is right however
 * slow the reader is. */
enum { RENAMES_A_LOOK = 12 };

struct counter {
    struct search_backend *backend;
    uint32_t looks;   /* atomic: that are over */
    uint32_t is_done; /* atomic */
};

static void *count_all(void *owner)
{
    struct counter *counter = owner;
    const struct search_query query = {.words = TEXT("thing"), .limit = 20};
    struct arena arena;
    view_thread_register();
    arena_init(&arena, 1 << 16, (size_t)1 << 24);
    for (uint32_t i = 0; i < RENAMED_LOOKS; i++) {
        arena_reset(&arena);
        ensure(search_ask_now(counter->backend, &query, &arena).total == RENAMED_PRODUCTS);
        __atomic_store_n(&counter->looks, i + 1, __ATOMIC_RELEASE);
    }
    arena_release(&arena);
    view_thread_unregister();
    __atomic_store_n(&counter->is_done, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void rename_any(struct search_bed *bed, struct random *random, uint64_t turn)
{
    char name[32];
    (void)snprintf(name, sizeof name, "thing %lu", (unsigned long)turn);
    search_bed_set(bed, 1 + (uint32_t)random_below(random, RENAMED_PRODUCTS),
                   &(struct search_bed_product){.name = name});
}

/* Its old document and its new one both have the word: either is counted, at any moment. */
static void what_gets_another_name_is_there_once(void **state)
{
    (void)state;
    static struct search_bed bed;
    struct random random = {5};
    search_bed_open(&bed, 1, 0, no_synonyms);
    for (uint32_t i = 0; i < RENAMED_PRODUCTS; i++)
        (void)search_bed_add(&bed, &(struct search_bed_product){.name = "thing"});
    struct counter counter = {.backend = bed.backend};
    pthread_t reader;
    assert_int_equal(pthread_create(&reader, NULL, count_all, &counter), 0);
    uint32_t looks = 0;
    uint32_t renames = 0; /* since that many looks */
    for (uint64_t turn = 0; __atomic_load_n(&counter.is_done, __ATOMIC_ACQUIRE) == 0; turn++) {
        uint32_t looks_now = __atomic_load_n(&counter.looks, __ATOMIC_ACQUIRE);
        renames = looks_now == looks ? renames + 1 : 0;
        looks = looks_now;
        if (renames < RENAMES_A_LOOK)
            rename_any(&bed, &random, turn);
        clock_sleep_ns(RENAME_EVERY_NS);
    }
    assert_int_equal(pthread_join(reader, NULL), 0);
    search_bed_close(&bed);
}

struct keeper {
    struct search_backend *backend;
    uint32_t stopping; /* atomic */
    uint64_t looks;
};

/* Products 1 to KEPT are called the same all the time. */
enum { KEPT = 20, RENAMED = 200, RENAMES_MAX = 2000000, REBUILDS = 3 };

static void *look_for_kept(void *owner)
{
    struct keeper *keeper = owner;
    struct arena arena;
    view_thread_register();
    arena_init(&arena, 1 << 16, (size_t)1 << 30);
    while (__atomic_load_n(&keeper->stopping, __ATOMIC_ACQUIRE) == 0) {
        struct search_query query = {
            .words = TEXT("keepsake"), .limit = 7, .sort = SEARCH_CREATED, .want_facets = true};
        arena_reset(&arena);
        struct search_walk walk = search_walk(keeper->backend, query, &arena, 2 * KEPT);
        ensure(walk.count == KEPT);
        for (uint32_t i = 0; i < KEPT; i++)
            ensure(walk.numbers[i] == KEPT - i);
        keeper->looks++;
    }
    arena_release(&arena);
    view_thread_unregister();
    return NULL;
}

/* So many products are renamed, moved and sold out that the index is built anew again and again,
 * and each time while that goes on. */
static void an_index_built_anew_beside_readers_loses_nothing(void **state)
{
    (void)state;
    struct search_bed bed;
    struct random random = {12};
    pthread_t reader;
    search_bed_open(&bed, 8, 0, no_synonyms);
    for (uint32_t i = 0; i < KEPT; i++)
        (void)search_bed_add(&bed, &(struct search_bed_product){.name = "keepsake"});
    for (uint32_t i = 0; i < RENAMED; i++)
        catalog_fixture_replace(&bed.fixture, KEPT + 1 + i);
    catalog_fixture_publish(&bed.fixture);
    struct keeper keeper = {.backend = bed.backend};
    assert_int_equal(pthread_create(&reader, NULL, look_for_kept, &keeper), 0);
    uint32_t renames = 0;
    while (search_stats(bed.backend).rebuilds < REBUILDS && renames++ < RENAMES_MAX)
        catalog_fixture_change(&bed.fixture, KEPT + 1 + (uint32_t)random_below(&random, RENAMED));
    __atomic_store_n(&keeper.stopping, 1, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_true(keeper.looks > 0);
    assert_true(search_stats(bed.backend).rebuilds >= REBUILDS);
    search_oracle_read(&bed.oracle);
    for (uint32_t i = 0; i < 200; i++) {
        arena_reset(&bed.arena);
        struct search_query query = random_query(&random, &bed.arena);
        struct oracle_hits hits = search_oracle_hits(&bed.oracle, query.words, &bed.arena);
        struct search_result result = search_bed_ask(&bed, &query);
        assert_int_equal(result.note_count > 0 ? 0 : result.total,
                         search_oracle_total(&bed.oracle, &query, &hits, &bed.arena));
    }
    search_bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stays_comes_once_while_the_rest_changes),
        cmocka_unit_test(what_gets_another_name_is_there_once),
        cmocka_unit_test(an_index_built_anew_beside_readers_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
