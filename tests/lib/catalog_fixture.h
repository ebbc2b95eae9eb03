/*
 * catalog_fixture.h - a shop full of random products, made by its own means and not by events, and
 * the view that shows it. Changes afterwards reach the view as events, like in a running shop.
 */
#ifndef TESTS_LIB_CATALOG_FIXTURE_H
#define TESTS_LIB_CATALOG_FIXTURE_H

#include "base/buffer.h"
#include "base/random.h"
#include "search/view.h"

struct catalog_fixture {
    struct shop shop;
    struct view *view;
    struct random random;
    struct arena arena;
    struct buffer events; /* not published yet */
};

/* Categories in a tree of three levels, so many products, all published. */
void catalog_fixture_open(struct catalog_fixture *fixture, uint64_t seed, uint32_t product_count);
/* The same in two steps: an empty shop, which the caller fills by its own means; then the view. */
void catalog_fixture_open_empty(struct catalog_fixture *fixture, uint64_t seed);
void catalog_fixture_show(struct catalog_fixture *fixture);
void catalog_fixture_close(struct catalog_fixture *fixture);

/* Puts a random product with this number (the next, or one to replace) and random stock. */
void catalog_fixture_put(struct catalog_fixture *fixture, uint32_t number);
/* One of the words that names are made of. */
struct text catalog_fixture_word(struct random *random);

/* These change the shop and note the event; catalog_fixture_publish() shows them all at once. */

/* A new product or a new version of one, exactly as drafted but for the version. */
void catalog_fixture_draft(struct catalog_fixture *fixture, const struct product_draft *draft);
/* A random new product with this number, which is the next or one to replace. */
void catalog_fixture_replace(struct catalog_fixture *fixture, uint32_t number);
/* All pieces then lie at the first location. */
void catalog_fixture_stock(struct catalog_fixture *fixture, uint32_t number, uint32_t on_hand);
void catalog_fixture_category(struct catalog_fixture *fixture, uint32_t number, uint32_t parent,
                              struct text name);
void catalog_fixture_publish(struct catalog_fixture *fixture);
/* Another price, stock, rating, name, category, status, family or everything of it, published. */
void catalog_fixture_change(struct catalog_fixture *fixture, uint32_t number);

#endif
