/* JSON out: commas, nesting, escapes. */
#include "base/json_out.h"
#include "lib/abort.h"
#include "test.h"

static void commas_and_nesting_are_kept_by_the_writer(void **state)
{
    (void)state;
    struct buffer buffer;
    struct json_out json;
    buffer_init(&buffer, 16);
    json_out_init(&json, &buffer);
    json_out_object_begin(&json);
    json_out_key(&json, "items");
    json_out_array_begin(&json);
    for (uint64_t i = 0; i < 2; i++) {
        json_out_object_begin(&json);
        json_out_key(&json, "n");
        json_out_u64(&json, i);
        json_out_key(&json, "empty");
        json_out_array_begin(&json);
        json_out_array_end(&json);
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    json_out_key(&json, "loss");
    json_out_i64(&json, -5);
    json_out_key(&json, "is_new");
    json_out_bool(&json, true);
    json_out_key(&json, "is_old");
    json_out_bool(&json, false);
    json_out_key(&json, "next_cursor");
    json_out_null(&json);
    json_out_key(&json, "options");
    json_out_raw(&json, TEXT("{\"a\":[1]}"));
    json_out_key(&json, "at");
    json_out_time(&json, UINT64_C(1795341600000));
    json_out_object_end(&json);
    assert_true(text_equal(buffer_text(&buffer),
                           TEXT("{\"items\":[{\"n\":0,\"empty\":[]},{\"n\":1,\"empty\":[]}],"
                                "\"loss\":-5,\"is_new\":true,"
                                "\"is_old\":false,\"next_cursor\":null,\"options\":{\"a\":[1]},"
                                "\"at\":\"2026-11-22T10:00:00Z\"}")));
    buffer_release(&buffer);
}

static void texts_are_escaped_as_rfc_8259_says(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        const char *json;
    } rows[] = {
        {TEXT_NONE, "null"},
        {{"", 0}, "\"\""},
        {{"caf\xc3\xa9 / \x7f", 9}, "\"caf\xc3\xa9 / \x7f\""},
        {{"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
        {{"\b\f\n\r\t", 5}, "\"\\b\\f\\n\\r\\t\""},
        {{"x\0\x1f", 3}, "\"x\\u0000\\u001f\""},
    };
    struct buffer buffer;
    buffer_init(&buffer, 16);
    for (size_t i = 0; i < countof(rows); i++) {
        struct json_out json;
        json_out_init(&json, &buffer);
        json_out_text(&json, rows[i].text);
        assert_true(text_equal(buffer_text(&buffer), text_of(rows[i].json)));
        buffer_reset(&buffer);
    }
    buffer_release(&buffer);
}

static void a_special_byte_is_found_at_every_place_of_a_long_text(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 64);
    for (uint32_t place = 0; place < 20; place++) {
        char text[21] = "abcd\xc3\xa9gh ~}!#[]^ijkl";
        text[place] = '\n';
        struct json_out json;
        json_out_init(&json, &buffer);
        json_out_text(&json, (struct text){text, 20});
        assert_int_equal(buffer.length, 20 + 3);
        assert_memory_equal(buffer.data + 1, text, place);
        assert_memory_equal(buffer.data + 1 + place, "\\n", 2);
        assert_memory_equal(buffer.data + 3 + place, text + place + 1, 19 - place);
        buffer_reset(&buffer);
    }
    buffer_release(&buffer);
}

static void nest_too_deep(void)
{
    struct buffer buffer;
    struct json_out json;
    buffer_init(&buffer, 16);
    json_out_init(&json, &buffer);
    for (int i = 0; i < JSON_OUT_DEPTH_MAX; i++)
        json_out_array_begin(&json);
}

static void close_what_is_not_open(void)
{
    struct buffer buffer;
    struct json_out json;
    buffer_init(&buffer, 16);
    json_out_init(&json, &buffer);
    json_out_object_end(&json);
}

static void nesting_wrongly_is_a_bug(void **state)
{
    (void)state;
    assert_aborts(nest_too_deep());
    assert_aborts(close_what_is_not_open());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_nesting_are_kept_by_the_writer),
        cmocka_unit_test(texts_are_escaped_as_rfc_8259_says),
        cmocka_unit_test(a_special_byte_is_found_at_every_place_of_a_long_text),
        cmocka_unit_test(nesting_wrongly_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
