/*
 * import_orders.h - `shopd import orders`: lines of JSON, as `shopd export orders` writes them,
 * into a data folder that has their products and customers already. What must be true of every
 * order is checked by the shop itself (order_find_fault()), what a buyer may say by the code behind
 * HTTP.
 *
 * Each line is one command, recorded whole or not at all; an order that is there already is left as
 * it is, so an import can be stopped and started again. A strict one is rehearsed first: every line
 * is decided and applied in memory, and nothing recorded.
 */
#ifndef CLI_IMPORT_ORDERS_H
#define CLI_IMPORT_ORDERS_H

#include "cli/transfer/import_target.h"

enum cli_exit import_orders(const struct import_lines_options *options,
                            struct import_report *report) MUST_USE;

#endif
