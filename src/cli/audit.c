/* audit.c - `shopd audit`: recounts everything from the event log and compares. */
#include "app/audit.h"

#include "base/progress.h"
#include "cli/arguments.h"
#include "cli/shop_open.h"
#include "store/sqlite/store_sqlite.h"

#include <inttypes.h>
#include <stdio.h>

enum { FINDINGS_SHOWN_MAX = 200 };

/* What the auditor's callbacks see. */
struct hearing {
    struct progress progress;
    uint64_t findings;
};

static void hear_finding(void *context, const char *sentence)
{
    struct hearing *hearing = context;
    if (hearing->findings++ < FINDINGS_SHOWN_MAX)
        printf("finding: %s\n", sentence);
}

static void hear_progress(void *context, uint64_t done)
{
    struct hearing *hearing = context;
    progress_set(&hearing->progress, done);
}

/* The tables alone, without the journal behind their watermark, must give the same shop: everything
 * is folded by now. */
static struct err compare_tables(struct audit *audit, struct store *store)
{
    struct shop tables;
    shop_init(&tables);
    struct err err = store_sqlite_load_tables(store, &tables);
    if (err.code == ERR_NONE)
        audit_compare_shop(audit, &tables);
    shop_release(&tables);
    return err;
}

static struct err audit_all(struct audit *audit, struct open_shop *open,
                            struct store_reader *reader)
{
    TRY(store_fold_now(open->store));
    TRY(audit_read_events(audit, reader));
    audit_compare_shop(audit, &open->shop);
    TRY(compare_tables(audit, open->tables));
    TRY(audit_compare_orders(audit, reader));
    return audit_compare_contacts(audit, reader);
}

static void print_totals(const struct audit_totals *totals, uint32_t currency)
{
    char letters[4];
    money_currency_letters(currency, letters);
    printf("counted %" PRIu64 " events: %" PRIu64 " products, %" PRIu64 " customers, %" PRIu64
           " open carts,\n",
           totals->events, totals->products, totals->customers, totals->carts);
    printf("%" PRIu64 " orders (%" PRIu64 " live, %" PRIu64 " cancelled) of %" PRId64 ".%02d %s;\n",
           totals->orders, totals->orders_live, totals->orders_cancelled, totals->total_minor / 100,
           (int)(totals->total_minor % 100), letters);
    printf("%" PRIu64 " pieces on hand, %" PRIu64 " of them reserved, %" PRIu64 " shipped\n",
           totals->pieces_on_hand, totals->pieces_reserved, totals->pieces_shipped);
}

/* The longest that a cart may lie untouched: its life, a warning that came late, the grace time. */
static uint64_t cart_life_ms(const struct timeouts *timeouts)
{
    return timeouts->cart_ms + timeouts->cart_warning_ms + timeouts->grace_ms + TIMEOUTS_GAP_MS;
}

static enum cli_exit audit_shop(struct open_shop *open)
{
    struct hearing hearing = {.findings = 0};
    struct audit_options options = {.on_finding = hear_finding,
                                    .on_progress = hear_progress,
                                    .context = &hearing,
                                    .cart_life_ms = cart_life_ms(&open->shop.timeouts)};
    struct store_reader *reader = NULL;
    struct err err = store_reader_open(open->store, &reader);
    if (err.code != ERR_NONE)
        return CLI_FAILED;
    struct audit *audit = audit_open(&options);
    progress_start(&hearing.progress, "audit", open->shop.last_event);
    err = audit_all(audit, open, reader);
    progress_set(&hearing.progress, open->shop.last_event);
    progress_finish(&hearing.progress);
    struct audit_totals totals = audit_totals(audit);
    audit_close(audit);
    store_reader_close(reader);
    if (err.code != ERR_NONE) {
        (void)fprintf(stderr, "shopd audit: the store cannot be read\n");
        return CLI_FAILED;
    }
    print_totals(&totals, open->shop.currency);
    if (totals.findings == 0)
        printf("audit clean\n");
    else
        printf("audit found %" PRIu64 " faults\n", totals.findings);
    return totals.findings == 0 ? CLI_DONE : CLI_REFUSED;
}

static enum cli_exit run_audit(int argc, char **argv)
{
    struct config config;
    const struct arguments arguments = {.command = "audit", .config = &config};
    uint32_t operand_count = 0;
    if (!arguments_parse(&arguments, argc, argv, &operand_count))
        return CLI_USAGE;
    struct open_shop open;
    enum cli_exit result = shop_open(&config, SHOP_FOR_READING, &open);
    if (result != CLI_DONE) {
        (void)fprintf(stderr,
                      "If a server runs on it, audit a copy: shopd backup COPY && shopd audit "
                      "--data COPY\n");
        return result;
    }
    result = audit_shop(&open);
    shop_close(&open);
    return result;
}

const struct cli_command cli_audit = {
    .name = "audit",
    .summary = "recount every unit, order and total from the event log",
    .help =
        "usage: shopd audit [--data DIR]\n"
        "\n"
        "Reads every event from the first on, keeps books of its own (written apart from the rules "
        "of\n"
        "the shop), and compares them with the shop as it loads and with the tables: each piece "
        "of\n"
        "stock and what orders hold of it, every order with lines, totals and moves, carts, keys "
        "of\n"
        "finished checkouts, which personal data may still be there. Prints what it counted and\n"
        "`audit clean`, or every finding. Changes nothing but how far the tables have come.\n"
        "\n"
        "  --data DIR   the data folder (./shop-data); no server may run on it\n"
        "\n"
        "examples:\n"
        "  shopd audit --data year\n"
        "  shopd backup copy --data year && shopd audit --data copy      while a server runs\n"
        "\n"
        "Exit code: 0 clean, 1 findings, 3 cannot be read.\n",
    .run = run_audit,
};
