#include "search/substring.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum { CASE_BIT = 0x20, WINDOW = 16 };

static unsigned char fold(char letter)
{
    unsigned char byte = (unsigned char)letter;
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | CASE_BIT) : byte;
}

struct text substring_fold(struct arena *arena, struct text text)
{
    char *folded = arena_alloc(arena, (size_t)text.length + 1);
    for (uint32_t i = 0; i < text.length; i++)
        folded[i] = (char)fold(text.data[i]);
    return (struct text){folded, text.length};
}

static bool stands_at(const char *place, struct text folded)
{
    for (uint32_t i = 0; i < folded.length; i++) {
        if (fold(place[i]) != (unsigned char)folded.data[i])
            return false;
    }
    return true;
}

static bool occurs_plainly(struct text text, struct text folded)
{
    uint32_t places = text.length - folded.length + 1;
    for (uint32_t i = 0; i < places; i++) {
        if (fold(text.data[i]) == (unsigned char)folded.data[0] && stands_at(text.data + i, folded))
            return true;
    }
    return false;
}

#if defined(__SSE2__)

static __m128i load(const char *place)
{
    __m128i window;
    memcpy(&window, place, sizeof window); /* one unaligned load */
    return window;
}

/* Bit i: at place + i the first and the last letter may stand. With the case bit set in both, some
 * other bytes look alike, and no letter is missed. */
static unsigned candidates(const char *place, struct text folded)
{
    const __m128i case_bits = _mm_set1_epi8(CASE_BIT);
    __m128i first = _mm_set1_epi8((char)(folded.data[0] | CASE_BIT));
    __m128i last = _mm_set1_epi8((char)(folded.data[folded.length - 1] | CASE_BIT));
    __m128i starts = load(place);
    __m128i ends = load(place + folded.length - 1);
    __m128i hits = _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(starts, case_bits), first),
                                 _mm_cmpeq_epi8(_mm_or_si128(ends, case_bits), last));
    return (unsigned)_mm_movemask_epi8(hits);
}

static bool occurs_in_window(const char *place, struct text folded)
{
    for (unsigned hits = candidates(place, folded); hits != 0; hits &= hits - 1) {
        if (stands_at(place + __builtin_ctz(hits), folded))
            return true;
    }
    return false;
}

static bool occurs(struct text text, struct text folded)
{
    uint32_t places = text.length - folded.length + 1;
    if (places < WINDOW)
        return occurs_plainly(text, folded);
    for (uint32_t i = 0; i + WINDOW <= places; i += WINDOW) {
        if (occurs_in_window(text.data + i, folded))
            return true;
    }
    return occurs_in_window(text.data + places - WINDOW, folded); /* the rest, overlapping */
}

#else

static bool occurs(struct text text, struct text folded)
{
    return occurs_plainly(text, folded);
}

#endif

bool substring_occurs(struct text text, struct text folded)
{
    if (folded.length == 0)
        return true;
    return folded.length <= text.length && occurs(text, folded);
}
