#include "search/index/tokens.h"

#include <endian.h>
#include <string.h>
#include <utf8proc.h>

enum { DECOMPOSED_MAX = 32, ASCII = 0x80, LOWER_CASE = 0x20 };

#define EACH_BYTE UINT64_C(0x0101010101010101)

/* Scripts without spaces: first and last code point of each block. */
static const int32_t lone_blocks[][2] = {
    {0x0E00, 0x0EFF}, {0x1780, 0x17FF}, {0x3040, 0x30FF}, {0x31F0, 0x31FF},
    {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x20000, 0x3FFFF},
};

static bool stands_alone(int32_t point)
{
    for (uint32_t i = 0; i < countof(lone_blocks); i++) {
        if (point >= lone_blocks[i][0] && point <= lone_blocks[i][1])
            return true;
    }
    return false;
}

enum letter_kind { LETTER_NONE, LETTER, DIGIT };

static enum letter_kind kind_of(int32_t point)
{
    utf8proc_category_t category = utf8proc_category(point);
    if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO)
        return LETTER;
    bool is_number = category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
    return is_number ? DIGIT : LETTER_NONE;
}

/* One code point of the text: how many bytes it takes, and what it becomes. */
struct point {
    uint32_t size;
    int32_t folded[DECOMPOSED_MAX];
    uint32_t count; /* 0: no part of a word, or a mark */
    bool is_mark;   /* stripped: the word goes on behind it */
    bool is_apostrophe;
};

static void read_point(const char *at, const char *end, struct point *point)
{
    int32_t decoded;
    utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)at, end - at, &decoded);
    *point = (struct point){.size = size > 0 ? (uint32_t)size : 1};
    if (size <= 0)
        return;
    point->is_apostrophe = decoded == 0x2019;
    int last_class = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char(decoded, point->folded, DECOMPOSED_MAX,
                                (utf8proc_option_t)(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                                    UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK),
                                &last_class);
    point->is_mark = count == 0;
    if (count > 0 && count <= DECOMPOSED_MAX)
        point->count = (uint32_t)count;
}

static void append_point(struct token_cursor *cursor, int32_t point)
{
    utf8proc_uint8_t bytes[4];
    uint32_t size = (uint32_t)utf8proc_encode_char(point, bytes);
    if (cursor->length + size > cursor->length_max) {
        cursor->length_max = cursor->length; /* nor is there room for what comes behind */
        return;
    }
    memcpy(cursor->bytes + cursor->length, bytes, size);
    cursor->length += size;
}

static bool is_ascii_letter(const char *at, const char *end)
{
    unsigned char byte = at < end ? (unsigned char)*at : 0;
    return (byte | LOWER_CASE) >= 'a' && (byte | LOWER_CASE) <= 'z';
}

/* Marks are stripped, so what stands behind them counts. */
static bool is_letter_at(const char *at, const char *end)
{
    while (at < end && (unsigned char)*at >= ASCII) {
        struct point point;
        read_point(at, end, &point);
        if (!point.is_mark)
            return point.count > 0 && kind_of(point.folded[0]) == LETTER;
        at += point.size;
    }
    return is_ascii_letter(at, end);
}

void tokens_begin(struct token_cursor *cursor, struct text text)
{
    cursor->at = text.data;
    cursor->end = text.data + text.length;
    cursor->length = 0;
    cursor->length_max = TOKEN_BYTES_MAX;
    cursor->has_digit = false;
    cursor->after_letter = false;
    cursor->gap = GAP_NONE;
    cursor->points_used = 0;
}

static void widen_gap(struct token_cursor *cursor, bool by_hyphen)
{
    cursor->gap = by_hyphen && cursor->gap == GAP_NONE ? GAP_HYPHEN : GAP_OTHER;
}

/* One of what a code point becomes; false when the word ends before or behind it. */
static bool take_folded(struct token_cursor *cursor, int32_t folded)
{
    enum letter_kind kind = kind_of(folded);
    bool ends_word = kind == LETTER_NONE || stands_alone(folded);
    if (ends_word && cursor->length > 0)
        return false;
    cursor->points_used++;
    if (kind == LETTER_NONE) {
        widen_gap(cursor, folded == '-');
        return true;
    }
    append_point(cursor, folded);
    cursor->has_digit |= kind == DIGIT;
    cursor->after_letter = kind == LETTER;
    return !ends_word;
}

/* A code point beyond ASCII; false when the word ends before, within or behind it. */
static bool take_point(struct token_cursor *cursor)
{
    struct point point;
    read_point(cursor->at, cursor->end, &point);
    if (point.is_apostrophe) {
        bool joins = cursor->after_letter && is_letter_at(cursor->at + point.size, cursor->end);
        if (joins)
            cursor->at += point.size;
        return joins;
    }
    bool goes_on = point.count > 0 || (point.is_mark && cursor->length > 0);
    while (goes_on && cursor->points_used < point.count)
        goes_on = take_folded(cursor, point.folded[cursor->points_used]);
    if (cursor->points_used < point.count)
        return false; /* the next word begins within this code point */
    cursor->points_used = 0;
    if (cursor->length > 0)
        cursor->at += point.size;
    return goes_on && cursor->length > 0;
}

/* The highest bit of each of eight bytes that lies from `low` to `high`; all of them are ASCII. */
static uint64_t bytes_within(uint64_t eight, unsigned char low, unsigned char high)
{
    uint64_t reached = eight + EACH_BYTE * (ASCII - low);
    uint64_t passed = eight + EACH_BYTE * (ASCII - 1 - high);
    return reached & ~passed & EACH_BYTE * ASCII;
}

/* Letters and digits of ASCII, as many as there are. Eight at a time: what cutting a text costs is
 * guesses where a word ends. */
static void take_ascii(struct token_cursor *cursor)
{
    uint32_t size = 8;
    while (size == 8) {
        uint64_t eight =
            text_eight((struct text){cursor->at, (uint32_t)(cursor->end - cursor->at)}, 0);
        uint64_t ascii = eight & EACH_BYTE * (ASCII - 1);
        uint64_t beyond = eight & EACH_BYTE * ASCII;
        uint64_t letters = bytes_within(ascii | EACH_BYTE * LOWER_CASE, 'a', 'z') & ~beyond;
        uint64_t digits = bytes_within(ascii, '0', '9') & ~beyond;
        uint64_t gaps = ~(letters | digits) & EACH_BYTE * ASCII;
        size = gaps == 0 ? 8 : (uint32_t)__builtin_ctzll(gaps) / 8;
        if (size == 0)
            return;
        uint64_t folded = htole64(eight | EACH_BYTE * LOWER_CASE); /* digits have that bit */
        memcpy(cursor->bytes + cursor->length, &folded, sizeof folded);
        uint32_t room = cursor->length_max - cursor->length;
        cursor->length += size < room ? size : room;
        cursor->has_digit |= digits << 8 * (8 - size) != 0;
        cursor->after_letter = letters >> (8 * size - 1) & 1;
        cursor->at += size;
    }
}

/* From the first byte of a word on. */
static void take_word(struct token_cursor *cursor)
{
    for (;;) {
        take_ascii(cursor);
        if (cursor->at == cursor->end)
            return;
        unsigned char byte = (unsigned char)*cursor->at;
        if (byte >= ASCII) {
            if (!take_point(cursor))
                return;
        } else if (byte == '\'' && cursor->after_letter &&
                   is_letter_at(cursor->at + 1, cursor->end)) {
            cursor->at++;
        } else {
            return;
        }
    }
}

/* A space or sign of ASCII. */
static inline bool is_gap(unsigned char byte)
{
    static const uint64_t letters_and_digits[] = {
        UINT64_C(0x3ff) << '0',
        UINT64_C(0x3ffffff) << ('A' - 64) | UINT64_C(0x3ffffff) << ('a' - 64),
        UINT64_MAX,
        UINT64_MAX,
    };
    return (letters_and_digits[byte / 64] >> byte % 64 & 1) == 0;
}

/* What of that stands before a word. */
static inline void pass_gap(struct token_cursor *cursor)
{
    const char *from = cursor->at;
    const char *at = from;
    while (at < cursor->end && is_gap((unsigned char)*at))
        at++;
    if (at == from)
        return;
    cursor->at = at;
    widen_gap(cursor, at == from + 1 && *from == '-');
}

/* A code point of which no word took anything; what it becomes is in the gap already. */
static void pass_point(struct token_cursor *cursor)
{
    struct point point;
    read_point(cursor->at, cursor->end, &point);
    bool was_looked_at = point.is_mark || (point.count > 0 && !point.is_apostrophe);
    if (!was_looked_at)
        widen_gap(cursor, false);
    cursor->at += point.size;
}

/* Takes nothing more: it was cut, or has as many bytes as a word can have. */
static bool is_full(const struct token_cursor *cursor)
{
    return cursor->length == cursor->length_max;
}

/* For a word that may have been cut: digits behind that do not count. */
static bool holds_digit(struct text word)
{
    int32_t point;
    for (uint32_t at = 0; at < word.length;) {
        utf8proc_ssize_t size =
            utf8proc_iterate((const utf8proc_uint8_t *)word.data + at, word.length - at, &point);
        ensure(size > 0);
        if (kind_of(point) == DIGIT)
            return true;
        at += (uint32_t)size;
    }
    return false;
}

bool tokens_next(struct token_cursor *cursor, struct search_token *token_out)
{
    bool is_first = cursor->length == 0;
    cursor->gap = GAP_NONE;
    cursor->length = 0;
    cursor->length_max = TOKEN_BYTES_MAX;
    cursor->has_digit = false;
    cursor->after_letter = false;
    for (pass_gap(cursor); cursor->at < cursor->end; pass_gap(cursor)) {
        const char *start = cursor->at;
        take_word(cursor);
        if (cursor->length > 0) {
            if (is_full(cursor))
                cursor->has_digit = holds_digit((struct text){cursor->bytes, cursor->length});
            *token_out = (struct search_token){
                .text = {cursor->bytes, cursor->length},
                .source = {start, (uint32_t)(cursor->at - start)},
                .has_digit = cursor->has_digit,
                .after_hyphen = !is_first && cursor->gap == GAP_HYPHEN,
            };
            return true;
        }
        if (cursor->at == start)
            pass_point(cursor);
    }
    return false;
}

void tokens_begin_joining(struct joining_cursor *cursor, struct text text)
{
    tokens_begin(&cursor->words, text);
    cursor->has_joined = false;
    cursor->is_joined = false;
    cursor->before_length = 0;
}

/* Is there, or may there be, a hyphen behind the last word? */
static bool may_join(const struct token_cursor *words)
{
    return words->length > 0 && words->at < words->end &&
           (*words->at == '-' || (unsigned char)*words->at >= ASCII);
}

/* The last word becomes the one before. */
static void keep_word(struct joining_cursor *cursor)
{
    memcpy(cursor->joined, cursor->words.bytes, cursor->words.length);
    cursor->before_length = cursor->words.length;
    cursor->before_has_digit = cursor->words.has_digit;
    cursor->before_is_full = is_full(&cursor->words);
}

/* So many bytes or fewer, so that the last code point is whole; there is a byte behind them. */
static uint32_t whole_points(const char *bytes, uint32_t length)
{
    while (length > 0 && ((unsigned char)bytes[length] & 0xC0) == ASCII)
        length--;
    return length;
}

static struct search_token join_words(struct joining_cursor *cursor)
{
    const struct token_cursor *last = &cursor->words;
    uint32_t length = cursor->before_length;
    bool has_digit = cursor->before_has_digit;
    if (!cursor->before_is_full) {
        memcpy(cursor->joined + length, last->bytes, last->length);
        length += last->length;
        has_digit |= last->has_digit;
    }
    if (length > TOKEN_BYTES_MAX) {
        length = whole_points(cursor->joined, TOKEN_BYTES_MAX);
        has_digit = holds_digit((struct text){cursor->joined, length});
    }
    return (struct search_token){.text = {cursor->joined, length}, .has_digit = has_digit};
}

bool tokens_next_joining(struct joining_cursor *cursor, struct search_token *token_out)
{
    cursor->is_joined = cursor->has_joined;
    cursor->has_joined = false;
    if (cursor->is_joined) {
        *token_out = join_words(cursor);
        return true;
    }
    if (may_join(&cursor->words))
        keep_word(cursor);
    if (!tokens_next(&cursor->words, token_out))
        return false;
    cursor->has_joined = token_out->after_hyphen;
    return true;
}

uint32_t tokens_fold(struct text text, char *folded_out, uint32_t size)
{
    struct token_cursor cursor;
    struct search_token token;
    uint32_t length = 0;
    tokens_begin(&cursor, text);
    while (tokens_next(&cursor, &token)) {
        uint32_t needed = token.text.length + (length > 0);
        if (length + needed >= size)
            break;
        if (length > 0)
            folded_out[length++] = ' ';
        memcpy(folded_out + length, token.text.data, token.text.length);
        length += token.text.length;
    }
    folded_out[length] = '\0';
    return length;
}
