#include "shop/command/review_change.h"

#include "shop/command/product_change.h"

struct err review_change_find(const struct decision *decision, const struct review_command *command,
                              const struct review **review_out)
{
    const struct review *review = review_find(&decision->shop->reviews, command->number);
    bool is_own = review != NULL && review->customer == command->customer;
    if (!is_own && (review == NULL || !command->is_staff))
        return ERR(ERR_REVIEW_UNKNOWN);
    if (review->state == REVIEW_REMOVED)
        return ERR(ERR_REVIEW_REMOVED);
    if (review->state != REVIEW_SHOWN)
        return ERR(ERR_REVIEW_UNKNOWN);
    TRY(version_guard_check(&command->guard, review->changed_event));
    *review_out = review;
    return OK;
}

void review_change_append(struct decision *decision, uint32_t number, const struct review *after)
{
    const struct reviews *reviews = &decision->shop->reviews;
    const struct product *product = catalog_find(&decision->shop->catalog, after->product);
    struct review_sum sum = review_sum_of(reviews, after->product);
    ensure(product != NULL);
    struct rating elsewhere = {product->rating_count, product->rating_x100};
    if (sum.count > 0)
        elsewhere = sum.elsewhere;
    sum = review_sum_after(sum, review_find(reviews, number), after, elsewhere);

    struct event_review_put *put = decision_append(decision, EVENT_REVIEW_PUT, sizeof(*put));
    put->contact = after->contact;
    put->number = number;
    put->product = after->product;
    put->customer = after->customer;
    put->elsewhere_count = elsewhere.count;
    put->elsewhere_x100 = elsewhere.x100;
    put->stars = after->stars;
    put->state = after->state;
    product_change_rating(decision, product, review_rating(&sum));
}

void review_change_answer(const struct shop *shop, struct command *base)
{
    struct review_command *command = (struct review_command *)base;
    if (command->number == 0) /* done before: there is one of them */
        command->number = review_of(&shop->reviews, command->customer, command->product);
    const struct review *review = review_find(&shop->reviews, command->number);
    ensure(review != NULL);
    command->review = *review;
}
