#include "api/etag.h"

#include "api/call.h"

#include <string.h>

enum { CONTENT_BYTES = 8, CONTENT_LENGTH = 11, ETAG_SIZE = ETAG_VERSION_SIZE + CONTENT_LENGTH + 4 };

static uint32_t write_digits(uint64_t value, char *text_out)
{
    char digits[20];
    uint32_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(text_out, digits + at, sizeof(digits) - at);
    return (uint32_t)sizeof(digits) - at;
}

void etag_version(struct call *call, enum etag_kind kind, uint64_t version)
{
    if (kind == ETAG_NUMBERED) {
        call->version_length = write_digits(version, call->version);
        return;
    }
    version_tag_write(call->secret, version, call->version);
    call->version_length = VERSION_TAG_LENGTH;
}

/* `"..."` or `W/"..."`, and what stands between the quotes; commas within them are part of it. */
static bool cut_tag(struct text *list, struct text *tag_out)
{
    struct text rest = *list;
    while (rest.length > 0 && strchr(" \t,", rest.data[0]) != NULL) {
        rest.data++;
        rest.length--;
    }
    if (text_starts_with(rest, TEXT("W/")))
        rest = (struct text){rest.data + 2, rest.length - 2};
    if (rest.length < 2 || rest.data[0] != '"')
        return false;
    const char *end = memchr(rest.data + 1, '"', rest.length - 1);
    if (end == NULL)
        return false;
    uint32_t length = (uint32_t)(end - rest.data - 1);
    *tag_out = (struct text){rest.data + 1, length};
    *list = (struct text){end + 1, rest.length - length - 2};
    return true;
}

/* 0 is no version of anything. */
static uint64_t read_version(const struct call *call, enum etag_kind kind, struct text tag)
{
    uint64_t version = 0;
    bool is_ours = false;
    if (kind == ETAG_KEYED && tag.length >= VERSION_TAG_LENGTH) {
        is_ours =
            version_tag_read(call->secret, (struct text){tag.data, VERSION_TAG_LENGTH}, &version);
    } else if (kind == ETAG_NUMBERED) {
        struct text number;
        is_ours = text_cut(&tag, '-', &number) && text_to_u64(number, &version);
    }
    return is_ours ? version : 0;
}

void etag_guard(struct call *call, enum etag_kind kind, struct version_guard *guard_out)
{
    struct text list = request_header(call->request, TEXT("If-Match"));
    *guard_out = (struct version_guard){.count = 0};
    if (list.data == NULL || text_equal(list, TEXT("*")))
        return;
    /* A proxy that compresses makes a tag weak; the version in it is as exact as before. */
    struct text tag;
    while (guard_out->count < VERSION_GUARD_MAX && cut_tag(&list, &tag))
        guard_out->expected[guard_out->count++] = read_version(call, kind, tag);
    if (guard_out->count == 0 || text_trim(list).length > 0)
        field_errors_add(&call->errors, TEXT("If-Match"), "invalid_etag",
                         "must be an entity tag in quotes, at most %d of them, or *",
                         VERSION_GUARD_MAX);
}

static bool reader_has(const struct call *call, struct text tag)
{
    struct text list = request_header(call->request, TEXT("If-None-Match"));
    struct text known;
    if (list.data == NULL)
        return false;
    if (text_equal(list, TEXT("*")))
        return true;
    while (cut_tag(&list, &known)) {
        if (text_equal(known, tag))
            return true;
    }
    return false;
}

bool etag_apply(struct call *call)
{
    char text[ETAG_SIZE];
    uint32_t length = 0;
    text[length++] = '"';
    if (call->version_length > 0) {
        memcpy(text + length, call->version, call->version_length);
        length += call->version_length;
        text[length++] = '-';
    }
    uint64_t hash = hash_content(call->request->reply.data, call->request->reply.length);
    base64url_write((const uint8_t *)&hash, CONTENT_BYTES, text + length);
    length += CONTENT_LENGTH;
    text[length++] = '"';
    call_header(call, "ETag", (struct text){text, length});
    bool is_read = call->request->method == METHOD_GET || call->request->method == METHOD_HEAD;
    return is_read && reader_has(call, (struct text){text + 1, length - 2});
}
