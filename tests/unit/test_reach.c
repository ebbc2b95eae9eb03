/* How often a start that waits for its database says so. That it waits: tests/postgres. */
#include "store/postgres/reach.h"
#include "test.h"

#define NS_PER_S UINT64_C(1000000000)

static void it_is_told_at_first_and_every_half_minute(void **state)
{
    (void)state;
    for (int wait = 0; wait < REACH_WAIT_COUNT; wait++) {
        struct reach reach = {0};
        assert_true(reach_is_to_tell(&reach, (enum reach_wait)wait));
        assert_false(reach_is_to_tell(&reach, (enum reach_wait)wait));
        reach.told_ns[wait] -= 20 * NS_PER_S;
        assert_false(reach_is_to_tell(&reach, (enum reach_wait)wait));
        reach.told_ns[wait] -= 10 * NS_PER_S;
        assert_true(reach_is_to_tell(&reach, (enum reach_wait)wait));
        assert_false(reach_is_to_tell(&reach, (enum reach_wait)wait));
    }
}

static void each_has_its_own_time_and_begins_anew_after_the_end(void **state)
{
    (void)state;
    struct reach reach = {0};
    assert_true(reach_is_to_tell(&reach, REACH_SHOP));
    assert_true(reach_is_to_tell(&reach, REACH_EVENTS));
    assert_false(reach_is_to_tell(&reach, REACH_SHOP));
    reach_end(&reach, &(struct reach_options){.region = "main"});
    assert_true(reach_is_to_tell(&reach, REACH_SHOP));
    assert_true(reach_is_to_tell(&reach, REACH_EVENTS));
}

static void who_does_not_wait_is_told_always(void **state)
{
    (void)state;
    assert_true(reach_is_to_tell(NULL, REACH_SHOP));
    assert_true(reach_is_to_tell(NULL, REACH_SHOP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_at_first_and_every_half_minute),
        cmocka_unit_test(each_has_its_own_time_and_begins_anew_after_the_end),
        cmocka_unit_test(who_does_not_wait_is_told_always),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
