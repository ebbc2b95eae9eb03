#include "net/refusal.h"

#include "base/check.h"

static const struct server_refusal answers[REFUSAL_COUNT] = {
    [REFUSAL_MALFORMED] = {400, "malformed_request", "The request is not well-formed HTTP",
                           "a line ends without CR LF, is folded, or holds what it may not hold"},
    [REFUSAL_HOST] = {400, "invalid_host", "The Host header is not valid",
                      "HTTP/1.1 wants exactly one Host header, with a host and perhaps a port"},
    [REFUSAL_CONTENT_LENGTH] = {400, "invalid_content_length", "Content-Length is not valid",
                                "Content-Length must be one number and be sent once"},
    [REFUSAL_TRANSFER_ENCODING] =
        {400, "invalid_transfer_encoding", "Transfer-Encoding is not valid",
         "it must come once, without Content-Length, and not in HTTP/1.0"},
    [REFUSAL_TRANSFER_CODING] = {501, "transfer_coding_unsupported",
                                 "The transfer coding is not supported",
                                 "the only transfer coding understood is chunked"},
    [REFUSAL_CHUNK] = {400, "malformed_chunk", "The chunked body is malformed",
                       "a chunk has no plain hexadecimal size or does not end where it says"},
    [REFUSAL_TARGET_SIZE] = {414, "target_too_long", "The request target is too long",
                             "the request line is larger than the server reads"},
    [REFUSAL_HEADER_SIZE] = {431, "headers_too_large", "The headers are too large",
                             "there are more headers, or bytes of them, than the server reads"},
    [REFUSAL_BODY_SIZE] = {413, "body_too_large", "The body is too large",
                           "the body is larger than the server reads"},
    [REFUSAL_EXPECTATION] = {417, "expectation_unsupported", "The expectation is not supported",
                             "the only expectation understood is 100-continue"},
    [REFUSAL_METHOD] = {501, "method_unsupported", "The method is not supported",
                        "this is not a method the server knows"},
    [REFUSAL_VERSION] = {505, "http_version_unsupported", "The version is not supported",
                         "the server speaks HTTP/1.1 and HTTP/1.0"},
    [REFUSAL_SLOW] = {408, "request_timeout", "The request took too long",
                      "the request did not arrive in time"},
};

const struct server_refusal *refusal_answer(enum refusal refusal)
{
    ensure(refusal > REFUSAL_NONE);
    ensure(refusal < REFUSAL_COUNT);
    return &answers[refusal];
}
