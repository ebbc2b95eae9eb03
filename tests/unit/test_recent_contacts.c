/* Contacts of the last orders in memory: as their rows are, or not there. */
#include "base/buffer.h"
#include "shop/event.h"
#include "store/recent_contacts.h"
#include "store/store.h"
#include "test.h"

#include <string.h>

enum { PLACES = 4, KNOWN = 10 };

struct fixture {
    struct recent_contacts *recent;
    struct arena arena;
};

static int open_fixture(void **state)
{
    static struct fixture fixture;
    fixture.recent = recent_contacts_open(PLACES, KNOWN);
    arena_init(&fixture.arena, 4096, 1 << 20);
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;
    recent_contacts_close(fixture->recent);
    arena_release(&fixture->arena);
    return 0;
}

static void note(struct fixture *fixture, struct contact contact)
{
    recent_contacts_note(fixture->recent,
                         &(struct store_batch){.contacts = &contact, .contact_count = 1});
}

static bool has(struct fixture *fixture, uint64_t number)
{
    struct contact contact;
    return recent_contacts_find(fixture->recent, number, &fixture->arena, &contact);
}

static void a_new_one_is_found_with_all_its_words(void **state)
{
    struct fixture *fixture = *state;
    char name[] = "Ada";
    struct contact found;
    note(fixture, (struct contact){.number = 11,
                                   .customer = 3,
                                   .name = {name, 3},
                                   .email = TEXT("ada@example.com"),
                                   .phone = TEXT("+1"),
                                   .shipping_address = TEXT("{}"),
                                   .metadata = TEXT("")});
    memset(name, 'x', 3); /* the batch's memory is gone by then */
    assert_true(recent_contacts_find(fixture->recent, 11, &fixture->arena, &found));
    note(fixture, (struct contact){.number = 11 + PLACES}); /* in its place */
    assert_int_equal(found.number, 11);
    assert_int_equal(found.customer, 3);
    assert_true(text_equal(found.name, TEXT("Ada")));
    assert_true(text_equal(found.email, TEXT("ada@example.com")));
    assert_true(text_equal(found.phone, TEXT("+1")));
    assert_true(text_equal(found.shipping_address, TEXT("{}")));
    assert_null(found.billing_address.data);
    assert_non_null(found.metadata.data);
    assert_int_equal(found.metadata.length, 0);
    assert_null(found.password.data);
    assert_false(has(fixture, 11));
    assert_true(has(fixture, 11 + PLACES));
}

/* What is not given stays as it was in the row, which is not known here. */
static void what_changes_a_row_drops_it(void **state)
{
    struct fixture *fixture = *state;
    note(fixture, (struct contact){.number = KNOWN, .name = TEXT("of before the start")});
    assert_false(has(fixture, KNOWN));
    note(fixture, (struct contact){.number = 11, .name = TEXT("Ada"), .email = TEXT("a@b")});
    note(fixture, (struct contact){.number = 11, .name = TEXT("Bob")});
    assert_false(has(fixture, 11));
    note(fixture, (struct contact){.number = 12, .name = TEXT("Ada")});
    note(fixture, (struct contact){.number = 13, .replaces = 12, .email = TEXT("a@b")});
    assert_false(has(fixture, 12));
    assert_false(has(fixture, 13));
}

static void a_customers_own_is_not_kept_nor_a_long_one(void **state)
{
    struct fixture *fixture = *state;
    static char words[RECENT_CONTACT_BYTES_MAX];
    const struct contact own[] = {{.addresses = TEXT("[]")},
                                  {.preferences = TEXT("{}")},
                                  {.password = TEXT("hash")},
                                  {.email_tag = TEXT("tag")}};
    uint64_t number = KNOWN;
    for (uint32_t i = 0; i < countof(own); i++) {
        struct contact contact = own[i];
        contact.number = ++number;
        note(fixture, contact);
        assert_false(has(fixture, number));
    }
    struct contact longest = {.name = TEXT("A"), .metadata = {words, sizeof words - 1}};
    longest.number = ++number;
    note(fixture, longest);
    assert_true(has(fixture, number));
    longest.number = ++number;
    longest.metadata.length++;
    note(fixture, longest);
    assert_false(has(fixture, number));
}

static void who_is_erased_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct buffer events;
    buffer_init(&events, 256);
    for (uint64_t number = 11; number <= 13; number++)
        note(fixture, (struct contact){.number = number, .name = TEXT("Ada")});
    static const uint64_t gone[] = {11, 13, 11 + 2 * PLACES};
    struct event_contacts_erased *erased =
        event_append(&events, EVENT_CONTACTS_ERASED, sizeof *erased + sizeof gone, 1000);
    erased->count = countof(gone);
    memcpy(erased + 1, gone, sizeof gone);
    (void)event_seal(&events, 0, 1);
    recent_contacts_note(
        fixture->recent,
        &(struct store_batch){.events = events.data, .size = events.length, .has_erasures = true});
    assert_false(has(fixture, 11));
    assert_true(has(fixture, 12));
    assert_false(has(fixture, 13));
    buffer_release(&events);
}

#define RECENT_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECENT_TEST(a_new_one_is_found_with_all_its_words),
        RECENT_TEST(what_changes_a_row_drops_it),
        RECENT_TEST(a_customers_own_is_not_kept_nor_a_long_one),
        RECENT_TEST(who_is_erased_is_gone),
    };
    return cmocka_run_group_tests_name("recent_contacts", tests, NULL, NULL);
}
