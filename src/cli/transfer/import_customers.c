#include "cli/transfer/import_customers.h"

#include "api/input/fields.h"
#include "api/problem.h"
#include "cli/transfer/line_import.h"

#include <string.h>

enum { COMMANDS_MAX = 1024, JSON_DEPTH_MAX = 8 };
#define LINE_BYTES_MAX  ((size_t)1 << 20)
#define ARENA_BYTES_MAX (8 * LINE_BYTES_MAX)

struct importer {
    struct line_import import; /* first */
    struct tiers tiers;
};

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

static bool read_line(struct line_import *import, struct call *call, struct text line,
                      struct command *command)
{
    const struct importer *importer = (const struct importer *)import;
    struct json_in in;
    struct json_in_object object;
    if (json_in_open(&in, call->arena, &call->errors, line, JSON_DEPTH_MAX) &&
        json_in_root(&in, &object)) {
        read_members(call, &importer->tiers, &object, (struct customer_command *)command);
        json_in_end(&object);
    }
    json_in_close(&in);
    return call->errors.count == 0;
}

static void tell(struct line_import *import, uint64_t line, const struct command *command)
{
    if (command->err.code == ERR_NONE)
        import->report->created++;
    else if (command->err.code == ERR_EMAIL_TAKEN)
        import->report->unchanged++;
    else
        import_report_bad(import->report, line, problem_of(command->err.code).title);
}

static const struct line_import_ops ops = {
    .command = &command_customer_create,
    .command_size = sizeof(struct customer_command),
    .commands_max = COMMANDS_MAX,
    .line_bytes_max = LINE_BYTES_MAX,
    .arena_bytes_max = ARENA_BYTES_MAX,
    .read = read_line,
    .tell = tell,
    .check = line_import_check,
};

enum cli_exit import_customers(const struct import_lines_options *options,
                               struct import_report *report)
{
    struct importer importer = {.import = {.ops = &ops, .options = options, .report = report}};
    if (!tiers_of(options->config, &importer.tiers))
        return CLI_USAGE;
    return line_import_run(&importer.import);
}
