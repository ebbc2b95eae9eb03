/*
 * names.h - brands and families: numbers for texts, and the texts of the numbers. Brands that differ
 * in case or accents alone are one, shown as it was written first.
 */
#ifndef SEARCH_INDEX_NAMES_H
#define SEARCH_INDEX_NAMES_H

#include "base/text.h"
#include "search/rcu.h"

#include <stdbool.h>
#include <stdint.h>

struct name_slots;

/* One writer, any number of readers, like terms.h. */
enum { BRAND_KEY_SIZE = 512 }; /* of what names_fold() writes */

struct names {
    char *bytes;
    uint32_t bytes_used;
    struct name *names;   /* [0] unused */
    uint32_t count;       /* atomic */
    struct name_slots *slots; /* RCU */
    bool is_shared;
};

struct name {
    uint32_t key; /* place in bytes of what it is found by */
    uint32_t shown;
    uint16_t key_length;
    uint16_t shown_length;
};

void names_init(struct names *names);
void names_release(struct names *names);
uint64_t names_bytes(const struct names *names);

/* Writer: the number of `key`, a new one with this `shown` if need be; 0 for an empty key or no room.
 */
uint32_t names_add(struct names *names, struct text key, struct text shown);
/* What a brand is found by: its words, or the bytes of one that has none. Returns the length. */
uint32_t names_fold(struct text brand, char key_out[BRAND_KEY_SIZE]);

/* Readers: 0 = none. */
uint32_t names_find(const struct names *names, struct text key);
struct text names_shown(const struct names *names, uint32_t number);
struct text names_key(const struct names *names, uint32_t number);

#endif
