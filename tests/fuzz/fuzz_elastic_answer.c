/*
 * fuzz_elastic_answer.c - bytes of a search cluster's answer, read as the answer to a listing with
 * facets, to a probe of words and by score. Whatever comes: refused, or a result that holds what
 * every result must hold.
 */
#include "lib/catalog_fixture.h"
#include "search/elastic/answer.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { PRODUCTS = 20, LIMIT = 3 };

static struct catalog_fixture fixture;
static struct analysis analysis;
static struct arena arena;

static void open_once(void)
{
    static bool is_open;
    if (is_open)
        return;
    catalog_fixture_open(&fixture, 1, PRODUCTS);
    arena_init(&arena, 1 << 16, (size_t)1 << 30);
    ensure(analysis_open(&analysis, TEXT("english")));
    is_open = true;
}

static void check(const struct search_query *query, const struct search_result *result)
{
    ensure(result->hit_count <= query->limit);
    ensure(!result->has_more || result->hit_count == query->limit);
    ensure((result->facets != NULL) == query->want_facets);
    for (uint32_t i = 0; i < result->hit_count; i++)
        ensure(result->hits[i] != 0);
    if (result->facets != NULL) {
        ensure(result->facets->brand_count <= SEARCH_BRANDS_MAX);
        ensure(result->facets->price_band_count <= SEARCH_PRICE_BANDS_MAX);
    }
}

static void read_as(json_t *answer, enum search_sort sort, const char *words, bool want_facets)
{
    const struct search_query query = {
        .sort = sort, .limit = LIMIT, .want_facets = want_facets, .words = text_of(words)};
    const struct asked_reader reader = {
        .view = fixture.view, .analysis = &analysis, .arena = &arena};
    struct asked *asked = arena_alloc(&arena, sizeof *asked);
    asked_read(asked, query.words, &reader);
    const struct body_spec spec = {
        .query = &query, .asked = asked, .levels = 3, .category_count = 25};
    const struct answer_shape shape = {.spec = &spec, .view = fixture.view, .arena = &arena};
    struct search_result *result = arena_alloc(&arena, sizeof *result);
    if (answer_read_search(answer, &shape, result))
        check(&query, result);
    if (asked->count > 0 && answer_read_probe(answer, asked)) {
        (void)answer_repair_unknown(answer, asked, &reader);
        (void)answer_repair_rare(answer, asked, &reader);
        for (uint32_t i = 0; i < asked->count; i++)
            ensure(asked->words[i].way_count <= ASKED_WAYS_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    open_once();
    arena_reset(&arena);
    struct buffer body;
    buffer_init(&body, size + 1);
    buffer_append(&body, bytes, size);
    json_t *answer = answer_parse(&body);
    if (answer != NULL) {
        view_read_begin();
        read_as(answer, SEARCH_PRICE_ASC, "", true);
        read_as(answer, SEARCH_RELEVANCE, "keybord mous", false);
        read_as(answer, SEARCH_CREATED, "", false);
        view_read_end();
        json_decref(answer);
    }
    buffer_release(&body);
    return 0;
}
