/* names.h - numbers texts from 0 in the order they come, and finds them again. One thread. */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include "base/arena.h"
#include "base/map.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

struct names {
    struct arena bytes;
    struct map by_hash; /* hash, +1 per collision -> number */
    struct text *texts;
    uint32_t count;
    uint32_t capacity;
};

void names_init(struct names *names);
void names_release(struct names *names);
/* The number of `text`; *is_new_out (may be NULL) tells whether it just got it. */
uint32_t names_add(struct names *names, struct text text, bool *is_new_out);
bool names_find(const struct names *names, struct text text, uint32_t *number_out) MUST_USE;

#endif
