/*
 * world.h - one simulated run: random buyers and an operator send commands to a real executor on a
 * real store in virtual time; the machine crashes, clients retry, and after every step the state of
 * the shop is compared with books that were kept apart (model.h).
 *
 * One seed is one run, replayed exactly by `sim --seed N`.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stdint.h>

enum world_store {
    WORLD_MEM = 0, /* the model store behind store_faulty: records fail before or after the work */
    WORLD_SQLITE,  /* the real store on the forgetful disk of fault_vfs.h */
};

struct world_options {
    uint64_t seed;
    enum world_store store;
    uint32_t steps;
    uint32_t cuts_max;  /* crashes in the run */
    bool ignore_sync;   /* the disk lies: the run must fail */
    const char *folder; /* WORLD_SQLITE: an empty one, for the lock file */
};

struct world_result {
    bool passed;
    char finding[256]; /* what did not agree */
    uint64_t commands;
    uint64_t repeats; /* requests that came again with their key */
    uint64_t orders;
    uint64_t crashes;
};

struct world_result world_run(const struct world_options *options);

#endif
