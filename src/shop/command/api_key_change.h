/* api_key_change.h - event and answer that the commands about keys of services share. */
#ifndef SHOP_API_KEY_CHANGE_H
#define SHOP_API_KEY_CHANGE_H

#include "shop/command/commands.h"

void api_key_change_append(struct decision *decision, uint32_t number, const struct api_key *after);
/* Copies the key command->number into the answer. */
void api_key_change_answer(const struct shop *shop, struct command *base);

#endif
