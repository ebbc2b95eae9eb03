#include "net/parse.h"

enum { BODY_CAPACITY_KEPT_MAX = 64 * 1024 };

void parse_init(struct parse *parse, struct parse_limits limits)
{
    *parse = (struct parse){.limits = limits};
    head_init(&parse->head, limits.header_bytes_max);
    buffer_init(&parse->body, 0);
}

void parse_release(struct parse *parse)
{
    head_release(&parse->head);
    buffer_release(&parse->body);
}

void parse_reset(struct parse *parse)
{
    head_reset(&parse->head);
    if (parse->body.capacity > BODY_CAPACITY_KEPT_MAX)
        buffer_release(&parse->body);
    buffer_reset(&parse->body);
    parse->phase = PARSE_HEAD;
    parse->refusal = REFUSAL_NONE;
    parse->facts = (struct head_facts){0};
    parse->continue_is_due = false;
}

static void parse_refuse(struct parse *parse, enum refusal refusal)
{
    parse->phase = PARSE_REFUSED;
    parse->refusal = refusal;
}

/* The head is complete: what kind of body follows? */
static void parse_begin_body(struct parse *parse, struct request *request)
{
    enum refusal refusal = head_parse(&parse->head, request, &parse->facts);
    if (refusal == REFUSAL_NONE && parse->facts.content_length > parse->limits.body_bytes_max)
        refusal = REFUSAL_BODY_SIZE;
    if (refusal != REFUSAL_NONE) {
        parse_refuse(parse, refusal);
        return;
    }
    if (parse->facts.is_chunked) {
        chunked_init(&parse->chunked, parse->limits.body_bytes_max, parse->limits.header_bytes_max);
        parse->phase = PARSE_CHUNKS;
    } else {
        parse->body_left = (uint32_t)parse->facts.content_length;
        parse->phase = parse->body_left > 0 ? PARSE_BODY : PARSE_COMPLETE;
    }
    parse->continue_is_due = parse->facts.expects_continue && parse->phase != PARSE_COMPLETE;
}

static uint32_t feed_head(struct parse *parse, struct request *request, struct text bytes)
{
    uint32_t used;
    enum refusal refusal = head_feed(&parse->head, bytes, &used);
    if (refusal != REFUSAL_NONE)
        parse_refuse(parse, refusal);
    else if (parse->head.is_complete)
        parse_begin_body(parse, request);
    return used;
}

static uint32_t feed_body(struct parse *parse, struct text bytes)
{
    uint32_t used = bytes.length < parse->body_left ? bytes.length : parse->body_left;
    buffer_append(&parse->body, bytes.data, used);
    parse->body_left -= used;
    parse->continue_is_due = false;
    if (parse->body_left == 0)
        parse->phase = PARSE_COMPLETE;
    return used;
}

static uint32_t feed_chunks(struct parse *parse, struct text bytes)
{
    uint32_t used;
    enum refusal refusal = chunked_feed(&parse->chunked, bytes, &parse->body, &used);
    parse->continue_is_due = false;
    if (refusal != REFUSAL_NONE)
        parse_refuse(parse, refusal);
    else if (chunked_is_complete(&parse->chunked))
        parse->phase = PARSE_COMPLETE;
    return used;
}

uint32_t parse_feed(struct parse *parse, struct request *request, struct text bytes)
{
    ensure(parse->phase < PARSE_COMPLETE);
    uint32_t used = 0;
    while (used < bytes.length && parse->phase < PARSE_COMPLETE) {
        struct text rest = {bytes.data + used, bytes.length - used};
        if (parse->phase == PARSE_HEAD)
            used += feed_head(parse, request, rest);
        else if (parse->phase == PARSE_BODY)
            used += feed_body(parse, rest);
        else
            used += feed_chunks(parse, rest);
    }
    if (parse->phase == PARSE_COMPLETE)
        request->body = buffer_text(&parse->body);
    ensure(used <= bytes.length);
    return used;
}

bool parse_has_begun(const struct parse *parse)
{
    return parse->phase != PARSE_HEAD || head_has_begun(&parse->head);
}

bool parse_take_continue(struct parse *parse)
{
    bool is_due = parse->continue_is_due;
    parse->continue_is_due = false;
    return is_due;
}
