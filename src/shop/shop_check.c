/* shop_check.c - the invariants that span modules. Walks everything: for tests and the simulator.
 */
#include "shop/shop.h"

/* A place of stock as a key of a map. */
static uint64_t place_key(uint32_t product, uint16_t location)
{
    return (uint64_t)product << 16 | location;
}

static void add_reserved(struct map *promised, const struct order *order)
{
    for (uint32_t i = 0; i < order->part_count; i++) {
        const struct order_part *part = &order->parts[i];
        uint64_t key = place_key(order->lines[part->line].product, part->location);
        uint64_t pieces = 0;
        bool is_known = map_find(promised, key, &pieces);
        if (is_known || part->reserved > 0) {
            map_put(promised, key, pieces + part->reserved);
        }
    }
}

/* Returns whether every order is in memory, so that reservations can be compared exactly. */
static bool check_orders(const struct shop *shop, struct map *promised)
{
    const struct map *by_number = &shop->orders.by_number;
    for (size_t i = 0; i < by_number->slot_count; i++) {
        if (by_number->slots[i].key == 0) {
            continue;
        }
        const struct order *order = order_find(&shop->orders, by_number->slots[i].key);
        order_check(order);
        ensure(order->number == by_number->slots[i].key);
        ensure(order->number <= shop->orders.last_number);
        ensure(order->last_event <= shop->last_event);
        ensure(order->currency == shop->currency);
        ensure(shop_pricing_version(shop, order->pricing_version) != NULL);
        add_reserved(promised, order);
    }
    return by_number->count == shop->orders.last_number;
}

static void check_stock(const struct shop *shop, const struct map *promised, bool is_exact)
{
    uint64_t places = 0;
    for (uint32_t product = 1; product <= shop->catalog.product_count; product++) {
        for (const struct stock_row *row = stock_first(&shop->stock, product); row != NULL;
             row = stock_next(&shop->stock, row)) {
            uint64_t pieces = 0;
            bool is_promised = map_find(promised, place_key(product, row->location), &pieces);
            ensure(row->product == product);
            ensure(row->reserved <= row->on_hand);
            ensure(pieces <= row->reserved);
            ensure(!is_exact || pieces == row->reserved);
            places += is_promised ? 1 : 0;
        }
    }
    ensure(places == promised->count);
}

static void check_cart(const struct shop *shop, const struct cart *cart)
{
    ensure(cart->line_count <= CART_LINES_MAX);
    ensure(cart->line_count <= cart->line_capacity);
    bool can_expire = cart->line_count > 0 || cart->contact != 0;
    ensure((cart->age == CART_AGELESS) == !can_expire);
    ensure(cart->age != CART_WARNED || cart->expires_ms != 0);
    ensure(cart->age != CART_FRESH || cart->expires_ms == 0);
    ensure(cart->contact <= shop->last_contact);
    ensure(cart->customer == 0 || customer_find(&shop->customers, cart->customer) != NULL);
    ensure(cart->last_order <= shop->orders.last_number);
    for (uint32_t i = 0; i < cart->line_count; i++) {
        const struct cart_line *line = &cart->lines[i];
        ensure(catalog_find(&shop->catalog, line->product) != NULL);
        ensure(line->quantity > 0);
        ensure(line->quantity <= CART_QUANTITY_MAX);
        ensure(cart_line_find(cart, line->product) == line);
    }
}

/* Each list holds its carts in the order of time, and no other; returns how many. */
static size_t check_ages(const struct shop *shop, enum cart_age age)
{
    size_t count = 0;
    uint64_t before_ms = 0;
    const struct cart *older = NULL;
    for (const struct cart *cart = carts_oldest(&shop->carts, age); cart != NULL;
         cart = cart->newer) {
        uint64_t at_ms = age == CART_WARNED ? cart->expires_ms : cart->touched_ms;
        ensure(cart->age == age);
        ensure(cart->older == older);
        ensure(at_ms >= before_ms);
        before_ms = at_ms;
        older = cart;
        count++;
    }
    return count;
}

static void check_carts(const struct shop *shop)
{
    size_t mortal = 0;
    const struct map *by_number = &shop->carts.by_number;
    for (size_t i = 0; i < by_number->slot_count; i++) {
        if (by_number->slots[i].key == 0) {
            continue;
        }
        const struct cart *cart = cart_find(&shop->carts, by_number->slots[i].key);
        ensure(cart->number == by_number->slots[i].key);
        check_cart(shop, cart);
        mortal += cart->age != CART_AGELESS;
    }
    ensure(check_ages(shop, CART_FRESH) + check_ages(shop, CART_WARNED) == mortal);
}

static uint32_t check_tokens(const struct shop *shop, uint32_t number)
{
    const struct customer *customer = customer_find(&shop->customers, number);
    const struct token *token = token_at(&shop->tokens, customer->token);
    uint32_t count = 0;
    for (; token != NULL; token = token_at(&shop->tokens, token->next)) {
        ensure(token->customer == number);
        ensure(token->created_ms < token->expires_ms);
        ensure(token_find(&shop->tokens, token->digest) == token);
        count++;
    }
    ensure(count <= TOKENS_PER_CUSTOMER_MAX);
    ensure(count == 0 || customer->password_event != 0);
    return count;
}

static void check_customers(const struct shop *shop)
{
    uint32_t tokens = 0;
    for (uint32_t i = 1; i <= shop->customers.count; i++) {
        const struct customer *customer = customer_find(&shop->customers, i);
        ensure(customer->last_order <= shop->orders.last_number);
        ensure(customer->contact <= shop->last_contact);
        ensure(!customer->is_erased || customer->contact == 0);
        ensure(customer->role < ROLE_COUNT);
        ensure(customer->password_event <= shop->last_event);
        ensure(customer->contact != 0 || customer->password_event == 0);
        ensure(customer->contact != 0 || customer->reset_event == 0);
        ensure(customer->reset_event <= shop->last_event);
        ensure((customer->reset_event == 0) == (customer->reset_until_ms == 0));
        tokens += check_tokens(shop, i);
    }
    ensure(tokens == shop->tokens.count);
    ensure(tokens == shop->tokens.by_digest.count);
    for (uint32_t row = shop->tokens.oldest; row != 0; row = token_at(&shop->tokens, row)->newer) {
        const struct token *token = token_at(&shop->tokens, row);
        ensure(token->customer != 0);
        ensure(token->older == 0 || token_at(&shop->tokens, token->older)->newer == row);
        ensure(token->newer != 0 || row == shop->tokens.newest);
        tokens--;
    }
    ensure(tokens == 0);
}

static void check_reviews(const struct shop *shop)
{
    const struct reviews *reviews = &shop->reviews;
    uint64_t stars = 0;
    uint64_t stars_of_sums = 0;
    uint32_t reviewed = 0;
    for (uint32_t i = 1; i <= reviews->count; i++) {
        const struct review *review = review_find(reviews, i);
        const struct customer *author = customer_find(&shop->customers, review->customer);
        ensure(author != NULL);
        ensure(review_of(reviews, review->customer, review->product) == i);
        ensure(review->older_of_product < i);
        ensure(review->older_of_customer < i);
        ensure(review->contact <= shop->last_contact);
        ensure(review->contact == 0 || review->state == REVIEW_SHOWN);
        ensure(review->contact == 0 || !author->is_erased);
        stars += review->state == REVIEW_SHOWN ? review->stars : 0;
        if (review->changed_event == shop->last_event)
            reviewed = review->product; /* its rating is the next event */
    }
    for (uint32_t i = 1; i <= shop->catalog.product_count; i++) {
        const struct product *product = catalog_find(&shop->catalog, i);
        struct review_sum sum = review_sum_of(reviews, i);
        struct rating rating = review_rating(&sum);
        bool is_told = i != reviewed && sum.count > 0;
        ensure(!is_told || product->rating_count == rating.count);
        ensure(!is_told || product->rating_x100 == rating.x100);
        stars_of_sums += sum.stars;
    }
    ensure(stars == stars_of_sums);
    ensure(reviews->by_pair.count == reviews->count);
}

static void check_keys(const struct shop *shop)
{
    const struct shop_keys *keys = &shop->keys;
    ensure(keys->first <= keys->next);
    ensure(keys->next - keys->first <= keys->capacity);
    ensure(keys->by_hash.count <= keys->next - keys->first);
    for (uint64_t position = keys->first; position < keys->next; position++) {
        const struct shop_key *key = &keys->ring[position & (keys->capacity - 1)];
        ensure(key->value <= shop->orders.last_number);
        ensure(key->last_event <= shop->last_event);
    }
}

void shop_check(const struct shop *shop)
{
    struct map promised;
    map_init(&promised, 0);
    bool is_exact = check_orders(shop, &promised);
    check_stock(shop, &promised, is_exact);
    map_release(&promised);
    check_carts(shop);
    check_customers(shop);
    check_reviews(shop);
    check_keys(shop);
}
