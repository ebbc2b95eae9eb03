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

bool live_write_event(const struct live *live, const struct event *event, struct buffer *out,
                      uint64_t *order_out)
{
    struct frame frame;
    struct json_out json;
    char id[PUBLIC_ID_SIZE];
    if (!read_frame(event, &frame))
        return false;
    *order_out = frame.order;
    public_id_write(live->options.secret, ID_ORDER, frame.order, id);
    begin_frame(out, event->number, frame.name);
    json_out_init(&json, out);
    json_out_object_begin(&json);
    json_out_key(&json, "order_id");
    json_out_text(&json, text_of(id));
    json_out_key(&json, "number");
    json_out_raw(&json, TEXT("\""));
    buffer_append_u64(out, ORDER_NUMBER_FIRST + frame.order);
    buffer_append_text(out, TEXT("\""));
    json_out_key(&json, "status");
    json_out_text(&json, text_of(order_state_name(frame.state)));
    json_out_key(&json, "by");
    json_out_text(&json, text_of(actor_name(frame.actor)));
    json_out_key(&json, "at");
    json_out_time(&json, event->time_ms);
    json_out_key(&json, "total_minor");
    json_out_i64(&json, frame.total_minor);
    json_out_object_end(&json);
    end_frame(out);
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

uint64_t live_write_steps(const struct order *order, uint64_t seen, struct buffer *out)
{
    if (seen == 0)
        write_step(out, 1, ORDER_PENDING, order->created_ms, (enum actor)order->placed_by, "place");
    for (uint64_t i = seen > 1 ? seen - 1 : 0; i < order->move_count; i++) {
        const struct order_move *move = &order->moves[i];
        write_step(out, i + 2, (enum order_state)move->state, move->at_ms, (enum actor)move->actor,
                   order_action_name((enum order_action)move->action));
    }
    return 1 + (uint64_t)order->move_count;
}
