/* What a scan is to see of products that get new texts while it goes on. */
#include "search/index/replaced.h"
#include "test.h"

enum { DOCS = 1000 };

static const struct replaced_passed nothing = {.first = 1, .first_new = 1};

static uint64_t live_at(const struct replaced_watch *watch, uint32_t doc, bool is_live)
{
    uint32_t first = doc / 64 * 64;
    uint64_t live = is_live ? UINT64_C(1) << (doc - first) : 0;
    return replaced_held(watch, first, live) >> (doc - first) & 1;
}

static void what_is_still_to_come_is_seen_as_it_was(void **state)
{
    (void)state;
    struct replaced replaced = {0};
    struct replaced_watch watch;
    replaced_watch_begin(&watch, &replaced, replaced_now(&replaced), DOCS);
    replaced_announce(&replaced, 500, DOCS); /* its new one cannot be seen */
    replaced_watch(&watch, (struct replaced_passed){0, 99, 100, 199});
    assert_int_equal(live_at(&watch, 500, false), 1);
    assert_int_equal(live_at(&watch, 501, false), 0);
    assert_false(watch.is_torn);
}

static void what_was_passed_before_was_seen_as_it_was(void **state)
{
    (void)state;
    struct replaced replaced = {0};
    struct replaced_watch watch;
    replaced_watch_begin(&watch, &replaced, replaced_now(&replaced), DOCS);
    replaced_announce(&replaced, 50, DOCS);
    replaced_watch(&watch, (struct replaced_passed){0, 99, 100, 199});
    assert_false(watch.is_torn);
    assert_int_equal(live_at(&watch, 50, false), 0);
}

static void what_was_just_passed_may_have_been_either(void **state)
{
    (void)state;
    struct replaced replaced = {0};
    struct replaced_watch watch;
    replaced_watch_begin(&watch, &replaced, replaced_now(&replaced), DOCS);
    replaced_announce(&replaced, 150, DOCS);
    replaced_watch(&watch, (struct replaced_passed){0, 99, 100, 199});
    assert_true(watch.is_torn);
}

/* Announced before the scan began, and dead at any moment since. */
static void the_last_change_before_the_beginning_counts_as_done(void **state)
{
    (void)state;
    struct replaced replaced = {0};
    struct replaced_watch watch;
    replaced_announce(&replaced, 300, DOCS - 2);
    replaced_announce(&replaced, 500, DOCS - 1);
    replaced_watch_begin(&watch, &replaced, replaced_now(&replaced), DOCS);
    assert_int_equal(live_at(&watch, 500, true), 0);
    assert_int_equal(live_at(&watch, 300, true), 1); /* certain to be as its bit says */
    assert_false(watch.is_torn);
}

/* The new document was there when the scan began; the old one was passed, and lived. */
static void both_were_seen(void **state)
{
    (void)state;
    struct replaced replaced = {0};
    struct replaced_watch watch;
    replaced_watch_begin(&watch, &replaced, replaced_now(&replaced), DOCS);
    replaced_announce(&replaced, 50, DOCS - 1);
    replaced_watch(&watch, (struct replaced_passed){0, 99, 100, 199});
    assert_true(watch.is_torn);
}

static void more_changes_than_are_kept_are_not_guessed(void **state)
{
    (void)state;
    struct replaced replaced = {0};
    struct replaced_watch watch;
    replaced_watch_begin(&watch, &replaced, replaced_now(&replaced), DOCS);
    for (uint32_t i = 0; i <= REPLACED_HELD_MAX; i++)
        replaced_announce(&replaced, 600 + i, DOCS + i);
    replaced_watch(&watch, nothing);
    assert_true(watch.is_torn);
    replaced_watch_begin(&watch, &replaced, replaced_now(&replaced), DOCS);
    assert_false(watch.is_torn);
    for (uint32_t i = 0; i < REPLACED_KEPT; i++)
        replaced_announce(&replaced, DOCS + i, DOCS + i + 1); /* of no concern, if one knew */
    replaced_watch(&watch, nothing);
    assert_true(watch.is_torn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_still_to_come_is_seen_as_it_was),
        cmocka_unit_test(what_was_passed_before_was_seen_as_it_was),
        cmocka_unit_test(what_was_just_passed_may_have_been_either),
        cmocka_unit_test(the_last_change_before_the_beginning_counts_as_done),
        cmocka_unit_test(both_were_seen),
        cmocka_unit_test(more_changes_than_are_kept_are_not_guessed),
    };
    return cmocka_run_group_tests_name("replaced", tests, NULL, NULL);
}
