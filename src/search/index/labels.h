/*
 * labels.h - brands and families: numbers for texts, and the texts of the numbers. Brands that
 * differ in case or accents alone are one, shown as it was written first.
 */
#ifndef SEARCH_INDEX_LABELS_H
#define SEARCH_INDEX_LABELS_H

#include "base/text.h"
#include "search/rcu.h"

#include <stdbool.h>
#include <stdint.h>

struct label_slots;

/* One writer, any number of readers, like terms.h. */
#define LABELS_MAX (UINT32_C(1) << 24)

enum {
    BRAND_KEY_SIZE = 512, /* of what labels_fold() writes */
    LABELS_RECENT = 1024, /* a power of two */
};

struct labels {
    char *bytes;
    uint32_t bytes_used;
    struct label *labels;      /* [0] unused */
    uint32_t count;            /* atomic */
    struct label_slots *slots; /* RCU */
    bool is_shared;
    uint32_t recent[LABELS_RECENT]; /* numbers of brands by a hash of them as written; 0 = none */
};

struct label {
    uint32_t key; /* place in bytes of what it is found by */
    uint32_t shown;
    uint16_t key_length;
    uint16_t shown_length;
};

void labels_init(struct labels *labels);
void labels_release(struct labels *labels);
uint64_t labels_bytes(const struct labels *labels);

/* Writer: the number of `key`, a new one with this `shown` if need be; 0 for an empty key or no
 * room.
 */
uint32_t labels_add(struct labels *labels, struct text key, struct text shown);
/* What a brand is found by: its words, or the bytes of one that has none. Returns the length. */
uint32_t labels_fold(struct text brand, char key_out[BRAND_KEY_SIZE]);
/* Writer: the number of a brand, found by that and shown as it is written. One that is written like
 * the first of its number, and came not long ago, is not folded again: few brands have many
 * products. */
uint32_t labels_add_brand(struct labels *labels, struct text brand);

/* Readers: 0 = none. */
uint32_t labels_find(const struct labels *labels, struct text key);
struct text labels_shown(const struct labels *labels, uint32_t number);
struct text labels_key(const struct labels *labels, uint32_t number);

#endif
