/* The order in which products become documents: each once, and alike side by side. */
#include "base/memory.h"
#include "lib/catalog_fixture.h"
#include "lib/search_bed.h"
#include "search/index/build.h"
#include "search/index/order.h"
#include "test.h"

#include <stdio.h>

enum { PRODUCTS_MAX = 4096, LEAVES = 3 };

struct bed {
    struct search_bed search;
    struct index *index;
    uint32_t count;
    uint32_t *numbers; /* in order */
};

static void open_bed(struct bed *bed)
{
    *bed = (struct bed){.count = 0};
    search_bed_open(&bed->search, 1, 0, TEXT_NONE);
}

static void lay_out(struct bed *bed)
{
    view_read_begin();
    bed->count = view_product_count(bed->search.fixture.view);
    bed->index = index_make(bed->search.fixture.view, TEXT("english"), TEXT_NONE, bed->count);
    assert_non_null(bed->index);
    bed->numbers = order_products(bed->index, bed->count);
    view_read_end();
}

static void close_bed(struct bed *bed)
{
    memory_free(bed->numbers);
    index_free(bed->index);
    search_bed_close(&bed->search);
}

static const struct product *product_at(const struct bed *bed, uint32_t position)
{
    return view_product(bed->search.fixture.view, bed->numbers[position]);
}

static struct text text_at(const struct bed *bed, uint32_t position, enum product_text text)
{
    return product_text(product_at(bed, position), text);
}

/* How often neighbours differ in a text. */
static uint32_t borders(const struct bed *bed, enum product_text text)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < bed->count; i++)
        count += !text_equal(text_at(bed, i - 1, text), text_at(bed, i, text));
    return count;
}

static void add(struct bed *bed, uint32_t category, const char *brand, const char *family,
                uint16_t rating_x100)
{
    (void)search_bed_add(&bed->search, &(struct search_bed_product){
                                           .name = "thing",
                                           .category = category,
                                           .brand = brand,
                                           .family = family,
                                           .rating_x100 = rating_x100,
                                           .rating_count = rating_x100 > 0 ? 10 : 0,
                                       });
}

static void each_product_has_one_place(void **state)
{
    (void)state;
    static struct bed bed;
    static bool is_there[PRODUCTS_MAX];
    struct random random = {7};
    char brand[16];
    char family[16];
    open_bed(&bed);
    for (uint32_t i = 0; i < 2000; i++) {
        (void)snprintf(brand, sizeof brand, "b%u", (uint32_t)random_below(&random, 12));
        (void)snprintf(family, sizeof family, "f%u", (uint32_t)random_below(&random, 60));
        add(&bed, 1 + (uint32_t)random_below(&random, LEAVES), brand,
            random_below(&random, 4) == 0 ? family : NULL, (uint16_t)random_below(&random, 501));
    }
    lay_out(&bed);
    for (uint32_t i = 0; i < bed.count; i++) {
        assert_in_range(bed.numbers[i], 1, bed.count);
        assert_false(is_there[bed.numbers[i]]);
        is_there[bed.numbers[i]] = true;
    }
    uint32_t category_borders = 0;
    for (uint32_t i = 1; i < bed.count; i++)
        category_borders += product_at(&bed, i - 1)->category != product_at(&bed, i)->category;
    assert_int_equal(category_borders, LEAVES - 1);
    close_bed(&bed);
}

/* Where there are products of no family to fill the ends of blocks with. */
static void families_lie_within_a_block(void **state)
{
    (void)state;
    static struct bed bed;
    char family[16];
    open_bed(&bed);
    for (uint32_t i = 0; i < 1200; i++) {
        (void)snprintf(family, sizeof family, "f%u", i % 240);
        add(&bed, 1, i % 7 == 0 ? "odd" : "even", i % 2 == 0 ? family : NULL, (uint16_t)(i % 500));
    }
    lay_out(&bed);
    for (uint32_t i = 1; i < bed.count; i++) {
        struct text family_here = text_at(&bed, i, PRODUCT_FAMILY);
        if (i % BLOCK == 0 && family_here.length > 0)
            assert_false(text_equal(text_at(&bed, i - 1, PRODUCT_FAMILY), family_here));
    }
    /* 120 families of five, each in one piece. */
    uint32_t pieces = 0;
    for (uint32_t i = 0; i < bed.count; i++) {
        struct text here = text_at(&bed, i, PRODUCT_FAMILY);
        bool goes_on = i > 0 && text_equal(text_at(&bed, i - 1, PRODUCT_FAMILY), here);
        pieces += here.length > 0 && !goes_on;
    }
    assert_int_equal(pieces, 120);
    close_bed(&bed);
}

/* Larger than a block, or with nothing to fill up with: side by side all the same. */
static void large_families_stay_together(void **state)
{
    (void)state;
    static struct bed bed;
    open_bed(&bed);
    for (uint32_t i = 0; i < 300; i++)
        add(&bed, 1, NULL, i % 3 == 0 ? "small" : "large", 0);
    lay_out(&bed);
    assert_int_equal(borders(&bed, PRODUCT_FAMILY), 1);
    close_bed(&bed);
}

static void brands_of_many_lie_together(void **state)
{
    (void)state;
    static struct bed bed;
    char rare[16];
    open_bed(&bed);
    for (uint32_t i = 0; i < 400; i++) {
        (void)snprintf(rare, sizeof rare, "rare %u", i);
        add(&bed, 1, i % 4 == 0 ? "Acme" : i % 4 == 1 ? "Bolt" : rare, NULL, (uint16_t)(i % 500));
    }
    lay_out(&bed);
    uint32_t pieces = 0;
    for (uint32_t i = 0; i < bed.count; i++) {
        struct text here = text_at(&bed, i, PRODUCT_BRAND);
        bool is_large = text_equal(here, TEXT("Acme")) || text_equal(here, TEXT("Bolt"));
        pieces += is_large && (i == 0 || !text_equal(text_at(&bed, i - 1, PRODUCT_BRAND), here));
    }
    assert_int_equal(pieces, 2);
    close_bed(&bed);
}

static void more_merit_goes_first(void **state)
{
    (void)state;
    static struct bed bed;
    open_bed(&bed);
    for (uint32_t i = 0; i < 500; i++)
        add(&bed, 1, "Acme", NULL, (uint16_t)(1 + i * 7 % 500));
    lay_out(&bed);
    for (uint32_t i = 1; i < bed.count; i++) {
        const struct product *before = product_at(&bed, i - 1);
        const struct product *here = product_at(&bed, i);
        assert_true(columns_merit(before->rating_x100, before->rating_count) >=
                    columns_merit(here->rating_x100, here->rating_count));
    }
    close_bed(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_product_has_one_place),
        cmocka_unit_test(families_lie_within_a_block),
        cmocka_unit_test(large_families_stay_together),
        cmocka_unit_test(brands_of_many_lie_together),
        cmocka_unit_test(more_merit_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
