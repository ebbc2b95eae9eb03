#include "node_bed.h"

#include "base/clock.h"
#include "search/elastic/elastic.h"

#include <pthread.h>
#include <stdlib.h>

enum { WAIT_MS = 120000, NS_PER_MS = 1000000 };

const struct text node_bed_synonyms = TEXT("phone, handset\nlamp, light source\nzzz, red, 0402\n");

/* --- a back end that answers before the call returns --- */

struct answer_wait {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    bool is_there;
};

static void wait_begin(struct answer_wait *wait)
{
    *wait = (struct answer_wait){PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
}

static void wait_end(struct answer_wait *wait)
{
    pthread_mutex_lock(&wait->mutex);
    while (!wait->is_there)
        pthread_cond_wait(&wait->condition, &wait->mutex);
    pthread_mutex_unlock(&wait->mutex);
}

static void wait_signal(struct answer_wait *wait)
{
    pthread_mutex_lock(&wait->mutex);
    wait->is_there = true;
    pthread_cond_signal(&wait->condition);
    pthread_mutex_unlock(&wait->mutex);
}

static void answered(struct search_request *request)
{
    wait_signal(request->owner);
}

static void suggested(struct search_suggest_request *request)
{
    wait_signal(request->owner);
}

static void patient_search(struct search_backend *backend, struct search_request *request)
{
    struct patient *patient = (struct patient *)backend;
    struct answer_wait wait;
    struct search_request inner = {.query = request->query, .arena = request->arena};
    wait_begin(&wait);
    inner.done = answered;
    inner.owner = &wait;
    search_ask(patient->elastic, &inner);
    wait_end(&wait);
    request->result = inner.result;
    request->err = inner.err;
    request->done(request);
}

static void patient_suggest(struct search_backend *backend, struct search_suggest_request *request)
{
    struct patient *patient = (struct patient *)backend;
    struct answer_wait wait;
    struct search_suggest_request inner = {.query = request->query, .arena = request->arena};
    wait_begin(&wait);
    inner.done = suggested;
    inner.owner = &wait;
    search_suggest(patient->elastic, &inner);
    wait_end(&wait);
    request->suggestions = inner.suggestions;
    request->err = inner.err;
    request->done(request);
}

static const struct search_ops patient_ops = {.name = "patient",
                                              .search = patient_search,
                                              .suggest = patient_suggest};

/* --- a bed with both --- */

static uint64_t last_event(void *context)
{
    struct node_bed *bed = context;
    return __atomic_add_fetch(&bed->event, 1, __ATOMIC_RELAXED);
}

static bool no_changes(void *context, uint64_t after,
                       void (*changed)(void *changed_context, uint32_t product),
                       void *changed_context)
{
    (void)context;
    (void)after;
    (void)changed;
    (void)changed_context;
    return false;
}

static struct elastic_options options_of(struct node_bed *bed)
{
    struct elastic_options options = elastic_defaults();
    options.view = bed->bed.fixture.view;
    options.urls = text_of(getenv("ELASTIC_URL"));
    options.synonyms = bed->bed.synonyms;
    options.timeout_ms = 20000;
    options.bulk_products_max = 70;
    options.flush_ms = 10;
    options.refresh_ms = 0;
    options.replicas = 0;
    options.sold_ms = 0;
    options.log = (struct elastic_log){.timeline = 0x1234567890abcdef + bed->event,
                                       .published_event = bed->event,
                                       .last_event = last_event,
                                       .read_changes = no_changes,
                                       .context = bed};
    return options;
}

/* Everything published so far can be found. */
void node_bed_settle(struct node_bed *bed)
{
    uint64_t end = clock_monotonic_ns() + (uint64_t)WAIT_MS * NS_PER_MS;
    while (!elastic_is_serving(bed->cluster.elastic) ||
           search_stats(bed->cluster.elastic).lag_events > 0) {
        ensure(clock_monotonic_ns() < end);
        clock_sleep_ns(NS_PER_MS);
    }
}

void node_bed_attach(struct node_bed *bed, uint64_t seed)
{
    bed->event = seed;
    struct elastic_options options = options_of(bed);
    bed->cluster.backend.ops = &patient_ops;
    bed->cluster.elastic = elastic_open(&options);
    ensure(bed->cluster.elastic != NULL);
    node_bed_settle(bed);
}

void node_bed_open(struct node_bed *bed, uint64_t seed, uint32_t products)
{
    *bed = (struct node_bed){.event = seed};
    search_bed_open(&bed->bed, seed, products, node_bed_synonyms);
    node_bed_attach(bed, seed);
}

void node_bed_close(struct node_bed *bed)
{
    search_close(bed->cluster.elastic);
    search_bed_close(&bed->bed);
}
