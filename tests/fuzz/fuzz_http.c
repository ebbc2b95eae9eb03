/*
 * fuzz_http.c - bytes of a connection against the parser, without sockets: at once, byte by byte
 * and in uneven pieces. All three must give the same requests and the same refusal: where the
 * kernel happens to cut a stream must never decide where a request ends.
 */
#include "base/hash.h"
#include "net/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { HEADER_BYTES_MAX = 1024, BODY_BYTES_MAX = 512, CUTS = 3 };

static size_t piece_size(int cut, size_t position)
{
    if (cut == 0)
        return SIZE_MAX;
    return cut == 1 ? 1 : 1 + position * 7 % 23;
}

static uint64_t mix_text(uint64_t digest, struct text text)
{
    return hash_u64(digest ^ hash_bytes(text.data, text.length) ^ text.length);
}

static void check_header(const struct request_header *header)
{
    ensure(header->name.length > 0);
    for (uint32_t i = 0; i < header->name.length; i++) {
        ensure(header->name.data[i] > ' ');
        ensure(header->name.data[i] != ':');
    }
    for (uint32_t i = 0; i < header->value.length; i++) {
        unsigned char character = (unsigned char)header->value.data[i];
        ensure(character >= ' ' || character == '\t');
    }
}

/* What every request that reaches a handler may be relied on for. */
static uint64_t check_request(uint64_t digest, const struct request *request,
                              const struct head_facts *facts)
{
    ensure(request->header_count <= REQUEST_HEADERS_MAX);
    ensure(request->body.length <= BODY_BYTES_MAX);
    ensure(facts->is_chunked || request->body.length == facts->content_length);
    ensure(request->path.length > 0);
    ensure(request->path.data[0] == '/' || text_equal(request->path, TEXT("*")));
    for (uint32_t i = 0; i < request->header_count; i++) {
        check_header(&request->headers[i]);
        digest = mix_text(digest, request->headers[i].name);
        digest = mix_text(digest, request->headers[i].value);
    }
    digest = mix_text(digest, request->path);
    digest = mix_text(digest, request->query);
    digest = mix_text(digest, request->body);
    return hash_u64(digest ^ request->method ^ (uint64_t)facts->keep_alive << 32);
}

static uint64_t run(const uint8_t *bytes, size_t size, int cut)
{
    struct parse_limits limits = {.header_bytes_max = HEADER_BYTES_MAX,
                                  .body_bytes_max = BODY_BYTES_MAX};
    struct parse parse;
    struct request request = {.method = METHOD_GET};
    uint64_t digest = 0;
    size_t used = 0;
    parse_init(&parse, limits);
    while (used < size && parse.phase != PARSE_REFUSED) {
        size_t length = piece_size(cut, used);
        if (length > size - used)
            length = size - used;
        char *piece = malloc(length); /* exact size: sanitizers see an overrun */
        ensure(piece != NULL);
        memcpy(piece, bytes + used, length);
        used += parse_feed(&parse, &request, (struct text){piece, (uint32_t)length});
        free(piece);
        if (parse.phase == PARSE_COMPLETE) {
            digest = check_request(digest, &request, &parse.facts);
            parse_reset(&parse);
        }
    }
    digest = hash_u64(digest ^ (uint64_t)parse.phase << 8 ^ (uint64_t)parse.refusal);
    parse_release(&parse);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > UINT32_MAX)
        return 0;
    uint64_t digest = run(bytes, size, 0);
    for (int cut = 1; cut < CUTS; cut++)
        ensure(run(bytes, size, cut) == digest);
    return 0;
}
