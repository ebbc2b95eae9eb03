#include "search/index/index.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/queue.h"
#include "search/index/build.h"
#include "search/index/suggest.h"
#include "search/index/walk.h"
#include "search/index/words.h"

#include <pthread.h>
#include <string.h>

enum {
    LANGUAGE_MAX = 31,
    LOOKS_MAX = 16, /* at a catalogue that is being renamed meanwhile */
    DEAD_PART = 4,  /* a new index is built once one in so many documents is dead */
    DEAD_MIN = 10000,
    DOCS_ALERT = DOCS_MAX / 8 * 7, /* or so many numbers are used up */
};

/* A product that changed while a new index was being built. */
struct late_change {
    uint32_t number;
    bool has_new_texts;
};

struct rebuild {
    pthread_t thread;
    struct index *index;
    bool is_done; /* atomic */
    bool has_new_categories;
    struct late_change *changes;
    uint32_t change_count;
    uint32_t change_capacity;
};

struct index_backend {
    struct search_backend backend;
    struct view_listener listener;
    struct view *view;
    char language[LANGUAGE_MAX + 1];
    char *synonyms;          /* owned */
    struct index *index;     /* RCU */
    struct rebuild *rebuild; /* the writer's; NULL = none is going on */
    uint64_t build_cpu_ns;   /* atomic, like the next */
    uint64_t rebuilds;
};

/* What replaces an index releases it. */
struct retired_index {
    struct rcu_head rcu;
    struct index *index;
};

static struct index_backend *backend_of(struct search_backend *backend)
{
    return container_of(backend, struct index_backend, backend);
}

/* --- readers --- */

static void begin(struct scan *scan, const struct index *index, struct arena *arena)
{
    *scan = (struct scan){
        .index = index,
        .tree = LOAD(index->tree),
        .spelling = LOAD(index->spelling),
        .arena = arena,
        .replaced_now = replaced_now(&index->replaced),
    };
    scan->docs = LOAD(index->columns.count);
    scan->products = PEEK(index->columns.product_count);
    scan->blocks = (scan->docs + BLOCK - 1) / BLOCK;
    scan->scratch = scratch_begin(scan->blocks);
}

static bool run_words(struct scan *scan, struct search_result *result)
{
    scan->scratch = scratch_begin(scan->blocks);
    words_prepare(scan, scan->words);
    scan_run(scan, result);
    return result->total > 0;
}

/* Nothing has all words: see query.h for what is done then. */
static void run_repaired(struct scan *scan, struct search_result *result)
{
    struct search_result *repaired = arena_alloc(scan->arena, sizeof *repaired);
    bool is_found = false;
    if (words_miss_one(scan->words) && words_repair(scan, scan->words, REPAIR_UNKNOWN))
        is_found = run_words(scan, repaired);
    if (!is_found && words_repair(scan, scan->words, REPAIR_RARE))
        is_found = run_words(scan, repaired);
    while (!is_found && words_repair(scan, scan->words, REPAIR_LEAVE_OUT))
        is_found = run_words(scan, repaired);
    if (!is_found)
        return;
    words_note(scan, scan->words, repaired);
    *result = *repaired;
}

/* False when it may be wrong about a product that got new texts meanwhile. */
static bool run(const struct index *index, const struct search_query *query, struct arena *arena,
                struct search_result *result)
{
    struct scan scan;
    begin(&scan, index, arena);
    scan.query = query;
    scan.words = words_read(&scan, query->words, false);
    if (scan.words == NULL && walk_run(&scan, result))
        return !scan.is_torn;
    if (scan.words == NULL)
        scan_run(&scan, result);
    else if (!run_words(&scan, result))
        run_repaired(&scan, result);
    return !scan.is_torn;
}

static void index_search(struct search_backend *base, struct search_request *request)
{
    const struct index *index = LOAD(backend_of(base)->index);
    for (uint32_t look = 0; look < LOOKS_MAX; look++) {
        if (run(index, request->query, request->arena, &request->result))
            break;
    }
    request->err = OK;
    request->done(request);
}

static void index_suggest_request(struct search_backend *base,
                                  struct search_suggest_request *request)
{
    struct scan scan;
    begin(&scan, LOAD(backend_of(base)->index), request->arena);
    index_suggest(&scan, &request->query, &request->suggestions);
    request->err = OK;
    request->done(request);
}

/* --- building anew, beside the readers --- */

static void *rebuild_run(void *context)
{
    struct index_backend *backend = context;
    struct rebuild *rebuild = backend->rebuild;
    uint64_t started = clock_thread_cpu_ns();
    view_thread_register();
    view_read_begin();
    index_build(rebuild->index);
    view_read_end();
    view_thread_unregister();
    POKE(backend->build_cpu_ns, clock_thread_cpu_ns() - started);
    __atomic_store_n(&rebuild->is_done, true, __ATOMIC_RELEASE);
    return NULL;
}

static bool is_worn(const struct index *index)
{
    const struct columns *columns = &index->columns;
    uint32_t dead = columns->count - columns->product_count;
    return (dead > DEAD_MIN && dead > columns->count / DEAD_PART) || columns->count > DOCS_ALERT;
}

static void rebuild_start(struct index_backend *backend)
{
    struct rebuild *rebuild = memory_alloc_zeroed(1, sizeof *rebuild);
    rebuild->index = index_make(backend->view, text_of(backend->language),
                                text_of(backend->synonyms), view_product_count(backend->view));
    ensure(rebuild->index != NULL); /* the language was known at the start */
    backend->rebuild = rebuild;
    ensure(pthread_create(&rebuild->thread, NULL, rebuild_run, backend) == 0);
}

static void note_change(struct index_backend *backend, uint32_t number, bool has_new_texts)
{
    struct rebuild *rebuild = backend->rebuild;
    if (rebuild == NULL)
        return;
    if (rebuild->change_count == rebuild->change_capacity)
        rebuild->changes =
            memory_grow(rebuild->changes, &rebuild->change_capacity, sizeof rebuild->changes[0]);
    rebuild->changes[rebuild->change_count++] = (struct late_change){number, has_new_texts};
}

static void apply_late_changes(struct index_backend *backend)
{
    const struct rebuild *rebuild = backend->rebuild;
    struct index *index = rebuild->index;
    if (rebuild->has_new_categories)
        index_put_categories(index);
    for (uint32_t i = 0; i < rebuild->change_count; i++) {
        const struct late_change *change = &rebuild->changes[i];
        const struct product *product = view_product(backend->view, change->number);
        index_put_product(index, change->has_new_texts ? NULL : product, product);
        index_put_stock(index, change->number, view_available(backend->view, change->number),
                        view_sold(backend->view, change->number));
    }
    index_settle(index);
}

static void release_index(struct rcu_head *head)
{
    READERS_ARE_GONE();
    struct retired_index *retired = container_of(head, struct retired_index, rcu);
    index_free(retired->index);
    memory_free(retired);
}

static void rebuild_free(struct rebuild *rebuild)
{
    ensure(pthread_join(rebuild->thread, NULL) == 0);
    memory_free(rebuild->changes);
    memory_free(rebuild);
}

static void rebuild_finish(struct index_backend *backend)
{
    struct rebuild *rebuild = backend->rebuild;
    index_share(rebuild->index);
    apply_late_changes(backend);
    struct retired_index *retired = memory_alloc(sizeof *retired);
    retired->index = backend->index;
    PUBLISH(backend->index, rebuild->index);
    release_later(&retired->rcu, release_index);
    backend->rebuild = NULL;
    rebuild_free(rebuild);
    POKE(backend->rebuilds, backend->rebuilds + 1);
}

/* --- the writer --- */

static struct index_backend *listening(struct view_listener *listener)
{
    return container_of(listener, struct index_backend, listener);
}

static void on_product(struct view_listener *listener, const struct product *before,
                       const struct product *after)
{
    struct index_backend *backend = listening(listener);
    index_put_product(backend->index, before, after);
    note_change(backend, after->number, true);
}

static void on_stock(struct view_listener *listener, uint32_t product, uint32_t available_before,
                     uint32_t available, uint32_t sold)
{
    (void)available_before;
    struct index_backend *backend = listening(listener);
    index_put_stock(backend->index, product, available, sold);
    note_change(backend, product, false);
}

static void on_categories(struct view_listener *listener)
{
    struct index_backend *backend = listening(listener);
    index_put_categories(backend->index);
    if (backend->rebuild != NULL)
        backend->rebuild->has_new_categories = true;
}

static void on_published(struct view_listener *listener)
{
    struct index_backend *backend = listening(listener);
    index_settle(backend->index);
    if (backend->rebuild == NULL) {
        if (is_worn(backend->index))
            rebuild_start(backend);
    } else if (LOAD(backend->rebuild->is_done)) {
        rebuild_finish(backend);
    }
}

/* --- life --- */

static struct search_stats index_stats(struct search_backend *base)
{
    struct index_backend *backend = backend_of(base);
    view_read_begin();
    const struct index *index = LOAD(backend->index);
    struct search_stats stats = {
        .products = PEEK(index->columns.live_count),
        .memory_bytes = index_bytes(index),
        .build_cpu_ns = PEEK(backend->build_cpu_ns),
        .rebuilds = PEEK(backend->rebuilds),
    };
    view_read_end();
    return stats;
}

static void index_close(struct search_backend *base)
{
    struct index_backend *backend = backend_of(base);
    view_remove_listener(backend->view, &backend->listener);
    if (backend->rebuild != NULL) {
        struct index *unused = backend->rebuild->index;
        rebuild_free(backend->rebuild);
        index_free(unused);
    }
    urcu_memb_barrier(); /* what was to be released later is */
    index_free(backend->index);
    memory_free(backend->synonyms);
    memory_free(backend);
}

static const struct search_ops index_ops = {
    .name = "index",
    .search = index_search,
    .suggest = index_suggest_request,
    .stats = index_stats,
    .close = index_close,
};

static char *copy_text(struct text text)
{
    char *copy = memory_alloc((size_t)text.length + 1);
    if (text.length > 0)
        memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return copy;
}

struct search_backend *index_open(const struct index_options *options)
{
    if (options->language.length > LANGUAGE_MAX)
        return NULL;
    struct index_backend *backend = memory_alloc_zeroed(1, sizeof *backend);
    backend->backend.ops = &index_ops;
    backend->listener = (struct view_listener){
        .product_changed = on_product,
        .stock_changed = on_stock,
        .categories_changed = on_categories,
        .published = on_published,
    };
    backend->view = options->view;
    memcpy(backend->language, options->language.data, options->language.length);
    backend->synonyms = copy_text(options->synonyms);
    uint64_t started = clock_thread_cpu_ns();
    view_read_begin();
    backend->index = index_make(options->view, text_of(backend->language),
                                text_of(backend->synonyms), view_product_count(options->view));
    if (backend->index != NULL) {
        index_build(backend->index);
        index_share(backend->index);
    }
    view_read_end();
    if (backend->index == NULL) {
        memory_free(backend->synonyms);
        memory_free(backend);
        return NULL;
    }
    backend->build_cpu_ns = clock_thread_cpu_ns() - started;
    view_add_listener(options->view, &backend->listener);
    return &backend->backend;
}
