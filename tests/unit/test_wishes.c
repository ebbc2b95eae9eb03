/* Who is told through which channel. */
#include "notify/wishes.h"
#include "test.h"

static struct arena arena;

static bool allow(const char *preferences, const char *channel, enum notice notice)
{
    const struct channel_ops *ops = channel_find(text_of(channel));
    assert_non_null(ops);
    if (preferences == NULL)
        return wishes_allow(NULL, ops, notice, true);
    struct wishes wishes = wishes_read(text_of(preferences), &arena);
    assert_false(wishes_allow(&wishes, ops, NOTICE_order_placed, false));
    return wishes_allow(&wishes, ops, notice, true);
}

static void preferences_decide_but_for_a_forgotten_password(void **state)
{
    static const struct {
        const char *preferences; /* NULL = a guest */
        enum notice notice;
        bool smtp;
        bool twilio;
        bool fcm;
        bool outbox;
        bool chat;
    } rows[] = {
        {NULL, NOTICE_order_placed, true, false, false, true, false},
        {"{}", NOTICE_order_placed, true, false, false, true, false},
        {"no json", NOTICE_order_placed, true, false, false, true, false},
        {"{\"channels\":[]}", NOTICE_order_placed, false, false, false, true, false},
        {"{\"channels\":[\"sms\",\"push\"]}", NOTICE_order_placed, false, true, true, true, false},
        {"{\"channels\":[\"email\"]}", NOTICE_order_placed, true, false, false, true, false},
        {"{\"channels\":[\"sms\"]}", NOTICE_password_reset, true, false, false, true, false},
    };
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        assert_int_equal(allow(rows[i].preferences, "smtp", rows[i].notice), rows[i].smtp);
        assert_int_equal(allow(rows[i].preferences, "twilio", rows[i].notice), rows[i].twilio);
        assert_int_equal(allow(rows[i].preferences, "fcm", rows[i].notice), rows[i].fcm);
        assert_int_equal(allow(rows[i].preferences, "outbox", rows[i].notice), rows[i].outbox);
        assert_int_equal(allow(rows[i].preferences, "chat", rows[i].notice), rows[i].chat);
    }
}

static void operators_are_told_without_a_contact(void **state)
{
    (void)state;
    assert_true(wishes_allow(NULL, channel_find(TEXT("chat")), NOTICE_low_stock, false));
    assert_true(wishes_allow(NULL, channel_find(TEXT("smtp")), NOTICE_low_stock, false));
    assert_false(wishes_allow(NULL, channel_find(TEXT("twilio")), NOTICE_low_stock, false));
}

static void of_a_language_the_first_part_counts(void **state)
{
    (void)state;
    assert_true(
        text_equal(wishes_read(TEXT("{\"language\":\"de-AT\"}"), &arena).language, TEXT("de")));
    assert_true(
        text_equal(wishes_read(TEXT("{\"language\":\"en\"}"), &arena).language, TEXT("en")));
    assert_int_equal(wishes_read(TEXT("{}"), &arena).language.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preferences_decide_but_for_a_forgotten_password),
        cmocka_unit_test(operators_are_told_without_a_contact),
        cmocka_unit_test(of_a_language_the_first_part_counts),
    };
    arena_init(&arena, 4096, 1 << 20);
    int failed = cmocka_run_group_tests_name("wishes", tests, NULL, NULL);
    arena_release(&arena);
    return failed;
}
