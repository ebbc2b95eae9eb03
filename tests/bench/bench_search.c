/*
 * bench_search.c - the search index inside the server: how long a question of each class takes.
 *
 *   bench_search PRODUCTS [ROUNDS [CLASS]]  that many generated products
 *   bench_search FILE.tsv [ROUNDS [CLASS]]  the products of a file as `shopd import` reads it
 *
 * Every class has 200 questions, asked ROUNDS (5) times after one round that does not count; first
 * with nothing else going on, then beside a writer that makes 10,000 changes a second through
 * view_publish(): prices, stock from and to nothing, ratings, and 100 other names. Prints a line
 * `row PRODUCTS MODE CLASS p50 p99 max mean cpu cpu_p99 found noted` per class, in microseconds:
 * the first four by the clock, cpu and cpu_p99 by the thread's CPU time. With a CLASS, also its
 * slowest questions.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "lib/bench_catalog.h"
#include "lib/bench_questions.h"
#include "lib/catalog_fixture.h"
#include "lib/tsv_shop.h"
#include "search/index/index.h"

#include <ctype.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VARIANTS = 200,
    ROUNDS = 5,
    ROUNDS_MAX = 100,
    CHANGES_PER_SECOND = 10000,
    CHANGES_PER_RENAME = 100,
    DEEP_WALKS = 5,
    SLOWEST = 8,
    NAME_KEPT = 300,
};

struct sample {
    uint64_t wall_ns;
    uint64_t cpu_ns;
    uint64_t found;
    uint32_t question;
};

struct bench {
    struct catalog_fixture fixture;
    struct search_backend *backend;
    struct search_query queries[BENCH_CLASS_COUNT][VARIANTS];
    struct arena lasting; /* of the questions */
    struct arena arena;   /* of an answer */
    struct sample samples[VARIANTS * ROUNDS_MAX];
    uint32_t rounds;
    const char *only;  /* this class alone; NULL = all */
    uint32_t stopping; /* atomic */
    uint64_t changes;
};

static uint64_t resident_bytes(void)
{
    char line[128];
    FILE *file = fopen("/proc/self/statm", "r");
    ensure(file != NULL);
    ensure(fgets(line, sizeof line, file) != NULL);
    ensure(fclose(file) == 0);
    char *second = strchr(line, ' ');
    ensure(second != NULL);
    return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void open_index(struct bench *bench)
{
    (void)malloc_trim(0);
    uint64_t resident = resident_bytes();
    uint64_t wall_ns = clock_monotonic_ns();
    uint64_t cpu_ns = clock_thread_cpu_ns();
    const struct index_options options = {.view = bench->fixture.view, .language = TEXT("english")};
    bench->backend = index_open(&options);
    ensure(bench->backend != NULL);
    cpu_ns = clock_thread_cpu_ns() - cpu_ns;
    wall_ns = clock_monotonic_ns() - wall_ns;
    (void)malloc_trim(0);
    struct search_stats stats = search_stats(bench->backend);
    printf("index %u build_s %.2f build_cpu_s %.2f index_mb %.0f resident_mb %.0f found %lu\n",
           bench->fixture.shop.catalog.product_count, (double)wall_ns / 1e9, (double)cpu_ns / 1e9,
           (double)stats.memory_bytes / 1e6, (double)(resident_bytes() - resident) / 1e6,
           (unsigned long)stats.products);
}

/* --- asking --- */

static void answered(struct search_request *request)
{
    ensure(request->err.code == ERR_NONE);
}

static void suggested(struct search_suggest_request *request)
{
    ensure(request->err.code == ERR_NONE);
}

static struct search_result ask(struct bench *bench, const struct search_query *query)
{
    arena_reset(&bench->arena);
    struct search_request request = {.query = query, .arena = &bench->arena, .done = answered};
    view_read_begin();
    search_ask(bench->backend, &request);
    view_read_end();
    return request.result;
}

static uint32_t suggest(struct bench *bench, struct text words)
{
    arena_reset(&bench->arena);
    struct search_suggest_request request = {
        .query = {.words = words, .limit = 10}, .arena = &bench->arena, .done = suggested};
    view_read_begin();
    search_suggest(bench->backend, &request);
    view_read_end();
    return request.suggestions.count;
}

/* Cursors from all over a few long lists, each walked to its end. */
static void find_deep_pages(struct bench *bench, struct bench_questions *questions)
{
    struct search_query *deep = bench->queries[BENCH_Q7];
    for (uint32_t i = 0; i < VARIANTS; i++)
        deep[i] = bench_question(questions, BENCH_Q7, &bench->lasting);
    uint32_t kept = 0;
    for (uint32_t walk = 0; walk < DEEP_WALKS; walk++) {
        struct search_query query = deep[walk];
        query.limit = SEARCH_LIMIT_MAX;
        uint64_t total = ask(bench, &query).total;
        uint32_t wanted = (VARIANTS - kept) / (DEEP_WALKS - walk);
        uint64_t every = total / SEARCH_LIMIT_MAX / (wanted + 1) + 1;
        uint64_t page = 0;
        for (bool has_more = true; has_more && wanted > 0; page++) {
            struct search_result result = ask(bench, &query);
            has_more = result.has_more;
            query.after = result.next;
            if (!has_more || page % every != 0)
                continue;
            deep[kept] = query;
            deep[kept++].limit = 20;
            wanted--;
        }
    }
}

static void make_questions(struct bench *bench)
{
    struct bench_questions questions;
    bench_questions_open(&questions, &bench->fixture.shop, 2, &bench->lasting);
    for (int class = 0; class < BENCH_CLASS_COUNT; class ++) {
        for (uint32_t i = 0; i < VARIANTS && class != BENCH_Q7; i++)
            bench->queries[class][i] =
                bench_question(&questions, (enum bench_class) class, &bench->lasting);
    }
    if (bench->only == NULL || strcmp(bench->only, bench_class_names[BENCH_Q7]) == 0)
        find_deep_pages(bench, &questions);
}

static int compare_wall(const void *left, const void *right)
{
    uint64_t a = ((const struct sample *)left)->wall_ns;
    uint64_t b = ((const struct sample *)right)->wall_ns;
    return (a > b) - (a < b);
}

static int compare_cpu(const void *left, const void *right)
{
    uint64_t a = ((const struct sample *)left)->cpu_ns;
    uint64_t b = ((const struct sample *)right)->cpu_ns;
    return (a > b) - (a < b);
}

static void print_row(struct bench *bench, const char *mode, enum bench_class class, uint64_t found,
                      uint64_t noted)
{
    uint32_t count = VARIANTS * bench->rounds;
    double wall = 0;
    double cpu = 0;
    for (uint32_t i = 0; i < count; i++) {
        wall += (double)bench->samples[i].wall_ns;
        cpu += (double)bench->samples[i].cpu_ns;
    }
    struct sample *samples = bench->samples;
    qsort(samples, count, sizeof samples[0], compare_wall);
    printf("row %u %s %s %.1f %.1f %.1f %.1f", bench->fixture.shop.catalog.product_count, mode,
           bench_class_names[class], (double)samples[count / 2].wall_ns / 1e3,
           (double)samples[count * 99 / 100].wall_ns / 1e3,
           (double)samples[count - 1].wall_ns / 1e3, wall / count / 1e3);
    qsort(samples, count, sizeof samples[0], compare_cpu);
    printf(" %.1f %.1f %.1f %.2f\n", cpu / count / 1e3,
           (double)samples[count * 99 / 100].cpu_ns / 1e3, (double)found / VARIANTS,
           (double)noted / VARIANTS);
}

/* Of the sorted samples, each question once. */
static void print_slowest(const struct bench *bench, enum bench_class class)
{
    bool is_shown[VARIANTS] = {false};
    uint32_t shown = 0;
    for (uint32_t i = VARIANTS * bench->rounds; i-- > 0 && shown < SLOWEST;) {
        const struct sample *sample = &bench->samples[i];
        const struct search_query *query = &bench->queries[class][sample->question];
        if (is_shown[sample->question])
            continue;
        is_shown[sample->question] = true;
        printf("slow %s %.1f found %lu filters %d words %.*s\n", bench_class_names[class],
               (double)sample->cpu_ns / 1e3, (unsigned long)sample->found, query->has_max_price,
               TEXT_ARGS(query->words));
        shown++;
    }
}

static void run_class(struct bench *bench, const char *mode, enum bench_class class)
{
    uint64_t found = 0;
    uint64_t noted = 0;
    for (uint32_t round = 0; round <= bench->rounds; round++) {
        for (uint32_t i = 0; i < VARIANTS; i++) {
            const struct search_query *query = &bench->queries[class][i];
            uint64_t cpu_ns = clock_thread_cpu_ns();
            uint64_t wall_ns = clock_monotonic_ns();
            struct search_result result = {0};
            if (class == BENCH_Q5)
                result.total = suggest(bench, query->words);
            else
                result = ask(bench, query);
            wall_ns = clock_monotonic_ns() - wall_ns;
            cpu_ns = clock_thread_cpu_ns() - cpu_ns;
            if (round == 0) {
                found += result.total;
                noted += result.note_count > 0;
                continue;
            }
            bench->samples[(round - 1) * VARIANTS + i] =
                (struct sample){wall_ns, cpu_ns, result.total, i};
        }
    }
    print_row(bench, mode, class, found, noted);
    if (bench->only != NULL)
        print_slowest(bench, class);
}

static void run_classes(struct bench *bench, const char *mode)
{
    for (int class = 0; class < BENCH_CLASS_COUNT; class ++) {
        if (bench->only != NULL && strcmp(bench->only, bench_class_names[class]) != 0)
            continue;
        run_class(bench, mode, (enum bench_class) class);
    }
    (void)fflush(stdout);
}

/* --- the writer --- */

static void change_product(struct catalog_fixture *fixture, struct random *random, uint64_t turn)
{
    const struct catalog *catalog = &fixture->shop.catalog;
    uint32_t number = 1 + (uint32_t)random_below(random, catalog->product_count);
    const struct product *product = catalog_find(catalog, number);
    if (turn % CHANGES_PER_RENAME != 0 && turn % 3 == 0) {
        bool is_there = stock_available(&fixture->shop.stock, number) > 0;
        catalog_fixture_stock(fixture, number, is_there ? 0 : 7);
        return;
    }
    void *copy = arena_alloc(&fixture->arena, product->size);
    memcpy(copy, product, product->size);
    struct product_draft draft = product_read(copy);
    char name[NAME_KEPT + 8];
    if (turn % CHANGES_PER_RENAME == 0) {
        struct text kept = product_text(product, PRODUCT_NAME);
        kept.length = kept.length < NAME_KEPT ? kept.length : NAME_KEPT;
        int length = snprintf(name, sizeof name, "%.*s new", TEXT_ARGS(kept));
        draft.texts[PRODUCT_NAME] = (struct text){name, (uint32_t)length};
    } else if (turn % 3 == 1) {
        draft.price_minor = 99 + (int64_t)random_below(random, 100000);
    } else {
        draft.rating_x100 = (uint16_t)(100 + random_below(random, 401));
        draft.rating_count++;
    }
    catalog_fixture_draft(fixture, &draft);
}

static void *write_changes(void *owner)
{
    struct bench *bench = owner;
    struct random random = {3};
    view_thread_register();
    uint64_t started_ns = clock_monotonic_ns();
    while (__atomic_load_n(&bench->stopping, __ATOMIC_ACQUIRE) == 0) {
        uint64_t due = (clock_monotonic_ns() - started_ns) / (1000000000 / CHANGES_PER_SECOND);
        uint64_t before = bench->changes;
        while (bench->changes < due)
            change_product(&bench->fixture, &random, bench->changes++);
        if (bench->changes > before)
            catalog_fixture_publish(&bench->fixture);
        clock_sleep_ns(1000000);
    }
    view_thread_unregister();
    return NULL;
}

/* So long that the bench measures what it says, a rename of every hundredth change included. */
static void run_with_changes(struct bench *bench)
{
    pthread_t writer;
    uint64_t started_ns = clock_monotonic_ns();
    ensure(pthread_create(&writer, NULL, write_changes, bench) == 0);
    run_classes(bench, "changes");
    __atomic_store_n(&bench->stopping, 1, __ATOMIC_RELEASE);
    ensure(pthread_join(writer, NULL) == 0);
    struct search_stats stats = search_stats(bench->backend);
    printf("changes %.0f/s, %lu rebuilds, %.0f MB\n",
           (double)bench->changes * 1e9 / (double)(clock_monotonic_ns() - started_ns),
           (unsigned long)stats.rebuilds, (double)stats.memory_bytes / 1e6);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: bench_search PRODUCTS|FILE.tsv [ROUNDS [CLASS]]\n");
        return 2;
    }
    struct bench *bench = memory_alloc_zeroed(1, sizeof *bench);
    bench->rounds = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : ROUNDS;
    bench->only = argc > 3 ? argv[3] : NULL;
    ensure(bench->rounds >= 1 && bench->rounds <= ROUNDS_MAX);
    arena_init(&bench->lasting, 1 << 16, (size_t)1 << 30);
    arena_init(&bench->arena, 1 << 16, (size_t)1 << 30);
    catalog_fixture_open_empty(&bench->fixture, 1);
    if (isdigit((unsigned char)argv[1][0])) {
        struct bench_catalog *catalog = memory_alloc(sizeof *catalog);
        bench_catalog_open(catalog, 1);
        bench_catalog_fill(catalog, &bench->fixture.shop, (uint32_t)strtoul(argv[1], NULL, 10));
        bench_catalog_close(catalog);
        memory_free(catalog);
    } else {
        tsv_shop_fill(&bench->fixture.shop, argv[1]);
    }
    catalog_fixture_show(&bench->fixture);
    open_index(bench);
    make_questions(bench);
    run_classes(bench, "quiet");
    run_with_changes(bench);
    search_close(bench->backend);
    catalog_fixture_close(&bench->fixture);
    arena_release(&bench->lasting);
    arena_release(&bench->arena);
    memory_free(bench);
    return 0;
}
