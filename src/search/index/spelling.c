#include "search/index/spelling.h"

#include "base/memory.h"
#include "base/queue.h"
#include "search/index/tokens.h"

#include <stdlib.h>
#include <string.h>

enum {
    NEW_WORDS_MAX = 4096, /* looked at one by one */
    LENGTHS = TOKEN_BYTES_MAX + 1,
    WORD_SHORTEST = 3,
};

struct spelling {
    struct rcu_head rcu;
    uint32_t covered; /* words 1..covered of the dictionary are here */
    uint32_t *sorted; /* all of them by their bytes */
    /* Words without digits by length: those of length n are at starts[n]..starts[n + 1] - 1. */
    uint32_t starts[LENGTHS + 1];
    uint32_t *letters; /* letters_of() each */
    uint32_t *words;
    char *firsts; /* their first bytes */
};

/* --- making one --- */

static int compare_texts(struct text a, struct text b)
{
    uint32_t shorter = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.data, b.data, shorter);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_words(const void *left, const void *right, void *context)
{
    const struct terms *terms = context;
    return compare_texts(terms_word_text(terms, *(const uint32_t *)left),
                         terms_word_text(terms, *(const uint32_t *)right));
}

/* Of sorted[low..count - 1], the first that does not go before `text`. */
static uint32_t lower_bound(const struct terms *terms, const uint32_t *sorted, uint32_t low,
                            uint32_t count, struct text text)
{
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_texts(terms_word_text(terms, sorted[middle]), text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The new words are few: each finds its place by halving, and runs of old ones are copied between.
 */
static void merge(struct spelling *spelling, const struct spelling *old, const struct terms *terms)
{
    uint32_t old_count = old == NULL ? 0 : old->covered;
    uint32_t fresh_count = spelling->covered - old_count;
    uint32_t *fresh = memory_alloc((size_t)fresh_count * sizeof fresh[0]);
    for (uint32_t i = 0; i < fresh_count; i++)
        fresh[i] = old_count + 1 + i;
    qsort_r(fresh, fresh_count, sizeof fresh[0], compare_words, (void *)(uintptr_t)terms);
    uint32_t from = 0;
    uint32_t to = 0;
    for (uint32_t i = 0; i < fresh_count; i++) {
        uint32_t next = old_count == 0 ? 0
                                       : lower_bound(terms, old->sorted, from, old_count,
                                                     terms_word_text(terms, fresh[i]));
        if (next > from)
            memcpy(spelling->sorted + to, old->sorted + from, (next - from) * sizeof(uint32_t));
        to += next - from;
        from = next;
        spelling->sorted[to++] = fresh[i];
    }
    if (old_count > from)
        memcpy(spelling->sorted + to, old->sorted + from, (old_count - from) * sizeof(uint32_t));
    memory_free(fresh);
}

/* Which letters are in it: a bit per letter, and six for all others. */
static uint32_t letters_of(struct text text)
{
    enum { LETTERS = 26, OTHER_BITS = 6 };
    uint32_t letters = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool is_letter = byte >= 'a' && byte <= 'z';
        letters |= UINT32_C(1) << (is_letter ? byte - 'a' : LETTERS + byte % OTHER_BITS);
    }
    return letters;
}

static bool is_corrected_to(const struct word *word)
{
    return !word->has_digit && word->length >= WORD_SHORTEST;
}

static void sort_by_length(struct spelling *spelling, const struct terms *terms)
{
    for (uint32_t id = 1; id <= spelling->covered; id++) {
        if (is_corrected_to(&terms->words[id]))
            spelling->starts[terms->words[id].length + 1]++;
    }
    for (uint32_t length = 1; length <= LENGTHS; length++)
        spelling->starts[length] += spelling->starts[length - 1];
    uint32_t next[LENGTHS + 1];
    memcpy(next, spelling->starts, sizeof next);
    for (uint32_t id = 1; id <= spelling->covered; id++) {
        const struct word *word = &terms->words[id];
        if (!is_corrected_to(word))
            continue;
        uint32_t at = next[word->length]++;
        spelling->letters[at] = letters_of(terms_word_text(terms, id));
        spelling->firsts[at] = terms->bytes[word->text];
        spelling->words[at] = id;
    }
}

static void release_spelling(struct rcu_head *head)
{
    READERS_ARE_GONE();
    spelling_release(container_of(head, struct spelling, rcu));
}

void spelling_refresh(struct spelling **spelling, const struct terms *terms)
{
    struct spelling *old = *spelling;
    uint32_t count = terms->word_count;
    if (old != NULL && count - old->covered < NEW_WORDS_MAX)
        return;
    struct spelling *fresh = memory_alloc_zeroed(1, sizeof *fresh);
    size_t size = ((size_t)count + 1) * sizeof(uint32_t);
    fresh->covered = count;
    fresh->sorted = memory_alloc(size);
    fresh->letters = memory_alloc(size);
    fresh->words = memory_alloc(size);
    fresh->firsts = memory_alloc((size_t)count + 1);
    if (count > 0)
        merge(fresh, old, terms);
    sort_by_length(fresh, terms);
    PUBLISH(*spelling, fresh);
    if (old != NULL)
        release_later(&old->rcu, release_spelling);
}

void spelling_release(struct spelling *spelling)
{
    if (spelling == NULL)
        return;
    memory_free(spelling->sorted);
    memory_free(spelling->letters);
    memory_free(spelling->words);
    memory_free(spelling->firsts);
    memory_free(spelling);
}

uint64_t spelling_bytes(const struct spelling *spelling)
{
    return sizeof *spelling + (uint64_t)spelling->covered * (3 * sizeof(uint32_t) + 1);
}

/* --- the best few --- */

/* Lower goes first: distance, then how many documents have the word, most first. */
struct best_words {
    uint64_t keys[COMPLETIONS_MAX];
    uint32_t words[COMPLETIONS_MAX];
    uint32_t count;
    uint32_t capacity;
};

static void best_add(struct best_words *best, uint32_t distance, const struct terms *terms,
                     uint32_t word)
{
    uint32_t uses = PEEK(terms->words[word].uses);
    if (uses == 0)
        return; /* nothing has it any more */
    uint64_t key = (uint64_t)distance << 32 | (UINT32_MAX - uses);
    if (best->count == best->capacity) {
        if (key >= best->keys[best->count - 1])
            return;
        best->count--;
    }
    uint32_t at = best->count++;
    for (; at > 0 && best->keys[at - 1] > key; at--) {
        best->keys[at] = best->keys[at - 1];
        best->words[at] = best->words[at - 1];
    }
    best->keys[at] = key;
    best->words[at] = word;
}

/* --- beginnings --- */

uint32_t spelling_complete(const struct spelling *spelling, const struct terms *terms,
                           struct text prefix, uint32_t words_out[COMPLETIONS_MAX])
{
    struct best_words best = {.capacity = COMPLETIONS_MAX};
    uint32_t from = lower_bound(terms, spelling->sorted, 0, spelling->covered, prefix);
    for (uint32_t i = from; i < spelling->covered; i++) {
        if (!text_starts_with(terms_word_text(terms, spelling->sorted[i]), prefix))
            break;
        best_add(&best, 0, terms, spelling->sorted[i]);
    }
    uint32_t count = LOAD(terms->word_count);
    for (uint32_t word = spelling->covered + 1; word <= count; word++) {
        if (text_starts_with(terms_word_text(terms, word), prefix))
            best_add(&best, 0, terms, word);
    }
    memcpy(words_out, best.words, best.count * sizeof words_out[0]);
    return best.count;
}

/* --- slips --- */

/*
 * Bit-parallel optimal string alignment for patterns of up to 64 letters: Hyyrö, "A Bit-Vector
 * Algorithm for Computing Levenshtein and Damerau Edit Distances", Nordic Journal of Computing 10
 * (2003). A column of the table of distances is kept as bits: where it goes up (vp) and down (vn)
 * by one; `score` follows its last cell.
 */
struct pattern {
    struct text text;
    uint64_t last;        /* the bit of its last letter; none in an empty text */
    uint64_t places[256]; /* by byte: where it stands in the text */
};

static void pattern_init(struct pattern *pattern, struct text text)
{
    ensure(text.length <= 64);
    pattern->text = text;
    pattern->last = text.length == 0 ? 0 : UINT64_C(1) << (text.length - 1);
    memset(pattern->places, 0, sizeof pattern->places);
    for (uint32_t i = 0; i < text.length; i++)
        pattern->places[(unsigned char)text.data[i]] |= UINT64_C(1) << i;
}

static uint32_t pattern_distance(const struct pattern *pattern, struct text other, uint32_t most)
{
    uint32_t length = pattern->text.length;
    if (length == 0)
        return other.length;
    uint64_t vp = UINT64_MAX;
    uint64_t vn = 0;
    uint64_t d0 = 0;
    uint64_t places_before = 0;
    uint32_t score = length;
    for (uint32_t i = 0; i < other.length; i++) {
        uint64_t places = pattern->places[(unsigned char)other.data[i]];
        uint64_t swapped = ((~d0 & places) << 1) & places_before;
        d0 = (((places & vp) + vp) ^ vp) | places | vn | swapped;
        uint64_t hp = vn | ~(d0 | vp);
        uint64_t hn = d0 & vp;
        score += (hp & pattern->last) != 0;
        score -= (hn & pattern->last) != 0;
        /* Each letter that is left can take off one at most. */
        if (score > most + (other.length - 1 - i))
            return most + 1;
        hp = hp << 1 | 1;
        vp = hn << 1 | ~(d0 | hp);
        vn = hp & d0;
        places_before = places;
    }
    return score;
}

uint32_t spelling_distance(struct text a, struct text b, uint32_t most)
{
    struct pattern pattern;
    pattern_init(&pattern, a);
    return pattern_distance(&pattern, b, most);
}

struct correction {
    struct pattern pattern;
    uint32_t letters;
    uint32_t most;
    struct best_words best;
};

static void consider(struct correction *correction, const struct terms *terms, uint32_t word)
{
    struct text text = terms_word_text(terms, word);
    uint32_t distance = pattern_distance(&correction->pattern, text, correction->most);
    distance += text.data[0] != correction->pattern.text.data[0];
    if (distance == 0 || distance > correction->most)
        return;
    best_add(&correction->best, distance, terms, word);
}

/* Each slip changes two letters of the set at most; another first letter is a slip more than it is.
 */
static bool may_be_near(const struct correction *correction, char first, uint32_t letters)
{
    uint32_t slips = correction->most;
    if (first != correction->pattern.text.data[0] && --slips == 0)
        return false;
    return bits_count(letters ^ correction->letters) <= 2 * slips;
}

uint32_t spelling_correct(const struct spelling *spelling, const struct terms *terms,
                          struct text text, uint32_t words_out[CORRECTIONS_MAX])
{
    if (text.length < CORRECTED_FROM || text.length > TOKEN_BYTES_MAX)
        return 0;
    struct correction correction = {
        .letters = letters_of(text),
        .most = text.length >= CORRECTED_TWICE_FROM ? 2 : 1,
        .best = {.capacity = CORRECTIONS_MAX},
    };
    pattern_init(&correction.pattern, text);
    uint32_t shortest = text.length - correction.most;
    uint32_t longest = text.length + correction.most;
    if (longest > TOKEN_BYTES_MAX)
        longest = TOKEN_BYTES_MAX;
    for (uint32_t i = spelling->starts[shortest]; i < spelling->starts[longest + 1]; i++) {
        if (may_be_near(&correction, spelling->firsts[i], spelling->letters[i]))
            consider(&correction, terms, spelling->words[i]);
    }
    uint32_t count = LOAD(terms->word_count);
    for (uint32_t word = spelling->covered + 1; word <= count; word++) {
        const struct word *each = &terms->words[word];
        if (is_corrected_to(each) && each->length >= shortest && each->length <= longest)
            consider(&correction, terms, word);
    }
    /* Only those at the smallest distance. */
    const struct best_words *best = &correction.best;
    uint32_t found = 0;
    while (found < best->count && best->keys[found] >> 32 == best->keys[0] >> 32) {
        words_out[found] = best->words[found];
        found++;
    }
    return found;
}
