/*
 * text.h - a borrowed run of bytes with its length; UTF-8 unless said otherwise.
 *
 * Nothing here allocates. A text need not end in NUL. Parsers are strict: the whole text must
 * be the number, no sign where none is allowed, no white space, no overflow.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/check.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    const char *data;
    uint32_t length;
};

/* A string literal as text. */
#define TEXT(literal) ((struct text){(literal), (uint32_t)sizeof(literal) - 1})
#define TEXT_NONE     ((struct text){NULL, 0})
/* For printf-like functions: "%.*s", TEXT_ARGS(text). */
#define TEXT_ARGS(text) (int)(text).length, (text).data

/* `string` may be NULL (gives TEXT_NONE); at most UINT32_MAX bytes. */
struct text text_of(const char *string);
bool text_equal(struct text a, struct text b) MUST_USE;
bool text_equal_ignoring_case(struct text a, struct text b) MUST_USE; /* ASCII only */
bool text_starts_with(struct text text, struct text prefix) MUST_USE;
/* Cuts at the first `separator`: the part before goes to *head_out, the rest stays in *text.
 * False when *text was used up already (data == NULL). */
bool text_cut(struct text *text, char separator, struct text *head_out) MUST_USE;
struct text text_trim(struct text text);
/* Eight bytes from `at` on, which is not behind the end, as a number, the first lowest; those
 * behind the end are 0. What is short is read twice in part rather than byte by byte. */
static inline uint64_t text_eight(struct text text, uint32_t at)
{
    uint32_t left = text.length - at;
    if (left == 0)
        return 0;
    const char *bytes = text.data + at;
    if (left >= sizeof(uint64_t)) {
        uint64_t eight;
        memcpy(&eight, bytes, sizeof eight);
        return le64toh(eight);
    }
    if (left >= sizeof(uint32_t)) {
        uint32_t first;
        uint32_t last;
        memcpy(&first, bytes, sizeof first);
        memcpy(&last, bytes + left - sizeof last, sizeof last);
        return le32toh(first) | (uint64_t)le32toh(last) << 8 * (left - sizeof last);
    }
    uint32_t half = left / 2;
    return (unsigned char)bytes[0] | (uint64_t)(unsigned char)bytes[half] << 8 * half |
           (uint64_t)(unsigned char)bytes[left - 1] << 8 * (left - 1);
}
/* Cuts at the first run of spaces and commas, which separate the words of a list. False when there
 * is no word left. */
bool text_cut_word(struct text *list, struct text *word_out) MUST_USE;

bool text_to_u64(struct text text, uint64_t *value_out) MUST_USE;
bool text_to_u32(struct text text, uint32_t *value_out) MUST_USE;
bool text_to_i64(struct text text, int64_t *value_out) MUST_USE;
bool text_is_utf8(struct text text) MUST_USE;

#endif
