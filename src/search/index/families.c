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

static struct family_slot *slot_of(struct scratch *scratch, uint32_t family, bool *is_first_out)
{
    ensure(family < scratch->family_capacity);
    struct family_slot *slot = &scratch->family_slots[family];
    *is_first_out = slot->search != scratch->search;
    slot->search = scratch->search;
    if (*is_first_out)
        add_family(scratch, family);
    return slot;
}

void families_add(const struct scan *scan, uint32_t doc, uint32_t near)
{
    bool is_first;
    struct family_slot *slot =
        slot_of(scan->scratch, PEEK(scan->index->columns.family[doc]), &is_first);
    add_member(scan->scratch, slot, is_first, doc, near);
}

/* Members mostly lie side by side: a family is looked up once per run of them. */
static void end_run(const struct scan *scan)
{
    struct scratch *scratch = scan->scratch;
    if (scratch->run_family == 0)
        return;
    bool is_first;
    struct family_slot *slot = slot_of(scratch, scratch->run_family, &is_first);
    slot->first = is_first ? scratch->run_leader : cheaper(scan, scratch->run_leader, slot->first);
}

void families_add_passing(const struct scan *scan, uint32_t block, uint64_t mask)
{
    struct scratch *scratch = scan->scratch;
    const uint32_t *families = scan->index->columns.family;
    for (; mask != 0; mask &= mask - 1) {
        uint32_t doc = block * BLOCK + (uint32_t)__builtin_ctzll(mask);
        uint32_t family = PEEK(families[doc]);
        if (family == scratch->run_family) {
            scratch->run_leader = cheaper(scan, doc, scratch->run_leader);
            continue;
        }
        end_run(scan);
        scratch->run_family = family;
        scratch->run_leader = doc;
    }
}

void families_finish(const struct scan *scan)
{
    end_run(scan);
    scan->scratch->run_family = 0;
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
