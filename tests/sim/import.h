/*
 * import.h - orders of another shop, made at random: what is left of their lines, what was sent and
 * what came of it. Some are refused: their number or time is off, they do not add up, or there is
 * not enough stock.
 */
#ifndef TESTS_SIM_IMPORT_H
#define TESTS_SIM_IMPORT_H

#include "base/random.h"
#include "shop/command/commands.h"
#include "sim/model.h"

void import_roll(struct model_import *import, struct random *random, const struct model *model);
/* The order of the command lies in the arena. */
void import_make_command(const struct model_import *import, struct arena *arena,
                         struct order_import_command *command);

#endif
