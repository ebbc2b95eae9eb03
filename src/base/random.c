#include "base/random.h"

#include "base/check.h"
#include "base/hash.h"

#include <errno.h>
#include <sys/random.h>

uint64_t random_u64(struct random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    return hash_u64(random->state);
}

uint64_t random_below(struct random *random, uint64_t limit)
{
    ensure(limit > 0);
    /* The lowest 2^64 mod limit values are drawn again: without them each result is equally likely.
     */
    uint64_t surplus = (0 - limit) % limit;
    uint64_t value = random_u64(random);
    while (value < surplus)
        value = random_u64(random);
    return value % limit;
}

void random_secret(void *bytes_out, size_t size)
{
    char *bytes = bytes_out;
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);
        if (got < 0) {
            ensure(errno == EINTR);
            continue;
        }
        bytes += got;
        size -= (size_t)got;
    }
}
