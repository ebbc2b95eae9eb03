/*
 * asked.h - the words of a query as the cluster is asked for them, and what became of each when
 * nothing had them all. Means the same as index/words.h.
 */
#ifndef SEARCH_ELASTIC_ASKED_H
#define SEARCH_ELASTIC_ASKED_H

#include "search/elastic/analysis.h"
#include "search/index/synonyms.h"
#include "search/query.h"

enum {
    ASKED_WORDS_MAX = 48, /* further ones are not looked at */
    ASKED_PARTS_MAX = 8,  /* of a SKU */
    ASKED_OPTIONS_MAX = 5,
    ASKED_WAYS_MAX = SYNONYM_MEMBERS_MAX + ASKED_OPTIONS_MAX + 1,
};

/* A product has the word this way when it has all of these stems. */
struct asked_way {
    struct text *stems;
    uint32_t count;
};

struct asked_word {
    struct text text; /* folded, or the whole SKU as asked */
    bool has_digit;
    bool is_one;       /* one word, no SKU or synonym: may be completed and corrected */
    bool is_beginning; /* of a word: also had by what begins like it */
    bool is_left_out;
    struct text used; /* what it was replaced by; empty = nothing */
    struct text code; /* the SKU in lower case; empty = it is none */
    struct asked_way *ways;
    uint32_t way_count;
    uint64_t products; /* that have it, as far as it was counted */
};

struct asked {
    struct asked_word words[ASKED_WORDS_MAX];
    uint32_t count;
};

/* What words are read with. */
struct asked_reader {
    const struct view *view; /* knows what is a SKU */
    struct analysis *analysis;
    const struct terms *terms; /* of the synonyms alone */
    const struct synonyms *synonyms;
    struct arena *arena;
};

void asked_read(struct asked *asked, struct text words, const struct asked_reader *reader);
/* One more way to have a word: `word`, not stemmed. */
void asked_add_option(struct asked_word *asked, struct text word,
                      const struct asked_reader *reader);

/* The clauses of all words that count, with commas between; `prefix` goes before each field's name.
 */
void asked_write_filter(const struct asked *asked, const char *prefix, struct buffer *out);
/* The clause of one word. */
void asked_write_word(const struct asked_word *word, const char *prefix, struct buffer *out);
/* Clauses that score. */
void asked_write_scores(const struct asked *asked, struct buffer *out);

#endif
