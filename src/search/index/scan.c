#include "search/index/scan.h"

#include "search/filter/filter.h"
#include "search/index/facets.h"
#include "search/index/families.h"
#include "search/index/page.h"
#include "search/index/words.h"

#include <string.h>

enum { FEW_OF_BLOCK = 6 }; /* documents of a block that a filter looks at one by one */

struct active_filter {
    const struct search_filter *filter;
    void *state;
    bool has_list;
};

/* Documents of a zone: bit i of passing[block]: every filter accepts it; `near`, which only facets
 * look at, as in facets.h. */
struct lot {
    uint32_t zone;
    uint32_t blocks; /* bit per block that has any */
    uint64_t passing[ZONE_BLOCKS];
    uint64_t candidates[ZONE_BLOCKS]; /* those of them that may belong on the page, */
    uint32_t chances;                 /* in the blocks that have a bit here */
    struct zone_found found;
};

struct run {
    struct scan *scan;
    struct active_filter filters[SEARCH_FILTERS_MAX]; /* those without a facet first */
    uint32_t plain_count;                             /* without a facet */
    uint32_t filter_count;                            /* all */
    struct doc_list list; /* the shortest that has every product found */
    bool has_list;
    bool folds_families;
    struct replaced_watch watch;
    struct lot lot;
    struct page page;
    struct facets facets;
    uint64_t total;
    struct family_run family; /* whose members are being passed */
    uint32_t members_kept;    /* of scratch->members: those of scattered families */
};

int64_t scan_large_price(const struct scan *scan, uint32_t doc)
{
    const struct product *product =
        view_product(scan->index->view, PEEK(scan->index->columns.number[doc]));
    return product == NULL ? PRICE_LARGE : product->price_minor;
}

/* --- families that lie anywhere --- */

/* A whole family was found. */
static void take_family(struct run *run, const struct family_run *family)
{
    if (run->scan->query->want_facets)
        facets_add_family(&run->facets, family->first);
    if (family->leader == UINT32_MAX)
        return;
    run->total++;
    page_add(&run->page, family->leader);
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

static void add_family_members(struct run *run, uint32_t at, uint64_t members)
{
    const struct lot *lot = &run->lot;
    for (; members != 0; members &= members - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzll(members);
        uint32_t doc = lot->zone * ZONE_DOCS + at * BLOCK + bit;
        uint32_t family = PEEK(run->scan->index->columns.family[doc]);
        if (family != run->family.family) {
            end_family(run);
            run->family.family = family;
        }
        uint32_t bits = lot->passing[at] >> bit & 1 ? PASSES : 0;
        for (uint32_t facet = 0; run->scan->query->want_facets && facet < FACET_COUNT; facet++)
            bits |= (uint32_t)(lot->found.near[facet][at] >> bit & 1) << facet;
        families_add(run->scan, &run->family, doc, bits);
    }
}

static void finish_families(struct run *run)
{
    struct family_run family;
    uint32_t position = 0;
    end_family(run);
    while (families_next_kept(run->scan, &position, &family))
        take_family(run, &family);
}

/* --- what is found --- */

/* The members of a compact family of which `bit` is one. */
static uint64_t compact_members(struct compact compact, uint32_t bit)
{
    uint64_t from = UINT64_MAX << bit;
    uint64_t last = compact.last & from & -(compact.last & from);
    uint64_t below = (compact.last | ~compact.all) & ~from;
    uint64_t upward = below == 0 ? UINT64_MAX : UINT64_MAX << (63 - __builtin_clzll(below)) << 1;
    return ((last << 1) - 1) & upward & compact.all;
}

/* The member that stands for each family is its cheapest: where that one has no chance, none has.
 */
static void add_compact(struct run *run, uint32_t block, uint64_t passing, uint64_t candidates,
                        struct compact compact)
{
    while (candidates != 0) {
        uint64_t members = compact_members(compact, (uint32_t)__builtin_ctzll(candidates));
        uint32_t leader = UINT32_MAX;
        for (uint64_t left = passing & members; left != 0; left &= left - 1)
            leader = families_cheaper(run->scan, leader,
                                      block * BLOCK + (uint32_t)__builtin_ctzll(left));
        if (candidates >> leader % BLOCK & 1)
            page_add(&run->page, leader);
        candidates &= ~members;
    }
}

/* Takes the families out of a block of the lot, whose documents have been counted one by one. */
static void take_families(struct run *run, uint32_t at)
{
    const struct columns *columns = &run->scan->index->columns;
    struct lot *lot = &run->lot;
    uint32_t block = lot->zone * ZONE_BLOCKS + at;
    uint64_t families = PEEK(columns->in_family[block]);
    struct compact compact = {.last = LOAD(columns->compact_last[block])};
    compact.all = LOAD(columns->in_compact[block]);
    uint64_t others = families & ~compact.all;
    uint64_t members = lot->passing[at] & others;
    if (run->scan->query->want_facets) {
        for (uint32_t facet = 0; facet < FACET_COUNT; facet++)
            members |= lot->found.near[facet][at] & others;
    }
    add_family_members(run, at, members);
    if (run->scan->query->want_facets) {
        for (uint32_t facet = 0; facet < FACET_COUNT; facet++)
            lot->found.near[facet][at] &= ~others;
        facets_take_compact(&run->facets, lot->zone, at, compact, &lot->found);
    }
    uint64_t found = lot->passing[at] & compact.all;
    uint64_t folded = lot->passing[at] & (families | compact.all);
    run->total -= bits_count(folded);
    run->total += bits_count(compact_any(found, compact.last, compact.all));
    if ((lot->chances >> at & 1) == 0)
        return;
    add_compact(run, block, found, lot->candidates[at] & compact.all, compact);
    lot->candidates[at] &= ~folded;
}

static void take_candidates(struct run *run, uint32_t at)
{
    uint32_t first = run->lot.zone * ZONE_DOCS + at * BLOCK;
    for (uint64_t left = run->lot.candidates[at]; left != 0; left &= left - 1)
        page_add(&run->page, first + (uint32_t)__builtin_ctzll(left));
}

/* What has been gathered of a zone. */
static void take_lot(struct run *run)
{
    const struct index *index = run->scan->index;
    const uint64_t *in_family = index->columns.in_family + (size_t)run->lot.zone * ZONE_BLOCKS;
    struct lot *lot = &run->lot;
    if (lot->blocks == 0)
        return;
    lot->chances = page_prune(&run->page, lot->zone, lot->blocks, lot->passing, lot->candidates);
    run->total += index->kernels->count_bits(lot->passing);
    uint32_t families =
        run->folds_families ? lot->blocks & index->kernels->blocks_any(in_family) : 0;
    for (; families != 0; families &= families - 1)
        take_families(run, (uint32_t)__builtin_ctz(families));
    for (uint32_t left = lot->chances; left != 0; left &= left - 1)
        take_candidates(run, (uint32_t)__builtin_ctz(left));
    if (run->scan->query->want_facets)
        facets_add_zone(&run->facets, lot->zone, &lot->found);
}

static void begin_lot(struct run *run, uint32_t zone)
{
    struct lot *lot = &run->lot;
    lot->zone = zone;
    lot->blocks = 0;
    memset(lot->passing, 0, sizeof lot->passing);
    if (run->scan->query->want_facets)
        memset(&lot->found, 0, sizeof lot->found);
}

/* --- looking at blocks --- */

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

/* A few are looked at one by one: a whole block of a column is several lines of memory. */
static uint64_t accept(const struct run *run, const struct active_filter *each, uint32_t block,
                       uint64_t mask)
{
    if (bits_count(mask) > FEW_OF_BLOCK && !each->has_list)
        return mask & each->filter->block(run->scan, each->state, block, mask);
    uint64_t accepted = mask;
    for (uint64_t left = mask; left != 0; left &= left - 1) {
        uint32_t doc = block * BLOCK + (uint32_t)__builtin_ctzll(left);
        if (!each->filter->one(run->scan, each->state, doc))
            accepted &= ~(left & -left);
    }
    return accepted;
}

/* A document that passes the filters up to `first`. What belongs to a family waits in the lot. */
static void take_one(struct run *run, uint32_t doc, uint32_t first)
{
    const struct scan *scan = run->scan;
    bool wants_facets = scan->query->want_facets;
    enum search_facet failed = FACET_NONE;
    for (uint32_t i = first; i < run->filter_count; i++) {
        const struct active_filter *each = &run->filters[i];
        if (each->filter->one(scan, each->state, doc))
            continue;
        bool is_near = wants_facets && each->filter->facet != FACET_NONE &&
                       (failed == FACET_NONE || failed == each->filter->facet);
        if (!is_near)
            return;
        failed = each->filter->facet;
    }
    uint32_t near = failed == FACET_NONE ? NEAR_ALL : 1U << failed;
    if (!run->folds_families || !bit_get(scan->index->columns.in_family, doc)) {
        if (wants_facets)
            facets_add_doc(&run->facets, doc, near);
        run->total += failed == FACET_NONE;
        if (failed == FACET_NONE)
            page_add(&run->page, doc);
        return;
    }
    struct lot *lot = &run->lot;
    uint64_t bit = UINT64_C(1) << doc % BLOCK;
    uint32_t at = doc % ZONE_DOCS / BLOCK;
    lot->blocks |= 1U << at;
    lot->passing[at] |= failed == FACET_NONE ? bit : 0;
    for (uint32_t facet = 0; wants_facets && facet < FACET_COUNT; facet++)
        lot->found.near[facet][at] |= near >> facet & 1 ? bit : 0;
}

/* Live documents of a block that the scan sees. */
static uint64_t live_of(const struct run *run, uint32_t block)
{
    const struct scan *scan = run->scan;
    uint64_t live = LOAD(scan->index->columns.live[block]);
    live = replaced_held(&run->watch, block * BLOCK, live);
    bool is_last = block == scan->blocks - 1 && scan->docs % BLOCK != 0;
    return is_last ? live & ((UINT64_C(1) << scan->docs % BLOCK) - 1) : live;
}

static void live_of_zone(const struct run *run, uint32_t zone, uint64_t masks_out[ZONE_BLOCKS])
{
    const struct index *index = run->scan->index;
    uint32_t first = zone * ZONE_BLOCKS;
    if ((zone + 1) * ZONE_DOCS <= run->scan->docs && run->watch.held_count == 0) {
        index->kernels->read(index->columns.live + first, masks_out);
        return;
    }
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++)
        masks_out[at] = first + at < run->scan->blocks ? live_of(run, first + at) : 0;
}

static void filter_zone(const struct run *run, const struct active_filter *each, uint32_t zone,
                        uint64_t masks[ZONE_BLOCKS])
{
    if (each->filter->blocks != NULL) {
        each->filter->blocks(run->scan, each->state, zone, masks);
        return;
    }
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++) {
        if (masks[at] != 0)
            masks[at] = accept(run, each, zone * ZONE_BLOCKS + at, masks[at]);
    }
}

static void keep(uint64_t masks[ZONE_BLOCKS], const uint64_t accepted[ZONE_BLOCKS])
{
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++)
        masks[at] &= accepted[at];
}

/* Many documents of a zone, which pass all filters before `first`. */
static void take_many(struct run *run, uint32_t zone, const uint64_t masks[ZONE_BLOCKS],
                      uint32_t first)
{
    struct lot *lot = &run->lot;
    lot->zone = zone;
    lot->blocks = run->scan->index->kernels->blocks_any(masks);
    memcpy(lot->passing, masks, sizeof lot->passing);
    for (uint32_t facet = 0; facet < FACET_COUNT && run->scan->query->want_facets; facet++)
        memcpy(lot->found.near[facet], masks, sizeof lot->found.near[facet]);
    for (uint32_t i = first; i < run->filter_count; i++) {
        uint64_t accepted[ZONE_BLOCKS];
        memcpy(accepted, masks, sizeof accepted);
        filter_zone(run, &run->filters[i], zone, accepted);
        keep(lot->passing, accepted);
        for (uint32_t facet = 0; facet < FACET_COUNT; facet++) {
            if (facet != run->filters[i].filter->facet)
                keep(lot->found.near[facet], accepted);
        }
    }
    take_lot(run);
}

/* Which pass all filters before `first`. */
static void take_few(struct run *run, uint32_t zone, const uint64_t masks[ZONE_BLOCKS],
                     uint32_t first)
{
    begin_lot(run, zone);
    for (uint32_t at = 0; at < ZONE_BLOCKS; at++) {
        for (uint64_t left = masks[at]; left != 0; left &= left - 1)
            take_one(run, zone * ZONE_DOCS + at * BLOCK + (uint32_t)__builtin_ctzll(left), first);
    }
    take_lot(run);
}

/* Those of a zone that are live, and, of a list, are in it. */
static void take_zone(struct run *run, uint32_t zone, uint64_t masks[ZONE_BLOCKS], uint32_t plain)
{
    const struct scan *scan = run->scan;
    for (uint32_t i = 0; i < plain; i++)
        filter_zone(run, &run->filters[i], zone, masks);
    const struct kernels *kernels = scan->index->kernels;
    uint32_t count = kernels->count_bits(masks);
    bool is_one_by_one = run->has_list || scan->query->want_facets;
    if (count > kernels->few_of_zone || (count > 0 && !is_one_by_one))
        take_many(run, zone, masks, plain);
    else if (count > 0)
        take_few(run, zone, masks, plain);
}

static void look_at_zone(struct run *run, uint32_t zone)
{
    const struct scan *scan = run->scan;
    if (zone_is_empty(run, zone))
        return;
    uint64_t masks[ZONE_BLOCKS];
    live_of_zone(run, zone, masks);
    take_zone(run, zone, masks, scan->query->want_facets ? run->plain_count : run->filter_count);
}

/* Documents of the zones that have been passed, the last of them new. */
static struct replaced_passed passed_zones(uint32_t zones, uint32_t zone, bool is_backwards)
{
    struct replaced_passed passed = {
        .first = is_backwards ? (zone + 1) * ZONE_DOCS : 0,
        .last = is_backwards ? zones * ZONE_DOCS : zone * ZONE_DOCS - 1,
        .first_new = zone * ZONE_DOCS,
        .last_new = (zone + 1) * ZONE_DOCS - 1,
    };
    if (!is_backwards && zone == 0)
        passed.first = 1, passed.last = 0;
    return passed;
}

/* The newest products of a category lie last in it: whoever wants those begins at the end. */
static void look_at_blocks(struct run *run)
{
    uint32_t zones = (run->scan->blocks + ZONE_BLOCKS - 1) / ZONE_BLOCKS;
    bool is_backwards = run->scan->query->sort == SEARCH_CREATED;
    for (uint32_t i = 0; i < zones; i++) {
        uint32_t zone = is_backwards ? zones - 1 - i : i;
        look_at_zone(run, zone);
        replaced_watch(&run->watch, passed_zones(zones, zone, is_backwards));
    }
}

/* --- looking along a list --- */

/* Fills `masks` with the documents from entry `at` on that lie in its zone; returns the first entry
 * behind it. */
static uint32_t read_zone(const struct run *run, uint32_t at, uint64_t masks[ZONE_BLOCKS])
{
    uint32_t zone = entry_doc(PEEK(run->list.entries[at])) / ZONE_DOCS;
    memset(masks, 0, ZONE_BLOCKS * sizeof masks[0]);
    for (; at < run->list.count; at++) {
        uint32_t doc = entry_doc(PEEK(run->list.entries[at]));
        if (doc / ZONE_DOCS != zone || doc >= run->scan->docs)
            break;
        masks[doc % ZONE_DOCS / BLOCK] |= UINT64_C(1) << doc % BLOCK;
    }
    for (uint32_t block = 0; block < ZONE_BLOCKS; block++) {
        if (masks[block] != 0)
            masks[block] &= live_of(run, zone * ZONE_BLOCKS + block);
    }
    return at;
}

/* A product that was given new texts meanwhile may be missed: it is in the list under its new
 * document alone. */
static void look_along_list(struct run *run)
{
    const struct scan *scan = run->scan;
    uint64_t masks[ZONE_BLOCKS];
    uint32_t next;
    for (uint32_t at = 0; at < run->list.count; at = next) {
        uint32_t doc = entry_doc(PEEK(run->list.entries[at]));
        if (doc >= scan->docs)
            break;
        next = read_zone(run, at, masks);
        take_zone(run, doc / ZONE_DOCS, masks, run->plain_count);
    }
    run->watch.is_torn |= LOAD(scan->index->columns.count) != scan->docs;
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
        struct active_filter *each = &run->filters[run->filter_count++];
        struct doc_list list;
        *each = (struct active_filter){.filter = filter, .state = state};
        each->has_list = filter->list != NULL && filter->list(run->scan, state, &list);
        if (!each->has_list)
            continue;
        ensure(!with_facet);
        if (!run->has_list || list.count < run->list.count)
            run->list = list;
        run->has_list = true;
    }
}

void scan_run(struct scan *scan, struct search_result *result_out)
{
    const struct search_query *query = scan->query;
    struct run *run = arena_alloc(scan->arena, sizeof *run);
    run->scan = scan;
    run->family.leader = UINT32_MAX;
    run->folds_families = !query->has_numbers && !query->has_skus;
    scratch_reserve(scan->scratch, LOAD(scan->index->families.count),
                    query->want_facets ? LOAD(scan->index->brands.count) : 0);
    add_filters(run, false);
    run->plain_count = run->filter_count;
    add_filters(run, true);
    replaced_watch_begin(&run->watch, &scan->index->replaced, scan->replaced_now, scan->docs);
    page_init(&run->page, scan);
    if (query->want_facets)
        facets_init(&run->facets, scan);
    scan->walked = run->list.entries;
    if (run->has_list)
        look_along_list(run);
    else
        look_at_blocks(run);
    finish_families(run);
    *result_out = (struct search_result){.total = run->total};
    page_write(&run->page, result_out);
    if (query->want_facets)
        result_out->facets = facets_finish(&run->facets);
    scan->is_torn |= run->watch.is_torn;
}
