#include "base/text.h"

#include <string.h>

static char ascii_lower(char c)
{
    if (c < 'A' || c > 'Z')
        return c;
    return (char)(c - 'A' + 'a');
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text text_of(const char *string)
{
    if (string == NULL)
        return TEXT_NONE;
    size_t length = strlen(string);
    ensure(length <= UINT32_MAX);
    return (struct text){string, (uint32_t)length};
}

bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool text_equal_ignoring_case(struct text a, struct text b)
{
    if (a.length != b.length)
        return false;
    for (uint32_t i = 0; i < a.length; i++) {
        if (ascii_lower(a.data[i]) != ascii_lower(b.data[i]))
            return false;
    }
    return true;
}

bool text_starts_with(struct text text, struct text prefix)
{
    return text.length >= prefix.length &&
           (prefix.length == 0 || memcmp(text.data, prefix.data, prefix.length) == 0);
}

bool text_cut(struct text *text, char separator, struct text *head_out)
{
    if (text->data == NULL)
        return false;
    const char *at = text->length == 0 ? NULL : memchr(text->data, separator, text->length);
    if (at == NULL) {
        *head_out = *text;
        *text = TEXT_NONE;
        return true;
    }
    uint32_t length = (uint32_t)(at - text->data);
    *head_out = (struct text){text->data, length};
    *text = (struct text){at + 1, text->length - length - 1};
    return true;
}

struct text text_trim(struct text text)
{
    while (text.length > 0 && is_space(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_space(text.data[text.length - 1]))
        text.length--;
    return text;
}

static bool is_separator(char c)
{
    return c == ' ' || c == ',';
}

bool text_cut_word(struct text *list, struct text *word_out)
{
    uint32_t start = 0;
    while (start < list->length && is_separator(list->data[start]))
        start++;
    uint32_t end = start;
    while (end < list->length && !is_separator(list->data[end]))
        end++;
    if (start == end)
        return false;
    *word_out = (struct text){list->data + start, end - start};
    *list = (struct text){list->data + end, list->length - end};
    return true;
}

bool text_to_u64(struct text text, uint64_t *value_out)
{
    uint64_t value = 0;
    if (text.length == 0)
        return false;
    for (uint32_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value))
            return false;
    }
    *value_out = value;
    return true;
}

bool text_to_u32(struct text text, uint32_t *value_out)
{
    uint64_t value;
    if (!text_to_u64(text, &value) || value > UINT32_MAX)
        return false;
    *value_out = (uint32_t)value;
    return true;
}

bool text_to_i64(struct text text, int64_t *value_out)
{
    bool is_negative = text.length > 0 && text.data[0] == '-';
    struct text digits = text;
    if (is_negative)
        digits = (struct text){text.data + 1, text.length - 1};
    uint64_t magnitude;
    uint64_t magnitude_max = (uint64_t)INT64_MAX + (is_negative ? 1 : 0);
    if (!text_to_u64(digits, &magnitude) || magnitude > magnitude_max)
        return false;
    *value_out = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    return true;
}

/* Bytes of the well-formed sequence that starts at `bytes` (the table of RFC 3629 section 4), or 0.
 */
static uint32_t utf8_sequence_length(const unsigned char *bytes, uint32_t left)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high, length;
    } rows[] = {
        {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        if (bytes[0] < rows[i].first_low || bytes[0] > rows[i].first_high)
            continue;
        uint32_t length = rows[i].length;
        if (length > left)
            return 0;
        if (length > 1 && (bytes[1] < rows[i].second_low || bytes[1] > rows[i].second_high))
            return 0;
        for (uint32_t j = 2; j < length; j++) {
            if (bytes[j] < 0x80 || bytes[j] > 0xbf)
                return 0;
        }
        return length;
    }
    return 0;
}

bool text_is_utf8(struct text text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    uint32_t i = 0;
    while (i < text.length) {
        /* Most texts are ASCII: eight bytes at a time while no top bit is set. */
        uint64_t eight = UINT64_MAX;
        if (text.length - i >= sizeof(eight))
            memcpy(&eight, bytes + i, sizeof(eight));
        if ((eight & UINT64_C(0x8080808080808080)) == 0) {
            i += (uint32_t)sizeof(eight);
            continue;
        }
        uint32_t length = utf8_sequence_length(bytes + i, text.length - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}
