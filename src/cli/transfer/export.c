/* export.c - `shopd export`: a shop as a file that `shopd import` takes back. */
#include "base/progress.h"
#include "cli/arguments.h"
#include "cli/shop_open.h"
#include "cli/transfer/export_row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PROGRESS_EVERY = 1024 };

struct export_options {
    struct config config;
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

static enum cli_exit write_file(const struct export_options *options, const struct shop *shop,
                                enum export_format format)
{
    FILE *file = options->out ? fopen(options->out, "we") : stdout;
    bool ok = file && write_rows(shop, format, file);
    int reason = errno;
    if (file && file != stdout)
        ok = fclose(file) == 0 && ok;
    if (!ok)
        (void)fprintf(stderr, "shopd export: %s: %s\n", options->out ? options->out : "output",
                      strerror(reason));
    return ok ? CLI_DONE : CLI_FAILED;
}

static enum cli_exit run_export(int argc, char **argv)
{
    struct export_options options = {.format = "ndjson"};
    const struct argument rows[] = {
        {.name = "format", .kind = ARGUMENT_TEXT, .target = &options.format},
        {.name = "out", .kind = ARGUMENT_TEXT, .target = &options.out},
    };
    const struct arguments arguments = {
        .command = "export", .rows = rows, .row_count = countof(rows), .config = &options.config};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    bool is_tsv = strcmp(options.format, "tsv") == 0;
    if (!is_tsv && strcmp(options.format, "ndjson") != 0) {
        (void)fprintf(stderr, "shopd export: the format is ndjson or tsv\n");
        return CLI_USAGE;
    }
    struct open_shop open;
    enum cli_exit result = shop_open(&options.config, SHOP_FOR_READING, &open);
    if (result != CLI_DONE)
        return result;
    result = write_file(&options, &open.shop, is_tsv ? EXPORT_TSV : EXPORT_NDJSON);
    shop_close(&open);
    return result;
}

const struct cli_command cli_export = {
    .name = "export",
    .summary = "write the catalogue with its stock to a file",
    .help =
        "usage: shopd export [--data DIR] [--format ndjson|tsv] [--out FILE]\n"
        "\n"
        "Writes the shop's currency, its locations, its categories and every product with the "
        "stock\n"
        "of each location, in product number order, to FILE or standard output. `shopd import` "
        "takes\n"
        "it back: an export of that shop is the same, byte for byte. Orders and customers are not "
        "in\n"
        "it; for those make a backup. In the TSV, \\t \\n \\r \\\\ stand for tab, newline, "
        "carriage\n"
        "return and backslash.\n"
        "\n"
        "  --data DIR      the data folder (./shop-data); no server may run on it\n"
        "  --format NAME   ndjson (as it is) or tsv\n"
        "  --out FILE      as it is: standard output\n"
        "\n"
        "examples:\n"
        "  shopd export > shop.ndjson\n"
        "  shopd backup copy && shopd export --data copy --format tsv     while a server runs\n",
    .run = run_export,
};
