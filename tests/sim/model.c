#include "sim/model.h"

#include <string.h>

static struct verdict verdict_of(enum err_code code)
{
    return (struct verdict){.code = code};
}

/* ---- stock ---- */

int64_t model_available(const struct model *model, uint32_t product)
{
    int64_t available = 0;
    for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++)
        available +=
            model->products[product].on_hand[place] - model->products[product].reserved[place];
    return available;
}

static enum err_code stock_change(struct model *model, uint32_t product, uint32_t place,
                                  int64_t change)
{
    struct model_product *it = &model->products[product];
    int64_t after = it->on_hand[place] + change;
    if (after < 0)
        return ERR_STOCK_SHORT;
    if (after < it->reserved[place])
        return ERR_STOCK_RESERVED;
    it->on_hand[place] = after;
    return ERR_NONE;
}

struct verdict model_stock_add(struct model *model, uint32_t product, uint32_t location,
                               int64_t quantity)
{
    return verdict_of(stock_change(model, product, location, quantity));
}

struct verdict model_stock_transfer(struct model *model, uint32_t product, uint32_t from,
                                    uint32_t to, int64_t quantity)
{
    enum err_code code = stock_change(model, product, from, -quantity);
    if (code == ERR_NONE)
        code = stock_change(model, product, to, quantity);
    return verdict_of(code);
}

struct verdict model_stock_count(struct model *model, uint32_t product, uint32_t location,
                                 int64_t on_hand)
{
    int64_t change = on_hand - model->products[product].on_hand[location];
    return verdict_of(stock_change(model, product, location, change));
}

/* ---- prices ---- */

struct verdict model_pricing(struct model *model, bool bulk, bool membership, bool stacked)
{
    model->bulk = bulk;
    model->membership = membership;
    model->stacked = stacked;
    return verdict_of(ERR_NONE);
}

static int64_t percent_half_up(int64_t amount, int64_t percent)
{
    return (amount * percent * 2 + 100) / 200;
}

static int64_t line_discount(const struct model *model, uint32_t customer, int64_t price,
                             int64_t quantity)
{
    int64_t amount = price * quantity;
    bool bulk = model->bulk && quantity >= 5;
    bool member = model->membership && customer != 0 && model->is_member[customer] &&
                  !model->is_erased[customer];
    int64_t first = bulk ? percent_half_up(amount, 10) : 0;
    if (!model->stacked) {
        int64_t second = member ? percent_half_up(amount, 15) : 0;
        return second > first ? second : first;
    }
    return first + (member ? percent_half_up(amount - first, 15) : 0);
}

/* ---- carts ---- */

static uint32_t cart_position(const struct model_cart *cart, uint32_t product)
{
    uint32_t i = 0;
    while (i < cart->line_count && cart->products[i] != product)
        i++;
    return i;
}

static void cart_touch(const struct model *model, struct model_cart *cart)
{
    cart->touched_ms = model->now_ms;
    cart->expires_ms = 0;
}

static void cart_remove(struct model_cart *cart, uint32_t position)
{
    for (uint32_t i = position; i + 1 < cart->line_count; i++) {
        cart->products[i] = cart->products[i + 1];
        cart->quantities[i] = cart->quantities[i + 1];
    }
    cart->line_count--;
}

static struct verdict cart_put(struct model *model, struct model_cart *cart, uint32_t product,
                               int64_t quantity)
{
    uint32_t at = cart_position(cart, product);
    if (quantity == 0) {
        if (at == cart->line_count)
            return verdict_of(ERR_CART_LINE_UNKNOWN);
        cart_remove(cart, at);
        cart_touch(model, cart);
        return verdict_of(ERR_NONE);
    }
    bool more = at == cart->line_count || quantity > cart->quantities[at];
    if (more && model->products[product].archived)
        return verdict_of(ERR_PRODUCT_ARCHIVED);
    if (more && quantity > model_available(model, product))
        return (struct verdict){.code = ERR_OUT_OF_STOCK, .short_count = 1};
    if (at == cart->line_count) {
        cart->products[at] = product;
        cart->quantities[at] = 0;
        cart->line_count++;
    }
    if (cart->quantities[at] != quantity)
        cart_touch(model, cart);
    cart->quantities[at] = quantity;
    return verdict_of(ERR_NONE);
}

struct verdict model_cart_add(struct model *model, uint32_t cart, uint32_t product,
                              int64_t quantity)
{
    struct model_cart *it = &model->carts[cart];
    uint32_t at = cart_position(it, product);
    int64_t there = at < it->line_count ? it->quantities[at] : 0;
    return cart_put(model, it, product, there + quantity);
}

struct verdict model_cart_set(struct model *model, uint32_t cart, uint32_t product,
                              int64_t quantity)
{
    return cart_put(model, &model->carts[cart], product, quantity);
}

/* ---- checkout ---- */

int64_t model_order_total(const struct model_order *order)
{
    int64_t total = 0;
    for (uint32_t i = 0; i < order->line_count; i++)
        total += order->lines[i].price * order->lines[i].quantity - order->lines[i].discount;
    return total;
}

static bool place_fills(const struct model *model, uint32_t place, uint32_t product,
                        int64_t quantity)
{
    const struct model_product *it = &model->products[product];
    return it->on_hand[place] - it->reserved[place] >= quantity;
}

/* Pieces of a line that are still to be sent. */
static int64_t left_of(const struct model_line *line)
{
    int64_t left = line->quantity;
    for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++)
        left -= line->shipped[place];
    return left;
}

/* The first place that has all of every line; 0 = none. */
static uint32_t place_for_all(const struct model *model, const struct model_order *order)
{
    for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++) {
        bool all = true;
        for (uint32_t i = 0; i < order->line_count; i++) {
            int64_t left = left_of(&order->lines[i]);
            all = all && place_fills(model, place, order->lines[i].product, left);
        }
        if (all)
            return place;
    }
    return 0;
}

static void reserve_line(struct model *model, struct model_line *line, uint32_t preferred)
{
    struct model_product *product = &model->products[line->product];
    int64_t left = left_of(line);
    uint32_t whole = preferred;
    for (uint32_t place = 1; place <= MODEL_LOCATIONS && whole == 0; place++) {
        if (place_fills(model, place, line->product, left))
            whole = place;
    }
    for (uint32_t place = 1; place <= MODEL_LOCATIONS && left > 0; place++) {
        if (whole != 0 && place != whole)
            continue;
        int64_t free = product->on_hand[place] - product->reserved[place];
        int64_t taken = free < left ? free : left;
        line->reserved[place] = taken;
        product->reserved[place] += taken;
        left -= taken;
    }
}

static void reserve(struct model *model, struct model_order *order)
{
    uint32_t preferred = place_for_all(model, order);
    for (uint32_t i = 0; i < order->line_count; i++)
        reserve_line(model, &order->lines[i], preferred);
}

static struct verdict judge_cart(const struct model *model, const struct model_cart *cart,
                                 int64_t expected_total)
{
    struct verdict verdict = {.code = ERR_NONE};
    for (uint32_t i = 0; i < cart->line_count; i++) {
        const struct model_product *product = &model->products[cart->products[i]];
        if (product->archived)
            return verdict_of(ERR_PRODUCT_ARCHIVED);
        verdict.total += product->price * cart->quantities[i] -
                         line_discount(model, cart->customer, product->price, cart->quantities[i]);
        verdict.short_count += cart->quantities[i] > model_available(model, cart->products[i]);
    }
    if (cart->line_count == 0)
        verdict.code = ERR_CART_EMPTY;
    else if (expected_total >= 0 && expected_total != verdict.total)
        verdict.code = ERR_PRICE_CHANGED;
    else if (verdict.short_count > 0)
        verdict.code = ERR_OUT_OF_STOCK;
    return verdict;
}

static uint64_t order_with_key(const struct model *model, uint64_t cart, uint64_t key)
{
    for (uint64_t i = 1; i <= model->order_count; i++) {
        if (model->orders[i].key == key && model->orders[i].cart == cart)
            return i;
    }
    return 0;
}

static int64_t total_as_placed(const struct model_order *order)
{
    int64_t total = 0;
    for (uint32_t i = 0; i < order->line_count; i++)
        total += order->lines[i].price * order->lines[i].ordered - order->lines[i].discount_ordered;
    return total;
}

struct verdict model_checkout(struct model *model, uint32_t cart, uint64_t key, uint64_t body,
                              int64_t expected_total)
{
    struct model_cart *from = &model->carts[cart];
    uint64_t known = order_with_key(model, from->number, key);
    if (known != 0 && model->orders[known].body != body)
        return verdict_of(ERR_IDEMPOTENCY_REUSED);
    if (known != 0)
        return (struct verdict){.code = ERR_NONE,
                                .order = known,
                                .total = total_as_placed(&model->orders[known]),
                                .is_replay = true};

    struct verdict verdict = judge_cart(model, from, expected_total);
    if (verdict.code != ERR_NONE)
        return verdict;
    struct model_order *order = &model->orders[++model->order_count];
    *order = (struct model_order){.cart = from->number,
                                  .customer = from->customer,
                                  .key = key,
                                  .body = body,
                                  .placed_ms = model->now_ms,
                                  .state = ORDER_PENDING,
                                  .line_count = from->line_count};
    for (uint32_t i = 0; i < from->line_count; i++) {
        int64_t price = model->products[from->products[i]].price;
        int64_t discount = line_discount(model, from->customer, price, from->quantities[i]);
        order->lines[i] = (struct model_line){.product = from->products[i],
                                              .ordered = from->quantities[i],
                                              .quantity = from->quantities[i],
                                              .price = price,
                                              .discount_ordered = discount,
                                              .discount = discount};
    }
    reserve(model, order);
    from->line_count = 0;
    from->expires_ms = 0;
    verdict.order = model->order_count;
    return verdict;
}

/* ---- orders of another shop ---- */

static bool is_here(const struct model_order *here, const struct model_import *import)
{
    int64_t total = 0;
    bool same = here->placed_ms == import->placed_ms && here->customer == import->customer &&
                here->line_count == import->line_count;
    for (uint32_t i = 0; i < import->line_count && same; i++) {
        total +=
            import->lines[i].price * import->lines[i].ordered - import->lines[i].discount_ordered;
        same = here->lines[i].product == import->lines[i].product &&
               here->lines[i].ordered == import->lines[i].ordered &&
               here->lines[i].price == import->lines[i].price;
    }
    return same && total_as_placed(here) == total;
}

static bool is_taken(const struct model *model, const struct model_import *import)
{
    if (import->number != model->order_count + 1 || import->is_false ||
        import->placed_ms < model->orders[model->order_count].placed_ms ||
        import->placed_ms > model->now_ms || model->is_erased[import->customer])
        return false;
    for (uint32_t i = 0; i < import->line_count; i++) {
        if (import->lines[i].quantity - import->lines[i].sent >
            model_available(model, import->lines[i].product))
            return false;
    }
    return true;
}

int64_t model_discount(int64_t discount_ordered, int64_t quantity, int64_t ordered)
{
    return (discount_ordered * quantity * 2 + ordered) / (ordered * 2);
}

struct verdict model_import(struct model *model, const struct model_import *import)
{
    bool is_old = import->number <= model->order_count;
    if (is_old && is_here(&model->orders[import->number], import))
        return (struct verdict){.code = ERR_NONE, .is_replay = true};
    if (is_old || !is_taken(model, import))
        return verdict_of(ERR_ORDER_IMPORT);
    struct model_order *order = &model->orders[++model->order_count];
    bool is_sent = false;
    *order = (struct model_order){.cart = import->number,
                                  .customer = import->customer,
                                  .placed_ms = import->placed_ms,
                                  .state = import->state,
                                  .line_count = import->line_count,
                                  .captured = import->is_paid};
    for (uint32_t i = 0; i < import->line_count; i++) {
        struct model_line *line = &order->lines[i];
        line->product = import->lines[i].product;
        line->ordered = import->lines[i].ordered;
        line->quantity = import->lines[i].quantity;
        line->price = import->lines[i].price;
        line->discount_ordered = import->lines[i].discount_ordered;
        line->discount = model_discount(line->discount_ordered, line->quantity, line->ordered);
        line->shipped[import->place] = import->lines[i].sent;
        is_sent = is_sent || import->lines[i].sent > 0;
    }
    reserve(model, order);
    if (is_sent)
        order->shipments[order->shipment_count++] =
            (struct model_shipment){.location = import->place, .delivered = import->is_delivered};
    if (import->is_paid) {
        order->said[import->payment] = MONEY_CONFIRMED;
        order->paid = model_order_total(order);
    }
    return verdict_of(ERR_NONE);
}

/* ---- orders ---- */

struct verdict model_correct(struct model *model, uint64_t number)
{
    const struct model_order *order = &model->orders[number];
    if (order->state != ORDER_PENDING && order->state != ORDER_CONFIRMED)
        return verdict_of(ERR_ORDER_TRANSITION);
    return verdict_of(order->is_erased ? ERR_ORDER_CONTACT : ERR_NONE);
}

struct verdict model_erase(struct model *model, uint64_t number)
{
    model->orders[number].is_erased = true;
    return verdict_of(ERR_NONE);
}

struct verdict model_confirm(struct model *model, uint64_t order)
{
    if (model->orders[order].state != ORDER_PENDING)
        return verdict_of(ERR_ORDER_TRANSITION);
    model->orders[order].state = ORDER_CONFIRMED;
    return verdict_of(ERR_NONE);
}

/* Gives back from the last place to the first. */
static void cancel_line(struct model *model, struct model_line *line, int64_t quantity)
{
    line->quantity -= quantity;
    line->discount = model_discount(line->discount_ordered, line->quantity, line->ordered);
    for (uint32_t place = MODEL_LOCATIONS; place >= 1; place--) {
        int64_t given = line->reserved[place] < quantity ? line->reserved[place] : quantity;
        line->reserved[place] -= given;
        model->products[line->product].reserved[place] -= given;
        quantity -= given;
    }
}

struct verdict model_cancel(struct model *model, uint64_t number, int line, int64_t quantity)
{
    struct model_order *order = &model->orders[number];
    if (order->state != ORDER_PENDING && order->state != ORDER_CONFIRMED)
        return verdict_of(ERR_ORDER_TRANSITION);
    if (line >= (int)order->line_count)
        return verdict_of(ERR_ORDER_LINE);
    if (line >= 0 && (order->lines[line].quantity == 0 || quantity > order->lines[line].quantity))
        return verdict_of(ERR_ORDER_QUANTITY);

    int64_t left = 0;
    for (int i = 0; i < (int)order->line_count; i++) {
        struct model_line *it = &order->lines[i];
        if (line < 0 || i == line)
            cancel_line(model, it, line < 0 || quantity == 0 ? it->quantity : quantity);
        left += it->quantity;
    }
    if (left == 0)
        order->state = ORDER_CANCELLED;
    if (order->captured)
        order->paid = model_order_total(order);
    return (struct verdict){.code = ERR_NONE, .total = model_order_total(order)};
}

static enum model_money money_for(const struct model_order *order, bool succeeded, int64_t amount)
{
    if (!succeeded)
        return order->state == ORDER_PENDING ? MONEY_CANCELLED : MONEY_IGNORED;
    if (order->captured || order->state == ORDER_CANCELLED || amount != model_order_total(order))
        return MONEY_ORPHANED;
    return order->state == ORDER_PENDING ? MONEY_CONFIRMED : MONEY_CAPTURED;
}

struct verdict model_payment(struct model *model, uint64_t number, uint32_t id, bool succeeded,
                             int64_t amount)
{
    struct model_order *order = &model->orders[number];
    struct verdict verdict = {.code = ERR_NONE, .is_replay = order->said[id] != MONEY_UNSAID};
    if (!verdict.is_replay)
        order->said[id] = money_for(order, succeeded, amount);
    verdict.money = order->said[id];
    if (verdict.is_replay)
        return verdict;
    if (verdict.money == MONEY_CONFIRMED || verdict.money == MONEY_CAPTURED) {
        order->captured = true;
        order->paid = amount;
    }
    if (verdict.money == MONEY_CONFIRMED)
        order->state = ORDER_CONFIRMED;
    if (verdict.money == MONEY_CANCELLED)
        (void)model_cancel(model, number, -1, 0);
    return verdict;
}

/* ---- what time ends ---- */

void model_start(struct model *model)
{
    model->look_ms = 0;
}

uint32_t model_due_orders(struct model *model, uint64_t wall_ms, uint64_t due_out[MODEL_ORDERS_MAX])
{
    uint32_t count = 0;
    if (model->look_ms == 0 || wall_ms > model->look_ms + MODEL_GAP_MS)
        model->quiet_until_ms = wall_ms + MODEL_GRACE_MS;
    if (wall_ms > model->look_ms)
        model->look_ms = wall_ms;
    if (model->look_ms < model->quiet_until_ms)
        return 0;
    for (uint64_t i = 1; i <= model->order_count; i++) {
        if (model->orders[i].state == ORDER_PENDING &&
            model->orders[i].placed_ms + MODEL_PAYMENT_MS <= model->look_ms)
            due_out[count++] = i;
    }
    return count;
}

bool model_cart_is_due(const struct model *model, uint32_t cart)
{
    const struct model_cart *it = &model->carts[cart];
    if (it->line_count == 0 || model->look_ms < model->quiet_until_ms)
        return false;
    if (it->expires_ms != 0)
        return it->expires_ms <= model->look_ms;
    return it->touched_ms + MODEL_CART_MS - MODEL_WARNING_MS <= model->look_ms;
}

void model_cart_end(struct model *model, uint32_t cart)
{
    struct model_cart *it = &model->carts[cart];
    if (it->expires_ms != 0) {
        it->line_count = 0;
        it->expires_ms = 0;
        return;
    }
    it->expires_ms = it->touched_ms + MODEL_CART_MS;
    if (it->expires_ms < model->now_ms + MODEL_WARNING_MS)
        it->expires_ms = model->now_ms + MODEL_WARNING_MS;
}

void model_expire(struct model *model, uint64_t order)
{
    (void)model_cancel(model, order, -1, 0);
}

static int64_t reserved_at(const struct model_order *order, uint32_t place)
{
    int64_t reserved = 0;
    for (uint32_t i = 0; i < order->line_count; i++)
        reserved += order->lines[i].reserved[place];
    return reserved;
}

static void ship_from(struct model *model, struct model_order *order, uint32_t place)
{
    for (uint32_t i = 0; i < order->line_count; i++) {
        struct model_line *line = &order->lines[i];
        struct model_product *product = &model->products[line->product];
        product->on_hand[place] -= line->reserved[place];
        product->reserved[place] -= line->reserved[place];
        line->shipped[place] += line->reserved[place];
        line->reserved[place] = 0;
    }
    order->shipments[order->shipment_count++].location = place;
    order->state = ORDER_SHIPPED;
}

struct verdict model_ship(struct model *model, uint64_t number, uint32_t location)
{
    struct model_order *order = &model->orders[number];
    int64_t reserved = 0;
    for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++)
        reserved += reserved_at(order, place);
    if (order->state != ORDER_CONFIRMED && order->state != ORDER_SHIPPED)
        return verdict_of(ERR_ORDER_TRANSITION);
    if (location != 0 && reserved_at(order, location) == 0)
        return verdict_of(ERR_LOCATION_NOTHING);
    if (reserved == 0)
        return verdict_of(ERR_ORDER_TRANSITION);
    for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++) {
        if ((location == 0 || place == location) && reserved_at(order, place) > 0)
            ship_from(model, order, place);
    }
    return verdict_of(ERR_NONE);
}

struct verdict model_deliver(struct model *model, uint64_t number, uint32_t shipment)
{
    struct model_order *order = &model->orders[number];
    if (order->state != ORDER_SHIPPED)
        return verdict_of(ERR_ORDER_TRANSITION);
    if (shipment > order->shipment_count)
        return verdict_of(ERR_SHIPMENT_UNKNOWN);
    int64_t open = 0;
    uint32_t arrived = 0;
    for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++)
        open += reserved_at(order, place);
    for (uint32_t i = 0; i < order->shipment_count; i++) {
        bool is_named = shipment == 0 || i + 1 == shipment;
        if (is_named && !order->shipments[i].delivered)
            arrived++;
        if (is_named)
            order->shipments[i].delivered = true;
        open += !order->shipments[i].delivered;
    }
    if (arrived == 0)
        return verdict_of(ERR_ORDER_TRANSITION);
    if (open == 0)
        order->state = ORDER_DELIVERED;
    return verdict_of(ERR_NONE);
}

struct verdict model_tracking(struct model *model, uint64_t number, uint32_t shipment, uint32_t id,
                              bool arrived)
{
    struct model_order *order = &model->orders[number];
    if (shipment == 0 || shipment > order->shipment_count)
        return verdict_of(ERR_SHIPMENT_UNKNOWN);
    struct model_shipment *parcel = &order->shipments[shipment - 1];
    struct verdict verdict = {.code = ERR_NONE, .is_replay = parcel->said[id]};
    parcel->said[id] = true;
    if (!verdict.is_replay && arrived && !parcel->delivered)
        (void)model_deliver(model, number, shipment);
    return verdict;
}
