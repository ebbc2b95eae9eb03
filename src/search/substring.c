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

/* The first and the last letter of a word, sixteen times each. */
struct ends {
    __m128i first;
    __m128i last;
};

static struct ends ends_of(struct text folded)
{
    return (struct ends){
        .first = _mm_set1_epi8((char)(folded.data[0] | CASE_BIT)),
        .last = _mm_set1_epi8((char)(folded.data[folded.length - 1] | CASE_BIT)),
    };
}

/* Bit i: at place + i both ends may stand. With the case bit set in both, some other bytes look
 * alike, and no letter is missed. */
static inline unsigned candidates(const char *place, uint32_t length, const struct ends *ends)
{
    const __m128i case_bits = _mm_set1_epi8(CASE_BIT);
    __m128i firsts = _mm_or_si128(load(place), case_bits);
    __m128i lasts = _mm_or_si128(load(place + length - 1), case_bits);
    __m128i hits =
        _mm_and_si128(_mm_cmpeq_epi8(firsts, ends->first), _mm_cmpeq_epi8(lasts, ends->last));
    return (unsigned)_mm_movemask_epi8(hits);
}

static bool stands_in_window(const char *place, struct text folded, unsigned hits)
{
    for (; hits != 0; hits &= hits - 1) {
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
    const struct ends ends = ends_of(folded);
    const char *last = text.data + places - WINDOW; /* overlaps the window before it */
    for (const char *place = text.data;; place += WINDOW) {
        place = place < last ? place : last;
        unsigned hits = candidates(place, folded.length, &ends);
        if (hits != 0 && stands_in_window(place, folded, hits))
            return true;
        if (place == last)
            return false;
    }
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
