#include "search/elastic/analysis.h"

#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

enum { LANGUAGE_MAX = 40, CASE_BIT = 0x20 };

bool analysis_open(struct analysis *analysis, struct text language)
{
    char name[LANGUAGE_MAX];
    *analysis = (struct analysis){0};
    if (language.length >= sizeof name)
        return false;
    memcpy(name, language.data, language.length);
    name[language.length] = '\0';
    analysis->stemmer = sb_stemmer_new(name, NULL);
    return analysis->stemmer != NULL;
}

void analysis_close(struct analysis *analysis)
{
    sb_stemmer_delete(analysis->stemmer);
    analysis->stemmer = NULL;
}

struct text analysis_stem(struct analysis *analysis, struct text word, bool has_digit)
{
    if (has_digit)
        return word;
    const sb_symbol *stem =
        sb_stemmer_stem(analysis->stemmer, (const sb_symbol *)word.data, (int)word.length);
    ensure(stem != NULL); /* NULL: out of memory */
    return (struct text){(const char *)stem, (uint32_t)sb_stemmer_length(analysis->stemmer)};
}

static unsigned char lower(char letter)
{
    unsigned char byte = (unsigned char)letter;
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | CASE_BIT) : byte;
}

struct text analysis_code(struct text sku, struct arena *arena)
{
    char *code = arena_alloc(arena, sku.length);
    for (uint32_t i = 0; i < sku.length; i++)
        code[i] = (char)lower(sku.data[i]);
    return (struct text){code, sku.length};
}

void word_set_add(struct word_set *set, struct arena *arena, struct text word)
{
    if (set->count == set->capacity)
        set->words = arena_grow(arena, set->words, &set->capacity, sizeof *set->words);
    set->words[set->count++] = arena_copy_text(arena, word);
}

static int compare_words(const void *left, const void *right)
{
    const struct text *a = left;
    const struct text *b = right;
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->data, b->data, shorter);
    return order != 0 ? order : (a->length > shorter) - (b->length > shorter);
}

void word_set_finish(struct word_set *set)
{
    if (set->count == 0)
        return;
    qsort(set->words, set->count, sizeof *set->words, compare_words);
    uint32_t kept = 1;
    for (uint32_t i = 1; i < set->count; i++) {
        if (!text_equal(set->words[i], set->words[kept - 1]))
            set->words[kept++] = set->words[i];
    }
    set->count = kept;
}
