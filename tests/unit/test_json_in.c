#include "api/input/json_in.h"
#include "api/input/query_in.h"
#include "test.h"

#include <string.h>

struct fixture {
    struct arena arena;
    struct field_errors errors;
    struct json_in in;
    struct json_in_object body;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    memset(&fixture, 0, sizeof(fixture));
    arena_init(&fixture.arena, 16384, 1 << 22);
    field_errors_init(&fixture.errors, &fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    json_in_close(&fixture->in);
    arena_release(&fixture->arena);
    return 0;
}

static bool open_body(struct fixture *fixture, const char *json)
{
    return json_in_open(&fixture->in, &fixture->arena, &fixture->errors, text_of(json), 16) &&
           json_in_root(&fixture->in, &fixture->body);
}

static void assert_error(const struct fixture *fixture, uint32_t index, const char *field,
                         const char *code)
{
    assert_true(index < fixture->errors.count);
    const struct field_error *error = &fixture->errors.items[index];
    assert_int_equal(error->field.length, strlen(field));
    assert_memory_equal(error->field.data, field, strlen(field));
    assert_string_equal(error->code, code);
}

static void right_fields_are_read(void **state)
{
    struct fixture *f = *state;
    assert_true(open_body(f, "{\"t\":\"caf\\u00e9\",\"i\":-7,\"u\":9,\"b\":true,"
                             "\"at\":\"2026-11-22T10:00:00Z\",\"o\":{\"x\":1},\"a\":[{},{}],"
                             "\"m\":{\"k\":[1, 2]},\"none\":null}"));
    struct text text;
    int64_t number;
    uint32_t count;
    bool flag;
    uint64_t time_ms;
    struct json_in_object object;
    struct json_in_array array;
    struct text raw;
    assert_true(json_in_text(&f->body, "t", IN_REQUIRED, 10, &text));
    assert_true(text_equal(text, TEXT("caf\xc3\xa9")));
    assert_true(json_in_i64(&f->body, "i", IN_REQUIRED, -10, 10, &number));
    assert_int_equal(number, -7);
    assert_true(json_in_u32(&f->body, "u", IN_REQUIRED, 0, 9, &count));
    assert_true(json_in_bool(&f->body, "b", IN_REQUIRED, &flag));
    assert_true(flag);
    assert_true(json_in_time(&f->body, "at", IN_REQUIRED, &time_ms));
    assert_true(json_in_object(&f->body, "o", IN_REQUIRED, &object));
    assert_true(json_in_array(&f->body, "a", IN_REQUIRED, 2, &array));
    assert_int_equal(array.count, 2);
    assert_true(json_in_any_object(&f->body, "m", 100, &raw));
    assert_true(text_equal(raw, TEXT("{\"k\":[1,2]}")));
    assert_false(json_in_i64(&f->body, "none", IN_OPTIONAL, 0, 1, &number));
    json_in_end(&f->body);
    assert_int_equal(f->errors.count, 0);
}

static void all_faults_are_reported_at_once(void **state)
{
    struct fixture *f = *state;
    assert_true(open_body(f, "{\"t\":1,\"long\":\"abcdef\",\"i\":99,\"b\":\"true\",\"extra\":0,"
                             "\"at\":\"yesterday\",\"real\":1.5}"));
    struct text text;
    int64_t number;
    bool flag;
    uint64_t time_ms;
    assert_false(json_in_text(&f->body, "t", IN_OPTIONAL, 10, &text));
    assert_false(json_in_text(&f->body, "long", IN_OPTIONAL, 5, &text));
    assert_false(json_in_i64(&f->body, "i", IN_OPTIONAL, 0, 10, &number));
    assert_false(json_in_bool(&f->body, "b", IN_OPTIONAL, &flag));
    assert_false(json_in_text(&f->body, "absent", IN_REQUIRED, 5, &text));
    assert_false(json_in_time(&f->body, "at", IN_OPTIONAL, &time_ms));
    assert_false(json_in_i64(&f->body, "real", IN_OPTIONAL, 0, 10, &number));
    json_in_end(&f->body);
    assert_int_equal(f->errors.count, 8);
    assert_error(f, 0, "t", "wrong_type");
    assert_error(f, 1, "long", "too_long");
    assert_error(f, 2, "i", "out_of_range");
    assert_error(f, 3, "b", "wrong_type");
    assert_error(f, 4, "absent", "missing");
    assert_error(f, 5, "at", "invalid_time");
    assert_error(f, 6, "real", "wrong_type");
    assert_error(f, 7, "extra", "unknown_field");
}

static void nested_faults_are_named_by_their_path(void **state)
{
    struct fixture *f = *state;
    assert_true(open_body(f, "{\"lines\":[{\"q\":1},{\"q\":\"x\",\"y\":1},7]}"));
    struct json_in_array lines;
    assert_true(json_in_array(&f->body, "lines", IN_REQUIRED, 10, &lines));
    for (uint32_t i = 0; i < lines.count; i++) {
        struct json_in_object line;
        int64_t quantity;
        if (!json_in_item(&lines, i, &line))
            continue;
        json_in_i64(&line, "q", IN_REQUIRED, 1, 9, &quantity);
        json_in_end(&line);
    }
    assert_int_equal(f->errors.count, 3);
    assert_error(f, 0, "lines[1].q", "wrong_type");
    assert_error(f, 1, "lines[1].y", "unknown_field");
    assert_error(f, 2, "lines[2]", "wrong_type");
}

static void a_required_text_must_not_be_empty(void **state)
{
    struct fixture *f = *state;
    struct text text = TEXT("before");
    assert_true(open_body(f, "{\"a\":\"\",\"b\":null,\"c\":null}"));
    assert_false(json_in_text(&f->body, "a", IN_REQUIRED, 5, &text));
    assert_false(json_in_text(&f->body, "b", IN_REQUIRED, 5, &text));
    assert_true(text_equal(text, TEXT("before")));
    assert_true(json_in_text(&f->body, "c", IN_OPTIONAL, 5, &text));
    assert_int_equal(text.length, 0);
    assert_error(f, 0, "a", "missing");
    assert_error(f, 1, "b", "missing");
}

static void a_length_at_the_limit_is_allowed(void **state)
{
    struct fixture *f = *state;
    struct text text;
    int64_t number;
    struct json_in_array array;
    assert_true(open_body(f, "{\"a\":\"12345\",\"n\":10,\"m\":0,\"l\":[1,2]}"));
    assert_true(json_in_text(&f->body, "a", IN_REQUIRED, 5, &text));
    assert_true(json_in_i64(&f->body, "n", IN_REQUIRED, 0, 10, &number));
    assert_true(json_in_i64(&f->body, "m", IN_REQUIRED, 0, 10, &number));
    assert_false(json_in_array(&f->body, "l", IN_REQUIRED, 1, &array));
    assert_error(f, 0, "l", "too_many");
}

static void bad_bodies_are_one_error(void **state)
{
    static const struct {
        const char *body;
        const char *code;
    } rows[] = {
        {"", "missing"},
        {"{", "invalid_json"},
        {"{\"a\":1,\"a\":2}", "invalid_json"},
        {"{\"a\":\"\xff\"}", "invalid_utf8"},
        {"[]", "wrong_type"},
        {"{\"a\":123456789012345678901234567890}", "invalid_json"},
        {"[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", "too_deep"},
        {"{} x", "invalid_json"},
        {"{\"a\":\"\\u0000\"}", "invalid_json"},
    };
    struct fixture *f = *state;
    for (uint32_t i = 0; i < countof(rows); i++) {
        assert_false(open_body(f, rows[i].body));
        assert_int_equal(f->errors.count, i + 1);
        assert_error(f, i, "", rows[i].code);
        json_in_close(&f->in);
    }
}

static void brackets_in_strings_are_not_depth(void **state)
{
    struct fixture *f = *state;
    struct text text;
    assert_true(open_body(f, "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[\"}"));
    assert_true(json_in_text(&f->body, "a", IN_REQUIRED, 100, &text));
}

static void maps_and_lists_hold_texts_only(void **state)
{
    struct fixture *f = *state;
    struct text text;
    assert_true(open_body(f, "{\"ok\":{\"a\":\"b\"},\"bad\":{\"a\":1},\"list\":[\"x\"],"
                             "\"bad_list\":[1],\"empty\":{},\"not\":[]}"));
    assert_true(json_in_text_map(&f->body, "ok", 100, &text));
    assert_true(text_equal(text, TEXT("{\"a\":\"b\"}")));
    assert_false(json_in_text_map(&f->body, "bad", 100, &text));
    assert_true(json_in_text_list(&f->body, "list", 100, &text));
    assert_true(text_equal(text, TEXT("[\"x\"]")));
    assert_false(json_in_text_list(&f->body, "bad_list", 100, &text));
    assert_true(json_in_text_map(&f->body, "empty", 100, &text));
    assert_int_equal(text.length, 0);
    assert_false(json_in_any_object(&f->body, "not", 100, &text));
    assert_int_equal(f->errors.count, 3);
}

static void query_parameters_are_decoded(void **state)
{
    struct fixture *f = *state;
    struct query_in query;
    struct text text;
    uint64_t number;
    bool flag;
    query_in_read(&query, &f->arena, &f->errors,
                  TEXT("q=red+shoe%21&limit=5&in_stock=true&&attr.size=4%2F2&empty="));
    assert_true(query_in_text(&query, "q", 100, &text));
    assert_true(text_equal(text, TEXT("red shoe!")));
    assert_true(query_in_u64(&query, "limit", 1, 100, &number));
    assert_int_equal(number, 5);
    assert_true(query_in_bool(&query, "in_stock", &flag));
    assert_true(flag);
    uint32_t position = 0;
    struct text name;
    assert_true(query_in_prefixed(&query, TEXT("attr."), &position, &name, &text));
    assert_true(text_equal(name, TEXT("size")));
    assert_true(text_equal(text, TEXT("4/2")));
    assert_false(query_in_prefixed(&query, TEXT("attr."), &position, &name, &text));
    assert_true(query_in_text(&query, "empty", 5, &text));
    assert_int_equal(text.length, 0);
    query_in_end(&query);
    assert_int_equal(f->errors.count, 0);
}

static void bad_parameters_are_reported(void **state)
{
    struct fixture *f = *state;
    struct query_in query;
    uint64_t number;
    bool flag;
    query_in_read(&query, &f->arena, &f->errors, TEXT("a=%4&b=%zz&c=%00&%ff=d&x=1&x=2"));
    assert_int_equal(f->errors.count, 5);
    assert_error(f, 0, "a", "invalid_encoding");
    assert_error(f, 2, "c", "invalid_encoding");
    assert_error(f, 3, "query", "invalid_encoding");
    assert_error(f, 4, "x", "repeated");
    query_in_read(&query, &f->arena, &f->errors, TEXT("limit=0&flag=yes&odd=1"));
    assert_false(query_in_u64(&query, "limit", 1, 100, &number));
    assert_false(query_in_bool(&query, "flag", &flag));
    query_in_end(&query);
    assert_error(f, 5, "limit", "out_of_range");
    assert_error(f, 6, "flag", "wrong_type");
    assert_error(f, 7, "odd", "unknown_parameter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(right_fields_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_faults_are_reported_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nested_faults_are_named_by_their_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_required_text_must_not_be_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_length_at_the_limit_is_allowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_bodies_are_one_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(brackets_in_strings_are_not_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(maps_and_lists_hold_texts_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(query_parameters_are_decoded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_parameters_are_reported, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
