#include "search/index/replaced.h"

void replaced_announce(struct replaced *replaced, uint32_t old_doc, uint32_t new_doc)
{
    struct replaced_pair *pair = &replaced->pairs[replaced->count % REPLACED_KEPT];
    POKE(pair->old_doc, old_doc);
    POKE(pair->new_doc, new_doc);
    PUBLISH(replaced->count, replaced->count + 1);
}

static const struct replaced_passed nothing = {.first = 1, .first_new = 1};

void replaced_watch_begin(struct replaced_watch *watch, const struct replaced *replaced,
                          uint64_t now, uint32_t docs)
{
    /* The old document of the last change may be about to die: all others are dead. */
    *watch =
        (struct replaced_watch){.replaced = replaced, .docs = docs, .seen = now == 0 ? 0 : now - 1};
    replaced_watch(watch, nothing);
}

static void hold(struct replaced_watch *watch, uint32_t doc, bool is_live)
{
    if (watch->held_count == REPLACED_HELD_MAX) {
        watch->is_torn = true;
        return;
    }
    watch->held[watch->held_count].doc = doc;
    watch->held[watch->held_count++].is_live = is_live;
}

static void note(struct replaced_watch *watch, struct replaced_pair pair,
                 struct replaced_passed passed)
{
    bool sees_new = pair.new_doc < watch->docs;
    if (pair.old_doc >= watch->docs)
        return;
    if (pair.old_doc >= passed.first_new && pair.old_doc <= passed.last_new)
        watch->is_torn = true; /* it was alive, or was not */
    else if (pair.old_doc >= passed.first && pair.old_doc <= passed.last)
        watch->is_torn |= sees_new; /* it was alive */
    else
        hold(watch, pair.old_doc, !sees_new);
}

void replaced_watch_news(struct replaced_watch *watch, struct replaced_passed passed)
{
    const struct replaced *replaced = watch->replaced;
    uint64_t now = LOAD(replaced->count);
    if (now - watch->seen > REPLACED_KEPT / 2) {
        watch->is_torn = true;
        watch->seen = now;
        return;
    }
    for (uint64_t i = watch->seen; i < now; i++) {
        const struct replaced_pair *pair = &replaced->pairs[i % REPLACED_KEPT];
        note(watch, (struct replaced_pair){PEEK(pair->old_doc), PEEK(pair->new_doc)}, passed);
    }
    if (LOAD(replaced->count) - watch->seen > REPLACED_KEPT / 2)
        watch->is_torn = true; /* they were written over meanwhile */
    watch->seen = now;
}
