#include "api/edge/client.h"
#include "test.h"

static struct address address_of(const char *text)
{
    struct address address;
    assert_true(address_read(text_of(text), &address));
    return address;
}

/* Who sent the request, when `peer` has connected and says this about whom it heard from. */
static void assert_client(const char *trusted, const char *peer, const char *const *forwarded,
                          const char *expected)
{
    struct networks networks;
    struct request request = {.peer = address_of(peer)};
    assert_true(networks_read(text_of(trusted), &networks));
    for (; *forwarded != NULL; forwarded++)
        request.headers[request.header_count++] =
            (struct request_header){TEXT("x-forwarded-for"), text_of(*forwarded)};
    struct address client = client_address(&networks, &request);
    struct address wanted = address_of(expected);
    if (memcmp(client.bytes, wanted.bytes, ADDRESS_SIZE) != 0)
        fail_msg("peer %s: not %s", peer, expected);
}

#define FORWARDED(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void a_stranger_is_who_has_connected(void **state)
{
    (void)state;
    assert_client("", "203.0.113.9", FORWARDED("198.51.100.1"), "203.0.113.9");
    assert_client("10.0.0.0/8", "203.0.113.9", FORWARDED("198.51.100.1"), "203.0.113.9");
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED(), "10.0.0.1");
}

static void a_trusted_proxy_says_whom_it_heard_from(void **state)
{
    (void)state;
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED("198.51.100.1"), "198.51.100.1");
    assert_client("::1", "::1", FORWARDED("2001:db8::7"), "2001:db8::7");
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED("198.51.100.1, 10.0.0.2"), "198.51.100.1");
}

static void what_a_client_writes_before_is_not_believed(void **state)
{
    (void)state;
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED("1.1.1.1, 198.51.100.1"), "198.51.100.1");
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED("1.1.1.1", "198.51.100.1"), "198.51.100.1");
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED("10.9.9.9, 198.51.100.1, 10.0.0.2"),
                  "198.51.100.1");
}

static void what_is_no_address_ends_the_trust(void **state)
{
    (void)state;
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED("198.51.100.1, unknown"), "10.0.0.1");
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED(""), "10.0.0.1");
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED("198.51.100.1:8080"), "10.0.0.1");
    assert_client("10.0.0.0/8", "10.0.0.1", FORWARDED("198.51.100.1,"), "10.0.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_is_who_has_connected),
        cmocka_unit_test(a_trusted_proxy_says_whom_it_heard_from),
        cmocka_unit_test(what_a_client_writes_before_is_not_believed),
        cmocka_unit_test(what_is_no_address_ends_the_trust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
