/*
 * export_row.h - a shop as rows that `shopd import` takes back: the shop, the locations, the
 * category tree, the products in the order of their numbers with their stock.
 *
 * The rows follow from the state alone (no times, no ids), so a shop that was imported from them
 * gives the same bytes again. Categories come in tree order, children by name.
 */
#ifndef CLI_EXPORT_ROW_H
#define CLI_EXPORT_ROW_H

#include "base/buffer.h"
#include "shop/shop.h"

#include <stdbool.h>
#include <stdint.h>

enum export_format { EXPORT_NDJSON, EXPORT_TSV };

struct export
{
    const struct shop *shop;
    enum export_format format;
    struct buffer row;        /* the line being made */
    struct buffer scratch;    /* values of it */
    char **category_paths;    /* by number; NUL-terminated; a JSON array where a name needs it */
    uint32_t *category_order; /* numbers in tree order */
};

void export_init(struct export *export, const struct shop *shop, enum export_format format);
void export_release(struct export *export);

/* Rows there are; row 0 is the header of a TSV, empty for NDJSON. */
uint32_t export_row_count(const struct export *export);
/* One line with its newline; good until the next call. */
struct text export_row(struct export *export, uint32_t index);

#endif
