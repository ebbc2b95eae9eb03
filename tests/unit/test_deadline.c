#include "net/deadline.h"
#include "test.h"

static void the_first_started_is_due_first(void **state)
{
    (void)state;
    struct deadline_list list;
    struct deadline a = {0}, b = {0};
    deadline_list_init(&list, 100);
    deadline_start(&a, &list, 1000);
    deadline_start(&b, &list, 1010);
    assert_int_equal(deadline_next_due_ms(&list), 1100);
    assert_null(deadline_take_due(&list, 1099));
    assert_ptr_equal(deadline_take_due(&list, 1100), &a);
    assert_null(deadline_take_due(&list, 1100));
    assert_ptr_equal(deadline_take_due(&list, 2000), &b);
    assert_true(deadline_next_due_ms(&list) == UINT64_MAX);
}

static void starting_again_moves_to_the_end(void **state)
{
    (void)state;
    struct deadline_list list;
    struct deadline a = {0}, b = {0}, c = {0};
    deadline_list_init(&list, 10);
    deadline_start(&a, &list, 1);
    deadline_start(&b, &list, 2);
    deadline_start(&c, &list, 3);
    deadline_start(&b, &list, 4);
    assert_ptr_equal(deadline_take_due(&list, 100), &a);
    assert_ptr_equal(deadline_take_due(&list, 100), &c);
    assert_ptr_equal(deadline_take_due(&list, 100), &b);
    assert_null(deadline_take_due(&list, 100));
}

static void moving_between_lists_leaves_the_first(void **state)
{
    (void)state;
    struct deadline_list idle, reading;
    struct deadline a = {0};
    deadline_list_init(&idle, 1000);
    deadline_list_init(&reading, 10);
    deadline_start(&a, &idle, 1);
    deadline_start(&a, &reading, 2);
    assert_true(deadline_next_due_ms(&idle) == UINT64_MAX);
    assert_int_equal(deadline_next_due_ms(&reading), 12);
}

static void cancelling_takes_out_first_middle_and_last(void **state)
{
    (void)state;
    for (int cancelled = 0; cancelled < 3; cancelled++) {
        struct deadline_list list;
        struct deadline all[3] = {{0}};
        deadline_list_init(&list, 10);
        for (int i = 0; i < 3; i++)
            deadline_start(&all[i], &list, 1);
        deadline_cancel(&all[cancelled]);
        deadline_cancel(&all[cancelled]);
        for (int i = 0; i < 3; i++) {
            if (i != cancelled)
                assert_ptr_equal(deadline_take_due(&list, 11), &all[i]);
        }
        assert_null(deadline_take_due(&list, 11));
        assert_null(list.last);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_started_is_due_first),
        cmocka_unit_test(starting_again_moves_to_the_end),
        cmocka_unit_test(moving_between_lists_leaves_the_first),
        cmocka_unit_test(cancelling_takes_out_first_middle_and_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
