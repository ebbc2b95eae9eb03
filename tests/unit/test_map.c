/* The hash map against a plain table, under a seeded walk. */
#include "base/map.h"
#include "base/random.h"
#include "lib/abort.h"
#include "test.h"

static void what_is_put_is_found_until_it_is_removed(void **state)
{
    (void)state;
    struct map map;
    uint64_t value = 0;
    map_init(&map, 0);
    assert_false(map_find(&map, 5, &value));
    map_put(&map, 5, 50);
    map_put(&map, UINT64_MAX, 1);
    map_put(&map, 5, 51);
    assert_int_equal(map.count, 2);
    assert_true(map_find(&map, 5, &value));
    assert_int_equal(value, 51);
    assert_true(map_remove(&map, 5));
    assert_false(map_remove(&map, 5));
    assert_false(map_find(&map, 5, &value));
    assert_int_equal(map.count, 1);
    map_release(&map);
}

enum { KEYS = 200, STEPS = 200000 };

/* Few keys in a small map: long runs, wrapping around the end, removing in the middle of runs. */
static void a_random_walk_agrees_with_a_plain_table(void **state)
{
    (void)state;
    struct random random = {.state = 42};
    struct map map;
    uint64_t model[KEYS + 1] = {0}; /* 0 = not there */
    size_t count = 0;
    map_init(&map, 4);
    for (uint64_t step = 1; step <= STEPS; step++) {
        uint64_t key = 1 + random_below(&random, KEYS);
        if (random_below(&random, 2) == 0) {
            count += model[key] == 0 ? 1 : 0;
            model[key] = step;
            map_put(&map, key, step);
        } else {
            assert_int_equal(map_remove(&map, key), model[key] != 0);
            count -= model[key] != 0 ? 1 : 0;
            model[key] = 0;
        }
        assert_int_equal(map.count, count);
        uint64_t probe = 1 + random_below(&random, KEYS);
        uint64_t value = 0;
        assert_int_equal(map_find(&map, probe, &value), model[probe] != 0);
        assert_int_equal(value, model[probe]);
    }
    map_release(&map);
}

static void an_expected_count_fits_without_growing(void **state)
{
    (void)state;
    struct map map;
    map_init(&map, 1000);
    const struct map_slot *slots = map.slots;
    for (uint64_t key = 1; key <= 1000; key++)
        map_put(&map, key, key);
    assert_ptr_equal(map.slots, slots);
    for (uint64_t key = 1001; key <= 100000; key++)
        map_put(&map, key, key);
    uint64_t value = 0;
    for (uint64_t key = 1; key <= 100000; key++) {
        assert_true(map_find(&map, key, &value));
        assert_int_equal(value, key);
    }
    assert_true(map.count * 4 <= map.slot_count * 3);
    map_release(&map);
}

enum { MANY = 100000, FEW = 300 };

static void a_table_that_is_nearly_empty_gives_its_memory_back(void **state)
{
    (void)state;
    struct map map;
    uint64_t value = 0;
    map_init(&map, 0);
    for (uint64_t key = 1; key <= MANY; key++)
        map_put(&map, key, key * 3);
    size_t slots = map.slot_count;
    map_shrink(&map);
    assert_int_equal(map.slot_count, slots); /* it is in use */
    for (uint64_t key = FEW + 1; key <= MANY; key++)
        assert_true(map_remove(&map, key));
    assert_int_equal(map.slot_count, slots);
    map_shrink(&map);
    assert_true(map.slot_count <= 2048);
    assert_int_equal(map.count, FEW);
    for (uint64_t key = 1; key <= MANY; key++) {
        assert_int_equal(map_find(&map, key, &value), key <= FEW);
        assert_true(key > FEW || value == key * 3);
    }
    for (uint64_t key = FEW + 1; key <= MANY; key++)
        map_put(&map, key, key);
    assert_int_equal(map.count, MANY);
    map_release(&map);
}

static void key_zero_is_a_bug(void **state)
{
    (void)state;
    struct map map;
    map_init(&map, 0);
    assert_aborts(map_put(&map, 0, 1));
    map_release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found_until_it_is_removed),
        cmocka_unit_test(a_random_walk_agrees_with_a_plain_table),
        cmocka_unit_test(an_expected_count_fits_without_growing),
        cmocka_unit_test(a_table_that_is_nearly_empty_gives_its_memory_back),
        cmocka_unit_test(key_zero_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
