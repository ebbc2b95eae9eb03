/*
 * terms.h - the dictionary: words as they are written, the terms they stand for (their stems), and
 * which documents have them.
 *
 *   word "headphones" --> term "headphon" --> postings
 *   word "headphone"  --/
 *
 * Attributes are terms too, under a text that no word can be (terms_attribute()). Words and terms
 * are only added; both tables lie in address space that never moves (memory_reserve()), and are
 * found by hash tables that are replaced whole when they grow.
 */
#ifndef SEARCH_INDEX_TERMS_H
#define SEARCH_INDEX_TERMS_H

#include "base/text.h"
#include "search/index/postings.h"

#include <stdbool.h>
#include <stdint.h>

enum { TERM_NONE = 0, WORD_NONE = 0, TERM_BYTES_MAX = 255 };

struct term {
    struct postings postings;
    uint32_t docs; /* of postings, those that no other took the place of; atomic */
    uint32_t text; /* place in terms->bytes */
    uint8_t length;
};

struct word {
    uint32_t text; /* place in terms->bytes */
    uint32_t term;
    uint32_t uses;    /* in documents that no other took the place of, and in categories; atomic */
    uint32_t letters; /* which letters are in it: bit per letter, and six for all others */
    uint8_t length;
    bool has_digit;
};

struct term_slots;
struct sb_stemmer;

struct terms {
    char *bytes;
    uint32_t bytes_used;
    struct term *terms; /* [0] unused, like words[] */
    struct word *words;
    uint32_t term_count;           /* atomic: terms 1..count are there */
    uint32_t word_count;           /* atomic */
    struct term_slots *term_slots; /* RCU */
    struct term_slots *word_slots; /* RCU */
    struct sb_stemmer *stemmer;    /* the writer's: they are not for two threads */
    struct postings_room room;
};

/* False when libstemmer has no such language. */
bool terms_init(struct terms *terms, struct text language, uint32_t docs_expected) MUST_USE;
void terms_release(struct terms *terms);
uint64_t terms_bytes(const struct terms *terms);

/* Writer. WORD_NONE, TERM_NONE: there is no room for more. */
uint32_t terms_add_word(struct terms *terms, struct text text, bool has_digit);
uint32_t terms_add_term(struct terms *terms, struct text text);
/* The best place of a term first. */
void terms_add_doc(struct terms *terms, uint32_t term, uint32_t doc, enum grade grade);
/* A document that had the term is dead. */
void terms_drop_doc(struct terms *terms, uint32_t term);
void terms_use_word(struct terms *terms, uint32_t word);
void terms_unuse_word(struct terms *terms, uint32_t word);

/* Readers. NONE when there is none. */
uint32_t terms_find_word(const struct terms *terms, struct text text);
uint32_t terms_find_term(const struct terms *terms, struct text text);
struct text terms_word_text(const struct terms *terms, uint32_t word);
static inline uint32_t terms_docs(const struct terms *terms, uint32_t term)
{
    return term == TERM_NONE ? 0 : PEEK(terms->terms[term].docs);
}

/*
 * How much a term says that `docs` of `all` documents have, in 1/256: the idf of BM25 (Robertson
 * and Zaragoza, "The Probabilistic Relevance Framework", 2009), ln(1 + (all - docs + 0.5) / (docs +
 * 0.5)), which is ln((all + 1) / (docs + 0.5)), in steps of half a doubling, one step up. It
 * depends on nothing but what is there, so replicas agree; and it seldom moves, so a product keeps
 * its place between two pages.
 */
uint32_t terms_weight(uint32_t docs, uint32_t all);

/* Bits of struct word.letters. */
uint32_t terms_letters(struct text text);

struct text terms_text(const struct terms *terms, uint32_t term);

/* The term of those names that have an inflected word just as it is written: `leggings` is more
 * than any word with the stem `leg`. Writes at most TERM_BYTES_MAX bytes. */
struct text terms_exact(struct text word, char text_out[TERM_BYTES_MAX]);
/* The term of an attribute: `pair` is its compact JSON, "color":"red". Writes at most
 * TERM_BYTES_MAX bytes; a pair that is too long is told apart by 128 bits of hash. */
struct text terms_attribute(struct text pair, char text_out[TERM_BYTES_MAX]);

#endif
