#include "base/json_out.h"

#include "base/check.h"
#include "base/clock.h"

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

void json_out_key(struct json_out *json, const char *key)
{
    ensure(json->depth > 0);
    begin_value(json);
    buffer_append(json->buffer, "\"", 1);
    buffer_append_text(json->buffer, text_of(key));
    buffer_append(json->buffer, "\":", 2);
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
    for (uint32_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\')
            continue;
        buffer_append(buffer, value.data + written, i - written);
        write_escaped(buffer, byte);
        written = i + 1;
    }
    buffer_append(buffer, value.data + written, value.length - written);
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
