/* Who tells of an event: a change of the setting counts from the next event on. */
#include "lib/ledger_fixture.h"
#include "lib/temp_folder.h"
#include "notify/turn.h"
#include "test.h"

enum { TIMELINE = 1 };

/* The setting at each start, the last event then, and of whom events 1 to 9 are: w or s. */
static void each_event_is_told_by_one_side(void **state)
{
    static const struct {
        bool by_workers;
        uint64_t last_event;
        const char *of;
    } starts[] = {
        {false, 0, "sssssssss"}, {true, 3, "ssswwwwww"}, {true, 5, "ssswwwwww"},
        {false, 6, "ssswwwsss"}, {true, 8, "ssssssssw"}, {false, 8, "sssssssss"},
        {true, 8, "ssssssssw"},
    };
    char folder[TEMP_FOLDER_SIZE];
    struct ledger *ledger;
    (void)state;
    temp_folder_make(folder);
    assert_ok(ledger_fixture_open(folder, TIMELINE, &ledger));
    for (size_t i = 0; i < countof(starts); i++) {
        struct turn turn;
        assert_ok(turn_take(ledger, starts[i].by_workers, starts[i].last_event, &turn));
        for (uint64_t event = 1; starts[i].of[event - 1] != '\0'; event++)
            assert_int_equal(turn_is_of_workers(&turn, event), starts[i].of[event - 1] == 'w');
    }
    ledger_close(ledger);
    temp_folder_remove(folder);
}

static void put_position(struct ledger *ledger, const char *follower, uint64_t event)
{
    assert_ok(ledger_begin(ledger));
    assert_ok(ledger_end(ledger, ledger_put_position(ledger, follower, event)));
}

/* Another process, with another setting, may have told of events since this one began. */
static void what_another_has_taken_stays_as_it_was_told(void **state)
{
    struct ledger *ledger;
    struct turn turn;
    (void)state;
    assert_ok(ledger_fixture_open(NULL, TIMELINE, &ledger));
    put_position(ledger, FOLLOWER_NOTICES, 6);
    put_position(ledger, FOLLOWER_KAFKA, 8);
    assert_ok(turn_take(ledger, true, 3, &turn));
    assert_false(turn_is_of_workers(&turn, 8));
    assert_true(turn_is_of_workers(&turn, 9));
    ledger_close(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_is_told_by_one_side),
        cmocka_unit_test(what_another_has_taken_stays_as_it_was_told),
    };
    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
