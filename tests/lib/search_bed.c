#include "lib/search_bed.h"

#include "search/index/index.h"

#include <stdio.h>

enum { ARENA_BLOCK = 1 << 20 };
#define ARENA_MAX ((size_t)1 << 32)

void search_bed_open_index(struct search_bed *bed)
{
    const struct index_options options = {
        .view = bed->fixture.view, .language = TEXT("english"), .synonyms = bed->synonyms};
    bed->backend = index_open(&options);
    ensure(bed->backend != NULL);
}

void search_bed_open(struct search_bed *bed, uint64_t seed, uint32_t product_count,
                     struct text synonyms)
{
    *bed = (struct search_bed){.synonyms = synonyms};
    catalog_fixture_open(&bed->fixture, seed, product_count);
    arena_init(&bed->arena, ARENA_BLOCK, ARENA_MAX);
    search_oracle_open(&bed->oracle, &bed->fixture.shop, "english", synonyms);
    search_bed_open_index(bed);
}

void search_bed_close(struct search_bed *bed)
{
    search_close(bed->backend);
    search_oracle_close(&bed->oracle);
    arena_release(&bed->arena);
    catalog_fixture_close(&bed->fixture);
}

static uint32_t put(struct search_bed *bed, uint32_t number,
                    const struct search_bed_product *product)
{
    char sku[32];
    (void)snprintf(sku, sizeof sku, "bed-%u", number);
    struct product_draft draft = {
        .number = number,
        .category = product->category == 0 ? 1 : product->category,
        .price_minor = product->price_minor == 0 ? 1000 : product->price_minor,
        .created_ms = number,
        .rating_x100 = product->rating_x100,
        .rating_count = product->rating_count,
        .status = product->is_archived ? PRODUCT_ARCHIVED : PRODUCT_ACTIVE,
    };
    draft.texts[PRODUCT_SKU] = text_of(product->sku == NULL ? sku : product->sku);
    draft.texts[PRODUCT_NAME] = text_of(product->name);
    draft.texts[PRODUCT_BRAND] = text_of(product->brand);
    draft.texts[PRODUCT_DESCRIPTION] = text_of(product->description);
    draft.texts[PRODUCT_FAMILY] = text_of(product->family);
    draft.texts[PRODUCT_ATTRIBUTES] = text_of(product->attributes);
    uint32_t on_hand = product->on_hand == 0 ? 5 : product->on_hand;
    catalog_fixture_draft(&bed->fixture, &draft);
    catalog_fixture_stock(&bed->fixture, number, product->is_out ? 0 : on_hand);
    catalog_fixture_publish(&bed->fixture);
    return number;
}

uint32_t search_bed_add(struct search_bed *bed, const struct search_bed_product *product)
{
    return put(bed, bed->fixture.shop.catalog.product_count + 1, product);
}

void search_bed_set(struct search_bed *bed, uint32_t number,
                    const struct search_bed_product *product)
{
    put(bed, number, product);
}

static void count_request(struct search_request *request)
{
    ++*(uint32_t *)request->owner;
}

static void count_suggest(struct search_suggest_request *request)
{
    ++*(uint32_t *)request->owner;
}

/* What must hold of every answer. */
static void check_result(const struct search_query *query, const struct search_result *result)
{
    ensure(result->hit_count <= query->limit);
    ensure(result->hit_count <= result->total);
    ensure(!result->has_more || result->hit_count == query->limit);
    ensure(!result->has_more || result->total > result->hit_count);
    ensure(result->has_more || query->after.number != 0 || result->total == result->hit_count);
    ensure((result->facets != NULL) == query->want_facets);
    ensure(result->note_count <= SEARCH_WORDS_MAX);
    for (uint32_t i = 0; i < result->note_count; i++)
        ensure(result->notes[i].word.length > 0);
    for (uint32_t i = 0; i < result->hit_count; i++) {
        ensure(result->hits[i] != 0);
        for (uint32_t j = 0; j < i; j++)
            ensure(result->hits[i] != result->hits[j]);
    }
}

struct search_result search_ask_now(struct search_backend *backend,
                                    const struct search_query *query, struct arena *arena)
{
    uint32_t answers = 0;
    struct search_request request = {
        .query = query, .arena = arena, .done = count_request, .owner = &answers};
    view_read_begin();
    search_ask(backend, &request);
    view_read_end();
    ensure(answers == 1);
    ensure(request.err.code == ERR_NONE);
    check_result(query, &request.result);
    return request.result;
}

struct search_result search_bed_ask(struct search_bed *bed, const struct search_query *query)
{
    return search_ask_now(bed->backend, query, &bed->arena);
}

struct search_suggestions search_bed_suggest(struct search_bed *bed, const char *words,
                                             uint32_t limit)
{
    uint32_t answers = 0;
    struct search_suggest_request request = {.query = {.words = text_of(words), .limit = limit},
                                             .arena = &bed->arena,
                                             .done = count_suggest,
                                             .owner = &answers};
    view_read_begin();
    search_suggest(bed->backend, &request);
    view_read_end();
    ensure(answers == 1);
    ensure(request.err.code == ERR_NONE);
    ensure(request.suggestions.count <= limit);
    return request.suggestions;
}

struct search_walk search_walk(struct search_backend *backend, struct search_query query,
                               struct arena *arena, uint32_t most)
{
    struct search_walk walk = {
        .numbers = arena_alloc_array(arena, (size_t)most + SEARCH_LIMIT_MAX, sizeof(uint32_t))};
    for (bool has_more = true; has_more && walk.count < most;) {
        struct search_result result = search_ask_now(backend, &query, arena);
        if (query.after.number == 0)
            walk.first = result;
        for (uint32_t i = 0; i < result.hit_count; i++)
            walk.numbers[walk.count++] = result.hits[i];
        has_more = result.has_more;
        ensure(!has_more || result.next.rank > query.after.rank || query.after.number == 0 ||
               (result.next.rank == query.after.rank && result.next.number > query.after.number));
        query.after = result.next;
    }
    return walk;
}
