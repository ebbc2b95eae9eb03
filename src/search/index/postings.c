#include "search/index/postings.h"

#include "base/memory.h"
#include "base/queue.h"

#include <string.h>

/* `where` of struct postings: the lowest bits say what the others are. */
enum tag { TAG_NONE = 0, TAG_ENTRY = 1, TAG_LIST = 2, TAG_BITMAPS = 3 };
enum { TAG_BITS = 2, TAG_MASK = 3 };

enum {
    DENSE_FROM = 64, /* fewer documents are never bitmaps */
    DENSE_PART = 32, /* one in so many documents is */
    LIST_FIRST = 4,
};

/* How many entries there is room for is what list_room() says of those that it has. */
struct list {
    struct rcu_head rcu;
    uint32_t entries[];
};

struct bitmap {
    struct rcu_head rcu;
    uint32_t words;
    uint64_t bits[];
};

/* Made once per term and never replaced; the bitmaps are. */
struct bitmaps {
    struct bitmap *any, *high, *middle; /* RCU; the last two may be NULL */
    uint32_t words;                     /* that `any` has; the writer's */
};

static enum tag tag_of(uintptr_t where)
{
    return (enum tag)(where & TAG_MASK);
}

static void *pointer_of(uintptr_t where)
{
    return (void *)(where & ~(uintptr_t)TAG_MASK);
}

static uintptr_t tagged(const void *pointer, enum tag tag)
{
    ensure(((uintptr_t)pointer & TAG_MASK) == 0);
    return (uintptr_t)pointer | (uintptr_t)tag;
}

static void release_list(struct rcu_head *head)
{
    READERS_ARE_GONE();
    memory_free(container_of(head, struct list, rcu));
}

static void release_bitmap(struct rcu_head *head)
{
    READERS_ARE_GONE();
    memory_free(container_of(head, struct bitmap, rcu));
}

/* --- bitmaps --- */

static struct bitmap *bitmap_make(uint32_t doc, const struct postings_room *room)
{
    uint32_t docs = doc + 1 > room->docs_expected ? doc + 1 : room->docs_expected;
    uint32_t words = docs / BLOCK + docs / BLOCK / 4 + 1; /* a quarter more, to grow into */
    struct bitmap *bitmap =
        memory_alloc_zeroed(1, sizeof *bitmap + (size_t)words * sizeof bitmap->bits[0]);
    bitmap->words = words;
    return bitmap;
}

static void bitmap_set(struct bitmap **place, uint32_t doc, const struct postings_room *room)
{
    struct bitmap *bitmap = *place;
    if (bitmap == NULL || doc / BLOCK >= bitmap->words) {
        struct bitmap *larger = bitmap_make(doc, room);
        if (bitmap != NULL) {
            memcpy(larger->bits, bitmap->bits, bitmap->words * sizeof bitmap->bits[0]);
            if (room->is_shared)
                release_later(&bitmap->rcu, release_bitmap);
            else
                memory_free(bitmap);
        }
        bitmap = larger;
        PUBLISH(*place, bitmap);
    }
    uint64_t *word = &bitmap->bits[doc / BLOCK];
    POKE(*word, *word | UINT64_C(1) << doc % BLOCK);
}

static bool bitmaps_add(struct bitmaps *bitmaps, uint32_t doc, enum grade grade,
                        const struct postings_room *room)
{
    uint64_t bit = UINT64_C(1) << doc % BLOCK;
    if (doc / BLOCK >= bitmaps->words) {
        bitmap_set(&bitmaps->any, doc, room);
        bitmaps->words = bitmaps->any->words;
    } else {
        uint64_t *word = &bitmaps->any->bits[doc / BLOCK];
        if ((*word & bit) != 0)
            return false;
        POKE(*word, *word | bit);
    }
    if (grade == GRADE_HIGH)
        bitmap_set(&bitmaps->high, doc, room);
    else if (grade == GRADE_MIDDLE)
        bitmap_set(&bitmaps->middle, doc, room);
    return true;
}

/* --- arrays --- */

static void list_drop(struct list *list, const struct postings_room *room)
{
    if (room->is_shared)
        release_later(&list->rcu, release_list);
    else
        memory_free(list);
}

/* Half of the highest power of two in `count`, which is 2 at least. */
static uint32_t list_step(uint32_t count)
{
    return UINT32_C(1) << (30 - (uint32_t)__builtin_clz(count));
}

/* Four, six, eight, twelve, sixteen and so on: the next of them above `count`. */
static uint32_t list_room(uint32_t count)
{
    if (count < LIST_FIRST)
        return LIST_FIRST;
    uint32_t step = list_step(count);
    return (count & ~(step - 1)) + step;
}

static bool list_is_full(uint32_t count)
{
    return count >= LIST_FIRST && (count & (list_step(count) - 1)) == 0;
}

static struct list *list_make(uint32_t room)
{
    struct list *list;
    return memory_alloc(sizeof *list + (size_t)room * sizeof list->entries[0]);
}

static void turn_into_bitmaps(struct postings *postings, struct list *list,
                              const struct postings_room *room)
{
    struct bitmaps *bitmaps = memory_alloc_zeroed(1, sizeof *bitmaps);
    for (uint32_t i = 0; i < postings->count; i++)
        bitmaps_add(bitmaps, entry_doc(list->entries[i]), entry_grade(list->entries[i]), room);
    PUBLISH(postings->where, tagged(bitmaps, TAG_BITMAPS));
    list_drop(list, room);
}

static bool is_dense(uint32_t count, uint32_t doc, const struct postings_room *room)
{
    uint32_t docs = doc > room->docs_expected ? doc : room->docs_expected;
    return count >= DENSE_FROM && count >= docs / DENSE_PART;
}

static struct list *list_grow(struct postings *postings, struct list *list,
                              const struct postings_room *room)
{
    uint32_t count = postings->count;
    struct list *larger = list_make(list_room(count));
    memcpy(larger->entries, list->entries, count * sizeof list->entries[0]);
    PUBLISH(postings->where, tagged(larger, TAG_LIST));
    list_drop(list, room);
    return larger;
}

static bool list_add(struct postings *postings, uint32_t doc, enum grade grade,
                     const struct postings_room *room)
{
    struct list *list = pointer_of(postings->where);
    uint32_t count = postings->count;
    if (entry_doc(list->entries[count - 1]) == doc)
        return false;
    if (is_dense(count, doc, room)) {
        turn_into_bitmaps(postings, list, room);
        return bitmaps_add(pointer_of(postings->where), doc, grade, room);
    }
    if (list_is_full(count))
        list = list_grow(postings, list, room);
    POKE(list->entries[count], entry_make(doc, grade));
    return true;
}

/* A second document makes a list of the one. */
static bool entry_add(struct postings *postings, uint32_t doc, enum grade grade)
{
    uint32_t first = (uint32_t)(postings->where >> TAG_BITS);
    if (entry_doc(first) == doc)
        return false;
    struct list *list = list_make(LIST_FIRST);
    list->entries[0] = first;
    list->entries[1] = entry_make(doc, grade);
    PUBLISH(postings->where, tagged(list, TAG_LIST));
    return true;
}

static bool add(struct postings *postings, uint32_t doc, enum grade grade,
                const struct postings_room *room)
{
    switch (tag_of(postings->where)) {
    case TAG_NONE:
        PUBLISH(postings->where, (uintptr_t)entry_make(doc, grade) << TAG_BITS | TAG_ENTRY);
        return true;
    case TAG_ENTRY:
        return entry_add(postings, doc, grade);
    case TAG_LIST:
        return list_add(postings, doc, grade, room);
    case TAG_BITMAPS:
        return bitmaps_add(pointer_of(postings->where), doc, grade, room);
    }
    check_failed("a known tag", __FILE__, __LINE__);
}

bool postings_add(struct postings *postings, uint32_t doc, enum grade grade,
                  const struct postings_room *room)
{
    bool is_new = add(postings, doc, grade, room);
    if (is_new)
        PUBLISH(postings->count, postings->count + 1);
    return is_new;
}

/* Without a branch, which nobody could guess. */
bool postings_fetch(const struct postings *postings)
{
    bool is_list = tag_of(postings->where) == TAG_LIST;
    size_t last = offsetof(struct list, entries) + (postings->count - 1) * sizeof(uint32_t);
    const char *place = pointer_of(postings->where);
    __builtin_prefetch(place + (last & -(size_t)is_list));
    return is_list;
}

void postings_release(struct postings *postings)
{
    if (tag_of(postings->where) == TAG_LIST) {
        memory_free(pointer_of(postings->where));
    } else if (tag_of(postings->where) == TAG_BITMAPS) {
        struct bitmaps *bitmaps = pointer_of(postings->where);
        memory_free(bitmaps->any);
        memory_free(bitmaps->high);
        memory_free(bitmaps->middle);
        memory_free(bitmaps);
    }
    *postings = (struct postings){0};
}

static uint64_t bitmap_bytes(const struct bitmap *bitmap)
{
    return bitmap == NULL ? 0 : sizeof *bitmap + (uint64_t)bitmap->words * sizeof bitmap->bits[0];
}

uint64_t postings_bytes(const struct postings *postings)
{
    uintptr_t where = LOAD(postings->where);
    if (tag_of(where) == TAG_LIST) {
        uint32_t room = list_room(PEEK(postings->count) - 1);
        return sizeof(struct list) + (uint64_t)room * sizeof(uint32_t);
    }
    if (tag_of(where) == TAG_BITMAPS) {
        const struct bitmaps *bitmaps = pointer_of(where);
        return sizeof *bitmaps + bitmap_bytes(LOAD(bitmaps->any)) +
               bitmap_bytes(LOAD(bitmaps->high)) + bitmap_bytes(LOAD(bitmaps->middle));
    }
    return 0;
}

/* --- readers --- */

static struct bits read_bitmap(struct bitmap *const *place)
{
    const struct bitmap *bitmap = LOAD(*place);
    if (bitmap == NULL)
        return (struct bits){0};
    return (struct bits){bitmap->bits, bitmap->words};
}

void postings_read(const struct postings *postings, struct postings_view *view_out)
{
    /* The count first: what `where` leads to then has at least so many. */
    *view_out = (struct postings_view){.count = LOAD(postings->count)};
    uintptr_t where = LOAD(postings->where);
    if (tag_of(where) == TAG_ENTRY) {
        view_out->only = (uint32_t)(where >> TAG_BITS);
        view_out->entries = &view_out->only;
    } else if (tag_of(where) == TAG_LIST) {
        view_out->entries = ((const struct list *)pointer_of(where))->entries;
    } else if (tag_of(where) == TAG_BITMAPS) {
        const struct bitmaps *bitmaps = pointer_of(where);
        view_out->any = read_bitmap(&bitmaps->any);
        view_out->high = read_bitmap(&bitmaps->high);
        view_out->middle = read_bitmap(&bitmaps->middle);
    }
}

uint32_t postings_seek(const uint32_t *entries, uint32_t from, uint32_t count, uint32_t doc)
{
    uint32_t low = from;
    uint32_t high = from;
    for (uint32_t step = 1; high < count && entry_doc(PEEK(entries[high])) < doc; step *= 2) {
        low = high + 1;
        high = step < count - high ? high + step : count;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entry_doc(PEEK(entries[middle])) < doc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
