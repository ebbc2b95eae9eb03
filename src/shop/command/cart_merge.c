#include "shop/command/cart_merge.h"

#include "shop/command/customer_change.h"
#include "shop/quote.h"

#include <string.h>

/* Lines of both carts afterwards: all of the customer's; of the guest's, the changed ones. */
struct merge {
    struct cart_line *lines; /* the customer's cart as it will be */
    uint32_t line_count;
    struct event_cart_line *gains; /* lines of it that change */
    struct event_cart_line *losses;
    uint32_t count; /* of gains, and of losses */
    uint32_t left;  /* pieces that stay with the guest */
};

static struct cart_line *line_of(struct merge *merge, uint32_t product)
{
    for (uint32_t i = 0; i < merge->line_count; i++) {
        if (merge->lines[i].product == product)
            return &merge->lines[i];
    }
    if (merge->line_count == CART_LINES_MAX)
        return NULL;
    merge->lines[merge->line_count] = (struct cart_line){.product = product};
    return &merge->lines[merge->line_count++];
}

static void merge_line(struct merge *merge, const struct cart_line *from)
{
    struct cart_line *line = line_of(merge, from->product);
    uint32_t room = line == NULL ? 0 : CART_QUANTITY_MAX - line->quantity;
    uint32_t moved = from->quantity < room ? from->quantity : room;
    merge->left += from->quantity - moved;
    if (moved == 0)
        return;
    line->quantity += moved;
    merge->gains[merge->count] = (struct event_cart_line){from->product, line->quantity};
    merge->losses[merge->count] = (struct event_cart_line){from->product, from->quantity - moved};
    merge->count++;
}

static struct merge merge_lines(struct arena *arena, const struct cart *mine,
                                const struct cart *guest)
{
    size_t room = (size_t)mine->line_count + guest->line_count;
    struct merge merge = {
        .lines = arena_alloc_array(arena, room, sizeof(*merge.lines)),
        .line_count = mine->line_count,
        .gains = arena_alloc_array(arena, guest->line_count, sizeof(*merge.gains)),
        .losses = arena_alloc_array(arena, guest->line_count, sizeof(*merge.losses)),
    };
    memcpy(merge.lines, mine->lines, mine->line_count * sizeof(*merge.lines));
    for (uint32_t i = 0; i < guest->line_count; i++)
        merge_line(&merge, &guest->lines[i]);
    return merge;
}

static void append_changed(struct decision *decision, const struct cart *after,
                           const struct event_cart_line *lines, uint32_t line_count)
{
    struct event_cart_changed *changed = decision_append(
        decision, EVENT_CART_CHANGED, sizeof(*changed) + line_count * sizeof(*lines));
    changed->cart = after->number;
    changed->contact = after->contact;
    changed->customer = after->customer;
    changed->line_count = line_count;
    if (line_count > 0)
        memcpy(changed + 1, lines, line_count * sizeof(*lines));
}

static bool amounts_are_money(const struct decision *decision, const struct cart *cart)
{
    static const char nowhere[4];
    struct quote *quote;
    return quote_make(decision->shop, cart, nowhere, decision_time(decision), decision->arena,
                      &quote)
               .code == ERR_NONE;
}

/* Whom the guest's cart knew is not needed any more once it is empty: the customer is known. */
static void merge_carts(struct decision *decision, const struct cart *mine,
                        const struct cart *guest)
{
    struct merge merge = merge_lines(decision->arena, mine, guest);
    struct cart after = *mine;
    after.lines = merge.lines;
    after.line_count = merge.line_count;
    if (merge.count == 0 || !amounts_are_money(decision, &after))
        return;
    append_changed(decision, mine, merge.gains, merge.count);
    struct cart rest = *guest;
    if (merge.left == 0)
        rest.contact = 0;
    append_changed(decision, &rest, merge.losses, merge.count);
    if (rest.contact != guest->contact)
        customer_change_erase_contacts(decision, 0, &guest->contact, 1);
}

uint64_t cart_merge_append(struct decision *decision, uint32_t number,
                           const struct customer *customer, uint64_t guest_cart)
{
    const struct carts *carts = &decision->shop->carts;
    const struct cart *mine = cart_find(carts, customer->cart);
    const struct cart *guest = cart_find(carts, guest_cart);
    uint64_t kept = mine == NULL ? 0 : mine->number;
    if (guest == NULL || guest->customer != 0 || guest->line_count == 0)
        return kept;
    if (mine != NULL && mine->line_count > 0) {
        merge_carts(decision, mine, guest);
        return kept;
    }
    struct cart taken = *guest;
    taken.customer = number;
    append_changed(decision, &taken, NULL, 0);
    return taken.number;
}
