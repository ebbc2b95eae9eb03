/* world_compare.c - a simulated shop against the books that were kept apart, and against the
 * auditor's.
 */
#include "app/audit.h"
#include "sim/fault_vfs.h"
#include "sim/world_parts.h"

static void compare_stock(struct world *world)
{
    for (uint32_t product = 1; product <= world->model.product_count; product++) {
        const struct model_product *books = &world->model.products[product];
        for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++) {
            const struct stock_row *row = stock_find(&world->shop.stock, product, (uint16_t)place);
            int64_t on_hand = row != NULL ? row->on_hand : 0;
            int64_t reserved = row != NULL ? row->reserved : 0;
            if (on_hand != books->on_hand[place] || reserved != books->reserved[place])
                world_find(world,
                           "product %u at %u: on hand %ld, reserved %ld; the books say %ld, %ld",
                           product, place, (long)on_hand, (long)reserved,
                           (long)books->on_hand[place], (long)books->reserved[place]);
        }
        const struct product *block = catalog_find(&world->shop.catalog, product);
        if (block == NULL || block->price_minor != books->price ||
            (block->status == PRODUCT_ARCHIVED) != books->archived ||
            block->category != books->category)
            world_find(world, "product %u: another price, status or category than the books have",
                       product);
    }
    if (world->shop.catalog.product_count != world->model.product_count)
        world_find(world, "there are %u products, the books say %u",
                   world->shop.catalog.product_count, world->model.product_count);
}

static void compare_categories(struct world *world)
{
    const struct catalog *catalog = &world->shop.catalog;
    if (catalog->category_count != world->model.category_count) {
        world_find(world, "there are %u categories, the books say %u", catalog->category_count,
                   world->model.category_count);
        return;
    }
    for (uint32_t i = 1; i <= catalog->category_count; i++) {
        const struct model_category *books = &world->model.categories[i];
        const struct category *it = category_find(catalog, i);
        if (it->parent != books->parent ||
            !text_equal(text_of(it->name), intent_category_name(books->name)))
            world_find(world, "category %u: another name or place than the books have", i);
    }
}

static void compare_carts(struct world *world)
{
    for (uint32_t i = 0; i < MODEL_CARTS; i++) {
        const struct model_cart *books = &world->model.carts[i];
        const struct cart *cart = cart_find(&world->shop.carts, books->number);
        uint32_t lines = cart != NULL ? cart->line_count : 0;
        if (lines != books->line_count)
            world_find(world, "cart %u: %u lines, the books have %u", i, lines, books->line_count);
        if (lines > 0 &&
            (cart->touched_ms != books->touched_ms || cart->expires_ms != books->expires_ms))
            world_find(world, "cart %u: touched at %lu, ends at %lu; the books say %lu, %lu", i,
                       (unsigned long)cart->touched_ms, (unsigned long)cart->expires_ms,
                       (unsigned long)books->touched_ms, (unsigned long)books->expires_ms);
        for (uint32_t line = 0; line < lines && line < books->line_count; line++) {
            if (cart->lines[line].product != books->products[line] ||
                cart->lines[line].quantity != books->quantities[line])
                world_find(world, "cart %u: line %u differs from the books", i, line);
        }
    }
}

static void compare_order_line(struct world *world, uint64_t number, const struct order *order,
                               uint32_t line)
{
    const struct model_line *books = &world->model.orders[number].lines[line];
    const struct order_line *it = &order->lines[line];
    int64_t reserved[MODEL_LOCATIONS + 1] = {0};
    int64_t shipped[MODEL_LOCATIONS + 1] = {0};
    for (uint32_t i = 0; i < order->part_count; i++) {
        if (order->parts[i].line == line) {
            reserved[order->parts[i].location] += order->parts[i].reserved;
            shipped[order->parts[i].location] += order->parts[i].shipped;
        }
    }
    bool same = it->product == books->product && it->quantity == books->quantity &&
                it->quantity_ordered == books->ordered && it->unit_price_minor == books->price &&
                it->discount_minor == books->discount &&
                it->discount_ordered_minor == books->discount_ordered;
    for (uint32_t place = 1; place <= MODEL_LOCATIONS; place++)
        same = same && reserved[place] == books->reserved[place] &&
               shipped[place] == books->shipped[place];
    if (!same)
        world_find(world, "order %lu: line %u differs from the books", (unsigned long)number, line);
}

static void compare_order(struct world *world, uint64_t number, struct arena *arena)
{
    const struct model_order *books = &world->model.orders[number];
    struct order *order = order_find(&world->shop.orders, number);
    if (order == NULL && store_read_order(world->reader, number, arena, &order).code != ERR_NONE) {
        world_find(world, "order %lu cannot be read", (unsigned long)number);
        return;
    }
    if (order == NULL) {
        world_find(world, "order %lu is lost", (unsigned long)number);
        return;
    }
    if (order->state != books->state || order->line_count != books->line_count ||
        order->customer != books->customer || order->cart != books->cart ||
        order->totals.total_minor != model_order_total(books)) {
        world_find(world, "order %lu: state %d, total %ld; the books say %d, %ld",
                   (unsigned long)number, order->state, (long)order->totals.total_minor,
                   (int)books->state, (long)model_order_total(books));
        return;
    }
    /* Tables may be behind an erasure; whoever reads them knows of it. */
    bool may_lag = order_find(&world->shop.orders, number) == NULL && books->is_erased;
    if ((order->contact == 0) != books->is_erased && !may_lag)
        world_find(world,
                   "order %lu: it is known whom it went to, or it is not, unlike in the books",
                   (unsigned long)number);
    if (order_paid_minor(order) != books->paid)
        world_find(world, "order %lu: %ld are paid, the books say %ld", (unsigned long)number,
                   (long)order_paid_minor(order), (long)books->paid);
    for (uint32_t line = 0; line < books->line_count; line++)
        compare_order_line(world, number, order, line);
}

static void compare_reviews(struct world *world)
{
    for (uint32_t product = 1; product <= world->model.product_count; product++) {
        const struct product *it = catalog_find(&world->shop.catalog, product);
        uint32_t count;
        uint32_t stars = model_stars(&world->model, product, &count);
        uint32_t mean_x100 = count == 0 ? 0 : (stars * 200 + count) / (count * 2);
        if (it->rating_count != count || it->rating_x100 != mean_x100)
            world_find(world, "product %u is rated %u by %u, the books say %u by %u", product,
                       it->rating_x100, it->rating_count, mean_x100, count);
    }
}

static void compare_customers(struct world *world)
{
    if (world->shop.customers.count != world->model.customer_count)
        world_find(world, "there are %u customers, the books say %u", world->shop.customers.count,
                   world->model.customer_count);
    for (uint32_t i = 1; i <= MODEL_CUSTOMERS; i++) {
        const struct customer *it = customer_find(&world->shop.customers, i);
        if (it->tier != world->model.is_member[i] || it->is_erased != world->model.is_erased[i])
            world_find(world, "customer %u: tier %u, erased %d, unlike in the books", i, it->tier,
                       it->is_erased);
    }
    for (uint32_t i = 0; i < MODEL_EMAILS; i++) {
        const uint8_t tag[EMAIL_TAG_SIZE] = {(uint8_t)(1 + i)};
        uint32_t owner = customer_by_email(&world->shop.customers, tag);
        if (owner != world->model.has_email[i])
            world_find(world, "address %u is customer %u's, the books say %u's", i, owner,
                       world->model.has_email[i]);
    }
}

/* Every order now and then, the newest always. */
static void compare_orders(struct world *world, bool all)
{
    struct arena arena;
    arena_init(&arena, 1 << 16, 1 << 26);
    uint64_t count = world->model.order_count;
    if (world->shop.orders.last_number != count)
        world_find(world, "the last order is %lu, the books say %lu",
                   (unsigned long)world->shop.orders.last_number, (unsigned long)count);
    for (uint64_t number = all || count < 8 ? 1 : count - 7;
         number <= count && world->result.passed; number++)
        compare_order(world, number, &arena);
    arena_release(&arena);
}

static void audit_finding(void *context, const char *sentence)
{
    world_find(context, "audit: %s", sentence);
}

/* The auditor of `shopd audit`, over all events, against memory and tables. False when a planned
 * fault struck meanwhile: then the machine is dead, and nothing was found. */
static bool audit_everything(struct world *world)
{
    struct audit_options options = {.on_finding = audit_finding, .context = world};
    struct audit *audit = audit_open(&options);
    if (audit_read_events(audit, world->reader).code != ERR_NONE)
        world_find(world, "the events cannot be read");
    audit_compare_shop(audit, &world->shop);
    struct err err = OK;
    if (world->options->store == WORLD_SQLITE)
        err = store_fold_now(world->store);
    if (world->options->store == WORLD_SQLITE && err.code == ERR_NONE)
        err = audit_compare_orders(audit, world->reader);
    if (world->options->store == WORLD_SQLITE && err.code == ERR_NONE)
        err = audit_compare_contacts(audit, world->reader);
    audit_close(audit);
    if (err.code != ERR_NONE && !fault_vfs_struck())
        world_find(world, "the tables cannot be read");
    return err.code == ERR_NONE;
}

bool world_compare(struct world *world, bool thoroughly)
{
    shop_check(&world->shop);
    compare_stock(world);
    compare_categories(world);
    compare_carts(world);
    compare_customers(world);
    compare_reviews(world);
    compare_orders(world, thoroughly);
    return !thoroughly || !world->result.passed || audit_everything(world);
}
