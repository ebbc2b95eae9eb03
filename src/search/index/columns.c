#include "search/index/columns.h"

#include "base/memory.h"
#include "search/index/labels.h"

const int64_t columns_price_limits[PRICE_LIMITS] = {
    100,        200,        500,        1000,        2000,        5000,        10000,
    20000,      50000,      100000,     200000,      500000,      1000000,     2000000,
    5000000,    10000000,   20000000,   50000000,    100000000,   200000000,   500000000,
    1000000000, 2000000000, 5000000000, 10000000000, 20000000000, 50000000000,
};

/* Address space for every row there may ever be; memory only for those there are. One block more
 * than rows, because kernels read whole blocks. */
enum { ROWS = DOCS_MAX + BLOCK, BIT_WORDS = DOCS_MAX / BLOCK + 1 };
/* Kernels read the merits of a whole zone. */
enum { MERIT_BYTES = (DOCS_MAX / BLOCK + ZONE_BLOCKS) * KERNEL_CLASSES };

enum {
    MERIT_PRIOR_X100 = 380,
    MERIT_PRIOR_REVIEWS = 20,
    MERIT_RATING_PART = 150,
    MERIT_REVIEWS_PART = 105,
    MERIT_REVIEWS_BITS = 18, /* 2^18 reviews count as many as there can be */
};

void columns_init(struct columns *columns)
{
    *columns = (struct columns){
        .price = memory_reserve(ROWS * sizeof(uint32_t)),
        .price_step = memory_reserve(ROWS),
        .price_fine = memory_reserve(ROWS),
        .number = memory_reserve(ROWS * sizeof(uint32_t)),
        .brand = memory_reserve(ROWS * sizeof(uint16_t)),
        .brand_wide = memory_reserve(ROWS * sizeof(uint32_t)),
        .block_brand = memory_reserve(ROWS / BLOCK * sizeof(uint16_t)),
        .family = memory_reserve(ROWS * sizeof(uint32_t)),
        .reviews = memory_reserve(ROWS * sizeof(uint32_t)),
        .sold = memory_reserve(ROWS * sizeof(uint32_t)),
        .rating = memory_reserve(ROWS * sizeof(uint16_t)),
        .rating_step = memory_reserve(ROWS),
        .rating_fine = memory_reserve(ROWS),
        .name_words = memory_reserve(ROWS),
        .merit = memory_reserve(ROWS),
        .merit_most = memory_reserve(MERIT_BYTES),
        .live = memory_reserve(BIT_WORDS * sizeof(uint64_t)),
        .in_stock = memory_reserve(BIT_WORDS * sizeof(uint64_t)),
        .in_family = memory_reserve(BIT_WORDS * sizeof(uint64_t)),
        .in_compact = memory_reserve(BIT_WORDS * sizeof(uint64_t)),
        .compact_last = memory_reserve(BIT_WORDS * sizeof(uint64_t)),
        .family_live = memory_reserve(LABELS_MAX * sizeof(uint32_t)),
        .family_end = memory_reserve(LABELS_MAX * sizeof(uint32_t)),
        .scattered = memory_reserve(LABELS_MAX / BLOCK * sizeof(uint64_t)),
        .brand_live = memory_reserve(LABELS_MAX * sizeof(uint32_t)),
        .doc_of = memory_reserve(((size_t)CATALOG_PRODUCTS_MAX + 1) * sizeof(uint32_t)),
    };
}

void columns_release(struct columns *columns)
{
    memory_unreserve(columns->price, ROWS * sizeof(uint32_t));
    memory_unreserve(columns->price_step, ROWS);
    memory_unreserve(columns->price_fine, ROWS);
    memory_unreserve(columns->number, ROWS * sizeof(uint32_t));
    memory_unreserve(columns->brand, ROWS * sizeof(uint16_t));
    memory_unreserve(columns->brand_wide, ROWS * sizeof(uint32_t));
    memory_unreserve(columns->block_brand, ROWS / BLOCK * sizeof(uint16_t));
    memory_unreserve(columns->family, ROWS * sizeof(uint32_t));
    memory_unreserve(columns->reviews, ROWS * sizeof(uint32_t));
    memory_unreserve(columns->sold, ROWS * sizeof(uint32_t));
    memory_unreserve(columns->rating, ROWS * sizeof(uint16_t));
    memory_unreserve(columns->rating_step, ROWS);
    memory_unreserve(columns->rating_fine, ROWS);
    memory_unreserve(columns->name_words, ROWS);
    memory_unreserve(columns->merit, ROWS);
    memory_unreserve(columns->merit_most, MERIT_BYTES);
    memory_unreserve(columns->live, BIT_WORDS * sizeof(uint64_t));
    memory_unreserve(columns->in_stock, BIT_WORDS * sizeof(uint64_t));
    memory_unreserve(columns->in_family, BIT_WORDS * sizeof(uint64_t));
    memory_unreserve(columns->in_compact, BIT_WORDS * sizeof(uint64_t));
    memory_unreserve(columns->compact_last, BIT_WORDS * sizeof(uint64_t));
    memory_unreserve(columns->family_live, LABELS_MAX * sizeof(uint32_t));
    memory_unreserve(columns->family_end, LABELS_MAX * sizeof(uint32_t));
    memory_unreserve(columns->scattered, LABELS_MAX / BLOCK * sizeof(uint64_t));
    memory_unreserve(columns->brand_live, LABELS_MAX * sizeof(uint32_t));
    memory_unreserve(columns->doc_of, ((size_t)CATALOG_PRODUCTS_MAX + 1) * sizeof(uint32_t));
}

/* There is one writer, so nobody can change the word in between. */
static void bit_set(uint64_t *bits, uint32_t index, bool value)
{
    uint64_t bit = UINT64_C(1) << index % BLOCK;
    uint64_t *word = &bits[index / BLOCK];
    PUBLISH(*word, value ? *word | bit : *word & ~bit);
}

/* 256 x log2(1 + value), from the position of the highest bit and the eight below it. */
static uint32_t log2_x256(uint32_t value)
{
    uint64_t x = (uint64_t)value + 1;
    uint32_t whole = 63 - (uint32_t)__builtin_clzll(x);
    uint64_t fraction = (x << 8 >> whole) & 0xff;
    return whole * 256 + (uint32_t)fraction;
}

uint8_t columns_merit(uint16_t rating_x100, uint32_t reviews)
{
    if (rating_x100 == 0)
        reviews = 0;
    uint64_t weight = (uint64_t)reviews + MERIT_PRIOR_REVIEWS;
    uint64_t sum =
        (uint64_t)reviews * rating_x100 + (uint64_t)MERIT_PRIOR_REVIEWS * MERIT_PRIOR_X100;
    uint32_t by_rating = (uint32_t)(sum * MERIT_RATING_PART / (weight * PRODUCT_RATING_MAX));
    uint32_t log = log2_x256(reviews);
    uint32_t log_max = MERIT_REVIEWS_BITS * 256;
    uint32_t by_reviews = MERIT_REVIEWS_PART * (log < log_max ? log : log_max) / log_max;
    ensure(by_rating + by_reviews <= UINT8_MAX);
    return (uint8_t)(by_rating + by_reviews);
}

/* Kernels that count them want no value above 254. */
_Static_assert((PRICE_LIMITS + 1) * PRICE_STEPS < UINT8_MAX, "a step is one byte");
_Static_assert(PRODUCT_RATING_MAX / 2 < UINT8_MAX, "of the rating, too");

uint16_t columns_price_place(int64_t price_minor)
{
    uint32_t band = 0;
    while (band < PRICE_LIMITS && price_minor >= columns_price_limits[band])
        band++;
    if (band == PRICE_LIMITS)
        return columns_place((uint8_t)(band * PRICE_STEPS), 0);
    int64_t from = band == 0 ? 0 : columns_price_limits[band - 1];
    int64_t within = price_minor < from ? 0 : price_minor - from;
    int64_t width = columns_price_limits[band] - from;
    uint64_t fines = (uint64_t)within * PRICE_STEPS * (UINT8_MAX + 1) / (uint64_t)width;
    return (uint16_t)((uint64_t)band * PRICE_STEPS * (UINT8_MAX + 1) + fines);
}

/* The lower half of the rating, then doublings of reviews in seven steps each. */
uint16_t columns_rating_place(uint16_t rating_x100, uint32_t reviews)
{
    enum { HALF = 128, PER_DOUBLING = 7 };
    uint32_t log = log2_x256(reviews) * PER_DOUBLING / 256;
    uint32_t fine = rating_x100 % 2 * HALF + (log < HALF ? log : HALF - 1);
    return columns_place((uint8_t)(rating_x100 / 2), (uint8_t)fine);
}

static void set_row(struct columns *columns, uint32_t doc, const struct product *product)
{
    int64_t price = product->price_minor;
    ensure(price >= 0);
    POKE(columns->price[doc], price < PRICE_LARGE ? (uint32_t)price : PRICE_LARGE);
    uint16_t place = columns_price_place(price);
    POKE(columns->price_step[doc], (uint8_t)(place >> 8));
    POKE(columns->price_fine[doc], (uint8_t)place);
    POKE(columns->rating[doc], product->rating_x100);
    place = columns_rating_place(product->rating_x100, product->rating_count);
    POKE(columns->rating_step[doc], (uint8_t)(place >> 8));
    POKE(columns->rating_fine[doc], (uint8_t)place);
    POKE(columns->reviews[doc], product->rating_count);
    POKE(columns->merit[doc], columns_merit(product->rating_x100, product->rating_count));
}

static void raise_merit_most(struct columns *columns, uint32_t doc)
{
    uint32_t words = columns->name_words[doc];
    uint32_t class = words < KERNEL_CLASSES ? words : KERNEL_CLASSES - 1;
    uint8_t *most = &columns->merit_most[doc / BLOCK * KERNEL_CLASSES + class];
    if (columns->merit[doc] > *most)
        PUBLISH(*most, columns->merit[doc]);
}

void columns_set(struct columns *columns, uint32_t doc, const struct product *product)
{
    set_row(columns, doc, product);
    raise_merit_most(columns, doc);
}

uint32_t columns_add(struct columns *columns, const struct product *product)
{
    uint32_t doc = columns->count;
    ensure(doc < DOCS_MAX);
    ensure(product->number <= CATALOG_PRODUCTS_MAX);
    POKE(columns->number[doc], product->number);
    set_row(columns, doc, product);
    return doc;
}

void columns_set_brand(struct columns *columns, uint32_t doc, uint32_t brand)
{
    if (brand >= BRAND_WIDE)
        POKE(columns->brand_wide[doc], brand);
    uint16_t in_column = brand < BRAND_WIDE ? (uint16_t)brand : BRAND_WIDE;
    POKE(columns->brand[doc], in_column);
    uint16_t *of_block = &columns->block_brand[doc / BLOCK];
    if (doc % BLOCK == 0 || *of_block != in_column)
        PUBLISH(*of_block, doc % BLOCK == 0 ? in_column : BRAND_WIDE);
}

void columns_set_name_words(struct columns *columns, uint32_t doc, uint32_t words)
{
    POKE(columns->name_words[doc], words < NAME_WORDS_MAX ? (uint8_t)words : NAME_WORDS_MAX);
    raise_merit_most(columns, doc);
}

/* Readers who see the family as it was are right about the documents that they see. */
void columns_part_family(struct columns *columns, uint32_t doc)
{
    if (!bit_get(columns->in_compact, doc))
        return;
    uint32_t block = doc / BLOCK;
    uint32_t family = columns->family[doc];
    uint64_t others = columns->in_compact[block];
    for (uint32_t i = 0; i < BLOCK; i++) {
        if (columns->family[block * BLOCK + i] == family)
            others &= ~(UINT64_C(1) << i);
    }
    PUBLISH(columns->in_compact[block], others);
    PUBLISH(columns->compact_last[block], columns->compact_last[block] & others);
}

void columns_set_family(struct columns *columns, uint32_t doc, uint32_t family, bool is_like_last)
{
    POKE(columns->family[doc], family);
    if (family == 0)
        return;
    bit_set(columns->in_family, doc, true);
    uint32_t end = columns->family_end[family];
    bool is_first = end == 0;
    if (!is_first && end != doc)
        bit_set(columns->scattered, family, true);
    columns->family_end[family] = doc + 1;
    bool grows =
        end == doc && is_like_last && doc % BLOCK != 0 && bit_get(columns->in_compact, end - 1);
    if (!is_first && !grows) {
        columns_part_family(columns, end - 1);
        return;
    }
    bit_set(columns->in_compact, doc, true);
    uint64_t *last = &columns->compact_last[doc / BLOCK];
    uint64_t before = is_first ? 0 : UINT64_C(1) << (end - 1) % BLOCK;
    PUBLISH(*last, (*last & ~before) | UINT64_C(1) << doc % BLOCK);
}

void columns_set_stock(struct columns *columns, uint32_t doc, uint32_t available, uint32_t sold)
{
    if (bit_get(columns->in_stock, doc) != (available > 0))
        bit_set(columns->in_stock, doc, available > 0);
    POKE(columns->sold[doc], sold);
}

/* A family is one hit however many of it live. */
static bool changes_hits(struct columns *columns, uint32_t doc, bool is_live)
{
    uint32_t family = columns->family[doc];
    if (family == 0)
        return true;
    uint32_t *live = &columns->family_live[family];
    *live += is_live ? 1 : UINT32_MAX;
    return *live == (is_live ? 1 : 0);
}

void columns_set_live(struct columns *columns, uint32_t doc, bool is_live)
{
    if (bit_get(columns->live, doc) == is_live)
        return;
    bit_set(columns->live, doc, is_live);
    if (changes_hits(columns, doc, is_live))
        POKE(columns->live_hits, columns->live_hits + (is_live ? 1 : UINT32_MAX));
    uint32_t *in_brand = &columns->brand_live[columns_brand(columns, doc)];
    POKE(*in_brand, *in_brand + (is_live ? 1 : UINT32_MAX));
    POKE(columns->live_count, columns->live_count + (is_live ? 1 : UINT32_MAX));
}

void columns_show(struct columns *columns, uint32_t count)
{
    PUBLISH(columns->count, count);
}

uint32_t columns_find(const struct columns *columns, uint32_t product)
{
    if (product > CATALOG_PRODUCTS_MAX)
        return UINT32_MAX;
    return PEEK(columns->doc_of[product]) - 1;
}
