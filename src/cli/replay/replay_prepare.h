/* replay_prepare.h - what a replay needs from the server before and after it: ids and stock. */
#ifndef CLI_REPLAY_PREPARE_H
#define CLI_REPLAY_PREPARE_H

#include "cli/replay/replay_worker.h"

#include <stdbool.h>

/* Looks up every SKU of the plan and its stock (into run->books), and makes the customers. False
 * when the server does not answer or refuses: the reason is printed. */
bool replay_prepare(struct replay_run *run, struct shop_client *client) MUST_USE;

/* Compares the server's stock with the books, product by product; prints up to 20 that differ, and
 * returns how many do. `of` names the books: "what was acknowledged". -1: the server does not
 * answer. */
int64_t replay_compare(const struct replay_run *run, struct shop_client *client,
                       const struct replay_books *books, const char *of) MUST_USE;

#endif
