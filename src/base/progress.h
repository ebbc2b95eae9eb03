/*
 * progress.h - a progress bar on a terminal, a line every 10 s elsewhere, both on standard error.
 * One thread.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *label;
    uint64_t total; /* 0 = not known */
    uint64_t done;
    uint64_t started_ns;
    uint64_t shown_ns;
    uint64_t shown; /* `done` as it was drawn last */
    bool is_terminal;
};

void progress_start(struct progress *progress, const char *label, uint64_t total);
void progress_set(struct progress *progress, uint64_t done);
/* Draws the last state and ends the line. */
void progress_finish(struct progress *progress);

#endif
