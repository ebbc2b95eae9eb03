#include "shop/command/command.h"
#include "test.h"

static void a_token_of_a_customer_speaks_for_the_customer(void **state)
{
    static const struct {
        enum actor sender;
        uint32_t customer;
        enum actor actor;
    } rows[] = {
        {ACTOR_GUEST, 0, ACTOR_GUEST},       {ACTOR_GUEST, 1, ACTOR_CUSTOMER},
        {ACTOR_CUSTOMER, 1, ACTOR_CUSTOMER}, {ACTOR_OPERATOR, 0, ACTOR_OPERATOR},
        {ACTOR_OPERATOR, 1, ACTOR_OPERATOR}, {ACTOR_GATEWAY, 1, ACTOR_GATEWAY},
        {ACTOR_SYSTEM, 1, ACTOR_SYSTEM},
    };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        struct command command = {.actor = rows[i].sender};
        assert_int_equal(command_actor(&command, rows[i].customer), rows[i].actor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_a_customer_speaks_for_the_customer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
