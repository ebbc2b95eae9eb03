/* command_process_start.c - a process takes the shop over and gets an epoch of its own (cart
 * numbers). */
#include "shop/command/commands.h"

static struct err process_start_decide(struct decision *decision, struct command *base)
{
    const struct shop_command *command = (const struct shop_command *)base;
    ensure(decision->shop->currency != 0);

    struct event_process_started *started =
        decision_append(decision, EVENT_PROCESS_STARTED, sizeof(*started));
    started->epoch = decision->shop->epoch + 1;
    started->timeline = command->timeline;
    return OK;
}

static void process_start_answer(const struct shop *shop, struct command *base)
{
    ((struct shop_command *)base)->epoch = shop->epoch;
}

const struct command_ops command_process_start = {
    .name = "process_start",
    .priority = COMMAND_ORDERS,
    .decide = process_start_decide,
    .answer = process_start_answer,
};
