/* Tiers of members: numbers that a list of names gives its names to. */
#include "shop/tier.h"
#include "test.h"

static void names_are_places_in_the_list(void **state)
{
    struct tiers tiers;
    (void)state;
    assert_true(tiers_read(TEXT(" member, silver  gold_2,VIP"), &tiers) == false); /* capitals */
    assert_true(tiers_read(TEXT(" member, silver  gold_2,v-i-p "), &tiers));
    assert_int_equal(tiers.count, 4);
    assert_int_equal(tier_find(&tiers, TEXT("member")), TIER_MEMBER);
    assert_int_equal(tier_find(&tiers, TEXT("gold_2")), 3);
    assert_int_equal(tier_find(&tiers, TEXT("v-i-p")), 4);
    assert_int_equal(tier_find(&tiers, TEXT("gold")), TIER_NONE);
    assert_int_equal(tier_find(&tiers, TEXT_NONE), TIER_NONE);
    assert_true(text_equal(tier_name(&tiers, TIER_MEMBER), TEXT("member")));
    assert_true(text_equal(tier_name(&tiers, 4), TEXT("v-i-p")));
    assert_null(tier_name(&tiers, TIER_NONE).data);
    assert_null(tier_name(&tiers, 5).data); /* the list became shorter */
}

static void lists_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *list;
        bool is_right;
    } rows[] = {
        {"", false},
        {" , ", false},
        {"a", true},
        {"a b a", false},
        {"a/b", false},
        {"abcdefghij0123456789", true},
        {"abcdefghij0123456789x", false},
        {"1 2 3 4 5 6 7 8 9 a b c d e f", true},
        {"1 2 3 4 5 6 7 8 9 a b c d e f g", false},
    };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        struct tiers tiers;
        if (tiers_read(text_of(rows[i].list), &tiers) != rows[i].is_right)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_places_in_the_list),
        cmocka_unit_test(lists_that_are_none_are_refused),
    };
    return cmocka_run_group_tests_name("tier", tests, NULL, NULL);
}
