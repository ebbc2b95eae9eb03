/*
 * stock.h - how many pieces lie where, and how many of them are promised.
 *
 *   available = on_hand - reserved, per product and location; 0 <= reserved <= on_hand, always.
 *
 * A row exists from the first movement of a product at a location on; rows of one product form a
 * list in the region's priority order. Only stock_set() writes; what it is told are results of
 * events.
 */
#ifndef SHOP_STOCK_H
#define SHOP_STOCK_H

#include "base/text.h"
#include "shop/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    STOCK_LOCATIONS_MAX = 64,
    STOCK_PIECES_MAX = 2000000000, /* at one place */
    LOCATION_NAME_MAX = 60,
    LOCATION_MAIN = 1,
};

struct location {
    uint16_t number; /* dense, from 1; 1 is `main` */
    uint16_t zero;
    int32_t priority; /* lower is asked first; ties by number */
    char name[LOCATION_NAME_MAX + 1];
};

struct stock_row {
    uint32_t product;
    uint32_t next; /* row of the same product at the next location, 0 = last */
    uint32_t on_hand;
    uint32_t reserved;
    uint32_t sold; /* pieces ordered from here, less cancelled; saturates */
    uint16_t location;
    uint16_t zero;
};

struct stock {
    struct stock_row *rows; /* [0] unused */
    uint32_t row_count;
    uint32_t row_capacity;
    uint32_t *first_rows; /* by product number; 0 = none */
    uint32_t product_capacity;
    struct location locations[STOCK_LOCATIONS_MAX + 1]; /* [0] unused */
    uint32_t location_count;
};

void stock_init(struct stock *stock);
void stock_release(struct stock *stock);

/* NULL when nothing of the product ever lay there. */
const struct stock_row *stock_find(const struct stock *stock, uint32_t product, uint16_t location);
/* Rows of a product in priority order: for (row = stock_first(..); row; row = stock_next(..)). */
const struct stock_row *stock_first(const struct stock *stock, uint32_t product);
const struct stock_row *stock_next(const struct stock *stock, const struct stock_row *row);
/* Summed over locations; saturates at UINT32_MAX. */
uint32_t stock_available(const struct stock *stock, uint32_t product);

const struct location *location_find(const struct stock *stock, uint16_t number);
const struct location *location_find_name(const struct stock *stock, struct text name);

/* Results of events, and of loading. */
void stock_set(struct stock *stock, uint32_t product, uint16_t location, uint32_t on_hand,
               uint32_t reserved);
void stock_add_sold(struct stock *stock, uint32_t product, uint16_t location, int64_t pieces);
/* A changed priority re-orders every list. */
void stock_put_location(struct stock *stock, uint16_t number, int32_t priority, struct text name);

/* A part of a wanted quantity that one location gives. */
struct stock_part {
    uint32_t line; /* position in the cart */
    uint32_t quantity;
    uint16_t location;
};

struct stock_want {
    uint32_t product;
    uint32_t quantity;
};

/*
 * Where the pieces for `wants` (one per line, no product twice, all available) come from: the first
 * location by priority that fills all of them; else each line from the first location that fills it
 * whole; else split by priority. Writes at most parts_max parts in line order, returns how many.
 */
uint32_t stock_allocate(const struct stock *stock, const struct stock_want *wants,
                        uint32_t want_count, struct stock_part *parts_out, uint32_t parts_max);

#endif
