/* Where the follower of the notices begins. */
#include "app/follow/notice_follower.h"
#include "lib/ledger_fixture.h"
#include "lib/temp_folder.h"
#include "test.h"

enum { TIMELINE = 1, LAST_EVENT = 5 };

static uint64_t position_of(struct notice_follower *follower)
{
    uint64_t event = 0;
    assert_ok(notice_follower_ops.position(follower, &event));
    return event;
}

/* An order may be placed before the follower's thread has run at all. */
static void it_begins_where_the_shop_was_opened_and_stays_where_it_is(void **state)
{
    char folder[TEMP_FOLDER_SIZE];
    struct ledger *ledger;
    (void)state;
    temp_folder_make(folder);
    assert_ok(ledger_fixture_open(folder, TIMELINE, &ledger));
    struct feed *feed = feed_open(1024, LAST_EVENT);
    const struct notice_follower_options options = {.ledger = ledger, .feed = feed};
    struct notice_follower *follower = notice_follower_open(&options);
    feed_put(feed, LAST_EVENT + 1, LAST_EVENT + 3, TEXT("events."));
    assert_int_equal(position_of(follower), LAST_EVENT);
    notice_follower_close(follower);
    follower = notice_follower_open(&options);
    assert_int_equal(position_of(follower), LAST_EVENT); /* as the ledger says */
    assert_ok(notice_follower_ops.move(follower, 2));
    assert_int_equal(position_of(follower), 2);
    notice_follower_close(follower);
    feed_close(feed);
    ledger_close(ledger);
    temp_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_where_the_shop_was_opened_and_stays_where_it_is)};
    return cmocka_run_group_tests_name("notice_follower", tests, NULL, NULL);
}
