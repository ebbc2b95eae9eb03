#include "search/facets.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* Bands end at 1, 2, 5, 10, 20, 50 ... units of money with two decimals; the last has no end. */
static const int64_t price_limits[] = {
    100,        200,        500,        1000,        2000,        5000,        10000,
    20000,      50000,      100000,     200000,      500000,      1000000,     2000000,
    5000000,    10000000,   20000000,   50000000,    100000000,   200000000,   500000000,
    1000000000, 2000000000, 5000000000, 10000000000, 20000000000, 50000000000,
};
static const uint16_t rating_limits_x100[SEARCH_RATING_BANDS] = {400, 300, 200, 100};

_Static_assert(countof(price_limits) < SEARCH_PRICE_BANDS_MAX, "one band more than limits");

enum { BRAND_SLOTS_FIRST = 256 };

struct facet_counter {
    const struct search_scan *scan;
    uint32_t *category_counts; /* without what is below */
    uint32_t price_counts[countof(price_limits) + 1];
    struct search_brand_count *brands; /* open addressing; count 0 = free */
    uint32_t brand_slots;              /* a power of two */
    uint32_t brand_count;
    struct search_facets facets;
};

struct facet_counter *facets_open(const struct search_scan *scan)
{
    struct facet_counter *counter = arena_alloc(scan->arena, sizeof *counter);
    counter->scan = scan;
    counter->category_counts =
        arena_alloc_array(scan->arena, (size_t)scan->categories->count + 1, sizeof(uint32_t));
    counter->brand_slots = BRAND_SLOTS_FIRST;
    counter->brands =
        arena_alloc_array(scan->arena, BRAND_SLOTS_FIRST, sizeof(struct search_brand_count));
    return counter;
}

static struct search_brand_count *find_brand(const struct facet_counter *counter, struct text brand)
{
    uint32_t mask = counter->brand_slots - 1;
    uint32_t slot = (uint32_t)hash_bytes(brand.data, brand.length) & mask;
    while (counter->brands[slot].count > 0 && !text_equal(counter->brands[slot].brand, brand))
        slot = (slot + 1) & mask;
    return &counter->brands[slot];
}

static void grow_brands(struct facet_counter *counter)
{
    struct search_brand_count *old = counter->brands;
    uint32_t old_slots = counter->brand_slots;
    counter->brand_slots = old_slots * 2;
    counter->brands = arena_alloc_array(counter->scan->arena, counter->brand_slots, sizeof *old);
    for (uint32_t i = 0; i < old_slots; i++) {
        if (old[i].count > 0)
            *find_brand(counter, old[i].brand) = old[i];
    }
}

static void add_brand(struct facet_counter *counter, struct text brand)
{
    if (brand.length == 0)
        return;
    struct search_brand_count *found = find_brand(counter, brand);
    if (found->count++ > 0)
        return;
    found->brand = brand;
    counter->brand_count++;
    if (counter->brand_count * 2 > counter->brand_slots)
        grow_brands(counter);
}

static uint32_t price_band(int64_t price_minor)
{
    uint32_t band = 0;
    while (band < countof(price_limits) && price_minor >= price_limits[band])
        band++;
    return band;
}

void facets_add(struct facet_counter *counter, const struct search_row *row)
{
    const struct product *product = row->product;
    if (product->category <= counter->scan->categories->count)
        counter->category_counts[product->category]++;
    counter->price_counts[price_band(product->price_minor)]++;
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS; i++)
        counter->facets.rating_counts[i] += product->rating_x100 >= rating_limits_x100[i];
    counter->facets.in_stock += row->available > 0;
    add_brand(counter, product_text(product, PRODUCT_BRAND));
}

static void finish_categories(struct facet_counter *counter)
{
    const struct view_categories *tree = counter->scan->categories;
    struct arena *arena = counter->scan->arena;
    uint32_t *sums = arena_alloc_array(arena, (size_t)tree->count + 1, sizeof *sums);
    uint32_t found = 0;
    for (uint32_t i = 1; i <= tree->count; i++) {
        uint32_t number = counter->category_counts[i] > 0 ? i : 0;
        for (uint32_t depth = 0; depth <= CATEGORY_DEPTH_MAX && number != 0; depth++) {
            found += sums[number] == 0;
            sums[number] += counter->category_counts[i];
            number = tree->categories[number].parent;
        }
    }
    struct search_facets *facets = &counter->facets;
    facets->categories = arena_alloc_array(arena, (size_t)found + 1, sizeof *facets->categories);
    for (uint32_t i = 1; i <= tree->count; i++) {
        if (sums[i] > 0)
            facets->categories[facets->category_count++] =
                (struct search_category_count){.category = i, .count = sums[i]};
    }
    ensure(facets->category_count == found);
}

static void finish_prices(struct facet_counter *counter)
{
    struct search_facets *facets = &counter->facets;
    for (uint32_t i = 0; i < countof(counter->price_counts); i++) {
        if (counter->price_counts[i] == 0)
            continue;
        facets->price_bands[facets->price_band_count++] = (struct search_price_band){
            .from_minor = i == 0 ? 0 : price_limits[i - 1],
            .to_minor = i == countof(price_limits) ? 0 : price_limits[i],
            .count = counter->price_counts[i],
        };
    }
}

static int compare_brands(const void *left, const void *right)
{
    const struct search_brand_count *a = left;
    const struct search_brand_count *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    uint32_t shorter = a->brand.length < b->brand.length ? a->brand.length : b->brand.length;
    int order = shorter == 0 ? 0 : memcmp(a->brand.data, b->brand.data, shorter);
    return order != 0 ? order : (a->brand.length > shorter) - (b->brand.length > shorter);
}

static void finish_brands(struct facet_counter *counter)
{
    struct search_facets *facets = &counter->facets;
    facets->brands = arena_alloc_array(counter->scan->arena, (size_t)counter->brand_count + 1,
                                       sizeof *facets->brands);
    for (uint32_t i = 0; i < counter->brand_slots; i++) {
        if (counter->brands[i].count > 0)
            facets->brands[facets->brand_count++] = counter->brands[i];
    }
    ensure(facets->brand_count == counter->brand_count);
    qsort(facets->brands, facets->brand_count, sizeof *facets->brands, compare_brands);
    if (facets->brand_count > SEARCH_BRANDS_MAX)
        facets->brand_count = SEARCH_BRANDS_MAX;
}

struct search_facets *facets_finish(struct facet_counter *counter)
{
    finish_categories(counter);
    finish_prices(counter);
    finish_brands(counter);
    return &counter->facets;
}
