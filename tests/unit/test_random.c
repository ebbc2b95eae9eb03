/* Numbers from a seed, secrets from the kernel. */
#include "base/random.h"
#include "test.h"

#include <string.h>

static void a_seed_gives_the_sequence_of_splitmix64(void **state)
{
    (void)state;
    struct random random = {.state = 1234567};
    /* The reference implementation's first values for this seed. */
    static const uint64_t expected[] = {UINT64_C(6457827717110365317),
                                        UINT64_C(3203168211198807973),
                                        UINT64_C(9817491932198370423)};
    for (size_t i = 0; i < countof(expected); i++)
        assert_true(random_u64(&random) == expected[i]);
}

static void results_below_a_limit_are_spread_evenly(void **state)
{
    (void)state;
    struct random random = {.state = 7};
    uint32_t counts[6] = {0};
    for (int i = 0; i < 60000; i++)
        counts[random_below(&random, countof(counts))]++;
    for (size_t i = 0; i < countof(counts); i++)
        assert_in_range(counts[i], 9500, 10500);
    assert_int_equal(random_below(&random, 1), 0);
    assert_true(random_below(&random, UINT64_MAX) < UINT64_MAX);
}

static void secrets_differ(void **state)
{
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0}, zero[32] = {0};
    random_secret(a, sizeof(a));
    random_secret(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, zero, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_gives_the_sequence_of_splitmix64),
        cmocka_unit_test(results_below_a_limit_are_spread_evenly),
        cmocka_unit_test(secrets_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
