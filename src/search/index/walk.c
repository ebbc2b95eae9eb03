#include "search/index/walk.h"

#include "search/filter/filter.h"

enum { STEPS_MAX = 20000 }; /* where so many numbers are of no hit, scanning is quicker */

struct walk {
    const struct scan *scan;
    struct search_result *result;
    bool is_backwards;
    bool meets_scattered;
    bool is_torn; /* a document was added since the walk began */
};

static bool is_unfiltered(const struct scan *scan)
{
    const struct search_filter *filter;
    for (uint32_t i = 0; (filter = filter_at(i)) != NULL; i++) {
        void *state;
        if (filter->prepare(scan, &state))
            return false;
    }
    return true;
}

static bool is_cheaper(const struct scan *scan, uint32_t a, uint32_t b)
{
    const uint32_t *numbers = scan->index->columns.number;
    int64_t a_price = scan_price(scan, a);
    int64_t b_price = scan_price(scan, b);
    return a_price != b_price ? a_price < b_price : PEEK(numbers[a]) < PEEK(numbers[b]);
}

/* Of a family that lies together: is there no live member that is cheaper? */
static bool stands_for_family(const struct scan *scan, uint32_t doc, uint32_t family)
{
    const struct columns *columns = &scan->index->columns;
    uint32_t other = doc;
    while (other > 0 && PEEK(columns->family[other - 1]) == family)
        other--;
    for (; other < scan->docs && PEEK(columns->family[other]) == family; other++) {
        if (other != doc && bit_get(columns->live, other) && is_cheaper(scan, other, doc))
            return false;
    }
    return true;
}

/* False when the walk is over: the page is full and one more is known to follow. */
static bool visit(struct walk *walk, uint32_t number)
{
    const struct scan *scan = walk->scan;
    const struct columns *columns = &scan->index->columns;
    uint32_t doc = columns_find(columns, number);
    walk->is_torn |= doc >= scan->docs && doc != UINT32_MAX;
    if (doc >= scan->docs || !bit_get(columns->live, doc))
        return true;
    uint32_t family = PEEK(columns->family[doc]);
    walk->meets_scattered = family != 0 && bit_get(columns->scattered, family);
    if (walk->meets_scattered)
        return false;
    if (family != 0 && !stands_for_family(scan, doc, family))
        return true;
    struct search_result *result = walk->result;
    result->has_more = result->hit_count == scan->query->limit;
    if (result->has_more)
        return false;
    result->hits[result->hit_count++] = number;
    result->next = (struct search_cursor){
        .rank = walk->is_backwards ? -(int64_t)number : 0,
        .number = number,
    };
    return true;
}

bool walk_run(struct scan *scan, struct search_result *result_out)
{
    const struct search_query *query = scan->query;
    struct walk walk = {
        .scan = scan,
        .result = result_out,
        .is_backwards = query->sort == SEARCH_CREATED,
    };
    bool is_by_entry = walk.is_backwards || query->sort == SEARCH_RELEVANCE;
    if (!is_by_entry || query->want_facets || !is_unfiltered(scan))
        return false;
    *result_out = (struct search_result){.total = PEEK(scan->index->columns.live_hits)};
    uint32_t count = view_product_count(scan->index->view);
    uint32_t number = query->after.number;
    if (walk.is_backwards && (number == 0 || number > count))
        number = count + 1;
    bool goes_on = true;
    uint32_t steps = 0;
    while (goes_on && steps++ < STEPS_MAX && (walk.is_backwards ? number > 1 : number < count)) {
        number += walk.is_backwards ? UINT32_MAX : 1;
        goes_on = visit(&walk, number);
    }
    scan->is_torn |= walk.is_torn;
    return !walk.meets_scattered && steps <= STEPS_MAX;
}
