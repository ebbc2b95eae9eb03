#include "shop/stock.h"

#include "base/memory.h"

#include <string.h>

void stock_init(struct stock *stock)
{
    *stock = (struct stock){0};
}

void stock_release(struct stock *stock)
{
    memory_free(stock->rows);
    memory_free(stock->first_rows);
    *stock = (struct stock){0};
}

/* Index of the first row of a product; 0 = none. */
static uint32_t row_first(const struct stock *stock, uint32_t product)
{
    return product < stock->product_capacity ? stock->first_rows[product] : 0;
}

static struct stock_row *row_find(const struct stock *stock, uint32_t product, uint16_t location)
{
    uint32_t index = row_first(stock, product);
    while (index != 0 && stock->rows[index].location != location)
        index = stock->rows[index].next;
    return index == 0 ? NULL : &stock->rows[index];
}

const struct stock_row *stock_find(const struct stock *stock, uint32_t product, uint16_t location)
{
    return row_find(stock, product, location);
}

const struct stock_row *stock_first(const struct stock *stock, uint32_t product)
{
    uint32_t index = row_first(stock, product);
    return index == 0 ? NULL : &stock->rows[index];
}

const struct stock_row *stock_next(const struct stock *stock, const struct stock_row *row)
{
    return row->next == 0 ? NULL : &stock->rows[row->next];
}

static uint32_t row_available(const struct stock_row *row)
{
    ensure(row->reserved <= row->on_hand);
    return row->on_hand - row->reserved;
}

uint32_t stock_available(const struct stock *stock, uint32_t product)
{
    uint64_t available = 0;
    for (const struct stock_row *row = stock_first(stock, product); row != NULL;
         row = stock_next(stock, row))
        available += row_available(row);
    return available > UINT32_MAX ? UINT32_MAX : (uint32_t)available;
}

const struct location *location_find(const struct stock *stock, uint16_t number)
{
    if (number == 0 || number > stock->location_count)
        return NULL;
    return &stock->locations[number];
}

const struct location *location_find_name(const struct stock *stock, struct text name)
{
    for (uint32_t i = 1; i <= stock->location_count; i++) {
        if (text_equal(text_of(stock->locations[i].name), name))
            return &stock->locations[i];
    }
    return NULL;
}

static void grow_products(struct stock *stock, uint32_t product)
{
    while (stock->product_capacity <= product) {
        uint32_t before = stock->product_capacity;
        stock->first_rows =
            memory_grow(stock->first_rows, &stock->product_capacity, sizeof(uint32_t));
        memset(stock->first_rows + before, 0,
               (stock->product_capacity - before) * sizeof(uint32_t));
    }
}

/* Lower priority numbers are asked first; ties by number. */
static bool location_is_before(const struct stock *stock, uint16_t a, uint16_t b)
{
    int32_t priority_a = stock->locations[a].priority;
    int32_t priority_b = stock->locations[b].priority;
    return priority_a < priority_b || (priority_a == priority_b && a < b);
}

/* Puts the row into the list that starts at *first, where its location belongs. */
static void row_link(struct stock *stock, uint32_t *first, uint32_t index)
{
    uint32_t *link = first;
    while (*link != 0 &&
           location_is_before(stock, stock->rows[*link].location, stock->rows[index].location))
        link = &stock->rows[*link].next;
    stock->rows[index].next = *link;
    *link = index;
}

static struct stock_row *row_add(struct stock *stock, uint32_t product, uint16_t location)
{
    grow_products(stock, product);
    uint32_t index = stock->row_count + 1;
    if (index >= stock->row_capacity)
        stock->rows = memory_grow(stock->rows, &stock->row_capacity, sizeof(struct stock_row));
    stock->row_count = index;
    stock->rows[index] = (struct stock_row){.product = product, .location = location};
    row_link(stock, &stock->first_rows[product], index);
    return &stock->rows[index];
}

void stock_set(struct stock *stock, uint32_t product, uint16_t location, uint32_t on_hand,
               uint32_t reserved)
{
    ensure(product > 0);
    ensure(location_find(stock, location) != NULL);
    ensure(on_hand <= STOCK_PIECES_MAX);
    ensure(reserved <= on_hand);
    struct stock_row *row = row_find(stock, product, location);
    if (row == NULL)
        row = row_add(stock, product, location);
    row->on_hand = on_hand;
    row->reserved = reserved;
}

void stock_add_sold(struct stock *stock, uint32_t product, uint16_t location, int64_t pieces)
{
    struct stock_row *row = row_find(stock, product, location);
    ensure(row != NULL);
    ensure(pieces >= -(int64_t)UINT32_MAX && pieces <= (int64_t)UINT32_MAX);
    int64_t sold = (int64_t)row->sold + pieces;
    if (sold < 0)
        sold = 0;
    row->sold = sold > (int64_t)UINT32_MAX ? UINT32_MAX : (uint32_t)sold;
}

/* Links the rows of every product anew. */
static void sort_lists(struct stock *stock)
{
    for (uint32_t product = 1; product < stock->product_capacity; product++) {
        uint32_t sorted = 0;
        uint32_t index = stock->first_rows[product];
        while (index != 0) {
            uint32_t next = stock->rows[index].next;
            row_link(stock, &sorted, index);
            index = next;
        }
        stock->first_rows[product] = sorted;
    }
}

void stock_put_location(struct stock *stock, uint16_t number, int32_t priority, struct text name)
{
    ensure(number > 0);
    ensure(number <= STOCK_LOCATIONS_MAX);
    ensure(number <= stock->location_count + 1);
    ensure(name.length > 0);
    ensure(name.length <= LOCATION_NAME_MAX);
    struct location *location = &stock->locations[number];
    *location = (struct location){.number = number, .priority = priority};
    memcpy(location->name, name.data, name.length);
    if (number == stock->location_count + 1)
        stock->location_count++;
    sort_lists(stock);
}

static bool location_fills(const struct stock *stock, uint16_t location,
                           const struct stock_want *wants, uint32_t want_count)
{
    for (uint32_t i = 0; i < want_count; i++) {
        const struct stock_row *row = stock_find(stock, wants[i].product, location);
        if (row == NULL || row_available(row) < wants[i].quantity)
            return false;
    }
    return true;
}

/* The first location by priority that fills all wants; 0 = none does. */
static uint16_t location_for(const struct stock *stock, const struct stock_want *wants,
                             uint32_t want_count)
{
    for (const struct stock_row *row = stock_first(stock, wants[0].product); row != NULL;
         row = stock_next(stock, row)) {
        if (location_fills(stock, row->location, wants, want_count))
            return row->location;
    }
    return 0;
}

/* Takes from each location by priority what it has; returns the number of parts. */
static uint32_t split(const struct stock *stock, struct stock_want want, uint32_t line,
                      struct stock_part *parts_out, uint32_t parts_max)
{
    uint32_t count = 0;
    uint32_t left = want.quantity;
    for (const struct stock_row *row = stock_first(stock, want.product); row != NULL;
         row = stock_next(stock, row)) {
        uint32_t available = row_available(row);
        uint32_t taken = available < left ? available : left;
        if (taken == 0)
            continue;
        ensure(count < parts_max);
        parts_out[count++] =
            (struct stock_part){.line = line, .quantity = taken, .location = row->location};
        left -= taken;
    }
    ensure(left == 0);
    return count;
}

uint32_t stock_allocate(const struct stock *stock, const struct stock_want *wants,
                        uint32_t want_count, struct stock_part *parts_out, uint32_t parts_max)
{
    ensure(want_count > 0);
    uint16_t for_all = location_for(stock, wants, want_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < want_count; i++) {
        ensure(wants[i].quantity > 0);
        uint16_t location = for_all != 0 ? for_all : location_for(stock, &wants[i], 1);
        if (location == 0) {
            count += split(stock, wants[i], i, parts_out + count, parts_max - count);
            continue;
        }
        ensure(count < parts_max);
        parts_out[count++] =
            (struct stock_part){.line = i, .quantity = wants[i].quantity, .location = location};
    }
    return count;
}
