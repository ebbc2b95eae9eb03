#include "shop/money.h"
#include "shop/product.h"
#include "test.h"

#include <string.h>

static struct product_draft sample_draft(void)
{
    return (struct product_draft){
        .number = 7,
        .version = 3,
        .category = 2,
        .price_minor = 1999,
        .created_ms = 1000,
        .updated_ms = 2000,
        .rating_count = 12,
        .rating_x100 = 450,
        .status = PRODUCT_ARCHIVED,
        .low_stock_threshold = 5,
        .texts = {TEXT("SKU-1"), TEXT("sku-1"), TEXT("Shirt"), TEXT("A shirt."), TEXT("Acme"),
                  TEXT("shirts"), TEXT("[\"u\"]"), TEXT("{\"o\":1}"), TEXT("{\"a\":1}"),
                  TEXT("{\"m\":1}")},
    };
}

static void the_size_is_the_header_and_the_texts_rounded_up_to_eight(void **state)
{
    (void)state;
    static char long_text[PRODUCT_TEXTS_MAX + 1];
    static const struct {
        uint32_t length;
        uint32_t size;
    } rows[] = {
        {0, 72},
        {1, 80},
        {7, 80},
        {8, 80},
        {9, 88},
        {16, 88},
        {17, 96},
        {PRODUCT_TEXTS_MAX - 1, 72 + PRODUCT_TEXTS_MAX},
        {PRODUCT_TEXTS_MAX, 72 + PRODUCT_TEXTS_MAX},
        {PRODUCT_TEXTS_MAX + 1, 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct product_draft draft = {.texts[PRODUCT_NAME] = {long_text, rows[i].length}};
        assert_int_equal(product_size(&draft), rows[i].size);
    }
    struct product_draft two = {
        .texts = {[PRODUCT_SKU] = {long_text, 1}, [PRODUCT_METADATA] = {long_text, 8}}};
    assert_int_equal(product_size(&two), 88);
    two.texts[PRODUCT_METADATA].length = PRODUCT_TEXTS_MAX;
    assert_int_equal(product_size(&two), 0);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    struct product_draft draft = sample_draft();
    _Alignas(8) char bytes[256];
    memset(bytes, 0x5a, sizeof(bytes));
    const struct product *product = product_write(&draft, bytes);
    assert_ptr_equal(product, bytes);
    assert_int_equal(product->size, product_size(&draft));
    assert_int_equal(bytes[product->size], 0x5a);
    assert_true(product_is_valid(bytes, product->size));

    struct product_draft read = product_read(product);
    assert_int_equal(read.number, 7);
    assert_int_equal(read.version, 3);
    assert_int_equal(read.category, 2);
    assert_int_equal(read.price_minor, 1999);
    assert_int_equal(read.created_ms, 1000);
    assert_int_equal(read.updated_ms, 2000);
    assert_int_equal(read.rating_count, 12);
    assert_int_equal(read.rating_x100, 450);
    assert_int_equal(read.status, PRODUCT_ARCHIVED);
    assert_int_equal(read.low_stock_threshold, 5);
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++) {
        assert_true(text_equal(read.texts[i], draft.texts[i]));
        assert_true(text_equal(product_text(product, (enum product_text)i), draft.texts[i]));
    }
}

static void equal_drafts_give_equal_bytes(void **state)
{
    (void)state;
    struct product_draft draft = sample_draft();
    draft.texts[PRODUCT_METADATA] = TEXT_NONE;
    _Alignas(8) char a[256];
    _Alignas(8) char b[256];
    memset(a, 1, sizeof(a));
    memset(b, 2, sizeof(b));
    uint32_t size = product_write(&draft, a)->size;
    assert_int_equal(product_write(&draft, b)->size, size);
    assert_memory_equal(a, b, size);
}

static void an_empty_text_is_empty_wherever_it_stands(void **state)
{
    (void)state;
    struct product_draft draft = {
        .number = 1,
        .version = 1,
        .texts = {[PRODUCT_SKU] = TEXT("S"), [PRODUCT_BRAND] = TEXT("B")}};
    _Alignas(8) char bytes[128];
    const struct product *product = product_write(&draft, bytes);
    assert_int_equal(product->size, 80);
    assert_int_equal(product_text(product, PRODUCT_SLUG).length, 0);
    assert_int_equal(product_text(product, PRODUCT_METADATA).length, 0);
    assert_true(text_equal(product_text(product, PRODUCT_BRAND), TEXT("B")));
}

/* One field of a good block set to something; is the block still good? */
struct patch {
    size_t offset;
    size_t width;
    uint64_t value;
    bool is_valid;
};

#define PATCH(field, value, is_valid)                                                              \
    {                                                                                              \
        offsetof(struct product, field), sizeof(((struct product *)0)->field), (uint64_t)(value),  \
            (is_valid)                                                                             \
    }
#define PATCH_END(index, value, is_valid)                                                          \
    {                                                                                              \
        offsetof(struct product, text_ends) + 2 * (index), 2, (value), (is_valid)                  \
    }

static void a_damaged_block_is_not_valid(void **state)
{
    (void)state;
    struct product_draft draft = sample_draft();
    _Alignas(8) char good[256] = {0};
    uint32_t size = product_write(&draft, good)->size;
    static const struct patch patches[] = {
        PATCH(number, 0, false),
        PATCH(number, 1, true),
        PATCH(version, 0, false),
        PATCH(version, 1, true),
        PATCH(price_minor, -1, false),
        PATCH(price_minor, 0, true),
        PATCH(price_minor, MONEY_PRICE_MAX, true),
        PATCH(price_minor, MONEY_PRICE_MAX + 1, false),
        PATCH(rating_x100, 500, true),
        PATCH(rating_x100, 501, false),
        PATCH(status, 0, true),
        PATCH(status, 2, false),
        PATCH(zero, 1, false),
        PATCH(size, 72, false),
        PATCH_END(0, 0, false), /* no SKU */
        PATCH_END(0, 1, true),
        PATCH_END(0, 10, true),  /* where the slug ends */
        PATCH_END(0, 11, false), /* behind it */
        PATCH_END(8, 15, false),
        PATCH_END(9, 0, false),
        PATCH_END(9, UINT16_MAX, false),
    };
    for (size_t i = 0; i < countof(patches); i++) {
        _Alignas(8) char bytes[256];
        memcpy(bytes, good, sizeof(bytes));
        memcpy(bytes + patches[i].offset, &patches[i].value, patches[i].width);
        assert_int_equal(product_is_valid(bytes, size), patches[i].is_valid);
    }
}

static void a_block_of_another_size_is_not_valid(void **state)
{
    (void)state;
    struct product_draft draft = sample_draft();
    _Alignas(8) char bytes[256] = {0};
    struct product *product = (struct product *)bytes;
    uint32_t size = product_write(&draft, bytes)->size;
    assert_false(product_is_valid(bytes, 0));
    assert_false(product_is_valid(bytes, 71));
    assert_false(product_is_valid(bytes, size - 8));
    assert_false(product_is_valid(bytes, size + 8));
    product->size = size + 8;
    assert_false(product_is_valid(bytes, size + 8));
    product->size = size - 8;
    assert_false(product_is_valid(bytes, size - 8));
}

static void the_padding_must_be_zero(void **state)
{
    (void)state;
    struct product_draft draft = {.number = 1, .version = 1, .texts = {[PRODUCT_SKU] = TEXT("S")}};
    _Alignas(8) char bytes[80];
    uint32_t size = product_write(&draft, bytes)->size;
    assert_int_equal(size, 80);
    for (uint32_t i = 72; i < 80; i++) {
        char was = bytes[i];
        bytes[i] = 'x';
        assert_int_equal(product_is_valid(bytes, size), i == 72);
        bytes[i] = was;
    }
}

static void the_longest_texts_fit_and_bytes_need_no_alignment(void **state)
{
    (void)state;
    static char text[PRODUCT_TEXTS_MAX];
    static _Alignas(8) char bytes[72 + PRODUCT_TEXTS_MAX + 8];
    struct product_draft draft = {
        .number = 1, .version = 1, .texts = {[PRODUCT_SKU] = {text, sizeof(text)}}};
    uint32_t size = product_write(&draft, bytes)->size;
    assert_int_equal(size, 72 + PRODUCT_TEXTS_MAX);
    assert_true(product_is_valid(bytes, size));
    memmove(bytes + 1, bytes, size);
    assert_true(product_is_valid(bytes + 1, size));
    /* one byte more than all texts may have, in a block of the right size */
    memmove(bytes, bytes + 1, size);
    struct product *product = (struct product *)bytes;
    memset(bytes + size, 0, 8);
    product->size = size + 8;
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++)
        product->text_ends[i] = PRODUCT_TEXTS_MAX + 1;
    assert_false(product_is_valid(bytes, size + 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_size_is_the_header_and_the_texts_rounded_up_to_eight),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(equal_drafts_give_equal_bytes),
        cmocka_unit_test(an_empty_text_is_empty_wherever_it_stands),
        cmocka_unit_test(a_damaged_block_is_not_valid),
        cmocka_unit_test(a_block_of_another_size_is_not_valid),
        cmocka_unit_test(the_padding_must_be_zero),
        cmocka_unit_test(the_longest_texts_fit_and_bytes_need_no_alignment),
    };
    return cmocka_run_group_tests_name("product", tests, NULL, NULL);
}
