/* worker_shop.c - what the worker asks the shop, and tells it: /v1/notify. */
#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/worker/worker_parts.h"

#include <string.h>

enum { PAUSE_FIRST_MS = 100, PAUSE_MAX_MS = 10000, TOLD_AT_ONCE = 20, STATUS_OK = 200 };

/* The shop does not answer, or not as it should: a pause that grows. */
static void rest(struct worker *worker, const struct http_answer *answer)
{
    if (worker->ask_pause_ms == 0)
        log_warning("the shop does not answer the worker", "status=%d code=%s", answer->status,
                    answer->code);
    worker->ask_pause_ms = worker->ask_pause_ms == 0 ? PAUSE_FIRST_MS : 2 * worker->ask_pause_ms;
    if (worker->ask_pause_ms > PAUSE_MAX_MS)
        worker->ask_pause_ms = PAUSE_MAX_MS;
    worker->ask_due_ms = clock_wall_ms() + worker->ask_pause_ms;
}

static void answered(struct worker *worker)
{
    if (worker->ask_pause_ms != 0)
        log_info("the shop answers the worker again", NULL);
    worker->ask_pause_ms = 0;
    worker->ask_due_ms = 0;
}

/* ---- how somebody is reached ---- */

static void write_question(const struct worker *worker, const uint32_t *slots, uint32_t count,
                           struct buffer *out)
{
    struct json_out json;
    json_out_init(&json, out);
    json_out_object_begin(&json);
    json_out_key(&json, "receivers");
    json_out_array_begin(&json);
    for (uint32_t i = 0; i < count; i++) {
        const struct slot *slot = &worker->slots[slots[i]];
        json_out_object_begin(&json);
        json_out_key(&json, "contact");
        json_out_text(&json, text_of(slot->contact));
        if (slot->profile[0] != '\0') {
            json_out_key(&json, "profile");
            json_out_text(&json, text_of(slot->profile));
        }
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    json_out_object_end(&json);
}

/* Copies a text to `*at`, which goes on behind it. */
static struct text keep(char **at, const char *text)
{
    size_t length = strlen(text);
    struct text kept = {*at, (uint32_t)length};
    memcpy(*at, text, length);
    *at += length;
    return kept;
}

/* Replaces what is known of the receiver. The courier may look at any time. */
static void keep_receiver(struct worker *worker, struct slot *slot, const json_t *item)
{
    const char *name = http_json_text(item, "name");
    const char *email = http_json_text(item, "email");
    const char *phone = http_json_text(item, "phone");
    const json_t *wishes = json_object_get(item, "preferences");
    size_t wishes_size = wishes == NULL ? 0 : json_dumpb(wishes, NULL, 0, JSON_COMPACT);
    char *block = memory_alloc(strlen(name) + strlen(email) + strlen(phone) + wishes_size + 1);
    char *at = block;
    ensure(pthread_mutex_lock(&worker->lock) == 0);
    memory_free(slot->block);
    slot->block = block;
    slot->is_found = json_is_true(json_object_get(item, "found"));
    slot->name = keep(&at, name);
    slot->email = keep(&at, email);
    slot->phone = keep(&at, phone);
    slot->preferences = (struct text){at, (uint32_t)wishes_size};
    if (wishes_size > 0)
        ensure(json_dumpb(wishes, at, wishes_size, JSON_COMPACT) == wishes_size);
    slot->asked_ms = clock_wall_ms();
    ensure(pthread_mutex_unlock(&worker->lock) == 0);
}

/* Ids that the shop does not know: the topic holds events of another one. Those are found by asking
 * for one at a time. */
static bool refuse(struct worker *worker, const uint32_t *slots, uint32_t count)
{
    if (count > 1) {
        worker->ask_max = 1;
        return false;
    }
    log_warning("event of another shop", "offset=%lld", (long long)worker->slots[slots[0]].offset);
    keep_receiver(worker, &worker->slots[slots[0]], NULL);
    return true;
}

static bool ask_some(struct worker *worker, const uint32_t *slots, uint32_t count)
{
    struct buffer question;
    buffer_init(&question, 16384);
    write_question(worker, slots, count, &question);
    const struct http_request request = {.method = "POST",
                                         .path = "/v1/notify/receivers",
                                         .body = buffer_text(&question),
                                         .as_operator = true};
    struct http_answer answer = http_client_send(worker->shop, &request);
    buffer_release(&question);
    const json_t *items = json_object_get(answer.json, "items");
    if (answer.status == 400)
        return refuse(worker, slots, count);
    if (answer.status != STATUS_OK || json_array_size(items) != count) {
        rest(worker, &answer);
        return false;
    }
    answered(worker);
    for (uint32_t i = 0; i < count; i++)
        keep_receiver(worker, &worker->slots[slots[i]], json_array_get(items, i));
    worker->ask_max = worker->ask_max * 2 < WORKER_BATCH ? worker->ask_max * 2 : WORKER_BATCH;
    return true;
}

bool worker_ask(struct worker *worker, const uint32_t *slots, uint32_t count)
{
    uint32_t wanted[WORKER_BATCH];
    uint32_t wanted_count = 0;
    ensure(count <= WORKER_BATCH);
    for (uint32_t i = 0; i < count; i++) {
        const struct slot *slot = &worker->slots[slots[i]];
        if (slot->contact[0] != '\0' && worker_is_ours(worker, slot))
            wanted[wanted_count++] = slots[i];
    }
    for (uint32_t done = 0; done < wanted_count;) {
        uint32_t some = wanted_count - done;
        if (some > worker->ask_max)
            some = worker->ask_max;
        if (ask_some(worker, wanted + done, some))
            done += some;
        else if (worker->ask_due_ms != 0)
            return false;
    }
    return true;
}

void worker_refresh(struct worker *worker, uint64_t now_ms)
{
    uint32_t old[WORKER_BATCH];
    uint32_t count = 0;
    if (now_ms < worker->ask_due_ms || now_ms < worker->refreshed_ms + WORKER_CONTACT_MS / 10)
        return;
    worker->refreshed_ms = now_ms;
    for (uint32_t i = 0; i < worker->slot_count; i++) {
        const struct slot *slot = &worker->slots[i];
        if (slot->is_used && slot->asked_ms != 0 && now_ms > slot->asked_ms + WORKER_CONTACT_MS)
            old[count++] = i;
        if (count == WORKER_BATCH) {
            if (!worker_ask(worker, old, count))
                return;
            count = 0;
        }
    }
    if (count > 0 && !worker_ask(worker, old, count))
        return;
}

/* ---- what is dead ---- */

static void put_text(struct json_out *json, const char *key, struct text value)
{
    if (value.length == 0)
        return;
    json_out_key_text(json, text_of(key));
    json_out_text(json, value);
}

static void write_dead(const struct slot *slot, const struct delivery *delivery, struct buffer *out)
{
    struct json_out json;
    json_t *data = json_loadb(delivery->data.data, delivery->data.length, 0, NULL);
    json_out_init(&json, out);
    json_out_object_begin(&json);
    put_text(&json, "event_id", text_of(http_json_text(data, "id")));
    put_text(&json, "notice", delivery->notice);
    put_text(&json, "channel", delivery->queue);
    put_text(&json, "contact", text_of(slot->contact));
    put_text(&json, "language", delivery->language);
    put_text(&json, "topic", delivery->topic);
    json_out_key(&json, "created_at");
    json_out_time(&json, delivery->created_ms);
    json_out_key(&json, "attempts");
    json_out_u64(&json, delivery->attempts);
    json_out_key(&json, "status");
    json_out_u64(&json, delivery->status);
    put_text(&json, "reason", delivery->reason);
    json_out_key(&json, "data");
    json_out_raw(&json, delivery->data);
    json_out_object_end(&json);
    json_decref(data);
}

/* False: later. */
static bool tell_shop(struct worker *worker, const struct slot *slot,
                      const struct delivery *delivery)
{
    struct buffer body;
    buffer_init(&body, 4096);
    write_dead(slot, delivery, &body);
    const struct http_request request = {.method = "POST",
                                         .path = "/v1/notify/dead",
                                         .body = buffer_text(&body),
                                         .as_operator = true};
    struct http_answer answer = http_client_send(worker->shop, &request);
    buffer_release(&body);
    if (answer.status == 400) {
        log_error("the shop refuses a dead notice", "event=%llu code=%s",
                  (unsigned long long)delivery->event, answer.code);
        return true; /* it would again */
    }
    if (answer.status / 100 != 2) {
        rest(worker, &answer);
        return false;
    }
    answered(worker);
    worker->stats.dead++;
    return true;
}

static bool tell_one(struct worker *worker, const struct ended *ended)
{
    const struct slot *slot = &worker->slots[ended->subject - 1];
    struct delivery delivery;
    bool is_found = false;
    arena_reset(&worker->arena);
    struct err err =
        ledger_find(worker->ledger, ended->delivery, &worker->arena, &delivery, &is_found);
    ensure(err.code == ERR_NONE);
    ensure(is_found);
    if (worker_is_ours(worker, slot) && !tell_shop(worker, slot, &delivery))
        return false;
    err = ledger_drop(worker->ledger, ended->delivery);
    ensure(err.code == ERR_NONE);
    worker_finish_one(worker, (uint32_t)ended->subject - 1);
    return true;
}

void worker_tell_dead(struct worker *worker, uint64_t now_ms)
{
    const struct ended *dead = (const void *)worker->dead.data;
    size_t count = worker->dead.length / sizeof(*dead);
    size_t told = 0;
    if (now_ms < worker->ask_due_ms)
        return;
    while (told < count && told < TOLD_AT_ONCE && tell_one(worker, &dead[told]))
        told++;
    if (told == 0)
        return;
    memmove(worker->dead.data, worker->dead.data + told * sizeof(*dead),
            (count - told) * sizeof(*dead));
    worker->dead.length -= told * sizeof(*dead);
}
