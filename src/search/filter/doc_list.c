/* doc_list.c - what filters share that ask for certain products. */
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

bool filter_list_all(const struct scan *scan, void *state, struct doc_list *list_out)
{
    (void)scan;
    *list_out = *(const struct doc_list *)state;
    return true;
}

bool filter_list_has(const struct scan *scan, void *state, uint32_t doc)
{
    (void)scan;
    const struct doc_list *wanted = state;
    uint32_t at = postings_seek(wanted->entries, 0, wanted->count, doc);
    return at < wanted->count && entry_doc(wanted->entries[at]) == doc;
}
