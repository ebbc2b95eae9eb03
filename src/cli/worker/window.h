/*
 * window.h - the part of a partition that is under way: which of its offsets are done, and so how
 * far may be committed.
 *
 *   committed ... base [ done, open, done, done, open ] next
 *
 * base is the first offset that is not done. At most WINDOW_SPAN offsets lie between base and next,
 * so one message that takes long holds a commit back by no more. One thread.
 */
#ifndef CLI_WORKER_WINDOW_H
#define CLI_WORKER_WINDOW_H

#include "notify/kafka.h"

enum { WINDOW_SPAN = 65536, WINDOW_WORDS = WINDOW_SPAN / 64 };

struct window {
    char topic[KAFKA_TOPIC_SIZE];
    int32_t partition;
    uint32_t epoch;   /* grows with each assignment: what began in an earlier one does not count */
    bool is_assigned; /* to us */
    bool has_begun;
    int64_t base;
    int64_t next;
    int64_t committed;
    uint64_t done[WINDOW_WORDS]; /* bit by offset modulo WINDOW_SPAN, between base and next */
};

/* Assigned; where it begins is where its first message is. */
void window_open(struct window *window);
/* Taken away. */
void window_close(struct window *window);

bool window_has_room(const struct window *window, int64_t offset);
/* An offset is under way; those that the log left out before it count as done. False for one that
 * was begun already. */
bool window_begin(struct window *window, int64_t offset) MUST_USE;
void window_end(struct window *window, int64_t offset);
/* The offset to commit (the first not done); -1 = nothing new since window_committed(). */
int64_t window_to_commit(const struct window *window);
void window_committed(struct window *window, int64_t offset);

#endif
