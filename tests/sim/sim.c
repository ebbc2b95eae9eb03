/*
 * sim.c - runs simulated worlds and prints TAP.
 *
 *   sim --seeds N        N worlds on the model store, crashes before and after a record
 *   sim --power-cuts N   worlds on the real store until N faults struck: power cuts, torn writes,
 *                        failed syncs, full disks
 *   sim --expect-loss N  the same on a disk that ignores syncs: passes only if a loss is found
 *   sim --seed N [--sqlite]  one world, for looking into a finding
 */
#include "base/clock.h"
#include "base/log.h"
#include "lib/temp_folder.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 120, STEPS_SQLITE = 60, CUTS = 4, CUTS_SQLITE = 6 };

struct tally {
    uint64_t worlds;
    uint64_t commands;
    uint64_t orders;
    uint64_t repeats;
    uint64_t crashes;
    uint64_t failed;
};

static bool run_one(const struct world_options *options, struct tally *tally)
{
    struct world_result result = world_run(options);
    tally->worlds++;
    tally->commands += result.commands;
    tally->orders += result.orders;
    tally->repeats += result.repeats;
    tally->crashes += result.crashes;
    tally->failed += !result.passed;
    if (!result.passed)
        printf("# seed %llu%s: %s\n", (unsigned long long)options->seed,
               options->store == WORLD_SQLITE ? " --sqlite" : "", result.finding);
    return result.passed;
}

static int finish(const char *title, const struct tally *tally, uint64_t started_ns)
{
    printf("%s 1 - %s: %llu worlds, %llu commands, %llu repeated with their key, %llu orders, %llu "
           "crashes, %llu findings, %.1f "
           "s\n1..1\n",
           tally->failed == 0 ? "ok" : "not ok", title, (unsigned long long)tally->worlds,
           (unsigned long long)tally->commands, (unsigned long long)tally->repeats,
           (unsigned long long)tally->orders, (unsigned long long)tally->crashes,
           (unsigned long long)tally->failed, (double)(clock_monotonic_ns() - started_ns) / 1e9);
    return tally->failed == 0 ? 0 : 1;
}

static int run_seeds(uint64_t count)
{
    struct tally tally = {0};
    uint64_t started_ns = clock_monotonic_ns();
    for (uint64_t seed = 1; seed <= count; seed++)
        (void)run_one(&(struct world_options){seed, WORLD_MEM, STEPS, CUTS, false, NULL}, &tally);
    return finish("simulated worlds keep every promise", &tally, started_ns);
}

static int run_power_cuts(uint64_t count)
{
    struct tally tally = {0};
    uint64_t started_ns = clock_monotonic_ns();
    for (uint64_t seed = 1; tally.crashes < count && tally.failed < 10; seed++) {
        char folder[TEMP_FOLDER_SIZE];
        temp_folder_make(folder);
        (void)run_one(
            &(struct world_options){seed, WORLD_SQLITE, STEPS_SQLITE, CUTS_SQLITE, false, folder},
            &tally);
        temp_folder_remove(folder);
    }
    return finish("power cuts and full disks lose nothing acknowledged", &tally, started_ns);
}

/* In a child: a store that lost its ground may abort, which counts as found. */
static bool loss_is_found(uint64_t seed)
{
    char folder[TEMP_FOLDER_SIZE];
    temp_folder_make(folder);
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct tally tally = {0};
        log_set_level(LOG_ERROR);
        (void)freopen("/dev/null", "w", stdout);
        (void)freopen("/dev/null", "w", stderr);
        bool passed = run_one(
            &(struct world_options){seed, WORLD_SQLITE, STEPS_SQLITE, CUTS_SQLITE, true, folder},
            &tally);
        _exit(passed ? 0 : 1);
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    temp_folder_remove(folder);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static int run_expect_loss(uint64_t count)
{
    uint64_t found = 0;
    for (uint64_t seed = 1; seed <= count; seed++)
        found += loss_is_found(seed);
    printf("%s 1 - a disk that ignores syncs is found out: in %llu of %llu worlds\n1..1\n",
           found > 0 ? "ok" : "not ok", (unsigned long long)found, (unsigned long long)count);
    return found > 0 ? 0 : 1;
}

static int run_seed(uint64_t seed, bool on_sqlite)
{
    struct tally tally = {0};
    char folder[TEMP_FOLDER_SIZE];
    log_set_level(LOG_ERROR);
    temp_folder_make(folder);
    struct world_options options = {seed, WORLD_MEM, STEPS, CUTS, false, folder};
    if (on_sqlite)
        options =
            (struct world_options){seed, WORLD_SQLITE, STEPS_SQLITE, CUTS_SQLITE, false, folder};
    uint64_t started_ns = clock_monotonic_ns();
    (void)run_one(&options, &tally);
    temp_folder_remove(folder);
    return finish("one world", &tally, started_ns);
}

int main(int argc, char **argv)
{
    uint64_t number = argc >= 3 ? strtoull(argv[2], NULL, 10) : 0;
    log_set_level(LOG_SILENT);
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
        return run_seeds(number);
    if (argc == 3 && strcmp(argv[1], "--power-cuts") == 0)
        return run_power_cuts(number);
    if (argc == 3 && strcmp(argv[1], "--expect-loss") == 0)
        return run_expect_loss(number);
    if (argc >= 3 && strcmp(argv[1], "--seed") == 0)
        return run_seed(number, argc == 4 && strcmp(argv[3], "--sqlite") == 0);
    (void)fprintf(
        stderr, "usage: sim --seeds N | --power-cuts N | --expect-loss N | --seed N [--sqlite]\n");
    return 2;
}
