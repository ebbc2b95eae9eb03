/*
 * query_in.h - the parameters behind the '?': decoded once, then asked for by name, like json_in.h.
 * Texts live in the request's arena.
 */
#ifndef API_QUERY_IN_H
#define API_QUERY_IN_H

#include "api/input/field_errors.h"
#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { QUERY_IN_PARAMETERS_MAX = 40, QUERY_IN_TEXT_MAX = 2000 };

struct query_in_parameter {
    struct text name;
    struct text value;
    bool is_used;
};

struct query_in {
    struct field_errors *errors;
    uint32_t count;
    struct query_in_parameter parameters[QUERY_IN_PARAMETERS_MAX];
};

/* Percent-encoding and '+' are undone; bad encoding, bad UTF-8, NUL and repeated names are errors.
 */
void query_in_read(struct query_in *query, struct arena *arena, struct field_errors *errors,
                   struct text raw);

/* Each returns true when the parameter is there and right. */
bool query_in_text(struct query_in *query, const char *name, uint32_t length_max, struct text *out);
/* A text to search for: SEARCH_WORDS_BYTES_MAX bytes, SEARCH_WORDS_MAX words. */
bool query_in_words(struct query_in *query, const char *name, struct text *out);
bool query_in_u64(struct query_in *query, const char *name, uint64_t lowest, uint64_t highest,
                  uint64_t *out);
bool query_in_bool(struct query_in *query, const char *name, bool *out);
bool query_in_time(struct query_in *query, const char *name, uint64_t *out);
/* The next parameter whose name starts with `prefix`: false when there are no more. */
bool query_in_prefixed(struct query_in *query, struct text prefix, uint32_t *position,
                       struct text *name_out, struct text *value_out);
void query_in_fault(struct query_in *query, const char *name, const char *code, const char *detail);
/* Reports every parameter that was not asked for. */
void query_in_end(struct query_in *query);

/* %41 -> A, '+' -> space where `plus_is_space`; false on a bad escape, NUL or bad UTF-8. */
bool query_in_decode(struct arena *arena, struct text raw, bool plus_is_space,
                     struct text *out) MUST_USE;

#endif
