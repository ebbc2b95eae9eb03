#include "api/idempotency.h"

#include "api/call.h"

#include <string.h>

/* What is kept of an answer: this, then content type, header lines and body. */
struct kept_head {
    uint16_t status;
    uint16_t type_length; /* 0 = no content type */
    uint32_t headers_length;
};

static bool is_key(struct text key, uint32_t length_min)
{
    if (key.length < length_min || key.length > IDEMPOTENCY_KEY_MAX)
        return false;
    for (uint32_t i = 0; i < key.length; i++) {
        if (key.data[i] <= ' ' || key.data[i] > '~')
            return false;
    }
    return true;
}

bool idempotency_key(struct call *call, struct text *key_out)
{
    *key_out = request_header(call->request, TEXT("Idempotency-Key"));
    if (key_out->data == NULL)
        return true;
    bool is_anybody = access_principal(&call->access).kind == 0;
    if (is_key(*key_out, is_anybody ? IDEMPOTENCY_KEY_OF_ANYBODY_MIN : 1))
        return true;
    call_refuse_edge(call, EDGE_IDEMPOTENCY_KEY_INVALID);
    return false;
}

uint64_t idempotency_body_hash(const struct call *call)
{
    uint8_t tag[HASH_TAG_SIZE];
    char bytes[4 + HASH_TAG_SIZE] = {'b', 'o', 'd', 'y'};
    uint64_t hash;
    hash_keyed(call->secret, call->request->body.data, call->request->body.length, tag);
    memcpy(bytes + 4, tag, sizeof(tag));
    hash_keyed(call->secret, bytes, sizeof(bytes), tag);
    memcpy(&hash, tag, sizeof(hash));
    return hash;
}

/* The same text is another key to another sender, method or address. */
static void hash_key(const struct call *call, struct text key, uint8_t key_out[16])
{
    struct principal principal = access_principal(&call->access);
    struct text path = call->request->path;
    uint8_t path_tag[HASH_TAG_SIZE];
    uint8_t bytes[5 + sizeof(principal) + HASH_TAG_SIZE + IDEMPOTENCY_KEY_MAX] = {'o', 'n', 'c',
                                                                                  'e'};
    uint8_t *at = bytes + 4;
    hash_keyed(call->secret, path.data, path.length, path_tag);
    *at++ = (uint8_t)call->request->method;
    memcpy(at, &principal, sizeof(principal));
    at += sizeof(principal);
    memcpy(at, path_tag, sizeof(path_tag));
    at += sizeof(path_tag);
    memcpy(at, key.data, key.length);
    hash_keyed(call->secret, bytes, (size_t)(at - bytes) + key.length, key_out);
}

static void append(char **at, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(*at, bytes, size);
    *at += size;
}

/* On the executor's thread. Header lines that were there before are of this request, not of the
 * answer. */
static void render(struct command *command, struct once_answer *answer_out)
{
    struct call *call = command->owner;
    struct captured *captured = &call->captured;
    uint32_t before = call->headers_length;
    captured->is_on = true;
    view_read_begin();
    call->next(call);
    view_read_end();
    captured->is_on = false;
    answer_out->customer = call->shown_customer;
    answer_out->bytes = TEXT("");
    if (captured->is_deferred)
        return;
    ensure(captured->status != 0);
    struct text body = buffer_text(&call->request->reply);
    struct text type = text_of(captured->content_type);
    struct kept_head head = {
        .status = (uint16_t)captured->status,
        .type_length = (uint16_t)type.length,
        .headers_length = call->headers_length - before,
    };
    size_t size = sizeof(head) + type.length + head.headers_length + body.length;
    char *bytes = arena_alloc(command->arena, size);
    char *at = bytes;
    append(&at, &head, sizeof(head));
    append(&at, type.data, type.length);
    append(&at, call->headers + before, head.headers_length);
    append(&at, body.data, body.length);
    answer_out->bytes = (struct text){bytes, (uint32_t)size};
}

bool idempotency_attach(struct call *call, struct command *command)
{
    struct text key;
    if (call->takes_no_key)
        return true;
    if (!idempotency_key(call, &key))
        return false;
    if (key.data == NULL)
        return true;
    struct once *once = arena_alloc(call->arena, sizeof(*once));
    hash_key(call, key, once->key);
    once->body_hash = idempotency_body_hash(call);
    once->render = render;
    command->once = once;
    return true;
}

static void give_again(struct call *call, struct text kept)
{
    struct kept_head head;
    ensure(kept.length >= sizeof(head));
    memcpy(&head, kept.data, sizeof(head));
    const char *type = kept.data + sizeof(head);
    const char *headers = type + head.type_length;
    const char *body = headers + head.headers_length;
    ensure(sizeof(head) + head.type_length + head.headers_length <= kept.length);
    call->captured.status = head.status;
    if (head.type_length > 0)
        call->captured.content_type =
            arena_copy_text(call->arena, (struct text){type, head.type_length}).data;
    call_header_lines(call, (struct text){headers, head.headers_length});
    buffer_reset(&call->request->reply);
    buffer_append(&call->request->reply, body, (size_t)(kept.data + kept.length - body));
}

void idempotency_reply(struct call *call)
{
    const struct once *once = call->command->once;
    if (once->answer.bytes.length == 0) {
        view_read_begin();
        call->next(call);
        view_read_end();
        return;
    }
    if (once->is_repeat)
        give_again(call, once->answer.bytes);
    call_send(call, call->captured.status, call->captured.content_type);
}
