#include "app/follow/asking.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <semaphore.h>

enum {
    ASKED_AT_ONCE = 256,
    ARENA_BLOCK_SIZE = 1024, /* an order of a few lines */
    ARENA_MAX = 1 << 24,
};

struct asking {
    struct executor *executor;
    struct buffer arenas; /* struct arena * each, those of earlier rounds too */
    uint32_t arenas_used;
    struct command *asked[ASKED_AT_ONCE];
    uint32_t asked_count;
    uint32_t awaited; /* atomic: answers that are still to come, and one for who submits */
    sem_t answered;   /* all are there */
};

struct asking *asking_open(struct executor *executor)
{
    struct asking *asking = memory_alloc_zeroed(1, sizeof(*asking));
    asking->executor = executor;
    buffer_init(&asking->arenas, ASKED_AT_ONCE * sizeof(struct arena *));
    ensure(sem_init(&asking->answered, 0, 0) == 0);
    return asking;
}

static struct arena *arena_at(const struct asking *asking, uint32_t position)
{
    return ((struct arena **)(void *)asking->arenas.data)[position];
}

static uint32_t arena_count(const struct asking *asking)
{
    return (uint32_t)(asking->arenas.length / sizeof(struct arena *));
}

void asking_close(struct asking *asking)
{
    ensure(asking->asked_count == 0);
    for (uint32_t i = 0; i < arena_count(asking); i++) {
        arena_release(arena_at(asking, i));
        memory_free(arena_at(asking, i));
    }
    buffer_release(&asking->arenas);
    ensure(sem_destroy(&asking->answered) == 0);
    memory_free(asking);
}

void asking_reset(struct asking *asking)
{
    ensure(asking->asked_count == 0);
    for (uint32_t i = 0; i < asking->arenas_used; i++)
        arena_reset(arena_at(asking, i));
    asking->arenas_used = 0;
}

struct arena *asking_arena(struct asking *asking)
{
    if (asking->arenas_used == arena_count(asking)) {
        struct arena *arena = memory_alloc_zeroed(1, sizeof(*arena));
        arena_init(arena, ARENA_BLOCK_SIZE, ARENA_MAX);
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): the pointer is kept */
        buffer_append(&asking->arenas, &arena, sizeof(arena));
    }
    return arena_at(asking, asking->arenas_used++);
}

/* The last of them wakes who waits: one wake-up for all. */
static void count_answer(struct asking *asking)
{
    if (__atomic_sub_fetch(&asking->awaited, 1, __ATOMIC_ACQ_REL) == 0)
        ensure(sem_post(&asking->answered) == 0);
}

static void on_answer(struct command *command)
{
    count_answer(command->owner);
}

struct err asking_wait(struct asking *asking)
{
    struct err err = OK;
    uint32_t submitted = 0;
    if (asking->asked_count == 0)
        return OK;
    asking->awaited = 1;
    for (uint32_t i = 0; i < asking->asked_count && err.code == ERR_NONE; i++) {
        __atomic_add_fetch(&asking->awaited, 1, __ATOMIC_RELAXED);
        err = executor_submit(asking->executor, asking->asked[i]);
        if (err.code == ERR_NONE)
            submitted++;
        else
            __atomic_sub_fetch(&asking->awaited, 1, __ATOMIC_RELAXED);
    }
    count_answer(asking);
    while (sem_wait(&asking->answered) != 0)
        ; /* interrupted by a signal */
    for (uint32_t i = 0; i < submitted && err.code == ERR_NONE; i++)
        err = asking->asked[i]->err;
    asking->asked_count = 0;
    return err;
}

struct err asking_put(struct asking *asking, struct command *command, const struct command_ops *ops,
                      struct arena *arena)
{
    command->ops = ops;
    command->arena = arena;
    command->actor = ACTOR_SYSTEM;
    command->done = on_answer;
    command->owner = asking;
    asking->asked[asking->asked_count++] = command;
    return asking->asked_count == ASKED_AT_ONCE ? asking_wait(asking) : OK;
}
