#include "cli/replay/replay_worker.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REPEAT_PAUSE_NS UINT64_C(50000000)
#define SECOND_NS       UINT64_C(1000000000)
enum { TEXT_SIZE = 160, ITEMS_PER_REQUEST = 500 };

/* How a request that may be repeated stands. */
struct attempt {
    uint64_t started_ns;
    bool was_lost; /* an answer did not come: it may have been done */
};

bool replay_must_repeat(const struct http_answer *answer)
{
    return answer->status == 0 || answer->status == 429 || answer->status == 503;
}

static bool is_done(const struct http_answer *answer)
{
    return answer->status >= 200 && answer->status < 300;
}

/* Books the time of an answer. True when the request is to be sent again, after a pause. */
static bool wants_repeat(struct replay_worker *worker, enum replay_request kind,
                         const struct http_answer *answer, struct attempt *attempt)
{
    struct replay_run *run = worker->run;
    if (!replay_must_repeat(answer)) {
        replay_stats_add_time(&worker->stats, kind, answer->elapsed_ns);
        return false;
    }
    uint64_t now_ns = clock_monotonic_ns();
    if (attempt->started_ns == 0)
        attempt->started_ns = now_ns - answer->elapsed_ns;
    attempt->was_lost = attempt->was_lost || answer->status == 0;
    worker->stats.repeats++;
    if (now_ns - attempt->started_ns > run->retry_seconds * SECOND_NS)
        atomic_store(&run->must_stop, true);
    if (atomic_load(&run->must_stop))
        return false;
    clock_sleep_ns(REPEAT_PAUSE_NS);
    return true;
}

static void set_outcome(struct replay_run *run, uint32_t order, enum replay_state state,
                        const char *id)
{
    struct replay_outcome *outcome = &run->outcomes[order];
    pthread_mutex_lock(&run->lock);
    outcome->state = state;
    (void)snprintf(outcome->id, sizeof(outcome->id), "%s", id);
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

static void write_ack(struct replay_run *run, const char *order_id, const char *shop_id)
{
    char line[TEXT_SIZE];
    if (run->acks_fd < 0)
        return;
    int length = snprintf(line, sizeof(line), "%s\t%s\n", order_id, shop_id);
    ensure(length > 0);
    ensure((size_t)length < sizeof(line));
    if (write(run->acks_fd, line, (size_t)length) != length) {
        (void)fprintf(stderr, "shopd replay: cannot write the file of acknowledgements\n");
        atomic_store(&run->must_stop, true);
    }
}

static void refuse(struct replay_worker *worker, uint32_t order, const char *code)
{
    replay_stats_add_code(&worker->stats, code, 1);
    set_outcome(worker->run, order, REPLAY_REFUSED, "");
}

/* The job's lines as items, but for those whose product the shop has not; how many there are. */
static uint32_t fill_known_items(struct replay_worker *worker, const struct replay_job *job)
{
    struct replay_run *run = worker->run;
    uint32_t count = 0;
    if (job->line_count > worker->item_capacity) {
        worker->item_capacity = job->line_count;
        worker->items =
            memory_resize(worker->items, worker->item_capacity * sizeof(*worker->items));
    }
    for (uint32_t i = 0; i < job->line_count; i++) {
        const struct replay_line *line = &run->plan->lines[job->first_line + i];
        const char *id = run->product_ids[line->product];
        if (id[0] != '\0')
            worker->items[count++] = (struct shop_item){.id = id, .quantity = line->quantity};
    }
    return count;
}

/* False when the shop has not all of the products. */
static bool fill_items(struct replay_worker *worker, const struct replay_job *job)
{
    return fill_known_items(worker, job) == job->line_count;
}

/* A fresh cart with every line in it. Answers without one to repeat; an answer that was lost means
 * a new cart, because adding twice would add twice. */
static struct http_answer fill_cart(struct replay_worker *worker, const struct replay_job *job,
                                    struct shop_cart *cart_out)
{
    struct replay_run *run = worker->run;
    const struct replay_order *order = &run->plan->orders[job->order];
    const char *customer =
        order->customer == REPLAY_GUEST ? NULL : run->customer_ids[order->customer];
    struct attempt attempt = {.started_ns = 0};
    struct http_answer answer;
    do {
        answer = shop_client_open_cart(&worker->client, customer, cart_out);
    } while (wants_repeat(worker, REPLAY_REQUEST_CART, &answer, &attempt));
    for (uint32_t i = 0; i < job->line_count && is_done(&answer); i += ITEMS_PER_REQUEST) {
        uint32_t count = job->line_count - i;
        count = count < ITEMS_PER_REQUEST ? count : ITEMS_PER_REQUEST;
        attempt = (struct attempt){.started_ns = 0};
        do {
            answer = shop_client_add_items(&worker->client, cart_out, worker->items + i, count);
        } while (answer.status != 0 &&
                 wants_repeat(worker, REPLAY_REQUEST_ITEMS, &answer, &attempt));
    }
    return answer;
}

static struct http_answer check_out(struct replay_worker *worker, const struct replay_job *job,
                                    const struct shop_cart *cart)
{
    struct replay_run *run = worker->run;
    const char *order_id = run->plan->order_ids.texts[job->order].data;
    char name[TEXT_SIZE];
    char email[TEXT_SIZE];
    uint32_t customer = run->plan->orders[job->order].customer;
    const char *who =
        customer == REPLAY_GUEST ? order_id : run->plan->customers.texts[customer].data;
    (void)snprintf(name, sizeof(name), "%s %s", customer == REPLAY_GUEST ? "Guest" : "Customer",
                   who);
    (void)snprintf(email, sizeof(email), "%s-%s@example.com",
                   customer == REPLAY_GUEST ? "guest" : "customer", who);
    struct shop_contact contact = {
        .name = name, .email = email, .country = run->plan->orders[job->order].country};
    struct attempt attempt = {.started_ns = 0};
    struct http_answer answer;
    do {
        answer = shop_client_checkout(&worker->client, cart, order_id, &contact);
    } while (wants_repeat(worker, REPLAY_REQUEST_CHECKOUT, &answer, &attempt));
    return answer;
}

/* An answer that was lost may hide a confirmation that was done: then the order says so. */
static void confirm(struct replay_worker *worker, const char *id)
{
    struct attempt attempt = {.started_ns = 0};
    struct http_answer answer;
    do {
        answer = shop_client_move_order(&worker->client, id, "confirm");
    } while (wants_repeat(worker, REPLAY_REQUEST_CONFIRM, &answer, &attempt));
    if (attempt.was_lost && answer.status == 409) {
        answer = shop_client_view_order(&worker->client, id);
        if (strcmp(http_json_text(answer.json, "status"), "confirmed") == 0)
            return;
        (void)snprintf(answer.code, sizeof(answer.code), "confirm_unclear");
        answer.status = 409;
    }
    if (!is_done(&answer))
        replay_stats_add_code(&worker->stats, answer.code, 1);
}

static void accept_order(struct replay_worker *worker, const struct replay_job *job, const char *id)
{
    struct replay_run *run = worker->run;
    write_ack(run, run->plan->order_ids.texts[job->order].data, id);
    pthread_mutex_lock(&run->lock);
    replay_books_place(&run->books, &run->plan->lines[job->first_line], job->line_count);
    pthread_mutex_unlock(&run->lock);
    confirm(worker, id);
    set_outcome(run, job->order, REPLAY_ACCEPTED, id);
}

static void send_place(struct replay_worker *worker, const struct replay_job *job)
{
    struct replay_run *run = worker->run;
    struct attempt attempt = {.started_ns = 0};
    struct shop_cart cart = {.id = ""};
    struct http_answer answer;
    if (!fill_items(worker, job)) {
        refuse(worker, job->order, "product_unknown");
        return;
    }
    do {
        answer = fill_cart(worker, job, &cart);
    } while (answer.status == 0 && !atomic_load(&run->must_stop) &&
             wants_repeat(worker, REPLAY_REQUEST_ITEMS, &answer, &attempt));
    if (is_done(&answer))
        answer = check_out(worker, job, &cart);
    if (replay_must_repeat(&answer)) {
        set_outcome(run, job->order, REPLAY_LOST, "");
    } else if (!is_done(&answer)) {
        refuse(worker, job->order, answer.code);
    } else {
        char id[SHOP_ID_SIZE];
        (void)snprintf(id, sizeof(id), "%s", http_json_text(answer.json, "id"));
        accept_order(worker, job, id);
    }
}

/* Waits until the order was answered and nobody else cancels in it; then it is this worker's. */
static enum replay_state claim_order(struct replay_run *run, uint32_t order, char *id_out)
{
    struct replay_outcome *outcome = &run->outcomes[order];
    pthread_mutex_lock(&run->lock);
    while (outcome->state == REPLAY_WAITING || outcome->is_busy)
        pthread_cond_wait(&run->changed, &run->lock);
    enum replay_state state = outcome->state;
    outcome->is_busy = true;
    if (state == REPLAY_REFUSED)
        run->cancels_skipped++;
    memcpy(id_out, outcome->id, SHOP_ID_SIZE);
    pthread_mutex_unlock(&run->lock);
    return state;
}

static void release_order(struct replay_run *run, uint32_t order)
{
    pthread_mutex_lock(&run->lock);
    run->outcomes[order].is_busy = false;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

static struct http_answer view_order(struct replay_worker *worker, const char *id)
{
    struct attempt attempt = {.started_ns = 0};
    struct http_answer answer;
    do {
        answer = shop_client_view_order(&worker->client, id);
    } while (wants_repeat(worker, REPLAY_REQUEST_VIEW, &answer, &attempt));
    return answer;
}

/* The order's line of this product; NULL when there is none. */
static const json_t *find_line(const json_t *order, const char *product_id)
{
    const json_t *lines = json_object_get(order, "lines");
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (strcmp(http_json_text(line, "product_id"), product_id) == 0)
            return line;
    }
    return NULL;
}

/* What one CANCEL takes off, by the ids of the order's lines. */
struct cancellation {
    char (*line_ids)[SHOP_ID_SIZE];
    int64_t quantity_before; /* of its first line */
};

static bool read_cancellation(struct replay_worker *worker, const struct replay_job *job,
                              const json_t *order, struct cancellation *cancellation)
{
    cancellation->line_ids = memory_alloc_zeroed(job->line_count, SHOP_ID_SIZE);
    if (!fill_items(worker, job))
        return false;
    for (uint32_t i = 0; i < job->line_count; i++) {
        const json_t *line = find_line(order, worker->items[i].id);
        if (!line)
            return false;
        if (i == 0)
            cancellation->quantity_before = http_json_number(line, "quantity");
        (void)snprintf(cancellation->line_ids[i], SHOP_ID_SIZE, "%s", http_json_text(line, "id"));
    }
    for (uint32_t i = 0; i < job->line_count; i++)
        worker->items[i].id = cancellation->line_ids[i];
    return true;
}

/* Sends it until it is answered or the order shows that it was done. */
static struct http_answer cancel_lines(struct replay_worker *worker, const struct replay_job *job,
                                       const char *id, const struct cancellation *cancellation)
{
    const struct replay_line *first = &worker->run->plan->lines[job->first_line];
    const char *product_id = worker->run->product_ids[first->product];
    struct attempt attempt = {.started_ns = 0};
    for (;;) {
        struct http_answer answer = shop_client_cancel(&worker->client, id, worker->items,
                                                       job->line_count, "cancelled in the file");
        if (!wants_repeat(worker, REPLAY_REQUEST_CANCEL, &answer, &attempt))
            return answer;
        if (!attempt.was_lost)
            continue;
        answer = view_order(worker, id);
        const json_t *line = find_line(answer.json, product_id);
        if (line && http_json_number(line, "quantity") != cancellation->quantity_before)
            return answer;
    }
}

static void send_cancel(struct replay_worker *worker, const struct replay_job *job)
{
    struct replay_run *run = worker->run;
    struct cancellation cancellation = {.line_ids = NULL};
    char id[SHOP_ID_SIZE];
    if (claim_order(run, job->order, id) == REPLAY_ACCEPTED) {
        struct http_answer answer = view_order(worker, id);
        if (is_done(&answer) && !read_cancellation(worker, job, answer.json, &cancellation))
            replay_stats_add_code(&worker->stats, "line_unknown", 1);
        else if (is_done(&answer))
            answer = cancel_lines(worker, job, id, &cancellation);
        if (is_done(&answer)) {
            pthread_mutex_lock(&run->lock);
            replay_books_cancel(&run->books, &run->plan->lines[job->first_line], job->line_count);
            pthread_mutex_unlock(&run->lock);
        } else {
            replay_stats_add_code(&worker->stats, answer.code, 1);
        }
        memory_free(cancellation.line_ids);
    }
    release_order(run, job->order);
}

static int64_t view_on_hand(struct replay_worker *worker, const char *product_id)
{
    struct attempt attempt = {.started_ns = 0};
    struct http_answer answer;
    do {
        answer = shop_client_view_stock(&worker->client, product_id);
    } while (wants_repeat(worker, REPLAY_REQUEST_VIEW, &answer, &attempt));
    return is_done(&answer) ? shop_client_sum(answer.json, "on_hand") : -1;
}

/*
 * Nothing else changes what is on hand while a file is replayed, and one worker at a time returns:
 * so the number on hand tells whether a movement whose answer was lost was done. True when it is
 * done.
 */
static bool return_pieces(struct replay_worker *worker, uint32_t count, int64_t before)
{
    struct attempt attempt = {.started_ns = 0};
    for (;;) {
        struct http_answer answer =
            shop_client_move_stock(&worker->client, worker->items, count, "returned");
        if (!wants_repeat(worker, REPLAY_REQUEST_RETURN, &answer, &attempt)) {
            if (!is_done(&answer))
                replay_stats_add_code(&worker->stats, answer.code, 1);
            return is_done(&answer);
        }
        int64_t now = attempt.was_lost ? view_on_hand(worker, worker->items[0].id) : before;
        if (now >= 0 && now != before)
            return true;
    }
}

/* Pieces on hand of the job's first product that the shop has. */
static int64_t first_on_hand(const struct replay_run *run, const struct replay_job *job)
{
    const struct replay_line *line = &run->plan->lines[job->first_line];
    while (run->product_ids[line->product][0] == '\0')
        line++;
    return (int64_t)run->books.rows[line->product].on_hand;
}

/* What the shop does not sell cannot come back to it: those lines are left out and counted. */
static void send_return(struct replay_worker *worker, const struct replay_job *job)
{
    struct replay_run *run = worker->run;
    uint32_t count = fill_known_items(worker, job);
    if (count < job->line_count)
        replay_stats_add_code(&worker->stats, "product_unknown", job->line_count - count);
    if (count == 0)
        return;
    pthread_mutex_lock(&run->return_lock);
    bool is_applied = return_pieces(worker, count, first_on_hand(run, job));
    pthread_mutex_lock(&run->lock);
    if (is_applied)
        replay_books_return(&run->books, &run->plan->lines[job->first_line], job->line_count);
    pthread_mutex_unlock(&run->lock);
    pthread_mutex_unlock(&run->return_lock);
}

static void *work(void *context)
{
    struct replay_worker *worker = context;
    struct replay_run *run = worker->run;
    while (!atomic_load(&run->must_stop)) {
        uint32_t number = atomic_fetch_add(&run->next_job, 1);
        if (number >= run->plan->job_count)
            break;
        const struct replay_job *job = &run->plan->jobs[number];
        switch (job->kind) {
        case REPLAY_PLACE:
            send_place(worker, job);
            break;
        case REPLAY_CANCEL:
            send_cancel(worker, job);
            break;
        case REPLAY_RETURN:
            send_return(worker, job);
            break;
        }
        atomic_fetch_add(&run->done_jobs, 1);
    }
    return NULL;
}

void replay_worker_start(struct replay_worker *worker, struct replay_run *run)
{
    *worker = (struct replay_worker){.run = run};
    shop_client_open(&worker->client, run->url, run->operator_key);
    replay_stats_init(&worker->stats);
    int failed = pthread_create(&worker->thread, NULL, work, worker);
    ensure(failed == 0);
}

void replay_worker_join(struct replay_worker *worker)
{
    int failed = pthread_join(worker->thread, NULL);
    ensure(failed == 0);
    shop_client_close(&worker->client);
    memory_free(worker->items);
}
