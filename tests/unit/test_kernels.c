/* The kernels of this processor answer as the plain ones do, and all as the words say. */
#include "base/random.h"
#include "search/index/columns.h"
#include "search/index/kernels.h"
#include "test.h"

enum {
    ROUNDS = 2000,
    TALLIED = 5, /* times that a zone is counted */
};

struct zone {
    uint32_t u32[ZONE_DOCS];
    uint16_t u16[ZONE_DOCS];
    uint8_t u8[ZONE_DOCS];
    uint8_t classes[ZONE_DOCS];
    uint64_t masks[ZONE_BLOCKS];
};

/* Few different values, so that many are equal to a limit; the highest of their type among them. */
static void fill(struct random *random, struct zone *zone)
{
    uint32_t values = 1 + (uint32_t)random_below(random, 12);
    for (uint32_t i = 0; i < ZONE_DOCS; i++) {
        uint32_t value = (uint32_t)random_below(random, values);
        zone->u32[i] = value == 0 ? UINT32_MAX : value * 1000003;
        zone->u16[i] = value == 0 ? UINT16_MAX : (uint16_t)(value * 4099);
        zone->u8[i] = value == 0 ? UINT8_MAX - 1 : (uint8_t)(value * 23 % 255);
        zone->classes[i] = (uint8_t)random_below(random, 64);
    }
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        zone->masks[i] = random_u64(random) & random_u64(random);
    bool is_sparse = random_below(random, 3) == 0;
    for (uint32_t i = 0; i < ZONE_BLOCKS && is_sparse; i++)
        zone->masks[i] &= random_u64(random) & random_u64(random);
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        zone->masks[i] = random_below(random, 4) == 0 ? 0 : zone->masks[i];
    uint64_t kind = random_below(random, 8);
    if (kind < 3)
        memset(zone->masks, kind == 0 ? 0 : UINT8_MAX, sizeof zone->masks);
    if (kind == 2) /* counted twice, all but one are the most that can wait */
        zone->masks[random_below(random, ZONE_BLOCKS)] &= UINT64_MAX << 1;
}

static void ranges_are_as_said(const struct kernels *kernels, struct random *random,
                               const struct zone *zone)
{
    uint32_t low = zone->u32[random_below(random, ZONE_DOCS)];
    uint32_t high = zone->u32[random_below(random, ZONE_DOCS)];
    uint16_t low16 = zone->u16[random_below(random, ZONE_DOCS)];
    uint8_t high8 = zone->u8[random_below(random, ZONE_DOCS)];
    uint64_t in_u32 = kernels->range_u32(zone->u32, low, high);
    uint64_t in_u16 = kernels->range_u16(zone->u16, low16, UINT16_MAX);
    uint64_t in_u8 = kernels->range_u8(zone->u8, 1, high8);
    for (uint32_t i = 0; i < BLOCK; i++) {
        assert_int_equal(in_u32 >> i & 1, zone->u32[i] >= low && zone->u32[i] <= high);
        assert_int_equal(in_u16 >> i & 1, zone->u16[i] >= low16);
        assert_int_equal(in_u8 >> i & 1, zone->u8[i] >= 1 && zone->u8[i] <= high8);
    }
}

static void zones_are_as_said(const struct kernels *kernels, struct random *random,
                              const struct zone *zone)
{
    uint8_t low = zone->u8[random_below(random, ZONE_DOCS)];
    uint8_t high = (uint8_t)(low + random_below(random, UINT8_MAX - low + 1));
    uint16_t low_pair = (uint16_t)(low << 8 | zone->classes[1]);
    uint16_t high_pair = (uint16_t)(high << 8 | zone->classes[2]);
    uint64_t in_u8[ZONE_BLOCKS];
    uint64_t in_pair[ZONE_BLOCKS];
    uint64_t at_limits[ZONE_BLOCKS];
    memcpy(in_u8, zone->masks, sizeof in_u8);
    memcpy(in_pair, zone->masks, sizeof in_pair);
    kernels->zone_u8(zone->u8, low, high, in_u8);
    kernels->zone_pair(zone->u8, zone->classes, low_pair, high_pair, in_pair, at_limits);
    for (uint32_t i = 0; i < ZONE_DOCS; i++) {
        uint32_t at = i / BLOCK;
        bool is_asked = zone->masks[at] >> i % BLOCK & 1;
        uint32_t pair = (uint32_t)zone->u8[i] << 8 | zone->classes[i];
        assert_int_equal(in_u8[at] >> i % BLOCK & 1,
                         is_asked && zone->u8[i] >= low && zone->u8[i] <= high);
        assert_int_equal(in_pair[at] >> i % BLOCK & 1,
                         is_asked && pair >= low_pair && pair <= high_pair);
        if (zone->masks[at] != 0)
            assert_int_equal(at_limits[at] >> i % BLOCK & 1, pair == low_pair || pair == high_pair);
    }
}

static void chances_are_as_said(const struct kernels *kernels, const struct zone *zone,
                                struct random *random)
{
    uint8_t lows[KERNEL_CLASSES];
    for (uint32_t i = 0; i < KERNEL_CLASSES; i++)
        lows[i] = (uint8_t)(UINT8_MAX - random_below(random, 20));
    uint32_t blocks = kernels->any_at_least(zone->u8, lows);
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        bool has_any = false;
        for (uint32_t class = 0; class < KERNEL_CLASSES && !has_any; class ++)
            has_any = zone->u8[i * KERNEL_CLASSES + class] >= lows[class];
        assert_int_equal(blocks >> i & 1, has_any);
    }
    assert_int_equal(blocks >> ZONE_BLOCKS, 0);
}

static void merits_are_as_said(const struct kernels *kernels, const struct zone *zone,
                               struct random *random)
{
    uint8_t lows[KERNEL_CLASSES];
    uint64_t kept[ZONE_BLOCKS];
    uint32_t blocks = (uint32_t)random_below(random, 1U << ZONE_BLOCKS);
    for (uint32_t i = 0; i < KERNEL_CLASSES; i++)
        lows[i] = (uint8_t)random_below(random, 256);
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        kept[i] = i;
    uint32_t found =
        kernels->keep_at_least(zone->u8, zone->classes, lows, blocks, zone->masks, kept);
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++) {
        uint64_t expected = 0;
        for (uint32_t i = 0; i < BLOCK && blocks >> at & 1; i++) {
            uint8_t class = zone->classes[at * BLOCK + i];
            class = class < KERNEL_CLASSES ? class : KERNEL_CLASSES - 1;
            expected |= (uint64_t)(zone->u8[at * BLOCK + i] >= lows[class]) << i;
        }
        expected &= zone->masks[at];
        assert_true(kept[at] == (at | expected));
        assert_int_equal(found >> at & 1, expected != 0);
    }
}

static void bits_join_and_meet(const struct kernels *kernels, const struct zone *zone,
                               struct random *random)
{
    uint64_t into[ZONE_BLOCKS] = {1, 2, 3};
    uint32_t words = (uint32_t)random_below(random, ZONE_BLOCKS + 1);
    kernels->join(into, zone->masks, words);
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        assert_true(into[i] == ((i < 3 ? i + 1 : 0) | (i < words ? zone->masks[i] : 0)));
    uint64_t other[ZONE_BLOCKS];
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        into[i] = other[i] = random_u64(random);
    kernels->meet(into, zone->masks);
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++)
        assert_true(into[i] == (other[i] & zone->masks[i]));
    kernels->read(zone->masks, other);
    assert_memory_equal(other, zone->masks, sizeof other);
}

static void classes_are_as_said(const struct kernels *kernels, const struct zone *zone,
                                uint32_t width)
{
    uint32_t expected[KERNEL_VALUES] = {0};
    uint32_t bits = 0;
    for (uint32_t i = 0; i < ZONE_DOCS; i++) {
        if ((zone->masks[i / BLOCK] >> i % BLOCK & 1) == 0)
            continue;
        expected[zone->u8[i] / width]++;
        bits++;
    }
    struct class_tally tally = {.width = width};
    for (uint32_t i = 0; i < TALLIED; i++) {
        kernels->count_classes(&tally, zone->u8, zone->masks);
        assert_true(tally.waiting_count < ZONE_DOCS);
    }
    kernels->end_classes(&tally);
    for (uint32_t class = 0; class < KERNEL_VALUES; class ++)
        assert_int_equal(tally.counts[class], TALLIED * expected[class]);
    assert_int_equal(kernels->count_bits(zone->masks), bits);
}

static void values_are_as_said(const struct kernels *kernels, const struct zone *zone)
{
    static uint32_t counts[UINT16_MAX + 1];
    struct value_tally tally = {.counts = counts};
    memset(counts, 0, sizeof counts);
    for (uint32_t i = 0; i < TALLIED; i++) {
        kernels->count_values(&tally, zone->u16, zone->masks);
        assert_true(tally.waiting_count < ZONE_DOCS);
    }
    kernels->end_values(&tally);
    for (uint32_t i = 0; i < ZONE_DOCS; i++) {
        if (zone->masks[i / BLOCK] >> i % BLOCK & 1)
            counts[zone->u16[i]] -= TALLIED;
    }
    for (uint32_t value = 0; value <= UINT16_MAX; value++)
        assert_int_equal(counts[value], 0);
}

static void parts_are_as_said(const struct kernels *kernels, struct random *random,
                              const struct zone *zone)
{
    uint64_t high[ZONE_BLOCKS];
    uint64_t middle[ZONE_BLOCKS];
    uint32_t blocks = (uint32_t)random_below(random, 1U << ZONE_BLOCKS);
    bool has_middle = random_below(random, 2) == 0;
    uint32_t any = 0;
    struct kernel_parts parts;
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        high[i] = random_u64(random) & random_u64(random);
        middle[i] = has_middle ? random_u64(random) : UINT64_MAX;
        any |= (uint32_t)(zone->masks[i] != 0) << i;
    }
    assert_int_equal(kernels->blocks_any(zone->masks), any);
    kernels->part(zone->masks, blocks, high, has_middle ? middle : NULL, &parts);
    for (uint32_t i = 0; i < ZONE_BLOCKS; i++) {
        uint64_t left = blocks >> i & 1 ? zone->masks[i] : 0;
        uint64_t rest = left & ~high[i];
        assert_int_equal(parts.high.blocks >> i & 1, (left & high[i]) != 0);
        assert_int_equal(parts.middle.blocks >> i & 1, (rest & middle[i]) != 0);
        assert_int_equal(parts.rest.blocks >> i & 1, (rest & ~middle[i]) != 0);
        if (left == 0)
            continue;
        assert_true(parts.high.masks[i] == (left & high[i]));
        assert_true(parts.middle.masks[i] == (rest & middle[i]));
        assert_true(parts.rest.masks[i] == (rest & ~middle[i]));
    }
}

static void all_sets_are_as_said(void **state)
{
    static struct zone zone;
    struct random random = {20261125};
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fill(&random, &zone);
        for (int set = KERNELS_PLAIN; set <= KERNELS_AVX512; set++) {
            const struct kernels *kernels = kernels_choose((enum kernel_set)set);
            ranges_are_as_said(kernels, &random, &zone);
            zones_are_as_said(kernels, &random, &zone);
            chances_are_as_said(kernels, &zone, &random);
            merits_are_as_said(kernels, &zone, &random);
            bits_join_and_meet(kernels, &zone, &random);
            classes_are_as_said(kernels, &zone, PRICE_STEPS);
            classes_are_as_said(kernels, &zone, RATING_STEPS);
            values_are_as_said(kernels, &zone);
            parts_are_as_said(kernels, &random, &zone);
        }
    }
}

/* Families as neighbouring bits, some of them with gaps between, counted one by one. */
static void a_compact_family_is_one_however_many_of_it_are_found(void **state)
{
    struct random random = {7};
    (void)state;
    for (uint32_t round = 0; round < 100000; round++) {
        uint64_t found = random_u64(&random) & random_u64(&random);
        uint64_t all = 0;
        uint64_t last = 0;
        uint64_t expected = 0;
        for (uint32_t bit = (uint32_t)random_below(&random, 4); bit < BLOCK;) {
            uint32_t length = 1 + (uint32_t)random_below(&random, 20);
            uint32_t end = bit + length < BLOCK ? bit + length : BLOCK;
            uint64_t members = (end == BLOCK ? 0 : UINT64_C(1) << end) - (UINT64_C(1) << bit);
            all |= members;
            last |= UINT64_C(1) << (end - 1);
            if ((found & members) != 0)
                expected |= UINT64_C(1) << (end - 1);
            bit = end + (uint32_t)random_below(&random, 3);
        }
        assert_true(compact_any(found & all, last, all) == expected);
    }
}

static void places_keep_the_order_of_ratings_and_reviews(void **state)
{
    (void)state;
    struct random random = {11};
    for (uint32_t round = 0; round < 100000; round++) {
        uint16_t rating = (uint16_t)random_below(&random, PRODUCT_RATING_MAX + 1);
        uint16_t better = (uint16_t)(rating + random_below(&random, 3));
        uint32_t reviews = (uint32_t)(random_u64(&random) >> (32 + random_below(&random, 32)));
        uint32_t more = reviews + (uint32_t)random_below(&random, UINT32_MAX - reviews);
        if (better > PRODUCT_RATING_MAX)
            continue;
        uint16_t place = columns_rating_place(rating, reviews);
        assert_true(place <= columns_rating_place(better, better > rating ? 0 : more));
        assert_int_equal((place >> 8) / RATING_STEPS, rating / 100);
    }
}

static void places_keep_the_order_of_prices(void **state)
{
    (void)state;
    struct random random = {9};
    for (uint32_t round = 0; round < 100000; round++) {
        int64_t price = (int64_t)(random_u64(&random) >> (random_below(&random, 60) + 2));
        int64_t other = price + (int64_t)random_below(&random, 1000);
        assert_true(columns_price_place(price) <= columns_price_place(other));
        uint32_t band = (columns_price_place(price) >> 8) / PRICE_STEPS;
        assert_true(band == 0 || price >= columns_price_limits[band - 1]);
        assert_true(band == PRICE_LIMITS || price < columns_price_limits[band]);
    }
    assert_int_equal(columns_price_place(0), 0);
    assert_int_equal(columns_price_place(INT64_MAX) >> 8, PRICE_LIMITS * PRICE_STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sets_are_as_said),
        cmocka_unit_test(a_compact_family_is_one_however_many_of_it_are_found),
        cmocka_unit_test(places_keep_the_order_of_prices),
        cmocka_unit_test(places_keep_the_order_of_ratings_and_reviews),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
