/*
 * asking.h - many commands put to the executor at once, by a thread that waits for their answers.
 *
 * The executor and its loaders write answers side by side, each into the arena of its command: so
 * every command has an arena of its own, and keeps it until asking_reset().
 * One thread at a time.
 */
#ifndef APP_FOLLOW_ASKING_H
#define APP_FOLLOW_ASKING_H

#include "app/executor.h"
#include "base/arena.h"

struct asking;

struct asking *asking_open(struct executor *executor) MUST_USE;
void asking_close(struct asking *asking);

/* Forgets the answers: what was given out of their arenas is gone. None may be under way. */
void asking_reset(struct asking *asking);
/* An empty arena for one command and its answer; the asking's own. */
struct arena *asking_arena(struct asking *asking) MUST_USE;
/* Has the command, which lies in `arena`, asked by asking_wait() at the latest. An error is that of
 * a command that was put before. */
struct err asking_put(struct asking *asking, struct command *command, const struct command_ops *ops,
                      struct arena *arena) MUST_USE;
/* Returns when all of them are answered, with the first error among them. */
struct err asking_wait(struct asking *asking) MUST_USE;

#endif
