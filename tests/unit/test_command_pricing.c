#include "lib/shop_fixture.h"
#include "test.h"

#include <string.h>

static struct pricing_command set_of(enum pricing_policy policy, uint32_t rule_count)
{
    struct pricing_command set = {
        .command = {.ops = &command_pricing_set, .actor = ACTOR_OPERATOR},
        .pricing = {.version = 77, .policy = policy, .rule_count = rule_count},
    };
    for (uint32_t i = 0; i < rule_count; i++)
        set.pricing.rules[i] =
            (struct pricing_rule){.strategy = "bulk", .min_quantity = 5 + i, .basis_points = 1000};
    return set;
}

static void assert_in_force(struct fixture *fixture, const struct pricing_command *set,
                            uint32_t version)
{
    struct pricing_command view = {.command = {.ops = &command_pricing_view}};
    memset(&view.pricing, 0x5a, sizeof(view.pricing));
    assert_ok(fixture_run(fixture, &view.command));
    assert_int_equal(fixture_event_count(fixture), 0);
    assert_int_equal(view.pricing.version, version);
    assert_int_equal(view.pricing.policy, set->pricing.policy);
    assert_int_equal(view.pricing.rule_count, set->pricing.rule_count);
    assert_memory_equal(view.pricing.rules, set->pricing.rules,
                        set->pricing.rule_count * sizeof(struct pricing_rule));
}

static void other_rules_are_a_version_of_their_own(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct pricing_command none = set_of(PRICING_BEST, 0);
    assert_in_force(&fixture, &none, 1);
    static const struct {
        enum pricing_policy policy;
        uint32_t rule_count;
        uint32_t version; /* the one before: no event */
    } steps[] = {
        {PRICING_BEST, 0, 1},
        {PRICING_BEST, 2, 2},
        {PRICING_BEST, 2, 2},
        {PRICING_STACK, 2, 3},
        {PRICING_STACK, 1, 4},
        {PRICING_STACK, PRICING_RULES_MAX, 5},
        {PRICING_STACK, PRICING_RULES_MAX, 5},
        {PRICING_BEST, 0, 6},
    };
    uint32_t version = 1;
    for (size_t i = 0; i < countof(steps); i++) {
        struct pricing_command set = set_of(steps[i].policy, steps[i].rule_count);
        struct pricing_command wanted = set;
        assert_ok(fixture_run(&fixture, &set.command));
        bool is_event = steps[i].version != version;
        version = steps[i].version;
        assert_int_equal(fixture_event_count(&fixture), is_event ? 1 : 0);
        if (is_event) {
            const struct event_pricing_set *event = fixture_event(&fixture, 0, EVENT_PRICING_SET);
            assert_int_equal(event->version, version);
            assert_int_equal(event->policy, steps[i].policy);
            assert_int_equal(event->rule_count, steps[i].rule_count);
            assert_memory_equal(event_pricing_rules(event), wanted.pricing.rules,
                                steps[i].rule_count * sizeof(struct pricing_rule));
        }
        assert_int_equal(set.pricing.version, version);
        assert_in_force(&fixture, &wanted, version);
    }
    /* every version is kept */
    assert_int_equal(shop_pricing_version(&fixture.shop, 2)->rule_count, 2);
    assert_int_equal(shop_pricing_version(&fixture.shop, 4)->rule_count, 1);
    fixture_close(&fixture);
}

static void one_other_parameter_is_another_rule(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct pricing_command set = set_of(PRICING_BEST, 2);
    assert_ok(fixture_run(&fixture, &set.command));
    set = set_of(PRICING_BEST, 2);
    set.pricing.rules[1].basis_points++;
    assert_ok(fixture_run(&fixture, &set.command));
    assert_int_equal(set.pricing.version, 3);
    fixture_close(&fixture);
}

static void bad_rules_are_refused(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    static const struct {
        struct pricing_rule rule;
        enum pricing_fault fault;
    } rows[] = {
        {{.strategy = "magic"}, PRICING_FAULT_STRATEGY},
        {{.strategy = "bulk", .basis_points = 1}, PRICING_FAULT_MIN_QUANTITY},
        {{.strategy = "seasonal", .basis_points = 1, .category = 6}, PRICING_FAULT_CATEGORY},
        {{.strategy = "seasonal", .basis_points = 1, .category = 5}, PRICING_FAULT_NONE},
        {{.strategy = "seasonal", .basis_points = 1, .category = 0}, PRICING_FAULT_NONE},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct pricing_command set = set_of(PRICING_BEST, 3);
        set.pricing.rules[0] = rows[i].rule;
        assert_int_equal(fixture_run(&fixture, &set.command).value, rows[i].fault);
        set = set_of(PRICING_BEST, 3);
        set.pricing.rules[2] = rows[i].rule;
        set.pricing.rules[3].category = 99; /* no rule any more */
        struct err err = fixture_run(&fixture, &set.command);
        assert_int_equal(err.value, rows[i].fault);
        if (rows[i].fault == PRICING_FAULT_NONE) {
            assert_ok(err);
        } else {
            assert_err(err, ERR_PRICING_RULE_INVALID);
            assert_int_equal(err.index, 2);
        }
    }
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_rules_are_a_version_of_their_own),
        cmocka_unit_test(one_other_parameter_is_another_rule),
        cmocka_unit_test(bad_rules_are_refused),
    };
    return cmocka_run_group_tests_name("command_pricing", tests, NULL, NULL);
}
