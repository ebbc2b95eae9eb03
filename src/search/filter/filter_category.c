#include "search/filter/filter.h"

/* By category number: is it the wanted one or below it? */
struct wanted_categories {
    uint32_t count;
    bool is_within[];
};

static bool lies_within(const struct view_categories *tree, uint32_t number, uint32_t ancestor)
{
    for (uint32_t depth = 0; depth <= CATEGORY_DEPTH_MAX && number != 0; depth++) {
        if (number == ancestor)
            return true;
        number = tree->categories[number].parent;
    }
    return false;
}

static const void *prepare(const struct search_scan *scan)
{
    if (scan->query->category == 0)
        return NULL;
    const struct view_categories *tree = scan->categories;
    struct wanted_categories *wanted =
        arena_alloc(scan->arena, sizeof *wanted + ((size_t)tree->count + 1) * sizeof(bool));
    wanted->count = tree->count;
    for (uint32_t number = 1; number <= tree->count; number++)
        wanted->is_within[number] = lies_within(tree, number, scan->query->category);
    return wanted;
}

static bool accepts(const void *state, const struct search_row *row)
{
    const struct wanted_categories *wanted = state;
    uint32_t category = row->product->category;
    return category <= wanted->count && wanted->is_within[category];
}

const struct search_filter filter_category = {prepare, accepts};
