#include "lib/oracle_words.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct text oracle_fold(struct text text, struct arena *arena)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t length =
        utf8proc_map((const utf8proc_uint8_t *)text.data, text.length, &folded,
                     UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    if (length < 0)
        return TEXT_NONE;
    struct text copy = arena_copy_text(arena, (struct text){(char *)folded, (uint32_t)length});
    free(folded);
    return copy;
}

static bool is_letter(utf8proc_int32_t point)
{
    const char *category = utf8proc_category_string(point);
    return category[0] == 'L';
}

static bool is_digit(utf8proc_int32_t point)
{
    return utf8proc_category_string(point)[0] == 'N';
}

static bool stands_alone(utf8proc_int32_t point)
{
    static const utf8proc_int32_t ranges[][2] = {
        {0x0E00, 0x0E7F},   /* Thai */
        {0x0E80, 0x0EFF},   /* Lao */
        {0x1780, 0x17FF},   /* Khmer */
        {0x3040, 0x30FF},   /* Hiragana, Katakana */
        {0x31F0, 0x31FF},   /* Katakana extensions */
        {0x3400, 0x4DBF},   /* Han */
        {0x4E00, 0x9FFF},   /* Han */
        {0xF900, 0xFAFF},   /* Han */
        {0x20000, 0x323AF}, /* Han */
    };
    for (size_t i = 0; i < countof(ranges); i++) {
        if (point >= ranges[i][0] && point <= ranges[i][1])
            return true;
    }
    return false;
}

/* One letter after the other, with how many bytes it takes. */
struct letter {
    utf8proc_int32_t point;
    uint32_t at;
    uint32_t size;
};

struct letters {
    struct letter *letters;
    uint32_t count;
};

static struct letters read_letters(struct text folded, struct arena *arena)
{
    struct letters result = {
        .letters = arena_alloc_array(arena, (size_t)folded.length + 1, sizeof(struct letter))};
    for (uint32_t at = 0; at < folded.length;) {
        utf8proc_int32_t point;
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)folded.data + at,
                                                 folded.length - at, &point);
        ensure(size > 0);
        result.letters[result.count++] = (struct letter){point, at, (uint32_t)size};
        at += (uint32_t)size;
    }
    return result;
}

static struct text stem_of(struct text word, bool has_digit, struct sb_stemmer *stemmer,
                           struct arena *arena)
{
    if (has_digit)
        return word;
    const sb_symbol *stem =
        sb_stemmer_stem(stemmer, (const sb_symbol *)word.data, (int)word.length);
    return arena_copy_text(arena,
                           (struct text){(const char *)stem, (uint32_t)sb_stemmer_length(stemmer)});
}

static bool has_digit(struct text word)
{
    for (uint32_t at = 0; at < word.length;) {
        utf8proc_int32_t point;
        utf8proc_ssize_t size =
            utf8proc_iterate((const utf8proc_uint8_t *)word.data + at, word.length - at, &point);
        ensure(size > 0);
        if (is_digit(point))
            return true;
        at += (uint32_t)size;
    }
    return false;
}

static void add_word(struct oracle_words *words, struct text folded, bool is_joined,
                     struct sb_stemmer *stemmer, struct arena *arena)
{
    uint32_t cut = folded.length;
    if (cut > ORACLE_WORD_MAX) {
        cut = ORACLE_WORD_MAX;
        while (cut > 0 && ((unsigned char)folded.data[cut] & 0xC0) == 0x80)
            cut--;
    }
    ensure(words->count < ORACLE_WORDS_MAX);
    struct text word = arena_copy_text(arena, (struct text){folded.data, cut});
    words->words[words->count++] = (struct oracle_word){
        .folded = word,
        .stem = stem_of(word, has_digit(word), stemmer, arena),
        .has_digit = has_digit(word),
        .is_joined = is_joined,
    };
}

static bool is_apostrophe(utf8proc_int32_t point)
{
    return point == '\'' || point == 0x2019;
}

/* A run of letters and digits from `*at` on, its apostrophes taken out. */
static struct text take_run(const struct letters *letters, struct text folded, uint32_t *at,
                            struct arena *arena)
{
    char *run = arena_alloc(arena, (size_t)folded.length + 1);
    uint32_t length = 0;
    const struct letter *all = letters->letters;
    for (uint32_t i = *at; i < letters->count; i++) {
        bool skips = is_apostrophe(all[i].point) && i > *at && is_letter(all[i - 1].point) &&
                     i + 1 < letters->count && is_letter(all[i + 1].point) &&
                     !stands_alone(all[i + 1].point);
        bool belongs =
            (is_letter(all[i].point) || is_digit(all[i].point)) && !stands_alone(all[i].point);
        if (!skips && !belongs) {
            *at = i;
            return (struct text){run, length};
        }
        if (belongs) {
            memcpy(run + length, folded.data + all[i].at, all[i].size);
            length += all[i].size;
        }
    }
    *at = letters->count;
    return (struct text){run, length};
}

static struct text join(struct text first, struct text second, struct arena *arena)
{
    char *both = arena_alloc(arena, (size_t)first.length + second.length + 1);
    memcpy(both, first.data, first.length);
    memcpy(both + first.length, second.data, second.length);
    return (struct text){both, first.length + second.length};
}

/* The letter or run from `*at` on; empty when none begins there. */
static struct text take_word(const struct letters *letters, struct text folded, uint32_t *at,
                             struct arena *arena)
{
    const struct letter *first = &letters->letters[*at];
    if (!stands_alone(first->point) || !(is_letter(first->point) || is_digit(first->point)))
        return take_run(letters, folded, at, arena);
    ++*at;
    return (struct text){folded.data + first->at, first->size};
}

struct oracle_words oracle_words_cut(struct text text, struct sb_stemmer *stemmer,
                                     struct arena *arena)
{
    struct text folded = oracle_fold(text, arena);
    struct letters letters = read_letters(folded, arena);
    struct oracle_words words = {
        .words = arena_alloc_array(arena, 2 * (size_t)letters.count + 1, sizeof *words.words)};
    struct text before = TEXT_NONE; /* the word that ended right before a hyphen */
    for (uint32_t at = 0; at < letters.count;) {
        uint32_t start = at;
        struct text word = take_word(&letters, folded, &at, arena);
        if (word.length == 0) {
            at = start + 1;
            before = TEXT_NONE;
            continue;
        }
        add_word(&words, word, false, stemmer, arena);
        if (before.length > 0)
            add_word(&words, join(before, word, arena), true, stemmer, arena);
        before = TEXT_NONE;
        if (at < letters.count && letters.letters[at].point == '-') {
            before = word;
            at++;
        }
    }
    return words;
}

bool oracle_word_same(const struct oracle_word *a, const struct oracle_word *b)
{
    return text_equal(a->stem, b->stem);
}
