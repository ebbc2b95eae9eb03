#include "api/live/live.h"

#include "api/live/live_parts.h"
#include "base/memory.h"

#include <string.h>

enum { ARENA_BLOCK_SIZE = 4096, ARENA_MAX = 1 << 24, FRAMES_FIRST_SIZE = 512, RETRY_S = 5 };

/* ---- streams of a loop ---- */

static struct live_loop *loop_of(const struct live_stream *stream)
{
    return &stream->live->loops[stream->loop_index];
}

static void count_stream(struct live_stream *stream, uint32_t change)
{
    __atomic_fetch_add(&loop_of(stream)->count, change, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&stream->live->count, change, __ATOMIC_SEQ_CST);
}

void live_add(struct live_stream *stream)
{
    struct live_loop *loop = loop_of(stream);
    uint64_t first = 0;
    if (stream->order == 0)
        first = (uint64_t)(uintptr_t)loop->operators;
    else
        (void)!map_find(&loop->orders, stream->order, &first);
    stream->next = (struct live_stream *)(uintptr_t)first;
    if (stream->next != NULL)
        stream->next->previous = stream;
    if (stream->order == 0)
        loop->operators = stream;
    else
        map_put(&loop->orders, stream->order, (uint64_t)(uintptr_t)stream);
}

static void remove_stream(struct live_stream *stream)
{
    struct live_loop *loop = loop_of(stream);
    if (stream->next != NULL)
        stream->next->previous = stream->previous;
    if (stream->previous != NULL)
        stream->previous->next = stream->next;
    else if (stream->order == 0)
        loop->operators = stream->next;
    else if (stream->next != NULL)
        map_put(&loop->orders, stream->order, (uint64_t)(uintptr_t)stream->next);
    else
        (void)map_remove(&loop->orders, stream->order);
}

static void closed(struct stream_owner *owner)
{
    struct live_stream *stream = (struct live_stream *)owner;
    remove_stream(stream);
    count_stream(stream, UINT32_MAX);
    if (!stream->is_fetching)
        memory_free(stream);
}

bool live_send(struct live_stream *stream, struct text frames)
{
    return frames.length == 0 || stream_send(stream->owner.stream, frames);
}

/* ---- fetching: an order's new steps, or events that an operator missed ---- */

struct fetch {
    struct order_command view; /* an order */
    struct loader_task task;   /* or events */
    struct loop_task back;
    struct live_stream *stream;
    struct live *live;
    uint32_t loop_index;
    uint64_t after;
    struct arena arena;
    struct buffer frames;
    bool is_whole; /* there is no more in the store */
    struct err err;
};

static void free_fetch(struct fetch *fetch)
{
    arena_release(&fetch->arena);
    buffer_release(&fetch->frames);
    memory_free(fetch);
}

/* On the loop again. */
static void fetched(struct loop_task *task)
{
    struct fetch *fetch = container_of(task, struct fetch, back);
    struct live_stream *stream = fetch->stream;
    stream->is_fetching = false;
    if (stream->owner.stream == NULL) {
        memory_free(stream); /* it closed meanwhile */
        free_fetch(fetch);
        return;
    }
    if (fetch->err.code == ERR_NONE && stream->order != 0)
        stream->seen = live_write_steps(fetch->live, fetch->view.copy, stream->seen, &fetch->arena,
                                        &fetch->frames);
    else if (fetch->err.code == ERR_NONE)
        stream->seen = fetch->after;
    bool goes_on = fetch->err.code == ERR_NONE && (stream->is_behind || !fetch->is_whole);
    bool is_there = live_send(stream, buffer_text(&fetch->frames));
    if (is_there && fetch->err.code != ERR_NONE) {
        /* What it asked for cannot be had now: it comes back with what it has seen. */
        struct stream_owner *owner = &stream->owner;
        stream_end(owner->stream);
        closed(owner);
    } else if (is_there && goes_on) {
        live_fetch(stream);
    }
    free_fetch(fetch);
}

static void send_back(struct fetch *fetch)
{
    server_post(fetch->live->server, fetch->loop_index, &fetch->back);
}

static void order_viewed(struct command *command)
{
    struct fetch *fetch = command->owner;
    fetch->err = command->err;
    fetch->is_whole = true;
    send_back(fetch);
}

static bool take_event(void *context, const struct event *event)
{
    struct fetch *fetch = context;
    uint64_t order;
    (void)live_write_event(fetch->live, event, &fetch->frames, &order);
    fetch->after = event->number;
    return fetch->frames.length < LIVE_PIECE_BYTES;
}

static void read_missed(struct loader_task *task, struct store_reader *reader)
{
    struct fetch *fetch = container_of(task, struct fetch, task);
    fetch->err = store_read_events(reader, fetch->after, take_event, fetch);
    fetch->is_whole = fetch->frames.length < LIVE_PIECE_BYTES;
    send_back(fetch);
}

void live_fetch(struct live_stream *stream)
{
    struct live *live = stream->live;
    stream->is_behind = stream->is_fetching;
    if (stream->is_fetching)
        return;
    struct fetch *fetch = memory_alloc_zeroed(1, sizeof(*fetch));
    *fetch = (struct fetch){.stream = stream,
                            .live = live,
                            .loop_index = stream->loop_index,
                            .after = stream->seen,
                            .back = {.run = fetched},
                            .task = {.run = read_missed}};
    arena_init(&fetch->arena, ARENA_BLOCK_SIZE, ARENA_MAX);
    buffer_init(&fetch->frames, FRAMES_FIRST_SIZE);
    stream->is_fetching = true;
    struct err err;
    if (stream->order == 0) {
        err = executor_load(live->options.executor, &fetch->task);
    } else {
        fetch->view.order = stream->order;
        fetch->view.command = (struct command){.ops = &command_order_view,
                                               .arena = &fetch->arena,
                                               .actor = ACTOR_SYSTEM,
                                               .done = order_viewed,
                                               .owner = fetch};
        err = executor_submit(live->options.executor, &fetch->view.command);
    }
    if (err.code == ERR_NONE)
        return;
    fetch->err = err;
    send_back(fetch);
}

/* ---- the follower: what is new ---- */

/* What one run of events means, for every loop. */
struct news {
    uint32_t users;       /* atomic: loops that have yet to look */
    uint64_t first_event; /* of those that there are frames of */
    uint64_t last_event;
    struct buffer frames;
    struct buffer orders; /* uint64_t each */
    struct live *live;
};

struct news_task {
    struct loop_task task;
    struct news *news;
    uint32_t loop_index;
};

static void drop_news(struct news *news)
{
    if (__atomic_sub_fetch(&news->users, 1, __ATOMIC_SEQ_CST) > 0)
        return;
    buffer_release(&news->frames);
    buffer_release(&news->orders);
    memory_free(news);
}

/* Who has seen a part of it, read from the store before the follower came, reads on there. */
static void tell_operators(struct live_loop *loop, const struct news *news)
{
    struct live_stream *next;
    for (struct live_stream *stream = loop->operators; stream != NULL; stream = next) {
        next = stream->next;
        if (stream->seen >= news->last_event)
            continue;
        if (stream->is_fetching || stream->seen >= news->first_event) {
            live_fetch(stream);
            continue;
        }
        stream->seen = news->last_event;
        (void)live_send(stream, buffer_text(&news->frames));
    }
}

static void take_news(struct loop_task *task)
{
    struct news_task *own = container_of(task, struct news_task, task);
    struct news *news = own->news;
    struct live_loop *loop = &news->live->loops[own->loop_index];
    const uint64_t *orders = (const void *)news->orders.data;
    tell_operators(loop, news);
    for (size_t i = 0; i < news->orders.length / sizeof(*orders); i++) {
        uint64_t first = 0;
        struct live_stream *next;
        if (!map_find(&loop->orders, orders[i], &first))
            continue;
        for (struct live_stream *stream = (struct live_stream *)(uintptr_t)first; stream != NULL;
             stream = next) {
            next = stream->next;
            live_fetch(stream);
        }
    }
    memory_free(own);
    drop_news(news);
}

static struct err take(void *context, struct store_reader *reader, const struct follower_run *run)
{
    struct live *live = context;
    const struct event *event;
    size_t offset = 0;
    bool damaged = false;
    (void)reader;
    if (live->server == NULL || live_stream_count(live) == 0)
        return OK;
    struct news *news = memory_alloc_zeroed(1, sizeof(*news));
    news->live = live;
    news->users = 1;
    buffer_init(&news->frames, FRAMES_FIRST_SIZE);
    buffer_init(&news->orders, FRAMES_FIRST_SIZE);
    while (event_next(run->events.data, run->events.length, &offset, &event, &damaged)) {
        uint64_t order = 0;
        if (!live_write_event(live, event, &news->frames, &order))
            continue;
        if (news->first_event == 0)
            news->first_event = event->number;
        news->last_event = event->number;
        buffer_append(&news->orders, &order, sizeof(order));
    }
    ensure(!damaged);
    for (uint32_t i = 0; news->last_event != 0 && i < server_loop_count(live->server); i++) {
        if (__atomic_load_n(&live->loops[i].count, __ATOMIC_SEQ_CST) == 0)
            continue;
        struct news_task *own = memory_alloc_zeroed(1, sizeof(*own));
        *own = (struct news_task){.task = {.run = take_news}, .news = news, .loop_index = i};
        __atomic_fetch_add(&news->users, 1, __ATOMIC_SEQ_CST);
        server_post(live->server, i, &own->task);
    }
    drop_news(news);
    return OK;
}

static struct err position(void *context, uint64_t *event_out)
{
    const struct live *live = context;
    *event_out = feed_last_event(live->options.feed);
    return OK;
}

static struct err move(void *context, uint64_t event)
{
    (void)context;
    (void)event;
    return OK;
}

const struct follower_ops live_follower_ops = {.name = "live",
                                               .position = position,
                                               .take = take,
                                               .move = move};

/* ---- routes ---- */

/* A stream for the request; NULL, and answered, when there is none to be had. */
static struct live_stream *new_stream(struct call *call)
{
    struct live *live = call->options->live;
    if (live == NULL || live_stream_count(live) >= live->options.streams_max) {
        call_refuse(call, ERR_AT(ERR_OVERLOADED, 0, RETRY_S));
        return NULL;
    }
    struct live_stream *stream = memory_alloc_zeroed(1, sizeof(*stream));
    struct text last = request_header(call->request, TEXT("Last-Event-ID"));
    *stream = (struct live_stream){
        .owner = {.closed = closed}, .live = live, .loop_index = call->request->loop_index};
    uint64_t seen = 0;
    if (last.data != NULL && text_to_u64(last, &seen))
        stream->seen = seen;
    return stream;
}

/* The head goes out, and the call is over. */
static void begin(struct call *call, struct live_stream *stream)
{
    if (call->request->method == METHOD_HEAD) {
        memory_free(stream);
        call_reply_as(call, 200, "text/event-stream");
        return;
    }
    live_add(stream);
    count_stream(stream, 1);
    if (call_reply_stream(call, &stream->owner))
        live_fetch(stream);
    else
        closed(&stream->owner);
}

static void order_begins(struct call *call)
{
    const struct order_command *command = call->state;
    struct live_stream *stream = new_stream(call);
    if (stream == NULL)
        return;
    stream->order = command->order;
    begin(call, stream);
}

void orders_events(struct call *call)
{
    struct order_command *command = CALL_NEW(call, struct order_command);
    if (!call_id(call, 0, ID_ORDER, ERR_ORDER_UNKNOWN, &command->order))
        return;
    if (!call->access.is_operator) {
        command->cart = call->access.cart;
        command->customer = call->access.customer;
    }
    call->state = command;
    call_submit(call, &command->command, &command_order_view, order_begins);
}

/* Without Last-Event-ID from now on. */
void events_stream(struct call *call)
{
    struct live_stream *stream = new_stream(call);
    if (stream == NULL)
        return;
    bool is_new = request_header(call->request, TEXT("Last-Event-ID")).data == NULL;
    uint64_t last_event = feed_last_event(stream->live->options.feed);
    if (is_new || stream->seen > last_event)
        stream->seen = last_event;
    begin(call, stream);
}

/* ---- life ---- */

struct live *live_open(const struct live_options *options)
{
    struct live *live = memory_alloc_zeroed(1, sizeof(*live));
    live->options = *options;
    for (uint32_t i = 0; i < LIVE_LOOPS_MAX; i++)
        map_init(&live->loops[i].orders, 0);
    return live;
}

void live_close(struct live *live)
{
    if (live == NULL)
        return;
    ensure(live->count == 0);
    for (uint32_t i = 0; i < LIVE_LOOPS_MAX; i++)
        map_release(&live->loops[i].orders);
    memory_free(live);
}

void live_attach_server(struct live *live, struct server *server)
{
    ensure(server_loop_count(server) <= LIVE_LOOPS_MAX);
    live->server = server;
}

uint32_t live_stream_count(const struct live *live)
{
    return __atomic_load_n(&live->count, __ATOMIC_SEQ_CST);
}
