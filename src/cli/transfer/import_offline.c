/* import_offline.c - rows into a data folder that no server holds, in batches of commands. */
#include "api/problem.h"
#include "base/memory.h"
#include "cli/replay/names.h"
#include "cli/shop_open.h"
#include "cli/transfer/import_target.h"
#include "shop/command/commands.h"

#include <inttypes.h>
#include <string.h>

enum {
    SLOT_COUNT = 2048,
    SLOT_BLOCK = 4096,
    SLOT_BYTES_MAX = 1 << 20,
    BATCH_LINES_MAX = 65536,
    SHED_AFTER_MS = 10000,
};

/* A row on its way through the executor. */
struct slot {
    struct product_command command;
    struct arena arena;
    struct import_row row;
};

struct import_offline {
    struct import_target target;
    struct open_shop open;
    struct names paths;   /* categories met so far */
    uint32_t *categories; /* number by path; CATEGORY_REFUSED */
    uint32_t category_capacity;
    struct arena scratch;
    struct slot *slots;
    uint32_t slot_count; /* filled */
};

enum { CATEGORY_REFUSED = UINT32_MAX };

static void report_err(struct import_offline *offline, uint64_t line, struct err err)
{
    char reason[IMPORT_REASON_SIZE];
    struct problem problem = problem_of(err.code);
    if (err.value > 0)
        (void)snprintf(reason, sizeof(reason), "%s (%" PRIu64 ")", problem.title, err.value);
    else
        (void)snprintf(reason, sizeof(reason), "%s", problem.title);
    import_report_bad(offline->target.report, line, reason);
}

static struct err run(struct import_offline *offline, struct command *command,
                      const struct command_ops *ops)
{
    *command = (struct command){.ops = ops, .arena = &offline->scratch, .actor = ACTOR_OPERATOR};
    return executor_run(offline->open.executor, command);
}

static struct err find_or_make(struct import_offline *offline, uint32_t parent, struct text name,
                               uint32_t *number_out)
{
    const struct category *category = category_find_name(&offline->open.shop.catalog, parent, name);
    if (category) {
        *number_out = category->number;
        return OK;
    }
    struct category_command create = {
        .parent = parent, .has_parent = true, .name = name, .has_name = true};
    TRY(run(offline, &create.command, &command_category_create));
    *number_out = create.category.number;
    return OK;
}

static struct err make_path(struct import_offline *offline, struct text text, uint32_t *number_out)
{
    struct import_path path;
    bool ok = import_path_parse(text, &offline->scratch, &path);
    ensure(ok); /* the row was parsed */
    *number_out = 0;
    for (uint32_t i = 0; i < path.count; i++)
        TRY(find_or_make(offline, *number_out, path.names[i], number_out));
    return OK;
}

/* The number of a category path, made where it is new. False: refused, and reported. */
static bool resolve_category(struct import_offline *offline, const struct import_row *row,
                             uint32_t *number_out)
{
    bool is_new = false;
    *number_out = 0;
    if (row->category.length == 0)
        return true;
    uint32_t path = names_add(&offline->paths, row->category, &is_new);
    if (path >= offline->category_capacity) {
        offline->category_capacity = 2 * path + 64;
        offline->categories = memory_resize(offline->categories, offline->category_capacity *
                                                                     sizeof(*offline->categories));
    }
    if (is_new) {
        struct err err = make_path(offline, row->category, &offline->categories[path]);
        arena_reset(&offline->scratch);
        if (err.code != ERR_NONE) {
            offline->categories[path] = CATEGORY_REFUSED;
            report_err(offline, row->line, err);
            return false;
        }
    }
    *number_out = offline->categories[path];
    if (*number_out == CATEGORY_REFUSED)
        import_report_bad(offline->target.report, row->line, "its category was refused");
    return *number_out != CATEGORY_REFUSED;
}

static void put_location(struct import_offline *offline, const struct import_row *row)
{
    const struct location *location = location_find_name(&offline->open.shop.stock, row->location);
    if (location && location->priority == row->priority)
        return;
    struct location_command put = {.name = row->location, .priority = row->priority};
    struct err err = run(offline, &put.command, &command_location_put);
    arena_reset(&offline->scratch);
    if (err.code != ERR_NONE)
        report_err(offline, row->line, err);
}

/* Brings the stock at one place to what was counted; nothing when it is that already. */
static struct err count_place(struct import_offline *offline, uint32_t product,
                              const struct import_place *place)
{
    const struct stock *stock = &offline->open.shop.stock;
    const struct location *location = location_find_name(stock, place->location);
    if (!location)
        return ERR(ERR_LOCATION_UNKNOWN);
    const struct stock_row *row = stock_find(stock, product, location->number);
    if ((row ? row->on_hand : 0) == place->on_hand)
        return OK;
    struct stock_movement movement = {.product = product,
                                      .reason = STOCK_COUNTED,
                                      .location = location->number,
                                      .quantity = place->on_hand};
    struct stock_command move = {.movements = &movement, .movement_count = 1};
    return run(offline, &move.command, &command_stock_move);
}

static void finish_slot(struct import_offline *offline, struct slot *slot)
{
    struct import_report *report = offline->target.report;
    struct err err = slot->command.command.err;
    for (uint32_t i = 0; err.code == ERR_NONE && i < slot->row.place_count; i++)
        err = count_place(offline, slot->command.draft.number, &slot->row.places[i]);
    arena_reset(&offline->scratch);
    if (err.code != ERR_NONE)
        report_err(offline, slot->row.line, err);
    else if (slot->command.is_new)
        report->created++;
    else if (slot->command.is_changed)
        report->changed++;
    else
        report->unchanged++;
    arena_reset(&slot->arena);
}

static void flush(struct import_offline *offline)
{
    struct command *commands[SLOT_COUNT];
    for (uint32_t i = 0; i < offline->slot_count; i++)
        commands[i] = &offline->slots[i].command.command;
    executor_run_many(offline->open.executor, commands, offline->slot_count);
    for (uint32_t i = 0; i < offline->slot_count; i++)
        finish_slot(offline, &offline->slots[i]);
    offline->slot_count = 0;
}

static void put_product(struct import_offline *offline, const struct import_row *row)
{
    uint32_t category = 0;
    if (!resolve_category(offline, row, &category))
        return;
    struct slot *slot = &offline->slots[offline->slot_count++];
    slot->row = *row;
    import_row_keep(&slot->row, &slot->arena);
    slot->row.draft.category = category;
    slot->command = (struct product_command){
        .command = {.ops = &command_product_put, .arena = &slot->arena, .actor = ACTOR_OPERATOR},
        .draft = slot->row.draft,
        .fields = slot->row.fields,
        .on_hand = slot->row.on_hand};
    if (offline->slot_count == SLOT_COUNT)
        flush(offline);
}

static bool offline_put(struct import_target *target, const struct import_row *row)
{
    struct import_offline *offline = (struct import_offline *)target;
    uint32_t category = 0;
    switch (row->kind) {
    case ROW_PRODUCT:
        put_product(offline, row);
        break;
    case ROW_CATEGORY:
        (void)resolve_category(offline, row, &category);
        break;
    case ROW_LOCATION:
        put_location(offline, row);
        break;
    case ROW_SHOP:
        break;
    }
    return true;
}

static bool offline_finish(struct import_target *target)
{
    flush((struct import_offline *)target);
    return true;
}

static void offline_close(struct import_target *target)
{
    struct import_offline *offline = (struct import_offline *)target;
    ensure(offline->slot_count == 0);
    for (uint32_t i = 0; i < SLOT_COUNT; i++)
        arena_release(&offline->slots[i].arena);
    arena_release(&offline->scratch);
    names_release(&offline->paths);
    memory_free(offline->categories);
    memory_free(offline->slots);
    shop_close(&offline->open);
    memory_free(offline);
}

static const struct import_target_ops offline_ops = {.put = offline_put,
                                                     .finish = offline_finish,
                                                     .close = offline_close};

void import_set_for_bulk(struct config *config)
{
    config->batch_commands_max = SLOT_COUNT;
    config->batch_lines_max = BATCH_LINES_MAX;
    config->shed_after_ms = SHED_AFTER_MS;
    config->linger_us = 0;
}

static bool set_currency(struct config *config, const char *currency)
{
    struct config_problem problem = {""};
    if (currency[0] == '\0' || config->sources[CONFIG_INDEX_currency] != CONFIG_DEFAULT ||
        config_set(config, CONFIG_FLAG, TEXT("currency"), text_of(currency), &problem))
        return true;
    (void)fprintf(stderr, "shopd import: %s\n", problem.text);
    return false;
}

struct import_target *import_offline_open(struct config *config, const char *currency,
                                          struct import_report *report)
{
    import_set_for_bulk(config);
    if (!set_currency(config, currency))
        return NULL;
    struct import_offline *offline = memory_alloc_zeroed(1, sizeof(*offline));
    if (shop_open(config, SHOP_FOR_WRITING, &offline->open) != CLI_DONE) {
        (void)fprintf(stderr, "A running server imports too: shopd import --url http://HOST:PORT "
                              "--operator-key KEY FILE\n");
        memory_free(offline);
        return NULL;
    }
    offline->target.ops = &offline_ops;
    offline->target.report = report;
    money_currency_letters(offline->open.shop.currency, offline->target.currency);
    names_init(&offline->paths);
    arena_init(&offline->scratch, SLOT_BLOCK, SLOT_BYTES_MAX);
    offline->slots = memory_alloc_zeroed(SLOT_COUNT, sizeof(*offline->slots));
    for (uint32_t i = 0; i < SLOT_COUNT; i++)
        arena_init(&offline->slots[i].arena, SLOT_BLOCK, SLOT_BYTES_MAX);
    return &offline->target;
}
