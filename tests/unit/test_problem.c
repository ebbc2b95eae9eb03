#include "api/problem.h"
#include "shop/order.h"
#include "test.h"

#include <jansson.h>
#include <string.h>

static json_t *written(const struct problem *problem, struct err err,
                       const struct field_errors *errors)
{
    struct buffer body;
    buffer_init(&body, 256);
    problem_write(&body, problem, err, TEXT("req-1"), errors);
    json_t *json = json_loadb(body.data, body.length, JSON_REJECT_DUPLICATES, NULL);
    buffer_release(&body);
    assert_non_null(json);
    return json;
}

static const char *text_in(const json_t *json, const char *key)
{
    return json_string_value(json_object_get(json, key));
}

static bool is_shown_to_clients(uint32_t code)
{
    return code != ERR_NONE && code != ERR_ASLEEP && code != ERR_CODE_COUNT;
}

static void every_code_is_a_whole_problem(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < ERR_CODE_COUNT; code++) {
        if (!is_shown_to_clients(code))
            continue;
        struct problem problem = problem_of((enum err_code)code);
        struct err err = {.code = (enum err_code)code, .index = 2, .value = 1};
        json_t *json = written(&problem, err, NULL);
        assert_in_range(json_integer_value(json_object_get(json, "status")), 400, 599);
        assert_string_equal(text_in(json, "code"), problem.code);
        assert_true(strlen(text_in(json, "title")) > 0);
        assert_null(strchr(text_in(json, "detail"), '{'));
        assert_string_equal(text_in(json, "request_id"), "req-1");
        assert_memory_equal(text_in(json, "type"), "/docs#", 6);
        assert_true(json_is_array(json_object_get(json, "errors")));
        json_decref(json);
    }
}

static void no_two_codes_share_a_name(void **state)
{
    (void)state;
    for (uint32_t a = 0; a < ERR_CODE_COUNT; a++) {
        for (uint32_t b = a + 1; b < ERR_CODE_COUNT; b++) {
            if (is_shown_to_clients(a) && is_shown_to_clients(b))
                assert_string_not_equal(problem_of((enum err_code)a).code,
                                        problem_of((enum err_code)b).code);
        }
    }
}

static void every_refusal_of_the_edge_is_a_whole_problem(void **state)
{
    (void)state;
    for (uint32_t edge = 0; edge < EDGE_PROBLEM_COUNT; edge++) {
        struct problem problem = problem_of_edge((enum edge_problem)edge);
        json_t *json = written(&problem, OK, NULL);
        assert_in_range(json_integer_value(json_object_get(json, "status")), 400, 499);
        assert_string_equal(text_in(json, "code"), problem.code);
        json_decref(json);
    }
}

static void numbers_of_the_error_are_told(void **state)
{
    (void)state;
    struct problem problem = problem_of(ERR_STOCK_SHORT);
    json_t *json = written(&problem, ERR_AT(ERR_STOCK_SHORT, 3, 17), NULL);
    assert_string_equal(text_in(json, "detail"), "17 pieces are on hand there");
    const json_t *error = json_array_get(json_object_get(json, "errors"), 0);
    assert_string_equal(text_in(error, "field"), "[3].quantity");
    json_decref(json);
}

static void a_wrong_transition_names_the_state(void **state)
{
    (void)state;
    struct problem problem = problem_of(ERR_ORDER_TRANSITION);
    assert_int_equal(problem.status, 409);
    json_t *json = written(&problem, ERR_AT(ERR_ORDER_TRANSITION, 0, ORDER_SHIPPED), NULL);
    assert_string_equal(text_in(json, "detail"), "the order is shipped");
    json_decref(json);
}

static void every_field_error_is_listed_and_escaped(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4096, 1 << 20);
    struct field_errors errors;
    field_errors_init(&errors, &arena);
    field_errors_add(&errors, TEXT("na\"me"), "too_long", "at most %d", 5);
    struct field_error *short_line =
        field_errors_add(&errors, TEXT("lines[0]"), "out_of_stock", "2 wanted");
    short_line->product_id = TEXT("prd_x");
    short_line->name = TEXT("Laptop");
    short_line->has_stock = true;
    short_line->wanted = 2;
    short_line->available = 1;
    struct problem problem = problem_of(ERR_OUT_OF_STOCK);
    json_t *json = written(&problem, ERR(ERR_OUT_OF_STOCK), &errors);
    const json_t *list = json_object_get(json, "errors");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text_in(json_array_get(list, 0), "field"), "na\"me");
    assert_string_equal(text_in(json_array_get(list, 0), "detail"), "at most 5");
    const json_t *second = json_array_get(list, 1);
    assert_string_equal(text_in(second, "product_id"), "prd_x");
    assert_string_equal(text_in(second, "name"), "Laptop");
    assert_int_equal(json_integer_value(json_object_get(second, "wanted")), 2);
    assert_int_equal(json_integer_value(json_object_get(second, "available")), 1);
    json_decref(json);
    arena_release(&arena);
}

static void too_many_errors_are_cut(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4096, 1 << 20);
    struct field_errors errors;
    field_errors_init(&errors, &arena);
    for (uint32_t i = 0; i < FIELD_ERRORS_MAX + 20; i++)
        field_errors_add(&errors, TEXT("f"), "missing", "required");
    assert_int_equal(errors.count, FIELD_ERRORS_MAX);
    assert_int_equal(errors.dropped, 20);
    arena_release(&arena);
}

static void only_a_busy_machine_is_worth_another_try(void **state)
{
    (void)state;
    assert_int_equal(problem_retry_s(ERR_AT(ERR_OVERLOADED, 0, 7)), 7);
    assert_int_equal(problem_retry_s(ERR(ERR_OVERLOADED)), 1);
    assert_int_equal(problem_retry_s(ERR(ERR_STOPPING)), 1);
    assert_int_equal(problem_retry_s(ERR(ERR_OUT_OF_STOCK)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_is_a_whole_problem),
        cmocka_unit_test(no_two_codes_share_a_name),
        cmocka_unit_test(every_refusal_of_the_edge_is_a_whole_problem),
        cmocka_unit_test(numbers_of_the_error_are_told),
        cmocka_unit_test(a_wrong_transition_names_the_state),
        cmocka_unit_test(every_field_error_is_listed_and_escaped),
        cmocka_unit_test(too_many_errors_are_cut),
        cmocka_unit_test(only_a_busy_machine_is_worth_another_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
