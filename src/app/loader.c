/* loader.c - threads that read what sleeps in the tables, so that the executor never waits for a
 * disk but the one it records on. */
#include "app/executor_parts.h"
#include "base/memory.h"

enum {
    BUSY_SECONDS = 1,
    HELD_MAX = 32, /* tasks that one hold of the reader is for */
};
#define LOADER_WAIT_NS UINT64_C(1000000000)

bool loader_is_threaded(const struct executor *executor)
{
    return executor->is_started && executor->options.loaders > 0;
}

/* --- what a command waits for --- */

struct command_load {
    struct loader_task task;
    struct executor *executor;
    struct command *command;
};

static struct err read_asleep(struct command *command, struct store_reader *reader)
{
    struct command_loaded *loaded = &command->loaded;
    switch (loaded->what) {
    case ASLEEP_ORDER:
        return store_read_order(reader, loaded->value, command->arena, &loaded->order);
    case ASLEEP_CART_KEY:
        return store_read_order_by_key(reader, loaded->value, command->asleep_key, command->arena,
                                       &loaded->order);
    case ASLEEP_ORDER_CONTACTS:
        return store_read_chain_contacts(reader, loaded->value, command->arena, &loaded->contacts,
                                         &loaded->contact_count);
    case ASLEEP_ANSWER:
        return store_read_answer(reader, loaded->value, command->arena, &loaded->answer);
    case ASLEEP_PURCHASES:
        return store_read_purchases(reader, loaded->value, command->asleep_product, command->arena,
                                    &loaded->purchases);
    case ASLEEP_STOCK_HOLDERS:
        return store_read_stock_holders(reader, (uint32_t)(loaded->value >> 16),
                                        (uint16_t)(loaded->value & UINT16_MAX), command->arena,
                                        &loaded->holders, &loaded->holder_count);
    }
    check_failed("an unknown thing sleeps", __FILE__, __LINE__);
}

static void run_load(struct loader_task *task, struct store_reader *reader)
{
    struct command_load *load = container_of(task, struct command_load, task);
    struct executor *executor = load->executor;
    struct command *command = load->command;
    command->err = read_asleep(command, reader);
    bool is_queued = queue_push(&executor->incoming, &command->queue_node);
    ensure(is_queued);
}

static struct err fetch_here(struct executor *executor, struct command *command)
{
    if (executor->reader == NULL)
        TRY(store_reader_open(executor->options.store, &executor->reader));
    return read_asleep(command, executor->reader);
}

struct err loader_fetch(struct executor *executor, struct command *command, struct err asleep)
{
    ensure(asleep.code == ERR_ASLEEP);
    command->loaded = (struct command_loaded){
        .what = (enum shop_asleep)asleep.index,
        .value = asleep.value,
        .sweep = executor->decision.sweep,
    };
    if (!loader_is_threaded(executor))
        return fetch_here(executor, command);
    struct command_load *load = arena_alloc(command->arena, sizeof *load);
    *load = (struct command_load){
        .task.run = run_load,
        .executor = executor,
        .command = command,
    };
    /* Counted first: the command may be back before this call is. */
    __atomic_fetch_add(&executor->loading, 1, __ATOMIC_SEQ_CST);
    command->arena->is_lent = true;
    struct err err = executor_load(executor, &load->task);
    if (err.code != ERR_NONE) {
        command->arena->is_lent = false;
        __atomic_fetch_sub(&executor->loading, 1, __ATOMIC_SEQ_CST);
    }
    return err;
}

/* --- the threads --- */

/* Those that wait now: all were submitted before the hold, which sees what each is to see. */
static uint32_t take_tasks(struct loader *loader, struct loader_task *tasks_out[HELD_MAX])
{
    uint32_t count = 0;
    struct queue_node *node;
    while (count < HELD_MAX && (node = queue_pop(&loader->queue)) != NULL)
        tasks_out[count++] = container_of(node, struct loader_task, queue_node);
    return count;
}

static void run_tasks(struct loader *loader, struct loader_task *const *tasks, uint32_t count)
{
    bool is_held = count > 1 && store_reader_hold(loader->reader).code == ERR_NONE;
    for (uint32_t i = 0; i < count; i++) {
        tasks[i]->run(tasks[i], loader->reader);
        __atomic_fetch_sub(&loader->busy, 1, __ATOMIC_SEQ_CST);
    }
    if (is_held)
        store_reader_let_go(loader->reader);
}

static void *run_loader(void *argument)
{
    struct loader *loader = argument;
    struct loader_task *tasks[HELD_MAX];
    for (;;) {
        uint32_t count = take_tasks(loader, tasks);
        if (count > 0) {
            run_tasks(loader, tasks, count);
            continue;
        }
        if (__atomic_load_n(&loader->executor->is_stopping_loaders, __ATOMIC_SEQ_CST) &&
            __atomic_load_n(&loader->busy, __ATOMIC_SEQ_CST) == 0)
            return NULL;
        queue_wait(&loader->queue, LOADER_WAIT_NS);
    }
}

struct err loaders_start(struct executor *executor)
{
    for (uint32_t i = 0; i < executor->options.loaders; i++) {
        struct loader *loader = &executor->loaders[i];
        loader->executor = executor;
        queue_init(&loader->queue, LOADER_TASKS_MAX);
        TRY(store_reader_open(executor->options.store, &loader->reader));
        ensure(pthread_create(&loader->thread, NULL, run_loader, loader) == 0);
    }
    return OK;
}

void loaders_stop(struct executor *executor)
{
    __atomic_store_n(&executor->is_stopping_loaders, true, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < executor->options.loaders; i++) {
        struct loader *loader = &executor->loaders[i];
        queue_wake(&loader->queue);
        ensure(pthread_join(loader->thread, NULL) == 0);
        store_reader_close(loader->reader);
    }
}

/* One that has nothing to do, else the one with the least. */
static struct loader *pick_loader(struct executor *executor)
{
    struct loader *best = &executor->loaders[0];
    uint32_t best_busy = UINT32_MAX;
    for (uint32_t i = 0; i < executor->options.loaders; i++) {
        struct loader *loader = &executor->loaders[i];
        uint32_t busy = __atomic_load_n(&loader->busy, __ATOMIC_SEQ_CST);
        if (busy < best_busy) {
            best = loader;
            best_busy = busy;
        }
    }
    return best;
}

static struct err run_here(struct executor *executor, struct loader_task *task)
{
    struct store_reader *reader;
    TRY(store_reader_open(executor->options.store, &reader));
    task->run(task, reader);
    store_reader_close(reader);
    return OK;
}

struct err executor_load(struct executor *executor, struct loader_task *task)
{
    ensure(task->run != NULL);
    if (!loader_is_threaded(executor))
        return run_here(executor, task);
    struct loader *loader = pick_loader(executor);
    /* Counted before looking, as in executor_submit(). */
    __atomic_fetch_add(&loader->busy, 1, __ATOMIC_SEQ_CST);
    struct err err = OK;
    if (__atomic_load_n(&executor->is_stopping_loaders, __ATOMIC_SEQ_CST))
        err = ERR(ERR_STOPPING);
    else if (!queue_push(&loader->queue, &task->queue_node))
        err = ERR_AT(ERR_OVERLOADED, 0, .value = BUSY_SECONDS);
    if (err.code != ERR_NONE)
        __atomic_fetch_sub(&loader->busy, 1, __ATOMIC_SEQ_CST);
    return err;
}
