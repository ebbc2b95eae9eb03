/* live_frames.c - events and steps as frames of an event stream. */
#include "api/live/live_parts.h"
#include "api/render/render.h"

static void begin_frame(struct buffer *out, uint64_t id, const char *name)
{
    buffer_printf(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)id, name);
}

static void end_frame(struct buffer *out)
{
    buffer_append_text(out, TEXT("\n\n"));
}

/* ---- for operators ---- */

static const char *action_event(enum order_action action)
{
    switch (action) {
    case ORDER_CONFIRM:
        return "order_confirmed";
    case ORDER_CANCEL_PART:
        return "order_cancelled_in_part";
    case ORDER_CANCEL_ALL:
        return "order_cancelled";
    case ORDER_SHIP:
        return "order_shipped";
    case ORDER_DELIVER_PART:
        return "order_delivered_in_part";
    case ORDER_DELIVER_ALL:
        return "order_delivered";
    case ORDER_ACTION_COUNT:
        break;
    }
    return "order_changed";
}

struct frame {
    const char *name;
    uint64_t order;
    enum order_state state;
    enum actor actor;
    int64_t total_minor;
};

static bool read_frame(const struct event *event, struct frame *frame_out)
{
    if (event->type == EVENT_ORDER_PLACED) {
        const struct event_order_placed *placed = event_payload(event);
        *frame_out = (struct frame){"order_placed", placed->order, ORDER_PENDING,
                                    (enum actor)placed->actor, placed->totals.total_minor};
        return true;
    }
    if (event->type != EVENT_ORDER_CHANGED)
        return false;
    const struct event_order_changed *changed = event_payload(event);
    *frame_out = (struct frame){action_event((enum order_action)changed->action), changed->order,
                                (enum order_state)changed->state, (enum actor)changed->actor,
                                changed->totals.total_minor};
    return true;
}

static void write_public_id(const struct live *live, struct json_out *json, const char *key,
                            enum public_id_type type, uint64_t number)
{
    char id[PUBLIC_ID_SIZE];
    public_id_write(live->options.secret, type, number, id);
    json_out_key_text(json, text_of(key));
    json_out_text(json, text_of(id));
}

static void write_order(const struct live *live, struct json_out *json, uint64_t order)
{
    write_public_id(live, json, "order_id", ID_ORDER, order);
    json_out_key(json, "number");
    json_out_raw(json, TEXT("\""));
    buffer_append_u64(json->buffer, ORDER_NUMBER_FIRST + order);
    buffer_append_text(json->buffer, TEXT("\""));
}

static void write_move(const struct live *live, const struct event *event,
                       const struct frame *frame, struct buffer *out)
{
    struct json_out json;
    begin_frame(out, event->number, frame->name);
    json_out_init(&json, out);
    json_out_object_begin(&json);
    write_order(live, &json, frame->order);
    json_out_key(&json, "status");
    json_out_text(&json, text_of(order_state_name(frame->state)));
    json_out_key(&json, "by");
    json_out_text(&json, text_of(actor_name(frame->actor)));
    json_out_key(&json, "at");
    json_out_time(&json, event->time_ms);
    json_out_key(&json, "total_minor");
    json_out_i64(&json, frame->total_minor);
    json_out_object_end(&json);
    end_frame(out);
}

/* The number that a parcel's id is made of. */
static uint64_t parcel(uint64_t order, uint32_t shipment)
{
    return order << ORDER_LINE_SHIFT | shipment;
}

static void write_updated(const struct live *live, const struct event *event,
                          const struct event_shipment_updated *updated, struct buffer *out)
{
    struct json_out json;
    begin_frame(out, event->number, "shipment_updated");
    json_out_init(&json, out);
    json_out_object_begin(&json);
    write_order(live, &json, updated->order);
    write_public_id(live, &json, "shipment_id", ID_SHIPMENT,
                    parcel(updated->order, updated->shipment));
    json_out_key(&json, "status");
    json_out_text(&json, text_of(tracking_status_name((enum tracking_status)updated->status)));
    json_out_key(&json, "at");
    json_out_time(&json, updated->occurred_ms);
    json_out_object_end(&json);
    end_frame(out);
}

bool live_write_event(const struct live *live, const struct event *event, struct buffer *out,
                      uint64_t *order_out)
{
    struct frame frame;
    if (event->type == EVENT_SHIPMENT_UPDATED) {
        const struct event_shipment_updated *updated = event_payload(event);
        write_updated(live, event, updated, out);
        *order_out = updated->order;
        return true;
    }
    if (!read_frame(event, &frame))
        return false;
    write_move(live, event, &frame, out);
    *order_out = frame.order;
    return true;
}

/* ---- for the owner of an order ---- */

static void write_step(struct buffer *out, uint64_t number, enum order_state state, uint64_t at_ms,
                       enum actor actor, const char *action)
{
    struct json_out json;
    begin_frame(out, number, "step");
    json_out_init(&json, out);
    json_out_object_begin(&json);
    json_out_key(&json, "status");
    json_out_text(&json, text_of(order_state_name(state)));
    json_out_key(&json, "action");
    json_out_text(&json, text_of(action));
    json_out_key(&json, "by");
    json_out_text(&json, text_of(actor_name(actor)));
    json_out_key(&json, "at");
    json_out_time(&json, at_ms);
    json_out_object_end(&json);
    end_frame(out);
}

static void write_moved(struct buffer *out, uint64_t number, const struct order_move *move)
{
    write_step(out, number, (enum order_state)move->state, move->at_ms, (enum actor)move->actor,
               order_action_name((enum order_action)move->action));
}

static void write_tracking(const struct live *live, struct buffer *out, uint64_t number,
                           uint64_t order, const struct order_tracking *step)
{
    struct json_out json;
    begin_frame(out, number, "tracking");
    json_out_init(&json, out);
    json_out_object_begin(&json);
    write_public_id(live, &json, "shipment_id", ID_SHIPMENT, parcel(order, step->shipment));
    json_out_key(&json, "status");
    json_out_text(&json, text_of(tracking_status_name((enum tracking_status)step->status)));
    json_out_key(&json, "at");
    json_out_time(&json, step->occurred_ms);
    json_out_key(&json, "code");
    if (step->code.length > 0)
        json_out_text(&json, step->code);
    else
        json_out_null(&json);
    json_out_object_end(&json);
    end_frame(out);
}

static uint32_t count_trail(const struct order *order)
{
    uint32_t count = 0;
    for (const struct order_tracking *step = order->trail; step != NULL; step = step->next)
        count++;
    return count;
}

/* In the order in which we heard of them: a carrier that speaks late changes the trail before, but
 * no step that was seen gets another number. */
static const struct order_tracking **sort_trail(const struct order *order, uint32_t count,
                                                struct arena *arena)
{
    const struct order_tracking **sorted =
        arena_alloc_array(arena, count, sizeof(struct order_tracking *));
    uint32_t length = 0;
    for (const struct order_tracking *step = order->trail; step != NULL; step = step->next) {
        uint32_t place = length++;
        for (; place > 0 && sorted[place - 1]->at_ms > step->at_ms; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = step;
    }
    return sorted;
}

/* One step of an order: placed, moved, or what a carrier said. */
struct live_step {
    uint64_t at_ms;
    const struct order_move *move;     /* NULL = not this */
    const struct order_tracking *said; /* NULL = not this */
};

/* All of them, in the order of their time; returns how many. What a carrier said moves the order:
 * it stands before the move of the same moment. */
static uint32_t merge_steps(const struct order *order, struct arena *arena,
                            struct live_step **steps_out)
{
    uint32_t trail_count = count_trail(order);
    const struct order_tracking **trail = sort_trail(order, trail_count, arena);
    uint32_t count = 1;
    uint32_t move = 0;
    uint32_t heard = 0;
    struct live_step *steps =
        arena_alloc_array(arena, 1 + (size_t)order->move_count + trail_count, sizeof(*steps));
    steps[0] = (struct live_step){.at_ms = order->created_ms};
    while (move < order->move_count || heard < trail_count) {
        bool is_move = heard == trail_count ||
                       (move < order->move_count && order->moves[move].at_ms < trail[heard]->at_ms);
        if (is_move)
            steps[count] = (struct live_step){order->moves[move].at_ms, &order->moves[move], NULL};
        else
            steps[count] = (struct live_step){trail[heard]->at_ms, NULL, trail[heard]};
        move += is_move;
        heard += !is_move;
        count++;
    }
    *steps_out = steps;
    return count;
}

/* Which step comes next for who has seen so many. Moves keep their order; but of several steps
 * within one millisecond, a carrier's among them, nobody knows which were seen once there are more:
 * they are all told again. */
static uint64_t next_step(const struct live_step *steps, uint32_t count, uint64_t seen)
{
    if (seen == 0 || seen >= count)
        return seen;
    uint64_t at_ms = steps[seen - 1].at_ms;
    uint32_t later = 0;
    uint32_t same = 0;
    bool is_fixed = true;
    for (uint32_t i = 0; i < count; i++) {
        later += steps[i].at_ms > at_ms;
        same += steps[i].at_ms == at_ms;
        is_fixed = is_fixed && (steps[i].at_ms != at_ms || steps[i].said == NULL);
    }
    return is_fixed || count - seen == later ? seen : count - later - same;
}

uint64_t live_write_steps(const struct live *live, const struct order *order, uint64_t seen,
                          struct arena *arena, struct buffer *out)
{
    struct live_step *steps;
    uint32_t count = merge_steps(order, arena, &steps);
    for (uint64_t i = next_step(steps, count, seen); i < count; i++) {
        const struct live_step *step = &steps[i];
        if (step->said != NULL)
            write_tracking(live, out, i + 1, order->number, step->said);
        else if (step->move != NULL)
            write_moved(out, i + 1, step->move);
        else
            write_step(out, i + 1, ORDER_PENDING, step->at_ms, (enum actor)order->placed_by,
                       "place");
    }
    return count;
}
