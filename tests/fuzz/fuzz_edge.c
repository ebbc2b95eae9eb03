/*
 * Header values that are lists: X-Forwarded-For, If-Match and If-None-Match, and lists of networks.
 * Nothing is read beyond its end, and what is taken is within the limits.
 */
#include "api/call.h"
#include "api/edge/client.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[HASH_SECRET_SIZE] = "edge of a fuzzer";

static void fuzz_client(struct request *request, struct text value)
{
    static const char *const trusted[] = {"", "10.0.0.0/8", "0.0.0.0/0 ::/0"};
    request->headers[0] = (struct request_header){TEXT("X-Forwarded-For"), value};
    request->headers[1] = (struct request_header){TEXT("X-Forwarded-For"), TEXT("10.0.0.9")};
    request->header_count = 2;
    ensure(address_read(TEXT("10.0.0.1"), &request->peer));
    for (size_t i = 0; i < countof(trusted); i++) {
        struct networks networks;
        ensure(networks_read(text_of(trusted[i]), &networks));
        struct address client = client_address(&networks, request);
        ensure(i > 0 || memcmp(&client, &request->peer, sizeof(client)) == 0);
    }
}

static void fuzz_tags(struct call *call, struct text value)
{
    for (int kind = ETAG_NUMBERED; kind <= ETAG_KEYED; kind++) {
        struct version_guard guard;
        call->request->headers[0] = (struct request_header){TEXT("If-Match"), value};
        call->request->headers[1] = (struct request_header){TEXT("If-None-Match"), value};
        call->request->header_count = 2;
        field_errors_init(&call->errors, call->arena);
        etag_guard(call, (enum etag_kind)kind, &guard);
        ensure(guard.count <= VERSION_GUARD_MAX);
        ensure(guard.count > 0 || call->errors.count > 0 || text_equal(value, TEXT("*")));
        call->headers_length = 0;
        bool is_known = etag_apply(call);
        ensure(!is_known || call->request->method == METHOD_GET);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    /* A copy of the exact size, so that a sanitizer sees a step beyond it. */
    struct arena arena;
    arena_init(&arena, 1 << 16, 1 << 24);
    char *bytes = arena_alloc(&arena, size + 1);
    memcpy(bytes, data, size);
    struct text value = text_trim((struct text){bytes, (uint32_t)size});
    struct networks networks;
    if (networks_read(value, &networks))
        ensure(networks.count <= NETWORKS_MAX);
    struct request *request = arena_alloc(&arena, sizeof(*request));
    struct call *call = arena_alloc(&arena, sizeof(*call));
    call->request = request;
    call->arena = &arena;
    call->secret = secret;
    buffer_init(&request->reply, 16);
    fuzz_client(request, value);
    fuzz_tags(call, value);
    buffer_release(&request->reply);
    arena_release(&arena);
    return 0;
}
