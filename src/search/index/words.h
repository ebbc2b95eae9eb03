/*
 * words.h - the words of a query: what each stands for, and which documents have it.
 *
 *   words_read()      chunks, words, SKUs, synonyms            once per query
 *   words_repair()    completes, corrects, leaves out          while nothing is found
 *   words_prepare()   postings of each word, ready to scan     before each scan
 */
#ifndef SEARCH_INDEX_WORDS_H
#define SEARCH_INDEX_WORDS_H

#include "search/index/scan.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    WORDS_MAX = 48,      /* of a query; further ones are not looked at */
    WORD_TERMS_MAX = 8,  /* of one way to have a word */
    WORD_WAYS_MAX = 24,  /* to have a word: itself, synonyms, completions, corrections */
    WORD_SKUS_MAX = 8,   /* products whose SKU a word is */
    WORD_RANGES_MAX = 8, /* categories whose name has a word, none below another */
};

/* A document has the word this way when it has all of these terms. */
struct word_way {
    uint32_t term_count;
    uint32_t terms[WORD_TERMS_MAX]; /* TERM_NONE: nothing has it */
};

/* A word as asked for, and as the scan sees it. */
struct asked_word {
    struct text source; /* as the query has it */
    struct text text;   /* folded; in the arena */
    bool has_digit;
    bool is_one; /* one word, not several by a synonym or SKU: can be completed and corrected */
    bool is_left_out;
    struct text used; /* what it was replaced by; empty = nothing */
    struct word_way ways[WORD_WAYS_MAX];
    uint32_t way_count;
    uint32_t skus[WORD_SKUS_MAX]; /* product numbers */
    uint32_t sku_count;
    /* By words_prepare(). */
    uint32_t weight;         /* terms_weight() */
    uint32_t docs;           /* that have it, about; 0 = none */
    const uint32_t *entries; /* all of them, or NULL and the rest says */
    uint32_t count;          /* of entries */
    uint32_t position;       /* in entries: where the last document was sought */
    uint32_t graded;         /* likewise, for its grade */
    struct bits any, high, middle;
    struct tree_range ranges[WORD_RANGES_MAX];
    uint32_t range_count;
    bool is_inflected;          /* names that have it just so go before others with its stem: */
    struct postings_view exact; /* those */
    uint32_t no_entry;          /* what entries point to when there are none */
};

struct words {
    struct asked_word *words[WORDS_MAX];
    uint32_t count;
};

/* NULL when the text has no words. `is_prefix`: the last word may be the beginning of one. */
struct words *words_read(const struct scan *scan, struct text text, bool is_prefix);
void words_prepare(const struct scan *scan, struct words *words);

/* What to try when nothing has all words; false when it changed nothing. */
enum words_repair {
    REPAIR_UNKNOWN = 0, /* words that no document has: completed (the last one) or corrected */
    REPAIR_RARE,        /* words that look like a slip for a much more frequent one */
    REPAIR_LEAVE_OUT,   /* the rarest word; false when it is the only one */
};
bool words_repair(const struct scan *scan, struct words *words, enum words_repair repair);
/* Is there a word that no document has? */
bool words_miss_one(const struct words *words);
/* What was done. */
void words_note(const struct scan *scan, const struct words *words, struct search_result *result);

/* Of a prepared word. Takes out of `masks` what does not have it; one without a list. */
void word_zone(const struct scan *scan, const struct asked_word *word, uint32_t zone,
               uint64_t masks[ZONE_BLOCKS]);
/* Documents come in ascending order. */
bool word_has(const struct scan *scan, struct asked_word *word, uint32_t doc);
/* False when the word is inflected and the name has it, but in another form. */
bool word_is_exact(const struct asked_word *word, uint32_t doc);
/* The best place where the document, any that has it, has it. */
enum grade word_grade(const struct scan *scan, struct asked_word *word, uint32_t doc);

#endif
