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

struct list {
    struct rcu_head rcu;
    uint32_t capacity;
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

static void bitmaps_add(struct bitmaps *bitmaps, uint32_t doc, enum grade grade,
                        const struct postings_room *room)
{
    bitmap_set(&bitmaps->any, doc, room);
    if (grade == GRADE_HIGH)
        bitmap_set(&bitmaps->high, doc, room);
    else if (grade == GRADE_MIDDLE)
        bitmap_set(&bitmaps->middle, doc, room);
}

static bool bitmaps_have(const struct bitmaps *bitmaps, uint32_t doc)
{
    const struct bitmap *any = bitmaps->any;
    return doc / BLOCK < any->words && (any->bits[doc / BLOCK] >> doc % BLOCK & 1) != 0;
}

/* --- arrays --- */

static void list_drop(struct list *list, const struct postings_room *room)
{
    if (room->is_shared)
        release_later(&list->rcu, release_list);
    else
        memory_free(list);
}

static struct list *list_make(uint32_t capacity)
{
    struct list *list = memory_alloc(sizeof *list + (size_t)capacity * sizeof list->entries[0]);
    list->capacity = capacity;
    return list;
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

static struct list *list_of(struct postings *postings, const struct postings_room *room)
{
    uint32_t count = postings->count;
    if (tag_of(postings->where) == TAG_ENTRY) {
        struct list *first = list_make(LIST_FIRST);
        first->entries[0] = (uint32_t)(postings->where >> TAG_BITS);
        PUBLISH(postings->where, tagged(first, TAG_LIST));
        return first;
    }
    struct list *list = pointer_of(postings->where);
    if (count < list->capacity)
        return list;
    struct list *larger = list_make(count + count / 2);
    memcpy(larger->entries, list->entries, count * sizeof list->entries[0]);
    PUBLISH(postings->where, tagged(larger, TAG_LIST));
    list_drop(list, room);
    return larger;
}

static bool has_last(const struct postings *postings, uint32_t doc)
{
    switch (tag_of(postings->where)) {
    case TAG_NONE:
        return false;
    case TAG_ENTRY:
        return entry_doc((uint32_t)(postings->where >> TAG_BITS)) == doc;
    case TAG_LIST:
        return entry_doc(
                   ((struct list *)pointer_of(postings->where))->entries[postings->count - 1]) ==
               doc;
    case TAG_BITMAPS:
        return bitmaps_have(pointer_of(postings->where), doc);
    }
    check_failed("a known tag", __FILE__, __LINE__);
}

static bool is_dense(uint32_t count, uint32_t doc, const struct postings_room *room)
{
    uint32_t docs = doc > room->docs_expected ? doc : room->docs_expected;
    return count >= DENSE_FROM && count >= docs / DENSE_PART;
}

bool postings_add(struct postings *postings, uint32_t doc, enum grade grade,
                  const struct postings_room *room)
{
    if (has_last(postings, doc))
        return false;
    uint32_t count = postings->count;
    if (count == 0) {
        PUBLISH(postings->where, (uintptr_t)entry_make(doc, grade) << TAG_BITS | TAG_ENTRY);
    } else {
        if (tag_of(postings->where) == TAG_LIST && is_dense(count, doc, room))
            turn_into_bitmaps(postings, pointer_of(postings->where), room);
        if (tag_of(postings->where) == TAG_BITMAPS) {
            bitmaps_add(pointer_of(postings->where), doc, grade, room);
        } else {
            struct list *list = list_of(postings, room);
            POKE(list->entries[count], entry_make(doc, grade));
        }
    }
    PUBLISH(postings->count, count + 1);
    return true;
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
        const struct list *list = pointer_of(where);
        return sizeof *list + (uint64_t)list->capacity * sizeof list->entries[0];
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
