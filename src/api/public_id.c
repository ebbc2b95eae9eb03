#include "api/public_id.h"

#include <sodium.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static const char prefixes[ID_TYPE_COUNT][5] = {
    [ID_PRODUCT] = "prd_", [ID_CATEGORY] = "cat_", [ID_LOCATION] = "loc_", [ID_CUSTOMER] = "cus_",
    [ID_CART] = "crt_",    [ID_ORDER] = "ord_",    [ID_LINE] = "lin_",     [ID_SHIPMENT] = "shp_",
    [ID_KEY] = "apk_",     [ID_NOTICE] = "ntc_",   [ID_WEBHOOK] = "whk_",  [ID_CONTACT] = "con_",
    [ID_REVIEW] = "rev_",
};

/* What is hashed starts with a byte that no other use of the secret starts with. */
enum { TYPE_CART_TOKEN = 100, TYPE_VERSION };

void base64url_write(const uint8_t *bytes, uint32_t size, char *text_out)
{
    uint32_t bits = 0;
    uint32_t bit_count = 0;
    for (uint32_t i = 0; i < size; i++) {
        bits = (bits << 8 | bytes[i]) & 0xffff;
        bit_count += 8;
        while (bit_count >= 6) {
            bit_count -= 6;
            *text_out++ = alphabet[bits >> bit_count & 63];
        }
    }
    if (bit_count > 0)
        *text_out = alphabet[bits << (6 - bit_count) & 63];
}

/* Of '-' to 'z'; what is no digit has NO_DIGIT's bit. */
enum { NO_DIGIT = 64, FIRST_DIGIT = '-' };
static const uint8_t digit_values[] = {
    62, 64, 64, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64, 64,
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 63, 64, 26, 27, 28, 29, 30, 31, 32, 33,
    34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
};

static uint32_t digit_value(char digit)
{
    uint32_t place = (uint32_t)(uint8_t)digit - FIRST_DIGIT;
    return place < sizeof(digit_values) ? digit_values[place] : NO_DIGIT;
}

bool base64url_read(struct text text, uint8_t *bytes_out, uint32_t size)
{
    if (text.length != (size * 8 + 5) / 6)
        return false;
    uint32_t bits = 0;
    uint32_t bit_count = 0;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < text.length; i++) {
        uint32_t value = digit_value(text.data[i]);
        seen |= value;
        bits = (bits << 6 | value) & 0xffff;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            *bytes_out++ = (uint8_t)(bits >> bit_count);
        }
    }
    /* Left-over bits must be 0, or one id would have several spellings. */
    return (seen & NO_DIGIT) == 0 && (bits & ((1u << bit_count) - 1)) == 0;
}

static void make_tag(const uint8_t secret[HASH_SECRET_SIZE], uint8_t type, uint64_t number,
                     uint8_t tag_out[HASH_TAG_SIZE])
{
    uint8_t bytes[9] = {type};
    memcpy(bytes + 1, &number, sizeof(number));
    hash_keyed(secret, bytes, sizeof(bytes), tag_out);
}

static uint64_t make_mask(const uint8_t secret[HASH_SECRET_SIZE], uint8_t type, const uint8_t *tag,
                          uint32_t tag_size)
{
    uint8_t bytes[5 + HASH_TAG_SIZE] = {'m', 'a', 's', 'k', type};
    memcpy(bytes + 5, tag, tag_size);
    uint8_t hash[HASH_TAG_SIZE];
    hash_keyed(secret, bytes, 5 + tag_size, hash);
    uint64_t mask;
    memcpy(&mask, hash, sizeof(mask));
    return mask;
}

/* tag_size + 8 bytes. */
static void encode(const uint8_t secret[HASH_SECRET_SIZE], uint8_t type, uint64_t number,
                   uint32_t tag_size, uint8_t *bytes_out)
{
    uint8_t tag[HASH_TAG_SIZE];
    make_tag(secret, type, number, tag);
    uint64_t body = number ^ make_mask(secret, type, tag, tag_size);
    memcpy(bytes_out, tag, tag_size);
    memcpy(bytes_out + tag_size, &body, sizeof(body));
}

static bool decode(const uint8_t secret[HASH_SECRET_SIZE], uint8_t type, const uint8_t *bytes,
                   uint32_t tag_size, uint64_t *number_out)
{
    uint64_t number;
    memcpy(&number, bytes + tag_size, sizeof(number));
    number ^= make_mask(secret, type, bytes, tag_size);
    uint8_t tag[HASH_TAG_SIZE];
    make_tag(secret, type, number, tag);
    if (number == 0 || sodium_memcmp(tag, bytes, tag_size) != 0)
        return false;
    *number_out = number;
    return true;
}

void public_id_write(const uint8_t secret[HASH_SECRET_SIZE], enum public_id_type type,
                     uint64_t number, char id_out[PUBLIC_ID_SIZE])
{
    ensure(type < ID_TYPE_COUNT);
    ensure(number > 0);
    uint8_t bytes[16];
    encode(secret, (uint8_t)type, number, 8, bytes);
    memcpy(id_out, prefixes[type], 4);
    base64url_write(bytes, sizeof(bytes), id_out + 4);
    id_out[PUBLIC_ID_LENGTH] = '\0';
}

bool public_id_read(const uint8_t secret[HASH_SECRET_SIZE], enum public_id_type type,
                    struct text id, uint64_t *number_out)
{
    ensure(type < ID_TYPE_COUNT);
    uint8_t bytes[16];
    if (id.length != PUBLIC_ID_LENGTH || memcmp(id.data, prefixes[type], 4) != 0)
        return false;
    if (!base64url_read((struct text){id.data + 4, PUBLIC_ID_BODY}, bytes, sizeof(bytes)))
        return false;
    return decode(secret, (uint8_t)type, bytes, 8, number_out);
}

void cart_token_write(const uint8_t secret[HASH_SECRET_SIZE], uint64_t cart,
                      char token_out[CART_TOKEN_SIZE])
{
    ensure(cart > 0);
    uint8_t bytes[HASH_TAG_SIZE + 8];
    encode(secret, TYPE_CART_TOKEN, cart, HASH_TAG_SIZE, bytes);
    base64url_write(bytes, sizeof(bytes), token_out);
    token_out[CART_TOKEN_LENGTH] = '\0';
}

bool cart_token_read(const uint8_t secret[HASH_SECRET_SIZE], struct text token, uint64_t *cart_out)
{
    uint8_t bytes[HASH_TAG_SIZE + 8];
    if (!base64url_read(token, bytes, sizeof(bytes)))
        return false;
    return decode(secret, TYPE_CART_TOKEN, bytes, HASH_TAG_SIZE, cart_out);
}

void version_tag_write(const uint8_t secret[HASH_SECRET_SIZE], uint64_t version, char *text_out)
{
    uint8_t bytes[16];
    ensure(version != 0);
    encode(secret, TYPE_VERSION, version, 8, bytes);
    base64url_write(bytes, sizeof(bytes), text_out);
}

bool version_tag_read(const uint8_t secret[HASH_SECRET_SIZE], struct text text,
                      uint64_t *version_out)
{
    uint8_t bytes[16];
    return base64url_read(text, bytes, sizeof(bytes)) &&
           decode(secret, TYPE_VERSION, bytes, 8, version_out);
}
