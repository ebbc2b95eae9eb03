#include "cli/shop_open.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "cli/search_open.h"
#include "shop/money.h"
#include "store/postgres/pg.h"
#include "store/postgres/store_postgres.h"
#include "store/sqlite/store_sqlite.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { COMMAND_ARENA_BLOCK = 4096, COMMAND_ARENA_MAX = 65536, KIB = 1024, MS_PER_S = 1000 };

/* Nobody knows what is on disk now: no answer may leave any more, so nothing is finished or
 * flushed. */
static void exit_on_store_failure(void *context, struct err err)
{
    (void)context;
    log_error("the store failed, stopping; the next start recovers from the journal",
              "code=%" PRIu64, err.value);
    _exit(CLI_FAILED);
}

static void note_overtaken(void *context)
{
    const struct open_shop *open = context;
    ensure(eventfd_write(open->overtaken_fd, 1) == 0);
}

static struct store_sqlite_options store_options(const struct config *config,
                                                 enum shop_open_mode mode)
{
    struct store_sqlite_options options = store_sqlite_defaults(config->data);
    options.must_exist = mode == SHOP_FOR_READING;
    options.lock_wait_ms = mode == SHOP_FOR_SERVING ? config->takeover_wait_ms : 0;
    options.fold_slice_ms = config->fold_slice_ms;
    options.fold_orders_max = config->fold_orders_max;
    options.fold_lines_max = config->fold_lines_max;
    options.cache_mb = config->cache_mb;
    options.read_cache_kb = config->read_cache_kb;
    options.journal_checkpoint_pages = config->journal_checkpoint_pages;
    options.shop_checkpoint_pages = config->shop_checkpoint_pages;
    options.ring_bytes_max = (size_t)config->ring_mb * KIB * KIB;
    return options;
}

/* What opening the copy beside a shared store needs. */
struct copy_opening {
    const struct config *config;
    enum shop_open_mode mode;
    struct store *store; /* once it is open */
};

static struct err open_copy(void *context, const uint8_t secret[HASH_SECRET_SIZE],
                            struct store **copy_out)
{
    struct copy_opening *opening = context;
    struct store_sqlite_options options = store_options(opening->config, opening->mode);
    options.must_exist = false;
    options.is_copy = true;
    options.secret = secret;
    TRY(store_sqlite_open(&options, copy_out));
    opening->store = *copy_out;
    return OK;
}

static struct err open_store(const struct config *config, enum shop_open_mode mode,
                             struct reach *reach, struct open_shop *open)
{
    struct store_sqlite_options options = store_options(config, mode);
    struct copy_opening opening = {.config = config, .mode = mode};
    const struct store_postgres_options shared = {
        .url = config->postgres,
        .region = config->region,
        .wait_ms = config->postgres_wait_ms,
        .is_read_only = config->read_only != 0,
        .reach = reach,
        .open_copy = open_copy,
        .context = &opening,
    };
    if (config->postgres[0] == '\0') {
        TRY(store_sqlite_open(&options, &open->store));
        open->tables = open->store;
        return OK;
    }
    TRY(store_postgres_open(&shared, &open->store));
    open->tables = opening.store;
    return OK;
}

bool tiers_of(const struct config *config, struct tiers *tiers_out)
{
    if (tiers_read(text_of(config->member_tiers), tiers_out))
        return true;
    (void)fprintf(stderr, "member_tiers: up to %d names of a-z, 0-9, - and _, none twice\n",
                  TIERS_MAX);
    return false;
}

static struct timeouts timeouts_of(const struct config *config)
{
    struct timeouts timeouts = timeouts_defaults();
    timeouts.payment_ms = (uint64_t)config->payment_timeout_s * MS_PER_S;
    timeouts.cart_ms = (uint64_t)config->cart_life_s * MS_PER_S;
    timeouts.cart_warning_ms = (uint64_t)config->cart_warning_s * MS_PER_S;
    if (timeouts.cart_warning_ms > timeouts.cart_ms)
        timeouts.cart_warning_ms = timeouts.cart_ms;
    timeouts.key_ms = (uint64_t)config->key_life_s * MS_PER_S;
    timeouts.grace_ms = (uint64_t)config->timeout_grace_s * MS_PER_S;
    return timeouts;
}

static struct executor *open_executor(const struct config *config, struct open_shop *open)
{
    struct executor_options options = executor_defaults(open->store, &open->shop);
    options.view = open->view;
    options.feed = open->feed;
    options.credentials = open->credentials;
    options.queue_max = config->queue_max;
    options.batch_commands_max = config->batch_commands_max;
    options.batch_lines_max = config->batch_lines_max;
    options.linger_us = config->linger_us;
    options.follow_ms = config->postgres_follow_ms;
    options.hold_ms = config->postgres_hold_ms;
    options.shed_after_ms = config->shed_after_ms;
    options.fold_lag_max_ms = config->fold_lag_max_ms;
    options.orders_resident_max = config->orders_resident_max;
    options.contacts_recent_max = config->contacts_recent_max;
    options.answers_max = config->answers_max;
    options.answer_bytes_max = (uint64_t)config->answers_mb << 20;
    options.loaders = config->loaders;
    options.on_store_failure = exit_on_store_failure;
    options.on_overtaken = open->overtaken_fd < 0 ? NULL : note_overtaken;
    options.failure_context = open;
    return executor_open(&options);
}

static struct err run_shop_command(struct open_shop *open, const struct command_ops *ops,
                                   struct shop_command *command)
{
    struct arena arena;
    arena_init(&arena, COMMAND_ARENA_BLOCK, COMMAND_ARENA_MAX);
    command->command = (struct command){.ops = ops, .arena = &arena, .actor = ACTOR_SYSTEM};
    struct err err = executor_run(open->executor, &command->command);
    arena_release(&arena);
    return err;
}

/* A new shop is created, in one commit; every process then takes an epoch of its own. Where nothing
 * is recorded, no cart is numbered by it, and a random one tells requests apart. */
static struct err begin(const struct config *config, struct open_shop *open)
{
    if (store_is_read_only(open->store)) {
        random_secret(&open->epoch, sizeof(open->epoch));
        open->epoch = open->epoch >> CART_EPOCH_SHIFT | 1;
        return OK;
    }
    open->is_new = open->shop.last_event == 0;
    if (open->is_new) {
        struct shop_command create = {.currency = money_currency(config->currency)};
        random_secret(&create.timeline, sizeof(create.timeline));
        TRY(run_shop_command(open, &command_shop_create, &create));
    }
    struct shop_command start = {.timeline = open->shop.timeline};
    TRY(run_shop_command(open, &command_process_start, &start));
    ensure(start.epoch > 0);
    open->epoch = start.epoch;
    return OK;
}

/* The store has logged the reason. */
static enum cli_exit refuse_to_open(const struct config *config, enum shop_open_mode mode,
                                    struct err err)
{
    const char *advice = "the line above says why";
    if (err.value == STORE_SQLITE_LOCKED)
        advice = "stop the other process first, or ask it over HTTP";
    else if (mode == SHOP_FOR_READING && access(config->data, F_OK) != 0)
        advice = "there is none; --data DIR names another, shopd serve and shopd import make one";
    bool is_shared = config->postgres[0] != '\0' && err.value != STORE_SQLITE_LOCKED;
    (void)fprintf(stderr, "shopd: the %s %s cannot be opened: %s\n",
                  is_shared ? "shared store with the data folder" : "data folder", config->data,
                  advice);
    return CLI_FAILED;
}

/* Lost while it was opened, or in the commands that begin. */
static bool may_come_back(const struct config *config, struct err err)
{
    bool is_away = err.code == ERR_STORE && err.value == PG_AWAY;
    return config->postgres[0] != '\0' && (is_away || err.code == ERR_OVERLOADED);
}

static enum cli_exit open_as(const struct config *config, enum shop_open_mode mode,
                             struct reach *reach, struct open_shop *open_out)
{
    uint64_t started_ns = clock_monotonic_ns();
    struct open_shop *open = open_out;
    log_set_level((enum log_level)config->log_level);
    *open = (struct open_shop){.overtaken_fd = -1};
    if (config->read_only != 0 && config->postgres[0] == '\0') {
        (void)fprintf(stderr, "shopd: read_only: there is nobody who writes: set postgres, too\n");
        return CLI_USAGE;
    }
    if (mode == SHOP_FOR_SERVING)
        open->overtaken_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    shop_init(&open->shop);
    open->shop.keys.keys_max = config->keys_max;
    open->shop.reviews.reviews_max = config->reviews_max;
    open->shop.timeouts = timeouts_of(config);

    struct err err = open_store(config, mode, reach, open);
    if (err.code == ERR_NONE)
        err = store_load(open->store, &open->shop);
    if (err.code == ERR_NONE && mode == SHOP_FOR_SERVING) {
        open->view = view_open();
        view_publish_all(open->view, &open->shop);
        open->feed = feed_open((size_t)config->feed_mb * KIB * KIB, open->shop.last_event);
        open->credentials = credentials_open();
        credentials_publish_all(open->credentials, &open->shop);
    }
    if (err.code == ERR_NONE && mode != SHOP_FOR_READING) {
        open->executor = open_executor(config, open);
        err = begin(config, open);
    }
    if (err.code == ERR_NONE && open->view != NULL) {
        open->search = search_open(config, open); /* knows the timeline of a new shop, too */
        if (open->search == NULL) {
            shop_close(open);
            return CLI_USAGE;
        }
    }
    open->load_ms = (clock_monotonic_ns() - started_ns) / 1000000;
    if (err.code == ERR_NONE)
        return CLI_DONE;
    shop_close(open);
    open->is_store_away = mode == SHOP_FOR_SERVING && may_come_back(config, err);
    return open->is_store_away ? CLI_FAILED : refuse_to_open(config, mode, err);
}

enum cli_exit shop_open(const struct config *config, enum shop_open_mode mode,
                        struct open_shop *open_out)
{
    return open_as(config, mode, NULL, open_out);
}

enum cli_exit shop_open_in_start(const struct config *config, struct reach *reach,
                                 struct open_shop *open_out)
{
    return open_as(config, SHOP_FOR_SERVING, reach, open_out);
}

void shop_stop(struct open_shop *open)
{
    if (open->executor != NULL)
        executor_close(open->executor);
    open->executor = NULL;
}

void shop_close(struct open_shop *open)
{
    shop_stop(open);
    search_close(open->search);
    if (open->credentials != NULL)
        credentials_close(open->credentials);
    if (open->view != NULL) {
        view_close(open->view);
        view_thread_unregister(); /* view_open() registered this thread */
    }
    feed_close(open->feed);
    if (open->store != NULL)
        store_close(open->store);
    if (open->overtaken_fd >= 0)
        (void)close(open->overtaken_fd);
    shop_release(&open->shop);
    *open = (struct open_shop){.overtaken_fd = -1};
}
