/*
 * build.h - the writer's side of the index: products become documents.
 */
#ifndef SEARCH_INDEX_BUILD_H
#define SEARCH_INDEX_BUILD_H

#include "search/index/scan.h"

#include <stdbool.h>

/* Empty, nobody reads yet. NULL when libstemmer has no such language. */
struct index *index_make(const struct view *view, struct text language, struct text synonyms,
                         uint32_t docs_expected) MUST_USE;
/* Nobody reads any more. */
void index_free(struct index *index);
uint64_t index_bytes(const struct index *index);

/* Every product of the view, those of a category side by side; within a reading section of the
 * view, which is left and entered again between two lots of them so that a running server can
 * release what it replaced meanwhile. */
void index_build(struct index *index);
/* From now on there are readers. */
void index_share(struct index *index);

/* A product as the view has it now: a new document when its texts changed (`before` is NULL when
 * that is not known), else its row is changed. */
void index_put_product(struct index *index, const struct product *before,
                       const struct product *after);
void index_put_stock(struct index *index, uint32_t product, uint32_t available, uint32_t sold);
void index_put_categories(struct index *index);
/* At the end of a batch: what is done now and then. */
void index_settle(struct index *index);

#endif
