/*
 * import_customers.h - `shopd import customers`: lines of JSON, as `shopd export customers` writes
 * them, into a data folder. What a customer may say of itself is checked by the same code as over
 * HTTP.
 *
 * Each line is one command, recorded whole or not at all. Who has the e-mail address of a line
 * already is left as it is, so an import can be stopped and started again.
 */
#ifndef CLI_IMPORT_CUSTOMERS_H
#define CLI_IMPORT_CUSTOMERS_H

#include "cli/transfer/import_target.h"

enum cli_exit import_customers(const struct import_lines_options *options,
                               struct import_report *report) MUST_USE;

#endif
