/*
 * text.h - a borrowed run of bytes with its length; UTF-8 unless said otherwise.
 *
 * Nothing here allocates. A text need not end in NUL. Parsers are strict: the whole text must
 * be the number, no sign where none is allowed, no white space, no overflow.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
/* Cuts at the first run of spaces and commas, which separate the words of a list. False when there
 * is no word left. */
bool text_cut_word(struct text *list, struct text *word_out) MUST_USE;

bool text_to_u64(struct text text, uint64_t *value_out) MUST_USE;
bool text_to_u32(struct text text, uint32_t *value_out) MUST_USE;
bool text_to_i64(struct text text, int64_t *value_out) MUST_USE;
bool text_is_utf8(struct text text) MUST_USE;

#endif
