/*
 * view.h - what readers see of the catalogue without a lock: product blocks, available stock, the
 * category tree. One writer, the executor, publishes after each durable batch; any number of reader
 * threads.
 *
 * Readers wrap their use in view_read_begin()/view_read_end() (liburcu, memb flavour); a product
 * block read inside stays whole until the end. Never sleep or block in between.
 */
#ifndef SEARCH_VIEW_H
#define SEARCH_VIEW_H

#include "base/text.h"
#include "shop/shop.h"

#include <stdbool.h>
#include <stdint.h>

struct view;

struct view *view_open(void) MUST_USE;
void view_close(struct view *view);

/* Writer: everything of a loaded shop. */
void view_publish_all(struct view *view, struct shop *shop);
/* Writer: what these events changed; takes over shop->catalog.retired and releases it after a grace
 * period. */
void view_publish(struct view *view, struct shop *shop, const char *events, size_t size);

/*
 * Who must hear of what is shown anew, on the writer's thread, once readers can see it and before
 * view_publish() returns. Not called for what was there when it was added: it looks for itself.
 */
struct view_listener {
    /* `before` is NULL for a new product, and good until the call returns. */
    void (*product_changed)(struct view_listener *listener, const struct product *before,
                            const struct product *after);
    void (*stock_changed)(struct view_listener *listener, uint32_t product,
                          uint32_t available_before, uint32_t available, uint32_t sold);
    /* The tree changed in any way: view_categories() has the new one. */
    void (*categories_changed)(struct view_listener *listener);
    /* After everything of one view_publish(). */
    void (*published)(struct view_listener *listener);
    struct view_listener *next; /* the view's */
};
/* Before the writer starts, or on its thread. The listener outlives the view's last publish. */
void view_add_listener(struct view *view, struct view_listener *listener);
void view_remove_listener(struct view *view, struct view_listener *listener);

/* Readers. Each thread registers once. */
void view_thread_register(void);
void view_thread_unregister(void);
void view_read_begin(void);
void view_read_end(void);

const struct product *view_product(const struct view *view, uint32_t number);
/* Asks for the memory that view_product(), view_available() and view_sold() will look at. */
void view_fetch(const struct view *view, uint32_t number);
/* The same for all of a page, and for their blocks: waiting for one product after the other takes
 * longer than showing them. */
void view_fetch_page(const struct view *view, const uint32_t *numbers, uint32_t count);
const struct product *view_product_by_sku(const struct view *view, struct text sku);
/* Products whose SKU this is in upper or lower case (ASCII); returns how many, at most count_max.
 */
uint32_t view_find_sku(const struct view *view, struct text sku, uint32_t count_max,
                       uint32_t *numbers_out);
uint32_t view_product_count(const struct view *view);
uint32_t view_available(const struct view *view, uint32_t product);
uint32_t view_sold(const struct view *view, uint32_t product); /* pieces ever ordered */

/* The tree as it was published last; categories[0] unused. */
struct view_categories {
    uint32_t count;
    struct category categories[];
};
const struct view_categories *view_categories(const struct view *view);
uint32_t view_currency(const struct view *view);

#endif
