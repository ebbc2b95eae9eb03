#include "api/input/json_in.h"

#include "base/buffer.h"
#include "base/clock.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static struct text no_path(void)
{
    return (struct text){"", 0};
}

/* Nesting is counted before parsing: jansson recurses. Brackets within strings count for nothing.
 */
static bool is_too_deep(struct text body, uint32_t depth_max)
{
    uint32_t depth = 0;
    bool in_string = false;
    for (uint32_t i = 0; i < body.length; i++) {
        char byte = body.data[i];
        if (in_string) {
            if (byte == '\\')
                i++;
            else if (byte == '"')
                in_string = false;
        } else if (byte == '"') {
            in_string = true;
        } else if (byte == '{' || byte == '[') {
            if (++depth > depth_max)
                return true;
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

bool json_in_open(struct json_in *in, struct arena *arena, struct field_errors *errors,
                  struct text body, uint32_t depth_max)
{
    ensure(depth_max <= JSON_IN_DEPTH_LIMIT);
    *in = (struct json_in){.arena = arena, .errors = errors, .body_length = body.length};
    if (body.length == 0) {
        field_errors_add(errors, no_path(), "missing", "a JSON body is required");
        return false;
    }
    if (is_too_deep(body, depth_max)) {
        field_errors_add(errors, no_path(), "too_deep", "nested more than %" PRIu32 " levels deep",
                         depth_max);
        return false;
    }
    json_error_t error;
    in->root = json_loadb(body.data, body.length, JSON_REJECT_DUPLICATES, &error);
    if (in->root != NULL)
        return true;
    if (!text_is_utf8(body))
        field_errors_add(errors, no_path(), "invalid_utf8", "the body is not UTF-8");
    else
        field_errors_add(errors, no_path(), "invalid_json", "line %d, column %d: %s", error.line,
                         error.column, error.text);
    return false;
}

void json_in_close(struct json_in *in)
{
    json_decref(in->root);
    in->root = NULL;
}

bool json_in_root(struct json_in *in, struct json_in_object *object_out)
{
    object_out->in = in;
    object_out->json = in->root;
    object_out->path = no_path();
    object_out->name_count = 0;
    object_out->found = 0;
    if (json_is_object(in->root))
        return true;
    field_errors_add(in->errors, no_path(), "wrong_type", "must be an object");
    return false;
}

bool json_in_root_is_array(const struct json_in *in)
{
    return json_is_array(in->root);
}

static bool open_array(struct json_in *in, json_t *json, struct text path, uint32_t count_max,
                       struct json_in_array *array_out)
{
    if (!json_is_array(json)) {
        field_errors_add(in->errors, path, "wrong_type", "must be an array");
        return false;
    }
    if (json_array_size(json) > count_max) {
        field_errors_add(in->errors, path, "too_many", "at most %" PRIu32 " entries", count_max);
        return false;
    }
    *array_out = (struct json_in_array){in, json, path, (uint32_t)json_array_size(json)};
    return true;
}

bool json_in_root_array(struct json_in *in, uint32_t count_max, struct json_in_array *array_out)
{
    return open_array(in, in->root, no_path(), count_max, array_out);
}

static struct text path_of(const struct json_in_object *object, const char *name)
{
    return object->path.length == 0 ? text_of(name)
                                    : field_path(object->in->arena, object->path, name);
}

void json_in_fault(struct json_in_object *object, const char *name, const char *code,
                   const char *detail)
{
    field_errors_add(object->in->errors, path_of(object, name), code, "%s", detail);
}

/* The value, or NULL when it is absent or null; reports a required one that is missing. */
static json_t *find(struct json_in_object *object, const char *name, enum json_in_need need)
{
    ensure(object->name_count < JSON_IN_FIELDS_MAX);
    object->names[object->name_count++] = name;
    json_t *value = json_object_get(object->json, name);
    if (value != NULL)
        object->found++;
    if (need == IN_REQUIRED && (value == NULL || json_is_null(value))) {
        json_in_fault(object, name, "missing", "required");
        return NULL;
    }
    return value;
}

static bool copy_text(struct json_in_object *object, const char *name, const json_t *value,
                      uint32_t length_max, struct text *out)
{
    size_t length = json_string_length(value);
    if (length > length_max) {
        field_errors_add(object->in->errors, path_of(object, name), "too_long",
                         "at most %" PRIu32 " bytes", length_max);
        return false;
    }
    *out = arena_copy_text(object->in->arena,
                           (struct text){json_string_value(value), (uint32_t)length});
    return true;
}

bool json_in_text(struct json_in_object *object, const char *name, enum json_in_need need,
                  uint32_t length_max, struct text *out)
{
    const json_t *value = find(object, name, need);
    if (value == NULL)
        return false;
    if (json_is_null(value)) {
        *out = no_path();
        return true;
    }
    if (!json_is_string(value)) {
        json_in_fault(object, name, "wrong_type", "must be a string");
        return false;
    }
    if (need == IN_REQUIRED && json_string_length(value) == 0) {
        json_in_fault(object, name, "missing", "must not be empty");
        return false;
    }
    return copy_text(object, name, value, length_max, out);
}

bool json_in_i64(struct json_in_object *object, const char *name, enum json_in_need need,
                 int64_t lowest, int64_t highest, int64_t *out)
{
    const json_t *value = find(object, name, need);
    if (value == NULL || json_is_null(value))
        return false;
    if (!json_is_integer(value)) {
        json_in_fault(object, name, "wrong_type", "must be an integer");
        return false;
    }
    int64_t number = json_integer_value(value);
    if (number < lowest || number > highest) {
        field_errors_add(object->in->errors, path_of(object, name), "out_of_range",
                         "must be from %" PRId64 " to %" PRId64, lowest, highest);
        return false;
    }
    *out = number;
    return true;
}

bool json_in_u32(struct json_in_object *object, const char *name, enum json_in_need need,
                 uint32_t lowest, uint32_t highest, uint32_t *out)
{
    int64_t number;
    if (!json_in_i64(object, name, need, lowest, highest, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

bool json_in_bool(struct json_in_object *object, const char *name, enum json_in_need need,
                  bool *out)
{
    const json_t *value = find(object, name, need);
    if (value == NULL || json_is_null(value))
        return false;
    if (!json_is_boolean(value)) {
        json_in_fault(object, name, "wrong_type", "must be true or false");
        return false;
    }
    *out = json_is_true(value);
    return true;
}

bool json_in_time(struct json_in_object *object, const char *name, enum json_in_need need,
                  uint64_t *out)
{
    const json_t *value = find(object, name, need);
    if (value == NULL || json_is_null(value))
        return false;
    bool is_time = false;
    uint64_t time_ms = 0;
    if (json_is_string(value))
        time_ms = clock_parse(json_string_value(value), json_string_length(value), &is_time);
    if (!is_time) {
        json_in_fault(object, name, "invalid_time", "must be a time as in 2026-11-22T10:00:00Z");
        return false;
    }
    *out = time_ms;
    return true;
}

bool json_in_object(struct json_in_object *object, const char *name, enum json_in_need need,
                    struct json_in_object *out)
{
    json_t *value = find(object, name, need);
    if (value == NULL || json_is_null(value))
        return false;
    if (!json_is_object(value)) {
        json_in_fault(object, name, "wrong_type", "must be an object");
        return false;
    }
    out->in = object->in;
    out->json = value;
    out->path = path_of(object, name);
    out->name_count = 0;
    out->found = 0;
    return true;
}

bool json_in_array(struct json_in_object *object, const char *name, enum json_in_need need,
                   uint32_t count_max, struct json_in_array *out)
{
    json_t *value = find(object, name, need);
    if (value == NULL || json_is_null(value))
        return false;
    return open_array(object->in, value, path_of(object, name), count_max, out);
}

bool json_in_item(const struct json_in_array *array, uint32_t index,
                  struct json_in_object *object_out)
{
    ensure(index < array->count);
    object_out->in = array->in;
    object_out->json = json_array_get(array->json, index);
    object_out->path = field_path_index(array->in->arena, array->path, index);
    object_out->name_count = 0;
    object_out->found = 0;
    if (json_is_object(object_out->json))
        return true;
    field_errors_add(array->in->errors, object_out->path, "wrong_type", "must be an object");
    return false;
}

/* The value as compact JSON in the arena. That is seldom longer than the body it stood in, so one
 * pass nearly always does. */
static bool dump(const struct json_in *in, struct text path, const json_t *value,
                 uint32_t length_max, struct text *out)
{
    size_t room = in->body_length;
    char *bytes = arena_alloc(in->arena, room);
    size_t length = json_dumpb(value, bytes, room, JSON_COMPACT);
    if (length > length_max) {
        field_errors_add(in->errors, path, "too_long", "at most %" PRIu32 " bytes as compact JSON",
                         length_max);
        return false;
    }
    if (length > room) {
        bytes = arena_alloc(in->arena, length);
        ensure(json_dumpb(value, bytes, length, JSON_COMPACT) == length);
    }
    *out = (struct text){bytes, (uint32_t)length};
    return true;
}

bool json_in_any_object(struct json_in_object *object, const char *name, uint32_t length_max,
                        struct text *out)
{
    const json_t *value = find(object, name, IN_OPTIONAL);
    if (value == NULL)
        return false;
    if (json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0)) {
        *out = no_path();
        return true;
    }
    if (!json_is_object(value)) {
        json_in_fault(object, name, "wrong_type", "must be an object");
        return false;
    }
    return dump(object->in, path_of(object, name), value, length_max, out);
}

bool json_in_text_map(struct json_in_object *object, const char *name, uint32_t length_max,
                      struct text *out)
{
    json_t *value = find(object, name, IN_OPTIONAL);
    if (value == NULL)
        return false;
    if (json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0)) {
        *out = no_path();
        return true;
    }
    if (!json_is_object(value)) {
        json_in_fault(object, name, "wrong_type", "must be an object of strings");
        return false;
    }
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item)
    {
        if (!json_is_string(item)) {
            json_in_fault(object, name, "wrong_type", "must be an object of strings");
            return false;
        }
    }
    return dump(object->in, path_of(object, name), value, length_max, out);
}

bool json_in_text_list(struct json_in_object *object, const char *name, uint32_t length_max,
                       struct text *out)
{
    const json_t *value = find(object, name, IN_OPTIONAL);
    if (value == NULL)
        return false;
    if (json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0)) {
        *out = no_path();
        return true;
    }
    if (!json_is_array(value)) {
        json_in_fault(object, name, "wrong_type", "must be an array of strings");
        return false;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_string(json_array_get(value, i))) {
            json_in_fault(object, name, "wrong_type", "must be an array of strings");
            return false;
        }
    }
    return dump(object->in, path_of(object, name), value, length_max, out);
}

bool json_in_texts(struct json_in_object *object, const char *name, enum json_in_need need,
                   uint32_t count_max, struct json_in_texts *out)
{
    struct json_in_array array;
    *out = (struct json_in_texts){NULL, 0};
    if (!json_in_array(object, name, need, count_max, &array))
        return false;
    out->items = arena_alloc_array(object->in->arena, array.count + 1u, sizeof(*out->items));
    for (uint32_t i = 0; i < array.count; i++) {
        const json_t *item = json_array_get(array.json, i);
        if (!json_is_string(item)) {
            json_in_fault(object, name, "wrong_type", "must be an array of strings");
            return false;
        }
        struct text text = {json_string_value(item), (uint32_t)json_string_length(item)};
        out->items[out->count++] = arena_copy_text(object->in->arena, text);
    }
    return true;
}

static bool is_known(const struct json_in_object *object, const char *key)
{
    for (uint32_t i = 0; i < object->name_count; i++) {
        if (strcmp(object->names[i], key) == 0)
            return true;
    }
    return false;
}

void json_in_end(struct json_in_object *object)
{
    if (json_object_size(object->json) == object->found)
        return;
    const char *key;
    json_t *value;
    json_object_foreach(object->json, key, value)
    {
        if (is_known(object, key))
            continue;
        /* The sender's own text names the field: cut to a sane length. */
        struct text shown = text_of(key);
        if (shown.length > JSON_IN_KEY_MAX)
            shown = TEXT("(a very long name)");
        shown = arena_copy_text(object->in->arena, shown);
        field_errors_add(object->in->errors, path_of(object, shown.data), "unknown_field",
                         "there is no such field");
    }
}
