/* filter_numbers.c - only the products that are listed by number. */
#include "search/filter/filter.h"

#include <stdlib.h>

static int compare_entries(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

struct doc_list filter_docs_of(const struct scan *scan, const uint32_t *numbers, uint32_t count)
{
    uint32_t *entries = arena_alloc_array(scan->arena, (size_t)count + 1, sizeof entries[0]);
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t doc = columns_find(&scan->index->columns, numbers[i]);
        if (doc < scan->docs)
            entries[found++] = entry_make(doc, GRADE_HIGH);
    }
    qsort(entries, found, sizeof entries[0], compare_entries);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < found; i++) {
        if (kept == 0 || entries[kept - 1] != entries[i])
            entries[kept++] = entries[i];
    }
    return (struct doc_list){entries, kept};
}

bool filter_docs_have(struct doc_list list, uint32_t doc)
{
    uint32_t at = postings_seek(list.entries, 0, list.count, doc);
    return at < list.count && entry_doc(list.entries[at]) == doc;
}

static bool prepare(const struct scan *scan, void **state_out)
{
    const struct search_query *query = scan->query;
    if (!query->has_numbers)
        return false;
    struct doc_list *wanted = arena_alloc(scan->arena, sizeof *wanted);
    *wanted = filter_docs_of(scan, query->numbers, query->number_count);
    *state_out = wanted;
    return true;
}

static bool list(const struct scan *scan, void *state, struct doc_list *list_out)
{
    (void)scan;
    *list_out = *(const struct doc_list *)state;
    return true;
}

static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    (void)scan;
    return filter_docs_have(*(const struct doc_list *)state, doc);
}

const struct search_filter filter_numbers = {
    .facet = FACET_NONE,
    .prepare = prepare,
    .list = list,
    .one = one,
};
