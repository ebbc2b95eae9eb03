#include "search/index/scan.h"

#include "search/filter/filter.h"
#include "search/index/facets.h"
#include "search/index/families.h"
#include "search/index/ranking.h"
#include "search/index/words.h"

#include <string.h>

struct active_filter {
    const struct search_filter *filter;
    void *state;
};

struct hit {
    struct search_cursor place;
    uint32_t doc;
};

struct run {
    struct scan *scan;
    struct active_filter filters[SEARCH_FILTERS_MAX]; /* those without a facet first */
    uint32_t plain_count;                             /* without a facet */
    uint32_t filter_count;                            /* all */
    struct doc_list list; /* the shortest that has every product found */
    bool has_list;
    bool folds_families;
    struct ranking ranking;
    struct facets facets;
    uint64_t total;
    struct hit hits[SEARCH_LIMIT_MAX + 1]; /* best first; one more than asked for */
    uint32_t hit_count;
    uint32_t hits_wanted;
    struct family_run family; /* whose members are being passed */
    uint32_t members_kept;    /* of scratch->members: those of scattered families */
    bool is_loose;            /* the page got better since the ranking was tightened */
};

int64_t scan_large_price(const struct scan *scan, uint32_t doc)
{
    const struct product *product =
        view_product(scan->index->view, PEEK(scan->index->columns.number[doc]));
    return product == NULL ? PRICE_LARGE : product->price_minor;
}

/* --- the page so far --- */

static void add_hit(struct run *run, uint32_t doc)
{
    uint32_t count = run->hit_count;
    bool is_full = count == run->hits_wanted;
    int64_t rank = ranking_rank(&run->ranking, doc);
    if (is_full && rank > run->hits[count - 1].place.rank)
        return;
    struct hit hit = {
        .place = {rank, PEEK(run->scan->index->columns.number[doc])},
        .doc = doc,
    };
    struct search_cursor after = run->scan->query->after;
    if (after.number != 0 && !goes_before(after, hit.place))
        return;
    if (is_full) {
        if (!goes_before(hit.place, run->hits[count - 1].place))
            return;
        count--;
    }
    uint32_t at = count;
    for (; at > 0 && goes_before(hit.place, run->hits[at - 1].place); at--)
        run->hits[at] = run->hits[at - 1];
    run->hits[at] = hit;
    run->hit_count = count + 1;
    run->is_loose = run->hit_count == run->hits_wanted;
}

/* Those of a block that may still belong on the page. */
static uint64_t prune(struct run *run, uint32_t block, uint64_t mask)
{
    if (run->has_list || mask == 0)
        return mask;
    if (run->is_loose)
        ranking_tighten(&run->ranking, run->hits[run->hit_count - 1].place);
    run->is_loose = false;
    return ranking_block(&run->ranking, block, mask);
}

/* --- what is found --- */

/* A whole family was found. */
static void take_family(struct run *run, const struct family_run *family)
{
    if (run->scan->query->want_facets)
        facets_add_family(&run->facets, family->first);
    if (family->leader == UINT32_MAX)
        return;
    run->total++;
    if (ranking_may_enter(&run->ranking, family->leader))
        add_hit(run, family->leader);
}

static void end_family(struct run *run)
{
    struct family_run *family = &run->family;
    if (family->family != 0 && family_is_scattered(run->scan, family->family)) {
        families_keep(run->scan, family);
    } else if (family->family != 0) {
        take_family(run, family);
        run->scan->scratch->member_count = run->members_kept;
    }
    run->members_kept = run->scan->scratch->member_count;
    *family = (struct family_run){.leader = UINT32_MAX};
}

static void add_family_members(struct run *run, uint32_t block, uint64_t members, uint64_t passing,
                               const uint64_t near[FACET_COUNT])
{
    for (; members != 0; members &= members - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzll(members);
        uint32_t doc = block * BLOCK + bit;
        uint32_t family = PEEK(run->scan->index->columns.family[doc]);
        if (family != run->family.family) {
            end_family(run);
            run->family.family = family;
        }
        uint32_t bits = passing >> bit & 1 ? PASSES : 0;
        for (uint32_t facet = 0; near != NULL && facet < FACET_COUNT; facet++)
            bits |= (uint32_t)(near[facet] >> bit & 1) << facet;
        families_add(run->scan, &run->family, doc, bits);
    }
}

/* Documents of a block: bit i of `passing`: every filter accepts it; of near[facet], which only
 * facets look at: every filter but those on its field; `near` is NULL when none are wanted. */
static void found(struct run *run, uint32_t block, uint64_t passing,
                  const uint64_t near[FACET_COUNT])
{
    const struct scan *scan = run->scan;
    uint64_t families = run->folds_families ? PEEK(scan->index->columns.in_family[block]) : 0;
    uint64_t members = passing & families;
    if (near != NULL) {
        facets_add(&run->facets, block, ~families, near);
        for (uint32_t facet = 0; facet < FACET_COUNT; facet++)
            members |= near[facet] & families;
    }
    if (members != 0)
        add_family_members(run, block, members, passing, near);
    uint64_t singles = passing & ~families;
    run->total += bits_count(singles);
    for (singles = prune(run, block, singles); singles != 0; singles &= singles - 1)
        add_hit(run, block * BLOCK + (uint32_t)__builtin_ctzll(singles));
}

static void finish_families(struct run *run)
{
    struct family_run family;
    uint32_t position = 0;
    end_family(run);
    while (families_next_kept(run->scan, &position, &family))
        take_family(run, &family);
}

/* --- looking --- */

/* What every other facet filter accepts; `accepted` by facet, UINT64_MAX where there is no filter.
 */
static uint64_t combine(uint64_t mask, const uint64_t accepted[FACET_COUNT],
                        uint64_t near_out[FACET_COUNT])
{
    uint64_t before = mask;
    for (uint32_t facet = 0; facet < FACET_COUNT; facet++) {
        near_out[facet] = before;
        before &= accepted[facet];
    }
    uint64_t after = UINT64_MAX;
    for (uint32_t facet = FACET_COUNT; facet-- > 0;) {
        near_out[facet] &= after;
        after &= accepted[facet];
    }
    return before;
}

static bool zone_is_empty(const struct run *run, uint32_t zone)
{
    uint32_t asked = run->scan->query->want_facets ? run->plain_count : run->filter_count;
    for (uint32_t i = 0; i < asked; i++) {
        const struct active_filter *each = &run->filters[i];
        if (each->filter->zone != NULL && !each->filter->zone(run->scan, each->state, zone))
            return true;
    }
    return false;
}

static void look_at_block(struct run *run, uint32_t block)
{
    const struct scan *scan = run->scan;
    uint64_t mask = PEEK(scan->index->columns.live[block]);
    if (block == scan->blocks - 1 && scan->docs % BLOCK != 0)
        mask &= (UINT64_C(1) << scan->docs % BLOCK) - 1;
    bool wants_facets = scan->query->want_facets;
    uint32_t plain = wants_facets ? run->plain_count : run->filter_count;
    for (uint32_t i = 0; i < plain && mask != 0; i++)
        mask &= run->filters[i].filter->block(scan, run->filters[i].state, block, mask);
    if (mask == 0)
        return;
    if (!wants_facets) {
        found(run, block, mask, NULL);
        return;
    }
    uint64_t near[FACET_COUNT];
    uint64_t accepted[FACET_COUNT] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    for (uint32_t i = plain; i < run->filter_count; i++)
        accepted[run->filters[i].filter->facet] &=
            run->filters[i].filter->block(scan, run->filters[i].state, block, mask);
    uint64_t passing = combine(mask, accepted, near);
    found(run, block, passing, near);
}

static void look_at_zone(struct run *run, uint32_t zone)
{
    if (zone_is_empty(run, zone))
        return;
    uint32_t first = zone * ZONE_BLOCKS;
    for (uint32_t block = first; block < first + ZONE_BLOCKS && block < run->scan->blocks; block++)
        look_at_block(run, block);
}

/* The newest products of a category lie last in it: whoever wants those begins at the end. */
static void look_at_blocks(struct run *run)
{
    uint32_t zones = (run->scan->blocks + ZONE_BLOCKS - 1) / ZONE_BLOCKS;
    bool is_backwards = run->scan->query->sort == SEARCH_CREATED;
    for (uint32_t i = 0; i < zones; i++)
        look_at_zone(run, is_backwards ? zones - 1 - i : i);
}

static void look_at_doc(struct run *run, uint32_t doc)
{
    const struct scan *scan = run->scan;
    if (!bit_get(scan->index->columns.live, doc))
        return;
    uint64_t bit = UINT64_C(1) << doc % BLOCK;
    uint64_t near[FACET_COUNT];
    uint64_t accepted[FACET_COUNT] = {bit, bit, bit, bit, bit};
    for (uint32_t i = 0; i < run->filter_count; i++) {
        const struct active_filter *each = &run->filters[i];
        if (each->filter->one(scan, each->state, doc))
            continue;
        if (each->filter->facet == FACET_NONE || !scan->query->want_facets)
            return;
        accepted[each->filter->facet] = 0;
    }
    uint64_t passing = combine(bit, accepted, near);
    found(run, doc / BLOCK, passing, scan->query->want_facets ? near : NULL);
}

static void look_along_list(struct run *run)
{
    for (uint32_t i = 0; i < run->list.count; i++) {
        uint32_t doc = entry_doc(PEEK(run->list.entries[i]));
        if (doc >= run->scan->docs)
            break;
        look_at_doc(run, doc);
    }
}

/* --- the whole --- */

static void add_filters(struct run *run, bool with_facet)
{
    const struct search_filter *filter;
    for (uint32_t i = 0; (filter = filter_at(i)) != NULL; i++) {
        if ((filter->facet != FACET_NONE) != with_facet)
            continue;
        void *state = NULL;
        if (!filter->prepare(run->scan, &state))
            continue;
        run->filters[run->filter_count++] = (struct active_filter){filter, state};
        struct doc_list list;
        if (filter->list == NULL || !filter->list(run->scan, state, &list))
            continue;
        ensure(!with_facet);
        if (!run->has_list || list.count < run->list.count)
            run->list = list;
        run->has_list = true;
    }
}

static void write_result(const struct run *run, struct search_result *result)
{
    uint32_t limit = run->scan->query->limit;
    result->total = run->total;
    result->has_more = run->hit_count > limit;
    result->hit_count = result->has_more ? limit : run->hit_count;
    for (uint32_t i = 0; i < result->hit_count; i++)
        result->hits[i] = run->hits[i].place.number;
    if (result->hit_count > 0)
        result->next = run->hits[result->hit_count - 1].place;
}

void scan_run(struct scan *scan, struct search_result *result_out)
{
    const struct search_query *query = scan->query;
    struct run *run = arena_alloc(scan->arena, sizeof *run);
    run->scan = scan;
    run->hits_wanted = query->limit + 1;
    run->family.leader = UINT32_MAX;
    run->folds_families = !query->has_numbers && !query->has_skus;
    scratch_reserve(scan->scratch, LOAD(scan->index->families.count),
                    query->want_facets ? LOAD(scan->index->brands.count) : 0);
    add_filters(run, false);
    run->plain_count = run->filter_count;
    add_filters(run, true);
    ranking_init(&run->ranking, scan);
    if (query->want_facets)
        facets_init(&run->facets, scan);
    if (run->has_list)
        look_along_list(run);
    else
        look_at_blocks(run);
    finish_families(run);
    *result_out = (struct search_result){0};
    write_result(run, result_out);
    if (query->want_facets)
        result_out->facets = facets_finish(&run->facets);
}
