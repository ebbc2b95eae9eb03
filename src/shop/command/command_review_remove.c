/*
 * command_review_remove.c - the author takes a review back, or the staff takes it out: the words
 * are deleted, the stars count no more.
 */
#include "shop/command/customer_change.h"
#include "shop/command/review_change.h"

static struct err review_remove_decide(struct decision *decision, struct command *base)
{
    const struct review_command *command = (const struct review_command *)base;
    const struct review *review = NULL;
    TRY(review_change_find(decision, command, &review));

    uint64_t words = review->contact;
    bool is_own = review->customer == command->customer;
    struct review after = *review;
    after.contact = 0;
    after.state = is_own ? REVIEW_WITHDRAWN : REVIEW_REMOVED;
    review_change_append(decision, command->number, &after);
    /* Of nobody: other answers that the author is still owed have nothing to do with it. */
    if (words != 0)
        customer_change_erase_contacts(decision, 0, &words, 1);
    return OK;
}

const struct command_ops command_review_remove = {
    .name = "review_remove",
    .priority = COMMAND_CARTS,
    .decide = review_remove_decide,
    .answer = review_change_answer,
};
