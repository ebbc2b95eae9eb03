/*
 * fuzz_json_in.c - bytes of a body against the field reader, and the same bytes as a query string.
 * Whatever comes in: texts that come out are UTF-8 within their limit, numbers within their range,
 * and a body is either read or has an error that says why not.
 */
#include "api/input/json_in.h"
#include "api/input/query_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { TEXT_MAX = 40, DUMP_MAX = 200, ITEMS_MAX = 8 };

static void check_text(struct text text, uint32_t length_max)
{
    ensure(text.length <= length_max);
    ensure(text_is_utf8(text));
}

static void read_item(const struct json_in_array *array, uint32_t index)
{
    struct json_in_object item;
    uint32_t quantity = 1;
    if (!json_in_item(array, index, &item))
        return;
    json_in_u32(&item, "quantity", IN_REQUIRED, 1, 1000, &quantity);
    ensure(quantity >= 1 && quantity <= 1000);
    json_in_end(&item);
}

static void read_body(struct json_in_object *body)
{
    struct text text = TEXT("");
    int64_t number = 0;
    bool flag;
    uint64_t time_ms;
    struct json_in_object object;
    struct json_in_array array = {.count = 0};
    if (json_in_text(body, "text", IN_REQUIRED, TEXT_MAX, &text))
        ensure(text.length > 0);
    check_text(text, TEXT_MAX);
    json_in_i64(body, "number", IN_OPTIONAL, -5, 5, &number);
    ensure(number >= -5 && number <= 5);
    json_in_bool(body, "flag", IN_OPTIONAL, &flag);
    json_in_time(body, "time", IN_OPTIONAL, &time_ms);
    if (json_in_any_object(body, "any", DUMP_MAX, &text))
        check_text(text, DUMP_MAX);
    if (json_in_text_map(body, "map", DUMP_MAX, &text))
        check_text(text, DUMP_MAX);
    if (json_in_text_list(body, "list", DUMP_MAX, &text))
        check_text(text, DUMP_MAX);
    if (json_in_object(body, "object", IN_OPTIONAL, &object)) {
        json_in_text(&object, "text", IN_OPTIONAL, TEXT_MAX, &text);
        json_in_end(&object);
    }
    json_in_array(body, "items", IN_OPTIONAL, ITEMS_MAX, &array);
    ensure(array.count <= ITEMS_MAX);
    for (uint32_t i = 0; i < array.count; i++)
        read_item(&array, i);
    json_in_end(body);
}

static void check_errors(const struct field_errors *errors)
{
    ensure(errors->count <= FIELD_ERRORS_MAX);
    for (uint32_t i = 0; i < errors->count; i++) {
        ensure(errors->items[i].code != NULL);
        ensure(text_is_utf8(errors->items[i].field));
        check_text(errors->items[i].detail, FIELD_DETAIL_MAX);
    }
}

static void read_query(struct arena *arena, struct field_errors *errors, struct text raw)
{
    struct query_in query;
    struct text text = TEXT("");
    struct text name;
    uint64_t number;
    uint32_t position = 0;
    query_in_read(&query, arena, errors, raw);
    query_in_text(&query, "text", TEXT_MAX, &text);
    check_text(text, TEXT_MAX);
    query_in_u64(&query, "number", 1, 9, &number);
    while (query_in_prefixed(&query, TEXT("attr."), &position, &name, &text))
        ensure(text_is_utf8(name));
    query_in_end(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > 65536)
        return 0;
    struct arena arena;
    struct field_errors errors;
    struct json_in in;
    struct json_in_object body;
    struct text raw = {(const char *)bytes, (uint32_t)size};
    arena_init(&arena, 4096, 64 << 20);
    field_errors_init(&errors, &arena);
    if (json_in_open(&in, &arena, &errors, raw, 16) && json_in_root(&in, &body))
        read_body(&body);
    else
        ensure(errors.count > 0);
    json_in_close(&in);
    check_errors(&errors);
    field_errors_init(&errors, &arena);
    read_query(&arena, &errors, raw);
    check_errors(&errors);
    arena_release(&arena);
    return 0;
}
