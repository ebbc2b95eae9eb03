#include "lib/shopping.h"
#include "shop/operator.h"
#include "test.h"

#include <string.h>

static void a_scope_is_an_area_and_what_may_be_done_there(void **state)
{
    (void)state;
    uint32_t all = 0;
    for (uint32_t area = 0; area < AREA_COUNT; area++) {
        for (uint32_t write = 0; write <= 1; write++) {
            uint32_t scope = write ? SCOPE_WRITE(area) : SCOPE_READ(area);
            char name[SCOPE_NAME_SIZE];
            uint32_t read = 0;
            scope_write(scope, name);
            assert_true(scope_read(text_of(name), &read));
            assert_int_equal(read, scope);
            assert_int_equal(all & scope, 0);
            all |= scope;
        }
    }
    assert_int_equal(all, SCOPES_ALL);
    uint32_t ignored;
    static const char *const wrong[] = {
        "", "orders", "orders:", ":read", "orders:delete", "x:read", "orders:read ", "ORDERS:read"};
    for (size_t i = 0; i < countof(wrong); i++)
        assert_false(scope_read(text_of(wrong[i]), &ignored));
}

static void who_may_write_may_read(void **state)
{
    (void)state;
    assert_true(scopes_allow(SCOPE_WRITE(AREA_ORDERS), AREA_ORDERS, false));
    assert_true(scopes_allow(SCOPE_WRITE(AREA_ORDERS), AREA_ORDERS, true));
    assert_true(scopes_allow(SCOPE_READ(AREA_ORDERS), AREA_ORDERS, false));
    assert_false(scopes_allow(SCOPE_READ(AREA_ORDERS), AREA_ORDERS, true));
    assert_false(scopes_allow(SCOPE_WRITE(AREA_ORDERS), AREA_STOCK, false));
    assert_false(scopes_allow(0, AREA_CATALOG, false));
}

static void roles_have_their_scopes(void **state)
{
    (void)state;
    assert_int_equal(role_scopes(ROLE_CUSTOMER), 0);
    assert_int_equal(role_scopes(ROLE_ADMIN), SCOPES_ALL);
    for (uint32_t area = 0; area < AREA_COUNT; area++)
        assert_int_equal(scopes_allow(role_scopes(ROLE_STAFF), (enum area)area, true),
                         area != AREA_ADMIN);
}

static void what_an_operator_did_is_told_behind_it(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct location_command put = {
        .command = {.ops = &command_location_put, .by = {OPERATOR_KEY, 0}},
        .name = TEXT("north"),
    };
    assert_ok(fixture_run(&fixture, &put.command));
    assert_int_equal(fixture_event_count(&fixture), 2);
    const struct event_operator_acted *acted = fixture_event(&fixture, 1, EVENT_OPERATOR_ACTED);
    assert_int_equal(acted->first_event, fixture.shop.last_event - 1);
    assert_int_equal(acted->kind, OPERATOR_KEY);
    assert_int_equal(acted->subject_kind, SUBJECT_LOCATION);
    assert_int_equal(acted->subject, put.location.number);
    assert_true(text_equal(event_acted_action(acted), TEXT("location_put")));
    assert_ok(fixture_run(&fixture, &put.command)); /* nothing changes: nothing is told */
    assert_int_equal(fixture_event_count(&fixture), 0);
    struct order_command confirm = {
        .command = {.ops = &command_order_confirm, .by = {OPERATOR_KEY, 0}}, .order = 7};
    assert_err(shopping_refused(&fixture, &confirm.command), ERR_ORDER_UNKNOWN);
    fixture_close(&fixture);
}

static void every_name_of_a_command_fits(void **state)
{
    (void)state;
    for (uint32_t i = 0; command_at(i) != NULL; i++)
        assert_true(strlen(command_at(i)->name) <= EVENT_ACTION_MAX);
}

static void a_role_that_is_given_ends_every_login(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct customer_command create = {
        .command = {.ops = &command_customer_create},
        .contact = {.password = TEXT("hash")},
        .token = {.digest = {1}, .life_ms = 1000},
    };
    assert_ok(fixture_run(&fixture, &create.command));
    struct customer_command role = {
        .command = {.ops = &command_customer_role}, .number = create.number, .role = ROLE_STAFF};
    assert_ok(fixture_run(&fixture, &role.command));
    assert_int_equal(role.customer.role, ROLE_STAFF);
    assert_int_equal(fixture.shop.tokens.count, 0);
    assert_int_equal(role.customer.password_event, create.customer.password_event);
    assert_ok(fixture_run(&fixture, &role.command));
    assert_int_equal(fixture_event_count(&fixture), 0);
    role.number = 99;
    assert_err(shopping_refused(&fixture, &role.command), ERR_CUSTOMER_UNKNOWN);
    fixture_close(&fixture);
}

static void keys_of_services_come_and_go(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct api_key_command create = {
        .command = {.ops = &command_api_key_create},
        .key = {.digest = {7}, .scopes = SCOPE_READ(AREA_STOCK), .expires_ms = 9, .name = "ERP"},
    };
    assert_ok(fixture_run(&fixture, &create.command));
    assert_int_equal(create.number, 1);
    create.key.digest[0] = 8;
    assert_ok(fixture_run(&fixture, &create.command));
    struct api_key_command revoke = {.command = {.ops = &command_api_key_revoke}, .number = 1};
    assert_ok(fixture_run(&fixture, &revoke.command));
    assert_true(revoke.key.is_revoked);
    assert_int_equal(revoke.key.expires_ms, 9);
    assert_ok(fixture_run(&fixture, &revoke.command));
    assert_int_equal(fixture_event_count(&fixture), 0);
    struct api_key_command view = {.command = {.ops = &command_api_keys_view}};
    assert_ok(fixture_run(&fixture, &view.command));
    assert_int_equal(view.key_count, 2);
    assert_true(view.keys[0].is_revoked);
    assert_false(view.keys[1].is_revoked);
    assert_string_equal(view.keys[1].name, "ERP");
    revoke.number = 3;
    assert_err(shopping_refused(&fixture, &revoke.command), ERR_API_KEY_UNKNOWN);
    fixture.shop.api_keys.count = API_KEYS_MAX;
    assert_err(create.command.ops->decide(&fixture.decision, &create.command), ERR_API_KEY_LIMIT);
    fixture.shop.api_keys.count = 2;
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scope_is_an_area_and_what_may_be_done_there),
        cmocka_unit_test(who_may_write_may_read),
        cmocka_unit_test(roles_have_their_scopes),
        cmocka_unit_test(what_an_operator_did_is_told_behind_it),
        cmocka_unit_test(every_name_of_a_command_fits),
        cmocka_unit_test(a_role_that_is_given_ends_every_login),
        cmocka_unit_test(keys_of_services_come_and_go),
    };
    return cmocka_run_group_tests_name("operator", tests, NULL, NULL);
}
