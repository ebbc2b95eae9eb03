/* command_review_update.c - the author says it otherwise, in stars and words. Of a customer who was
 * erased meanwhile no words are kept any more. */
#include "shop/command/review_change.h"

static struct err review_update_decide(struct decision *decision, struct command *base)
{
    const struct review_command *command = (const struct review_command *)base;
    const struct review *review = NULL;
    TRY(review_change_find(decision, command, &review));
    if (customer_find(&decision->shop->customers, review->customer)->is_erased)
        return ERR(ERR_REVIEW_UNKNOWN);

    struct contact words = command->contact;
    words.customer = command->customer;
    struct review after = *review;
    after.stars = command->stars;
    after.contact = decision_change_contact(decision, review->contact, &words);
    review_change_append(decision, command->number, &after);
    return OK;
}

const struct command_ops command_review_update = {
    .name = "review_update",
    .priority = COMMAND_CARTS,
    .decide = review_update_decide,
    .answer = review_change_answer,
};
