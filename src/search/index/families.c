#include "search/index/families.h"

#include "base/memory.h"

uint32_t families_cheaper(const struct scan *scan, uint32_t a, uint32_t b)
{
    if (a == UINT32_MAX || b == UINT32_MAX)
        return a == UINT32_MAX ? b : a;
    const struct columns *columns = &scan->index->columns;
    int64_t a_price = scan_price(scan, a);
    int64_t b_price = scan_price(scan, b);
    if (a_price != b_price)
        return a_price < b_price ? a : b;
    return PEEK(columns->number[a]) < PEEK(columns->number[b]) ? a : b;
}

static uint32_t add_member(struct scratch *scratch, uint32_t doc, uint32_t near, uint32_t next)
{
    if (scratch->member_count == scratch->member_capacity)
        scratch->members =
            memory_grow(scratch->members, &scratch->member_capacity, sizeof scratch->members[0]);
    scratch->members[scratch->member_count++] = (struct family_member){
        .doc = doc,
        .near = (uint8_t)near,
        .next = next,
    };
    return scratch->member_count;
}

void families_add(const struct scan *scan, struct family_run *run, uint32_t doc, uint32_t near)
{
    if (near & PASSES)
        run->leader = families_cheaper(scan, run->leader, doc);
    if (scan->query->want_facets)
        run->first = add_member(scan->scratch, doc, near, run->first);
}

static void add_family(struct scratch *scratch, uint32_t family)
{
    if (scratch->families_count == scratch->families_capacity)
        scratch->families = memory_grow(scratch->families, &scratch->families_capacity,
                                        sizeof scratch->families[0]);
    scratch->families[scratch->families_count++] = family;
}

/* Puts the members of the run in front of those that were found before. */
static void prepend(struct scratch *scratch, struct family_slot *slot, uint32_t first)
{
    if (first == 0)
        return;
    struct family_member *last = &scratch->members[first - 1];
    while (last->next != 0)
        last = &scratch->members[last->next - 1];
    last->next = slot->first;
    slot->first = first;
}

void families_keep(const struct scan *scan, const struct family_run *run)
{
    struct scratch *scratch = scan->scratch;
    ensure(run->family < scratch->family_capacity);
    struct family_slot *slot = &scratch->family_slots[run->family];
    if (slot->search != scratch->search) {
        *slot = (struct family_slot){.search = scratch->search, .leader = UINT32_MAX};
        add_family(scratch, run->family);
    }
    slot->leader = families_cheaper(scan, slot->leader, run->leader);
    prepend(scratch, slot, run->first);
}

bool families_next_kept(const struct scan *scan, uint32_t *position, struct family_run *run_out)
{
    const struct scratch *scratch = scan->scratch;
    if (*position == scratch->families_count)
        return false;
    uint32_t family = scratch->families[(*position)++];
    const struct family_slot *slot = &scratch->family_slots[family];
    *run_out = (struct family_run){family, slot->leader, slot->first};
    return true;
}
