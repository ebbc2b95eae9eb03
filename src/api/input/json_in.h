/*
 * json_in.h - reads a request body field by field and collects everything that is wrong with it.
 *
 * A reader asks an object for each field it knows; json_in_end() then complains about the others. A
 * field with a fault is reported once and counts as absent, so reading simply goes on; the handler
 * looks at in->errors when it is through. All texts are copied into the request's arena.
 *
 *   struct json_in in;
 *   struct json_in_object body;
 *   if (json_in_open(&in, arena, &errors, request->body, depth_max) && json_in_root(&in, &body)) {
 *       json_in_text(&body, "name", IN_REQUIRED, CATEGORY_NAME_MAX, &name);
 *       json_in_end(&body);
 *   }
 *   json_in_close(&in);
 */
#ifndef API_JSON_IN_H
#define API_JSON_IN_H

#include "api/input/field_errors.h"
#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct json_t; /* jansson's */

enum { JSON_IN_DEPTH_LIMIT = 64, JSON_IN_FIELDS_MAX = 24, JSON_IN_KEY_MAX = 100 };

/* null means absent for numbers, objects and arrays, and the empty text for texts, where optional.
 */
enum json_in_need { IN_OPTIONAL = 0, IN_REQUIRED };

struct json_in {
    struct arena *arena;
    struct field_errors *errors;
    struct json_t *root;
    uint32_t body_length;
};

struct json_in_object {
    struct json_in *in;
    struct json_t *json;
    struct text path;
    uint32_t name_count; /* fields asked for */
    uint32_t found;      /* of them, those that are there */
    const char *names[JSON_IN_FIELDS_MAX];
};

struct json_in_array {
    struct json_in *in;
    struct json_t *json;
    struct text path;
    uint32_t count;
};

/* False, with one error, when the body is not one JSON value nested at most depth_max levels deep,
 * in UTF-8, without repeated names. json_in_close() is due in any case. */
bool json_in_open(struct json_in *in, struct arena *arena, struct field_errors *errors,
                  struct text body, uint32_t depth_max) MUST_USE;
void json_in_close(struct json_in *in);

bool json_in_root(struct json_in *in, struct json_in_object *object_out) MUST_USE;
bool json_in_root_is_array(const struct json_in *in) MUST_USE;
bool json_in_root_array(struct json_in *in, uint32_t count_max,
                        struct json_in_array *array_out) MUST_USE;

/* Each returns true when the field is there and right; else *out is untouched. */
bool json_in_text(struct json_in_object *object, const char *name, enum json_in_need need,
                  uint32_t length_max, struct text *out);
bool json_in_i64(struct json_in_object *object, const char *name, enum json_in_need need,
                 int64_t lowest, int64_t highest, int64_t *out);
bool json_in_u32(struct json_in_object *object, const char *name, enum json_in_need need,
                 uint32_t lowest, uint32_t highest, uint32_t *out);
bool json_in_bool(struct json_in_object *object, const char *name, enum json_in_need need,
                  bool *out);
/* RFC 3339. */
bool json_in_time(struct json_in_object *object, const char *name, enum json_in_need need,
                  uint64_t *out);
bool json_in_object(struct json_in_object *object, const char *name, enum json_in_need need,
                    struct json_in_object *out);
bool json_in_array(struct json_in_object *object, const char *name, enum json_in_need need,
                   uint32_t count_max, struct json_in_array *out);

/* Values kept as compact JSON of at most length_max bytes; an empty or null one gives the empty
 * text. */
bool json_in_any_object(struct json_in_object *object, const char *name, uint32_t length_max,
                        struct text *out);
bool json_in_text_map(struct json_in_object *object, const char *name, uint32_t length_max,
                      struct text *out);
bool json_in_text_list(struct json_in_object *object, const char *name, uint32_t length_max,
                       struct text *out);

/* A list of strings, one by one. */
struct json_in_texts {
    struct text *items;
    uint32_t count;
};
bool json_in_texts(struct json_in_object *object, const char *name, enum json_in_need need,
                   uint32_t count_max, struct json_in_texts *out);

bool json_in_item(const struct json_in_array *array, uint32_t index,
                  struct json_in_object *object_out) MUST_USE;

/* Reports every field that was not asked for. */
void json_in_end(struct json_in_object *object);
/* Reports a fault that only the caller can see in a field. */
void json_in_fault(struct json_in_object *object, const char *name, const char *code,
                   const char *detail);

#endif
