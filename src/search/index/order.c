#include "search/index/order.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Products of a brand in a category that are worth blocks of their own. */
enum { BRAND_MIN = BLOCK / 2 };

/* What decides on the place of a product; brand and family are hashes, 0 = none. */
struct traits {
    uint64_t brand;
    uint64_t family;
    uint16_t leaf;
    uint8_t merit;
};

struct place {
    uint64_t key;
    uint32_t family;
    uint32_t number;
};

/* Of a key, from the highest bit on: category, no family, brand, lack of merit, family. */
enum { LEAF_SHIFT = 48, SINGLE_SHIFT = 47, BRAND_SHIFT = 32, MERIT_SHIFT = 24, FAMILY_BITS = 24 };
enum { BRAND_MASK = (1 << (SINGLE_SHIFT - BRAND_SHIFT)) - 1 };

static uint64_t hash_text(struct text text)
{
    return text.length == 0 ? 0 : hash_bytes(text.data, text.length) | 1;
}

static struct traits read_traits(const struct index *index, uint32_t number)
{
    const struct product *product = view_product(index->view, number);
    struct tree_range range = {0};
    if (!tree_find(index->tree, product->category, &range))
        range.first = 0;
    return (struct traits){
        .brand = hash_text(product_text(product, PRODUCT_BRAND)),
        .family = hash_text(product_text(product, PRODUCT_FAMILY)),
        .leaf = (uint16_t)range.first,
        .merit = columns_merit(product->rating_x100, product->rating_count),
    };
}

/* Members of a family in a category share the best merit and the brand of the first of them, so
 * that they lie side by side. */
static void share_traits(struct traits *traits, uint32_t count)
{
    struct map first; /* of a family in a category: the position of its first member + 1 */
    map_init(&first, 1024);
    for (uint32_t i = 0; i < count; i++) {
        if (traits[i].family == 0)
            continue;
        traits[i].family = hash_u64(traits[i].family ^ traits[i].leaf) | 1;
        uint64_t found;
        if (!map_find(&first, traits[i].family, &found)) {
            map_put(&first, traits[i].family, (uint64_t)i + 1);
            continue;
        }
        struct traits *leader = &traits[found - 1];
        leader->merit = traits[i].merit > leader->merit ? traits[i].merit : leader->merit;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t found;
        if (traits[i].family == 0 || !map_find(&first, traits[i].family, &found))
            continue;
        traits[i].brand = traits[found - 1].brand;
        traits[i].merit = traits[found - 1].merit;
    }
    map_release(&first);
}

static uint64_t brand_key(const struct traits *traits)
{
    uint64_t area = (uint64_t)traits->leaf << 1 | (traits->family == 0);
    return hash_u64(traits->brand ^ area << 32) | 1;
}

static void count_brands(struct map *counts, const struct traits *traits, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t key = brand_key(&traits[i]);
        uint64_t before;
        map_put(counts, key, map_find(counts, key, &before) ? before + 1 : 1);
    }
}

static uint64_t place_key(const struct traits *traits, const struct map *brand_counts)
{
    uint64_t count;
    bool is_many = map_find(brand_counts, brand_key(traits), &count) && count >= BRAND_MIN;
    uint64_t brand = is_many ? traits->brand >> 1 & BRAND_MASK : BRAND_MASK;
    return (uint64_t)traits->leaf << LEAF_SHIFT | (uint64_t)(traits->family == 0) << SINGLE_SHIFT |
           brand << BRAND_SHIFT | (uint64_t)(UINT8_MAX - traits->merit) << MERIT_SHIFT |
           traits->family >> (64 - FAMILY_BITS);
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static struct place *sorted_places(const struct index *index, uint32_t count)
{
    struct traits *traits = memory_alloc(((size_t)count + 1) * sizeof traits[0]);
    for (uint32_t i = 0; i < count; i++)
        traits[i] = read_traits(index, i + 1);
    share_traits(traits, count);
    struct map brand_counts;
    map_init(&brand_counts, 1024);
    count_brands(&brand_counts, traits, count);
    struct place *places = memory_alloc(((size_t)count + 1) * sizeof places[0]);
    for (uint32_t i = 0; i < count; i++) {
        places[i] = (struct place){
            .key = place_key(&traits[i], &brand_counts),
            .family = (uint32_t)traits[i].family,
            .number = i + 1,
        };
    }
    map_release(&brand_counts);
    memory_free(traits);
    qsort(places, count, sizeof places[0], compare_places);
    return places;
}

/* --- families into blocks --- */

/* Members from `at` on that are of one family. */
static uint32_t family_size(const struct place *places, uint32_t at, uint32_t end)
{
    uint32_t size = at < end ? 1 : 0;
    while (at + size < end && places[at + size].key == places[at].key &&
           places[at + size].family == places[at].family)
        size++;
    return size;
}

static uint32_t take(uint32_t *numbers, const struct place *places, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = places[i].number;
    return count;
}

/* Positions from `first` to `end` are of one category: where the next family would not fit into
 * what is left of a block, products of no family fill that. */
static void lay_category(uint32_t *numbers, const struct place *places, uint32_t first,
                         uint32_t end)
{
    uint32_t singles = first;
    while (singles < end && (places[singles].key >> SINGLE_SHIFT & 1) == 0)
        singles++;
    uint32_t families_end = singles;
    uint32_t laid = first;
    for (uint32_t at = first; laid < end;) {
        uint32_t size = family_size(places, at, families_end);
        bool fits = size > 0 && (laid % BLOCK + size <= BLOCK || laid % BLOCK == 0);
        if (fits || singles == end) {
            at += take(numbers + laid, places + at, size);
            laid += size;
        } else {
            laid += take(numbers + laid, places + singles, 1);
            singles++;
        }
    }
}

uint32_t *order_products(const struct index *index, uint32_t count)
{
    struct place *places = sorted_places(index, count);
    uint32_t *numbers = memory_alloc(((size_t)count + 1) * sizeof numbers[0]);
    for (uint32_t first = 0, end; first < count; first = end) {
        end = first + 1;
        while (end < count && places[end].key >> LEAF_SHIFT == places[first].key >> LEAF_SHIFT)
            end++;
        lay_category(numbers, places, first, end);
    }
    memory_free(places);
    return numbers;
}
