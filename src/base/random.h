/* random.h - numbers from a seed (splitmix64), for simulations; and secrets from the kernel. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

uint64_t random_u64(struct random *random);
/* 0 <= result < limit; limit > 0. */
uint64_t random_below(struct random *random, uint64_t limit);
/* Fills from getrandom(2); aborts where the kernel cannot. */
void random_secret(void *bytes_out, size_t size);

#endif
