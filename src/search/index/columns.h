/*
 * columns.h - what can be filtered and sorted by, one array per field, one row per document.
 *
 * A document is one version of a product's texts: documents are only appended, and a product whose
 * texts change gets a new one while its old one is no longer live. Rows of what may change without
 * a new document (price, rating, stock, category, pieces sold) are stored in place.
 */
#ifndef SEARCH_INDEX_COLUMNS_H
#define SEARCH_INDEX_COLUMNS_H

#include "search/index/kernels.h"
#include "search/rcu.h"
#include "search/view.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DOCS_MAX =
        1 << 25, /* of CATALOG_PRODUCTS_MAX products, some a few times until the next rebuild */
    NAME_WORDS_MAX = 63,
};

/* Most shops have fewer brands; numbers from here on lie in a column of their own. */
#define BRAND_WIDE UINT16_MAX

/* A higher price is looked up in the product. */
#define PRICE_LARGE UINT32_MAX

struct columns {
    uint32_t *price;     /* minor units; PRICE_LARGE = that or more */
    uint8_t *price_step; /* columns_price_place() of the price: its upper byte */
    uint8_t *price_fine; /* its lower byte */
    uint32_t *number;    /* product */
    uint16_t *brand;     /* labels.h; 0 = none; BRAND_WIDE = see brand_wide */
    uint32_t *brand_wide;
    uint16_t *block_brand; /* by block: `brand` of all its documents; BRAND_WIDE = they differ */
    uint32_t *family;      /* labels.h; 0 = none */
    uint32_t *reviews;
    uint32_t *sold;
    uint16_t *rating;     /* mean x 100 */
    uint8_t *rating_step; /* columns_rating_place(), likewise */
    uint8_t *rating_fine;
    uint8_t *name_words; /* up to NAME_WORDS_MAX */
    uint8_t *merit;      /* 0..255 by rating and reviews, see columns_merit() */
    uint8_t *merit_most; /* by block: no document of it has more merit */
    uint64_t *live;      /* bit per document, like the next four */
    uint64_t *in_stock;
    uint64_t *in_family;
    uint64_t
        *in_compact; /* of a family that lies within one block and has one brand and category */
    uint64_t
        *compact_last;     /* of the documents of such a family, the last; look before in_compact */
    uint32_t *doc_of;      /* by product number: its document + 1; 0 = none */
    uint32_t *family_live; /* by family: live documents; writer */
    uint32_t *family_end;  /* by family: its last document + 1; writer */
    uint64_t *scattered;   /* bit per family: other documents lie between its own */
    uint32_t *brand_live;  /* by brand: live documents; atomic */
    uint32_t live_hits;    /* live documents of no family, and families that have one; atomic */
    uint32_t count;        /* documents; atomic */
    uint32_t live_count;   /* atomic, like the next */
    uint32_t product_count; /* products, each with one document that is not dead */
};

void columns_init(struct columns *columns);
void columns_release(struct columns *columns);

/* Writer: a row for the next document, not live yet and not counted. */
uint32_t columns_add(struct columns *columns, const struct product *product);
/* Writer: price, rating and reviews of the product. */
void columns_set(struct columns *columns, uint32_t doc, const struct product *product);
/* Writer: of the document that was added last. */
void columns_set_brand(struct columns *columns, uint32_t doc, uint32_t brand);
/* Writer: of the document that was added last. `is_like_last`: of the same brand and category as
 * the document before it. */
void columns_set_family(struct columns *columns, uint32_t doc, uint32_t family, bool is_like_last);
/* Writer: the document is about to differ in its category from others of its family. */
void columns_part_family(struct columns *columns, uint32_t doc);
/* Writer: words of the name of the document that was added last, before it lives. */
void columns_set_name_words(struct columns *columns, uint32_t doc, uint32_t words);
void columns_set_stock(struct columns *columns, uint32_t doc, uint32_t available, uint32_t sold);
void columns_set_live(struct columns *columns, uint32_t doc, bool is_live);
/* Writer: everybody may see documents below `count`. */
void columns_show(struct columns *columns, uint32_t count);

/* The document of a product, or UINT32_MAX. */
uint32_t columns_find(const struct columns *columns, uint32_t product);

/* Of compact families, one bit for each that has a document in `docs`: the bit of its last
 * document. `last` is of compact_last, `all` of in_compact, both of one block.
 *
 * Each family is a field of bits, and its last document the highest of them: adding ones to all the
 * lower ones carries into the highest when any of them is set. A family that grows meanwhile
 * counts the same, provided `last` was read first. */
static inline uint64_t compact_any(uint64_t docs, uint64_t last, uint64_t all)
{
    uint64_t lower = all & ~last;
    return (((docs & lower) + lower) | docs) & last;
}

static inline bool bit_get(const uint64_t *bits, uint32_t index)
{
    return PEEK(bits[index / BLOCK]) >> (index % BLOCK) & 1;
}

static inline uint32_t columns_brand(const struct columns *columns, uint32_t doc)
{
    uint16_t brand = PEEK(columns->brand[doc]);
    return __builtin_expect(brand == BRAND_WIDE, 0) ? PEEK(columns->brand_wide[doc]) : brand;
}

/* Bands of prices, as the facet has them: 1, 2, 5, 10, 20, 50 ... units of money with two decimals.
 * Band b goes from limit b - 1 (or 0) to limit b, exclusive; the last has no end. */
enum { PRICE_LIMITS = 27 };
extern const int64_t columns_price_limits[PRICE_LIMITS];

/* Prices and ratings are looked at in steps of one byte, which are a quarter and half as much
 * memory. A band of prices is PRICE_STEPS steps of equal width, a star is RATING_STEPS. Whoever has
 * to know more looks at a second byte: where in the step. The two together, a place, are in the
 * order of prices, or of ratings and then reviews; what is at different places is told apart. */
enum { PRICE_STEPS = 9, RATING_STEPS = 50, PLACE_MAX = UINT16_MAX };
uint16_t columns_price_place(int64_t price_minor);
uint16_t columns_rating_place(uint16_t rating_x100, uint32_t reviews);

static inline uint16_t columns_place(uint8_t step, uint8_t fine)
{
    return (uint16_t)(step << 8 | fine);
}

/* What rating and reviews say about a product, 0..255: three parts the mean rating, drawn towards
 * 3.8 when few have given one, two parts how many did (logarithmic). */
uint8_t columns_merit(uint16_t rating_x100, uint32_t reviews);

#endif
