/* Checksums and hashes against published vectors. */
#include "base/hash.h"
#include "base/random.h"
#include "test.h"

#include <string.h>

static void crc32c_matches_rfc_3720(void **state)
{
    (void)state;
    uint8_t bytes[32];
    memset(bytes, 0, sizeof(bytes));
    assert_int_equal(hash_crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    assert_int_equal(hash_crc32c(0, bytes, sizeof(bytes)), 0x62a8ab43);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(hash_crc32c(0, bytes, sizeof(bytes)), 0x46dd794e);
    assert_int_equal(hash_crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(hash_crc32c(0, NULL, 0), 0);
}

/* The definition, a bit at a time. */
static uint32_t crc32c_by_bits(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    }
    return ~crc;
}

static void crc32c_is_the_same_by_instruction_by_table_and_by_bits(void **state)
{
    (void)state;
    struct random random = {.state = 1};
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)random_u64(&random);
    for (size_t first = 0; first < 9; first++) {
        for (size_t size = 0; first + size <= sizeof(bytes); size += 7) {
            uint32_t expected = crc32c_by_bits(bytes + first, size);
            assert_int_equal(hash_crc32c(0, bytes + first, size), expected);
            assert_int_equal(hash_crc32c_portable(0, bytes + first, size), expected);
        }
    }
}

static void a_crc_may_be_computed_in_parts(void **state)
{
    (void)state;
    uint32_t crc = hash_crc32c(0, "1234", 4);
    assert_int_equal(hash_crc32c(crc, "56789", 5), 0xe3069283);
}

static void keyed_hash_matches_the_siphash_reference(void **state)
{
    (void)state;
    /* vectors_sip128[0] and [15] of the reference implementation: key and input 00 01 02 ... */
    static const uint8_t expected[2][HASH_TAG_SIZE] = {
        {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02,
         0x93},
        {0x54, 0x93, 0xe9, 0x99, 0x33, 0xb0, 0xa8, 0x11, 0x7e, 0x08, 0xec, 0x0f, 0x97, 0xcf, 0xc3,
         0xd9},
    };
    uint8_t secret[HASH_SECRET_SIZE], input[15], tag[HASH_TAG_SIZE];
    for (size_t i = 0; i < HASH_SECRET_SIZE; i++)
        secret[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof(input); i++)
        input[i] = (uint8_t)i;
    hash_keyed(secret, input, 0, tag);
    assert_memory_equal(tag, expected[0], sizeof(tag));
    hash_keyed(secret, input, sizeof(input), tag);
    assert_memory_equal(tag, expected[1], sizeof(tag));
}

static void mixing_spreads_small_numbers_over_every_slot(void **state)
{
    (void)state;
    uint32_t slots[64] = {0};
    for (uint64_t i = 1; i <= 6400; i++)
        slots[hash_u64(i) & 63]++;
    for (size_t i = 0; i < countof(slots); i++)
        assert_in_range(slots[i], 50, 150);
    assert_int_not_equal(hash_bytes("ab", 2), hash_bytes("ba", 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_matches_rfc_3720),
        cmocka_unit_test(crc32c_is_the_same_by_instruction_by_table_and_by_bits),
        cmocka_unit_test(a_crc_may_be_computed_in_parts),
        cmocka_unit_test(keyed_hash_matches_the_siphash_reference),
        cmocka_unit_test(mixing_spreads_small_numbers_over_every_slot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
