/* Idempotency keys: a ring and a map that say the same at every step, whatever comes and goes. */
#include "lib/abort.h"
#include "lib/heap.h"
#include "shop/keys.h"
#include "test.h"

#include <string.h>

enum { LIFE_MS = 1000, RING_FIRST = 1024 };

static int open_keys(void **state)
{
    static struct shop_keys keys;
    keys_init(&keys, 100);
    *state = &keys;
    return 0;
}

static int close_keys(void **state)
{
    keys_release(*state);
    return 0;
}

/* Key n: its first 8 bytes and its last 8 say n. */
static struct shop_key key_of(uint64_t n)
{
    struct shop_key key = {.value = n + 1000, .at_ms = n, .last_event = n};
    memcpy(key.key, &n, sizeof n);
    memcpy(key.key + 8, &n, sizeof n);
    return key;
}

static void put(struct shop_keys *keys, uint64_t n)
{
    struct shop_key key = key_of(n);
    keys_put(keys, &key);
}

static uint64_t find(const struct shop_keys *keys, uint64_t n)
{
    return keys_find(keys, key_of(n).key);
}

/* Keys from..to are there, the one before and the one behind are not. */
static void assert_held(const struct shop_keys *keys, uint64_t from, uint64_t to)
{
    assert_int_equal(keys->next - keys->first, to - from + 1);
    assert_int_equal(keys->by_hash.count, to - from + 1);
    for (uint64_t n = from; n <= to; n++)
        assert_int_equal(find(keys, n), n + 1000);
    assert_int_equal(find(keys, from - 1), 0);
    assert_int_equal(find(keys, to + 1), 0);
    assert_int_equal(keys_oldest(keys)->value, from + 1000);
}

static void what_is_put_is_found_until_it_is_dropped(void **state)
{
    struct shop_keys *keys = *state;
    assert_int_equal(find(keys, 1), 0);
    for (uint64_t n = 1; n <= 3; n++)
        put(keys, n);
    assert_held(keys, 1, 3);
    keys_drop_oldest(keys);
    assert_held(keys, 2, 3);
    keys_drop_oldest(keys);
    keys_drop_oldest(keys);
    assert_int_equal(keys->first, keys->next);
    assert_int_equal(keys->by_hash.count, 0);
    assert_int_equal(find(keys, 3), 0);
    put(keys, 4);
    assert_held(keys, 4, 4);
}

/* The ring is full to the last place before it grows, and doubles then, wherever its oldest lies.
 */
static void the_ring_grows_when_it_is_full_and_not_before(void **state)
{
    struct shop_keys *keys = *state;
    enum { DROPPED = 5 };
    for (uint64_t n = 1; n <= RING_FIRST; n++)
        put(keys, n);
    assert_int_equal(keys->capacity, RING_FIRST);
    assert_held(keys, 1, RING_FIRST);
    for (uint64_t n = 1; n <= DROPPED; n++)
        keys_drop_oldest(keys);
    for (uint64_t n = 1; n <= DROPPED; n++)
        put(keys, RING_FIRST + n); /* around the end */
    assert_int_equal(keys->capacity, RING_FIRST);
    assert_held(keys, DROPPED + 1, RING_FIRST + DROPPED);
    put(keys, RING_FIRST + DROPPED + 1);
    assert_int_equal(keys->capacity, 2 * RING_FIRST);
    assert_held(keys, DROPPED + 1, RING_FIRST + DROPPED + 1);
    for (uint64_t n = RING_FIRST + DROPPED + 2; n <= 2 * RING_FIRST + DROPPED + 1; n++)
        put(keys, n);
    assert_int_equal(keys->capacity, 4 * RING_FIRST);
    assert_held(keys, DROPPED + 1, 2 * RING_FIRST + DROPPED + 1);
}

/* Two that share 8 bytes: the newer is found, and the older one's leaving does not take it along.
 */
static void of_two_that_share_eight_bytes_the_newer_is_found(void **state)
{
    struct shop_keys *keys = *state;
    struct shop_key older = key_of(7);
    struct shop_key newer = key_of(7);
    newer.key[15] ^= 1;
    newer.value = 5000;
    keys_put(keys, &older);
    keys_put(keys, &newer);
    assert_int_equal(keys_find(keys, older.key), 0);
    assert_int_equal(keys_find(keys, newer.key), 5000);
    keys_drop_oldest(keys);
    assert_int_equal(keys_find(keys, newer.key), 5000);
    assert_int_equal(keys->by_hash.count, 1);
    keys_drop_oldest(keys);
    assert_int_equal(keys_find(keys, newer.key), 0);
    assert_int_equal(keys->by_hash.count, 0);
}

/* Every byte counts, and the map's key that may not be 0 is 1. */
static void a_key_of_zeros_is_a_key(void **state)
{
    struct shop_keys *keys = *state;
    struct shop_key zeros = {.value = 9};
    keys_put(keys, &zeros);
    assert_int_equal(keys_find(keys, zeros.key), 9);
    for (uint32_t i = 0; i < 16; i++) {
        struct shop_key other = zeros;
        other.key[i] = 1;
        assert_int_equal(keys_find(keys, other.key), 0);
    }
    uint64_t place = 0;
    assert_true(map_find(&keys->by_hash, 1, &place));
    assert_int_equal(place, 1);
    keys_drop_oldest(keys);
    assert_int_equal(keys->by_hash.count, 0);
}

/* Each row: what a sweep leaves of keys 1..5, whose times and events are their numbers. */
static void a_sweep_lets_go_what_is_folded_and_old_or_beyond(void **state)
{
    static const struct {
        uint32_t keys_max;
        uint64_t folded;
        uint64_t now_ms;
        uint64_t first_left; /* 6 = none */
    } rows[] = {
        {100, 5, LIFE_MS + 1, 1}, /* the first is exactly as old as it may be */
        {100, 5, LIFE_MS + 2, 2}, /* a millisecond later it goes */
        {100, 5, LIFE_MS + 4, 4},
        {100, 5, LIFE_MS + 99, 6},
        {100, 2, LIFE_MS + 99, 3}, /* what is not folded stays */
        {100, 0, LIFE_MS + 99, 1},
        {5, 5, 0, 1}, /* as many as there may be */
        {4, 5, 0, 2},
        {1, 5, 0, 5},
        {1, 3, 0, 4},
        {0, 5, 0, 6},
        {3, 5, LIFE_MS + 4, 4}, /* both */
        {2, 5, LIFE_MS + 2, 4},
    };
    struct shop_keys *keys = *state;
    for (size_t i = 0; i < countof(rows); i++) {
        (void)close_keys(state);
        (void)open_keys(state);
        keys->keys_max = rows[i].keys_max;
        for (uint64_t n = 1; n <= 5; n++)
            put(keys, n);
        keys_sweep(keys, rows[i].folded, rows[i].now_ms, LIFE_MS);
        assert_int_equal(keys->next - keys->first, 6 - rows[i].first_left);
        for (uint64_t n = 1; n <= 5; n++)
            assert_int_equal(find(keys, n), n < rows[i].first_left ? 0 : n + 1000);
    }
}

static void a_ring_that_is_nearly_empty_gives_its_memory_back(void **state)
{
    enum { MANY = 100 * RING_FIRST, FEW = 10 };
    struct shop_keys *keys = *state;
    keys->keys_max = FEW;
    for (uint64_t n = 1; n <= MANY; n++)
        put(keys, n);
    uint32_t capacity = keys->capacity;
    keys_shrink(keys);
    assert_int_equal(keys->capacity, capacity); /* it is in use */
    keys_sweep(keys, MANY, 0, LIFE_MS);
    assert_int_equal(keys->capacity, capacity);
    keys_shrink(keys);
    assert_int_equal(keys->capacity, RING_FIRST);
    assert_true(keys->by_hash.slot_count <= 4 * RING_FIRST);
    assert_held(keys, MANY - FEW + 1, MANY);
    for (uint64_t n = MANY + 1; n <= MANY + 2 * RING_FIRST; n++)
        put(keys, n);
    assert_held(keys, MANY - FEW + 1, MANY + 2 * RING_FIRST);
}

static void a_value_of_nothing_and_an_oldest_of_none_are_bugs(void **state)
{
    struct shop_keys *keys = *state;
    struct shop_key nothing = {.value = 0};
    assert_aborts(keys_put(keys, &nothing));
    assert_aborts((void)keys_oldest(keys));
    assert_aborts(keys_drop_oldest(keys));
}

/* Grows, lets go and is given back. */
static void live_and_end(void)
{
    struct shop_keys keys;
    keys_init(&keys, 100);
    for (uint64_t n = 1; n <= 2 * RING_FIRST; n++)
        put(&keys, n);
    keys_sweep(&keys, UINT64_MAX, 0, LIFE_MS);
    keys_release(&keys);
}

static void what_is_taken_is_given_back(void **state)
{
    (void)state;
    assert_true(heap_is_level(live_and_end));
}

#define KEYS_TEST(name) cmocka_unit_test_setup_teardown(name, open_keys, close_keys)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEYS_TEST(what_is_put_is_found_until_it_is_dropped),
        KEYS_TEST(the_ring_grows_when_it_is_full_and_not_before),
        KEYS_TEST(of_two_that_share_eight_bytes_the_newer_is_found),
        KEYS_TEST(a_key_of_zeros_is_a_key),
        KEYS_TEST(a_sweep_lets_go_what_is_folded_and_old_or_beyond),
        KEYS_TEST(a_ring_that_is_nearly_empty_gives_its_memory_back),
        cmocka_unit_test(what_is_taken_is_given_back),
        KEYS_TEST(a_value_of_nothing_and_an_oldest_of_none_are_bugs),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
