#include "search/index/terms.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/queue.h"

#include <libstemmer.h>
#include <string.h>

/* Address space; memory only for what is used. */
#define TERMS_MAX (UINT32_C(1) << 26)
#define WORDS_MAX (UINT32_C(1) << 26)
#define BYTES_MAX (UINT32_C(1) << 31)

enum { SLOTS_FIRST = 1 << 12 };

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

/* The first bytes of a text as numbers; zeros behind a shorter one. */
struct beginning {
    uint64_t first, second;
};

_Static_assert(sizeof(struct beginning) == SOUGHT_BEGINNING, "the bytes of both");
_Static_assert(sizeof(struct beginning) <= TOKEN_ROOM, "can be read");

/* Of a text of which so many bytes can be read, whatever its length: this is done for each word of
 * each product, and lengths are hard to guess. */
static inline struct beginning read_beginning(const char *bytes, uint32_t length)
{
    static const uint64_t lowest_bytes[] = {
        0,
        UINT64_C(0xff),
        UINT64_C(0xffff),
        UINT64_C(0xffffff),
        UINT64_C(0xffffffff),
        UINT64_C(0xffffffffff),
        UINT64_C(0xffffffffffff),
        UINT64_C(0xffffffffffffff),
        UINT64_MAX,
    };
    struct beginning beginning;
    memcpy(&beginning.first, bytes, sizeof beginning.first);
    memcpy(&beginning.second, bytes + sizeof beginning.first, sizeof beginning.second);
    uint32_t more = length < 8 ? 0 : length - 8;
    beginning.first = le64toh(beginning.first) & lowest_bytes[length < 8 ? length : 8];
    beginning.second = le64toh(beginning.second) & lowest_bytes[more < 8 ? more : 8];
    return beginning;
}

static inline uint64_t hash_parts(struct beginning beginning, struct text text)
{
    uint64_t hash = (beginning.first ^ text.length) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 29 ^ beginning.second) * UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t at = SOUGHT_BEGINNING; at < text.length; at += 8)
        hash = (hash ^ hash >> 29 ^ text_eight(text, at)) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
    return hash * UINT64_C(0xbf58476d1ce4e5b9) ^ hash;
}

static uint64_t hash_text(struct text text)
{
    struct beginning beginning = {
        .first = text_eight(text, 0),
        .second = text_eight(text, text.length < 8 ? text.length : 8),
    };
    return hash_parts(beginning, text);
}

/* In the order of the ids, which are from 1 on: what is frequent came early, and so lies where it
 * is looked for first. */
static void slots_grow(const struct terms *terms, struct term_slots **place,
                       struct text (*text_of_id)(const struct terms *terms, uint32_t id))
{
    struct term_slots *old = *place;
    struct term_slots *larger = slots_make((old->mask + 1) * 2);
    for (uint32_t id = 1; id <= old->used; id++)
        slots_put(larger, hash_text(text_of_id(terms, id)), id);
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
        .bytes = memory_reserve(BYTES_MAX + SOUGHT_BEGINNING),
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
    memory_unreserve(terms->bytes, BYTES_MAX + SOUGHT_BEGINNING);
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

static uint32_t add_word(struct terms *terms, struct text text, bool has_digit, uint64_t hash)
{
    if (!has_room(terms, text.length + TOKEN_BYTES_MAX))
        return WORD_NONE;
    uint32_t term = term_of_word(terms, text, has_digit);
    if (term == TERM_NONE)
        return WORD_NONE;
    uint32_t id = terms->word_count + 1;
    terms->words[id] = (struct word){
        .text = add_bytes(terms, text),
        .length = (uint8_t)text.length,
        .term = term,
        .has_digit = has_digit,
    };
    if (is_full(terms->word_slots))
        slots_grow(terms, &terms->word_slots, terms_word_text);
    slots_put(terms->word_slots, hash, id);
    PUBLISH(terms->word_count, id);
    return id;
}

static inline void seek(const struct terms *terms, struct sought_word *sought,
                        const struct search_token *token)
{
    struct beginning beginning = read_beginning(token->text.data, token->text.length);
    sought->hash = hash_parts(beginning, token->text);
    __builtin_prefetch(&terms->word_slots->entries[sought->hash & terms->word_slots->mask]);
    sought->length = (uint8_t)token->text.length;
    sought->has_digit = token->has_digit;
    beginning = (struct beginning){htole64(beginning.first), htole64(beginning.second)};
    memcpy(sought->bytes, &beginning, sizeof beginning);
    if (token->text.length > sizeof beginning)
        memcpy(sought->bytes + sizeof beginning, token->text.data + sizeof beginning,
               token->text.length - sizeof beginning);
}

static inline bool is_sought(const struct terms *terms, uint32_t id,
                             const struct sought_word *sought)
{
    const struct word *word = &terms->words[id];
    const char *bytes = terms->bytes + word->text;
    struct beginning beginning = read_beginning(bytes, sought->length);
    struct beginning wanted;
    memcpy(&wanted, sought->bytes, sizeof wanted);
    return word->length == sought->length && beginning.first == le64toh(wanted.first) &&
           beginning.second == le64toh(wanted.second) &&
           (word->length <= sizeof wanted ||
            memcmp(bytes + sizeof wanted, sought->bytes + sizeof wanted,
                   word->length - sizeof wanted) == 0);
}

static inline uint32_t find_or_add(struct terms *terms, const struct sought_word *sought)
{
    const struct term_slots *slots = terms->word_slots;
    for (uint32_t at = (uint32_t)sought->hash & slots->mask;; at = (at + 1) & slots->mask) {
        uint64_t entry = slots->entries[at];
        uint32_t id = (uint32_t)entry;
        if (id == 0)
            return add_word(terms, (struct text){sought->bytes, sought->length}, sought->has_digit,
                            sought->hash);
        if (entry >> 32 == sought->hash >> 32 && is_sought(terms, id, sought))
            return id;
    }
}

uint32_t terms_add_word(struct terms *terms, const struct search_token *token)
{
    struct sought_word sought;
    seek(terms, &sought, token);
    return find_or_add(terms, &sought);
}

void terms_seek(const struct terms *terms, struct word_batch *batch,
                const struct search_token *token, enum grade grade, bool is_joined)
{
    struct sought_word *sought = &batch->sought[batch->count++];
    seek(terms, sought, token);
    sought->grade = (uint8_t)grade;
    sought->is_joined = is_joined;
}

void terms_add_words(struct terms *terms, struct word_batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++)
        batch->words[i] = find_or_add(terms, &batch->sought[i]);
}

uint32_t terms_add_exact(struct terms *terms, uint32_t id)
{
    struct word *word = &terms->words[id];
    if (word->exact != TERM_NONE)
        return word->exact;
    struct text text = terms_word_text(terms, id);
    char bytes[TERM_BYTES_MAX];
    word->exact = text_equal(terms_text(terms, word->term), text)
                      ? word->term
                      : terms_add_term(terms, terms_exact(text, bytes));
    return word->exact;
}

void terms_add_doc(struct terms *terms, uint32_t term, uint32_t doc, enum grade grade)
{
    struct term *each = &terms->terms[term];
    if (postings_add(&each->postings, doc, grade, &terms->room))
        POKE(each->docs, each->docs + 1);
}

static void add_doc_exact(struct terms *terms, const struct word_batch *batch, uint32_t doc)
{
    for (uint32_t i = 0; i < batch->count && batch->sought[i].grade == GRADE_HIGH; i++) {
        if (batch->words[i] == WORD_NONE)
            continue;
        uint32_t exact = terms_add_exact(terms, batch->words[i]);
        if (exact != TERM_NONE && exact != terms->words[batch->words[i]].term)
            terms_add_doc(terms, exact, doc, GRADE_HIGH);
    }
}

/* Those of the batch that are asked for, in the order in which they stand there. */
struct chosen_words {
    uint32_t count;
    uint8_t places[WORD_BATCH_MAX];
};

static void add_doc_chosen(struct terms *terms, const struct word_batch *batch, const uint32_t *ids,
                           const struct chosen_words *chosen, uint32_t doc)
{
    for (uint32_t i = 0; i < chosen->count; i++) {
        uint32_t place = chosen->places[i];
        if (ids[place] != TERM_NONE)
            terms_add_doc(terms, ids[place], doc, (enum grade)batch->sought[place].grade);
    }
}

/* Terms with sorted arrays and others apart: which comes next is hard to guess. */
void terms_add_doc_words(struct terms *terms, const struct word_batch *batch, uint32_t doc)
{
    uint32_t ids[WORD_BATCH_MAX];
    for (uint32_t i = 0; i < batch->count; i++) {
        struct word *word = &terms->words[batch->words[i]];
        POKE(word->uses, word->uses + (batch->sought[i].is_joined ? 0 : 1));
        ids[i] = word->term;
        __builtin_prefetch(&terms->terms[ids[i]]);
    }
    struct chosen_words lists = {.count = 0};
    struct chosen_words others = {.count = 0};
    for (uint32_t i = 0; i < batch->count; i++) {
        bool is_list = postings_fetch(&terms->terms[ids[i]].postings);
        lists.places[lists.count] = (uint8_t)i;
        lists.count += is_list;
        others.places[others.count] = (uint8_t)i;
        others.count += !is_list;
    }
    add_doc_chosen(terms, batch, ids, &others, doc);
    add_doc_chosen(terms, batch, ids, &lists, doc);
    add_doc_exact(terms, batch, doc);
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
