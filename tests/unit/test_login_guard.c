/* Guessing passwords is slowed down, and the owner gets in. */
#include "api/login_guard.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define NOW_MS UINT64_C(1700000000000)
enum { TRIES = 5, HOUR_S = 3600 };

static struct login_guard *guard_of(uint32_t address, uint32_t pair, uint32_t account)
{
    static struct login_guard guard;
    static const uint8_t secret[HASH_SECRET_SIZE] = {1};
    guard = (struct login_guard){.per_hour = {[LOGIN_OF_ADDRESS] = address,
                                              [LOGIN_OF_PAIR] = pair,
                                              [LOGIN_OF_ACCOUNT] = account,
                                              [RESET_OF_ACCOUNT] = 2}};
    login_guard_open(&guard, secret);
    return &guard;
}

static struct login_try who(uint8_t account, const char *address)
{
    struct login_try it = {.account = {account}};
    assert_true(address_read(text_of(address), &it.address));
    return it;
}

static uint32_t take(struct login_guard *guard, uint8_t account, const char *address,
                     uint64_t later_s)
{
    struct login_try it = who(account, address);
    return login_guard_take(guard, &it, NOW_MS + later_s * 1000);
}

static void some_tries_are_free_and_then_one_waits(void **state)
{
    (void)state;
    struct login_guard *guard = guard_of(0, TRIES, 0);
    for (uint32_t i = 0; i < TRIES; i++)
        assert_int_equal(take(guard, 1, "192.0.2.1", 0), 0);
    assert_int_equal(take(guard, 1, "192.0.2.1", 0), HOUR_S / TRIES);
    assert_int_equal(take(guard, 1, "192.0.2.1", HOUR_S / TRIES - 1), 1);
    assert_int_equal(take(guard, 1, "192.0.2.1", HOUR_S / TRIES), 0);
    assert_int_equal(take(guard, 1, "192.0.2.1", HOUR_S / TRIES), HOUR_S / TRIES);
    assert_int_equal(take(guard, 2, "192.0.2.1", 0), 0); /* another account */
    assert_int_equal(take(guard, 1, "192.0.2.2", 0), 0); /* another address */
    login_guard_close(guard);
}

static void an_address_that_tries_many_accounts_waits(void **state)
{
    (void)state;
    struct login_guard *guard = guard_of(TRIES, TRIES, 0);
    for (uint8_t i = 0; i < TRIES; i++)
        assert_int_equal(take(guard, i, "192.0.2.1", 0), 0);
    assert_true(take(guard, 99, "192.0.2.1", 0) > 0);
    assert_int_equal(take(guard, 99, "192.0.2.2", 0), 0);
    /* One subscriber has a whole /64 of IPv6. */
    for (uint8_t i = 0; i < TRIES; i++)
        assert_int_equal(take(guard, i, i % 2 == 0 ? "2001:db8::1" : "2001:db8::2", 0), 0);
    assert_true(take(guard, 99, "2001:db8::3", 0) > 0);
    assert_int_equal(take(guard, 99, "2001:db8:0:1::1", 0), 0);
    login_guard_close(guard);
}

static void a_login_that_succeeds_costs_nothing(void **state)
{
    (void)state;
    struct login_guard *guard = guard_of(TRIES, TRIES, TRIES);
    struct login_try it = who(1, "192.0.2.1");
    for (uint32_t i = 0; i < 10 * TRIES; i++) {
        assert_int_equal(login_guard_take(guard, &it, NOW_MS), 0);
        login_guard_succeeded(guard, &it, NOW_MS);
    }
    login_guard_close(guard);
}

static void a_crowd_of_strangers_does_not_lock_the_owner_out(void **state)
{
    (void)state;
    struct login_guard *guard = guard_of(TRIES, TRIES, 10);
    struct login_try owner = who(1, "192.0.2.1");
    assert_int_equal(login_guard_take(guard, &owner, NOW_MS), 0);
    login_guard_succeeded(guard, &owner, NOW_MS);
    for (uint32_t i = 0; i < 10; i++) {
        char address[32];
        (void)snprintf(address, sizeof(address), "198.51.100.%u", i);
        assert_int_equal(take(guard, 1, address, 0), 0);
    }
    assert_true(take(guard, 1, "198.51.100.99", 0) > 0);
    assert_int_equal(login_guard_take(guard, &owner, NOW_MS), 0);
    /* Knowing the way in is not guessing without end. */
    for (uint32_t i = 1; i < TRIES; i++)
        assert_int_equal(login_guard_take(guard, &owner, NOW_MS), 0);
    assert_true(login_guard_take(guard, &owner, NOW_MS) > 0);
    login_guard_close(guard);
}

static void a_try_that_waits_takes_nothing(void **state)
{
    (void)state;
    struct login_guard *guard = guard_of(2 * TRIES, TRIES, 0);
    for (uint32_t i = 0; i < TRIES; i++)
        assert_int_equal(take(guard, 1, "192.0.2.1", 0), 0);
    for (uint32_t i = 0; i < 100; i++)
        assert_true(take(guard, 1, "192.0.2.1", 0) > 0);
    for (uint32_t i = 0; i < TRIES; i++) /* of the address half is left */
        assert_int_equal(take(guard, 2, "192.0.2.1", 0), 0);
    login_guard_close(guard);
}

static void an_exempt_address_counts_for_the_account_alone(void **state)
{
    (void)state;
    struct login_guard *guard = guard_of(1, 1, TRIES);
    struct login_try it = who(1, "127.0.0.1");
    it.is_exempt = true;
    for (uint32_t i = 0; i < TRIES; i++)
        assert_int_equal(login_guard_take(guard, &it, NOW_MS), 0);
    assert_true(login_guard_take(guard, &it, NOW_MS) > 0);
    login_guard_close(guard);
}

static void counts_are_apart(void **state)
{
    (void)state;
    struct login_guard *guard = guard_of(1, 1, 1);
    struct login_try it = who(1, "192.0.2.1");
    assert_int_equal(login_guard_take(guard, &it, NOW_MS), 0);
    assert_int_equal(login_guard_take_one(guard, RESET_OF_ADDRESS, &it, NOW_MS), 0); /* no limit */
    assert_int_equal(login_guard_take_one(guard, RESET_OF_ACCOUNT, &it, NOW_MS), 0);
    assert_int_equal(login_guard_take_one(guard, RESET_OF_ACCOUNT, &it, NOW_MS), 0);
    assert_int_equal(login_guard_take_one(guard, RESET_OF_ACCOUNT, &it, NOW_MS), HOUR_S / 2);
    login_guard_close(guard);
}

static void a_crowd_hides_nobody_who_tries_often(void **state)
{
    (void)state;
    struct login_guard *guard = guard_of(0, TRIES, 0);
    for (uint32_t i = 0; i < TRIES; i++)
        assert_int_equal(take(guard, 1, "192.0.2.1", 0), 0);
    for (uint32_t i = 0; i < 200000; i++) {
        struct login_try it = who(2, "198.51.100.1");
        memcpy(it.account + 1, &i, sizeof(i));
        (void)login_guard_take(guard, &it, NOW_MS);
    }
    assert_true(take(guard, 1, "192.0.2.1", 0) > 0);
    login_guard_close(guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_tries_are_free_and_then_one_waits),
        cmocka_unit_test(an_address_that_tries_many_accounts_waits),
        cmocka_unit_test(a_login_that_succeeds_costs_nothing),
        cmocka_unit_test(a_crowd_of_strangers_does_not_lock_the_owner_out),
        cmocka_unit_test(a_try_that_waits_takes_nothing),
        cmocka_unit_test(an_exempt_address_counts_for_the_account_alone),
        cmocka_unit_test(counts_are_apart),
        cmocka_unit_test(a_crowd_hides_nobody_who_tries_often),
    };
    return cmocka_run_group_tests_name("login guard", tests, NULL, NULL);
}
