#include "cli/transfer/import_customers.h"

#include "api/input/fields.h"
#include "api/problem.h"
#include "base/memory.h"
#include "cli/shop_open.h"
#include "cli/transfer/line_walk.h"

#include <string.h>

enum {
    SLOT_COUNT = 1024,
    SLOT_BLOCK = 4096,
    JSON_DEPTH_MAX = 8,
};
#define SLOT_BYTES_MAX ((size_t)8 << 20)

/* A line on its way through the executor. */
struct slot {
    struct customer_command command;
    struct arena arena;
    uint64_t line;
};

struct importer {
    const struct import_lines_options *options;
    struct import_report *report;
    struct open_shop open;
    struct tiers tiers;
    uint8_t secret[HASH_SECRET_SIZE];
    struct buffer scratch; /* where the readers of fields put pieces together */
    struct slot *slots;
    uint32_t slot_count; /* filled */
    bool is_check;       /* lines are looked at only */
};

/* --- a line --- */

static void read_type(struct json_in_object *object)
{
    struct text type;
    if (json_in_text(object, "type", IN_OPTIONAL, 20, &type) && !text_equal(type, TEXT("customer")))
        json_in_fault(object, "type", "invalid_value", "must be customer");
}

static void read_hash(struct json_in_object *object, struct contact *contact)
{
    struct text hash;
    char terminated[PASSWORD_HASH_SIZE] = "";
    if (!json_in_text(object, "password_hash", IN_OPTIONAL, PASSWORD_HASH_SIZE - 1, &hash) ||
        hash.length == 0)
        return;
    memcpy(terminated, hash.data, hash.length);
    if (!password_is_hash(terminated))
        json_in_fault(object, "password_hash", "invalid_value", "must be a hash of argon2id");
    else if (contact->email.length == 0)
        json_in_fault(object, "email", "missing", "an account needs one");
    contact->password = hash;
}

static void read_members(struct call *call, const struct tiers *tiers,
                         struct json_in_object *object, struct customer_command *command)
{
    read_type(object);
    (void)fields_customer(call, object, &command->contact);
    fields_tier(tiers, object, command);
    read_hash(object, &command->contact);
    if (command->contact.email.length == 0 && command->contact.phone.length == 0)
        json_in_fault(object, "email", "missing", "an e-mail address or a phone");
}

/* False, and reported with the first field that is wrong. */
static bool read_line(struct importer *importer, struct text text, struct slot *slot)
{
    struct request request = {.reply = importer->scratch};
    struct call call = {.request = &request, .arena = &slot->arena, .secret = importer->secret};
    struct json_in in;
    struct json_in_object object;
    field_errors_init(&call.errors, &slot->arena);
    if (json_in_open(&in, &slot->arena, &call.errors, text, JSON_DEPTH_MAX) &&
        json_in_root(&in, &object)) {
        read_members(&call, &importer->tiers, &object, &slot->command);
        json_in_end(&object);
    }
    json_in_close(&in);
    importer->scratch = request.reply;
    if (call.errors.count == 0)
        return true;
    import_report_field(importer->report, slot->line, &call.errors.items[0]);
    return false;
}

/* --- a batch of them --- */

static void tell_result(struct importer *importer, const struct slot *slot)
{
    struct err err = slot->command.command.err;
    if (err.code == ERR_NONE)
        importer->report->created++;
    else if (err.code == ERR_EMAIL_TAKEN)
        importer->report->unchanged++;
    else
        import_report_bad(importer->report, slot->line, problem_of(err.code).title);
}

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
    slot->command = (struct customer_command){.number = 0};
    importer->report->rows++;
    if (text.data == NULL) {
        import_report_bad(importer->report, number, "the line is too long");
        return;
    }
    if (!read_line(importer, text, slot) || importer->is_check) {
        arena_reset(&slot->arena);
        return;
    }
    slot->command.command = (struct command){.ops = &command_customer_create,
                                             .by = {OPERATOR_CONSOLE, 0},
                                             .arena = &slot->arena,
                                             .actor = ACTOR_OPERATOR};
    if (++importer->slot_count == SLOT_COUNT)
        flush(importer);
}

/* --- files --- */

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

enum cli_exit import_customers(const struct import_lines_options *options,
                               struct import_report *report)
{
    struct importer importer = {.options = options, .report = report};
    enum cli_exit result = CLI_DONE;
    if (!tiers_of(options->config, &importer.tiers))
        return CLI_USAGE;
    buffer_init(&importer.scratch, SLOT_BLOCK);
    importer.slots = memory_alloc_zeroed(SLOT_COUNT, sizeof(*importer.slots));
    for (uint32_t i = 0; i < SLOT_COUNT; i++)
        arena_init(&importer.slots[i].arena, SLOT_BLOCK, SLOT_BYTES_MAX);
    importer.is_check = options->is_strict;
    if (options->is_strict)
        result = walk_files(&importer);
    importer.is_check = false;
    if (result == CLI_DONE)
        result = import_all(&importer);
    for (uint32_t i = 0; i < SLOT_COUNT; i++)
        arena_release(&importer.slots[i].arena);
    memory_free(importer.slots);
    buffer_release(&importer.scratch);
    return result;
}
