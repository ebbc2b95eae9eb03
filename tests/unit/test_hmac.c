/* HMAC-SHA256 by the vectors of RFC 4231, whole and in parts; hexadecimal in and out. */
#include "base/hmac.h"
#include "test.h"

#include <string.h>

static char bytes_aa[131];
static char bytes_dd[50];

struct vector {
    struct text key;
    struct text message;
    const char *hex;
};

static void the_vectors_of_the_rfc_come_out(void **state)
{
    (void)state;
    const struct vector vectors[] = {
        {TEXT("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
         TEXT("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {TEXT("Jefe"), TEXT("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {{bytes_aa, 20},
         {bytes_dd, 50},
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {{bytes_aa, 131},
         TEXT("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    memset(bytes_aa, 0xaa, sizeof(bytes_aa));
    memset(bytes_dd, 0xdd, sizeof(bytes_dd));
    for (size_t i = 0; i < countof(vectors); i++) {
        uint8_t tag[HMAC_SIZE];
        char hex[HMAC_HEX_SIZE];
        struct text message = vectors[i].message;
        const struct text parts[] = {
            {message.data, 3}, {message.data + 3, 0}, {message.data + 3, message.length - 3}};
        hmac_sha256(vectors[i].key, &message, 1, tag);
        hmac_write_hex(tag, hex);
        assert_memory_equal(hex, vectors[i].hex, HMAC_HEX_SIZE);
        hmac_sha256(vectors[i].key, parts, countof(parts), tag);
        assert_true(hmac_equals_hex(tag, text_of(vectors[i].hex)));
    }
}

static void a_tag_equals_its_digits_and_nothing_else(void **state)
{
    (void)state;
    uint8_t tag[HMAC_SIZE];
    char hex[HMAC_HEX_SIZE + 1];
    struct text text = {hex, HMAC_HEX_SIZE};
    hmac_sha256(TEXT("key"), &text, 0, tag);
    hmac_write_hex(tag, hex);
    assert_true(hmac_equals_hex(tag, text));
    for (uint32_t i = 0; i < HMAC_HEX_SIZE; i++) {
        char digit = hex[i];
        hex[i] = digit == '0' ? '1' : '0';
        assert_false(hmac_equals_hex(tag, text));
        hex[i] = 'g';
        assert_false(hmac_equals_hex(tag, text));
        hex[i] = digit >= 'a' ? (char)(digit - 'a' + 'A') : digit;
        assert_true(hmac_equals_hex(tag, text));
    }
    hex[HMAC_HEX_SIZE] = '0';
    assert_false(hmac_equals_hex(tag, (struct text){hex, HMAC_HEX_SIZE - 1}));
    assert_false(hmac_equals_hex(tag, (struct text){hex, HMAC_HEX_SIZE + 1}));
    assert_false(hmac_equals_hex(tag, TEXT_NONE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfc_come_out),
        cmocka_unit_test(a_tag_equals_its_digits_and_nothing_else),
    };
    return cmocka_run_group_tests_name("hmac", tests, NULL, NULL);
}
