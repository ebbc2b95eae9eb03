#include "shop/cart.h"

#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>
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
    *carts = (struct carts){.lists = {{NULL, NULL}}};
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

static void take_lines_out(struct cart *cart)
{
    memory_free(cart->lines);
    cart->lines = NULL;
    cart->line_count = 0;
    cart->line_capacity = 0;
    cart->expires_ms = 0;
}

void cart_empty(struct cart *cart)
{
    take_lines_out(cart);
    cart->contact = 0;
}

void cart_expire(struct cart *cart, uint64_t now_ms)
{
    take_lines_out(cart);
    cart->touched_ms = now_ms;
}

static bool can_expire(const struct cart *cart)
{
    return cart->line_count > 0 || cart->contact != 0;
}

uint64_t cart_due_ms(const struct cart *cart, const struct timeouts *timeouts)
{
    if (!can_expire(cart))
        return UINT64_MAX;
    if (cart->expires_ms != 0)
        return cart->expires_ms;
    ensure(timeouts->cart_warning_ms <= timeouts->cart_ms);
    return cart->touched_ms + timeouts->cart_ms - timeouts->cart_warning_ms;
}

const struct cart *carts_oldest(const struct carts *carts, enum cart_age age)
{
    ensure(age > CART_AGELESS);
    ensure(age < CART_AGE_COUNT);
    return carts->lists[age].oldest;
}

static void list_leave(struct carts *carts, struct cart *cart)
{
    struct cart_list *list = &carts->lists[cart->age];
    if (cart->age == CART_AGELESS)
        return;
    if (cart->older == NULL)
        list->oldest = cart->newer;
    else
        cart->older->newer = cart->newer;
    if (cart->newer == NULL)
        list->newest = cart->older;
    else
        cart->newer->older = cart->older;
    cart->older = NULL;
    cart->newer = NULL;
    cart->age = CART_AGELESS;
}

static void list_join(struct carts *carts, struct cart *cart, enum cart_age age)
{
    struct cart_list *list = &carts->lists[age];
    ensure(cart->age == CART_AGELESS);
    cart->age = age;
    cart->older = list->newest;
    if (list->newest == NULL)
        list->oldest = cart;
    else
        list->newest->newer = cart;
    list->newest = cart;
}

void carts_touched(struct carts *carts, struct cart *cart)
{
    list_leave(carts, cart);
    cart->expires_ms = 0;
    if (!can_expire(cart))
        return;
    const struct cart *newest = carts->lists[CART_FRESH].newest;
    ensure(newest == NULL || newest->touched_ms <= cart->touched_ms);
    list_join(carts, cart, CART_FRESH);
}

void carts_contact_gone(struct carts *carts, struct cart *cart)
{
    ensure(cart->contact == 0);
    if (!can_expire(cart))
        list_leave(carts, cart);
}

void carts_warned(struct carts *carts, struct cart *cart, uint64_t expires_ms)
{
    ensure(cart->age == CART_FRESH);
    ensure(expires_ms > 0);
    list_leave(carts, cart);
    cart->expires_ms = expires_ms;
    list_join(carts, cart, CART_WARNED);
}

static uint64_t order_of_age(const struct cart *cart)
{
    return cart->expires_ms != 0 ? cart->expires_ms : cart->touched_ms;
}

static int compare_age(const void *left, const void *right)
{
    const struct cart *a = *(struct cart *const *)left;
    const struct cart *b = *(struct cart *const *)right;
    if (order_of_age(a) != order_of_age(b))
        return order_of_age(a) < order_of_age(b) ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

void carts_sort(struct carts *carts)
{
    struct cart **sorted = memory_alloc_zeroed(carts->by_number.count + 1, sizeof(struct cart *));
    size_t count = 0;
    struct map_slot slot;
    for (size_t position = 0; map_walk(&carts->by_number, &position, &slot);) {
        struct cart *cart = cart_at(slot.value);
        list_leave(carts, cart);
        if (can_expire(cart))
            sorted[count++] = cart;
    }
    qsort(sorted, count, sizeof(struct cart *), compare_age);
    for (size_t i = 0; i < count; i++)
        list_join(carts, sorted[i], sorted[i]->expires_ms != 0 ? CART_WARNED : CART_FRESH);
    memory_free(sorted);
}

void cart_close(struct carts *carts, uint64_t number)
{
    uint64_t value = 0;
    bool is_there = map_find(&carts->by_number, number, &value);
    ensure(is_there);
    list_leave(carts, cart_at(value));
    cart_free(cart_at(value));
    map_remove(&carts->by_number, number);
}
