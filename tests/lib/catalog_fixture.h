/*
 * catalog_fixture.h - a shop full of random products, made by its own means and not by events, and
 * the view that shows it.
 */
#ifndef TESTS_LIB_CATALOG_FIXTURE_H
#define TESTS_LIB_CATALOG_FIXTURE_H

#include "base/random.h"
#include "search/view.h"

struct catalog_fixture {
    struct shop shop;
    struct view *view;
    struct random random;
    struct arena arena;
};

/* Categories in a tree of three levels, so many products, all published. */
void catalog_fixture_open(struct catalog_fixture *fixture, uint64_t seed, uint32_t product_count);
void catalog_fixture_close(struct catalog_fixture *fixture);

/* Puts a random product with this number (the next, or one to replace) and random stock. */
void catalog_fixture_put(struct catalog_fixture *fixture, uint32_t number);

#endif
