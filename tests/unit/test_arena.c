/* Arenas, and the memory they are made of. */
#include "base/arena.h"
#include "base/memory.h"
#include "lib/abort.h"
#include "test.h"

#include <stdalign.h>
#include <string.h>

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 256, 1 << 20);
    char *before = NULL;
    for (size_t size = 0; size < 600; size += 37) {
        char *block = arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)block % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(block[i], 0);
        memset(block, 0xaa, size);
        assert_ptr_not_equal(block, before);
        before = block;
    }
    arena_release(&arena);
}

static void a_reset_keeps_the_first_block_and_zeroes_again(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 256, 4096);
    char *first = arena_alloc(&arena, 100);
    memset(first, 0xaa, 100);
    (void)!arena_alloc(&arena, 2000); /* a block of its own */
    arena_reset(&arena);
    assert_int_equal(arena.size, 0);
    char *again = arena_alloc(&arena, 100);
    assert_ptr_equal(again, first);
    assert_int_equal(again[99], 0);
    arena_release(&arena);
}

static void the_last_byte_that_is_allowed_is_handed_out(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 64, 100);
    (void)!arena_alloc(&arena, 60);
    assert_non_null(arena_alloc(&arena, 40));
    assert_int_equal(arena.size, 100);
    arena_release(&arena);
}

static void a_copied_text_ends_in_nul(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 256, 4096);
    const char source[] = "abcdef";
    struct text copy = arena_copy_text(&arena, (struct text){source, 3});
    assert_int_equal(copy.length, 3);
    assert_string_equal(copy.data, "abc");
    assert_string_equal(arena_copy_text(&arena, TEXT("")).data, "");
    assert_null(arena_copy_text(&arena, TEXT_NONE).data);
    arena_release(&arena);
}

static void take_more_than_allowed(void)
{
    struct arena arena;
    arena_init(&arena, 64, 100);
    (void)!arena_alloc(&arena, 60);
    (void)!arena_alloc(&arena, 41);
}

static void multiply_past_the_end(void)
{
    struct arena arena;
    arena_init(&arena, 64, SIZE_MAX);
    (void)!arena_alloc_array(&arena, SIZE_MAX / 2, 3);
}

static void multiply_memory_past_the_end(void)
{
    (void)!memory_alloc_zeroed(SIZE_MAX / 2, 3);
}

static void running_over_a_limit_is_a_bug_and_stops_the_process(void **state)
{
    (void)state;
    assert_aborts(take_more_than_allowed());
    assert_aborts(multiply_past_the_end());
    assert_aborts(multiply_memory_past_the_end());
}

static void memory_grows_and_keeps_its_bytes(void **state)
{
    (void)state;
    char *block = memory_resize(NULL, 3);
    memcpy(block, "ab", 3);
    block = memory_resize(block, 100000);
    assert_string_equal(block, "ab");
    memory_free(block);
    memory_free(NULL);
    uint64_t *zeroed = memory_alloc_zeroed(100, sizeof(uint64_t));
    assert_int_equal(zeroed[99], 0);
    memory_free(zeroed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(a_reset_keeps_the_first_block_and_zeroes_again),
        cmocka_unit_test(the_last_byte_that_is_allowed_is_handed_out),
        cmocka_unit_test(a_copied_text_ends_in_nul),
        cmocka_unit_test(running_over_a_limit_is_a_bug_and_stops_the_process),
        cmocka_unit_test(memory_grows_and_keeps_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
