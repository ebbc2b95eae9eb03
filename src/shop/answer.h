/*
 * answer.h - an answer that is given again when the same request comes again (Idempotency-Key, ADR
 * 0030). The rows live in the store, are written in the same commit as what they tell of, and are
 * read back by loader threads only. They may hold personal data, so they are no events and go when
 * it is erased.
 */
#ifndef SHOP_ANSWER_H
#define SHOP_ANSWER_H

#include "base/text.h"

#include <stdint.h>

struct answer {
    uint64_t number; /* 1, 2, ... in the order they were given */
    uint8_t key[16];
    uint64_t body_hash;
    uint64_t at_ms;
    uint64_t event;    /* the last one when it was given: later erasures are about it */
    uint32_t customer; /* whose personal data stands in it; 0 = nobody's */
    struct text bytes; /* TEXT_NONE = erased since */
};

#endif
