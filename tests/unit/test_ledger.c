#include "lib/ledger_fixture.h"
#include "lib/temp_folder.h"
#include "notify/ledger.h"
#include "notify/ledger_webhooks.h"
#include "test.h"

#include <string.h>

enum { NOW = 1000, TIMELINE = 7 };

struct world {
    char folder[TEMP_FOLDER_SIZE];
    struct ledger *ledger;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct world world;
    temp_folder_make(world.folder);
    assert_ok(ledger_fixture_open(world.folder, TIMELINE, &world.ledger));
    arena_init(&world.arena, 4096, 1 << 24);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    ledger_close(world->ledger);
    arena_release(&world->arena);
    temp_folder_remove(world->folder);
    return 0;
}

static void reopen(struct world *world, uint64_t timeline)
{
    ledger_close(world->ledger);
    assert_ok(ledger_fixture_open(world->folder, timeline, &world->ledger));
}

/* Deliveries due at `due_ms`, for events first..last. */
static void add(struct world *world, const char *queue, uint64_t first, uint64_t last,
                uint64_t due_ms)
{
    assert_ok(ledger_begin(world->ledger));
    for (uint64_t event = first; event <= last; event++) {
        const struct delivery delivery = {.queue = text_of(queue),
                                          .due_ms = due_ms,
                                          .event = event,
                                          .notice = TEXT("order_placed"),
                                          .subject = 40 + event,
                                          .contact = 70 + event,
                                          .created_ms = 5,
                                          .data = TEXT("{}")};
        assert_ok(ledger_add(world->ledger, &delivery));
    }
    assert_ok(ledger_put_position(world->ledger, "notices", last));
    assert_ok(ledger_end(world->ledger, OK));
}

static uint32_t claim(struct world *world, const char *queue, uint64_t now_ms, uint32_t limit,
                      struct delivery **deliveries)
{
    const struct ledger_claim wanted = {text_of(queue), now_ms, ledger_term(world->ledger), limit};
    uint32_t count;
    assert_ok(ledger_claim(world->ledger, &wanted, &world->arena, deliveries, &count));
    return count;
}

static void settle(struct world *world, uint64_t id, enum delivery_outcome outcome, uint64_t due_ms)
{
    const struct delivery_result result = {.id = id,
                                           .outcome = outcome,
                                           .attempts = 3,
                                           .status = 503,
                                           .due_ms = due_ms,
                                           .reason = "failed"};
    assert_ok(ledger_settle(world->ledger, ledger_term(world->ledger), &result, 1));
}

static void what_is_due_is_claimed_once_and_in_order(void **state)
{
    struct world *world = *state;
    struct delivery *found;
    add(world, "smtp", 1, 3, NOW);
    add(world, "smtp", 4, 4, NOW - 1);
    add(world, "smtp", 5, 5, NOW + 1);
    add(world, "chat", 6, 6, NOW);
    assert_int_equal(claim(world, "smtp", NOW, 2, &found), 2);
    assert_int_equal(found[0].event, 4);
    assert_int_equal(found[1].event, 1);
    assert_int_equal(found[1].subject, 41);
    assert_int_equal(found[1].contact, 71);
    assert_int_equal(found[1].created_ms, 5);
    assert_true(text_equal(found[1].notice, TEXT("order_placed")));
    assert_true(text_equal(found[1].data, TEXT("{}")));
    assert_int_equal(claim(world, "smtp", NOW, 9, &found), 2);
    assert_int_equal(claim(world, "smtp", NOW, 9, &found), 0);
    assert_int_equal(claim(world, "smtp", NOW + 1, 9, &found), 1);
}

static void what_was_accepted_is_gone_and_what_may_pass_comes_again(void **state)
{
    struct world *world = *state;
    struct delivery *found;
    struct delivery seen;
    bool is_there = false;
    add(world, "smtp", 1, 2, NOW);
    assert_int_equal(claim(world, "smtp", NOW, 9, &found), 2);
    settle(world, found[0].id, DELIVERY_ACCEPTED, 0);
    settle(world, found[1].id, DELIVERY_AGAIN, NOW + 50);
    assert_ok(ledger_find(world->ledger, found[0].id, &world->arena, &seen, &is_there));
    assert_false(is_there);
    assert_int_equal(claim(world, "smtp", NOW + 49, 9, &found), 0);
    assert_int_equal(claim(world, "smtp", NOW + 50, 9, &found), 1);
    assert_int_equal(found[0].attempts, 3);
    assert_int_equal(found[0].status, 503);
    assert_true(text_equal(found[0].reason, TEXT("failed")));
}

static void the_dead_are_listed_and_sent_again_when_asked(void **state)
{
    struct world *world = *state;
    struct delivery *found;
    uint32_t count = 0;
    bool has_more = false;
    add(world, "smtp", 1, 5, NOW);
    assert_int_equal(claim(world, "smtp", NOW, 4, &found), 4);
    for (uint32_t i = 0; i < 3; i++)
        settle(world, found[i].id, DELIVERY_REFUSED, 0);
    uint64_t first = found[0].id;
    struct ledger_counts counts;
    assert_ok(ledger_counts(world->ledger, &counts));
    assert_int_equal(counts.dead, 3);
    assert_int_equal(counts.waiting, 2);
    assert_int_equal(counts.oldest_ms, 5);
    struct ledger_query query = {.state = DELIVERY_DEAD, .limit = 2};
    assert_ok(ledger_list(world->ledger, &query, &world->arena, &found, &count, &has_more));
    assert_int_equal(count, 2);
    assert_true(has_more);
    assert_int_equal(found[0].event, 3);
    query.before = found[1].id;
    assert_ok(ledger_list(world->ledger, &query, &world->arena, &found, &count, &has_more));
    assert_int_equal(count, 1);
    assert_false(has_more);
    query = (struct ledger_query){.state = -1, .limit = 9};
    assert_ok(ledger_list(world->ledger, &query, &world->arena, &found, &count, &has_more));
    assert_int_equal(count, 5);
    query.state = DELIVERY_WAITING;
    assert_ok(ledger_list(world->ledger, &query, &world->arena, &found, &count, &has_more));
    assert_int_equal(count, 2);
    assert_ok(ledger_resend(world->ledger, first, NOW, &count));
    assert_int_equal(count, 1);
    assert_ok(ledger_resend(world->ledger, first, NOW, &count)); /* brings it forward */
    assert_int_equal(count, 1);
    assert_ok(ledger_resend(world->ledger, first + 3, NOW, &count)); /* under way */
    assert_int_equal(count, 0);
    assert_ok(ledger_resend(world->ledger, first + 99, NOW, &count));
    assert_int_equal(count, 0);
    assert_ok(ledger_resend(world->ledger, 0, NOW, &count));
    assert_int_equal(count, 2);
    assert_int_equal(claim(world, "smtp", NOW, 9, &found), 4);
}

static void nothing_is_taken_for_ever(void **state)
{
    struct world *world = *state;
    struct delivery *found;
    add(world, "smtp", 1, 2, NOW);
    assert_int_equal(claim(world, "smtp", NOW, 9, &found), 2);
    reopen(world, TIMELINE);
    assert_int_equal(claim(world, "smtp", NOW, 9, &found), 2);
}

static void rows_and_position_are_written_together_or_not_at_all(void **state)
{
    struct world *world = *state;
    struct delivery *found;
    uint64_t event = 0;
    bool is_known = false;
    assert_ok(ledger_position(world->ledger, "notices", &event, &is_known));
    assert_false(is_known);
    add(world, "smtp", 1, 8, NOW);
    const struct delivery delivery = {
        .queue = TEXT("smtp"), .notice = TEXT("x"), .data = TEXT("{}")};
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_add(world->ledger, &delivery));
    assert_ok(ledger_put_position(world->ledger, "notices", 9));
    assert_err(ledger_end(world->ledger, ERR(ERR_STORE)), ERR_STORE);
    reopen(world, TIMELINE);
    assert_ok(ledger_position(world->ledger, "notices", &event, &is_known));
    assert_true(is_known);
    assert_int_equal(event, 8);
    assert_int_equal(claim(world, "smtp", NOW, 99, &found), 8);
}

static void another_timeline_begins_anew(void **state)
{
    struct world *world = *state;
    uint64_t event = 0;
    bool is_known = true;
    add(world, "smtp", 1, 1, NOW);
    reopen(world, TIMELINE + 1);
    assert_ok(ledger_position(world->ledger, "notices", &event, &is_known));
    assert_false(is_known);
}

static void low_stock_is_news_once(void **state)
{
    struct world *world = *state;
    static const struct {
        bool is_low;
        bool is_news;
    } looks[] = {{false, false}, {true, true}, {true, false}, {false, true}, {true, true}};
    for (size_t i = 0; i < countof(looks); i++) {
        bool is_news = false;
        assert_ok(ledger_begin(world->ledger));
        assert_ok(ledger_put_low(world->ledger, "notices", 3, looks[i].is_low, &is_news));
        assert_ok(ledger_end(world->ledger, OK));
        assert_int_equal(is_news, looks[i].is_news);
    }
}

static void each_follower_has_its_own_news_of_low_stock(void **state)
{
    struct world *world = *state;
    bool is_news = false;
    bool is_low = true;
    assert_ok(ledger_is_low(world->ledger, "kafka", 3, &is_low));
    assert_false(is_low);
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_put_low(world->ledger, "notices", 3, true, &is_news));
    assert_ok(ledger_put_low(world->ledger, "kafka", 3, true, &is_news));
    assert_ok(ledger_end(world->ledger, OK));
    assert_true(is_news);
    assert_ok(ledger_is_low(world->ledger, "kafka", 3, &is_low));
    assert_true(is_low);
    assert_ok(ledger_is_low(world->ledger, "kafka", 4, &is_low));
    assert_false(is_low);
}

static void what_another_has_given_up_is_kept_once_and_can_be_sent(void **state)
{
    struct world *world = *state;
    struct delivery delivery = {.queue = TEXT("smtp"),
                                .event = 9,
                                .notice = TEXT("order_placed"),
                                .contact = 70,
                                .created_ms = 5,
                                .data = TEXT("{}"),
                                .attempts = 4,
                                .status = 550,
                                .reason = TEXT("refused")};
    struct delivery *claimed;
    uint32_t resent = 0;
    for (uint32_t i = 0; i < 3; i++) {
        delivery.subject = i / 2; /* the third is another one of the event */
        assert_ok(ledger_begin(world->ledger));
        assert_ok(ledger_add_dead(world->ledger, &delivery));
        assert_ok(ledger_end(world->ledger, OK));
    }
    assert_int_equal(claim(world, "smtp", NOW, 9, &claimed), 0);
    assert_ok(ledger_resend(world->ledger, 0, NOW, &resent));
    assert_int_equal(resent, 2);
    assert_int_equal(claim(world, "smtp", NOW, 9, &claimed), 2);
    assert_int_equal(claimed[0].contact, 70);
    assert_int_equal(claimed[0].attempts, 4);
    assert_int_equal(claimed[0].status, 550);
    assert_ok(ledger_drop(world->ledger, claimed[0].id));
    bool is_found = true;
    assert_ok(ledger_find(world->ledger, claimed[0].id, &world->arena, &delivery, &is_found));
    assert_false(is_found);
}

/* Odd subjects are, and each is asked once. */
static bool is_odd(void *context, uint64_t subject)
{
    ++*(uint32_t *)context;
    return subject % 2 == 1;
}

static void what_is_unwanted_is_withdrawn_unless_it_is_under_way(void **state)
{
    struct world *world = *state;
    struct delivery *claimed;
    uint32_t asked = 0;
    add(world, "smtp", 1, 6, NOW); /* subjects 41 to 46 */
    assert_int_equal(claim(world, "smtp", NOW, 1, &claimed), 1);
    assert_ok(ledger_withdraw(world->ledger, is_odd, &asked, &world->arena));
    assert_int_equal(asked, 5);
    assert_int_equal(claim(world, "smtp", NOW, 9, &claimed), 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(claimed[i].subject, 42 + 2 * i);
}

static void in_memory_it_is_the_same_and_leaves_nothing(void **state)
{
    struct world *world = *state;
    struct delivery *claimed;
    ledger_close(world->ledger);
    assert_ok(ledger_fixture_open(NULL, TIMELINE, &world->ledger));
    add(world, "smtp", 1, 2, NOW);
    assert_int_equal(claim(world, "smtp", NOW, 9, &claimed), 2);
    ledger_close(world->ledger);
    assert_ok(ledger_fixture_open(NULL, TIMELINE, &world->ledger));
    assert_int_equal(claim(world, "smtp", NOW, 9, &claimed), 0);
}

static uint64_t add_webhook(struct ledger *ledger)
{
    struct webhook webhook = {.url = TEXT("https://example.com/"), .is_enabled = true};
    const struct webhook_try attempt = {
        .delivery = 3, .event = 8, .notice = TEXT("order_placed"), .at_ms = NOW, .attempt = 1};
    assert_ok(ledger_begin(ledger));
    assert_ok(ledger_put_webhook(ledger, &webhook));
    assert_ok(ledger_log_try(ledger, webhook.number, &attempt, false));
    assert_ok(ledger_end(ledger, OK));
    return webhook.number;
}

static struct ledger_brought bring(struct world *world, struct ledger *to)
{
    struct ledger_brought brought;
    assert_ok(ledger_begin(to));
    assert_ok(ledger_end(to, ledger_bring_all(world->ledger, to, &world->arena, &brought)));
    return brought;
}

static void a_new_ledger_gets_everything_with_its_ids(void **state)
{
    struct world *world = *state;
    struct ledger *to;
    struct delivery delivery;
    struct webhook_tries tries;
    bool is_found;
    add(world, "smtp", 1, 2, NOW);
    settle(world, 1, DELIVERY_ACCEPTED, 0);
    add(world, "webhook:1", 3, 3, NOW);
    assert_int_equal(add_webhook(world->ledger), 1);
    assert_ok(ledger_fixture_open(NULL, TIMELINE, &to));
    struct ledger_brought brought = bring(world, to);
    assert_int_equal(brought.deliveries, 2);
    assert_int_equal(brought.webhooks, 1);
    assert_int_equal(brought.tries, 1);
    assert_int_equal(brought.webhooks_left, 0);
    assert_ok(ledger_find(to, 3, &world->arena, &delivery, &is_found));
    assert_true(is_found && delivery.event == 3);
    assert_ok(ledger_begin(to));
    assert_ok(ledger_end(to, ledger_tries(to, 1, 0, 10, &world->arena, &tries)));
    assert_int_equal(tries.count, 1);
    assert_int_equal(tries.items[0].delivery, 3);
    assert_int_equal(add_webhook(to), 2);
    ledger_close(to);
}

static void a_ledger_in_use_gets_what_its_own_webhooks_allow(void **state)
{
    struct world *world = *state;
    struct ledger *to;
    struct delivery delivery;
    bool is_found;
    add(world, "smtp", 1, 2, NOW);
    add(world, "webhook:1", 3, 3, NOW);
    (void)add_webhook(world->ledger);
    struct ledger *from = world->ledger;
    assert_ok(ledger_fixture_open(NULL, TIMELINE, &to));
    world->ledger = to;
    add(world, "smtp", 9, 9, NOW);
    world->ledger = from;
    (void)add_webhook(to);
    struct ledger_brought brought = bring(world, to);
    assert_int_equal(brought.deliveries, 2);
    assert_int_equal(brought.webhooks, 0);
    assert_int_equal(brought.webhooks_left, 1);
    assert_ok(ledger_find(to, 1, &world->arena, &delivery, &is_found));
    assert_true(is_found && delivery.event == 9);
    assert_ok(ledger_find(to, 1 + 2, &world->arena, &delivery, &is_found));
    assert_true(is_found && delivery.event == 2);
    ledger_close(to);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    struct ledger *ledger;
    (void)state;
    assert_err(ledger_fixture_open("/nonexistent/folder", TIMELINE, &ledger), ERR_STORE);
    assert_null(ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(what_is_due_is_claimed_once_and_in_order),
        TEST(what_was_accepted_is_gone_and_what_may_pass_comes_again),
        TEST(the_dead_are_listed_and_sent_again_when_asked),
        TEST(nothing_is_taken_for_ever),
        TEST(rows_and_position_are_written_together_or_not_at_all),
        TEST(another_timeline_begins_anew),
        TEST(low_stock_is_news_once),
        TEST(each_follower_has_its_own_news_of_low_stock),
        TEST(what_another_has_given_up_is_kept_once_and_can_be_sent),
        TEST(what_is_unwanted_is_withdrawn_unless_it_is_under_way),
        TEST(in_memory_it_is_the_same_and_leaves_nothing),
        TEST(a_new_ledger_gets_everything_with_its_ids),
        TEST(a_ledger_in_use_gets_what_its_own_webhooks_allow),
        TEST(a_folder_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
