#include "search/elastic/elastic.h"

#include "base/log.h"
#include "base/memory.h"
#include "search/elastic/parts.h"
#include "search/elastic/sender_parts.h"

#include <string.h>

enum {
    QUEUE_SPARE = 64, /* beyond in_flight_max: callers count themselves first */
    IDLE_MS = 1000,
    FINISH_STEP_MS = 20,
};

struct elastic_options elastic_defaults(void)
{
    return (struct elastic_options){
        .language = TEXT("english"),
        .prefix = TEXT("shopd"),
        .timeout_ms = 1000,
        .send_timeout_ms = 30000,
        .in_flight_max = 256,
        .bulk_products_max = 500,
        .bulks_max = 4,
        .flush_ms = 100,
        .refresh_ms = 1000,
        .position_ms = 5000,
        .sold_ms = 600000,
        .failures_max = 5,
        .open_ms = 5000,
        .shards = 1,
        .replicas = 1,
    };
}

static struct elastic *elastic_of(struct search_backend *backend)
{
    return (struct elastic *)backend; /* first member */
}

/* --- the writer's thread --- */

static struct elastic *listening(struct view_listener *listener)
{
    return container_of(listener, struct elastic, listener);
}

static void product_changed(struct view_listener *listener, const struct product *before,
                            const struct product *after)
{
    (void)before;
    dirty_add(&listening(listener)->sender.changed, after->number);
}

/* How many there are says nothing to search, only whether there are any. */
static void stock_changed(struct view_listener *listener, uint32_t product,
                          uint32_t available_before, uint32_t available, uint32_t sold)
{
    (void)sold;
    struct sender *sender = &listening(listener)->sender;
    if ((available_before == 0) != (available == 0))
        dirty_add(&sender->changed, product);
    else
        dirty_add(&sender->sold, product);
}

static void categories_changed(struct view_listener *listener)
{
    __atomic_store_n(&listening(listener)->sender.tree_changed, true, __ATOMIC_RELEASE);
}

static void published(struct view_listener *listener)
{
    struct elastic *elastic = listening(listener);
    const struct elastic_log *log = &elastic->options.log;
    __atomic_store_n(&elastic->sender.published_event, log->last_event(log->context),
                     __ATOMIC_RELEASE);
}

/* --- the elastic thread --- */

static void take_requests(struct elastic *elastic)
{
    struct queue_node *node;
    while ((node = queue_pop(&elastic->incoming)) != NULL)
        ask_begin(container_of(node, struct ask, node));
}

/* What is out may still come back; then it ends, as does what was not sent yet. */
static void finish(struct elastic *elastic)
{
    uint64_t end_ms = sender_now_ms() + elastic->options.timeout_ms;
    take_requests(elastic);
    while (wire_out(elastic->wire) > 0 && sender_now_ms() < end_ms)
        wire_run(elastic->wire, FINISH_STEP_MS);
    wire_cancel(elastic->wire);
    take_requests(elastic);
    ensure(wire_out(elastic->wire) == 0);
}

static void *run(void *context)
{
    struct elastic *elastic = context;
    view_thread_register();
    sender_begin(&elastic->sender);
    while (!__atomic_load_n(&elastic->is_stopping, __ATOMIC_ACQUIRE)) {
        take_requests(elastic);
        uint32_t wait_ms = sender_step(&elastic->sender, sender_now_ms());
        wire_run(elastic->wire, wait_ms < IDLE_MS ? wait_ms : IDLE_MS);
    }
    finish(elastic);
    view_thread_unregister();
    return NULL;
}

/* --- requests, any thread --- */

/* True: the caller may put its request into the queue, and is counted. */
static bool may_ask(struct elastic *elastic)
{
    if (!__atomic_load_n(&elastic->sender.is_serving, __ATOMIC_ACQUIRE) ||
        sender_now_ms() < __atomic_load_n(&elastic->open_until_ms, __ATOMIC_RELAXED))
        return false;
    uint32_t before = __atomic_fetch_add(&elastic->in_flight, 1, __ATOMIC_ACQUIRE);
    if (before < elastic->options.in_flight_max)
        return true;
    __atomic_fetch_sub(&elastic->in_flight, 1, __ATOMIC_RELEASE);
    return false;
}

static void hand_over(struct elastic *elastic, struct ask *ask)
{
    ask->elastic = elastic;
    ask->deadline_ms = sender_now_ms() + elastic->options.timeout_ms;
    ensure(queue_push(&elastic->incoming, &ask->node));
    wire_wake(elastic->wire);
}

static void elastic_search(struct search_backend *backend, struct search_request *request)
{
    struct elastic *elastic = elastic_of(backend);
    if (!may_ask(elastic)) {
        ask_answer_away(elastic, request);
        return;
    }
    struct ask *ask = arena_alloc(request->arena, sizeof *ask);
    ask->request = request;
    ask->arena = request->arena;
    hand_over(elastic, ask);
}

static void elastic_suggest(struct search_backend *backend, struct search_suggest_request *request)
{
    struct elastic *elastic = elastic_of(backend);
    if (!may_ask(elastic)) {
        ask_suggest_away(elastic, request);
        return;
    }
    struct ask *ask = arena_alloc(request->arena, sizeof *ask);
    ask->suggest = request;
    ask->arena = request->arena;
    hand_over(elastic, ask);
}

static struct search_stats elastic_stats(struct search_backend *backend)
{
    struct elastic *elastic = elastic_of(backend);
    const struct sender *sender = &elastic->sender;
    uint64_t covered = __atomic_load_n(&sender->covered_event, __ATOMIC_ACQUIRE);
    uint64_t published_event = __atomic_load_n(&sender->published_event, __ATOMIC_ACQUIRE);
    return (struct search_stats){
        .rebuilds = __atomic_load_n(&sender->rebuilds, __ATOMIC_RELAXED),
        .lag_events = published_event > covered ? published_event - covered : 0,
        .fallbacks = __atomic_load_n(&elastic->fallbacks, __ATOMIC_RELAXED),
        .failures = __atomic_load_n(&elastic->failures, __ATOMIC_RELAXED) +
                    __atomic_load_n(&sender->products_refused, __ATOMIC_RELAXED),
    };
}

bool elastic_is_serving(const struct search_backend *backend)
{
    const struct elastic *elastic = (const struct elastic *)backend;
    return __atomic_load_n(&elastic->sender.is_serving, __ATOMIC_ACQUIRE) &&
           sender_now_ms() >= __atomic_load_n(&elastic->open_until_ms, __ATOMIC_RELAXED);
}

/* --- life --- */

/* False when libstemmer has no such language. */
static bool open_words(struct elastic *elastic, const struct elastic_options *options)
{
    uint32_t left_out = 0;
    if (!analysis_open(&elastic->analysis, options->language))
        return false;
    ensure(terms_init(&elastic->terms, options->language, 1));
    elastic->synonyms = synonyms_open(options->synonyms, &elastic->terms, &left_out);
    if (left_out > 0)
        log_warning("synonyms beyond a limit are left out", "count=%u", left_out);
    return true;
}

static void close_words(struct elastic *elastic)
{
    synonyms_close(elastic->synonyms);
    terms_release(&elastic->terms);
    analysis_close(&elastic->analysis);
}

static void elastic_close(struct search_backend *backend)
{
    struct elastic *elastic = elastic_of(backend);
    view_remove_listener(elastic->options.view, &elastic->listener);
    __atomic_store_n(&elastic->is_stopping, true, __ATOMIC_RELEASE);
    wire_wake(elastic->wire);
    ensure(pthread_join(elastic->thread, NULL) == 0);
    sender_release(&elastic->sender);
    wire_close(elastic->wire);
    close_words(elastic);
    search_close(elastic->options.fallback);
    memory_free(elastic->texts);
    memory_free(elastic);
}

static const struct search_ops elastic_ops = {
    .name = "elastic",
    .search = elastic_search,
    .suggest = elastic_suggest,
    .stats = elastic_stats,
    .close = elastic_close,
};

/* Names of indices: lower case, and short enough for what is put behind them. */
static bool prefix_is_right(struct text prefix)
{
    if (prefix.length == 0 || prefix.length >= SENDER_ALIAS_MAX - 1)
        return false;
    for (uint32_t i = 0; i < prefix.length; i++) {
        char letter = prefix.data[i];
        bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        if (!is_letter && (i == 0 || (letter != '-' && letter != '_')))
            return false;
    }
    return true;
}

static bool options_are_right(const struct elastic_options *options)
{
    if (!prefix_is_right(options->prefix)) {
        log_error("not a name for indices of the search cluster",
                  "wanted=\"a-z 0-9 _ -, begins with a letter or digit\" setting=search_prefix");
        return false;
    }
    return true;
}

/* The options point to texts of the caller's. */
static void keep_option_texts(struct elastic *elastic)
{
    struct text *texts[] = {&elastic->options.language, &elastic->options.synonyms,
                            &elastic->options.prefix};
    size_t size = 1;
    for (uint32_t i = 0; i < countof(texts); i++)
        size += texts[i]->length;
    elastic->texts = memory_alloc(size);
    char *at = elastic->texts;
    for (uint32_t i = 0; i < countof(texts); i++) {
        if (texts[i]->length > 0)
            memcpy(at, texts[i]->data, texts[i]->length);
        texts[i]->data = at;
        at += texts[i]->length;
    }
}

struct search_backend *elastic_open(const struct elastic_options *options)
{
    if (!options_are_right(options))
        return NULL;
    struct elastic *elastic = memory_alloc_zeroed(1, sizeof *elastic);
    elastic->backend.ops = &elastic_ops;
    elastic->options = *options;
    const struct wire_options wire = {.urls = options->urls,
                                      .credentials = options->credentials,
                                      .ca_file = options->ca_file,
                                      .connect_timeout_ms = options->timeout_ms};
    if (!open_words(elastic, options)) {
        log_error("no stemmer for this language", "setting=search_language");
        memory_free(elastic);
        return NULL;
    }
    elastic->wire = wire_open(&wire);
    if (elastic->wire == NULL) {
        close_words(elastic);
        memory_free(elastic);
        return NULL;
    }
    keep_option_texts(elastic);
    elastic->options.urls = TEXT_NONE;
    elastic->options.credentials = TEXT_NONE;
    elastic->options.ca_file = TEXT_NONE;
    breaker_init(&elastic->breaker, options->failures_max, options->open_ms);
    sender_init(&elastic->sender, &elastic->options, elastic->wire, &elastic->analysis);
    queue_init(&elastic->incoming, options->in_flight_max + QUEUE_SPARE);
    elastic->listener = (struct view_listener){
        .product_changed = product_changed,
        .stock_changed = stock_changed,
        .categories_changed = categories_changed,
        .published = published,
    };
    view_add_listener(options->view, &elastic->listener);
    ensure(pthread_create(&elastic->thread, NULL, run, elastic) == 0);
    return &elastic->backend;
}
