/*
 * order_line.h - one line of `shopd export orders` as an order again: SKUs, places and e-mail
 * addresses become numbers of this shop. What does not read, or names what is not here, is a field
 * error; whether the order makes sense is the shop's to say.
 */
#ifndef CLI_ORDER_LINE_H
#define CLI_ORDER_LINE_H

#include "api/call.h"
#include "shop/command/commands.h"

/* Into call->arena, with faults in call->errors; false when there is one. call->request lends its
 * reply as scratch. */
bool order_line_read(struct call *call, const struct shop *shop, struct text line,
                     struct order_import_command *command) MUST_USE;

#endif
