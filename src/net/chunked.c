#include "net/chunked.h"

enum chunked_phase {
    CHUNKED_SIZE = 0,
    CHUNKED_EXTENSION,
    CHUNKED_SIZE_LF,
    CHUNKED_DATA,
    CHUNKED_DATA_CR,
    CHUNKED_DATA_LF,
    CHUNKED_TRAILER_START,
    CHUNKED_TRAILER,
    CHUNKED_TRAILER_LF,
    CHUNKED_LAST_LF,
    CHUNKED_COMPLETE
};

/* Leading zeros count, so that a size line cannot be endless. */
enum { SIZE_DIGITS_MAX = 16 };

void chunked_init(struct chunked *chunked, uint32_t body_bytes_max, uint32_t dropped_bytes_max)
{
    ensure(body_bytes_max <= CHUNKED_BODY_BYTES_MAX);
    *chunked =
        (struct chunked){.body_bytes_max = body_bytes_max, .dropped_bytes_max = dropped_bytes_max};
}

static int hex_value(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

static enum refusal feed_size(struct chunked *chunked, char character, size_t body_bytes)
{
    int digit = hex_value(character);
    if (digit < 0) {
        if (chunked->size_digits == 0 || (character != '\r' && character != ';'))
            return REFUSAL_CHUNK;
        chunked->phase = character == '\r' ? CHUNKED_SIZE_LF : CHUNKED_EXTENSION;
        return REFUSAL_NONE;
    }
    if (++chunked->size_digits > SIZE_DIGITS_MAX)
        return REFUSAL_CHUNK;
    chunked->chunk_left = chunked->chunk_left * 16 + (uint32_t)digit;
    bool fits = chunked->chunk_left <= chunked->body_bytes_max &&
                body_bytes <= chunked->body_bytes_max - chunked->chunk_left;
    return fits ? REFUSAL_NONE : REFUSAL_BODY_SIZE;
}

/* A character of an extension or a trailer, which nobody reads. */
static enum refusal feed_dropped(struct chunked *chunked, char character, uint32_t phase_after_cr)
{
    if (++chunked->dropped_bytes > chunked->dropped_bytes_max)
        return REFUSAL_HEADER_SIZE;
    if (character == '\r')
        chunked->phase = phase_after_cr;
    else if ((unsigned char)character < 0x20 && character != '\t')
        return REFUSAL_CHUNK;
    return REFUSAL_NONE;
}

static enum refusal expect(struct chunked *chunked, char character, char expected,
                           enum chunked_phase phase)
{
    if (character != expected)
        return REFUSAL_CHUNK;
    chunked->phase = phase;
    return REFUSAL_NONE;
}

static enum refusal feed_character(struct chunked *chunked, char character, size_t body_bytes)
{
    switch ((enum chunked_phase)chunked->phase) {
    case CHUNKED_SIZE:
        return feed_size(chunked, character, body_bytes);
    case CHUNKED_EXTENSION:
        return feed_dropped(chunked, character, CHUNKED_SIZE_LF);
    case CHUNKED_SIZE_LF:
        chunked->size_digits = 0;
        return expect(chunked, character, '\n',
                      chunked->chunk_left > 0 ? CHUNKED_DATA : CHUNKED_TRAILER_START);
    case CHUNKED_DATA_CR:
        return expect(chunked, character, '\r', CHUNKED_DATA_LF);
    case CHUNKED_DATA_LF:
        return expect(chunked, character, '\n', CHUNKED_SIZE);
    case CHUNKED_TRAILER_START:
        chunked->phase = CHUNKED_TRAILER;
        return feed_dropped(chunked, character, CHUNKED_LAST_LF);
    case CHUNKED_TRAILER:
        return feed_dropped(chunked, character, CHUNKED_TRAILER_LF);
    case CHUNKED_TRAILER_LF:
        return expect(chunked, character, '\n', CHUNKED_TRAILER_START);
    case CHUNKED_LAST_LF:
        return expect(chunked, character, '\n', CHUNKED_COMPLETE);
    case CHUNKED_DATA:
    case CHUNKED_COMPLETE:
        break;
    }
    check_failed("a phase that takes single characters", __FILE__, __LINE__);
}

enum refusal chunked_feed(struct chunked *chunked, struct text bytes, struct buffer *body,
                          uint32_t *used_out)
{
    uint32_t used = 0;
    enum refusal refusal = REFUSAL_NONE;
    while (used < bytes.length && refusal == REFUSAL_NONE && chunked->phase != CHUNKED_COMPLETE) {
        if (chunked->phase != CHUNKED_DATA) {
            refusal = feed_character(chunked, bytes.data[used++], body->length);
            continue;
        }
        uint32_t left = bytes.length - used;
        uint32_t take = left < chunked->chunk_left ? left : chunked->chunk_left;
        buffer_append(body, bytes.data + used, take);
        used += take;
        chunked->chunk_left -= take;
        if (chunked->chunk_left == 0)
            chunked->phase = CHUNKED_DATA_CR;
    }
    ensure(body->length <= chunked->body_bytes_max);
    *used_out = used;
    return refusal;
}

bool chunked_is_complete(const struct chunked *chunked)
{
    return chunked->phase == CHUNKED_COMPLETE;
}
