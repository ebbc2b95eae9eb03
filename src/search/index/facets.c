#include "search/index/facets.h"

#include "base/hash.h"

#include <string.h>

enum {
    STAR = 100,
    FAMILY_VALUES_MAX = 64,
    FEW = 8, /* documents of a block that are counted one by one */
};

_Static_assert(PRICE_LIMITS < (int)SEARCH_PRICE_BANDS_MAX, "one band more than limits");
_Static_assert(PRICE_LIMITS < 64, "a bit for each");

void facets_init(struct facets *facets, const struct scan *scan)
{
    size_t positions = (size_t)scan->tree->category_count + 1;
    *facets = (struct facets){
        .scan = scan,
        .category_counts = arena_alloc_array(scan->arena, positions, sizeof(uint32_t)),
        .category_repeats = arena_alloc_array(scan->arena, positions, sizeof(int32_t)),
    };
}

/* Documents lie by category: one or two comparisons tell where all of a block belong. */
static void count_categories(struct facets *facets, uint32_t first, uint64_t mask)
{
    const uint16_t *leaf = facets->scan->tree->leaf + first;
    const struct kernels *kernels = facets->scan->index->kernels;
    while (mask != 0) {
        uint16_t position = PEEK(leaf[__builtin_ctzll(mask)]);
        uint64_t same = mask & (kernels->range_u16(leaf, position, position) | (mask & -mask));
        facets->category_counts[position] += bits_count(same);
        mask &= ~same;
    }
}

static void count_brands(struct facets *facets, uint32_t first, uint64_t mask)
{
    const uint32_t *brands = facets->scan->index->columns.brand + first;
    uint32_t *counts = facets->scan->scratch->brand_counts;
    if (mask == UINT64_MAX) {
        for (uint32_t i = 0; i < BLOCK; i++)
            counts[PEEK(brands[i])]++;
        return;
    }
    for (; mask != 0; mask &= mask - 1)
        counts[PEEK(brands[__builtin_ctzll(mask)])]++;
}

/* Neighbours often are of one band: four counters, so that one need not wait for the other. */
static void count_prices(struct facets *facets, uint32_t first, uint64_t mask)
{
    const uint8_t *bands = facets->scan->index->columns.price_band + first;
    uint32_t(*counts)[PRICE_LIMITS + 1] = facets->price_counts;
    if (mask == UINT64_MAX) {
        for (uint32_t i = 0; i < BLOCK; i++)
            counts[i % PRICE_LANES][PEEK(bands[i])]++;
        return;
    }
    for (uint32_t lane = 0; mask != 0; mask &= mask - 1, lane++)
        counts[lane % PRICE_LANES][PEEK(bands[__builtin_ctzll(mask)])]++;
}

static void count_ratings(struct facets *facets, uint32_t first, uint64_t mask)
{
    const struct index *index = facets->scan->index;
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS; i++) {
        uint16_t least = (uint16_t)((SEARCH_RATING_BANDS - i) * STAR);
        uint64_t rated =
            index->kernels->range_u16(index->columns.rating + first, least, UINT16_MAX);
        facets->rated_least[i] += bits_count(mask & rated);
    }
}

static void count_many(struct facets *facets, enum search_facet facet, uint32_t block,
                       uint64_t mask)
{
    if (mask == 0)
        return;
    uint32_t first = block * BLOCK;
    switch (facet) {
    case FACET_CATEGORY:
        count_categories(facets, first, mask);
        return;
    case FACET_BRAND:
        count_brands(facets, first, mask);
        return;
    case FACET_PRICE:
        count_prices(facets, first, mask);
        return;
    case FACET_RATING:
        count_ratings(facets, first, mask);
        return;
    case FACET_STOCK:
        facets->in_stock += bits_count(mask & PEEK(facets->scan->index->columns.in_stock[block]));
        return;
    case FACET_COUNT:
        break;
    }
    check_failed("a known facet", __FILE__, __LINE__);
}

static uint32_t stars_of(const struct facets *facets, uint32_t doc)
{
    uint32_t stars = PEEK(facets->scan->index->columns.rating[doc]) / STAR;
    return stars < countof(facets->stars) ? stars : (uint32_t)countof(facets->stars) - 1;
}

/* One document, for the facets whose bits are set. */
static void count_one(struct facets *facets, uint32_t doc, uint32_t near)
{
    const struct scan *scan = facets->scan;
    const struct columns *columns = &scan->index->columns;
    if (near & 1U << FACET_CATEGORY)
        facets->category_counts[PEEK(scan->tree->leaf[doc])]++;
    if (near & 1U << FACET_BRAND)
        scan->scratch->brand_counts[PEEK(columns->brand[doc])]++;
    if (near & 1U << FACET_PRICE)
        facets->price_counts[0][PEEK(columns->price_band[doc])]++;
    if (near & 1U << FACET_RATING)
        facets->stars[stars_of(facets, doc)]++;
    if (near & 1U << FACET_STOCK)
        facets->in_stock += bit_get(columns->in_stock, doc);
}

void facets_add(struct facets *facets, uint32_t block, uint64_t mask,
                const uint64_t near[FACET_COUNT])
{
    uint64_t any = 0;
    for (uint32_t facet = 0; facet < FACET_COUNT; facet++)
        any |= near[facet] & mask;
    if (bits_count(any) > FEW) {
        for (uint32_t facet = 0; facet < FACET_COUNT; facet++)
            count_many(facets, (enum search_facet)facet, block, near[facet] & mask);
        return;
    }
    for (; any != 0; any &= any - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzll(any);
        uint32_t bits = 0;
        for (uint32_t facet = 0; facet < FACET_COUNT; facet++)
            bits |= (uint32_t)(near[facet] >> bit & 1) << facet;
        count_one(facets, block * BLOCK + bit, bits);
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
    for (uint32_t at = first; at != 0; at = scan->scratch->members[at - 1].next) {
        const struct family_member *member = &scan->scratch->members[at - 1];
        uint32_t doc = member->doc;
        uint32_t leaf = PEEK(scan->tree->leaf[doc]);
        uint32_t brand = PEEK(columns->brand[doc]);
        if (member->near & 1U << FACET_CATEGORY && values_add(&leaves, leaf))
            facets->category_counts[leaf]++;
        if (member->near & 1U << FACET_BRAND && values_add(&brands, brand))
            scan->scratch->brand_counts[brand]++;
        if (member->near & 1U << FACET_PRICE)
            bands |= UINT64_C(1) << PEEK(columns->price_band[doc]);
        if (member->near & 1U << FACET_RATING &&
            (best_stars == UINT32_MAX || stars_of(facets, doc) > best_stars))
            best_stars = stars_of(facets, doc);
        if (member->near & 1U << FACET_STOCK)
            is_in_stock |= bit_get(columns->in_stock, doc);
    }
    for (; bands != 0; bands &= bands - 1)
        facets->price_counts[0][__builtin_ctzll(bands)]++;
    for (uint32_t i = 0; best_stars != UINT32_MAX && i < SEARCH_RATING_BANDS; i++)
        facets->rated_least[i] += best_stars >= SEARCH_RATING_BANDS - i;
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
    for (uint32_t i = 0; i <= PRICE_LIMITS; i++) {
        uint32_t count = 0;
        for (uint32_t lane = 0; lane < PRICE_LANES; lane++)
            count += facets->price_counts[lane][i];
        if (count == 0)
            continue;
        out->price_bands[out->price_band_count++] = (struct search_price_band){
            .from_minor = i == 0 ? 0 : columns_price_limits[i - 1],
            .to_minor = i == PRICE_LIMITS ? 0 : columns_price_limits[i],
            .count = count,
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
    uint32_t rated = facets->stars[SEARCH_RATING_BANDS + 1];
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS; i++) {
        rated += facets->stars[SEARCH_RATING_BANDS - i];
        out->rating_counts[i] = facets->rated_least[i] + rated;
    }
    out->in_stock = facets->in_stock;
    return out;
}
