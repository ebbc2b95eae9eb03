#include "search/index/facets.h"

#include "base/hash.h"

#include <string.h>

enum { FAMILY_VALUES_MAX = 64 };

_Static_assert(PRICE_LIMITS < (int)SEARCH_PRICE_BANDS_MAX, "one band more than limits");
_Static_assert(PRICE_LIMITS < (int)KERNEL_VALUES, "bands are counted by a kernel");

void facets_init(struct facets *facets, const struct scan *scan)
{
    size_t positions = (size_t)scan->tree->category_count + 1;
    *facets = (struct facets){
        .scan = scan,
        .category_counts = arena_alloc_array(scan->arena, positions, sizeof(uint32_t)),
        .category_repeats = arena_alloc_array(scan->arena, positions, sizeof(int32_t)),
        .prices.width = PRICE_STEPS,
        .stars.width = RATING_STEPS,
        .brands.counts = scan->scratch->brand_counts,
    };
}

/* --- a zone --- */

/* Documents lie by category: one or two comparisons tell where all of a block belong. */
static void count_categories_of_block(struct facets *facets, uint32_t first, uint64_t mask)
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

static void count_categories(struct facets *facets, uint32_t zone,
                             const uint64_t masks[ZONE_BLOCKS])
{
    uint16_t position;
    if (tree_zone_is_one(facets->scan->tree, zone, &position)) {
        facets->category_counts[position] += facets->scan->index->kernels->count_bits(masks);
        return;
    }
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        count_categories_of_block(facets, zone * ZONE_DOCS + i * BLOCK, masks[i]);
}

static void count_wide_brands(struct facets *facets, uint32_t zone,
                              const uint64_t masks[ZONE_BLOCKS])
{
    const struct columns *columns = &facets->scan->index->columns;
    uint32_t *counts = facets->scan->scratch->brand_counts;
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        uint32_t first = zone * ZONE_DOCS + i * BLOCK;
        for (uint64_t left = masks[i]; left != 0; left &= left - 1)
            counts[columns_brand(columns, first + (uint32_t)__builtin_ctzll(left))]++;
    }
}

/* Blocks of one brand at once, the others product by product; in shops of very many brands all are.
 * A block of which nothing is found may be of a brand that is newer than the search. */
static void count_brands(struct facets *facets, uint32_t zone, const uint64_t masks[ZONE_BLOCKS])
{
    const struct index *index = facets->scan->index;
    const uint16_t *brands = index->columns.block_brand + (size_t)zone * ZONE_BLOCKS;
    uint32_t *counts = facets->scan->scratch->brand_counts;
    uint64_t mixed[ZONE_BLOCKS];
    if (LOAD(index->brands.count) >= BRAND_WIDE) {
        count_wide_brands(facets, zone, masks);
        return;
    }
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        uint16_t brand = LOAD(brands[i]);
        mixed[i] = brand == BRAND_WIDE ? masks[i] : 0;
        if (mixed[i] != masks[i])
            counts[brand] += bits_count(masks[i]);
    }
    index->kernels->count_values(&facets->brands, index->columns.brand + (size_t)zone * ZONE_DOCS,
                                 mixed);
}

static void count_stock(struct facets *facets, uint32_t zone, const uint64_t masks[ZONE_BLOCKS])
{
    const uint64_t *in_stock = facets->scan->index->columns.in_stock + (size_t)zone * ZONE_BLOCKS;
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        facets->in_stock += bits_count(masks[i] & PEEK(in_stock[i]));
}

void facets_add_zone(struct facets *facets, uint32_t zone, const struct zone_found *found)
{
    const struct index *index = facets->scan->index;
    size_t first = (size_t)zone * ZONE_DOCS;
    count_categories(facets, zone, found->near[FACET_CATEGORY]);
    count_brands(facets, zone, found->near[FACET_BRAND]);
    index->kernels->count_classes(&facets->prices, index->columns.price_step + first,
                                  found->near[FACET_PRICE]);
    index->kernels->count_classes(&facets->stars, index->columns.rating_step + first,
                                  found->near[FACET_RATING]);
    count_stock(facets, zone, found->near[FACET_STOCK]);
}

/* Whether a facet counts it nobody can guess, so nothing depends on it but what is added. */
void facets_add_doc(struct facets *facets, uint32_t doc, uint32_t near)
{
    const struct scan *scan = facets->scan;
    const struct columns *columns = &scan->index->columns;
    facets->category_counts[PEEK(scan->tree->leaf[doc])] += near >> FACET_CATEGORY & 1;
    scan->scratch->brand_counts[columns_brand(columns, doc)] += near >> FACET_BRAND & 1;
    facets->prices.counts[PEEK(columns->price_step[doc]) / PRICE_STEPS] += near >> FACET_PRICE & 1;
    facets->stars.counts[PEEK(columns->rating_step[doc]) / RATING_STEPS] +=
        near >> FACET_RATING & 1;
    facets->in_stock += near >> FACET_STOCK & bit_get(columns->in_stock, doc);
}

/* --- compact families --- */

static void count_compact_prices(struct facets *facets, uint32_t first, uint64_t members,
                                 struct compact compact)
{
    const uint8_t *steps = facets->scan->index->columns.price_step + first;
    while (members != 0) {
        uint32_t band = PEEK(steps[__builtin_ctzll(members)]) / PRICE_STEPS;
        uint64_t same = facets->scan->index->kernels->range_u8(
            steps, (uint8_t)(band * PRICE_STEPS), (uint8_t)((band + 1) * PRICE_STEPS - 1));
        same = members & (same | (members & -members));
        facets->prices.counts[band] += bits_count(compact_any(same, compact.last, compact.all));
        members &= ~same;
    }
}

static void count_compact_ratings(struct facets *facets, uint32_t first, uint64_t members,
                                  struct compact compact)
{
    const struct index *index = facets->scan->index;
    uint64_t rated = 0;
    uint32_t families = 0;
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS && members != 0; i++) {
        uint8_t least = (uint8_t)((SEARCH_RATING_BANDS - i) * RATING_STEPS);
        if (rated != members) {
            rated = members &
                    index->kernels->range_u8(index->columns.rating_step + first, least, UINT8_MAX);
            families = bits_count(compact_any(rated, compact.last, compact.all));
        }
        facets->rated_least[i] += families;
    }
}

void facets_take_compact(struct facets *facets, uint32_t zone, uint32_t at, struct compact compact,
                         struct zone_found *found)
{
    uint32_t block = zone * ZONE_BLOCKS + at;
    uint64_t members[FACET_COUNT];
    for (uint32_t facet = 0; facet < FACET_COUNT; facet++) {
        members[facet] = found->near[facet][at] & compact.all;
        found->near[facet][at] &= ~compact.all;
    }
    count_compact_prices(facets, block * BLOCK, members[FACET_PRICE], compact);
    count_compact_ratings(facets, block * BLOCK, members[FACET_RATING], compact);
    uint64_t stocked = members[FACET_STOCK] & PEEK(facets->scan->index->columns.in_stock[block]);
    facets->in_stock += bits_count(compact_any(stocked, compact.last, compact.all));
    /* All members have the brand and the category of the last one. */
    found->near[FACET_BRAND][at] |= compact_any(members[FACET_BRAND], compact.last, compact.all);
    found->near[FACET_CATEGORY][at] |=
        compact_any(members[FACET_CATEGORY], compact.last, compact.all);
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
        uint32_t brand = columns_brand(columns, doc);
        if (member->near & 1U << FACET_CATEGORY && values_add(&leaves, leaf))
            facets->category_counts[leaf]++;
        if (member->near & 1U << FACET_BRAND && values_add(&brands, brand))
            scan->scratch->brand_counts[brand]++;
        if (member->near & 1U << FACET_PRICE)
            bands |= UINT64_C(1) << PEEK(columns->price_step[doc]) / PRICE_STEPS;
        uint32_t stars = PEEK(columns->rating_step[doc]) / RATING_STEPS;
        if (member->near & 1U << FACET_RATING && (best_stars == UINT32_MAX || stars > best_stars))
            best_stars = stars;
        if (member->near & 1U << FACET_STOCK)
            is_in_stock |= bit_get(columns->in_stock, doc);
    }
    for (; bands != 0; bands &= bands - 1)
        facets->prices.counts[__builtin_ctzll(bands)]++;
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
        uint32_t count = facets->prices.counts[i];
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

/* Among the first few of all, if it is one of them. */
static void place_brand(struct search_facets *out, struct search_brand_count each)
{
    uint32_t at = out->brand_count;
    while (at > 0 && brand_goes_before(&each, &out->brands[at - 1]))
        at--;
    if (at == SEARCH_BRANDS_MAX)
        return;
    uint32_t kept =
        out->brand_count < SEARCH_BRANDS_MAX ? out->brand_count++ : SEARCH_BRANDS_MAX - 1;
    memmove(&out->brands[at + 1], &out->brands[at], (kept - at) * sizeof out->brands[0]);
    out->brands[at] = each;
}

/* Most brands have none, and most of the others too few to be shown. Zeroes are left behind. */
static void finish_brands(struct facets *facets, struct search_facets *out)
{
    enum { AT_ONCE = 4 };
    const struct scan *scan = facets->scan;
    uint32_t *counts = scan->scratch->brand_counts;
    uint32_t capacity = scan->scratch->brand_capacity;
    uint32_t least = 1;
    out->brands = arena_alloc_array(scan->arena, SEARCH_BRANDS_MAX + 1, sizeof *out->brands);
    counts[0] = 0;
    for (uint32_t brand = 1; brand < capacity; brand++) {
        while (brand + AT_ONCE <= capacity &&
               (counts[brand] | counts[brand + 1] | counts[brand + 2] | counts[brand + 3]) == 0)
            brand += AT_ONCE;
        if (brand == capacity)
            break;
        uint32_t count = counts[brand];
        counts[brand] = 0;
        if (count < least)
            continue;
        place_brand(out,
                    (struct search_brand_count){labels_shown(&scan->index->brands, brand), count});
        if (out->brand_count == SEARCH_BRANDS_MAX)
            least = out->brands[SEARCH_BRANDS_MAX - 1].count;
    }
    for (uint32_t i = 0; i < out->brand_count; i++)
        out->brands[i].brand = arena_copy_text(scan->arena, out->brands[i].brand);
}

struct search_facets *facets_finish(struct facets *facets)
{
    struct search_facets *out = arena_alloc(facets->scan->arena, sizeof *out);
    const struct kernels *kernels = facets->scan->index->kernels;
    kernels->end_classes(&facets->prices);
    kernels->end_classes(&facets->stars);
    kernels->end_values(&facets->brands);
    finish_categories(facets, out);
    finish_prices(facets, out);
    finish_brands(facets, out);
    uint32_t rated = 0;
    for (uint32_t stars = SEARCH_RATING_BANDS + 1; stars < KERNEL_VALUES; stars++)
        rated += facets->stars.counts[stars];
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS; i++) {
        rated += facets->stars.counts[SEARCH_RATING_BANDS - i];
        out->rating_counts[i] = facets->rated_least[i] + rated;
    }
    out->in_stock = facets->in_stock;
    return out;
}
