/*
 * fuzz_search.c - bytes of a query string, read by the reader of the API into a question about a
 * small fixed catalogue. Whatever comes in: an answer within a bounded time, that holds what every
 * answer must hold and counts what the oracle counts; every hit is an active product that the
 * filters accept; the next page begins where this one ended. The same words are completed, too.
 */
#include "api/input/query_in.h"
#include "base/clock.h"
#include "lib/search_bed.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);

/* The catalogue stays open, and the index marks its pointers, so that the leak sanitizer does not
 * recognise them. It asks for this function by name. */
int __lsan_is_turned_off(void)
{
    return 1;
}

enum {
    PRODUCTS = 80,
    CHUNKS_MAX = SEARCH_WORDS_MAX,
    PAGES = 3,
    WORDS_LOOKED_AT = 48, /* a chunk may hold very many */
#if defined(__SANITIZE_ADDRESS__) || defined(__has_feature)
    CPU_MS_MAX = 1000,
#else
    CPU_MS_MAX = 50,
#endif
};

static struct search_bed bed;

static void open_bed(void)
{
    static bool is_open;
    if (is_open)
        return;
    search_bed_open(&bed, 4, PRODUCTS, TEXT("phone, handset\nlamp, light source\n"));
    is_open = true;
}

static uint32_t count_chunks(struct text words)
{
    uint32_t count = 0;
    bool was_space = true;
    for (uint32_t i = 0; i < words.length; i++) {
        char byte = words.data[i];
        bool is_space = byte == ' ' || (byte >= '\t' && byte <= '\r');
        count += was_space && !is_space;
        was_space = is_space;
    }
    return count;
}

static void read_numbers(struct query_in *in, struct search_query *query)
{
    uint64_t number;
    if (query_in_u64(in, "category", 0, bed.fixture.shop.catalog.category_count, &number))
        query->category = (uint32_t)number;
    if (query_in_u64(in, "min_price", 0, (uint64_t)MONEY_PRICE_MAX, &number))
        query->min_price_minor = (int64_t)number;
    query->has_max_price = query_in_u64(in, "max_price", 0, (uint64_t)MONEY_PRICE_MAX, &number);
    if (query->has_max_price)
        query->max_price_minor = (int64_t)number;
    if (query_in_u64(in, "min_rating", 0, 500, &number))
        query->min_rating_x100 = (uint16_t)number;
    if (query_in_u64(in, "limit", 1, SEARCH_LIMIT_MAX, &number))
        query->limit = (uint32_t)number;
    if (query_in_u64(in, "rank", 0, UINT64_MAX, &number))
        query->after.rank = (int64_t)number;
    if (query_in_u64(in, "after", 0, UINT32_MAX, &number))
        query->after.number = (uint32_t)number;
}

static void read_texts(struct query_in *in, struct search_query *query, struct arena *arena)
{
    struct text text;
    uint32_t position = 0;
    struct search_attribute attribute;
    query_in_text(in, "q", SEARCH_WORDS_BYTES_MAX, &query->words);
    if (count_chunks(query->words) > CHUNKS_MAX)
        query->words = TEXT_NONE;
    query_in_text(in, "brand", PRODUCT_BRAND_MAX, &query->brand);
    query_in_bool(in, "in_stock", &query->in_stock);
    query_in_bool(in, "facets", &query->want_facets);
    if (query_in_text(in, "sort", 20, &text) && search_sort_find(text) != SEARCH_SORT_COUNT)
        query->sort = search_sort_find(text);
    if (query_in_text(in, "sku", PRODUCT_SKU_MAX, &text)) {
        struct text *sku = arena_alloc(arena, sizeof *sku);
        *sku = text;
        query->has_skus = true;
        query->skus = sku;
        query->sku_count = 1;
    }
    while (query->attribute_count < SEARCH_ATTRIBUTES_MAX &&
           query_in_prefixed(in, TEXT("attr."), &position, &attribute.key, &attribute.value))
        query->attributes[query->attribute_count++] = attribute;
}

static void check_hits(const struct search_query *query, const struct search_result *result)
{
    const struct shop *shop = &bed.fixture.shop;
    for (uint32_t i = 0; i < result->hit_count; i++) {
        const struct product *product = catalog_find(&shop->catalog, result->hits[i]);
        ensure(product != NULL);
        ensure(product->status == PRODUCT_ACTIVE);
        ensure(product->price_minor >= query->min_price_minor);
        ensure(!query->has_max_price || product->price_minor <= query->max_price_minor);
        ensure(product->rating_x100 >= query->min_rating_x100);
        ensure(!query->in_stock || stock_available(&shop->stock, product->number) > 0);
        ensure(query->category == 0 ||
               category_is_within(&shop->catalog, product->category, query->category));
    }
    for (uint32_t i = 0; i < result->note_count; i++)
        ensure(text_is_utf8(result->notes[i].word) && text_is_utf8(result->notes[i].used));
}

static void check_total(const struct search_query *query, const struct search_result *result,
                        struct arena *arena)
{
    if (oracle_words_cut(query->words, bed.oracle.stemmer, arena).count > WORDS_LOOKED_AT)
        return;
    struct oracle_hits hits = search_oracle_hits(&bed.oracle, query->words, arena);
    uint32_t total = search_oracle_total(&bed.oracle, query, &hits, arena);
    ensure(result->note_count > 0 ? total == 0 : result->total == total);
}

static struct search_result ask(const struct search_query *query, struct arena *arena)
{
    uint64_t cpu_ns = clock_thread_cpu_ns();
    struct search_result result = search_ask_now(bed.backend, query, arena);
    ensure(clock_thread_cpu_ns() - cpu_ns < CPU_MS_MAX * UINT64_C(1000000));
    return result;
}

static void complete(const struct search_query *query, struct arena *arena)
{
    char words[SEARCH_WORDS_BYTES_MAX + 1] = {0};
    for (uint32_t i = 0; i < query->words.length; i++)
        words[i] = query->words.data[i];
    arena_reset(arena);
    uint64_t cpu_ns = clock_thread_cpu_ns();
    struct search_suggestions suggestions =
        search_bed_suggest(&bed, words, query->limit % SEARCH_SUGGESTIONS_MAX + 1);
    ensure(clock_thread_cpu_ns() - cpu_ns < CPU_MS_MAX * UINT64_C(1000000));
    for (uint32_t i = 0; i < suggestions.count; i++)
        ensure(text_is_utf8(suggestions.items[i].text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > 4096)
        return 0;
    struct arena arena;
    struct field_errors errors;
    struct query_in in;
    struct search_query query = {.limit = 20};
    open_bed();
    arena_init(&arena, 1 << 16, (size_t)1 << 28);
    field_errors_init(&errors, &arena);
    query_in_read(&in, &arena, &errors, (struct text){(const char *)bytes, (uint32_t)size});
    read_numbers(&in, &query);
    read_texts(&in, &query, &arena);
    for (uint32_t page = 0; page < PAGES; page++) {
        struct search_result result = ask(&query, &arena);
        check_hits(&query, &result);
        if (page == 0)
            check_total(&query, &result, &arena);
        if (!result.has_more)
            break;
        query.after = result.next;
    }
    complete(&query, &bed.arena);
    arena_release(&arena);
    return 0;
}
