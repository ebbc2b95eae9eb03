#include "api/cursor.h"

#include "api/public_id.h"

#include <sodium.h>
#include <string.h>

static void make_tag(const uint8_t secret[HASH_SECRET_SIZE], const struct cursor *cursor,
                     uint8_t tag_out[HASH_TAG_SIZE])
{
    uint8_t bytes[30] = {'c', 'u', 'r', 's', 'o', 'r'};
    memcpy(bytes + 6, &cursor->list, 8);
    memcpy(bytes + 14, &cursor->key, 8);
    memcpy(bytes + 22, &cursor->number, 8);
    hash_keyed(secret, bytes, sizeof(bytes), tag_out);
}

void cursor_write(const uint8_t secret[HASH_SECRET_SIZE], const struct cursor *cursor,
                  char text_out[CURSOR_SIZE])
{
    uint8_t bytes[CURSOR_BYTES];
    uint8_t tag[HASH_TAG_SIZE];
    make_tag(secret, cursor, tag);
    memcpy(bytes, &cursor->key, 8);
    memcpy(bytes + 8, &cursor->number, 8);
    memcpy(bytes + 16, tag, 8);
    base64url_write(bytes, sizeof(bytes), text_out);
    text_out[CURSOR_LENGTH] = '\0';
}

bool cursor_read(const uint8_t secret[HASH_SECRET_SIZE], struct text text, struct cursor *cursor)
{
    uint8_t bytes[CURSOR_BYTES];
    if (!base64url_read(text, bytes, sizeof(bytes)))
        return false;
    memcpy(&cursor->key, bytes, 8);
    memcpy(&cursor->number, bytes + 8, 8);
    uint8_t tag[HASH_TAG_SIZE];
    make_tag(secret, cursor, tag);
    return sodium_memcmp(tag, bytes + 16, 8) == 0;
}
