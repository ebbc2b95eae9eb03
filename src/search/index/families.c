#include "search/index/families.h"

#include "base/memory.h"

void families_add(const struct scan *scan, uint32_t doc, uint32_t near)
{
    struct scratch *scratch = scan->scratch;
    uint32_t family = PEEK(scan->index->columns.family[doc]);
    if (family >= scratch->family_capacity) {
        return; /* the document is newer than the scan */
    }
    if (scratch->member_count == scratch->member_capacity)
        scratch->members = memory_grow(scratch->members, &scratch->member_capacity,
                                       sizeof scratch->members[0]);
    uint32_t position = scratch->member_count++;
    struct family_slot *slot = &scratch->family_slots[family];
    bool is_first = slot->search != scratch->search;
    scratch->members[position] = (struct family_member){
        .doc = doc,
        .near = (uint8_t)near,
        .next = is_first ? 0 : slot->first + 1,
    };
    *slot = (struct family_slot){.search = scratch->search, .first = position};
    if (!is_first)
        return;
    if (scratch->families_count == scratch->families_capacity)
        scratch->families = memory_grow(scratch->families, &scratch->families_capacity,
                                        sizeof scratch->families[0]);
    scratch->families[scratch->families_count++] = family;
}

uint32_t families_leader(const struct scan *scan, uint32_t first)
{
    const struct scratch *scratch = scan->scratch;
    const uint32_t *numbers = scan->index->columns.number;
    uint32_t leader = UINT32_MAX;
    int64_t leader_price = 0;
    for (uint32_t at = first + 1; at != 0; at = scratch->members[at - 1].next) {
        const struct family_member *member = &scratch->members[at - 1];
        if ((member->near & PASSES) == 0)
            continue;
        int64_t price = scan_price(scan, member->doc);
        if (leader == UINT32_MAX || price < leader_price ||
            (price == leader_price && PEEK(numbers[member->doc]) < PEEK(numbers[leader]))) {
            leader = member->doc;
            leader_price = price;
        }
    }
    return leader;
}
