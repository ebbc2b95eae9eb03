#include "search/query.h"

#include "search/facets.h"
#include "search/words.h"

enum { PREFETCH_AHEAD = 8 };

static const struct search_filter *const filters[] = {
#define FILTER(name) &filter_##name,
#include "search/filter/filters.def"
#undef FILTER
};

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

/* --- the best so far: a heap with the worst of them on top --- */

struct ranked {
    struct search_cursor place;
    const struct product *product;
};

struct best {
    struct ranked *heap;
    uint32_t count;
    uint32_t capacity;
    uint64_t seen; /* behind the cursor */
};

static bool goes_before(struct search_cursor a, struct search_cursor b)
{
    return a.rank != b.rank ? a.rank < b.rank : a.number < b.number;
}

static void sink(struct ranked *heap, uint32_t count, uint32_t at)
{
    for (;;) {
        uint32_t worst = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (goes_before(heap[worst].place, heap[child].place))
                worst = child;
        }
        if (worst == at)
            return;
        struct ranked moved = heap[at];
        heap[at] = heap[worst];
        heap[worst] = moved;
        at = worst;
    }
}

static void rise(struct ranked *heap, uint32_t at)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (!goes_before(heap[parent].place, heap[at].place))
            return;
        struct ranked moved = heap[at];
        heap[at] = heap[parent];
        heap[parent] = moved;
        at = parent;
    }
}

static void best_add(struct best *best, struct ranked candidate)
{
    best->seen++;
    if (best->count < best->capacity) {
        best->heap[best->count] = candidate;
        rise(best->heap, best->count++);
    } else if (goes_before(candidate.place, best->heap[0].place)) {
        best->heap[0] = candidate;
        sink(best->heap, best->count, 0);
    }
}

/* Best first. */
static void best_sort(struct best *best)
{
    for (uint32_t count = best->count; count > 1; count--) {
        struct ranked worst = best->heap[0];
        best->heap[0] = best->heap[count - 1];
        best->heap[count - 1] = worst;
        sink(best->heap, count - 1, 0);
    }
}

/* --- the scan --- */

struct scan_state {
    struct search_scan scan;
    const struct search_filter *filters[countof(filters)]; /* those that are asked for */
    const void *states[countof(filters)];
    uint32_t filter_count;
    const struct search_words *words; /* for the relevance; NULL = none */
    struct facet_counter *facets;
    struct best best;
};

static void prepare(struct scan_state *state)
{
    for (uint32_t i = 0; i < countof(filters); i++) {
        const void *prepared = filters[i]->prepare(&state->scan);
        if (prepared == NULL)
            continue;
        state->filters[state->filter_count] = filters[i];
        state->states[state->filter_count++] = prepared;
    }
    const struct search_query *query = state->scan.query;
    if (query->sort == SEARCH_RELEVANCE)
        state->words = search_words_prepare(&state->scan);
    if (query->want_facets)
        state->facets = facets_open(&state->scan);
    state->best.capacity = query->limit;
    state->best.heap = arena_alloc_array(state->scan.arena, query->limit, sizeof(struct ranked));
}

static bool is_accepted(const struct scan_state *state, const struct search_row *row)
{
    for (uint32_t i = 0; i < state->filter_count; i++) {
        if (!state->filters[i]->accepts(state->states[i], row))
            return false;
    }
    return true;
}

/* Lower goes first. */
static int64_t rank_of(const struct scan_state *state, const struct product *product)
{
    switch (state->scan.query->sort) {
    case SEARCH_RELEVANCE:
        return state->words == NULL ? 0 : -(int64_t)search_words_score(state->words, product);
    case SEARCH_PRICE_ASC:
        return product->price_minor;
    case SEARCH_PRICE_DESC:
        return -product->price_minor;
    case SEARCH_RATING: /* of two equal ones, that which more people gave */
        return -((int64_t)product->rating_x100 << 32 | product->rating_count);
    case SEARCH_CREATED:
        return -(int64_t)product->created_ms;
    case SEARCH_SOLD:
        return -(int64_t)view_sold(state->scan.view, product->number);
    case SEARCH_SORT_COUNT:
        break;
    }
    check_failed("an unknown sort", __FILE__, __LINE__);
}

static uint64_t scan_products(struct scan_state *state)
{
    const struct view *view = state->scan.view;
    uint32_t count = view_product_count(view);
    struct search_cursor after = state->scan.query->after;
    uint64_t total = 0;
    for (uint32_t number = 1; number <= count; number++) {
        __builtin_prefetch(view_product(view, number + PREFETCH_AHEAD));
        struct search_row row = {.product = view_product(view, number)};
        ensure(row.product != NULL);
        if (row.product->status != PRODUCT_ACTIVE)
            continue;
        row.available = view_available(view, number);
        if (!is_accepted(state, &row))
            continue;
        total++;
        if (state->facets != NULL)
            facets_add(state->facets, &row);
        struct search_cursor place = {.rank = rank_of(state, row.product), .number = number};
        if (after.number == 0 || goes_before(after, place))
            best_add(&state->best, (struct ranked){.place = place, .product = row.product});
    }
    return total;
}

void search_run(const struct view *view, const struct search_query *query, struct arena *arena,
                struct search_result *result_out)
{
    ensure(query->limit >= 1);
    ensure(query->limit <= SEARCH_LIMIT_MAX);
    ensure(query->sort < SEARCH_SORT_COUNT);
    struct scan_state state = {
        .scan = {.view = view, .categories = view_categories(view), .query = query, .arena = arena},
    };
    prepare(&state);
    struct search_result result = {.total = scan_products(&state)};
    best_sort(&state.best);
    result.hit_count = state.best.count;
    result.hits = arena_alloc_array(arena, query->limit, sizeof(const struct product *));
    for (uint32_t i = 0; i < result.hit_count; i++)
        result.hits[i] = state.best.heap[i].product;
    result.has_more = state.best.seen > result.hit_count;
    if (result.hit_count > 0)
        result.next = state.best.heap[result.hit_count - 1].place;
    if (state.facets != NULL)
        result.facets = facets_finish(state.facets);
    *result_out = result;
}
