#include "shop/cart.h"

#include "base/hash.h"
#include "base/memory.h"

#include <string.h>

enum { LINES_FIRST = 4 };

static struct cart *cart_at(uint64_t value)
{
    return (struct cart *)(uintptr_t)value;
}

static void cart_free(struct cart *cart)
{
    memory_free(cart->lines);
    memory_free(cart);
}

/* Where the product is, or line_count. */
static uint32_t position_of(const struct cart *cart, uint32_t product)
{
    uint32_t i = 0;
    while (i < cart->line_count && cart->lines[i].product != product) {
        i++;
    }
    return i;
}

void carts_init(struct carts *carts)
{
    map_init(&carts->by_number, 0);
}

void carts_release(struct carts *carts)
{
    for (size_t i = 0; i < carts->by_number.slot_count; i++) {
        if (carts->by_number.slots[i].key != 0) {
            cart_free(cart_at(carts->by_number.slots[i].value));
        }
    }
    map_release(&carts->by_number);
}

const struct cart *cart_find(const struct carts *carts, uint64_t number)
{
    uint64_t value = 0;
    if (number == 0 || !map_find(&carts->by_number, number, &value)) {
        return NULL;
    }
    return cart_at(value);
}

uint64_t cart_version(const struct cart *cart)
{
    uint64_t hash = hash_u64(cart == NULL ? 0 : cart->customer);
    uint32_t count = cart == NULL ? 0 : cart->line_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct cart_line *line = &cart->lines[i];
        hash = hash_u64(hash ^ hash_u64((uint64_t)line->product << 32 | line->quantity));
    }
    return hash == 0 ? 1 : hash;
}

const struct cart_line *cart_line_find(const struct cart *cart, uint32_t product)
{
    uint32_t position = position_of(cart, product);
    return position < cart->line_count ? &cart->lines[position] : NULL;
}

struct cart *cart_open(struct carts *carts, uint64_t number)
{
    ensure(number != 0);
    uint64_t value = 0;
    if (map_find(&carts->by_number, number, &value)) {
        return cart_at(value);
    }
    struct cart *cart = memory_alloc_zeroed(1, sizeof(*cart));
    cart->number = number;
    map_put(&carts->by_number, number, (uintptr_t)cart);
    return cart;
}

static void take_line_out(struct cart *cart, uint32_t position)
{
    cart->line_count--;
    memmove(&cart->lines[position], &cart->lines[position + 1],
            (cart->line_count - position) * sizeof(*cart->lines));
}

static void add_line(struct cart *cart, struct cart_line line)
{
    ensure(cart->line_count < CART_LINES_MAX);
    if (cart->line_count == cart->line_capacity) {
        cart->line_capacity = cart->line_capacity == 0 ? LINES_FIRST : 2 * cart->line_capacity;
        cart->lines = memory_resize(cart->lines, cart->line_capacity * sizeof(*cart->lines));
    }
    cart->lines[cart->line_count++] = line;
}

void cart_set_line(struct cart *cart, uint32_t product, uint32_t quantity)
{
    ensure(product != 0);
    ensure(quantity <= CART_QUANTITY_MAX);
    uint32_t position = position_of(cart, product);
    bool is_there = position < cart->line_count;
    if (quantity == 0) {
        ensure(is_there);
        take_line_out(cart, position);
    } else if (is_there) {
        cart->lines[position].quantity = quantity;
    } else {
        add_line(cart, (struct cart_line){product, quantity});
    }
}

void cart_empty(struct cart *cart)
{
    memory_free(cart->lines);
    cart->lines = NULL;
    cart->line_count = 0;
    cart->line_capacity = 0;
    cart->contact = 0;
}

void cart_close(struct carts *carts, uint64_t number)
{
    uint64_t value = 0;
    bool is_there = map_find(&carts->by_number, number, &value);
    ensure(is_there);
    cart_free(cart_at(value));
    map_remove(&carts->by_number, number);
}
