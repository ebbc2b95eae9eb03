#include "lib/abort.h"
#include "lib/shop_fixture.h"
#include "test.h"

#include <string.h>

static void a_new_shop_has_main_five_categories_and_no_rules(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open_empty(&fixture);
    struct shop_command create = {
        .command = {.ops = &command_shop_create},
        .currency = money_currency("EUR"),
        .timeline = 42,
        .epoch = 99,
    };
    assert_ok(fixture_run(&fixture, &create.command));
    assert_int_equal(fixture_event_count(&fixture), 8);
    const struct event_shop_created *created = fixture_event(&fixture, 0, EVENT_SHOP_CREATED);
    assert_int_equal(created->currency, money_currency("EUR"));
    assert_int_equal(created->timeline, 42);
    const struct event_location_put *location = fixture_event(&fixture, 1, EVENT_LOCATION_PUT);
    assert_int_equal(location->number, 1);
    assert_int_equal(location->priority, 0);
    assert_true(text_equal(event_location_name(location), TEXT("main")));
    for (uint32_t i = 0; i < CATEGORY_FIRST_COUNT; i++) {
        const struct event_category_put *put = fixture_event(&fixture, 2 + i, EVENT_CATEGORY_PUT);
        assert_int_equal(put->number, i + 1);
        assert_int_equal(put->parent, 0);
        assert_true(text_equal(event_category_name(put), text_of(category_first_names[i])));
    }
    const struct event_pricing_set *set = fixture_event(&fixture, 7, EVENT_PRICING_SET);
    assert_int_equal(set->version, 1);
    assert_int_equal(set->policy, PRICING_BEST);
    assert_int_equal(set->rule_count, 0);
    assert_int_equal(create.epoch, 0);
    assert_int_equal(fixture.shop.now_ms, FIXTURE_START_MS);
    uint64_t last_event = fixture.shop.last_event;
    assert_ok(fixture_run(&fixture, &create.command)); /* there is one shop */
    assert_int_equal(fixture.shop.last_event, last_event);
    fixture_close(&fixture);
}

static void a_shop_needs_a_currency(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open_empty(&fixture);
    struct shop_command create = {.command = {.ops = &command_shop_create}};
    assert_aborts(fixture_run(&fixture, &create.command));
    struct shop_command start = {.command = {.ops = &command_process_start}};
    assert_aborts(fixture_run(&fixture, &start.command)); /* no shop to start */
    fixture_close(&fixture);
}

static void every_start_is_an_epoch_of_its_own(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    assert_int_equal(fixture.shop.epoch, 1);
    for (uint64_t epoch = 2; epoch < 5; epoch++) {
        struct shop_command start = {.command = {.ops = &command_process_start},
                                     .timeline = epoch * 10};
        assert_ok(fixture_run(&fixture, &start.command));
        assert_int_equal(fixture_event_count(&fixture), 1);
        const struct event_process_started *started =
            fixture_event(&fixture, 0, EVENT_PROCESS_STARTED);
        assert_int_equal(started->epoch, epoch);
        assert_int_equal(started->timeline, epoch * 10);
        assert_int_equal(start.epoch, epoch);
    }
    fixture_close(&fixture);
}

static void the_time_of_events_never_goes_back(void **state)
{
    (void)state;
    static const struct {
        uint64_t clock_ms;
        uint64_t event_ms;
    } steps[] = {{5000, 5000}, {4000, 5000}, {5000, 5000}, {5001, 5001}, {0, 5001}};
    struct fixture fixture;
    fixture_open_empty(&fixture);
    struct shop_command create = {.command = {.ops = &command_shop_create}, .currency = 1};
    fixture.decision.now_ms = 100;
    assert_ok(fixture_run(&fixture, &create.command));
    for (size_t i = 0; i < countof(steps); i++) {
        fixture.decision.now_ms = steps[i].clock_ms;
        assert_int_equal(decision_time(&fixture.decision), steps[i].event_ms);
        struct shop_command start = {.command = {.ops = &command_process_start}};
        assert_ok(fixture_run(&fixture, &start.command));
        const struct event *event = (const struct event *)(void *)fixture.events.data;
        assert_int_equal(event->time_ms, steps[i].event_ms);
    }
    fixture_close(&fixture);
}

static void contacts_are_numbered_and_kept_and_empty_ones_are_not(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct decision *decision = &fixture.decision;
    decision->contacts_numbered = 100;
    assert_int_equal(decision_add_contact(decision, &(struct contact){.customer = 3}), 0);
    assert_int_equal(decision->contact_count, 0);
    assert_int_equal(decision->contacts_numbered, 100);
    const struct contact one_text[] = {
        {.name = TEXT("n")},
        {.email = TEXT("e")},
        {.phone = TEXT("p")},
        {.shipping_address = TEXT("{}")},
        {.billing_address = TEXT("{}")},
        {.metadata = TEXT("{}")},
    };
    for (uint32_t i = 0; i < countof(one_text); i++)
        assert_int_equal(decision_add_contact(decision, &one_text[i]), 101 + i);
    for (uint32_t i = 6; i < 100; i++)
        assert_int_equal(
            decision_add_contact(decision, &(struct contact){.customer = i, .name = TEXT("x")}),
            101 + i);
    assert_int_equal(decision->contact_count, 100);
    assert_int_equal(decision->contacts_numbered, 200);
    assert_in_range(decision->contact_capacity, 100, 199);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(decision->contacts[i].number, 101 + i);
        assert_int_equal(decision->contacts[i].customer, i < 6 ? 0 : i);
    }
    assert_true(text_equal(decision->contacts[2].phone, TEXT("p")));
    fixture_close(&fixture);
}

static void commands_are_listed_once_each(void **state)
{
    (void)state;
    uint32_t count = 0;
    for (; command_at(count) != NULL; count++) {
        assert_non_null(command_at(count)->decide);
        for (uint32_t i = 0; i < count; i++)
            assert_string_not_equal(command_at(i)->name, command_at(count)->name);
    }
    static const char *const names[] = {
#define COMMAND(name) #name,
#include "shop/command/commands.def"
#undef COMMAND
    };
    assert_int_equal(count, countof(names));
    for (uint32_t i = 0; i < count; i++)
        assert_string_equal(command_at(i)->name, names[i]);
    assert_null(command_at(count + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_shop_has_main_five_categories_and_no_rules),
        cmocka_unit_test(a_shop_needs_a_currency),
        cmocka_unit_test(every_start_is_an_epoch_of_its_own),
        cmocka_unit_test(the_time_of_events_never_goes_back),
        cmocka_unit_test(contacts_are_numbered_and_kept_and_empty_ones_are_not),
        cmocka_unit_test(commands_are_listed_once_each),
    };
    return cmocka_run_group_tests_name("command_shop", tests, NULL, NULL);
}
