/* courier_queue.c - how fast a channel may go: rate, workers, pauses. */
#include "notify/courier_parts.h"

enum {
    JUDGE_EVERY_MS = 250,
    CLAIM_EVERY_MS = 20,
    CLAIM_IDLE_MS = 250,
    FAILURES_MIN = 5, /* of them, and no success: a pause */
    PAUSE_FIRST_MS = 500,
    PAUSE_MAX_MS = 30000,
    RETRY_GROWTH = 3,
    MILLI = 1000,
};

static void fill_credit(struct courier_queue *queue, uint64_t now_ms)
{
    uint64_t most = (uint64_t)queue->workers * COURIER_BATCH * MILLI;
    uint64_t second = (uint64_t)queue->workers * queue->rate * MILLI;
    uint64_t cap = queue->rate == 0 || second > most ? most : second;
    uint64_t elapsed_ms = now_ms > queue->credit_ms ? now_ms - queue->credit_ms : 0;
    queue->credit_ms = now_ms;
    if (queue->rate == 0 || elapsed_ms >= MILLI)
        queue->credit_milli = cap;
    else
        queue->credit_milli += elapsed_ms * queue->workers * queue->rate;
    if (queue->credit_milli > cap)
        queue->credit_milli = cap;
}

uint32_t courier_queue_room(struct courier_queue *queue, uint64_t now_ms)
{
    if (now_ms < queue->claim_ms || now_ms < queue->paused_until_ms)
        return 0;
    fill_credit(queue, now_ms);
    uint32_t credit = (uint32_t)(queue->credit_milli / MILLI);
    uint32_t calls_max = queue->channel.ops->calls_max;
    uint32_t most = queue->workers * COURIER_BATCH;
    if (calls_max != 0 && most > calls_max)
        most = calls_max;
    uint32_t room = queue->under_way < most ? most - queue->under_way : 0;
    return credit < room ? credit : room;
}

void courier_queue_claimed(struct courier_queue *queue, uint32_t asked, uint32_t got,
                           uint64_t now_ms)
{
    queue->credit_milli -= (uint64_t)got * MILLI;
    queue->under_way += got;
    queue->has_backlog = got == asked;
    queue->claim_ms = now_ms + (got > 0 ? CLAIM_EVERY_MS : CLAIM_IDLE_MS);
}

void courier_queue_unready(struct courier_queue *queue, uint64_t now_ms)
{
    queue->pause_ms = queue->pause_ms == 0 ? PAUSE_FIRST_MS : queue->pause_ms * 2;
    if (queue->pause_ms > PAUSE_MAX_MS)
        queue->pause_ms = PAUSE_MAX_MS;
    queue->paused_until_ms = now_ms + queue->pause_ms;
}

void courier_queue_ended(struct courier_queue *queue, enum channel_answer answer)
{
    ensure(queue->under_way > 0);
    queue->under_way--;
    if (answer == CHANNEL_AGAIN)
        queue->failed++;
    else
        queue->accepted++; /* a refusal is an answer too: the provider is well */
}

void courier_queue_judge(struct courier_queue *queue, uint64_t now_ms)
{
    if (now_ms < queue->judged_ms + JUDGE_EVERY_MS)
        return;
    if (queue->accepted == 0 && queue->failed >= FAILURES_MIN) {
        courier_queue_unready(queue, now_ms);
        queue->workers = 1;
    } else if (queue->failed > queue->accepted) {
        queue->workers = queue->workers > 1 ? queue->workers / 2 : 1;
    } else if (queue->accepted > 0) {
        queue->pause_ms = 0;
        if (queue->has_backlog)
            queue->workers =
                queue->workers * 2 < queue->workers_max ? queue->workers * 2 : queue->workers_max;
    } else if (queue->failed == 0 && queue->under_way == 0 && queue->workers > 1) {
        queue->workers--;
    }
    queue->judged_ms = now_ms;
    queue->accepted = queue->failed = 0;
}

uint64_t courier_retry_ms(struct random *random, uint32_t attempts, uint32_t retry_after_s)
{
    uint64_t pause_ms = COURIER_RETRY_FIRST_MS;
    for (uint32_t i = 1; i < attempts && pause_ms < COURIER_RETRY_MAX_MS; i++)
        pause_ms *= RETRY_GROWTH;
    if (pause_ms > COURIER_RETRY_MAX_MS)
        pause_ms = COURIER_RETRY_MAX_MS;
    pause_ms = pause_ms / 2 + random_below(random, pause_ms / 2 + 1);
    uint64_t asked_ms = (uint64_t)retry_after_s * MILLI;
    return pause_ms > asked_ms ? pause_ms : asked_ms;
}
