#include "shop/review.h"

#include "base/memory.h"

void reviews_init(struct reviews *reviews)
{
    *reviews = (struct reviews){.reviews_max = REVIEWS_MAX_DEFAULT};
    map_init(&reviews->by_pair, 0);
    map_init(&reviews->by_product, 0);
    map_init(&reviews->by_customer, 0);
}

void reviews_release(struct reviews *reviews)
{
    map_release(&reviews->by_customer);
    map_release(&reviews->by_product);
    map_release(&reviews->by_pair);
    memory_free(reviews->sums);
    memory_free(reviews->rows);
    *reviews = (struct reviews){0};
}

const char *review_state_name(enum review_state state)
{
    static const char *const names[REVIEW_STATE_COUNT] = {"shown", "withdrawn", "removed"};
    ensure(state < REVIEW_STATE_COUNT);
    return names[state];
}

const struct review *review_find(const struct reviews *reviews, uint32_t number)
{
    if (number == 0 || number > reviews->count)
        return NULL;
    return &reviews->rows[number];
}

static uint64_t pair_key(uint32_t customer, uint32_t product)
{
    return (uint64_t)customer << 32 | product;
}

static uint32_t number_in(const struct map *map, uint64_t key)
{
    uint64_t number = 0;
    return key != 0 && map_find(map, key, &number) ? (uint32_t)number : 0;
}

uint32_t review_of(const struct reviews *reviews, uint32_t customer, uint32_t product)
{
    return number_in(&reviews->by_pair, pair_key(customer, product));
}

uint32_t review_newest_of_customer(const struct reviews *reviews, uint32_t customer)
{
    return number_in(&reviews->by_customer, customer);
}

struct review_sum review_sum_of(const struct reviews *reviews, uint32_t product)
{
    uint64_t position = 0;
    if (product == 0 || !map_find(&reviews->by_product, product, &position))
        return (struct review_sum){0};
    return reviews->sums[position];
}

uint32_t review_newest_of_product(const struct reviews *reviews, uint32_t product)
{
    return review_sum_of(reviews, product).newest;
}

struct review_sum review_sum_after(struct review_sum sum, const struct review *before,
                                   const struct review *after, struct rating elsewhere)
{
    if (sum.count == 0)
        sum.elsewhere = elsewhere;
    if (before != NULL && before->state == REVIEW_SHOWN) {
        ensure(sum.count > 0);
        ensure(sum.stars >= before->stars);
        sum.count--;
        sum.stars -= before->stars;
    }
    if (after->state == REVIEW_SHOWN) {
        ensure(sum.count < REVIEWS_MAX);
        sum.count++;
        sum.stars += after->stars;
    }
    ensure(sum.stars >= (uint64_t)sum.count * REVIEW_STARS_MIN);
    ensure(sum.stars <= (uint64_t)sum.count * REVIEW_STARS_MAX);
    return sum;
}

/* count < 2^33 and x100 <= 500, so the products fit. */
struct rating review_rating(const struct review_sum *sum)
{
    if (sum->count == 0)
        return sum->elsewhere;
    uint64_t before = sum->elsewhere.x100 == 0 ? 0 : sum->elsewhere.count;
    uint64_t count = before + sum->count;
    uint64_t total_x100 = before * sum->elsewhere.x100 + sum->stars * 100;
    return (struct rating){
        .count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count,
        .x100 = (uint16_t)((2 * total_x100 + count) / (2 * count)),
    };
}

static struct review_sum *sum_open(struct reviews *reviews, uint32_t product)
{
    uint64_t position = 0;
    if (map_find(&reviews->by_product, product, &position))
        return &reviews->sums[position];
    if (reviews->sum_count == reviews->sum_capacity)
        reviews->sums =
            memory_grow(reviews->sums, &reviews->sum_capacity, sizeof(struct review_sum));
    map_put(&reviews->by_product, product, reviews->sum_count);
    struct review_sum *sum = &reviews->sums[reviews->sum_count++];
    *sum = (struct review_sum){0};
    return sum;
}

void review_set_elsewhere(struct reviews *reviews, uint32_t product, struct rating elsewhere)
{
    sum_open(reviews, product)->elsewhere = elsewhere;
}

static void add_row(struct reviews *reviews, uint32_t number, const struct review *review,
                    struct review_sum *sum)
{
    uint64_t pair = pair_key(review->customer, review->product);
    ensure(review_of(reviews, review->customer, review->product) == 0);
    if (number >= reviews->capacity)
        reviews->rows = memory_grow(reviews->rows, &reviews->capacity, sizeof(struct review));
    struct review *row = &reviews->rows[number];
    *row = *review;
    row->older_of_product = sum->newest;
    row->older_of_customer = review_newest_of_customer(reviews, review->customer);
    sum->newest = number;
    map_put(&reviews->by_pair, pair, number);
    map_put(&reviews->by_customer, review->customer, number);
    reviews->count++;
}

void review_put(struct reviews *reviews, uint32_t number, const struct review *review,
                struct rating elsewhere)
{
    ensure(number > 0);
    ensure(number <= reviews->count + 1);
    ensure(number <= REVIEWS_MAX);
    ensure(review->product != 0);
    ensure(review->customer != 0);
    ensure(review->stars >= REVIEW_STARS_MIN);
    ensure(review->stars <= REVIEW_STARS_MAX);
    ensure(review->state < REVIEW_STATE_COUNT);
    const struct review *before = review_find(reviews, number);
    struct review_sum *sum = sum_open(reviews, review->product);
    *sum = review_sum_after(*sum, before, review, elsewhere);
    if (before == NULL) {
        add_row(reviews, number, review, sum);
        return;
    }
    struct review *row = &reviews->rows[number];
    ensure(row->product == review->product);
    ensure(row->customer == review->customer);
    struct review after = *review;
    after.older_of_product = row->older_of_product;
    after.older_of_customer = row->older_of_customer;
    *row = after;
}
