/* apply_review.c - results of events about reviews. */
#include "shop/apply.h"

/* What may become of a review. */
static bool is_arrow(const struct review *before, enum review_state after)
{
    if (before == NULL || before->state == REVIEW_WITHDRAWN)
        return after == REVIEW_SHOWN;
    return before->state == REVIEW_SHOWN;
}

void apply_review_put(struct shop *shop, const struct event *event)
{
    const struct event_review_put *put = event_payload(event);
    const struct review *before = review_find(&shop->reviews, put->number);
    const struct review_sum sum = review_sum_of(&shop->reviews, put->product);
    bool is_written = before == NULL || before->state == REVIEW_WITHDRAWN;
    struct rating elsewhere = {put->elsewhere_count, put->elsewhere_x100};
    struct review after = {
        .contact = put->contact,
        .created_ms = is_written ? event->time_ms : before->created_ms,
        .changed_ms = event->time_ms,
        .changed_event = event->number,
        .product = put->product,
        .customer = put->customer,
        .stars = put->stars,
        .state = put->state,
    };
    ensure(catalog_find(&shop->catalog, put->product) != NULL);
    ensure(customer_find(&shop->customers, put->customer) != NULL);
    ensure(is_arrow(before, (enum review_state)put->state));
    ensure(put->state == REVIEW_SHOWN || put->contact == 0);
    ensure(!is_written || put->contact != 0);
    ensure(sum.count == 0 || sum.elsewhere.count == elsewhere.count);
    ensure(sum.count == 0 || sum.elsewhere.x100 == elsewhere.x100);
    review_put(&shop->reviews, put->number, &after, elsewhere);
    apply_contact_seen(shop, put->contact);
}
