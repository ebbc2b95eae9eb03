/* import.c - `shopd import`: files of products into a shop. */
#include "base/clock.h"
#include "base/progress.h"
#include "cli/arguments.h"
#include "cli/transfer/import_customers.h"
#include "cli/transfer/import_orders.h"
#include "cli/transfer/import_target.h"
#include "cli/transfer/input.h"
#include "cli/transfer/table_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILES_MAX = 1000,
    BAD_SHOWN_MAX = 20,
    PROGRESS_EVERY = 256,
    KIB = 1024,
    SCRATCH_BLOCK = 65536
};
#define SCRATCH_BYTES_MAX ((size_t)8 << 20)

enum subject { OF_PRODUCTS = 0, OF_CUSTOMERS, OF_ORDERS };

struct import_options {
    struct config config;
    const char *format;
    const char *stock_column;
    const char *report_path;
    const char *url;
    const char *operator_key;
    bool is_strict;
    enum subject subject;
    char **files;
    uint32_t file_count;
};

/* Takes a good row; false ends the reading. */
typedef bool row_taker(void *context, const struct import_row *row);

/* One walk over all files. */
struct walk {
    const struct import_options *options;
    struct import_report *report;
    const char *columns[IMPORT_COLUMN_COUNT];
    char currency[4]; /* every row must have it; empty = that of the first row that says one */
    row_taker *take;
    void *context;
    const char *label; /* of the progress bar; NULL = none */
};

void import_report_bad(struct import_report *report, uint64_t line, const char *reason)
{
    if (report->bad++ < BAD_SHOWN_MAX)
        (void)fprintf(stderr, "%s line %" PRIu64 ": %s\n", report->path, line, reason);
    if (report->file)
        (void)fprintf(report->file, "%s\t%" PRIu64 "\t%s\n", report->path, line, reason);
}

void import_report_field(struct import_report *report, uint64_t line,
                         const struct field_error *error)
{
    char reason[IMPORT_REASON_SIZE];
    bool has_field = error->field.length > 0;
    (void)snprintf(reason, sizeof(reason), "%.*s%s%.*s", TEXT_ARGS(error->field),
                   has_field ? ": " : "", TEXT_ARGS(error->detail));
    import_report_bad(report, line, reason);
}

static size_t read_input(void *context, char *bytes_out, size_t size)
{
    return input_read(context, bytes_out, size);
}

static bool find_format(const struct import_options *options, const char *path,
                        enum table_format *format_out)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "x.%s", options->format ? options->format : "");
    if (table_format_of(options->format ? name : path, format_out))
        return true;
    (void)fprintf(stderr, "%s: tsv, csv or ndjson? Say it with --format\n", path);
    return false;
}

static bool has_currency(struct walk *walk, const struct import_row *row,
                         struct import_reason *reason_out)
{
    if (row->currency.length == 0)
        return true;
    if (walk->currency[0] == '\0')
        (void)snprintf(walk->currency, sizeof(walk->currency), "%.*s", TEXT_ARGS(row->currency));
    if (text_equal(row->currency, text_of(walk->currency)))
        return true;
    (void)snprintf(reason_out->text, sizeof(reason_out->text), "currency is %.*s, the shop's is %s",
                   TEXT_ARGS(row->currency), walk->currency);
    return false;
}

/* False ends the walk. */
static bool take_row(struct walk *walk, const struct table_row *table_row, struct arena *scratch)
{
    struct import_row row;
    struct import_reason reason = {""};
    walk->report->rows++;
    if (table_row->reason) {
        import_report_bad(walk->report, table_row->line, table_row->reason);
        return true;
    }
    bool ok = import_row_parse(table_row->values, scratch, &row, &reason) &&
              has_currency(walk, &row, &reason);
    row.line = table_row->line;
    if (!ok)
        import_report_bad(walk->report, table_row->line, reason.text);
    return !ok || walk->take(walk->context, &row);
}

static bool walk_rows(struct walk *walk, struct table_reader *reader, const struct input *input)
{
    struct progress progress;
    struct table_row row;
    struct arena scratch;
    bool goes_on = true;
    arena_init(&scratch, SCRATCH_BLOCK, SCRATCH_BYTES_MAX);
    if (walk->label)
        progress_start(&progress, walk->label, input_size(input) / KIB);
    for (uint64_t i = 0; goes_on && table_reader_next(reader, &row); i++) {
        goes_on = take_row(walk, &row, &scratch);
        arena_reset(&scratch);
        if (walk->label && i % PROGRESS_EVERY == 0)
            progress_set(&progress, input_position(input) / KIB);
    }
    if (walk->label) {
        progress_set(&progress, input_position(input) / KIB);
        progress_finish(&progress);
    }
    arena_release(&scratch);
    return goes_on;
}

static enum cli_exit walk_file(struct walk *walk, const char *path)
{
    enum table_format format = TABLE_TSV;
    if (!find_format(walk->options, path, &format))
        return CLI_USAGE;
    struct input *input = input_open(path);
    if (!input)
        return CLI_FAILED;
    struct table_source source = {.read = read_input, .context = input};
    struct table_reader *reader =
        table_reader_open(source, format, walk->columns, IMPORT_COLUMN_COUNT);
    walk->report->path = path;
    (void)walk_rows(walk, reader, input);
    const char *failure = input_failure(input);
    if (failure)
        (void)fprintf(stderr, "%s: %s\n", path, failure);
    table_reader_close(reader);
    input_close(input);
    return failure ? CLI_FAILED : CLI_DONE;
}

static enum cli_exit walk_files(struct walk *walk)
{
    enum cli_exit result = CLI_DONE;
    for (uint32_t i = 0; i < walk->options->file_count && result == CLI_DONE; i++)
        result = walk_file(walk, walk->options->files[i]);
    return result;
}

static struct walk walk_of(const struct import_options *options, struct import_report *report,
                           row_taker *take, void *context)
{
    struct walk walk = {.options = options, .report = report, .take = take, .context = context};
    memcpy(walk.columns, import_column_names, sizeof(walk.columns));
    if (options->stock_column)
        walk.columns[IMPORT_STOCK] = options->stock_column;
    return walk;
}

static bool stop_at_currency(void *context, const struct import_row *row)
{
    (void)context;
    return row->currency.length == 0;
}

static bool is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* The currency of the first row that names one. Standard input cannot be read twice. */
static enum cli_exit peek_currency(const struct import_options *options, char currency_out[4])
{
    struct import_report unheard = {.bad = BAD_SHOWN_MAX};
    struct walk walk = walk_of(options, &unheard, stop_at_currency, NULL);
    enum cli_exit result = CLI_DONE;
    for (uint32_t i = 0; i < options->file_count && result == CLI_DONE && !walk.currency[0]; i++) {
        if (!is_standard_input(options->files[i]))
            result = walk_file(&walk, options->files[i]);
    }
    memcpy(currency_out, walk.currency, sizeof(walk.currency));
    return result;
}

static bool let_pass(void *context, const struct import_row *row)
{
    (void)context;
    (void)row;
    return true;
}

/* --strict: every row of every file, before the first is imported. */
static enum cli_exit check_all(const struct import_options *options, struct import_report *report)
{
    struct walk walk = walk_of(options, report, let_pass, NULL);
    walk.label = "check, KiB";
    enum cli_exit result = walk_files(&walk);
    if (result == CLI_DONE && report->bad > 0) {
        (void)fprintf(stderr, "%" PRIu64 " bad lines: nothing was imported (--strict)\n",
                      report->bad);
        result = CLI_REFUSED;
    }
    report->rows = 0;
    return result;
}

static bool put_row(void *context, const struct import_row *row)
{
    struct import_target *target = context;
    return target->ops->put(target, row);
}

static enum cli_exit import_files(const struct import_options *options,
                                  struct import_target *target, const char *currency)
{
    struct walk walk = walk_of(options, target->report, put_row, target);
    walk.label = "import, KiB";
    memcpy(walk.currency, target->currency, sizeof(walk.currency));
    if (options->is_strict && currency[0] != '\0' && strcmp(currency, target->currency) != 0) {
        (void)fprintf(stderr,
                      "the file is in %s, the shop in %s: nothing was imported (--strict)\n",
                      currency, target->currency);
        return CLI_REFUSED;
    }
    enum cli_exit result = walk_files(&walk);
    if (!target->ops->finish(target))
        result = CLI_FAILED;
    return result;
}

static void print_summary(const struct import_report *report, uint64_t elapsed_ns)
{
    printf("%" PRIu64 " rows in %.1f s (%.0f/s): %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64
           " unchanged, %" PRIu64 " bad lines%s\n",
           report->rows, (double)elapsed_ns / 1e9, (double)report->rows * 1e9 / (double)elapsed_ns,
           report->created, report->changed, report->unchanged, report->bad,
           report->bad > BAD_SHOWN_MAX && !report->file ? " (--report FILE lists them all)" : "");
}

static enum cli_exit import_products(struct import_options *options, struct import_report *report)
{
    char currency[4] = "";
    enum cli_exit result = peek_currency(options, currency);
    if (result == CLI_DONE && options->is_strict)
        result = check_all(options, report);
    if (result != CLI_DONE)
        return result;
    struct import_target *target =
        options->url ? import_http_open(options->url, options->operator_key, report)
                     : import_offline_open(&options->config, currency, report);
    if (!target)
        return CLI_FAILED;
    result = import_files(options, target, currency);
    target->ops->close(target);
    return result;
}

static enum cli_exit import_all(struct import_options *options, struct import_report *report)
{
    const struct import_lines_options lines = {
        .config = &options->config,
        .files = options->files,
        .file_count = options->file_count,
        .is_strict = options->is_strict,
    };
    uint64_t start_ns = clock_monotonic_ns();
    enum cli_exit result = options->subject == OF_CUSTOMERS ? import_customers(&lines, report)
                           : options->subject == OF_ORDERS  ? import_orders(&lines, report)
                                                            : import_products(options, report);
    if (result == CLI_DONE)
        print_summary(report, clock_monotonic_ns() - start_ns);
    return result;
}

/* What the first operand may say. A file of that name is written ./customers. */
static bool read_kind(struct import_options *options, char **argv)
{
    static const char *const names[] = {
        [OF_PRODUCTS] = "products", [OF_CUSTOMERS] = "customers", [OF_ORDERS] = "orders"};
    options->files = argv;
    for (uint32_t i = 0; i < countof(names) && options->files == argv; i++) {
        if (strcmp(argv[0], names[i]) != 0)
            continue;
        options->subject = (enum subject)i;
        options->files++;
        options->file_count--;
    }
    bool is_for_products = options->format || options->stock_column || options->url;
    if (options->file_count > 0 && !(options->subject != OF_PRODUCTS && is_for_products))
        return true;
    (void)fprintf(stderr, options->file_count == 0
                              ? "shopd import: FILE is missing\n"
                              : "shopd import: --format, --stock-column and --url are for "
                                "products\n");
    return false;
}

static enum cli_exit run_import(int argc, char **argv)
{
    struct import_options options = {.operator_key = getenv("SHOPD_OPERATOR_KEY")};
    const struct argument rows[] = {
        {.name = "format", .kind = ARGUMENT_TEXT, .target = &options.format},
        {.name = "stock-column", .kind = ARGUMENT_TEXT, .target = &options.stock_column},
        {.name = "report", .kind = ARGUMENT_TEXT, .target = &options.report_path},
        {.name = "strict", .kind = ARGUMENT_FLAG, .target = &options.is_strict},
        {.name = "url", .kind = ARGUMENT_TEXT, .target = &options.url},
        {.name = "operator-key", .kind = ARGUMENT_TEXT, .target = &options.operator_key},
    };
    const struct arguments arguments = {.command = "import",
                                        .rows = rows,
                                        .row_count = countof(rows),
                                        .operands_min = 1,
                                        .operands_max = FILES_MAX,
                                        .config = &options.config};
    if (!arguments_parse(&arguments, argc, argv, &options.file_count))
        return CLI_USAGE;
    if (!read_kind(&options, argv))
        return CLI_USAGE;
    for (uint32_t i = 0; options.is_strict && i < options.file_count; i++) {
        if (is_standard_input(options.files[i])) {
            (void)fprintf(stderr, "shopd import: --strict reads twice, standard input cannot\n");
            return CLI_USAGE;
        }
    }
    if (options.url == NULL && !arguments_may_write(&arguments))
        return CLI_USAGE;
    struct import_report report = {.path = options.files[0]};
    if (options.report_path) {
        report.file = fopen(options.report_path, "we");
        if (!report.file) {
            (void)fprintf(stderr, "%s: %s\n", options.report_path, strerror(errno));
            return CLI_FAILED;
        }
    }
    enum cli_exit result = import_all(&options, &report);
    if (report.file && fclose(report.file) != 0)
        result = CLI_FAILED;
    return result;
}

const struct cli_command cli_import = {
    .name = "import",
    .summary = "read products from TSV, CSV or NDJSON files, or customers, or orders",
    .help =
        "usage: shopd import FILE... [--data DIR] [--stock-column NAME] [--strict] [--report "
        "FILE]\n"
        "       shopd import FILE... --url URL --operator-key KEY\n"
        "       shopd import customers|orders FILE... [--data DIR] [--strict] [--report FILE]\n"
        "\n"
        "Creates or updates products by SKU. FILE is .tsv, .csv or .ndjson, plain or .xz; - is\n"
        "standard input (with --strict or without a data folder yet: use a file). Columns are "
        "found\n"
        "by name, in any order, others are skipped:\n"
        "\n"
        "  sku name slug description brand family status (active, archived)\n"
        "  category            a path, \"Home > Kitchen\"; missing ones are created\n"
        "  price_minor         in cents; or price, as in 19.99\n"
        "  currency            must be the shop's; a new shop takes it from the file\n"
        "  stock               pieces at location main, or {\"main\":5,\"north\":2}; empty = as it "
        "is\n"
        "  rating_x100 review_count low_stock_threshold\n"
        "  images options attributes metadata      as JSON\n"
        "\n"
        "A bad line (no SKU, no price, another currency, broken) is named with its number and the\n"
        "reason, counted and skipped. An import can be stopped and started again: what is there\n"
        "already is left as it is. A column that the file does not have is left as it is, too.\n"
        "\n"
        "With customers before the files, they hold a customer a line, as `shopd export "
        "customers`\n"
        "writes them: email name phone addresses preferences member tier password_hash. Who has "
        "the\n"
        "e-mail address already is left as it is; without one a customer is made each time. "
        "Whoever\n"
        "comes without a password_hash (argon2id) sets a password by `forgotten password`.\n"
        "\n"
        "With orders before the files, they hold an order a line, as `shopd export orders` writes\n"
        "them, once products and customers are there. Numbers are kept: orders come in their "
        "order,\n"
        "without a gap, behind those that are here; one that is here already is left as it is. "
        "What\n"
        "was sent takes no stock; what is still to be sent is reserved, and without stock for it "
        "the\n"
        "order is refused. Nobody is told of an imported order.\n"
        "\n"
        "  --data DIR           the data folder (./shop-data); no server may run on it, and with\n"
        "                       read_only = 1 nothing is imported here\n"
        "  --url URL            import through a running server instead (ratings are left out)\n"
        "  --operator-key KEY   for --url; or the environment's SHOPD_OPERATOR_KEY\n"
        "  --stock-column NAME  the column that holds the stock\n"
        "  --strict             look at every line first; import nothing if one is bad\n"
        "  --report FILE        write every bad line to FILE (file, line, reason; tab separated)\n"
        "  --format NAME        tsv, csv or ndjson, where the name of the file does not say it\n"
        "\n"
        "examples:\n"
        "  shopd import data/shops-catalog.tsv.xz\n"
        "  shopd import customers customers.ndjson --strict\n"
        "  shopd import orders orders.ndjson --report bad.tsv\n"
        "  shopd import data/retail-catalog-2010.tsv.xz --stock-column peak_net_units --data year\n"
        "\n"
        "Exit code: 0 done, bad lines skipped; 1 --strict found a bad line; 3 could not.\n",
    .run = run_import,
};
