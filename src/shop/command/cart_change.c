#include "shop/command/cart_change.h"

#include <string.h>

/*
 * The draft's first lines are those of the cart, in place; a line taken out stays as quantity 0
 * until the end, so that position n of both is the same product. New products follow.
 */
struct cart_draft {
    const struct cart *before; /* NULL = not in memory: an empty cart */
    uint32_t before_count;
    struct cart_line *lines;
    uint32_t line_count;
    uint32_t live_count; /* lines with quantity > 0 */
    uint32_t *positions; /* of each line of the command in lines[] */
};

struct err cart_change_check_owner(const struct cart *cart, uint32_t customer)
{
    if (cart != NULL && customer != 0 && cart->customer != 0 && cart->customer != customer)
        return ERR(ERR_CART_OWNED);
    return OK;
}

struct err cart_change_check_asker(const struct cart *cart, uint32_t asker)
{
    bool is_the_askers = cart != NULL && cart->customer == asker;
    return asker == 0 || is_the_askers ? OK : ERR(ERR_CART_UNKNOWN);
}

static struct cart_draft draft_begin(const struct decision *decision,
                                     const struct cart_command *command, const struct cart *before)
{
    uint32_t count = before == NULL ? 0 : before->line_count;
    struct cart_draft draft = {
        .before = before,
        .before_count = count,
        .lines = arena_alloc_array(decision->arena, (size_t)count + command->line_count,
                                   sizeof(*draft.lines)),
        .line_count = count,
        .live_count = count,
        .positions =
            arena_alloc_array(decision->arena, command->line_count, sizeof(*draft.positions)),
    };
    if (count > 0)
        memcpy(draft.lines, before->lines, count * sizeof(*draft.lines));
    return draft;
}

static uint32_t draft_position(struct cart_draft *draft, uint32_t product)
{
    uint32_t i = 0;
    while (i < draft->line_count && draft->lines[i].product != product)
        i++;
    if (i == draft->line_count)
        draft->lines[draft->line_count++] = (struct cart_line){.product = product};
    return i;
}

static struct err draft_set(struct cart_draft *draft, struct cart_line *line, uint64_t quantity)
{
    if (quantity > CART_QUANTITY_MAX)
        return ERR_AT(ERR_QUANTITY_LIMIT, 0, CART_QUANTITY_MAX);
    if (line->quantity > 0)
        draft->live_count--;
    if (quantity > 0)
        draft->live_count++;
    line->quantity = (uint32_t)quantity;
    return OK;
}

static struct err draft_apply(struct cart_draft *draft, const struct cart_command *command,
                              struct err (*rule)(uint32_t asked, uint32_t now,
                                                 uint64_t *quantity_out))
{
    for (uint32_t i = 0; i < command->line_count; i++) {
        draft->positions[i] = draft_position(draft, command->lines[i].product);
        struct cart_line *line = &draft->lines[draft->positions[i]];
        uint64_t quantity = 0;
        struct err err = rule(command->lines[i].quantity, line->quantity, &quantity);
        if (err.code == ERR_NONE)
            err = draft_set(draft, line, quantity);
        if (err.code != ERR_NONE)
            return ERR_AT(err.code, i, err.value);
    }
    /* Only now: a command may take some lines out and put others in. */
    if (draft->live_count > CART_LINES_MAX)
        return ERR_AT(ERR_CART_LINES_LIMIT, 0, CART_LINES_MAX);
    return OK;
}

static bool is_raised(const struct cart_draft *draft, uint32_t position)
{
    uint32_t before = position < draft->before_count ? draft->before->lines[position].quantity : 0;
    return draft->lines[position].quantity > before;
}

static struct err check_products(const struct decision *decision, const struct cart_draft *draft,
                                 const struct cart_command *command)
{
    for (uint32_t i = 0; i < command->line_count; i++) {
        if (!is_raised(draft, draft->positions[i]))
            continue;
        const struct product *product =
            catalog_find(&decision->shop->catalog, command->lines[i].product);
        if (product == NULL)
            return ERR_AT(ERR_PRODUCT_UNKNOWN, i, 0);
        if (product->status == PRODUCT_ARCHIVED)
            return ERR_AT(ERR_PRODUCT_ARCHIVED, i, 0);
    }
    return OK;
}

static void add_shortage(struct cart_command *command, struct shortage shortage)
{
    if (command->shortage_count == 0)
        command->shortages = arena_alloc_array(command->command.arena, command->line_count,
                                               sizeof(*command->shortages));
    ensure(command->shortage_count < command->line_count);
    command->shortages[command->shortage_count++] = shortage;
}

static struct err check_stock(const struct decision *decision, const struct cart_draft *draft,
                              struct cart_command *command)
{
    command->shortage_count = 0;
    for (uint32_t i = 0; i < command->line_count; i++) {
        const struct cart_line *line = &draft->lines[draft->positions[i]];
        uint32_t available = stock_available(&decision->shop->stock, line->product);
        if (is_raised(draft, draft->positions[i]) && line->quantity > available)
            add_shortage(command, (struct shortage){.line = i,
                                                    .product = line->product,
                                                    .wanted = line->quantity,
                                                    .available = available});
    }
    if (command->shortage_count > 0)
        return ERR_AT(ERR_OUT_OF_STOCK, command->shortages[0].line,
                      command->shortages[0].available);
    return OK;
}

/* The lines that differ from the cart, for the event. */
static uint32_t changed_lines(const struct cart_draft *draft, struct event_cart_line *changed_out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < draft->line_count; i++) {
        uint32_t before = i < draft->before_count ? draft->before->lines[i].quantity : 0;
        if (draft->lines[i].quantity != before)
            changed_out[count++] =
                (struct event_cart_line){draft->lines[i].product, draft->lines[i].quantity};
    }
    return count;
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
    memcpy(changed + 1, lines, line_count * sizeof(*lines));
}

/* The cart as it will be once the event is applied; its lines are the draft's without those taken
 * out. */
static struct cart cart_after(const struct cart_command *command, struct cart_draft *draft)
{
    struct cart cart = {.number = command->cart};
    if (draft->before != NULL)
        cart = *draft->before;
    cart.lines = draft->lines;
    cart.line_count = 0;
    for (uint32_t i = 0; i < draft->line_count; i++) {
        if (draft->lines[i].quantity > 0)
            draft->lines[cart.line_count++] = draft->lines[i];
    }
    return cart;
}

/* The quote counts lines of the cart; the caller knows those of its command. */
static struct err err_of_command_line(const struct cart_command *command, const struct cart *cart,
                                      struct err err)
{
    uint32_t line = 0;
    while (line < command->line_count &&
           command->lines[line].product != cart->lines[err.index].product)
        line++;
    return ERR_AT(err.code, line < command->line_count ? line : 0, err.value);
}

struct err cart_change_decide(struct decision *decision, struct cart_command *command,
                              struct err (*rule)(uint32_t asked, uint32_t now,
                                                 uint64_t *quantity_out))
{
    const struct cart *before = cart_find(&decision->shop->carts, command->cart);
    ensure(command->cart != 0);
    ensure(command->line_count > 0);
    TRY(cart_change_check_asker(before, command->asker));
    TRY(cart_change_check_owner(before, command->customer));
    TRY(version_guard_check(&command->guard, cart_version(before)));

    struct cart_draft draft = draft_begin(decision, command, before);
    TRY(draft_apply(&draft, command, rule));
    TRY(check_products(decision, &draft, command));
    TRY(check_stock(decision, &draft, command));

    struct event_cart_line *changed =
        arena_alloc_array(decision->arena, draft.line_count, sizeof(*changed));
    uint32_t changed_count = changed_lines(&draft, changed);
    struct cart after = cart_after(command, &draft);
    if (changed_count > 0) {
        after.touched_ms = decision_time(decision);
        after.expires_ms = 0;
    }
    struct err err = quote_make(decision->shop, &after, command->country, decision_time(decision),
                                command->command.arena, &command->quote);
    if (err.code != ERR_NONE)
        return err_of_command_line(command, &after, err);
    if (changed_count > 0)
        append_changed(decision, &after, changed, changed_count);
    return OK;
}

uint32_t cart_change_cost(const struct command *command)
{
    uint32_t lines = ((const struct cart_command *)command)->line_count;
    return lines == 0 ? 1 : lines;
}
