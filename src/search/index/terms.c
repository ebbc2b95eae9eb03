#include "search/index/terms.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/queue.h"
#include "search/index/tokens.h"

#include <libstemmer.h>
#include <string.h>

/* Address space; memory only for what is used. */
#define TERMS_MAX (UINT32_C(1) << 26)
#define WORDS_MAX (UINT32_C(1) << 26)
#define BYTES_MAX (UINT32_C(1) << 31)

enum { SLOTS_FIRST = 1 << 12, LETTERS = 26, OTHER_BITS = 6 };

/* Open addressing by the hash of the text; replaced by one twice as large when half full. */
struct term_slots {
    struct rcu_head rcu;
    uint32_t mask;
    uint32_t used;
    uint64_t entries[]; /* atomic: the upper half of the hash, then the id; 0 = free */
};

static struct term_slots *slots_make(uint32_t count)
{
    struct term_slots *slots =
        memory_alloc_zeroed(1, sizeof *slots + (size_t)count * sizeof slots->entries[0]);
    slots->mask = count - 1;
    return slots;
}

static void release_slots(struct rcu_head *head)
{
    READERS_ARE_GONE();
    memory_free(container_of(head, struct term_slots, rcu));
}

static void slots_put(struct term_slots *slots, uint64_t hash, uint32_t id)
{
    uint32_t at = (uint32_t)hash & slots->mask;
    while (slots->entries[at] != 0)
        at = (at + 1) & slots->mask;
    PUBLISH(slots->entries[at], (hash >> 32 << 32) | id);
    slots->used++;
}

static struct text text_at(const struct terms *terms, uint32_t place, uint8_t length)
{
    return (struct text){terms->bytes + place, length};
}

struct text terms_text(const struct terms *terms, uint32_t term)
{
    return text_at(terms, terms->terms[term].text, terms->terms[term].length);
}

struct text terms_word_text(const struct terms *terms, uint32_t word)
{
    return text_at(terms, terms->words[word].text, terms->words[word].length);
}

/* Up to seven bytes as a number; what is short is read twice in part rather than byte by byte. */
static uint64_t read_short(const char *bytes, uint32_t length)
{
    if (length >= 4) {
        uint32_t first;
        uint32_t last;
        memcpy(&first, bytes, 4);
        memcpy(&last, bytes + length - 4, 4);
        return (uint64_t)first << 32 | last;
    }
    if (length == 0)
        return 0;
    return (uint64_t)(unsigned char)bytes[0] << 16 |
           (uint64_t)(unsigned char)bytes[length / 2] << 8 | (unsigned char)bytes[length - 1];
}

/* Eight bytes at a time: words are short, and this is done for each word of each product. */
static uint64_t hash_text(struct text text)
{
    uint64_t hash = text.length;
    const char *at = text.data;
    uint32_t left = text.length;
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t part;
        memcpy(&part, at, 8);
        hash = (hash ^ part) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    hash = (hash ^ read_short(at, left)) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
    return hash * UINT64_C(0xbf58476d1ce4e5b9) ^ hash;
}

static void slots_grow(const struct terms *terms, struct term_slots **place,
                       struct text (*text_of_id)(const struct terms *terms, uint32_t id))
{
    struct term_slots *old = *place;
    struct term_slots *larger = slots_make((old->mask + 1) * 2);
    for (uint32_t i = 0; i <= old->mask; i++) {
        uint32_t id = (uint32_t)old->entries[i];
        if (id != 0)
            slots_put(larger, hash_text(text_of_id(terms, id)), id);
    }
    PUBLISH(*place, larger);
    if (terms->room.is_shared)
        release_later(&old->rcu, release_slots);
    else
        memory_free(old);
}

static bool is_full(const struct term_slots *slots)
{
    return (slots->used + 1) * 2 > slots->mask;
}

bool terms_init(struct terms *terms, struct text language, uint32_t docs_expected)
{
    char name[32] = {0};
    if (language.length >= sizeof name)
        return false;
    memcpy(name, language.data, language.length);
    struct sb_stemmer *stemmer = sb_stemmer_new(name, "UTF_8");
    if (stemmer == NULL)
        return false;
    *terms = (struct terms){
        .bytes = memory_reserve(BYTES_MAX),
        .terms = memory_reserve(TERMS_MAX * sizeof(struct term)),
        .words = memory_reserve(WORDS_MAX * sizeof(struct word)),
        .term_slots = slots_make(SLOTS_FIRST),
        .word_slots = slots_make(SLOTS_FIRST),
        .stemmer = stemmer,
        .room = {.docs_expected = docs_expected},
    };
    return true;
}

void terms_release(struct terms *terms)
{
    for (uint32_t term = 1; term <= terms->term_count; term++)
        postings_release(&terms->terms[term].postings);
    memory_unreserve(terms->bytes, BYTES_MAX);
    memory_unreserve(terms->terms, TERMS_MAX * sizeof(struct term));
    memory_unreserve(terms->words, WORDS_MAX * sizeof(struct word));
    memory_free(terms->term_slots);
    memory_free(terms->word_slots);
    sb_stemmer_delete(terms->stemmer);
}

uint64_t terms_bytes(const struct terms *terms)
{
    uint32_t term_count = LOAD(terms->term_count);
    uint64_t bytes = PEEK(terms->bytes_used) + (uint64_t)term_count * sizeof(struct term) +
                     (uint64_t)LOAD(terms->word_count) * sizeof(struct word) +
                     ((uint64_t)LOAD(terms->term_slots)->mask + LOAD(terms->word_slots)->mask) *
                         sizeof(uint64_t);
    for (uint32_t term = 1; term <= term_count; term++)
        bytes += postings_bytes(&terms->terms[term].postings);
    return bytes;
}

/* --- the writer --- */

static bool has_room(const struct terms *terms, uint32_t length)
{
    return terms->term_count + 1 < TERMS_MAX && terms->word_count + 1 < WORDS_MAX &&
           length <= TERM_BYTES_MAX && length < BYTES_MAX - terms->bytes_used;
}

static uint32_t add_bytes(struct terms *terms, struct text text)
{
    uint32_t place = terms->bytes_used;
    memcpy(terms->bytes + place, text.data, text.length);
    POKE(terms->bytes_used, place + text.length);
    return place;
}

uint32_t terms_add_term(struct terms *terms, struct text text)
{
    uint32_t found = terms_find_term(terms, text);
    if (found != TERM_NONE || !has_room(terms, text.length))
        return found;
    uint32_t id = terms->term_count + 1;
    terms->terms[id] = (struct term){
        .text = add_bytes(terms, text),
        .length = (uint8_t)text.length,
    };
    if (is_full(terms->term_slots))
        slots_grow(terms, &terms->term_slots, terms_text);
    slots_put(terms->term_slots, hash_text(text), id);
    PUBLISH(terms->term_count, id);
    return id;
}

static uint32_t term_of_word(struct terms *terms, struct text text, bool has_digit)
{
    if (has_digit)
        return terms_add_term(terms, text);
    const sb_symbol *stem =
        sb_stemmer_stem(terms->stemmer, (const sb_symbol *)text.data, (int)text.length);
    ensure(stem != NULL);
    int length = sb_stemmer_length(terms->stemmer);
    return terms_add_term(terms, (struct text){(const char *)stem, (uint32_t)length});
}

uint32_t terms_add_word(struct terms *terms, struct text text, bool has_digit)
{
    uint32_t found = terms_find_word(terms, text);
    if (found != WORD_NONE || !has_room(terms, text.length + TOKEN_BYTES_MAX))
        return found;
    uint32_t term = term_of_word(terms, text, has_digit);
    if (term == TERM_NONE)
        return WORD_NONE;
    uint32_t id = terms->word_count + 1;
    terms->words[id] = (struct word){
        .text = add_bytes(terms, text),
        .length = (uint8_t)text.length,
        .term = term,
        .letters = terms_letters(text),
        .has_digit = has_digit,
    };
    if (is_full(terms->word_slots))
        slots_grow(terms, &terms->word_slots, terms_word_text);
    slots_put(terms->word_slots, hash_text(text), id);
    PUBLISH(terms->word_count, id);
    return id;
}

void terms_add_doc(struct terms *terms, uint32_t term, uint32_t doc, enum grade grade)
{
    struct term *each = &terms->terms[term];
    if (postings_add(&each->postings, doc, grade, &terms->room))
        POKE(each->docs, each->docs + 1);
}

void terms_drop_doc(struct terms *terms, uint32_t term)
{
    struct term *each = &terms->terms[term];
    if (each->docs > 0)
        POKE(each->docs, each->docs - 1);
}

void terms_use_word(struct terms *terms, uint32_t word)
{
    POKE(terms->words[word].uses, terms->words[word].uses + 1);
}

void terms_unuse_word(struct terms *terms, uint32_t word)
{
    if (terms->words[word].uses > 0)
        POKE(terms->words[word].uses, terms->words[word].uses - 1);
}

uint32_t terms_weight(uint32_t docs, uint32_t all)
{
    enum { HALF_DOUBLING_X256 = 89 }; /* 256 ln(2) / 2 */
    uint64_t ratio = 2 * ((uint64_t)all + 1) / (2 * (uint64_t)docs + 1);
    uint64_t square = ratio * ratio; /* so that whole doublings of it are halves of the ratio */
    return HALF_DOUBLING_X256 * (64 - (uint32_t)__builtin_clzll(square | 1));
}

/* --- readers --- */

/* The id of the text among the slots; 0 = none. */
static inline uint32_t slots_find(const struct terms *terms, const struct term_slots *slots,
                                  struct text text,
                                  struct text (*text_of_id)(const struct terms *terms, uint32_t id))
{
    uint64_t hash = hash_text(text);
    for (uint32_t at = (uint32_t)hash & slots->mask;; at = (at + 1) & slots->mask) {
        uint64_t entry = LOAD(slots->entries[at]);
        if (entry == 0)
            return 0;
        uint32_t id = (uint32_t)entry;
        if (entry >> 32 == hash >> 32 && text_equal(text_of_id(terms, id), text))
            return id;
    }
}

uint32_t terms_find_word(const struct terms *terms, struct text text)
{
    return slots_find(terms, LOAD(terms->word_slots), text, terms_word_text);
}

uint32_t terms_find_term(const struct terms *terms, struct text text)
{
    return slots_find(terms, LOAD(terms->term_slots), text, terms_text);
}

uint32_t terms_letters(struct text text)
{
    uint32_t letters = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool is_letter = byte >= 'a' && byte <= 'z';
        letters |= UINT32_C(1) << (is_letter ? byte - 'a' : LETTERS + byte % OTHER_BITS);
    }
    return letters;
}

struct text terms_exact(struct text word, char text_out[TERM_BYTES_MAX])
{
    ensure(word.length < TERM_BYTES_MAX);
    text_out[0] = '='; /* in no word */
    memcpy(text_out + 1, word.data, word.length);
    return (struct text){text_out, word.length + 1};
}

struct text terms_attribute(struct text pair, char text_out[TERM_BYTES_MAX])
{
    static const uint8_t key[HASH_SECRET_SIZE] = {0}; /* two different pairs, not two enemies */
    text_out[0] = '"';
    if (pair.length < TERM_BYTES_MAX) {
        memcpy(text_out, pair.data, pair.length);
        return (struct text){text_out, pair.length};
    }
    uint8_t tag[HASH_TAG_SIZE];
    hash_keyed(key, pair.data, pair.length, tag);
    memcpy(text_out + 1, tag, sizeof tag);
    return (struct text){text_out, 1 + sizeof tag};
}
