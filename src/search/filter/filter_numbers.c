#include "search/filter/filter.h"

#include <stdlib.h>

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

void search_numbers_sort(struct search_numbers *numbers)
{
    qsort(numbers->numbers, numbers->count, sizeof numbers->numbers[0], compare_numbers);
}

bool search_numbers_accept(const void *numbers, const struct search_row *row)
{
    const struct search_numbers *wanted = numbers;
    return bsearch(&row->product->number, wanted->numbers, wanted->count, sizeof wanted->numbers[0],
                   compare_numbers) != NULL;
}

static const void *prepare(const struct search_scan *scan)
{
    const struct search_query *query = scan->query;
    if (!query->has_numbers)
        return NULL;
    ensure(query->number_count <= SEARCH_LIST_MAX);
    struct search_numbers *wanted = arena_alloc(scan->arena, sizeof *wanted);
    wanted->count = query->number_count;
    for (uint32_t i = 0; i < query->number_count; i++)
        wanted->numbers[i] = query->numbers[i];
    search_numbers_sort(wanted);
    return wanted;
}

const struct search_filter filter_numbers = {prepare, search_numbers_accept};
