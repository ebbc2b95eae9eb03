/*
 * export_people.h - customers and orders as lines of JSON, in the order of their numbers: what
 * `shopd export customers` and `shopd export orders` write.
 *
 * A customer that was erased has no line: there is nothing to tell. Ids and times of customers
 * follow from where they live and are left out, so customers that were imported give the same bytes
 * again. Passwords are never written; on demand their argon2id hashes are.
 */
#ifndef CLI_EXPORT_PEOPLE_H
#define CLI_EXPORT_PEOPLE_H

#include "cli/shop_open.h"

#include <stdbool.h>
#include <stdio.h>

/* False: the file cannot be written (errno), or the store cannot be read (logged). */
bool export_customers(struct open_shop *open, FILE *file, const struct tiers *tiers,
                      bool with_hashes) MUST_USE;
/* Each with its customer's e-mail address, for whom it was, its lines, history, parcels and
 * payments. */
bool export_orders(struct open_shop *open, FILE *file) MUST_USE;

#endif
