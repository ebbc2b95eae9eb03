#include "api/edge/traceparent.h"

enum {
    TRACE_AT = 3,
    PARENT_AT = TRACE_AT + TRACE_ID_LENGTH + 1,
    PARENT_LENGTH = 16,
    FLAGS_AT = PARENT_AT + PARENT_LENGTH + 1,
    FLAGS_LENGTH = 2,
    VALUE_LENGTH = FLAGS_AT + FLAGS_LENGTH,
};

static bool is_hex(struct text value, uint32_t at, uint32_t length)
{
    for (uint32_t i = at; i < at + length; i++) {
        char c = value.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

static bool is_zero(struct text value, uint32_t at, uint32_t length)
{
    for (uint32_t i = at; i < at + length; i++) {
        if (value.data[i] != '0')
            return false;
    }
    return true;
}

struct text traceparent_read(struct text value)
{
    const struct text none = TEXT("");
    if (value.length < VALUE_LENGTH)
        return none;
    const char *at = value.data;
    bool is_version_00 = at[0] == '0' && at[1] == '0';
    bool ends = value.length == VALUE_LENGTH || (!is_version_00 && at[VALUE_LENGTH] == '-');
    bool is_whole = is_hex(value, 0, 2) && is_hex(value, TRACE_AT, TRACE_ID_LENGTH) &&
                    is_hex(value, PARENT_AT, PARENT_LENGTH) &&
                    is_hex(value, FLAGS_AT, FLAGS_LENGTH) && at[TRACE_AT - 1] == '-' &&
                    at[PARENT_AT - 1] == '-' && at[FLAGS_AT - 1] == '-';
    bool is_reserved = (at[0] == 'f' && at[1] == 'f') ||
                       is_zero(value, TRACE_AT, TRACE_ID_LENGTH) ||
                       is_zero(value, PARENT_AT, PARENT_LENGTH);
    if (!ends || !is_whole || is_reserved)
        return none;
    return (struct text){at + TRACE_AT, TRACE_ID_LENGTH};
}

struct text traceparent_of(const struct request *request)
{
    const struct text name = TEXT("traceparent");
    struct text found = TEXT("");
    uint32_t count = 0;
    for (uint32_t i = 0; i < request->header_count; i++) {
        const struct request_header *header = &request->headers[i];
        if (header->name.length != name.length || !text_equal_ignoring_case(header->name, name))
            continue;
        found = traceparent_read(header->value);
        count++;
    }
    return count == 1 ? found : TEXT("");
}
