/* review_change.h - what the commands about reviews share. */
#ifndef SHOP_REVIEW_CHANGE_H
#define SHOP_REVIEW_CHANGE_H

#include "shop/command/commands.h"

/* The customer's own review that is shown. ERR_REVIEW_UNKNOWN for any other, ERR_REVIEW_REMOVED
 * where the staff took it out. */
struct err review_change_find(const struct decision *decision, const struct review_command *command,
                              const struct review **review_out) MUST_USE;

/* The review as it will be, and the product's rating where that changes. `contact`: 0 = without
 * words. */
void review_change_append(struct decision *decision, uint32_t number, const struct review *after);

/* Copies the review command->number into the answer. */
void review_change_answer(const struct shop *shop, struct command *base);

#endif
