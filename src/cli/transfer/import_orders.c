#include "cli/transfer/import_orders.h"

#include "api/problem.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cli/shop_open.h"
#include "cli/transfer/line_walk.h"
#include "cli/transfer/order_line.h"

enum { SLOT_COUNT = 256, SLOT_BLOCK = 8192 };
#define SLOT_BYTES_MAX ((size_t)32 << 20)

/* A line on its way through the executor. */
struct slot {
    struct order_import_command command;
    struct arena arena;
    uint64_t line;
};

struct importer {
    const struct import_lines_options *options;
    struct import_report *report;
    struct open_shop open;
    uint8_t secret[HASH_SECRET_SIZE];
    struct buffer scratch; /* where the readers of fields put pieces together */
    struct slot *slots;
    uint32_t slot_count; /* filled */
    /* Of a rehearsal. */
    bool is_check;
    struct decision decision;
    struct store_reader *reader;
    struct arena arena;
    struct buffer events;
};

/* --- a line --- */

/* False, and reported with the first field that is wrong. */
static bool read_line(struct importer *importer, struct text text, struct slot *slot)
{
    struct request request = {.reply = importer->scratch};
    struct call call = {.request = &request, .arena = &slot->arena, .secret = importer->secret};
    field_errors_init(&call.errors, &slot->arena);
    bool ok = order_line_read(&call, &importer->open.shop, text, &slot->command);
    importer->scratch = request.reply;
    if (!ok)
        import_report_field(importer->report, slot->line, &call.errors.items[0]);
    return ok;
}

static void tell_result(struct importer *importer, const struct slot *slot)
{
    const struct order_import_command *command = &slot->command;
    struct err err = command->command.err;
    if (err.code == ERR_ORDER_IMPORT)
        import_report_bad(importer->report, slot->line, command->fault);
    else if (err.code != ERR_NONE)
        import_report_bad(importer->report, slot->line, problem_of(err.code).title);
    else if (command->is_unchanged)
        importer->report->unchanged++;
    else
        importer->report->created++;
}

/* --- a rehearsal: decided and applied in memory, recorded nowhere --- */

/* An order that is neither in memory nor in the tables stood in this file before. */
static struct err bring_order(struct importer *importer, struct order_import_command *command)
{
    struct order *order = NULL;
    TRY(store_read_order(importer->reader, command->order->number, &importer->arena, &order));
    command->command.loaded = (struct command_loaded){
        .what = ASLEEP_ORDER, .value = command->order->number, .order = order};
    return OK;
}

static struct err decide(struct importer *importer, struct order_import_command *command)
{
    importer->decision = (struct decision){
        .shop = &importer->open.shop,
        .events = &importer->events,
        .arena = &importer->arena,
        .now_ms = clock_wall_ms(),
        .contacts_numbered = importer->open.shop.last_contact,
    };
    struct err err = command_order_import.decide(&importer->decision, &command->command);
    if (err.code != ERR_ASLEEP)
        return err;
    TRY(bring_order(importer, command));
    command->is_unchanged = command->command.loaded.order == NULL;
    return command->is_unchanged
               ? OK
               : command_order_import.decide(&importer->decision, &command->command);
}

static struct err rehearse(struct importer *importer, struct order_import_command *command)
{
    struct shop *shop = &importer->open.shop;
    struct err err = decide(importer, command);
    if (err.code == ERR_NONE && importer->events.length > 0) {
        (void)event_seal(&importer->events, 0, shop->last_event + 1);
        shop_apply(shop, (const struct event *)(const void *)importer->events.data);
    }
    if (order_find(&shop->orders, command->order->number) != NULL)
        shop_forget_order(shop, command->order->number);
    return err;
}

static void rehearse_slot(struct importer *importer, struct slot *slot)
{
    buffer_reset(&importer->events);
    arena_reset(&importer->arena);
    slot->command.command.err = rehearse(importer, &slot->command);
    if (slot->command.command.err.code != ERR_NONE)
        tell_result(importer, slot);
    arena_reset(&slot->arena);
}

/* --- a batch of them --- */

static void flush(void *context)
{
    struct importer *importer = context;
    struct command *commands[SLOT_COUNT];
    for (uint32_t i = 0; i < importer->slot_count; i++)
        commands[i] = &importer->slots[i].command.command;
    if (importer->slot_count > 0)
        executor_run_many(importer->open.executor, commands, importer->slot_count);
    for (uint32_t i = 0; i < importer->slot_count; i++) {
        tell_result(importer, &importer->slots[i]);
        arena_reset(&importer->slots[i].arena);
    }
    importer->slot_count = 0;
}

static void take_line(void *context, uint64_t number, struct text text)
{
    struct importer *importer = context;
    struct slot *slot = &importer->slots[importer->slot_count];
    slot->line = number;
    slot->command = (struct order_import_command){.fault = NULL};
    importer->report->rows++;
    if (text.data == NULL) {
        import_report_bad(importer->report, number, "the line is too long");
        return;
    }
    if (!read_line(importer, text, slot)) {
        arena_reset(&slot->arena);
        return;
    }
    slot->command.command = (struct command){.ops = &command_order_import,
                                             .by = {OPERATOR_CONSOLE, 0},
                                             .arena = &slot->arena,
                                             .actor = ACTOR_OPERATOR};
    if (importer->is_check)
        rehearse_slot(importer, slot);
    else if (++importer->slot_count == SLOT_COUNT)
        flush(importer);
}

/* --- all of it --- */

static enum cli_exit walk_files(struct importer *importer)
{
    const struct line_walk walk = {
        .report = importer->report,
        .files = importer->options->files,
        .file_count = importer->options->file_count,
        .label = importer->is_check ? "check, KiB" : "import, KiB",
        .take = take_line,
        .file_ends = flush,
        .context = importer,
    };
    return importer->is_check ? line_walk_check(&walk) : line_walk(&walk);
}

static enum cli_exit check_all(struct importer *importer)
{
    struct open_shop *open = &importer->open;
    enum cli_exit result = shop_open(importer->options->config, SHOP_FOR_READING, open);
    if (result != CLI_DONE)
        return result;
    importer->is_check = true;
    store_secret(open->store, importer->secret);
    arena_init(&importer->arena, SLOT_BLOCK, SLOT_BYTES_MAX);
    buffer_init(&importer->events, SLOT_BLOCK);
    if (store_fold_now(open->store).code != ERR_NONE ||
        store_reader_open(open->store, &importer->reader).code != ERR_NONE) {
        result = CLI_FAILED; /* the store has logged why */
    } else {
        result = walk_files(importer);
        store_reader_close(importer->reader);
    }
    buffer_release(&importer->events);
    arena_release(&importer->arena);
    shop_close(open);
    importer->is_check = false;
    return result;
}

static enum cli_exit import_all(struct importer *importer)
{
    import_set_for_bulk(importer->options->config);
    enum cli_exit result = shop_open(importer->options->config, SHOP_FOR_WRITING, &importer->open);
    if (result != CLI_DONE)
        return result;
    store_secret(importer->open.store, importer->secret);
    result = walk_files(importer);
    shop_close(&importer->open);
    return result;
}

enum cli_exit import_orders(const struct import_lines_options *options,
                            struct import_report *report)
{
    struct importer importer = {.options = options, .report = report};
    enum cli_exit result = CLI_DONE;
    buffer_init(&importer.scratch, SLOT_BLOCK);
    importer.slots = memory_alloc_zeroed(SLOT_COUNT, sizeof(*importer.slots));
    for (uint32_t i = 0; i < SLOT_COUNT; i++)
        arena_init(&importer.slots[i].arena, SLOT_BLOCK, SLOT_BYTES_MAX);
    if (options->is_strict)
        result = check_all(&importer);
    if (result == CLI_DONE)
        result = import_all(&importer);
    for (uint32_t i = 0; i < SLOT_COUNT; i++)
        arena_release(&importer.slots[i].arena);
    memory_free(importer.slots);
    buffer_release(&importer.scratch);
    return result;
}
