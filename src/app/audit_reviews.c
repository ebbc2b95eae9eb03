/*
 * audit_reviews.c - reviews in the auditor's books: who said how many stars of what, and that the
 * rating of the product is the mean of them and of what it was rated before the first.
 */
#include "app/audit_books.h"

#include <inttypes.h>

void audit_check_rating(struct audit *audit, uint32_t product)
{
    const struct book_product *book = &audit->products[product];
    uint64_t before = book->elsewhere_x100 == 0 ? 0 : book->elsewhere_count;
    uint64_t count = before + book->review_count;
    uint64_t sum_x100 = before * book->elsewhere_x100 + book->stars * 100;
    uint64_t mean_x100 = book->elsewhere_x100;
    if (book->review_count == 0)
        count = book->elsewhere_count;
    else
        mean_x100 = sum_x100 / count + (sum_x100 % count * 2 >= count ? 1 : 0);
    if (count > UINT32_MAX)
        count = UINT32_MAX;
    if (book->rating_count != count || book->rating_x100 != mean_x100)
        audit_find(audit,
                   "product %u is rated %u by %u, by its reviews it were %" PRIu64 " by %" PRIu64,
                   product, book->rating_x100, book->rating_count, mean_x100, count);
}

void audit_check_reviewed(struct audit *audit, const struct event *event)
{
    uint32_t reviewed = audit->reviewed;
    const struct product *product = event_payload(event);
    audit->reviewed = 0;
    if (reviewed == 0)
        return;
    bool is_its_product = event->type == EVENT_PRODUCT_PUT && product->number == reviewed;
    if (!is_its_product)
        audit_check_rating(audit, reviewed);
}

static bool is_move(const struct book_review *before, enum review_state after)
{
    switch (before->product == 0 ? REVIEW_WITHDRAWN : (enum review_state)before->state) {
    case REVIEW_WITHDRAWN:
        return after == REVIEW_SHOWN;
    case REVIEW_SHOWN:
        return true;
    case REVIEW_REMOVED:
    case REVIEW_STATE_COUNT:
        break;
    }
    return false;
}

/* What was said before is taken off the product's sums, what is said now is added. */
static void count_stars(struct audit *audit, const struct book_review *before,
                        const struct event_review_put *put)
{
    struct book_product *product = &audit->products[put->product];
    if (product->review_count == 0) {
        product->elsewhere_count = product->rating_count;
        product->elsewhere_x100 = product->rating_x100;
    }
    if (before->product != 0 && before->state == REVIEW_SHOWN) {
        product->review_count--;
        product->stars -= before->stars;
    }
    if (put->state == REVIEW_SHOWN) {
        product->review_count++;
        product->stars += put->stars;
    }
    if (product->elsewhere_count != put->elsewhere_count ||
        product->elsewhere_x100 != put->elsewhere_x100)
        audit_find(audit, "review %u: product %u was rated %u by %u besides, not %u by %u",
                   put->number, put->product, product->elsewhere_x100, product->elsewhere_count,
                   put->elsewhere_x100, put->elsewhere_count);
}

void audit_review_put(struct audit *audit, const struct event *event)
{
    const struct event_review_put *put = event_payload(event);
    uint64_t capacity = audit->review_capacity;
    uint64_t pair = (uint64_t)put->customer << 32 | put->product;
    uint64_t holder = 0;
    if (put->number > audit->review_count + 1 || put->product > audit->product_count ||
        put->customer > audit->customer_count) {
        audit_find(audit, "event %" PRIu64 ": review %u of product %u by customer %u: unknown",
                   event->number, put->number, put->product, put->customer);
        return;
    }
    audit->reviews = audit_reserve(audit->reviews, put->number, &capacity, sizeof *audit->reviews);
    audit->review_capacity = (uint32_t)capacity;
    struct book_review *book = &audit->reviews[put->number];
    bool is_new = book->product == 0;
    if (!is_move(book, (enum review_state)put->state))
        audit_find(audit, "event %" PRIu64 ": review %u cannot become %s", event->number,
                   put->number, review_state_name((enum review_state)put->state));
    if (!is_new && (book->product != put->product || book->customer != put->customer)) {
        audit_find(audit, "event %" PRIu64 " makes review %u one of something else", event->number,
                   put->number);
        return;
    }
    if (is_new && map_find(&audit->review_pairs, pair, &holder))
        audit_find(audit, "reviews %" PRIu64 " and %u are both customer %u's of product %u", holder,
                   put->number, put->customer, put->product);
    count_stars(audit, book, put);
    if (put->contact != book->contact)
        audit_contact_named(audit, put->contact);
    map_put(&audit->review_pairs, pair, put->number);
    *book = (struct book_review){put->contact, put->product, put->customer, put->stars, put->state};
    if (put->number > audit->review_count)
        audit->review_count = put->number;
    audit->reviewed = put->product;
}

void audit_compare_reviews(struct audit *audit, const struct shop *shop)
{
    if (audit->reviewed != 0)
        audit_check_rating(audit, audit->reviewed);
    if (shop->reviews.count != audit->review_count)
        audit_find(audit, "the shop has %u reviews, the books have %u", shop->reviews.count,
                   audit->review_count);
    for (uint32_t number = 1; number <= audit->review_count; number++) {
        const struct book_review *book = &audit->reviews[number];
        const struct review *review = review_find(&shop->reviews, number);
        if (review == NULL || review->product != book->product ||
            review->customer != book->customer || review->stars != book->stars ||
            review->state != book->state || review->contact != book->contact)
            audit_find(audit, "review %u is not what the events say", number);
        if (book->contact != 0 && audit->contacts[book->contact] == BOOK_CONTACT_ERASED)
            audit_find(audit, "review %u has words that were erased", number);
    }
}
