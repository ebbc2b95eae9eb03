/* ask.c - one request on its way through the cluster: a call, and up to three more when nothing is
 * found. */
#include "base/log.h"
#include "search/elastic/answer.h"
#include "search/elastic/document.h"
#include "search/elastic/parts.h"
#include "search/elastic/sender_parts.h"

#include <stdio.h>
#include <string.h>

enum {
    NODES_TRIED = 2,
    HTTP_OK = 200,
    HTTP_CLIENT_FAULT = 400,
    HTTP_UNAUTHORIZED = 401,
    HTTP_FORBIDDEN = 403,
    HTTP_NOT_FOUND = 404,
    WAIT_MIN_S = 1,
    MS_PER_S = 1000,
};

/* --- without the cluster --- */

/* Texts of the fallback's answer live as long as a reading section that ends here. */
static void keep_texts(struct search_result *result, struct arena *arena)
{
    for (uint32_t i = 0; i < result->note_count; i++) {
        struct search_note *note = &result->notes[i];
        note->word = arena_copy_text(arena, note->word);
        note->used = arena_copy_text(arena, note->used);
    }
    for (uint32_t i = 0; result->facets != NULL && i < result->facets->brand_count; i++) {
        struct search_brand_count *brand = &result->facets->brands[i];
        brand->brand = arena_copy_text(arena, brand->brand);
    }
}

static void fallback_done(struct search_request *request)
{
    struct search_request *asked = request->owner;
    asked->result = request->result;
    asked->err = request->err;
    keep_texts(&asked->result, asked->arena);
    asked->done(asked);
}

static uint64_t wait_s(const struct elastic *elastic)
{
    uint64_t until = __atomic_load_n(&elastic->open_until_ms, __ATOMIC_RELAXED);
    uint64_t now = sender_now_ms();
    return until > now ? (until - now + MS_PER_S - 1) / MS_PER_S : WAIT_MIN_S;
}

void ask_answer_away(struct elastic *elastic, struct search_request *request)
{
    struct search_backend *fallback = elastic->options.fallback;
    if (fallback == NULL) {
        request->err = ERR_AT(ERR_SEARCH_AWAY, 0, wait_s(elastic));
        request->done(request);
        return;
    }
    __atomic_fetch_add(&elastic->fallbacks, 1, __ATOMIC_RELAXED);
    struct search_request *again = arena_alloc(request->arena, sizeof *again);
    *again = (struct search_request){
        .query = request->query, .arena = request->arena, .done = fallback_done, .owner = request};
    search_ask(fallback, again);
}

static void fallback_suggested(struct search_suggest_request *request)
{
    struct search_suggest_request *asked = request->owner;
    asked->suggestions = request->suggestions;
    asked->err = request->err;
    for (uint32_t i = 0; i < asked->suggestions.count; i++) {
        struct text *text = &asked->suggestions.items[i].text;
        *text = arena_copy_text(asked->arena, *text);
    }
    asked->done(asked);
}

void ask_suggest_away(struct elastic *elastic, struct search_suggest_request *request)
{
    struct search_backend *fallback = elastic->options.fallback;
    if (fallback == NULL) {
        request->err = ERR_AT(ERR_SEARCH_AWAY, 0, wait_s(elastic));
        request->done(request);
        return;
    }
    __atomic_fetch_add(&elastic->fallbacks, 1, __ATOMIC_RELAXED);
    struct search_suggest_request *again = arena_alloc(request->arena, sizeof *again);
    *again = (struct search_suggest_request){.query = request->query,
                                             .arena = request->arena,
                                             .done = fallback_suggested,
                                             .owner = request};
    search_suggest(fallback, again);
}

/* --- ends --- */

void ask_end(struct ask *ask, struct err err)
{
    struct elastic *elastic = ask->elastic;
    struct search_request *request = ask->request;
    struct search_suggest_request *suggest = ask->suggest;
    wire_call_release(&ask->call);
    json_decref(ask->probe);
    __atomic_fetch_sub(&elastic->in_flight, 1, __ATOMIC_RELEASE);
    /* The arena may be gone once done() was called. */
    if (err.code == ERR_SEARCH_AWAY && request != NULL) {
        ask_answer_away(elastic, request);
    } else if (err.code == ERR_SEARCH_AWAY) {
        ask_suggest_away(elastic, suggest);
    } else if (request != NULL) {
        request->err = err;
        request->done(request);
    } else {
        suggest->err = err;
        suggest->done(suggest);
    }
}

static void succeed(struct ask *ask)
{
    struct elastic *elastic = ask->elastic;
    breaker_succeeded(&elastic->breaker);
    if (__atomic_exchange_n(&elastic->open_until_ms, 0, __ATOMIC_RELAXED) != 0)
        log_info("the search cluster answers again", NULL);
    ask_end(ask, OK);
}

/* `is_away`: the cluster, not what was asked, is the reason. */
static void fail(struct ask *ask, bool is_away)
{
    struct elastic *elastic = ask->elastic;
    uint64_t now = sender_now_ms();
    __atomic_fetch_add(&elastic->failures, 1, __ATOMIC_RELAXED);
    if (!is_away) {
        breaker_succeeded(&elastic->breaker);
    } else if (breaker_failed(&elastic->breaker, now)) {
        log_warning("the search cluster is away", "failures=%u left_alone_ms=%u",
                    elastic->breaker.failures, elastic->breaker.open_ms);
    }
    __atomic_store_n(&elastic->open_until_ms,
                     elastic->breaker.is_open ? elastic->breaker.open_until_ms : 0,
                     __ATOMIC_RELAXED);
    ask_end(ask, ERR(ERR_SEARCH_AWAY));
}

/* --- calls --- */

static struct asked_reader reader_of(const struct ask *ask)
{
    struct elastic *elastic = ask->elastic;
    return (struct asked_reader){
        .view = elastic->options.view,
        .analysis = &elastic->analysis,
        .terms = &elastic->terms,
        .synonyms =
            ask->suggest == NULL ? elastic->synonyms : NULL, /* it completes what is typed */
        .arena = ask->arena,
    };
}

static struct body_spec spec_of(const struct ask *ask)
{
    const struct view_categories *categories = view_categories(ask->elastic->options.view);
    return (struct body_spec){.query = ask->request->query,
                              .asked = &ask->asked,
                              .clauses = &ask->clauses,
                              .levels = document_levels(categories),
                              .category_count = categories->count};
}

static void write_body(struct ask *ask)
{
    struct buffer *out = &ask->call.body;
    if (ask->step == ASK_SUGGEST) {
        suggest_write(&ask->asked, &ask->suggest->query, out);
    } else if (ask->step == ASK_PROBE) {
        body_write_probe(&ask->asked, out);
    } else {
        const struct search_query *query = ask->request->query;
        const struct body_spec spec = spec_of(ask);
        clauses_make(&ask->clauses, query, &ask->asked, ask->arena);
        ask->clauses.folds = !query->has_numbers && !query->has_skus &&
                             ask->elastic->sender.families.shared_count > 0;
        body_write_search(&spec, out);
    }
}

static void answered(struct wire_call *call);

static void send(struct ask *ask)
{
    const struct elastic *elastic = ask->elastic;
    uint64_t now = sender_now_ms();
    if (now >= ask->deadline_ms) {
        fail(ask, true);
        return;
    }
    wire_call_release(&ask->call);
    wire_call_init(&ask->call, "POST", (uint32_t)(ask->deadline_ms - now));
    ask->call.attempts = NODES_TRIED;
    ask->call.owner = ask;
    ask->call.done = answered;
    /* The same copies of the data for the pages of one query, so that its scores stay the same; and
     * the whole catalogue's word counts, where there are several shards. */
    (void)snprintf(ask->call.path, sizeof ask->call.path,
                   "/%s/_search?allow_partial_search_results=false&preference=shopd%s",
                   elastic->sender.index,
                   elastic->options.shards > 1 ? "&search_type=dfs_query_then_fetch" : "");
    write_body(ask);
    wire_send(elastic->wire, &ask->call);
}

/* --- when nothing is found --- */

/* False when only one word is left. */
static bool leave_out_rarest(struct asked *asked)
{
    struct asked_word *rarest = NULL;
    uint32_t left = 0;
    for (uint32_t i = 0; i < asked->count; i++) {
        struct asked_word *word = &asked->words[i];
        if (word->is_left_out)
            continue;
        left++;
        if (rarest == NULL || word->products < rarest->products)
            rarest = word;
    }
    if (left < 2)
        return false;
    rarest->is_left_out = true;
    rarest->used = TEXT_NONE;
    return true;
}

/* From one way to another, until one changes something; false when there is none left. */
static bool try_more(struct ask *ask)
{
    struct asked *asked = &ask->asked;
    const struct asked_reader reader = reader_of(ask);
    if (asked->count == 0 || ask->step == ASK_SUGGEST)
        return false;
    if (ask->step == ASK_EXACT) {
        ask->step = ASK_PROBE;
        return true;
    }
    if (ask->step < ASK_REPAIRED) {
        ask->step = ASK_REPAIRED;
        if (answer_repair_unknown(ask->probe, asked, &reader))
            return true;
    }
    if (ask->step < ASK_SLIPS) {
        ask->step = ASK_SLIPS;
        if (answer_repair_rare(ask->probe, asked, &reader))
            return true;
    }
    ask->step = ASK_LEFT_OUT;
    return leave_out_rarest(asked);
}

static void write_notes(const struct asked *asked, struct search_result *result)
{
    for (uint32_t i = 0; i < asked->count && result->note_count < SEARCH_WORDS_MAX; i++) {
        const struct asked_word *word = &asked->words[i];
        if (word->is_left_out || word->used.length > 0)
            result->notes[result->note_count++] =
                (struct search_note){.word = word->text, .used = word->used};
    }
}

/* --- answers --- */

/* False: malformed. */
static bool read_answer(struct ask *ask, json_t *answer, bool *is_found_out)
{
    struct elastic *elastic = ask->elastic;
    *is_found_out = true;
    if (ask->step == ASK_SUGGEST)
        return suggest_read(ask, answer);
    if (ask->step == ASK_PROBE) {
        *is_found_out = false;
        ask->probe = json_incref(answer);
        return answer_read_probe(answer, &ask->asked);
    }
    const struct body_spec spec = spec_of(ask);
    const struct answer_shape shape = {
        .spec = &spec, .view = elastic->options.view, .arena = ask->arena};
    struct search_result *result = arena_alloc(ask->arena, sizeof *result);
    if (!answer_read_search(answer, &shape, result))
        return false;
    *is_found_out = result->total > 0;
    /* What finds nothing either is not told. */
    if (ask->step == ASK_EXACT || *is_found_out)
        ask->request->result = *result;
    if (ask->step != ASK_EXACT && *is_found_out)
        write_notes(&ask->asked, &ask->request->result);
    return true;
}

static void take_answer(struct ask *ask)
{
    bool is_found = false;
    json_t *answer = answer_parse(&ask->call.answer);
    bool is_right = answer != NULL && read_answer(ask, answer, &is_found);
    json_decref(answer);
    if (!is_right) {
        log_warning("the search cluster sent a malformed answer", "bytes=%zu",
                    ask->call.answer.length);
        fail(ask, true);
    } else if (!is_found && try_more(ask)) {
        send(ask);
    } else {
        succeed(ask);
    }
}

static void answered(struct wire_call *call)
{
    struct ask *ask = call->owner;
    struct elastic *elastic = ask->elastic;
    if (__atomic_load_n(&elastic->is_stopping, __ATOMIC_ACQUIRE) && call->status == 0) {
        ask_end(ask, ERR(ERR_STOPPING));
        return;
    }
    view_read_begin();
    if (call->status == HTTP_OK) {
        take_answer(ask);
    } else {
        bool is_away = call->status != HTTP_CLIENT_FAULT;
        if (!is_away || call->status == HTTP_UNAUTHORIZED || call->status == HTTP_FORBIDDEN)
            log_error("the search cluster refuses a query", "status=%u", call->status);
        if (call->status == HTTP_NOT_FOUND)
            sender_look_again(&elastic->sender);
        fail(ask, is_away);
    }
    view_read_end();
}

void ask_begin(struct ask *ask)
{
    struct elastic *elastic = ask->elastic;
    view_read_begin();
    if (__atomic_load_n(&elastic->is_stopping, __ATOMIC_ACQUIRE)) {
        ask_end(ask, ERR(ERR_STOPPING));
    } else if (!breaker_may(&elastic->breaker, sender_now_ms())) {
        ask_end(ask, ERR(ERR_SEARCH_AWAY));
    } else {
        struct text words =
            ask->request != NULL ? ask->request->query->words : ask->suggest->query.words;
        const struct asked_reader reader = reader_of(ask);
        asked_read(&ask->asked, words, &reader);
        ask->step = ask->request != NULL ? ASK_EXACT : ASK_SUGGEST;
        send(ask);
    }
    view_read_end();
}
