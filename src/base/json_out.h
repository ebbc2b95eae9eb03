/*
 * json_out.h - writes JSON into a buffer. Commas and nesting are kept by the writer, keys must be
 * literals without anything to escape; values are escaped (RFC 8259) and must be UTF-8.
 */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSON_OUT_DEPTH_MAX = 16 };

struct json_out {
    struct buffer *buffer;
    uint32_t depth;
    bool has_value[JSON_OUT_DEPTH_MAX]; /* per level: a comma is due before the next value */
};

void json_out_init(struct json_out *json, struct buffer *buffer);
void json_out_key_text(struct json_out *json, struct text key);
static inline void json_out_key(struct json_out *json, const char *key)
{
    json_out_key_text(json, (struct text){key, (uint32_t)__builtin_strlen(key)});
}
void json_out_object_begin(struct json_out *json);
void json_out_object_end(struct json_out *json);
void json_out_array_begin(struct json_out *json);
void json_out_array_end(struct json_out *json);
void json_out_text(struct json_out *json, struct text value); /* TEXT_NONE writes null */
void json_out_u64(struct json_out *json, uint64_t value);
void json_out_i64(struct json_out *json, int64_t value);
void json_out_bool(struct json_out *json, bool value);
void json_out_null(struct json_out *json);
/* `value` is JSON already, written as it is. */
void json_out_raw(struct json_out *json, struct text value);
/* RFC 3339 in UTC with milliseconds left out when 0: 2026-11-22T10:00:00Z. */
void json_out_time(struct json_out *json, uint64_t time_ms);

#endif
