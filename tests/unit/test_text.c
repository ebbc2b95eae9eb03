/* Borrowed text: comparing, cutting, strict numbers, UTF-8 as RFC 3629 draws it. */
#include "base/text.h"
#include "test.h"

#include <string.h>

static void texts_are_compared_by_their_bytes(void **state)
{
    (void)state;
    assert_true(text_equal(TEXT("abc"), text_of("abc")));
    assert_false(text_equal(TEXT("abc"), TEXT("abC")));
    assert_false(text_equal(TEXT("abc"), TEXT("abcd")));
    assert_true(text_equal(TEXT_NONE, TEXT("")));
    assert_true(text_equal_ignoring_case(TEXT("Content-Length"), TEXT("content-LENGTH")));
    assert_false(text_equal_ignoring_case(TEXT("a[b"), TEXT("a{b")));
    assert_false(text_equal_ignoring_case(TEXT("ab"), TEXT("abc")));
    assert_true(text_starts_with(TEXT("attr.color"), TEXT("attr.")));
    assert_true(text_starts_with(TEXT("a"), TEXT_NONE));
    assert_false(text_starts_with(TEXT("at"), TEXT("attr.")));
    assert_null(text_of(NULL).data);
}

static void cutting_gives_every_part_once(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *parts[4];
    } rows[] = {
        {"a,b,c", {"a", "b", "c"}}, {"a", {"a"}},      {"", {""}}, {",", {"", ""}},
        {"a,,b", {"a", "", "b"}},   {"a,", {"a", ""}},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct text rest = text_of(rows[i].text);
        struct text head;
        size_t count = 0;
        for (; text_cut(&rest, ',', &head); count++) {
            assert_non_null(rows[i].parts[count]);
            assert_true(text_equal(head, text_of(rows[i].parts[count])));
        }
        assert_null(rows[i].parts[count]);
    }
}

static void trimming_takes_white_space_from_both_ends(void **state)
{
    (void)state;
    assert_true(text_equal(text_trim(TEXT(" \t a b\r\n")), TEXT("a b")));
    assert_int_equal(text_trim(TEXT(" \n ")).length, 0);
    assert_int_equal(text_trim(TEXT_NONE).length, 0);
}

static void eight_bytes_are_a_number_with_zeros_behind_the_end(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {
        0,
        0x61,
        0x6261,
        0x636261,
        0x64636261,
        0x6564636261,
        0x666564636261,
        0x67666564636261,
        0x6867666564636261,
        0x6867666564636261,
    };
    const char *bytes = "abcdefghi";
    for (uint32_t length = 0; length < countof(numbers); length++)
        assert_int_equal(text_eight((struct text){bytes, length}, 0), numbers[length]);
    assert_int_equal(text_eight((struct text){bytes, 9}, 1), 0x6968676665646362);
    assert_int_equal(text_eight((struct text){bytes, 9}, 8), 0x69);
    assert_int_equal(text_eight((struct text){bytes, 9}, 9), 0);
    assert_int_equal(text_eight((struct text){"\xff\xfe", 2}, 0), 0xfeff);
    assert_int_equal(text_eight(TEXT_NONE, 0), 0);
}

static void unsigned_numbers_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"4294967295", true, UINT32_MAX},
        {"4294967296", true, UINT64_C(4294967296)},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"", false, 0},
        {"+1", false, 0},
        {"-1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x1", false, 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        uint64_t wide = 77;
        assert_int_equal(text_to_u64(text_of(rows[i].text), &wide), rows[i].is_good);
        assert_int_equal(wide, rows[i].is_good ? rows[i].value : 77);
        uint32_t narrow = 77;
        bool fits = rows[i].is_good && rows[i].value <= UINT32_MAX;
        assert_int_equal(text_to_u32(text_of(rows[i].text), &narrow), fits);
        assert_int_equal(narrow, fits ? rows[i].value : 77);
    }
}

static void signed_numbers_reach_both_ends_of_their_range(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_good;
        int64_t value;
    } rows[] = {
        {"-5", true, -5},
        {"5", true, 5},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", false, 0},
        {"-9223372036854775808", true, INT64_MIN},
        {"-9223372036854775809", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"+1", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        int64_t value = 77;
        assert_int_equal(text_to_i64(text_of(rows[i].text), &value), rows[i].is_good);
        assert_true(value == (rows[i].is_good ? rows[i].value : 77));
    }
}

static void utf8_is_what_rfc_3629_says(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool is_good;
    } rows[] = {
        {"", true},
        {"plain ASCII that is longer than eight bytes", true},
        {"caf\xc3\xa9", true},
        {"12345678\xe2\x82\xac", true},
        {"\xf0\x9f\x9b\x92", true},
        {"\xed\x9f\xbf\xee\x80\x80", true}, /* around the surrogates */
        {"\xf4\x8f\xbf\xbf", true},         /* U+10FFFF */
        {"\xf4\x90\x80\x80", false},        /* beyond it */
        {"\xc0\xaf", false},                /* overlong */
        {"\xc1\xbf", false},
        {"\xe0\x9f\xbf", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xed\xa0\x80", false}, /* a surrogate */
        {"\x80", false},
        {"12345678\xff", false},
        {"\xc3", false}, /* cut */
        {"\xe2\x82", false},
        {"\xf0\x9f\x9b", false},
        {"\xc3(", false},
        {"\xe2\x82(", false},
        {"\xf5\x80\x80\x80", false},
    };
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(text_is_utf8(text_of(rows[i].bytes)), rows[i].is_good);
    assert_true(text_is_utf8((struct text){"a\0b", 3}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_compared_by_their_bytes),
        cmocka_unit_test(cutting_gives_every_part_once),
        cmocka_unit_test(trimming_takes_white_space_from_both_ends),
        cmocka_unit_test(eight_bytes_are_a_number_with_zeros_behind_the_end),
        cmocka_unit_test(unsigned_numbers_are_read_strictly),
        cmocka_unit_test(signed_numbers_reach_both_ends_of_their_range),
        cmocka_unit_test(utf8_is_what_rfc_3629_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
