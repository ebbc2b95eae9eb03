#include "shop/pricing/pricing.h"
#include "shop/tier.h"
#include "test.h"

#include <string.h>

#define BULK(min, points)                                                                          \
    {                                                                                              \
        .strategy = "bulk", .min_quantity = (min), .basis_points = (points)                        \
    }
#define TIER(tier_, points)                                                                        \
    {                                                                                              \
        .strategy = "membership", .tier = (tier_), .basis_points = (points)                        \
    }
#define MEMBERSHIP(points)                                                                         \
    {                                                                                              \
        .strategy = "membership", .basis_points = (points)                                         \
    }
#define REGIONAL(to, points)                                                                       \
    {                                                                                              \
        .strategy = "regional", .country = to, .basis_points = (points)                            \
    }
#define SEASONAL(from, to, points)                                                                 \
    {                                                                                              \
        .strategy = "seasonal", .from_ms = (from), .to_ms = (to), .basis_points = (points)         \
    }

static struct pricing_line line_of(int64_t unit_price_minor, uint32_t quantity)
{
    return (struct pricing_line){
        .unit_price_minor = unit_price_minor,
        .amount_minor = unit_price_minor * quantity,
        .quantity = quantity,
        .now_ms = 1000,
    };
}

static void strategies_are_found_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {
#define PRICING_RULE(name) #name,
#include "shop/pricing/pricing_rules.def"
#undef PRICING_RULE
    };
    assert_string_equal(pricing_at(0)->name, "regular");
    for (uint32_t i = 0; i < countof(names); i++) {
        assert_string_equal(pricing_at(i)->name, names[i]);
        assert_ptr_equal(pricing_find(text_of(names[i])), pricing_at(i));
    }
    assert_null(pricing_at(countof(names)));
    assert_null(pricing_find(TEXT("bul")));
    assert_null(pricing_find(TEXT("bulk ")));
    assert_null(pricing_find(TEXT_NONE));
}

static void rules_with_wrong_parameters_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct pricing_rule rule;
        enum pricing_fault fault;
    } rows[] = {
        {{.strategy = ""}, PRICING_FAULT_STRATEGY},
        {{.strategy = "BULK", .min_quantity = 5, .basis_points = 1000}, PRICING_FAULT_STRATEGY},
        {{.strategy = "sixteen-letters!"}, PRICING_FAULT_STRATEGY}, /* no NUL at its end */

        {{.strategy = "regular"}, PRICING_FAULT_NONE},
        {{.strategy = "regular", .min_quantity = 1}, PRICING_FAULT_MIN_QUANTITY},
        {{.strategy = "regular", .basis_points = 1}, PRICING_FAULT_BASIS_POINTS},
        {{.strategy = "regular", .from_ms = 1}, PRICING_FAULT_PERIOD},
        {{.strategy = "regular", .to_ms = 1}, PRICING_FAULT_PERIOD},
        {{.strategy = "regular", .category = 1}, PRICING_FAULT_CATEGORY},
        {{.strategy = "regular", .country = "US"}, PRICING_FAULT_COUNTRY},

        {BULK(5, 1000), PRICING_FAULT_NONE},
        {BULK(1, 1), PRICING_FAULT_NONE},
        {BULK(UINT32_MAX, 10000), PRICING_FAULT_NONE},
        {BULK(0, 1000), PRICING_FAULT_MIN_QUANTITY},
        {BULK(5, 0), PRICING_FAULT_BASIS_POINTS},
        {BULK(5, 10001), PRICING_FAULT_BASIS_POINTS},
        {{.strategy = "bulk", .min_quantity = 5, .basis_points = 1, .to_ms = 1},
         PRICING_FAULT_PERIOD},
        {{.strategy = "bulk", .min_quantity = 5, .basis_points = 1, .category = 1},
         PRICING_FAULT_CATEGORY},
        {{.strategy = "bulk", .min_quantity = 5, .basis_points = 1, .country = "US"},
         PRICING_FAULT_COUNTRY},
        {BULK(0, 0), PRICING_FAULT_MIN_QUANTITY}, /* the first fault is told */

        {MEMBERSHIP(1500), PRICING_FAULT_NONE},
        {MEMBERSHIP(0), PRICING_FAULT_BASIS_POINTS},
        {MEMBERSHIP(10001), PRICING_FAULT_BASIS_POINTS},
        {TIER(1, 1500), PRICING_FAULT_NONE},
        {TIER(TIERS_MAX, 1500), PRICING_FAULT_NONE},
        {TIER(TIERS_MAX + 1, 1500), PRICING_FAULT_TIER},
        {TIER(1, 0), PRICING_FAULT_BASIS_POINTS},
        {{.strategy = "membership", .basis_points = 1, .country = {0, 0, 0, 1}},
         PRICING_FAULT_COUNTRY},

        {SEASONAL(0, 0, 1000), PRICING_FAULT_NONE},
        {SEASONAL(5, 0, 1000), PRICING_FAULT_NONE},
        {SEASONAL(0, 1, 1000), PRICING_FAULT_NONE},
        {SEASONAL(5, 6, 1000), PRICING_FAULT_NONE},
        {SEASONAL(5, 5, 1000), PRICING_FAULT_PERIOD},
        {SEASONAL(6, 5, 1000), PRICING_FAULT_PERIOD},
        {SEASONAL(5, 6, 0), PRICING_FAULT_BASIS_POINTS},
        {{.strategy = "seasonal", .basis_points = 1, .category = 9}, PRICING_FAULT_NONE},
        {{.strategy = "seasonal", .basis_points = 1, .country = "US"}, PRICING_FAULT_COUNTRY},

        {REGIONAL("US", 500), PRICING_FAULT_NONE},
        {REGIONAL("AZ", 500), PRICING_FAULT_NONE},
        {REGIONAL("ZA", 500), PRICING_FAULT_NONE},
        {REGIONAL("", 500), PRICING_FAULT_COUNTRY},
        {REGIONAL("U", 500), PRICING_FAULT_COUNTRY},
        {REGIONAL("us", 500), PRICING_FAULT_COUNTRY},
        {REGIONAL("U1", 500), PRICING_FAULT_COUNTRY},
        {REGIONAL("@U", 500), PRICING_FAULT_COUNTRY},
        {REGIONAL("U[", 500), PRICING_FAULT_COUNTRY},
        {REGIONAL("USA", 500), PRICING_FAULT_COUNTRY},
        {{.strategy = "regional", .basis_points = 1, .country = {'U', 'S', 0, 1}},
         PRICING_FAULT_COUNTRY},
        {REGIONAL("US", 0), PRICING_FAULT_BASIS_POINTS},
        {{.strategy = "regional", .basis_points = 1, .country = "US", .category = 1},
         PRICING_FAULT_CATEGORY},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct pricing pricing = {.rule_count = 2,
                                  .rules = {{.strategy = "regular"}, rows[i].rule}};
        struct err err = pricing_check(&pricing);
        if (err.value != rows[i].fault)
            fail_msg("row %zu: fault %u", i, (unsigned)err.value);
        if (rows[i].fault == PRICING_FAULT_NONE) {
            assert_ok(err);
        } else {
            assert_err(err, ERR_PRICING_RULE_INVALID);
            assert_int_equal(err.index, 1);
        }
        pricing.rules[0] = rows[i].rule;
        pricing.rules[1] = (struct pricing_rule){.strategy = "regular"};
        assert_int_equal(pricing_check(&pricing).value, rows[i].fault);
        assert_int_equal(pricing_check(&pricing).index, 0);
        pricing.rules[0] = pricing.rules[1];
        pricing.rules[1] = rows[i].rule;
        pricing.rule_count = 1; /* what lies behind the last rule is not looked at */
        assert_ok(pricing_check(&pricing));
    }
    struct pricing full = {.rule_count = PRICING_RULES_MAX};
    for (uint32_t i = 0; i < PRICING_RULES_MAX; i++)
        full.rules[i] = (struct pricing_rule)BULK(5, 1000);
    assert_ok(pricing_check(&full));
    full.rules[PRICING_RULES_MAX - 1].basis_points = 0;
    assert_int_equal(pricing_check(&full).index, PRICING_RULES_MAX - 1);
}

static void regular_pricing_takes_nothing_off(void **state)
{
    (void)state;
    struct pricing pricing = pricing_regular();
    assert_int_equal(pricing.version, 1);
    assert_int_equal(pricing.policy, PRICING_BEST);
    assert_int_equal(pricing.rule_count, 0);
    struct pricing_line line = line_of(1999, 100);
    assert_int_equal(pricing_apply(&pricing, &line, 0xffff).discount_minor, 0);
    pricing.rule_count = 1;
    pricing.rules[0] = (struct pricing_rule){.strategy = "regular"};
    assert_int_equal(pricing_apply(&pricing, &line, 0xffff).discount_minor, 0);
    assert_int_equal(pricing_apply(&pricing, &line, 0xffff).rule_mask, 0);
}

/* What one rule alone takes off a line of 5 x 19.99. */
static void a_rule_gives_where_its_conditions_hold(void **state)
{
    (void)state;
    static const struct {
        struct pricing_rule rule;
        uint32_t quantity;
        uint8_t tier;
        uint16_t category_mask;
        const char *country;
        uint64_t now_ms;
        int64_t discount;
    } rows[] = {
        {BULK(5, 1000), 5, 0, 1, "", 1000, 1000}, /* 9995 at 10 %, half up */
        {BULK(5, 1000), 4, 1, 1, "", 1000, 0},
        {BULK(5, 1000), 6, 0, 1, "", 1000, 1199},
        {BULK(5, 10000), 5, 0, 1, "", 1000, 9995},
        {MEMBERSHIP(1500), 1, 1, 1, "", 1000, 300},
        {MEMBERSHIP(1500), 1, 0, 1, "", 1000, 0},
        {MEMBERSHIP(1500), 1, 3, 1, "", 1000, 300}, /* whatever the tier */
        {TIER(1, 1500), 1, 1, 1, "", 1000, 300},
        {TIER(1, 1500), 1, 2, 1, "", 1000, 0}, /* that tier alone */
        {TIER(2, 2500), 1, 1, 1, "", 1000, 0},
        {TIER(2, 2500), 1, 2, 1, "", 1000, 500},
        {TIER(2, 2500), 1, 0, 1, "", 1000, 0},
        {SEASONAL(1000, 2000, 2000), 1, 0, 1, "", 999, 0},
        {SEASONAL(1000, 2000, 2000), 1, 0, 1, "", 1000, 400},
        {SEASONAL(1000, 2000, 2000), 1, 0, 1, "", 1999, 400},
        {SEASONAL(1000, 2000, 2000), 1, 0, 1, "", 2000, 0},
        {SEASONAL(1000, 0, 2000), 1, 0, 1, "", UINT64_MAX, 400},
        {SEASONAL(1000, 0, 2000), 1, 0, 1, "", 999, 0},
        {SEASONAL(0, 2000, 2000), 1, 0, 1, "", 0, 400},
        {SEASONAL(0, 0, 2000), 1, 0, 0, "", 1000, 0}, /* another category */
        {SEASONAL(0, 0, 2000), 1, 0, 2, "", 1000, 0}, /* another rule's category */
        {REGIONAL("US", 500), 1, 0, 1, "US", 1000, 100},
        {REGIONAL("US", 500), 1, 0, 1, "UM", 1000, 0},
        {REGIONAL("US", 500), 1, 0, 1, "", 1000, 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct pricing pricing = {.rule_count = 1, .rules = {rows[i].rule}};
        assert_ok(pricing_check(&pricing));
        struct pricing_line line = line_of(1999, rows[i].quantity);
        line.tier = rows[i].tier;
        line.now_ms = rows[i].now_ms;
        memcpy(line.country, rows[i].country, strlen(rows[i].country));
        for (int policy = PRICING_BEST; policy <= PRICING_STACK; policy++) {
            pricing.policy = (enum pricing_policy)policy;
            struct pricing_result result = pricing_apply(&pricing, &line, rows[i].category_mask);
            if (result.discount_minor != rows[i].discount)
                fail_msg("row %zu: %lld off", i, (long long)result.discount_minor);
            assert_int_equal(result.rule_mask, rows[i].discount > 0 ? 1 : 0);
            assert_int_equal(result.rule_discounts_minor[0], rows[i].discount);
        }
    }
}

static void several_rules_follow_the_policy(void **state)
{
    (void)state;
    static const struct {
        enum pricing_policy policy;
        struct pricing_rule rules[3];
        int64_t discounts[3];
        uint16_t rule_mask;
    } rows[] = {
        /* the cheapest, wherever it stands */
        {PRICING_BEST, {BULK(5, 1000), MEMBERSHIP(1500), REGIONAL("US", 100)}, {0, 1500, 0}, 2},
        {PRICING_BEST, {MEMBERSHIP(1500), BULK(5, 1000), REGIONAL("US", 100)}, {1500, 0, 0}, 1},
        {PRICING_BEST, {BULK(5, 1000), MEMBERSHIP(1500), REGIONAL("US", 1600)}, {0, 0, 1600}, 4},
        /* the first on a tie */
        {PRICING_BEST, {BULK(9, 9000), MEMBERSHIP(1000), REGIONAL("US", 1000)}, {0, 1000, 0}, 2},
        {PRICING_BEST, {BULK(5, 1000), BULK(5, 1000), BULK(5, 1000)}, {1000, 0, 0}, 1},
        {PRICING_BEST, {BULK(9, 1), BULK(9, 1), BULK(9, 1)}, {0, 0, 0}, 0},
        /* each of what the one before left, rounded each: 10000, 9000, 7650 */
        {PRICING_STACK,
         {BULK(5, 1000), MEMBERSHIP(1500), REGIONAL("US", 100)},
         {1000, 1350, 77},
         7},
        {PRICING_STACK,
         {MEMBERSHIP(1500), BULK(9, 1000), REGIONAL("US", 5000)},
         {1500, 0, 4250},
         5},
        {PRICING_STACK, {MEMBERSHIP(10000), BULK(5, 1000), REGIONAL("US", 5000)}, {10000, 0, 0}, 1},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct pricing pricing = {.policy = rows[i].policy, .rule_count = 3};
        memcpy(pricing.rules, rows[i].rules, sizeof(rows[i].rules));
        struct pricing_line line = line_of(2000, 5);
        line.tier = TIER_MEMBER;
        memcpy(line.country, "US", 2);
        struct pricing_result result = pricing_apply(&pricing, &line, 0);
        int64_t sum = 0;
        for (uint32_t j = 0; j < PRICING_RULES_MAX; j++) {
            int64_t expected = j < 3 ? rows[i].discounts[j] : 0;
            if (result.rule_discounts_minor[j] != expected)
                fail_msg("row %zu rule %u: %lld off", i, j,
                         (long long)result.rule_discounts_minor[j]);
            sum += expected;
        }
        assert_int_equal(result.discount_minor, sum);
        assert_int_equal(result.rule_mask, rows[i].rule_mask);
    }
}

static void each_rule_has_its_own_category_bit(void **state)
{
    (void)state;
    struct pricing pricing = {.rule_count = PRICING_RULES_MAX};
    for (uint32_t i = 0; i < PRICING_RULES_MAX; i++)
        pricing.rules[i] = (struct pricing_rule)SEASONAL(0, 0, 100);
    struct pricing_line line = line_of(10000, 1);
    for (uint32_t i = 0; i < PRICING_RULES_MAX; i++) {
        for (int policy = PRICING_BEST; policy <= PRICING_STACK; policy++) {
            pricing.policy = (enum pricing_policy)policy;
            struct pricing_result result = pricing_apply(&pricing, &line, (uint16_t)(1U << i));
            assert_int_equal(result.rule_mask, 1U << i);
            assert_int_equal(result.rule_discounts_minor[i], 100);
            assert_int_equal(result.discount_minor, 100);
        }
    }
    line.category_matches = true; /* what the caller left there does not count */
    assert_int_equal(pricing_apply(&pricing, &line, 0).discount_minor, 0);
}

static void the_demo_prices_come_out(void **state)
{
    (void)state;
    struct pricing pricing = {.rule_count = 1, .rules = {BULK(5, 1000)}};
    struct pricing_line line = line_of(1999, 5);
    assert_int_equal(line.amount_minor - pricing_apply(&pricing, &line, 0).discount_minor, 8995);
}

static void the_largest_amount_is_no_problem(void **state)
{
    (void)state;
    struct pricing pricing = {
        .policy = PRICING_STACK, .rule_count = 2, .rules = {BULK(1, 9999), BULK(1, 10000)}};
    struct pricing_line line = line_of(MONEY_PRICE_MAX, 10000);
    assert_int_equal(pricing_apply(&pricing, &line, 0).discount_minor, MONEY_TOTAL_MAX);
    line = line_of(0, 10000);
    assert_int_equal(pricing_apply(&pricing, &line, 0).discount_minor, 0);
    assert_int_equal(pricing_apply(&pricing, &line, 0).rule_mask, 0);
}

static void a_discount_of_one_counts(void **state)
{
    (void)state;
    for (int policy = PRICING_BEST; policy <= PRICING_STACK; policy++) {
        struct pricing pricing = {
            .policy = (enum pricing_policy)policy, .rule_count = 1, .rules = {BULK(1, 1000)}};
        struct pricing_line line = line_of(5, 1); /* 0.5, half up */
        struct pricing_result result = pricing_apply(&pricing, &line, 0);
        assert_int_equal(result.discount_minor, 1);
        assert_int_equal(result.rule_mask, 1);
        assert_int_equal(result.rule_discounts_minor[0], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strategies_are_found_by_name),
        cmocka_unit_test(rules_with_wrong_parameters_are_refused),
        cmocka_unit_test(regular_pricing_takes_nothing_off),
        cmocka_unit_test(a_rule_gives_where_its_conditions_hold),
        cmocka_unit_test(several_rules_follow_the_policy),
        cmocka_unit_test(each_rule_has_its_own_category_bit),
        cmocka_unit_test(the_demo_prices_come_out),
        cmocka_unit_test(the_largest_amount_is_no_problem),
        cmocka_unit_test(a_discount_of_one_counts),
    };
    return cmocka_run_group_tests_name("pricing", tests, NULL, NULL);
}
