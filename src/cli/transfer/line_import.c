#include "cli/transfer/line_import.h"

#include "base/memory.h"
#include "cli/transfer/line_walk.h"

enum { BLOCK_SIZE = 8192 };

/* A line on its way through the executor. */
struct line_slot {
    struct arena arena; /* of the command and all it points to */
    uint64_t line;
};

/* --- a batch of them --- */

static void flush(void *context)
{
    struct line_import *import = context;
    if (import->count > 0)
        executor_run_many(import->open.executor, import->commands, import->count);
    for (uint32_t i = 0; i < import->count; i++) {
        import->ops->tell(import, import->slots[i].line, import->commands[i]);
        arena_reset(&import->slots[i].arena);
    }
    import->count = 0;
}

/* --- a line --- */

/* False, and reported with the first field that is wrong. */
static bool read_line(struct line_import *import, struct text text, struct line_slot *slot,
                      struct command *command)
{
    struct request request = {.reply = import->scratch};
    struct call call = {.request = &request, .arena = &slot->arena, .secret = import->secret};
    field_errors_init(&call.errors, &slot->arena);
    bool ok = import->ops->read(import, &call, text, command);
    import->scratch = request.reply;
    if (!ok)
        import_report_field(import->report, slot->line, &call.errors.items[0]);
    return ok;
}

static void rehearse(struct line_import *import, uint64_t line, struct command *command)
{
    if (import->ops->rehearse == NULL)
        return;
    command->err = import->ops->rehearse(import, command);
    if (command->err.code != ERR_NONE)
        import->ops->tell(import, line, command);
}

static void take_line(void *context, uint64_t number, struct text text)
{
    struct line_import *import = context;
    const struct line_import_ops *ops = import->ops;
    struct line_slot *slot = &import->slots[import->count];
    import->report->rows++;
    if (text.data == NULL) {
        import_report_bad(import->report, number, "the line is too long");
        return;
    }
    struct command *command = arena_alloc(&slot->arena, ops->command_size);
    slot->line = number;
    if (!read_line(import, text, slot, command)) {
        arena_reset(&slot->arena);
        return;
    }
    *command = (struct command){.ops = ops->command,
                                .by = {OPERATOR_CONSOLE, 0},
                                .arena = &slot->arena,
                                .actor = ACTOR_OPERATOR};
    if (import->is_check) {
        rehearse(import, number, command);
        arena_reset(&slot->arena);
        return;
    }
    import->commands[import->count++] = command;
    if (import->count == ops->commands_max)
        flush(import);
}

/* --- all of them --- */

static struct line_walk walk_of(struct line_import *import)
{
    return (struct line_walk){
        .report = import->report,
        .files = import->options->files,
        .file_count = import->options->file_count,
        .label = import->is_check ? "check, KiB" : "import, KiB",
        .line_bytes_max = import->ops->line_bytes_max,
        .take = take_line,
        .file_ends = flush,
        .context = import,
    };
}

enum cli_exit line_import_check(struct line_import *import)
{
    import->is_check = true;
    const struct line_walk walk = walk_of(import);
    enum cli_exit result = line_walk_check(&walk);
    import->is_check = false;
    return result;
}

static enum cli_exit import_all(struct line_import *import)
{
    import_set_for_bulk(import->options->config);
    enum cli_exit result = shop_open(import->options->config, SHOP_FOR_WRITING, &import->open);
    if (result != CLI_DONE)
        return result;
    store_secret(import->open.store, import->secret);
    const struct line_walk walk = walk_of(import);
    result = line_walk(&walk);
    shop_close(&import->open);
    return result;
}

enum cli_exit line_import_run(struct line_import *import)
{
    const struct line_import_ops *ops = import->ops;
    enum cli_exit result = CLI_DONE;
    buffer_init(&import->scratch, BLOCK_SIZE);
    import->commands = memory_alloc_zeroed(ops->commands_max, sizeof(struct command *));
    import->slots = memory_alloc_zeroed(ops->commands_max, sizeof(*import->slots));
    for (uint32_t i = 0; i < ops->commands_max; i++)
        arena_init(&import->slots[i].arena, BLOCK_SIZE, ops->arena_bytes_max);
    if (import->options->is_strict)
        result = ops->check(import);
    if (result == CLI_DONE)
        result = import_all(import);
    for (uint32_t i = 0; i < ops->commands_max; i++)
        arena_release(&import->slots[i].arena);
    memory_free(import->slots);
    memory_free(import->commands);
    buffer_release(&import->scratch);
    return result;
}
