#include "search/query.h"

static const char *const sort_names[SEARCH_SORT_COUNT] = {
    [SEARCH_RELEVANCE] = "relevance", [SEARCH_PRICE_ASC] = "price",  [SEARCH_PRICE_DESC] = "-price",
    [SEARCH_RATING] = "-rating",      [SEARCH_CREATED] = "-created", [SEARCH_SOLD] = "-sold",
};

enum search_sort search_sort_find(struct text name)
{
    for (int sort = 0; sort < SEARCH_SORT_COUNT; sort++) {
        if (text_equal(name, text_of(sort_names[sort])))
            return (enum search_sort)sort;
    }
    return SEARCH_SORT_COUNT;
}
