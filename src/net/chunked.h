/*
 * chunked.h - takes the chunked transfer coding off a body (RFC 9112 section 7.1).
 *
 * Stricter than http-parser, which lets chunk lines end in anything: two parties that disagree
 * where a chunk ends are how requests are smuggled. Every line ends in CR LF, sizes are plain
 * hexadecimal, extensions and trailers are read over within a limit and dropped.
 */
#ifndef NET_CHUNKED_H
#define NET_CHUNKED_H

#include "base/buffer.h"
#include "net/refusal.h"

#include <stdbool.h>

/* Keeps the arithmetic on chunk sizes within 32 bits. */
enum { CHUNKED_BODY_BYTES_MAX = 256 * 1024 * 1024 - 64 };

struct chunked {
    uint32_t phase;
    uint32_t chunk_left;    /* bytes of the current chunk still to come */
    uint32_t size_digits;   /* of the current size line */
    uint32_t dropped_bytes; /* extensions and trailers */
    uint32_t body_bytes_max;
    uint32_t dropped_bytes_max;
};

void chunked_init(struct chunked *chunked, uint32_t body_bytes_max, uint32_t dropped_bytes_max);
/* Appends what `bytes` hold of the body; *used_out is less than `size` only when the body ended
 * there. */
enum refusal chunked_feed(struct chunked *chunked, struct text bytes, struct buffer *body,
                          uint32_t *used_out) MUST_USE;
bool chunked_is_complete(const struct chunked *chunked);

#endif
