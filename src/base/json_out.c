#include "base/json_out.h"

#include "base/check.h"
#include "base/clock.h"

#include <string.h>

void json_out_init(struct json_out *json, struct buffer *buffer)
{
    *json = (struct json_out){.buffer = buffer};
}

/* The comma that is due before a value or a key. */
static void begin_value(struct json_out *json)
{
    bool *has_value = &json->has_value[json->depth];
    if (*has_value)
        buffer_append(json->buffer, ",", 1);
    *has_value = true;
}

static void begin_level(struct json_out *json, char bracket)
{
    begin_value(json);
    buffer_append(json->buffer, &bracket, 1);
    json->depth++;
    ensure(json->depth < JSON_OUT_DEPTH_MAX);
    json->has_value[json->depth] = false;
}

static void end_level(struct json_out *json, char bracket)
{
    ensure(json->depth > 0);
    json->depth--;
    buffer_append(json->buffer, &bracket, 1);
}

void json_out_key_text(struct json_out *json, struct text key)
{
    ensure(json->depth > 0);
    begin_value(json);
    char *out = buffer_extend(json->buffer, (size_t)key.length + 3);
    *out++ = '"';
    memcpy(out, key.data, key.length);
    out += key.length;
    *out++ = '"';
    *out = ':';
    json->has_value[json->depth] = false; /* its value follows without a comma */
}

void json_out_object_begin(struct json_out *json)
{
    begin_level(json, '{');
}

void json_out_object_end(struct json_out *json)
{
    end_level(json, '}');
}

void json_out_array_begin(struct json_out *json)
{
    begin_level(json, '[');
}

void json_out_array_end(struct json_out *json)
{
    end_level(json, ']');
}

static void write_escaped(struct buffer *buffer, unsigned char byte)
{
    static const char short_names[] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    if (short_names[byte] != 0) {
        char out[2] = {'\\', short_names[byte]};
        buffer_append(buffer, out, sizeof(out));
    } else {
        buffer_printf(buffer, "\\u%04x", byte);
    }
}

/* Does any of eight bytes need escaping? (After "Bit Twiddling Hacks", Sean Eron Anderson: a byte
 * that is less than n, or zero, shows in its top bit; a false alarm only costs a closer look.) */
static bool has_special(const char *bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = UINT64_C(0x8080808080808080);
    uint64_t eight;
    memcpy(&eight, bytes, sizeof(eight));
    uint64_t quote = eight ^ (ones * '"');
    uint64_t backslash = eight ^ (ones * '\\');
    uint64_t found = ((eight - ones * 0x20) & ~eight) | ((quote - ones) & ~quote) |
                     ((backslash - ones) & ~backslash);
    return (found & tops) != 0;
}

/* How many bytes from `first` on can be written as they are. */
static uint32_t plain_length(struct text value, uint32_t first)
{
    uint32_t i = first;
    while (value.length - i >= sizeof(uint64_t) && !has_special(value.data + i))
        i += (uint32_t)sizeof(uint64_t);
    while (i < value.length && (unsigned char)value.data[i] >= 0x20 && value.data[i] != '"' &&
           value.data[i] != '\\')
        i++;
    return i - first;
}

void json_out_text(struct json_out *json, struct text value)
{
    if (value.data == NULL) {
        json_out_null(json);
        return;
    }
    begin_value(json);
    struct buffer *buffer = json->buffer;
    buffer_append(buffer, "\"", 1);
    uint32_t written = 0;
    while (written < value.length) {
        uint32_t length = plain_length(value, written);
        buffer_append(buffer, value.data + written, length);
        written += length;
        if (written < value.length)
            write_escaped(buffer, (unsigned char)value.data[written++]);
    }
    buffer_append(buffer, "\"", 1);
}

void json_out_u64(struct json_out *json, uint64_t value)
{
    begin_value(json);
    buffer_append_u64(json->buffer, value);
}

void json_out_i64(struct json_out *json, int64_t value)
{
    begin_value(json);
    buffer_append_i64(json->buffer, value);
}

void json_out_bool(struct json_out *json, bool value)
{
    json_out_raw(json, value ? TEXT("true") : TEXT("false"));
}

void json_out_null(struct json_out *json)
{
    json_out_raw(json, TEXT("null"));
}

void json_out_raw(struct json_out *json, struct text value)
{
    begin_value(json);
    buffer_append_text(json->buffer, value);
}

void json_out_time(struct json_out *json, uint64_t time_ms)
{
    char text[CLOCK_TEXT_SIZE];
    size_t length = clock_format(time_ms, text);
    json_out_text(json, (struct text){text, (uint32_t)length});
}
