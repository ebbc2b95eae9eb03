#include "base/random.h"
#include "search/elastic/families.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>

enum { NUMBERS = 300, NAMES = 20, MOVES = 20000 };

static struct text name_of(uint32_t family, char name_out[16])
{
    return family == 0 ? TEXT_NONE
                       : (struct text){name_out, (uint32_t)snprintf(name_out, 16, "f-%u", family)};
}

static void check(const struct families *families, const uint32_t *family_of)
{
    uint32_t members[NAMES + 1] = {0};
    for (uint32_t number = 1; number <= NUMBERS; number++)
        members[family_of[number]]++;
    uint32_t shared = 0;
    for (uint32_t family = 1; family <= NAMES; family++)
        shared += members[family] > 1;
    assert_int_equal(families->shared_count, shared);
    for (uint32_t number = 1; number <= NUMBERS; number++) {
        uint32_t seen = 0;
        bool has_itself = false;
        for (uint32_t other = families_first(families, number); other != 0;
             other = families_next(families, other)) {
            assert_int_equal(family_of[other], family_of[number]);
            has_itself |= other == number;
            seen++;
        }
        assert_int_equal(has_itself, family_of[number] != 0);
        assert_int_equal(seen, family_of[number] == 0 ? 0 : members[family_of[number]]);
    }
}

static void members_find_each_other_however_they_move(void **state)
{
    (void)state;
    struct families families;
    struct random random = {1};
    uint32_t family_of[NUMBERS + 1] = {0};
    families_init(&families);
    for (uint32_t i = 0; i < MOVES; i++) {
        char name[16];
        uint32_t number = 1 + (uint32_t)random_below(&random, NUMBERS);
        family_of[number] = (uint32_t)random_below(&random, NAMES + 1);
        families_put(&families, number, name_of(family_of[number], name));
        if (i % 500 == 0)
            check(&families, family_of);
    }
    check(&families, family_of);
    for (uint32_t number = 1; number <= NUMBERS; number++)
        families_put(&families, number, TEXT_NONE);
    assert_int_equal(families.shared_count, 0);
    assert_int_equal(families.first.count, 0);
    families_release(&families);
}

static void a_stranger_has_no_family(void **state)
{
    (void)state;
    struct families families;
    families_init(&families);
    assert_int_equal(families_first(&families, 1), 0);
    families_put(&families, 5000, TEXT("lonely"));
    assert_int_equal(families_first(&families, 5000), 5000);
    assert_int_equal(families_next(&families, 5000), 0);
    assert_int_equal(families_first(&families, 4999), 0);
    families_release(&families);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_find_each_other_however_they_move),
        cmocka_unit_test(a_stranger_has_no_family),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
