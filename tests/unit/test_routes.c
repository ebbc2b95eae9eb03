#include "api/embedded.h"
#include "api/routes.h"
#include "shop/operator.h"
#include "test.h"

#include <jansson.h>
#include <string.h>

static const char *const method_names[METHOD_COUNT] = {
    [METHOD_GET] = "get",         [METHOD_HEAD] = "head",   [METHOD_POST] = "post",
    [METHOD_PUT] = "put",         [METHOD_PATCH] = "patch", [METHOD_DELETE] = "delete",
    [METHOD_OPTIONS] = "options", [METHOD_OTHER] = "other"};

static void assert_parameter(struct text parameter, const char *expected)
{
    assert_true(text_equal(parameter, text_of(expected)));
}

static void segments_become_parameters(void **state)
{
    (void)state;
    struct route_match match = route_find(METHOD_PUT, TEXT("/v1/carts/crt_1/items/prd_2"));
    assert_non_null(match.route);
    assert_ptr_equal(match.route->handler, carts_set_item);
    assert_parameter(match.parameters[0], "crt_1");
    assert_parameter(match.parameters[1], "prd_2");
    match = route_find(METHOD_GET, TEXT("/v1/products"));
    assert_ptr_equal(match.route->handler, products_list);
}

static void head_finds_the_route_of_get(void **state)
{
    (void)state;
    struct route_match match = route_find(METHOD_HEAD, TEXT("/v1/products/x"));
    assert_non_null(match.route);
    assert_ptr_equal(match.route->handler, products_get);
    assert_null(route_find(METHOD_HEAD, TEXT("/v1/carts")).route);
}

static void a_wrong_method_learns_the_right_ones(void **state)
{
    (void)state;
    struct route_match match = route_find(METHOD_OTHER, TEXT("/v1/products/x"));
    assert_null(match.route);
    assert_int_equal(match.methods, 1u << METHOD_GET | 1u << METHOD_HEAD | 1u << METHOD_PATCH |
                                        1u << METHOD_DELETE);
}

static void what_is_not_in_the_table_is_not_found(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        "/v1",
        "/v1/products/",
        "/v1/products//",
        "/v1/orders/x/",
        "/v1/carts//items",
        "/v1/productsx",
        "/v1/orders/x/y/z",
        "/V1/products",
        "*",
        "/healthz/x",
    };
    (void)state;
    for (size_t i = 0; i < countof(paths); i++) {
        struct route_match match = route_find(METHOD_GET, text_of(paths[i]));
        assert_null(match.route);
        assert_int_equal(match.methods, 0);
    }
}

static void every_route_finds_itself(void **state)
{
    (void)state;
    for (uint32_t i = 0; route_at(i) != NULL; i++) {
        const struct route *route = route_at(i);
        struct route_match match = route_find(route->method, text_of(route->path));
        assert_ptr_equal(match.route, route);
    }
}

static void routes_that_take_no_body_are_those_that_read_or_delete(void **state)
{
    (void)state;
    for (uint32_t i = 0; route_at(i) != NULL; i++) {
        const struct route *route = route_at(i);
        bool has_no_body = route->method == METHOD_GET || route->method == METHOD_DELETE;
        assert_int_equal(route->body_bytes_max == 0, has_no_body);
    }
}

#define SCOPES_READING (SCOPES_ALL / 3) /* every other bit */

/* The security that openapi.json must name for each access. */
static bool is_described_as(const json_t *operation, const struct route *route)
{
    enum route_access access = route->access;
    const json_t *security = json_object_get(operation, "security");
    size_t count = json_array_size(security);
    if (access == ACCESS_ALL)
        return count == 0;
    if (access == ACCESS_SIGNED)
        return count == 1 && json_object_get(json_array_get(security, 0), "signature") != NULL;
    if (access == ACCESS_OWNER)
        return count == 3;
    if (access == ACCESS_AUTHOR)
        return count == 2;
    const json_t *first = json_array_get(security, 0);
    if (access == ACCESS_CUSTOMER)
        return count == 1 && json_object_get(first, "customer") != NULL;
    const json_t *scopes = json_object_get(first, "operator");
    uint32_t scope = 0;
    if (count != 1 || scopes == NULL || access == ACCESS_OPERATOR)
        return count == 1 && scopes != NULL;
    /* The scope that a service's key needs: to read for GET. */
    return scope_read(text_of(json_string_value(json_array_get(scopes, 0))), &scope) &&
           ((scope & SCOPES_READING) != 0) == (route->method == METHOD_GET);
}

static void the_document_describes_every_route_and_no_other(void **state)
{
    (void)state;
    struct text text = embedded_openapi();
    json_t *document = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    const json_t *paths = json_object_get(document, "paths");
    size_t routes = 0;
    for (uint32_t i = 0; route_at(i) != NULL; i++) {
        const struct route *route = route_at(i);
        const json_t *item = json_object_get(paths, route->path);
        const json_t *operation = json_object_get(item, method_names[route->method]);
        assert_non_null(operation);
        assert_true(is_described_as(operation, route));
        const json_t *body = json_object_get(operation, "requestBody");
        assert_int_equal(body != NULL, route->body_bytes_max > 0);
        routes++;
    }
    size_t described = 0;
    const char *path;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)paths, path, item) described +=
        json_object_size(item) - (json_object_get(item, "parameters") != NULL);
    assert_int_equal(described, routes);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_become_parameters),
        cmocka_unit_test(head_finds_the_route_of_get),
        cmocka_unit_test(a_wrong_method_learns_the_right_ones),
        cmocka_unit_test(what_is_not_in_the_table_is_not_found),
        cmocka_unit_test(every_route_finds_itself),
        cmocka_unit_test(routes_that_take_no_body_are_those_that_read_or_delete),
        cmocka_unit_test(the_document_describes_every_route_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
