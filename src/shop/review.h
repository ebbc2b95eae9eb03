/*
 * review.h - what customers say of products they were sent: 1 to 5 stars, and words.
 *
 *   SHOWN <--take back, write again--> WITHDRAWN   by its author, as often as wanted
 *   SHOWN ---------remove----------> REMOVED       by the staff, for good
 *
 * A customer has one review of a product for ever: writing again after taking it back fills the
 * same row, so rows do not grow with the number of changes. The words are personal data and lie in
 * a contact of the store (its metadata: the text, as a JSON string; its name: the one to be shown);
 * whoever takes a review back, removes it or erases the account deletes them. Only SHOWN reviews
 * count; the stars of an erased account still do, without words and without a name.
 *
 * Products come with a rating from elsewhere (an import). It goes on counting as what it was when
 * the first review was counted: the rating shown is the mean of both, in exact numbers, so it does
 * not drift however often reviews change. Owned by the executor's thread.
 */
#ifndef SHOP_REVIEW_H
#define SHOP_REVIEW_H

#include "base/map.h"
#include "shop/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    REVIEW_STARS_MIN = 1,
    REVIEW_STARS_MAX = 5,
    REVIEW_TEXT_MAX = 8000, /* bytes; the setting review_text_max may say less */
    REVIEW_AUTHOR_MAX = 100,
    REVIEWS_MAX = 100000000,
    REVIEWS_MAX_DEFAULT = 10000000,
};

enum review_state { REVIEW_SHOWN = 0, REVIEW_WITHDRAWN, REVIEW_REMOVED, REVIEW_STATE_COUNT };

const char *review_state_name(enum review_state state); /* "shown" */

struct review {
    uint64_t contact; /* its words; 0 = none any more */
    uint64_t created_ms;
    uint64_t changed_ms;
    uint64_t changed_event; /* number of the event that changed it last */
    uint32_t product;
    uint32_t customer;
    uint32_t older_of_product; /* the review of the product before this one; 0 = none */
    uint32_t older_of_customer;
    uint8_t stars;
    uint8_t state; /* enum review_state */
};

/* A mean x 100 (100-500; 0 = unrated), and of how many. */
struct rating {
    uint32_t count;
    uint16_t x100;
};

/* What is said of one product. */
struct review_sum {
    uint64_t stars; /* of all that are SHOWN */
    uint32_t count; /* of all that are SHOWN */
    uint32_t newest;
    struct rating elsewhere; /* what it was rated besides, when the first came */
};

struct reviews {
    struct review *rows; /* [0] unused */
    uint32_t count;
    uint32_t capacity;
    uint32_t reviews_max; /* a setting; the owner may set another */
    struct review_sum *sums;
    uint32_t sum_count;
    uint32_t sum_capacity;
    struct map by_pair;     /* customer << 32 | product -> review */
    struct map by_product;  /* -> position in sums */
    struct map by_customer; /* -> newest review */
};

void reviews_init(struct reviews *reviews);
void reviews_release(struct reviews *reviews);

/* NULL when there is none with this number. */
const struct review *review_find(const struct reviews *reviews, uint32_t number);
/* The customer's review of the product, in whatever state; 0 = never written. */
uint32_t review_of(const struct reviews *reviews, uint32_t customer, uint32_t product);
/* The newest of each, and then by older_of_product and older_of_customer; 0 = none. */
uint32_t review_newest_of_product(const struct reviews *reviews, uint32_t product);
uint32_t review_newest_of_customer(const struct reviews *reviews, uint32_t customer);
/* All zero when nothing was ever said of the product. */
struct review_sum review_sum_of(const struct reviews *reviews, uint32_t product);

/* The sum with a review in it that was not there (`before` NULL) or changes; `elsewhere` becomes
 * the rating besides when it is the first that counts. */
struct review_sum review_sum_after(struct review_sum sum, const struct review *before,
                                   const struct review *after, struct rating elsewhere);
/* The rating to show: half up, unrated when nobody rated it. */
struct rating review_rating(const struct review_sum *sum);

/* Result of an event: number is at most count + 1, of a new one the links are ignored; product and
 * customer of a row never change. */
void review_put(struct reviews *reviews, uint32_t number, const struct review *review,
                struct rating elsewhere);
/* For loading: what a product with reviews was rated besides. */
void review_set_elsewhere(struct reviews *reviews, uint32_t product, struct rating elsewhere);

#endif
