#include "search/index/facets.h"

#include "base/hash.h"

#include <string.h>

/* Bands end at 1, 2, 5, 10, 20, 50 ... units of money with two decimals; the last has no end. */
static const int64_t price_limits[] = {
    100,        200,        500,        1000,        2000,        5000,        10000,
    20000,      50000,      100000,     200000,      500000,      1000000,     2000000,
    5000000,    10000000,   20000000,   50000000,    100000000,   200000000,   500000000,
    1000000000, 2000000000, 5000000000, 10000000000, 20000000000, 50000000000,
};

enum { STAR = 100, FAMILY_VALUES_MAX = 64 };

_Static_assert(countof(price_limits) <= PRICE_LIMITS, "room for a count each");
_Static_assert(countof(price_limits) < SEARCH_PRICE_BANDS_MAX, "one band more than limits");

static void make_bands(struct facets *facets)
{
    uint32_t band = 0;
    for (uint32_t bits = 0; bits < countof(facets->band_of_bits); bits++) {
        while (band < countof(price_limits) && INT64_C(1) << bits >= price_limits[band])
            band++;
        facets->band_of_bits[bits] = (uint8_t)band;
    }
}

/* Limits double at least, so at most one lies between a power of two and the next. */
static uint32_t price_band(const struct facets *facets, uint32_t doc)
{
    int64_t price_minor = scan_price(facets->scan, doc);
    if (price_minor <= 0)
        return 0;
    uint32_t bits = 63 - (uint32_t)__builtin_clzll((uint64_t)price_minor);
    uint32_t band = facets->band_of_bits[bits];
    return band + (band < countof(price_limits) && price_minor >= price_limits[band]);
}

void facets_init(struct facets *facets, const struct scan *scan)
{
    size_t positions = (size_t)scan->tree->category_count + 1;
    *facets = (struct facets){
        .scan = scan,
        .category_counts = arena_alloc_array(scan->arena, positions, sizeof(uint32_t)),
        .category_repeats = arena_alloc_array(scan->arena, positions, sizeof(int32_t)),
    };
    make_bands(facets);
}

static uint32_t stars_of(const struct facets *facets, uint32_t doc)
{
    uint32_t stars = PEEK(facets->scan->index->columns.rating[doc]) / STAR;
    return stars < countof(facets->rating_counts) ? stars : countof(facets->rating_counts) - 1;
}

void facets_add(struct facets *facets, uint32_t doc, uint32_t near)
{
    const struct scan *scan = facets->scan;
    const struct columns *columns = &scan->index->columns;
    if (near & 1U << FACET_CATEGORY)
        facets->category_counts[PEEK(scan->tree->leaf[doc])]++;
    if (near & 1U << FACET_BRAND)
        scan->scratch->brand_counts[PEEK(columns->brand[doc])]++;
    if (near & 1U << FACET_PRICE)
        facets->price_counts[price_band(facets, doc)]++;
    if (near & 1U << FACET_RATING)
        facets->rating_counts[stars_of(facets, doc)]++;
    if (near & 1U << FACET_STOCK)
        facets->in_stock += bit_get(columns->in_stock, doc);
}

/* Ratings and stock of all at once; in the order of documents one category follows itself for long.
 */
void facets_add_block(struct facets *facets, uint32_t block, uint64_t mask)
{
    if (mask == 0)
        return;
    const struct scan *scan = facets->scan;
    const struct columns *columns = &scan->index->columns;
    uint32_t first = block * BLOCK;
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS; i++) {
        uint64_t rated = scan->index->kernels->range_u16(
            columns->rating + first, (uint16_t)((SEARCH_RATING_BANDS - i) * STAR), UINT16_MAX);
        facets->rated_least[i] += bits_count(mask & rated);
    }
    facets->in_stock += bits_count(mask & PEEK(columns->in_stock[block]));
    uint32_t *brand_counts = scan->scratch->brand_counts;
    for (; mask != 0; mask &= mask - 1) {
        uint32_t doc = first + (uint32_t)__builtin_ctzll(mask);
        facets->category_counts[PEEK(scan->tree->leaf[doc])]++;
        brand_counts[PEEK(columns->brand[doc])]++;
        facets->price_counts[price_band(facets, doc)]++;
    }
}

/* --- families --- */

/* A few different numbers. */
struct values {
    uint32_t values[FAMILY_VALUES_MAX];
    uint32_t count;
};

/* False when it was there already, or there is no room: then it is counted again, which only a
 * family of very many brands or categories can bring about. */
static bool values_add(struct values *values, uint32_t value)
{
    for (uint32_t i = 0; i < values->count; i++) {
        if (values->values[i] == value)
            return false;
    }
    if (values->count < FAMILY_VALUES_MAX)
        values->values[values->count++] = value;
    return true;
}

static bool is_ancestor(const struct tree *tree, uint32_t position, uint32_t below)
{
    struct tree_range range = tree->ranges[tree->categories[position]];
    return position != 0 && below >= range.first && below <= range.last;
}

/* Categories above more than one of the family's are counted once all the same. */
static void note_repeats(struct facets *facets, const struct values *leaves)
{
    const struct tree *tree = facets->scan->tree;
    for (uint32_t i = 1; i < leaves->count; i++) {
        for (uint32_t at = leaves->values[i]; at != 0; at = tree->parents[at]) {
            bool is_counted = false;
            for (uint32_t j = 0; j < i && !is_counted; j++)
                is_counted = is_ancestor(tree, at, leaves->values[j]);
            if (is_counted)
                facets->category_repeats[at]++;
        }
    }
}

void facets_add_family(struct facets *facets, uint32_t first)
{
    const struct scan *scan = facets->scan;
    const struct columns *columns = &scan->index->columns;
    struct values leaves = {.count = 0};
    struct values brands = {.count = 0};
    uint64_t bands = 0;
    uint32_t best_stars = UINT32_MAX;
    bool is_in_stock = false;
    for (uint32_t at = first + 1; at != 0; at = scan->scratch->members[at - 1].next) {
        const struct family_member *member = &scan->scratch->members[at - 1];
        uint32_t doc = member->doc;
        uint32_t leaf = PEEK(scan->tree->leaf[doc]);
        uint32_t brand = PEEK(columns->brand[doc]);
        if (member->near & 1U << FACET_CATEGORY && values_add(&leaves, leaf))
            facets->category_counts[leaf]++;
        if (member->near & 1U << FACET_BRAND && values_add(&brands, brand))
            scan->scratch->brand_counts[brand]++;
        if (member->near & 1U << FACET_PRICE)
            bands |= UINT64_C(1) << price_band(facets, doc);
        if (member->near & 1U << FACET_RATING &&
            (best_stars == UINT32_MAX || stars_of(facets, doc) > best_stars))
            best_stars = stars_of(facets, doc);
        if (member->near & 1U << FACET_STOCK)
            is_in_stock |= bit_get(columns->in_stock, doc);
    }
    for (; bands != 0; bands &= bands - 1)
        facets->price_counts[__builtin_ctzll(bands)]++;
    if (best_stars != UINT32_MAX)
        facets->rating_counts[best_stars]++;
    facets->in_stock += is_in_stock;
    note_repeats(facets, &leaves);
}

/* --- the end --- */

static void finish_categories(struct facets *facets, struct search_facets *out)
{
    const struct tree *tree = facets->scan->tree;
    struct arena *arena = facets->scan->arena;
    uint32_t found = 0;
    /* Children stand behind their parents, so from the end on every sum is whole when it is passed
     * up. */
    int64_t *sums = arena_alloc_array(arena, (size_t)tree->category_count + 1, sizeof *sums);
    for (uint32_t position = tree->category_count; position > 0; position--) {
        sums[position] += facets->category_counts[position];
        if (tree->parents[position] != 0)
            sums[tree->parents[position]] += sums[position];
        found += sums[position] > 0;
    }
    out->categories = arena_alloc_array(arena, (size_t)found + 1, sizeof *out->categories);
    for (uint32_t number = 1; number <= tree->category_count; number++) {
        uint32_t position = tree->ranges[number].first;
        if (sums[position] > 0)
            out->categories[out->category_count++] = (struct search_category_count){
                .category = number,
                .count = (uint32_t)(sums[position] - facets->category_repeats[position]),
            };
    }
    ensure(out->category_count == found);
}

static void finish_prices(const struct facets *facets, struct search_facets *out)
{
    for (uint32_t i = 0; i <= countof(price_limits); i++) {
        if (facets->price_counts[i] == 0)
            continue;
        out->price_bands[out->price_band_count++] = (struct search_price_band){
            .from_minor = i == 0 ? 0 : price_limits[i - 1],
            .to_minor = i == countof(price_limits) ? 0 : price_limits[i],
            .count = facets->price_counts[i],
        };
    }
}

static bool brand_goes_before(const struct search_brand_count *a,
                              const struct search_brand_count *b)
{
    if (a->count != b->count)
        return a->count > b->count;
    uint32_t shorter = a->brand.length < b->brand.length ? a->brand.length : b->brand.length;
    int order = memcmp(a->brand.data, b->brand.data, shorter);
    return order != 0 ? order < 0 : a->brand.length < b->brand.length;
}

/* The first few of all, and zeroes behind. */
static void finish_brands(struct facets *facets, struct search_facets *out)
{
    const struct scan *scan = facets->scan;
    uint32_t *counts = scan->scratch->brand_counts;
    uint32_t brand_count = scan->scratch->brand_capacity - 1;
    out->brands = arena_alloc_array(scan->arena, SEARCH_BRANDS_MAX + 1, sizeof *out->brands);
    counts[0] = 0;
    for (uint32_t brand = 1; brand <= brand_count; brand++) {
        if (counts[brand] == 0)
            continue;
        struct search_brand_count each = {labels_shown(&scan->index->brands, brand), counts[brand]};
        counts[brand] = 0;
        uint32_t at = out->brand_count;
        while (at > 0 && brand_goes_before(&each, &out->brands[at - 1]))
            at--;
        if (at == SEARCH_BRANDS_MAX)
            continue;
        uint32_t kept =
            out->brand_count < SEARCH_BRANDS_MAX ? out->brand_count++ : SEARCH_BRANDS_MAX - 1;
        memmove(&out->brands[at + 1], &out->brands[at], (kept - at) * sizeof out->brands[0]);
        out->brands[at] = each;
    }
    for (uint32_t i = 0; i < out->brand_count; i++)
        out->brands[i].brand = arena_copy_text(scan->arena, out->brands[i].brand);
}

struct search_facets *facets_finish(struct facets *facets)
{
    struct search_facets *out = arena_alloc(facets->scan->arena, sizeof *out);
    finish_categories(facets, out);
    finish_prices(facets, out);
    finish_brands(facets, out);
    uint32_t sum = facets->rating_counts[5];
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS; i++) {
        sum += facets->rating_counts[4 - i];
        out->rating_counts[i] = sum + facets->rated_least[i];
    }
    out->in_stock = facets->in_stock;
    return out;
}
