/*
 * repeats.h - the books of keys: what simulated people send with an Idempotency-Key, and what must
 * come when they send it again. Checkouts have keys of their own (model_checkout()).
 */
#ifndef TESTS_SIM_REPEATS_H
#define TESTS_SIM_REPEATS_H

#include "sim/intent.h"
#include "store/store.h"

enum { REPEATS_MAX = 4096, REPEAT_TEXT_SIZE = 32 };

struct repeat {
    uint64_t key;
    uint64_t body;
    bool is_done;
    char answer[REPEAT_TEXT_SIZE];
    struct intent intent; /* as it was rolled */
};

struct repeats {
    struct repeat *rows;
    uint32_t count;
    uint32_t renders; /* no two answers are the same */
};

void repeats_init(struct repeats *repeats);
void repeats_release(struct repeats *repeats);
/* Gives some intents a key, and turns some into one that came before. */
void repeats_roll(struct repeats *repeats, struct intent *intent, struct random *random);
/* Once the command is made: with its key. */
void repeats_attach(struct repeats *repeats, struct intent *intent);
/* What must come of the intent; changes these books and the model. */
struct verdict repeats_judge(struct repeats *repeats, const struct intent *intent,
                             struct model *model, bool *is_repeat_out);
/* NULL when the answer is the one that the books have. */
const char *repeats_compare(const struct repeats *repeats, const struct intent *intent,
                            bool is_repeat);
/* Was the intent's key recorded? */
bool repeats_is_recorded(const struct intent *intent, struct store_reader *reader);

#endif
