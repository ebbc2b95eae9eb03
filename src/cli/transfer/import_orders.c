#include "cli/transfer/import_orders.h"

#include "api/problem.h"
#include "base/clock.h"
#include "cli/transfer/line_import.h"
#include "cli/transfer/order_line.h"

enum { COMMANDS_MAX = 256, BLOCK_SIZE = 8192 };
#define LINE_BYTES_MAX  ((size_t)16 << 20) /* no event says more */
#define ARENA_BYTES_MAX (32 * LINE_BYTES_MAX)

struct importer {
    struct line_import import; /* first */
    /* Of a rehearsal. */
    struct decision decision;
    struct store_reader *reader;
    struct arena arena;
    struct buffer events;
};

static bool read_line(struct line_import *import, struct call *call, struct text line,
                      struct command *command)
{
    return order_line_read(call, &import->open.shop, line, (struct order_import_command *)command);
}

static void tell(struct line_import *import, uint64_t line, const struct command *base)
{
    const struct order_import_command *command = (const struct order_import_command *)base;
    if (base->err.code == ERR_ORDER_IMPORT)
        import_report_bad(import->report, line, command->fault);
    else if (base->err.code != ERR_NONE)
        import_report_bad(import->report, line, problem_of(base->err.code).title);
    else if (command->is_unchanged)
        import->report->unchanged++;
    else
        import->report->created++;
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
    struct shop *shop = &importer->import.open.shop;
    importer->decision = (struct decision){
        .shop = shop,
        .events = &importer->events,
        .arena = &importer->arena,
        .now_ms = clock_wall_ms(),
        .contacts_numbered = shop->last_contact,
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

static struct err rehearse(struct line_import *import, struct command *base)
{
    struct importer *importer = (struct importer *)import;
    struct order_import_command *command = (struct order_import_command *)base;
    struct shop *shop = &import->open.shop;
    buffer_reset(&importer->events);
    arena_reset(&importer->arena);
    struct err err = decide(importer, command);
    if (err.code == ERR_NONE && importer->events.length > 0) {
        (void)event_seal(&importer->events, 0, shop->last_event + 1);
        shop_apply(shop, (const struct event *)(const void *)importer->events.data);
    }
    if (order_find(&shop->orders, command->order->number) != NULL)
        shop_forget_order(shop, command->order->number);
    return err;
}

static enum cli_exit check(struct line_import *import)
{
    struct importer *importer = (struct importer *)import;
    struct open_shop *open = &import->open;
    enum cli_exit result = shop_open(import->options->config, SHOP_FOR_READING, open);
    if (result != CLI_DONE)
        return result;
    store_secret(open->store, import->secret);
    arena_init(&importer->arena, BLOCK_SIZE, ARENA_BYTES_MAX);
    buffer_init(&importer->events, BLOCK_SIZE);
    if (store_fold_now(open->store).code != ERR_NONE ||
        store_reader_open(open->store, &importer->reader).code != ERR_NONE) {
        result = CLI_FAILED; /* the store has logged why */
    } else {
        result = line_import_check(import);
        store_reader_close(importer->reader);
    }
    buffer_release(&importer->events);
    arena_release(&importer->arena);
    shop_close(open);
    return result;
}

static const struct line_import_ops ops = {
    .command = &command_order_import,
    .command_size = sizeof(struct order_import_command),
    .commands_max = COMMANDS_MAX,
    .line_bytes_max = LINE_BYTES_MAX,
    .arena_bytes_max = ARENA_BYTES_MAX,
    .read = read_line,
    .tell = tell,
    .check = check,
    .rehearse = rehearse,
};

enum cli_exit import_orders(const struct import_lines_options *options,
                            struct import_report *report)
{
    struct importer importer = {.import = {.ops = &ops, .options = options, .report = report}};
    return line_import_run(&importer.import);
}
