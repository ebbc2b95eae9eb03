/*
 * shop_open.h - brings a shop up from its data folder: the store, the state, the executor and the
 * readers' view, wired as the settings say. `shopd serve` and every command that works on a folder
 * itself go through here.
 *
 *   struct open_shop open;
 *   enum cli_exit code = shop_open(&config, SHOP_FOR_WRITING, &open);
 *   if (code != CLI_DONE)
 *       return code;
 *   executor_start(open.executor);
 *   ...executor_run(open.executor, &command.command)...
 *   shop_close(&open);
 *
 * A store that fails later is logged and ends the process with code 3: nobody knows what is on disk
 * then, and the next start finds out. Where several shopd share it, another one may have recorded
 * in the place of this one: overtaken_fd says so, every command is refused from then on, and the
 * shop has to be opened anew.
 */
#ifndef CLI_SHOP_OPEN_H
#define CLI_SHOP_OPEN_H

#include "app/executor.h"
#include "cli/command.h"
#include "config/config.h"
#include "search/backend.h"
#include "search/view.h"
#include "shop/shop.h"
#include "store/postgres/reach.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* The tiers that the settings name, pointing into them. False, and printed, where they cannot be
 * read. */
bool tiers_of(const struct config *config, struct tiers *tiers_out) MUST_USE;

enum shop_open_mode {
    /* Loads an existing shop; records nothing. There is no executor and no view. */
    SHOP_FOR_READING = 0,
    /* Creates the shop where there is none (currency, first categories, location `main`) and
     * records that a process started. The executor is open, not started. */
    SHOP_FOR_WRITING,
    /* The same with a view for readers. */
    SHOP_FOR_SERVING,
};

struct open_shop {
    struct store *store;
    struct store *tables; /* the SQLite store: the same, or the copy beside a shared one */
    struct shop shop;     /* the executor's, when there is one */
    struct executor *executor;
    struct view *view;
    struct search_backend *search; /* together with the view */
    struct credentials *credentials;
    struct feed *feed;  /* fresh events for followers; for serving only */
    int overtaken_fd;   /* readable once the shop must be opened anew; for serving only, else -1 */
    uint64_t epoch;     /* of this process */
    uint64_t load_ms;   /* wall time of opening and loading */
    bool is_new;        /* created just now */
    bool is_store_away; /* why opening failed: a shared database, which may come back */
};

/* CLI_DONE, or what to exit with, with the reason printed and nothing left open. For serving
 * nothing is printed where is_store_away: it may be tried again. */
enum cli_exit shop_open(const struct config *config, enum shop_open_mode mode,
                        struct open_shop *open_out) MUST_USE;
/* For serving, at a start that tries again where is_store_away: `reach` keeps what its log has been
 * told. */
enum cli_exit shop_open_in_start(const struct config *config, struct reach *reach,
                                 struct open_shop *open_out) MUST_USE;
/* Finishes what is queued and stops the executor; reading goes on. May be called twice. */
void shop_stop(struct open_shop *open);
/* shop_stop(), then closes everything. */
void shop_close(struct open_shop *open);

#endif
