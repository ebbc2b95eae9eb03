#include "search/index/families.h"

#include "base/memory.h"

/* The cheaper one, of equally cheap ones that of the lower number. */
static uint32_t cheaper(const struct scan *scan, uint32_t a, uint32_t b)
{
    const struct columns *columns = &scan->index->columns;
    int64_t a_price = scan_price(scan, a);
    int64_t b_price = scan_price(scan, b);
    if (a_price != b_price)
        return a_price < b_price ? a : b;
    return PEEK(columns->number[a]) < PEEK(columns->number[b]) ? a : b;
}

static void add_family(struct scratch *scratch, uint32_t family)
{
    if (scratch->families_count == scratch->families_capacity)
        scratch->families = memory_grow(scratch->families, &scratch->families_capacity,
                                        sizeof scratch->families[0]);
    scratch->families[scratch->families_count++] = family;
}

static void add_member(struct scratch *scratch, struct family_slot *slot, bool is_first,
                       uint32_t doc, uint32_t near)
{
    if (scratch->member_count == scratch->member_capacity)
        scratch->members =
            memory_grow(scratch->members, &scratch->member_capacity, sizeof scratch->members[0]);
    uint32_t position = scratch->member_count++;
    scratch->members[position] = (struct family_member){
        .doc = doc,
        .near = (uint8_t)near,
        .next = is_first ? 0 : slot->first + 1,
    };
    slot->first = position;
}

void families_add(const struct scan *scan, uint32_t doc, uint32_t near)
{
    struct scratch *scratch = scan->scratch;
    uint32_t family = PEEK(scan->index->columns.family[doc]);
    ensure(family < scratch->family_capacity);
    struct family_slot *slot = &scratch->family_slots[family];
    bool is_first = slot->search != scratch->search;
    slot->search = scratch->search;
    if (is_first)
        add_family(scratch, family);
    if (scan->query->want_facets)
        add_member(scratch, slot, is_first, doc, near);
    else
        slot->first = is_first ? doc : cheaper(scan, doc, slot->first);
}

uint32_t families_leader(const struct scan *scan, uint32_t position)
{
    const struct scratch *scratch = scan->scratch;
    uint32_t first = scratch->family_slots[scratch->families[position]].first;
    if (!scan->query->want_facets)
        return first;
    uint32_t leader = UINT32_MAX;
    for (uint32_t at = first + 1; at != 0; at = scratch->members[at - 1].next) {
        const struct family_member *member = &scratch->members[at - 1];
        if ((member->near & PASSES) != 0)
            leader = leader == UINT32_MAX ? member->doc : cheaper(scan, leader, member->doc);
    }
    return leader;
}
