#include "api/input/query_in.h"

#include "base/clock.h"
#include "search/query.h"

#include <inttypes.h>
#include <string.h>

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool query_in_decode(struct arena *arena, struct text raw, bool plus_is_space, struct text *out)
{
    char *decoded = arena_alloc(arena, (size_t)raw.length + 1);
    uint32_t length = 0;
    for (uint32_t i = 0; i < raw.length; i++) {
        char byte = raw.data[i];
        if (byte == '+' && plus_is_space)
            byte = ' ';
        if (byte == '%') {
            bool is_whole = raw.length - i > 2;
            int high = is_whole ? hex_value(raw.data[i + 1]) : -1;
            int low = is_whole ? hex_value(raw.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            byte = (char)(high * 16 + low);
            i += 2;
        }
        if (byte == '\0')
            return false;
        decoded[length++] = byte;
    }
    *out = (struct text){decoded, length};
    return text_is_utf8(*out);
}

void query_in_fault(struct query_in *query, const char *name, const char *code, const char *detail)
{
    field_errors_add(query->errors, text_of(name), code, "%s", detail);
}

static struct query_in_parameter *find(struct query_in *query, struct text name)
{
    for (uint32_t i = 0; i < query->count; i++) {
        if (text_equal(query->parameters[i].name, name))
            return &query->parameters[i];
    }
    return NULL;
}

static void read_one(struct query_in *query, struct arena *arena, struct text pair)
{
    struct text name;
    struct text value = TEXT("");
    struct text rest = pair;
    if (!text_cut(&rest, '=', &name))
        return;
    if (rest.data != NULL)
        value = rest;
    struct query_in_parameter parameter = {.is_used = false};
    struct text faulty = TEXT("query"); /* where not even the name can be read */
    bool is_decoded = query_in_decode(arena, name, true, &parameter.name);
    if (is_decoded) {
        faulty = parameter.name;
        is_decoded = query_in_decode(arena, value, true, &parameter.value);
    }
    if (!is_decoded) {
        field_errors_add(query->errors, faulty, "invalid_encoding",
                         "must be percent-encoded UTF-8 without NUL");
        return;
    }
    if (find(query, parameter.name) != NULL) {
        field_errors_add(query->errors, parameter.name, "repeated", "given more than once");
        return;
    }
    if (query->count == QUERY_IN_PARAMETERS_MAX) {
        query_in_fault(query, "query", "too_many", "too many parameters");
        return;
    }
    query->parameters[query->count++] = parameter;
}

void query_in_read(struct query_in *query, struct arena *arena, struct field_errors *errors,
                   struct text raw)
{
    query->errors = errors;
    query->count = 0;
    struct text pair;
    while (errors->count < FIELD_ERRORS_MAX && text_cut(&raw, '&', &pair)) {
        if (pair.length > 0)
            read_one(query, arena, pair);
    }
}

static struct query_in_parameter *take(struct query_in *query, const char *name)
{
    struct query_in_parameter *parameter = find(query, text_of(name));
    if (parameter != NULL)
        parameter->is_used = true;
    return parameter;
}

bool query_in_text(struct query_in *query, const char *name, uint32_t length_max, struct text *out)
{
    const struct query_in_parameter *parameter = take(query, name);
    if (parameter == NULL)
        return false;
    if (parameter->value.length > length_max) {
        field_errors_add(query->errors, text_of(name), "too_long", "at most %" PRIu32 " bytes",
                         length_max);
        return false;
    }
    *out = parameter->value;
    return true;
}

static uint32_t count_words(struct text text)
{
    uint32_t count = 0;
    bool is_within = false;
    for (uint32_t i = 0; i < text.length; i++) {
        bool is_space = text.data[i] == ' ' || (text.data[i] >= '\t' && text.data[i] <= '\r');
        count += !is_space && !is_within;
        is_within = !is_space;
    }
    return count;
}

bool query_in_words(struct query_in *query, const char *name, struct text *out)
{
    if (!query_in_text(query, name, SEARCH_WORDS_BYTES_MAX, out))
        return false;
    if (count_words(*out) > SEARCH_WORDS_MAX) {
        query_in_fault(query, name, "too_many", "at most 16 words");
        return false;
    }
    return true;
}

bool query_in_u64(struct query_in *query, const char *name, uint64_t lowest, uint64_t highest,
                  uint64_t *out)
{
    const struct query_in_parameter *parameter = take(query, name);
    if (parameter == NULL)
        return false;
    uint64_t value;
    if (!text_to_u64(parameter->value, &value) || value < lowest || value > highest) {
        field_errors_add(query->errors, text_of(name), "out_of_range",
                         "must be a number from %" PRIu64 " to %" PRIu64, lowest, highest);
        return false;
    }
    *out = value;
    return true;
}

bool query_in_bool(struct query_in *query, const char *name, bool *out)
{
    const struct query_in_parameter *parameter = take(query, name);
    if (parameter == NULL)
        return false;
    bool is_true = text_equal(parameter->value, TEXT("true"));
    if (!is_true && !text_equal(parameter->value, TEXT("false"))) {
        query_in_fault(query, name, "wrong_type", "must be true or false");
        return false;
    }
    *out = is_true;
    return true;
}

bool query_in_time(struct query_in *query, const char *name, uint64_t *out)
{
    const struct query_in_parameter *parameter = take(query, name);
    if (parameter == NULL)
        return false;
    bool is_time = false;
    uint64_t time_ms = clock_parse(parameter->value.data, parameter->value.length, &is_time);
    if (!is_time) {
        query_in_fault(query, name, "invalid_time", "must be a time as in 2026-11-22T10:00:00Z");
        return false;
    }
    *out = time_ms;
    return true;
}

bool query_in_prefixed(struct query_in *query, struct text prefix, uint32_t *position,
                       struct text *name_out, struct text *value_out)
{
    while (*position < query->count) {
        struct query_in_parameter *parameter = &query->parameters[(*position)++];
        if (!text_starts_with(parameter->name, prefix))
            continue;
        parameter->is_used = true;
        *name_out = (struct text){parameter->name.data + prefix.length,
                                  parameter->name.length - prefix.length};
        *value_out = parameter->value;
        return true;
    }
    return false;
}

void query_in_end(struct query_in *query)
{
    for (uint32_t i = 0; i < query->count; i++) {
        if (!query->parameters[i].is_used)
            field_errors_add(query->errors, query->parameters[i].name, "unknown_parameter",
                             "there is no such parameter");
    }
}
