#include "search/view.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/queue.h"
#include "search/rcu.h"
#include "shop/event.h"

#include <string.h>

char search_grace_period; /* only its address is used */

enum {
    SLOTS_FIRST = 1024,
    CACHE_LINE = 64,
    FETCHED_SIZE = 448, /* of a block: most are shorter */
};

/* What changes of one product; side by side because a scan reads all of it. */
struct view_slot {
    const struct product *product; /* RCU */
    uint32_t available;            /* atomic */
    uint32_t sold;                 /* atomic */
};

/* Replaced by one twice as large when full; readers keep the old one until they are done. */
struct view_slots {
    struct rcu_head rcu;
    uint32_t capacity;
    struct view_slot items[]; /* [0] unused */
};

/* SKU -> product number, open addressing. An entry comes before its product is shown and stays
 * when the product takes another SKU: whoever finds it compares with the SKU it has now. */
struct view_skus {
    struct rcu_head rcu;
    uint32_t slot_count; /* a power of two */
    uint32_t used;
    uint32_t numbers[]; /* atomic; 0 = free */
};

struct view_tree {
    struct rcu_head rcu;
    struct view_categories categories; /* ends in an array */
};

struct view {
    struct view_slots *slots; /* RCU, like the next two */
    struct view_skus *skus;
    struct view_tree *tree;
    struct view_listener *listeners;
    uint32_t product_count; /* atomic */
    uint32_t currency;      /* atomic */
};

/* Blocks that no reader can reach once a grace period has passed. */
struct retired_blocks {
    struct rcu_head rcu;
    struct product **blocks;
    uint32_t count;
};

/* liburcu wants to know every thread that reads or defers a release, once. */
static _Thread_local bool thread_is_registered;

void view_thread_register(void)
{
    if (thread_is_registered)
        return;
    urcu_memb_register_thread();
    thread_is_registered = true;
}

void view_thread_unregister(void)
{
    if (!thread_is_registered)
        return;
    urcu_memb_unregister_thread();
    thread_is_registered = false;
}

void view_read_begin(void)
{
    ensure(thread_is_registered);
    urcu_memb_read_lock();
}

void view_read_end(void)
{
    READERS_LEAVE();
    urcu_memb_read_unlock();
}

static void release_slots(struct rcu_head *head)
{
    READERS_ARE_GONE();
    memory_free(container_of(head, struct view_slots, rcu));
}

static void release_skus(struct rcu_head *head)
{
    READERS_ARE_GONE();
    memory_free(container_of(head, struct view_skus, rcu));
}

static void release_tree(struct rcu_head *head)
{
    READERS_ARE_GONE();
    memory_free(container_of(head, struct view_tree, rcu));
}

static void release_blocks(struct rcu_head *head)
{
    READERS_ARE_GONE();
    struct retired_blocks *retired = container_of(head, struct retired_blocks, rcu);
    for (uint32_t i = 0; i < retired->count; i++)
        memory_free(retired->blocks[i]);
    memory_free(retired->blocks);
    memory_free(retired);
}

static struct view_slots *slots_make(uint32_t capacity)
{
    struct view_slots *slots =
        memory_alloc_zeroed(1, sizeof *slots + (size_t)capacity * sizeof slots->items[0]);
    slots->capacity = capacity;
    return slots;
}

static struct view_skus *skus_make(uint32_t slot_count)
{
    struct view_skus *skus =
        memory_alloc_zeroed(1, sizeof *skus + (size_t)slot_count * sizeof skus->numbers[0]);
    skus->slot_count = slot_count;
    return skus;
}

static struct view_tree *tree_make(uint32_t category_count)
{
    struct view_tree *tree = memory_alloc_zeroed(1, sizeof *tree + ((size_t)category_count + 1) *
                                                                       sizeof(struct category));
    tree->categories.count = category_count;
    return tree;
}

struct view *view_open(void)
{
    view_thread_register();
    struct view *view = memory_alloc_zeroed(1, sizeof *view);
    view->slots = slots_make(SLOTS_FIRST);
    view->skus = skus_make(2 * SLOTS_FIRST);
    view->tree = tree_make(0);
    return view;
}

void view_close(struct view *view)
{
    if (view == NULL)
        return;
    urcu_memb_barrier(); /* deferred releases are done before the process counts what it leaked */
    memory_free(view->slots);
    memory_free(view->skus);
    memory_free(view->tree);
    memory_free(view);
}

/* --- the writer --- */

static void slots_reserve(struct view *view, uint32_t number)
{
    struct view_slots *old = view->slots;
    if (number < old->capacity)
        return;
    uint32_t capacity = old->capacity;
    while (capacity <= number)
        capacity *= 2;
    struct view_slots *slots = slots_make(capacity);
    memcpy(slots->items, old->items, (size_t)old->capacity * sizeof old->items[0]);
    __atomic_store_n(&view->slots, slots, __ATOMIC_RELEASE);
    release_later(&old->rcu, release_slots);
}

/* The same for SKUs that differ by case alone. */
static uint64_t sku_hash(struct text sku)
{
    char folded[PRODUCT_SKU_MAX];
    if (sku.length > sizeof folded)
        return 0;
    for (uint32_t i = 0; i < sku.length; i++) {
        char letter = sku.data[i];
        folded[i] = (char)(letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter);
    }
    return hash_bytes(folded, sku.length);
}

static void skus_add(struct view_skus *skus, const struct product *product)
{
    uint32_t mask = skus->slot_count - 1;
    uint32_t slot = (uint32_t)sku_hash(product_text(product, PRODUCT_SKU)) & mask;
    while (skus->numbers[slot] != 0) {
        if (skus->numbers[slot] == product->number)
            return;
        slot = (slot + 1) & mask;
    }
    __atomic_store_n(&skus->numbers[slot], product->number, __ATOMIC_RELEASE);
    skus->used++;
}

/* Makes a table of twice the size from what the products are called now. */
static void skus_grow(struct view *view)
{
    struct view_skus *old = view->skus;
    struct view_skus *skus = skus_make(old->slot_count * 2);
    for (uint32_t number = 1; number <= view->product_count; number++)
        skus_add(skus, view->slots->items[number].product);
    __atomic_store_n(&view->skus, skus, __ATOMIC_RELEASE);
    release_later(&old->rcu, release_skus);
}

static void publish_stock(struct view *view, const struct shop *shop, uint32_t number)
{
    uint64_t sold = 0;
    const struct stock *stock = &shop->stock;
    for (const struct stock_row *row = stock_first(stock, number); row != NULL;
         row = stock_next(stock, row))
        sold += row->sold;
    ensure(number < view->slots->capacity);
    struct view_slot *slot = &view->slots->items[number];
    uint32_t before = slot->available;
    uint32_t available = stock_available(stock, number);
    uint32_t sold_capped = sold > UINT32_MAX ? UINT32_MAX : (uint32_t)sold;
    POKE(slot->available, available);
    POKE(slot->sold, sold_capped);
    for (struct view_listener *each = view->listeners; each != NULL; each = each->next)
        each->stock_changed(each, number, before, available, sold_capped);
}

static void publish_product(struct view *view, const struct shop *shop, uint32_t number)
{
    const struct product *product = catalog_find(&shop->catalog, number);
    ensure(product != NULL);
    slots_reserve(view, number);
    struct view_slot *slot = &view->slots->items[number];
    const struct product *before = slot->product;
    if (before == product)
        return;
    bool is_renamed = before == NULL || !text_equal(product_text(before, PRODUCT_SKU),
                                                    product_text(product, PRODUCT_SKU));
    /* The SKU first, the count last: who sees the product finds it by its SKU, too. */
    if (is_renamed) {
        if ((view->skus->used + 1) * 2 > view->skus->slot_count)
            skus_grow(view);
        skus_add(view->skus, product);
    }
    __atomic_store_n(&slot->product, product, __ATOMIC_RELEASE);
    if (number > view->product_count) {
        ensure(number == view->product_count + 1);
        __atomic_store_n(&view->product_count, number, __ATOMIC_RELEASE);
    }
    for (struct view_listener *each = view->listeners; each != NULL; each = each->next)
        each->product_changed(each, before, product);
}

static void publish_categories(struct view *view, const struct shop *shop)
{
    struct view_tree *old = view->tree;
    struct view_tree *tree = tree_make(shop->catalog.category_count);
    for (uint32_t number = 1; number <= tree->categories.count; number++) {
        const struct category *category = category_find(&shop->catalog, number);
        ensure(category != NULL);
        tree->categories.categories[number] = *category;
    }
    __atomic_store_n(&view->tree, tree, __ATOMIC_RELEASE);
    release_later(&old->rcu, release_tree);
    for (struct view_listener *each = view->listeners; each != NULL; each = each->next)
        each->categories_changed(each);
}

static void release_retired(struct catalog *catalog)
{
    if (catalog->retired_count == 0)
        return;
    struct retired_blocks *retired = memory_alloc(sizeof *retired);
    retired->blocks = catalog->retired;
    retired->count = catalog->retired_count;
    catalog->retired = NULL;
    catalog->retired_count = 0;
    catalog->retired_capacity = 0;
    release_later(&retired->rcu, release_blocks);
}

void view_publish_all(struct view *view, struct shop *shop)
{
    view_thread_register();
    __atomic_store_n(&view->currency, shop->currency, __ATOMIC_RELAXED);
    publish_categories(view, shop);
    slots_reserve(view, shop->catalog.product_count);
    for (uint32_t number = 1; number <= shop->catalog.product_count; number++) {
        publish_product(view, shop, number);
        publish_stock(view, shop, number);
    }
    release_retired(&shop->catalog);
}

static void publish_placed(struct view *view, const struct shop *shop,
                           const struct event_order_placed *placed)
{
    const struct event_order_line *lines = event_order_lines(placed);
    for (uint32_t i = 0; i < placed->line_count; i++)
        publish_stock(view, shop, lines[i].product);
}

static void publish_imported(struct view *view, const struct shop *shop,
                             const struct event_order_imported *imported)
{
    const struct event_imported_line *lines = imported_lines(imported);
    for (uint32_t i = 0; i < imported->line_count; i++)
        publish_stock(view, shop, lines[i].product);
}

static void publish_changed(struct view *view, const struct shop *shop,
                            const struct event_order_changed *changed)
{
    if (changed->part_count == 0)
        return;
    const struct order *order = order_find(&shop->orders, changed->order);
    ensure(order != NULL); /* it leaves memory only after its change was published */
    const struct event_order_part *parts = event_order_changed_parts(changed);
    for (uint32_t i = 0; i < changed->part_count; i++) {
        ensure(parts[i].line < order->line_count);
        publish_stock(view, shop, order->lines[parts[i].line].product);
    }
}

static void publish_moved(struct view *view, const struct shop *shop,
                          const struct event_stock_moved *moved)
{
    const struct event_stock_row *rows = event_stock_rows(moved);
    for (uint32_t i = 0; i < moved->row_count; i++)
        publish_stock(view, shop, rows[i].product);
}

static void publish_event(struct view *view, const struct shop *shop, const struct event *event)
{
    const void *payload = event_payload(event);
    switch ((enum event_type)event->type) {
    case EVENT_PRODUCT_PUT:
        publish_product(view, shop, ((const struct product *)payload)->number);
        break;
    case EVENT_STOCK_MOVED:
        publish_moved(view, shop, payload);
        break;
    case EVENT_ORDER_PLACED:
        publish_placed(view, shop, payload);
        break;
    case EVENT_ORDER_IMPORTED:
        publish_imported(view, shop, payload);
        break;
    case EVENT_ORDER_CHANGED:
        publish_changed(view, shop, payload);
        break;
    case EVENT_SHOP_CREATED:
        __atomic_store_n(&view->currency, shop->currency, __ATOMIC_RELAXED);
        break;
    case EVENT_CATEGORY_PUT:
    case EVENT_PROCESS_STARTED:
    case EVENT_LOCATION_PUT:
    case EVENT_CUSTOMER_PUT:
    case EVENT_CONTACTS_ERASED:
    case EVENT_CART_CHANGED:
    case EVENT_PRICING_SET:
    case EVENT_ACCOUNT_PUT:
    case EVENT_TOKEN_CHANGED:
    case EVENT_PAYMENT_RECEIVED:
    case EVENT_PAYMENT_ORPHANED:
    case EVENT_REFUND_DUE:
    case EVENT_CART_EXPIRING:
    case EVENT_CART_EXPIRED:
    case EVENT_SHIPMENT_UPDATED:
    case EVENT_API_KEY_PUT:
    case EVENT_REVIEW_PUT:
    case EVENT_ORDER_CORRECTED:
    case EVENT_OPERATOR_ACTED:
    case EVENT_RESET_ASKED:
    case EVENT_TYPE_LIMIT:
        break;
    }
}

/* The executor sealed these itself a moment ago: no need to check them again. */
static const struct event *next_event(const char *events, size_t size, size_t *offset)
{
    if (*offset >= size)
        return NULL;
    const struct event *event = (const void *)(events + *offset);
    ensure(event->length >= sizeof *event);
    *offset += event->length;
    ensure(*offset <= size);
    return event;
}

/* Before the products that may lie in new ones. */
static void publish_new_categories(struct view *view, const struct shop *shop, const char *events,
                                   size_t size)
{
    const struct event *event;
    for (size_t offset = 0; (event = next_event(events, size, &offset)) != NULL;) {
        if (event->type == EVENT_CATEGORY_PUT || event->type == EVENT_SHOP_CREATED) {
            publish_categories(view, shop);
            return;
        }
    }
}

void view_publish(struct view *view, struct shop *shop, const char *events, size_t size)
{
    view_thread_register();
    publish_new_categories(view, shop, events, size);
    const struct event *event;
    for (size_t offset = 0; (event = next_event(events, size, &offset)) != NULL;)
        publish_event(view, shop, event);
    for (struct view_listener *each = view->listeners; each != NULL; each = each->next)
        each->published(each);
    release_retired(&shop->catalog);
}

void view_add_listener(struct view *view, struct view_listener *listener)
{
    listener->next = view->listeners;
    view->listeners = listener;
}

void view_remove_listener(struct view *view, struct view_listener *listener)
{
    struct view_listener **place = &view->listeners;
    while (*place != listener) {
        ensure(*place != NULL);
        place = &(*place)->next;
    }
    *place = listener->next;
}

/* --- readers --- */

const struct product *view_product(const struct view *view, uint32_t number)
{
    if (number == 0 || number > view_product_count(view))
        return NULL;
    return LOAD(LOAD(view->slots)->items[number].product);
}

void view_fetch(const struct view *view, uint32_t number)
{
    __builtin_prefetch(&LOAD(view->slots)->items[number]);
}

void view_fetch_page(const struct view *view, const uint32_t *numbers, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        view_fetch(view, numbers[i]);
    for (uint32_t i = 0; i < count; i++) {
        const char *block = (const char *)view_product(view, numbers[i]);
        for (uint32_t at = 0; block != NULL && at < FETCHED_SIZE; at += CACHE_LINE)
            __builtin_prefetch(block + at);
    }
}

const struct product *view_product_by_sku(const struct view *view, struct text sku)
{
    const struct view_skus *skus = LOAD(view->skus);
    uint32_t mask = skus->slot_count - 1;
    for (uint32_t slot = (uint32_t)sku_hash(sku) & mask;; slot = (slot + 1) & mask) {
        uint32_t number = __atomic_load_n(&skus->numbers[slot], __ATOMIC_ACQUIRE);
        if (number == 0)
            return NULL;
        const struct product *product = view_product(view, number);
        if (product != NULL && text_equal(product_text(product, PRODUCT_SKU), sku))
            return product;
    }
}

uint32_t view_find_sku(const struct view *view, struct text sku, uint32_t count_max,
                       uint32_t *numbers_out)
{
    const struct view_skus *skus = LOAD(view->skus);
    uint32_t mask = skus->slot_count - 1;
    uint32_t count = 0;
    for (uint32_t slot = (uint32_t)sku_hash(sku) & mask; count < count_max;
         slot = (slot + 1) & mask) {
        uint32_t number = __atomic_load_n(&skus->numbers[slot], __ATOMIC_ACQUIRE);
        if (number == 0)
            break;
        const struct product *product = view_product(view, number);
        if (product != NULL && text_equal_ignoring_case(product_text(product, PRODUCT_SKU), sku))
            numbers_out[count++] = number;
    }
    return count;
}

uint32_t view_product_count(const struct view *view)
{
    return __atomic_load_n(&view->product_count, __ATOMIC_ACQUIRE);
}

static const struct view_slot *slot_find(const struct view *view, uint32_t number)
{
    if (number == 0 || number > view_product_count(view))
        return NULL;
    return &LOAD(view->slots)->items[number];
}

uint32_t view_available(const struct view *view, uint32_t product)
{
    const struct view_slot *slot = slot_find(view, product);
    return slot == NULL ? 0 : __atomic_load_n(&slot->available, __ATOMIC_RELAXED);
}

uint32_t view_sold(const struct view *view, uint32_t product)
{
    const struct view_slot *slot = slot_find(view, product);
    return slot == NULL ? 0 : __atomic_load_n(&slot->sold, __ATOMIC_RELAXED);
}

const struct view_categories *view_categories(const struct view *view)
{
    return &LOAD(view->tree)->categories;
}

uint32_t view_currency(const struct view *view)
{
    return __atomic_load_n(&view->currency, __ATOMIC_RELAXED);
}
