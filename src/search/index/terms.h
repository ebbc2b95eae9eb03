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
#include "search/index/tokens.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TERM_NONE = 0,
    WORD_NONE = 0,
    TERM_BYTES_MAX = 255,
    WORD_BATCH_MAX = 64,   /* most products have fewer words */
    SOUGHT_BEGINNING = 16, /* bytes of a word that are compared at once */
};

struct term {
    struct postings postings;
    uint32_t docs; /* of postings, those that no other took the place of; atomic */
    uint32_t text; /* place in terms->bytes */
    uint8_t length;
};

struct word {
    uint32_t text; /* place in terms->bytes */
    uint32_t term;
    uint32_t uses;  /* in documents that no other took the place of, and in categories; atomic */
    uint32_t exact; /* see terms_add_exact(); TERM_NONE: not asked for yet; the writer's */
    uint8_t length;
    bool has_digit;
};

/* A word of a document on its way into the dictionary. */
struct sought_word {
    char bytes[TOKEN_BYTES_MAX]; /* zeros behind a word of less than SOUGHT_BEGINNING */
    uint64_t hash;
    uint8_t length;
    uint8_t grade; /* enum grade */
    bool has_digit;
    bool is_joined; /* tokens.h */
};

/* Several at once: each of them waits for memory, and so they wait together. */
struct word_batch {
    uint32_t count;
    struct sought_word sought[WORD_BATCH_MAX];
    uint32_t words[WORD_BATCH_MAX]; /* what they are; WORD_NONE: there is no room for more */
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
uint32_t terms_add_word(struct terms *terms, const struct search_token *token);
/* Notes one that terms_add_words() will look for; the batch is not full. */
void terms_seek(const struct terms *terms, struct word_batch *batch,
                const struct search_token *token, enum grade grade, bool is_joined);
void terms_add_words(struct terms *terms, struct word_batch *batch);
/* A document has them. Words joined are found, and are not offered as what somebody may have meant:
 * that is no use of them. */
void terms_add_doc_words(struct terms *terms, const struct word_batch *batch, uint32_t doc);
/* The term of the word as it is written, for names: that of its stem if it is not inflected. */
uint32_t terms_add_exact(struct terms *terms, uint32_t id);
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

struct text terms_text(const struct terms *terms, uint32_t term);

/* The term of those names that have an inflected word just as it is written: `leggings` is more
 * than any word with the stem `leg`. Writes at most TERM_BYTES_MAX bytes. */
struct text terms_exact(struct text word, char text_out[TERM_BYTES_MAX]);
/* The term of an attribute: `pair` is its compact JSON, "color":"red". Writes at most
 * TERM_BYTES_MAX bytes; a pair that is too long is told apart by 128 bits of hash. */
struct text terms_attribute(struct text pair, char text_out[TERM_BYTES_MAX]);

#endif
