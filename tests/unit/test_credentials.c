/* What the threads that answer requests know of tokens follows the events. */
#include "app/credentials.h"
#include "lib/shop_fixture.h"
#include "search/view.h"
#include "test.h"

#include <string.h>

enum { LIFE_MS = 1000 };

struct door {
    struct fixture fixture;
    struct credentials *credentials;
    uint32_t customer;
    uint64_t password_event;
};

static int open_door(void **state)
{
    static struct door door;
    view_thread_register();
    fixture_open(&door.fixture);
    struct customer_command create = {.command = {.ops = &command_customer_create},
                                      .contact = {.password = TEXT("hash")}};
    assert_ok(fixture_run(&door.fixture, &create.command));
    door.customer = create.number;
    door.password_event = create.customer.password_event;
    door.credentials = credentials_open();
    *state = &door;
    return 0;
}

static int close_door(void **state)
{
    struct door *door = *state;
    credentials_close(door->credentials);
    fixture_close(&door->fixture);
    view_thread_unregister();
    return 0;
}

static void run(struct door *door, const struct command_ops *ops, uint8_t digest, uint8_t fresh)
{
    struct session_command command = {
        .command = {.ops = ops},
        .customer = door->customer,
        .password_event = door->password_event,
        .digest = {digest},
        .token = {.digest = {fresh}, .life_ms = LIFE_MS},
    };
    assert_ok(fixture_run(&door->fixture, &command.command));
    credentials_publish(door->credentials, &door->fixture.shop, door->fixture.events.data,
                        door->fixture.events.length);
}

static bool opens(const struct door *door, uint8_t digest, uint64_t later_ms)
{
    struct credential credential = {0};
    bool is_found = credentials_find(door->credentials, (const uint8_t[HASH_DIGEST_SIZE]){digest},
                                     door->fixture.shop.now_ms + later_ms, &credential);
    if (is_found) {
        assert_int_equal(credential.customer, door->customer);
        assert_int_equal(credential.scopes, 0);
        assert_int_equal(credential.by.kind, OPERATOR_NONE);
    }
    return is_found;
}

static void a_token_opens_from_its_start_to_its_end(void **state)
{
    struct door *door = *state;
    assert_false(opens(door, 1, 0));
    run(door, &command_session_start, 0, 1);
    assert_true(opens(door, 1, 0));
    assert_true(opens(door, 1, LIFE_MS - 1));
    assert_false(opens(door, 1, LIFE_MS));
    run(door, &command_session_rotate, 1, 2);
    assert_false(opens(door, 1, 0));
    assert_true(opens(door, 2, 0));
    run(door, &command_session_end, 2, 0);
    assert_false(opens(door, 2, 0));
}

static void keys_of_services_open_what_they_were_given(void **state)
{
    struct door *door = *state;
    struct credential credential;
    struct api_key_command create = {
        .command = {.ops = &command_api_key_create},
        .key = {.digest = {7}, .scopes = SCOPE_READ(AREA_STOCK), .name = "ERP"},
    };
    assert_ok(fixture_run(&door->fixture, &create.command));
    credentials_publish(door->credentials, &door->fixture.shop, door->fixture.events.data,
                        door->fixture.events.length);
    assert_true(credentials_find(door->credentials, create.key.digest, UINT64_MAX, &credential));
    assert_int_equal(credential.customer, 0);
    assert_int_equal(credential.by.kind, OPERATOR_SERVICE);
    assert_int_equal(credential.by.number, 1);
    assert_int_equal(credential.scopes, SCOPE_READ(AREA_STOCK));
    struct credentials *before = door->credentials;
    door->credentials = credentials_open();
    credentials_publish_all(door->credentials, &door->fixture.shop);
    credentials_close(before);
    assert_true(credentials_find(door->credentials, create.key.digest, 0, &credential));
    struct api_key_command revoke = {.command = {.ops = &command_api_key_revoke}, .number = 1};
    assert_ok(fixture_run(&door->fixture, &revoke.command));
    credentials_publish(door->credentials, &door->fixture.shop, door->fixture.events.data,
                        door->fixture.events.length);
    assert_false(credentials_find(door->credentials, create.key.digest, 0, &credential));
}

static void the_staff_opens_more_after_its_next_login(void **state)
{
    struct door *door = *state;
    struct credential credential;
    run(door, &command_session_start, 0, 1);
    struct customer_command role = {
        .command = {.ops = &command_customer_role}, .number = door->customer, .role = ROLE_STAFF};
    assert_ok(fixture_run(&door->fixture, &role.command));
    credentials_publish(door->credentials, &door->fixture.shop, door->fixture.events.data,
                        door->fixture.events.length);
    assert_false(opens(door, 1, 0));
    run(door, &command_session_start, 0, 2);
    assert_true(
        credentials_find(door->credentials, (const uint8_t[HASH_DIGEST_SIZE]){2}, 0, &credential));
    assert_int_equal(credential.by.kind, OPERATOR_STAFF);
    assert_int_equal(credential.scopes, role_scopes(ROLE_STAFF));
    assert_false(scopes_allow(credential.scopes, AREA_ADMIN, false));
}

static void a_digest_counts_in_full(void **state)
{
    struct door *door = *state;
    struct credential credential;
    run(door, &command_session_start, 0, 1);
    uint8_t digest[HASH_DIGEST_SIZE] = {1};
    digest[HASH_DIGEST_SIZE - 1] = 1;
    assert_false(credentials_find(door->credentials, digest, 0, &credential));
}

static void a_start_publishes_what_there_is(void **state)
{
    struct door *door = *state;
    for (uint8_t digest = 1; digest <= 10; digest++)
        run(door, &command_session_start, 0, digest);
    run(door, &command_session_end, 4, 0);
    struct credentials *before = door->credentials;
    door->credentials = credentials_open();
    credentials_publish_all(door->credentials, &door->fixture.shop);
    for (uint8_t digest = 1; digest <= 10; digest++)
        assert_int_equal(opens(door, digest, 0), digest != 4);
    credentials_close(before);
}

static void what_began_and_ended_in_one_batch_never_opens(void **state)
{
    struct door *door = *state;
    struct buffer batch;
    buffer_init(&batch, 1024);
    struct session_command start = {.command = {.ops = &command_session_start},
                                    .customer = door->customer,
                                    .password_event = door->password_event,
                                    .token = {.digest = {1}, .life_ms = LIFE_MS}};
    struct session_command end = {
        .command = {.ops = &command_session_end}, .customer = door->customer, .digest = {1}};
    assert_ok(fixture_run(&door->fixture, &start.command));
    buffer_append(&batch, door->fixture.events.data, door->fixture.events.length);
    assert_ok(fixture_run(&door->fixture, &end.command));
    buffer_append(&batch, door->fixture.events.data, door->fixture.events.length);
    credentials_publish(door->credentials, &door->fixture.shop, batch.data, batch.length);
    assert_false(opens(door, 1, 0));
    buffer_release(&batch);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_door, close_door)
    const struct CMUnitTest tests[] = {
        TEST(a_token_opens_from_its_start_to_its_end),
        TEST(keys_of_services_open_what_they_were_given),
        TEST(the_staff_opens_more_after_its_next_login),
        TEST(a_digest_counts_in_full),
        TEST(a_start_publishes_what_there_is),
        TEST(what_began_and_ended_in_one_batch_never_opens),
    };
    return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
