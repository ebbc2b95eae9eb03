#include "base/address.h"
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

static void an_address_is_read_or_refused_whole(void **state)
{
    static const char *const right[] = {"192.0.2.1", "::1", "2001:db8::ff", "::ffff:10.0.0.1"};
    static const char *const wrong[] = {"",         "192.0.2",   "192.0.2.1:80", "[::1]",
                                        "::1%eth0", " ::1",      "192.0.2.256",  "unknown",
                                        "1.2.3.4 ", "localhost", "0x7f000001"};
    struct address address;
    (void)state;
    for (size_t i = 0; i < countof(right); i++)
        assert_true(address_read(text_of(right[i]), &address));
    for (size_t i = 0; i < countof(wrong); i++)
        assert_false(address_read(text_of(wrong[i]), &address));
    assert_false(address_read((struct text){"1.2.3.4\0", 8}, &address));
}

static void ipv4_is_the_same_in_both_spellings(void **state)
{
    struct address plain, mapped, of_socket;
    struct sockaddr_in socket = {.sin_family = AF_INET};
    (void)state;
    assert_true(address_read(TEXT("10.1.2.3"), &plain));
    assert_true(address_read(TEXT("::ffff:10.1.2.3"), &mapped));
    socket.sin_addr.s_addr = htonl(0x0a010203);
    assert_true(address_of_socket((struct sockaddr *)&socket, &of_socket));
    assert_memory_equal(plain.bytes, mapped.bytes, ADDRESS_SIZE);
    assert_memory_equal(plain.bytes, of_socket.bytes, ADDRESS_SIZE);
    assert_true(address_is_ipv4(&plain));
    assert_true(address_read(TEXT("2001:db8::1"), &plain));
    assert_false(address_is_ipv4(&plain));
    struct sockaddr_un other = {.sun_family = AF_UNIX};
    assert_false(address_of_socket((struct sockaddr *)&other, &of_socket));
}

static void a_network_has_its_addresses_and_no_other(void **state)
{
    static const struct {
        const char *list;
        const char *address;
        bool is_in;
    } rows[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.0/8", "::1", false},
        {"192.168.1.128/25", "192.168.1.128", true},
        {"192.168.1.128/25", "192.168.1.127", false},
        {"192.0.2.7", "192.0.2.7", true},
        {"192.0.2.7", "192.0.2.6", false},
        {"0.0.0.0/0", "203.0.113.1", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "203.0.113.1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1, 10.0.0.0/8", "10.0.0.1", true},
        {" ::1 10.0.0.0/8 ", "::1", true},
        {"", "::1", false},
    };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        struct networks networks;
        struct address address;
        assert_true(networks_read(text_of(rows[i].list), &networks));
        assert_true(address_read(text_of(rows[i].address), &address));
        if (networks_have(&networks, &address) != rows[i].is_in)
            fail_msg("%s in %s", rows[i].address, rows[i].list);
    }
}

static void a_list_with_one_fault_is_refused(void **state)
{
    static const char *const wrong[] = {"10.0.0.0/33", "::/129", "10.0.0.0/",   "10.0.0.0/-1",
                                        "::1 here",    "/8",     "10.0.0.0/8/8"};
    struct networks networks;
    (void)state;
    for (size_t i = 0; i < countof(wrong); i++)
        assert_false(networks_read(text_of(wrong[i]), &networks));
    char many[(NETWORKS_MAX + 1) * 4 + 1];
    for (int i = 0; i <= NETWORKS_MAX; i++)
        memcpy(many + i * 4, "::1 ", 5);
    assert_false(networks_read(text_of(many), &networks));
    many[NETWORKS_MAX * 4] = '\0';
    assert_true(networks_read(text_of(many), &networks));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_read_or_refused_whole),
        cmocka_unit_test(ipv4_is_the_same_in_both_spellings),
        cmocka_unit_test(a_network_has_its_addresses_and_no_other),
        cmocka_unit_test(a_list_with_one_fault_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
