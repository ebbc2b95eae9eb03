/* export.c - `shopd export`: a shop as a file that `shopd import` takes back. */
#include "base/progress.h"
#include "cli/arguments.h"
#include "cli/shop_open.h"
#include "cli/transfer/export_people.h"
#include "cli/transfer/export_row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PROGRESS_EVERY = 1024 };

enum export_kind { EXPORT_CATALOGUE, EXPORT_CUSTOMERS, EXPORT_ORDERS };

struct export_options {
    struct config config;
    enum export_kind kind;
    bool with_hashes;
    struct tiers tiers;
    const char *format;
    const char *out;
};

static bool write_rows(const struct shop *shop, enum export_format format, FILE *file)
{
    struct export export;
    struct progress progress;
    bool ok = true;
    export_init(&export, shop, format);
    uint32_t count = export_row_count(&export);
    progress_start(&progress, "export", count);
    for (uint32_t i = 0; ok && i < count; i++) {
        struct text row = export_row(&export, i);
        ok = fwrite(row.data, 1, row.length, file) == row.length;
        if (i % PROGRESS_EVERY == 0)
            progress_set(&progress, i);
    }
    progress_set(&progress, count);
    progress_finish(&progress);
    export_release(&export);
    return ok && fflush(file) == 0;
}

static bool write_kind(const struct export_options *options, struct open_shop *open, FILE *file)
{
    switch (options->kind) {
    case EXPORT_CUSTOMERS:
        return export_customers(open, file, &options->tiers, options->with_hashes);
    case EXPORT_ORDERS:
        return export_orders(open, file);
    case EXPORT_CATALOGUE:
        break;
    }
    bool is_tsv = strcmp(options->format, "tsv") == 0;
    return write_rows(&open->shop, is_tsv ? EXPORT_TSV : EXPORT_NDJSON, file);
}

/* What is in it is for its owner's eyes. */
static FILE *create_private(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

static FILE *create_file(const struct export_options *options)
{
    if (!options->out)
        return stdout;
    return options->kind == EXPORT_CATALOGUE ? fopen(options->out, "we")
                                             : create_private(options->out);
}

static enum cli_exit write_file(const struct export_options *options, struct open_shop *open)
{
    FILE *file = create_file(options);
    bool ok = file && write_kind(options, open, file);
    int reason = errno;
    if (file && file != stdout)
        ok = fclose(file) == 0 && ok;
    if (!ok)
        (void)fprintf(stderr, "shopd export: %s: %s\n", options->out ? options->out : "output",
                      strerror(reason));
    return ok ? CLI_DONE : CLI_FAILED;
}

static bool read_kind(struct export_options *options, const char *name)
{
    static const char *const names[] = {[EXPORT_CATALOGUE] = "catalogue",
                                        [EXPORT_CUSTOMERS] = "customers",
                                        [EXPORT_ORDERS] = "orders"};
    for (uint32_t i = 0; i < countof(names); i++) {
        if (strcmp(names[i], name) == 0) {
            options->kind = (enum export_kind)i;
            return true;
        }
    }
    (void)fprintf(stderr, "shopd export: catalogue, customers or orders?\n");
    return false;
}

/* False, with what is wrong printed. */
static bool check_options(const struct export_options *options)
{
    bool is_tsv = strcmp(options->format, "tsv") == 0;
    bool is_ndjson = strcmp(options->format, "ndjson") == 0;
    if (!is_tsv && !is_ndjson)
        (void)fprintf(stderr, "shopd export: the format is ndjson or tsv\n");
    else if (options->kind != EXPORT_CATALOGUE && is_tsv)
        (void)fprintf(stderr, "shopd export: customers and orders are ndjson\n");
    else if (options->kind != EXPORT_CUSTOMERS && options->with_hashes)
        (void)fprintf(stderr, "shopd export: --password-hashes is for customers\n");
    else
        return true;
    return false;
}

static enum cli_exit run_export(int argc, char **argv)
{
    struct export_options options = {.format = "ndjson"};
    const struct argument rows[] = {
        {.name = "format", .kind = ARGUMENT_TEXT, .target = &options.format},
        {.name = "out", .kind = ARGUMENT_TEXT, .target = &options.out},
        {.name = "password-hashes", .kind = ARGUMENT_FLAG, .target = &options.with_hashes},
    };
    const struct arguments arguments = {.command = "export",
                                        .rows = rows,
                                        .row_count = countof(rows),
                                        .operands_max = 1,
                                        .config = &options.config};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    if (operand_count > 0 && !read_kind(&options, argv[0]))
        return CLI_USAGE;
    if (!check_options(&options) || !tiers_of(&options.config, &options.tiers))
        return CLI_USAGE;
    struct open_shop open;
    enum cli_exit result = shop_open(&options.config, SHOP_FOR_READING, &open);
    if (result != CLI_DONE)
        return result;
    result = write_file(&options, &open);
    shop_close(&open);
    return result;
}

const struct cli_command cli_export = {
    .name = "export",
    .summary = "write the catalogue with its stock, the customers or the orders to a file",
    .help =
        "usage: shopd export [catalogue] [--data DIR] [--format ndjson|tsv] [--out FILE]\n"
        "       shopd export customers [--password-hashes] [--data DIR] [--out FILE]\n"
        "       shopd export orders [--data DIR] [--out FILE]\n"
        "\n"
        "Writes the shop's currency, its locations, its categories and every product with the "
        "stock\n"
        "of each location, in product number order, to FILE or standard output. `shopd import` "
        "takes\n"
        "it back: an export of that shop is the same, byte for byte. In the TSV, \\t \\n \\r "
        "\\\\\n"
        "stand for tab, newline, carriage return and backslash.\n"
        "\n"
        "With customers: one a line, erased ones left out; `shopd import customers` takes it "
        "back.\n"
        "Passwords are in no file; their argon2id hashes come along when asked for. With orders:\n"
        "each with whom it was for, its lines, totals, history, parcels and payments; `shopd "
        "import\n"
        "orders` takes it back. Both hold personal data: FILE is made readable by its owner "
        "alone.\n"
        "\n"
        "  --data DIR      the data folder (./shop-data); no server may run on it\n"
        "  --format NAME   ndjson (as it is) or tsv\n"
        "  --out FILE      as it is: standard output\n"
        "  --password-hashes   customers: so that they can log in where they are imported\n"
        "\n"
        "examples:\n"
        "  shopd export > shop.ndjson\n"
        "  shopd export customers --out customers.ndjson\n"
        "  shopd backup copy && shopd export --data copy --format tsv     while a server runs\n",
    .run = run_export,
};
