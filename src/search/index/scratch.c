#include "search/index/scratch.h"

#include "base/memory.h"

#include <libstemmer.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_key_t key;
static pthread_once_t key_is_made = PTHREAD_ONCE_INIT;

static void drop_bitmaps(struct scratch *scratch)
{
    for (uint32_t i = 0; i < SCRATCH_BITMAPS_MAX; i++) {
        memory_free(scratch->bitmaps[i]);
        scratch->bitmaps[i] = NULL;
    }
}

static void release(void *memory)
{
    struct scratch *scratch = memory;
    if (scratch->stemmer != NULL)
        sb_stemmer_delete(scratch->stemmer);
    drop_bitmaps(scratch);
    memory_free(scratch->family_slots);
    memory_free(scratch->members);
    memory_free(scratch->families);
    memory_free(scratch->brand_counts);
    memory_free(scratch);
}

/* The main thread ends with the process, without the destructors of its keys. */
static void release_of_this_thread(void)
{
    void *scratch = pthread_getspecific(key);
    if (scratch != NULL)
        release(scratch);
    ensure(pthread_setspecific(key, NULL) == 0);
}

static void make_key(void)
{
    ensure(pthread_key_create(&key, release) == 0);
    ensure(atexit(release_of_this_thread) == 0);
}

struct scratch *scratch_begin(uint32_t blocks)
{
    ensure(pthread_once(&key_is_made, make_key) == 0);
    struct scratch *scratch = pthread_getspecific(key);
    if (scratch == NULL) {
        scratch = memory_alloc_zeroed(1, sizeof *scratch);
        ensure(pthread_setspecific(key, scratch) == 0);
    }
    if (scratch->bitmap_words < blocks) {
        drop_bitmaps(scratch);
        scratch->bitmap_words = blocks + blocks / 4;
    }
    scratch->bitmaps_used = 0;
    scratch->member_count = 0;
    scratch->families_count = 0;
    if (++scratch->search == 0) {
        memset(scratch->family_slots, 0,
               scratch->family_capacity * sizeof scratch->family_slots[0]);
        scratch->search = 1;
    }
    return scratch;
}

uint64_t *scratch_bitmap(struct scratch *scratch)
{
    ensure(scratch->bitmaps_used < SCRATCH_BITMAPS_MAX);
    uint64_t **bitmap = &scratch->bitmaps[scratch->bitmaps_used++];
    size_t words = scratch->bitmap_words;
    if (*bitmap == NULL)
        *bitmap = memory_alloc_zeroed(words, sizeof(uint64_t));
    else
        memset(*bitmap, 0, words * sizeof(uint64_t));
    return *bitmap;
}

struct text scratch_stem(struct scratch *scratch, struct text language, struct text word)
{
    ensure(language.length < sizeof scratch->language);
    if (scratch->stemmer == NULL || !text_equal(text_of(scratch->language), language)) {
        if (scratch->stemmer != NULL)
            sb_stemmer_delete(scratch->stemmer);
        memset(scratch->language, 0, sizeof scratch->language);
        memcpy(scratch->language, language.data, language.length);
        scratch->stemmer = sb_stemmer_new(scratch->language, "UTF_8");
        ensure(scratch->stemmer != NULL); /* the index has one of this language, too */
    }
    const sb_symbol *stem =
        sb_stemmer_stem(scratch->stemmer, (const sb_symbol *)word.data, (int)word.length);
    ensure(stem != NULL);
    return (struct text){(const char *)stem, (uint32_t)sb_stemmer_length(scratch->stemmer)};
}

void scratch_reserve(struct scratch *scratch, uint32_t families, uint32_t brands)
{
    if (families >= scratch->family_capacity) {
        uint32_t capacity = families + families / 4 + 1;
        memory_free(scratch->family_slots);
        scratch->family_slots = memory_alloc_zeroed(capacity, sizeof scratch->family_slots[0]);
        scratch->family_capacity = capacity;
    }
    if (brands >= scratch->brand_capacity) {
        uint32_t capacity = brands + brands / 4 + 1;
        memory_free(scratch->brand_counts);
        scratch->brand_counts = memory_alloc_zeroed(capacity, sizeof scratch->brand_counts[0]);
        scratch->brand_capacity = capacity;
    }
}
