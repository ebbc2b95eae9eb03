#include "search/elastic/sender.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "search/elastic/answer.h"
#include "search/elastic/document.h"
#include "search/elastic/json_put.h"
#include "search/elastic/sender_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NS_PER_MS = 1000000,
    RETRY_FIRST_MS = 200,
    RETRY_MAX_MS = 10000,
    ARENA_BLOCK = 1 << 20,
    HTTP_OK = 200,
    HTTP_CREATED = 201,
    HTTP_CLIENT_FAULT = 400,
    HTTP_NOT_FOUND = 404,
    TIMELINE_BASE = 16,
};
#define ARENA_MAX ((size_t)1 << 30)
#define EVENT_MAX ((uint64_t)1 << 47) /* leaves 16 bits of a version for the sweep */

uint64_t sender_now_ms(void)
{
    return clock_monotonic_ns() / NS_PER_MS;
}

static bool is_taken(uint32_t status)
{
    return status == HTTP_OK || status == HTTP_CREATED;
}

void sender_retry(struct sender *sender, const char *what, uint32_t status)
{
    sender->retry_ms = sender->retry_ms == 0 ? RETRY_FIRST_MS : sender->retry_ms * 2;
    sender->retry_ms = sender->retry_ms > RETRY_MAX_MS ? RETRY_MAX_MS : sender->retry_ms;
    sender->retry_at_ms = sender_now_ms() + sender->retry_ms;
    log_warning("the search cluster did not take a call, trying again",
                "call=\"%s\" status=%u wait_ms=%u", what, status, sender->retry_ms);
}

void sender_go(struct sender *sender, enum sender_state state)
{
    sender->state = state;
    sender->retry_ms = 0;
    sender->retry_at_ms = 0;
}

void sender_look_again(struct sender *sender)
{
    if (sender->state != SENDER_REST && sender->state != SENDER_SWEEP &&
        sender->state != SENDER_NOTE)
        return; /* it is looking, or building */
    if (sender->is_whole)
        return;
    log_warning("the search cluster does not know our index", "alias=%s", sender->alias);
    __atomic_store_n(&sender->is_serving, false, __ATOMIC_RELEASE);
    if (!sender->is_out && sender->bulks_out == 0)
        sender_go(sender, SENDER_LOOK);
}

/* --- what the cluster knows --- */

static bool copy_name(char name_out[SENDER_NAME_MAX], const char *name)
{
    if (name == NULL || strlen(name) >= SENDER_NAME_MAX)
        return false;
    memcpy(name_out, name, strlen(name) + 1);
    return true;
}

static void read_position(struct sender *sender)
{
    json_t *answer = answer_parse(&sender->call.answer);
    json_t *source = json_object_get(answer, "_source");
    const char *timeline = json_string_value(json_object_get(source, "timeline"));
    sender->has_position =
        timeline != NULL && answer_u64(source, "event", EVENT_MAX, &sender->known_event) &&
        answer_u64(source, "schema", UINT32_MAX, &sender->known_schema) &&
        copy_name(sender->known_index, json_string_value(json_object_get(source, "index")));
    if (sender->has_position)
        sender->known_timeline = strtoull(timeline, NULL, TIMELINE_BASE);
    json_decref(answer);
}

static void looked(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    sender->has_position = false;
    if (!is_taken(call->status) && call->status != HTTP_NOT_FOUND) {
        sender_retry(sender, "read the position", call->status);
        return;
    }
    if (is_taken(call->status))
        read_position(sender);
    sender_go(sender, SENDER_LIST);
}

/* <alias>-<16 digits of a timeline>-<event>: what is called otherwise belongs to somebody else, who
 * may have our alias and more as a prefix. */
static bool is_index_name(const struct sender *sender, const char *name)
{
    size_t length = strlen(sender->alias);
    if (strlen(name) >= SENDER_NAME_MAX || strncmp(name, sender->alias, length) != 0 ||
        name[length] != '-')
        return false;
    name += length + 1;
    size_t hex = strspn(name, "0123456789abcdef");
    if (hex != TIMELINE_BASE || name[hex] != '-')
        return false;
    name += hex + 1;
    size_t digits = strspn(name, "0123456789");
    return digits > 0 && name[digits] == '\0';
}

/* Indices of ours, {"name":{"aliases":{"alias":{}}},...}: all but the one in use are to go, once a
 * new one is there. True when the alias leads to the index that the position speaks of. */
static bool read_indices(struct sender *sender, json_t *answer)
{
    bool is_known = false;
    const char *name;
    json_t *index;
    sender->old_count = 0;
    json_object_foreach(answer, name, index)
    {
        if (!is_index_name(sender, name))
            continue;
        bool is_shown = json_object_get(json_object_get(index, "aliases"), sender->alias) != NULL;
        is_known |= is_shown && sender->has_position && strcmp(name, sender->known_index) == 0;
        if (sender->old_count < SENDER_OLD_MAX)
            (void)copy_name(sender->old[sender->old_count++], name);
    }
    return is_known;
}

/* Another language makes other words: the names of fields stay, what is in them does not. */
static uint64_t schema_of(const struct sender *sender)
{
    uint64_t schema = DOCUMENT_SCHEMA;
    for (uint32_t i = 0; i < sender->options.language.length; i++)
        schema = (schema * 31 + (unsigned char)sender->options.language.data[i]) & INT32_MAX;
    return schema;
}

static void mark_changed(void *context, uint32_t product)
{
    struct sender *sender = context;
    if (product == 0)
        sender_mark_all(sender);
    else if (product <= view_product_count(sender->options.view))
        dirty_add(&sender->changed, product);
}

static bool catch_up(struct sender *sender)
{
    const struct elastic_log *log = &sender->options.log;
    if (!sender->has_position || sender->known_timeline != log->timeline ||
        sender->known_schema != schema_of(sender) ||
        sender->known_event > __atomic_load_n(&sender->published_event, __ATOMIC_ACQUIRE))
        return false;
    if (!log->read_changes(log->context, sender->known_event, mark_changed, sender))
        return false;
    (void)copy_name(sender->index, sender->known_index);
    sender->noted_event = sender->known_event;
    __atomic_store_n(&sender->covered_event, sender->known_event, __ATOMIC_RELAXED);
    log_info("the search cluster is caught up from the event log", "after=%" PRIu64 " products=%u",
             sender->known_event, dirty_count(&sender->changed));
    return true;
}

static void listed(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    json_t *answer = is_taken(call->status) ? answer_parse(&call->answer) : NULL;
    if (answer == NULL && call->status != HTTP_NOT_FOUND) {
        sender_retry(sender, "list the indices", call->status);
        return;
    }
    bool is_known = answer != NULL && read_indices(sender, answer);
    if (answer == NULL)
        sender->old_count = 0;
    json_decref(answer);
    if (is_known && catch_up(sender)) {
        sender->is_whole = false;
        __atomic_store_n(&sender->is_serving, true, __ATOMIC_RELEASE);
        sender_go(sender, SENDER_REST);
        return;
    }
    sender->is_whole = true;
    sender->at = 0;
    sender->swept = 0;
    (void)snprintf(sender->index, sizeof sender->index, "%s-%016" PRIx64 "-%" PRIu64, sender->alias,
                   sender->options.log.timeline,
                   __atomic_load_n(&sender->published_event, __ATOMIC_ACQUIRE));
    sender_go(sender, SENDER_DROP);
}

/* --- building --- */

/* What an interrupted build of the same name left behind. */
static void dropped(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    if (is_taken(call->status) || call->status == HTTP_NOT_FOUND)
        sender_go(sender, SENDER_CREATE);
    else
        sender_retry(sender, "drop an unfinished index", call->status);
}

static void created(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    if (!is_taken(call->status)) {
        sender_retry(sender, "create an index", call->status);
        return;
    }
    log_info("indexing the catalogue into the search cluster", "index=%s products=%u",
             sender->index, view_product_count(sender->options.view));
    sender_go(sender, SENDER_SWEEP);
    sender_sweep_begin(sender);
}

static void opened(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    if (is_taken(call->status))
        sender_go(sender, SENDER_REFRESH);
    else
        sender_retry(sender, "let an index refresh itself", call->status);
}

static void refreshed(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    if (is_taken(call->status))
        sender_go(sender, SENDER_SHOW);
    else
        sender_retry(sender, "refresh an index", call->status);
}

static void shown(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    if (!is_taken(call->status)) {
        sender_retry(sender, "move the alias", call->status);
        return;
    }
    sender->is_whole = false;
    sender->old_count = 0;
    __atomic_fetch_add(&sender->rebuilds, 1, __ATOMIC_RELAXED);
    log_info("the search cluster has the whole catalogue", "index=%s products=%u event=%" PRIu64,
             sender->index, sender->swept, sender->sweep_event);
    __atomic_store_n(&sender->is_serving, true, __ATOMIC_RELEASE);
    sender_go(sender, SENDER_KEEP);
}

/* The index of the position, made by hand so that no template of the cluster's shapes it. */
static void kept(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    if (!is_taken(call->status) && call->status != HTTP_CLIENT_FAULT) /* it is there already */
        log_warning("the search cluster makes no index for the position", "status=%u",
                    call->status);
    sender_go(sender, SENDER_NOTE);
}

static void noted(struct wire_call *call)
{
    struct sender *sender = call->owner;
    sender->is_out = false;
    /* Without it a restart has more to catch up; no reason to stop sending. */
    if (is_taken(call->status))
        sender->noted_event = sender->written_event;
    else
        log_warning("the search cluster did not take the position", "status=%u", call->status);
    sender->noted_at_ms = sender_now_ms();
    sender_go(sender, SENDER_REST);
}

static void write_actions(struct sender *sender, struct buffer *out)
{
    json_put(out, "{'actions':[{'add':{'index':%q,'alias':%q}}", sender->index, sender->alias);
    for (uint32_t i = 0; i < sender->old_count; i++) {
        if (strcmp(sender->old[i], sender->index) != 0)
            json_put(out, ",{'remove_index':{'index':%q}}", sender->old[i]);
    }
    json_put(out, "]}");
}

static void write_note(struct sender *sender, struct buffer *out)
{
    char timeline[TIMELINE_BASE + 1];
    (void)snprintf(timeline, sizeof timeline, "%016" PRIx64, sender->options.log.timeline);
    sender->written_event = sender->covered_event;
    json_put(out, "{'timeline':%q,'event':%u,'schema':%u,'index':%q}", timeline,
             sender->written_event, schema_of(sender), sender->index);
}

static void write_refresh(struct sender *sender, struct buffer *out)
{
    char interval[24];
    (void)snprintf(interval, sizeof interval, "%ums",
                   sender->options.refresh_ms == 0 ? 1000 : sender->options.refresh_ms);
    json_put(out, "{'index':{'refresh_interval':%q}}", interval);
}

static void write_keep(struct sender *sender, struct buffer *out)
{
    json_put(out,
             "{'settings':{'number_of_shards':1,'number_of_replicas':%u},"
             "'mappings':{'dynamic':false}}",
             (uint64_t)sender->options.replicas);
}

static void write_index(struct sender *sender, struct buffer *out)
{
    const struct document_index_options options = {.shards = sender->options.shards,
                                                   .replicas = sender->options.replicas};
    char write_alias[SENDER_NAME_MAX + 16];
    (void)snprintf(write_alias, sizeof write_alias, "%s" SENDER_WRITE_SUFFIX, sender->index);
    document_write_index(out, &options, write_alias);
}

/* The one call of each state that has one. In a path $a stands for the alias, $m for the index of
 * the position, $i for the index that is written to. */
struct sender_call {
    const char *method;
    const char *path;
    void (*write)(struct sender *sender, struct buffer *out);
    void (*done)(struct wire_call *call);
};

static const struct sender_call calls[SENDER_STATES] = {
    [SENDER_LOOK] = {"GET", "/$m/_doc/position", NULL, looked},
    [SENDER_LIST] = {"GET", "/$a-*/_alias", NULL, listed},
    [SENDER_DROP] = {"DELETE", "/$i", NULL, dropped},
    [SENDER_CREATE] = {"PUT", "/$i", write_index, created},
    [SENDER_OPEN] = {"PUT", "/$i/_settings", write_refresh, opened},
    [SENDER_REFRESH] = {"POST", "/$i/_refresh", NULL, refreshed},
    [SENDER_SHOW] = {"POST", "/_aliases", write_actions, shown},
    [SENDER_KEEP] = {"PUT", "/$m", write_keep, kept},
    [SENDER_NOTE] = {"PUT", "/$m/_doc/position", write_note, noted},
};

static const char *name_of(const struct sender *sender, char letter)
{
    return letter == 'a' ? sender->alias : letter == 'm' ? sender->meta : sender->index;
}

static void write_path(const struct sender *sender, const char *template,
                       char path_out[WIRE_PATH_MAX])
{
    size_t length = 0;
    for (const char *at = template; *at != '\0'; at++) {
        const char *part = *at == '$' ? name_of(sender, *++at) : at;
        size_t size = part == at ? 1 : strlen(part);
        ensure(length + size < WIRE_PATH_MAX);
        memcpy(path_out + length, part, size);
        length += size;
    }
    path_out[length] = '\0';
}

static void send_call(struct sender *sender, const struct sender_call *made)
{
    struct wire_call *call = &sender->call;
    wire_call_release(call);
    wire_call_init(call, made->method, sender->options.send_timeout_ms);
    call->owner = sender;
    call->done = made->done;
    write_path(sender, made->path, call->path);
    if (made->write != NULL)
        made->write(sender, &call->body);
    sender->is_out = true;
    wire_send(sender->wire, call);
}

/* --- life --- */

void sender_init(struct sender *sender, const struct elastic_options *options, struct wire *wire,
                 struct analysis *analysis)
{
    *sender = (struct sender){.options = *options, .wire = wire, .analysis = analysis};
    ensure(options->bulks_max >= 1 && options->bulks_max <= SENDER_BULKS_MAX);
    families_init(&sender->families);
    dirty_init(&sender->changed);
    dirty_init(&sender->sold);
    dirty_init(&sender->todo);
    arena_init(&sender->arena, ARENA_BLOCK, ARENA_MAX);
    sender->published_event = options->log.published_event;
    (void)snprintf(sender->alias, sizeof sender->alias, "%.*s", TEXT_ARGS(options->prefix));
    (void)snprintf(sender->meta, sizeof sender->meta, "%s-position", sender->alias);
    wire_call_init(&sender->call, "GET", 1);
    for (uint32_t i = 0; i < SENDER_BULKS_MAX; i++) {
        struct sender_bulk *bulk = &sender->bulks[i];
        bulk->sender = sender;
        bulk->numbers = memory_alloc_zeroed(options->bulk_products_max, sizeof *bulk->numbers);
        wire_call_init(&bulk->call, "POST", options->send_timeout_ms);
    }
}

void sender_release(struct sender *sender)
{
    ensure(!sender->is_out);
    ensure(sender->bulks_out == 0);
    for (uint32_t i = 0; i < SENDER_BULKS_MAX; i++) {
        memory_free(sender->bulks[i].numbers);
        wire_call_release(&sender->bulks[i].call);
    }
    wire_call_release(&sender->call);
    families_release(&sender->families);
    dirty_release(&sender->changed);
    dirty_release(&sender->sold);
    dirty_release(&sender->todo);
    arena_release(&sender->arena);
    memory_free(sender->tree);
}

static void after_sweep(struct sender *sender, uint64_t now_ms)
{
    sender->swept_at_ms = now_ms;
    if (!sender->is_whole && !__atomic_load_n(&sender->is_serving, __ATOMIC_RELAXED)) {
        sender_go(sender, SENDER_LOOK); /* the index is gone */
        return;
    }
    if (sender->has_failed) {
        /* What failed is marked again; a whole catalogue is not whole yet. */
        sender_retry(sender, "bulk", 0);
        sender_sweep_begin(sender);
        return;
    }
    __atomic_store_n(&sender->covered_event, sender->sweep_event, __ATOMIC_RELEASE);
    sender_go(sender, sender->is_whole ? SENDER_OPEN : SENDER_REST);
}

static void step_rest(struct sender *sender, uint64_t now_ms)
{
    if (!__atomic_load_n(&sender->is_serving, __ATOMIC_RELAXED)) {
        sender_go(sender, SENDER_LOOK);
        return;
    }
    bool has_work =
        dirty_count(&sender->changed) > 0 ||
        __atomic_load_n(&sender->tree_changed, __ATOMIC_ACQUIRE) ||
        (dirty_count(&sender->sold) > 0 && now_ms - sender->sold_at_ms >= sender->options.sold_ms);
    if (has_work && now_ms - sender->swept_at_ms >= sender->options.flush_ms) {
        sender_go(sender, SENDER_SWEEP);
        sender_sweep_begin(sender);
        return;
    }
    if (!has_work) {
        /* Events that change nothing here move the position, too. Whatever was published before the
         * count of changes was read as 0 has been sent. */
        uint64_t published = __atomic_load_n(&sender->published_event, __ATOMIC_ACQUIRE);
        if (dirty_count(&sender->changed) == 0 &&
            !__atomic_load_n(&sender->tree_changed, __ATOMIC_ACQUIRE))
            __atomic_store_n(&sender->covered_event, published, __ATOMIC_RELEASE);
    }
    if (sender->covered_event > sender->noted_event &&
        (sender->noted_at_ms == 0 || now_ms - sender->noted_at_ms >= sender->options.position_ms))
        sender_go(sender, SENDER_NOTE);
}

uint32_t sender_step(struct sender *sender, uint64_t now_ms)
{
    if (sender->is_out)
        return sender->options.flush_ms;
    if (now_ms < sender->retry_at_ms)
        return (uint32_t)(sender->retry_at_ms - now_ms);
    if (sender->state == SENDER_SWEEP) {
        if (sender_sweep_step(sender))
            after_sweep(sender, now_ms);
    } else if (sender->state == SENDER_REST) {
        step_rest(sender, now_ms);
    }
    if (calls[sender->state].path != NULL && !sender->is_out && now_ms >= sender->retry_at_ms)
        send_call(sender, &calls[sender->state]);
    return sender->options.flush_ms;
}
