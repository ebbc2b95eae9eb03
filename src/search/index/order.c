#include "search/index/order.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"

#include <string.h>

/* Products of a brand in a category that are worth blocks of their own. */
enum { BRAND_MIN = BLOCK / 2 };

/* What decides on the place of a product; brand and family are hashes, 0 = none. */
struct traits {
    uint64_t brand;
    uint64_t family;
    uint32_t leader;       /* position of the first of its family in its category, or its own */
    uint32_t brand_leader; /* likewise of its brand; the products of that are counted there: */
    uint32_t brand_count;
    uint16_t leaf;
    uint8_t merit;
};

struct place {
    uint64_t key;
    uint32_t leader;
    uint32_t number;
};

/* Of a key, from the highest bit on: category, no family, brand, lack of merit. */
enum { LEAF_SHIFT = 24, SINGLE_SHIFT = 23, BRAND_SHIFT = 8, KEY_BITS = 40 };
enum { BRAND_MASK = (1 << (SINGLE_SHIFT - BRAND_SHIFT)) - 1 };

static uint64_t hash_text(struct text text)
{
    return text.length == 0 ? 0 : hash_content(text.data, text.length) | 1;
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

/* The position that came with the key first. */
static uint32_t first_with(struct map *firsts, uint64_t key, uint32_t position)
{
    uint64_t found;
    if (map_find(firsts, key, &found))
        return (uint32_t)found;
    map_put(firsts, key, position);
    return position;
}

/* Members of a family in a category share the best merit and the brand of the first of them, so
 * that they lie side by side. */
static void share_traits(struct traits *traits, uint32_t count)
{
    struct map firsts;
    map_init(&firsts, 1024);
    for (uint32_t i = 0; i < count; i++) {
        traits[i].leader = i;
        if (traits[i].family == 0)
            continue;
        uint64_t key = hash_u64(traits[i].family ^ traits[i].leaf) | 1;
        traits[i].leader = first_with(&firsts, key, i);
        struct traits *leader = &traits[traits[i].leader];
        leader->merit = traits[i].merit > leader->merit ? traits[i].merit : leader->merit;
    }
    map_release(&firsts);
    for (uint32_t i = 0; i < count; i++) {
        traits[i].brand = traits[traits[i].leader].brand;
        traits[i].merit = traits[traits[i].leader].merit;
    }
}

/* In a category, those with a family and those without apart. */
static void count_brands(struct traits *traits, uint32_t count)
{
    struct map firsts;
    map_init(&firsts, 1024);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t area = (uint64_t)traits[i].leaf << 1 | (traits[i].family == 0);
        uint64_t key = hash_u64(traits[i].brand ^ area << 32) | 1;
        traits[i].brand_leader = first_with(&firsts, key, i);
        traits[traits[i].brand_leader].brand_count++;
    }
    map_release(&firsts);
}

static uint64_t place_key(const struct traits *traits, bool has_many_of_brand)
{
    uint64_t brand = has_many_of_brand ? traits->brand >> 1 & BRAND_MASK : BRAND_MASK;
    return (uint64_t)traits->leaf << LEAF_SHIFT | (uint64_t)(traits->family == 0) << SINGLE_SHIFT |
           brand << BRAND_SHIFT | (uint64_t)(UINT8_MAX - traits->merit);
}

/* --- sorting --- */

enum { DIGIT_BITS = 10, DIGITS = 1 << DIGIT_BITS };

struct places {
    struct place *places;
    struct place *spare; /* as many, for whatever sorts them */
    uint32_t count;
};

static uint32_t digit_of(const struct place *place, bool of_leader, uint32_t shift)
{
    uint64_t number = of_leader ? place->leader : place->key;
    return (uint32_t)(number >> shift) & (DIGITS - 1);
}

/* What is alike in the digit stays in the order in which it is. */
static inline void sort_by_digit(struct places *all, bool of_leader, uint32_t shift)
{
    uint32_t ends[DIGITS + 1] = {0};
    for (uint32_t i = 0; i < all->count; i++)
        ends[digit_of(&all->places[i], of_leader, shift) + 1]++;
    for (uint32_t digit = 1; digit < DIGITS; digit++)
        ends[digit] += ends[digit - 1];
    for (uint32_t i = 0; i < all->count; i++)
        all->spare[ends[digit_of(&all->places[i], of_leader, shift)]++] = all->places[i];
    struct place *sorted = all->spare;
    all->spare = all->places;
    all->places = sorted;
}

/* By key, then leader, then number, in whose order they are: the lowest digit first. */
static void sort_places(struct places *all)
{
    for (uint32_t shift = 0; shift < 32 && all->count >> shift > 0; shift += DIGIT_BITS)
        sort_by_digit(all, true, shift);
    for (uint32_t shift = 0; shift < KEY_BITS; shift += DIGIT_BITS)
        sort_by_digit(all, false, shift);
}

static void fill_places(struct places *all, const struct traits *traits)
{
    for (uint32_t i = 0; i < all->count; i++) {
        uint32_t of_brand = traits[traits[i].brand_leader].brand_count;
        all->places[i] = (struct place){
            .key = place_key(&traits[i], of_brand >= BRAND_MIN),
            .leader = traits[i].leader,
            .number = i + 1,
        };
    }
}

static struct place *sorted_places(const struct index *index, uint32_t count)
{
    struct traits *traits = memory_alloc(((size_t)count + 1) * sizeof traits[0]);
    for (uint32_t i = 0; i < count; i++)
        traits[i] = read_traits(index, i + 1);
    share_traits(traits, count);
    count_brands(traits, count);
    size_t size = ((size_t)count + 1) * sizeof(struct place);
    struct places all = {memory_alloc(size), memory_alloc(size), count};
    fill_places(&all, traits);
    memory_free(traits);
    sort_places(&all);
    memory_free(all.spare);
    return all.places;
}

/* --- families into blocks --- */

/* Members from `at` on that are of one family. */
static uint32_t family_size(const struct place *places, uint32_t at, uint32_t end)
{
    uint32_t size = at < end ? 1 : 0;
    while (at + size < end && places[at + size].key == places[at].key &&
           places[at + size].leader == places[at].leader)
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
