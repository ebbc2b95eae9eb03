/* Webhooks: what the ledger keeps of them, signatures, and which addresses may be called. */
#include "lib/ledger_fixture.h"
#include "lib/temp_folder.h"
#include "notify/address.h"
#include "notify/channel_webhook.h"
#include "test.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

struct world {
    char folder[TEMP_FOLDER_SIZE];
    struct ledger *ledger;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct world world;
    temp_folder_make(world.folder);
    assert_ok(ledger_fixture_open(world.folder, 1, &world.ledger));
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

static struct webhook put(struct world *world, const char *url)
{
    struct webhook webhook = {.url = text_of(url),
                              .notices = UINT64_C(1) << NOTICE_order_placed,
                              .is_enabled = true,
                              .created_ms = 5};
    memset(webhook.key, 7, sizeof(webhook.key));
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_put_webhook(world->ledger, &webhook));
    assert_ok(ledger_end(world->ledger, OK));
    return webhook;
}

static struct webhook *list(struct world *world, uint32_t count)
{
    struct webhook *webhooks;
    uint32_t found = 0;
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_webhooks(world->ledger, &world->arena, &webhooks, &found));
    assert_ok(ledger_end(world->ledger, OK));
    assert_int_equal(found, count);
    return webhooks;
}

static void try_at(struct world *world, uint64_t webhook, uint64_t at_ms, bool is_accepted)
{
    const struct webhook_try attempt = {
        .delivery = 1, .event = 2, .notice = TEXT("order_placed"), .at_ms = at_ms, .attempt = 1};
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_log_try(world->ledger, webhook, &attempt, is_accepted));
    assert_ok(ledger_end(world->ledger, OK));
}

static bool disable(struct world *world, uint64_t failing_ms, struct webhook *webhook)
{
    bool is_found = false;
    assert_ok(ledger_begin(world->ledger));
    assert_ok(
        ledger_disable_failing(world->ledger, failing_ms, 900, &world->arena, webhook, &is_found));
    assert_ok(ledger_end(world->ledger, OK));
    return is_found;
}

static void they_are_kept_as_they_were_put(void **state)
{
    struct world *world = *state;
    struct webhook first = put(world, "https://a.example/");
    struct webhook second = put(world, "https://b.example/");
    assert_int_not_equal(first.number, second.number);
    second.is_enabled = false;
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_put_webhook(world->ledger, &second));
    assert_ok(ledger_end(world->ledger, OK));
    const struct webhook *webhooks = list(world, 2);
    assert_true(text_equal(webhooks[0].url, first.url));
    assert_memory_equal(webhooks[0].key, first.key, WEBHOOK_KEY_SIZE);
    assert_true(webhook_wants(&webhooks[0], NOTICE_order_placed));
    assert_false(webhook_wants(&webhooks[0], NOTICE_order_shipped));
    assert_false(webhook_wants(&webhooks[1], NOTICE_order_placed));
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_drop_webhook(world->ledger, first.number));
    assert_ok(ledger_end(world->ledger, OK));
    assert_int_equal(list(world, 1)[0].number, second.number);
}

static void one_that_fails_for_too_long_is_disabled_and_what_waits_for_it_is_dead(void **state)
{
    struct world *world = *state;
    struct webhook webhook = put(world, "https://a.example/");
    struct webhook disabled;
    struct ledger_counts counts;
    char queue[WEBHOOK_QUEUE_SIZE];
    const struct delivery delivery = {.queue = webhook_queue(webhook.number, queue),
                                      .notice = TEXT("order_placed"),
                                      .data = TEXT("{}")};
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_add(world->ledger, &delivery));
    assert_ok(ledger_end(world->ledger, OK));
    try_at(world, webhook.number, 100, false);
    try_at(world, webhook.number, 200, true);
    assert_false(disable(world, 800, &disabled));
    try_at(world, webhook.number, 300, false);
    try_at(world, webhook.number, 400, false);
    assert_int_equal(list(world, 1)[0].failing_ms, 300);
    assert_false(disable(world, 299, &disabled));
    assert_true(disable(world, 300, &disabled));
    assert_int_equal(disabled.number, webhook.number);
    assert_int_equal(disabled.disabled_ms, 900);
    assert_false(list(world, 1)[0].is_enabled);
    assert_ok(ledger_counts(world->ledger, &counts));
    assert_int_equal(counts.dead, 1);
    assert_int_equal(counts.waiting, 0);
    assert_false(disable(world, 800, &disabled));
}

static void the_log_keeps_the_newest_tries(void **state)
{
    struct world *world = *state;
    struct webhook webhook = put(world, "https://a.example/");
    struct webhook other = put(world, "https://b.example/");
    struct webhook_tries tries = {.has_more = true};
    try_at(world, other.number, 1, true);
    for (uint32_t i = 1; i <= WEBHOOK_LOG_MAX + 20; i++)
        try_at(world, webhook.number, i, true);
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_tries(world->ledger, webhook.number, 0, WEBHOOK_LOG_MAX + 100, &world->arena,
                           &tries));
    assert_int_equal(tries.count, WEBHOOK_LOG_MAX);
    assert_false(tries.has_more);
    assert_int_equal(tries.items[0].at_ms, WEBHOOK_LOG_MAX + 20);
    assert_ok(ledger_tries(world->ledger, other.number, 0, 5, &world->arena, &tries));
    assert_int_equal(tries.count, 1);
    assert_ok(ledger_end(world->ledger, OK));
}

static void what_is_signed_is_id_time_and_body(void **state)
{
    (void)state;
    /* The example of standardwebhooks.com's specification. */
    static const char secret[] = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    uint8_t key[WEBHOOK_KEY_SIZE];
    size_t length = 0;
    char signature[WEBHOOK_SIGNATURE_SIZE];
    assert_int_equal(sodium_base642bin(key, sizeof(key), secret, strlen(secret), NULL, &length,
                                       NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    assert_int_equal(length, WEBHOOK_KEY_SIZE);
    webhook_sign(key, TEXT("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                 TEXT("{\"test\": 2432232314}"), signature);
    assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void only_public_addresses_may_be_called(void **state)
{
    static const struct {
        const char *address;
        bool is_public;
    } rows[] = {
        {"93.184.216.34", true},
        {"8.8.8.8", true},
        {"0.0.0.0", false},
        {"10.1.2.3", false},
        {"100.64.0.1", false},
        {"100.63.255.255", true},
        {"100.128.0.1", true},
        {"127.0.0.1", false},
        {"127.255.255.255", false},
        {"169.254.169.254", false},
        {"172.15.255.255", true},
        {"172.16.0.1", false},
        {"172.31.255.255", false},
        {"172.32.0.1", true},
        {"192.0.0.8", false},
        {"192.0.2.1", false},
        {"192.88.99.1", false},
        {"192.168.1.1", false},
        {"192.169.0.1", true},
        {"198.18.0.1", false},
        {"198.19.255.255", false},
        {"198.20.0.1", true},
        {"198.51.100.7", false},
        {"203.0.113.7", false},
        {"223.255.255.255", true},
        {"224.0.0.1", false},
        {"255.255.255.255", false},
        {"2606:2800:220:1::1", true},
        {"::", false},
        {"::1", false},
        {"::ffff:10.0.0.1", false},
        {"::ffff:8.8.8.8", true},
        {"::8.8.8.8", false},
        {"fc00::1", false},
        {"fd12::1", false},
        {"fe80::1", false},
        {"ff02::1", false},
        {"64:ff9b::a00:1", false},
        {"2001:db8::1", false},
        {"2001::1", false},
        {"2001:1ff::1", false},
        {"2001:200::1", true},
        {"2002:a00:1::1", false},
        {"2002:808:808::1", true},
        {"3fff::1", false},
    };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        struct sockaddr_in ipv4 = {.sin_family = AF_INET};
        struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
        bool is_ipv6 = strchr(rows[i].address, ':') != NULL;
        void *bytes = is_ipv6 ? (void *)&ipv6.sin6_addr : (void *)&ipv4.sin_addr;
        assert_int_equal(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, rows[i].address, bytes), 1);
        const struct sockaddr *address =
            is_ipv6 ? (const struct sockaddr *)&ipv6 : (const struct sockaddr *)&ipv4;
        if (address_is_public(address) != rows[i].is_public)
            fail_msg("%s", rows[i].address);
    }
    const struct sockaddr local = {.sa_family = AF_UNIX};
    assert_false(address_is_public(&local));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(they_are_kept_as_they_were_put),
        TEST(one_that_fails_for_too_long_is_disabled_and_what_waits_for_it_is_dead),
        TEST(the_log_keeps_the_newest_tries),
        cmocka_unit_test(what_is_signed_is_id_time_and_body),
        cmocka_unit_test(only_public_addresses_may_be_called),
    };
    return cmocka_run_group_tests_name("webhooks", tests, NULL, NULL);
}
