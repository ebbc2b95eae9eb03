#include "shop/money.h"
#include "test.h"

static void a_currency_is_three_capital_letters(void **state)
{
    (void)state;
    static const struct {
        const char *letters;
        uint32_t currency;
    } rows[] = {
        {"USD", 0x445355}, {"EUR", 0x525545}, {"AAA", 0x414141}, {"ZZZ", 0x5a5a5a}, {"usd", 0},
        {"US ", 0},        {"U1D", 0},        {"@SD", 0},        {"US[", 0},        {"", 0},
    };
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(money_currency(rows[i].letters), rows[i].currency);
}

static void a_currency_is_written_back_as_letters(void **state)
{
    (void)state;
    char letters[4] = {'?', '?', '?', '?'};
    money_currency_letters(money_currency("USD"), letters);
    assert_string_equal(letters, "USD");
    money_currency_letters(0, letters);
    assert_memory_equal(letters, "\0\0\0\0", 4);
    money_currency_letters(0xff000000U | money_currency("EUR"), letters);
    assert_string_equal(letters, "EUR");
}

static void price_times_quantity_stays_within_the_limit(void **state)
{
    (void)state;
    static const struct {
        int64_t price;
        uint32_t quantity;
        bool fits;
        int64_t amount;
    } rows[] = {
        {0, 0, true, 0},
        {1999, 5, true, 9995},
        {1999, 1, true, 1999},
        {0, UINT32_MAX, true, 0},
        {MONEY_PRICE_MAX, 10000, true, MONEY_TOTAL_MAX},
        {MONEY_PRICE_MAX, 10001, false, 0},
        {MONEY_TOTAL_MAX, 1, true, MONEY_TOTAL_MAX},
        {MONEY_TOTAL_MAX + 1, 1, false, 0},
        {MONEY_PRICE_MAX, UINT32_MAX, false, 0}, /* beyond 64 bits */
        {INT64_MAX, 2, false, 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        int64_t amount = -7;
        assert_int_equal(money_multiply(rows[i].price, rows[i].quantity, &amount), rows[i].fits);
        assert_int_equal(amount, rows[i].fits ? rows[i].amount : -7);
    }
}

static void a_share_is_rounded_half_up(void **state)
{
    (void)state;
    static const struct {
        int64_t amount;
        uint32_t basis_points;
        int64_t share;
    } rows[] = {
        {9995, 1000, 1000}, /* 5 x 19.99 at 10 %: 10.00 off */
        {9994, 1000, 999},
        {9996, 1000, 1000},
        {5, 1000, 1}, /* 0.5 */
        {4, 1000, 0}, /* 0.4 */
        {0, 1000, 0},
        {1, 5000, 1},
        {1, 4999, 0},
        {1, 10000, 1},
        {12345, 0, 0},
        {12345, 10000, 12345},
        {109997, 1500, 16500}, /* 16499.55 */
        {10000, 1, 1},
        {20000, 1, 2},
        {4999, 1, 0},
        {5000, 1, 1},
        {14999, 1, 1},
        {15000, 1, 2},
        {MONEY_TOTAL_MAX, 10000, MONEY_TOTAL_MAX},
        {MONEY_TOTAL_MAX, 9999, INT64_C(999900000000000)},
        {MONEY_TOTAL_MAX - 1, 9999, INT64_C(999899999999999)},
    };
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(money_share(rows[i].amount, rows[i].basis_points), rows[i].share);
}

static void a_part_of_an_amount_is_rounded_half_up(void **state)
{
    (void)state;
    static const struct {
        int64_t amount;
        uint32_t part;
        uint32_t whole;
        int64_t result;
    } rows[] = {
        {1000, 3, 5, 600},
        {1000, 5, 5, 1000},
        {1000, 0, 5, 0},
        {0, 3, 5, 0},
        {100, 1, 3, 33},
        {100, 2, 3, 67},
        {1, 1, 2, 1}, /* 0.5 */
        {1, 1, 3, 0},
        {3, 1, 2, 2}, /* 1.5 */
        {5, 1, 4, 1}, /* 1.25 */
        {6, 1, 4, 2}, /* 1.5 */
        {7, 1, 5, 1}, /* 1.4 */
        {8, 1, 5, 2}, /* 1.6 */
        {MONEY_TOTAL_MAX, 999999, 1000000, INT64_C(999999000000000)},
        {MONEY_TOTAL_MAX, UINT32_MAX, UINT32_MAX, MONEY_TOTAL_MAX},
        {MONEY_TOTAL_MAX, UINT32_MAX - 1, UINT32_MAX, INT64_C(999999999767169)},
    };
    for (size_t i = 0; i < countof(rows); i++)
        assert_int_equal(money_pro_rata(rows[i].amount, rows[i].part, rows[i].whole),
                         rows[i].result);
}

static void both_agree_with_wide_arithmetic(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (uint32_t i = 0; i < 10000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        int64_t amount = (int64_t)(seed >> 14); /* 50 bits: about MONEY_TOTAL_MAX */
        uint32_t whole = (uint32_t)(seed >> 7) | 1;
        uint32_t part = (uint32_t)((seed >> 3) % whole);
        uint32_t points = (uint32_t)(seed % (BASIS_POINTS_ALL + 1));
        unsigned __int128 doubled = (unsigned __int128)amount * 2;
        assert_int_equal(money_share(amount, points),
                         (int64_t)((doubled * points + BASIS_POINTS_ALL) / (2 * BASIS_POINTS_ALL)));
        assert_int_equal(money_pro_rata(amount, part, whole),
                         (int64_t)((doubled * part + whole) / (2 * (unsigned __int128)whole)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_currency_is_three_capital_letters),
        cmocka_unit_test(a_currency_is_written_back_as_letters),
        cmocka_unit_test(price_times_quantity_stays_within_the_limit),
        cmocka_unit_test(a_share_is_rounded_half_up),
        cmocka_unit_test(a_part_of_an_amount_is_rounded_half_up),
        cmocka_unit_test(both_agree_with_wide_arithmetic),
    };
    return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
