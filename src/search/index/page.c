#include "search/index/page.h"

void page_init(struct page *page, const struct scan *scan)
{
    page->scan = scan;
    page->count = 0;
    page->wanted = scan->query->limit + 1;
    page->waiting_count = 0;
    page->is_loose = false;
    ranking_init(&page->ranking, scan);
}

static void tighten(struct page *page)
{
    if (page->is_loose)
        ranking_tighten(&page->ranking, page->hits[page->count - 1].place);
    page->is_loose = false;
}

uint32_t page_prune(struct page *page, uint32_t zone, uint32_t blocks,
                    const uint64_t masks[ZONE_BLOCKS], uint64_t kept_out[ZONE_BLOCKS])
{
    tighten(page);
    return ranking_prune(&page->ranking, zone, blocks, masks, kept_out);
}

static void take(struct page *page, uint32_t doc)
{
    uint32_t count = page->count;
    bool is_full = count == page->wanted;
    int64_t rank = ranking_rank(&page->ranking, doc);
    if (is_full && rank > page->hits[count - 1].place.rank)
        return;
    struct hit hit = {
        .place = {rank, PEEK(page->scan->index->columns.number[doc])},
        .doc = doc,
    };
    struct search_cursor after = page->scan->query->after;
    if (after.number != 0 && !goes_before(after, hit.place))
        return;
    if (is_full) {
        if (!goes_before(hit.place, page->hits[count - 1].place))
            return;
        count--;
    }
    uint32_t at = count;
    for (; at > 0 && goes_before(hit.place, page->hits[at - 1].place); at--)
        page->hits[at] = page->hits[at - 1];
    page->hits[at] = hit;
    page->count = count + 1;
    page->is_loose = page->count == page->wanted;
}

static void take_waiting(struct page *page)
{
    for (uint32_t i = 0; i < page->waiting_count; i++) {
        tighten(page);
        if (ranking_may_enter(&page->ranking, page->waiting[i]))
            take(page, page->waiting[i]);
    }
    page->waiting_count = 0;
}

void page_add(struct page *page, uint32_t doc)
{
    const struct columns *columns = &page->scan->index->columns;
    if (!ranking_may_enter(&page->ranking, doc))
        return;
    __builtin_prefetch(&columns->number[doc]);
    if (page->ranking.steps == columns->price_step)
        __builtin_prefetch(&columns->price[doc]);
    page->waiting[page->waiting_count++] = doc;
    if (page->waiting_count == PAGE_WAITING_MAX)
        take_waiting(page);
}

void page_write(struct page *page, struct search_result *result)
{
    take_waiting(page);
    uint32_t limit = page->scan->query->limit;
    result->has_more = page->count > limit;
    result->hit_count = result->has_more ? limit : page->count;
    for (uint32_t i = 0; i < result->hit_count; i++)
        result->hits[i] = page->hits[i].place.number;
    if (result->hit_count > 0)
        result->next = page->hits[result->hit_count - 1].place;
}
