#include "net/refusal.h"

#include "base/check.h"

static const struct refusal_answer answers[REFUSAL_COUNT] = {

    [REFUSAL_MALFORMED] = {400, "malformed_request"},
    [REFUSAL_HOST] = {400, "invalid_host"},
    [REFUSAL_CONTENT_LENGTH] = {400, "invalid_content_length"},
    [REFUSAL_TRANSFER_ENCODING] = {400, "invalid_transfer_encoding"},
    [REFUSAL_TRANSFER_CODING] = {501, "transfer_coding_unsupported"},
    [REFUSAL_CHUNK] = {400, "malformed_chunk"},
    [REFUSAL_TARGET_SIZE] = {414, "target_too_long"},
    [REFUSAL_HEADER_SIZE] = {431, "headers_too_large"},
    [REFUSAL_BODY_SIZE] = {413, "body_too_large"},
    [REFUSAL_EXPECTATION] = {417, "expectation_unsupported"},
    [REFUSAL_METHOD] = {501, "method_unsupported"},
    [REFUSAL_VERSION] = {505, "http_version_unsupported"},
    [REFUSAL_SLOW] = {408, "request_timeout"},
};

struct refusal_answer refusal_answer(enum refusal refusal)
{
    ensure(refusal > REFUSAL_NONE);
    ensure(refusal < REFUSAL_COUNT);
    return answers[refusal];
}
