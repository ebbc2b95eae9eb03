#include "base/random.h"
#include "store/sqlite/fold/batch_ring.h"
#include "test.h"

#include <string.h>

enum { BATCH_MAX = 600 };

static bool put(struct batch_ring *ring, uint64_t first_event, uint32_t size)
{
    char events[BATCH_MAX];

    memset(events, (int)(first_event & 0xff), size);
    return batch_ring_put(ring, first_event, (struct text){events, size});
}

static void assert_next(struct batch_ring *ring, uint64_t first_event, uint32_t size)
{
    uint64_t found = 0;
    struct text events;

    assert_true(batch_ring_peek(ring, &found, &events));
    assert_int_equal(found, first_event);
    assert_int_equal(events.length, size);
    for (uint32_t i = 0; i < size; i++)
        assert_int_equal((uint8_t)events.data[i], first_event & 0xff);
    batch_ring_drop(ring);
}

static void batches_come_out_in_order(void **state)
{
    struct batch_ring ring;
    uint64_t first_event;
    struct text events;

    (void)state;
    batch_ring_init(&ring, 1024);
    assert_false(batch_ring_peek(&ring, &first_event, &events));
    assert_true(put(&ring, 1, 8));
    assert_true(put(&ring, 2, 160));
    assert_true(put(&ring, 9, 24));
    assert_next(&ring, 1, 8);
    assert_next(&ring, 2, 160);
    assert_next(&ring, 9, 24);
    assert_false(batch_ring_peek(&ring, &first_event, &events));
    batch_ring_release(&ring);
}

static void a_full_ring_leaves_a_batch_out_and_goes_on(void **state)
{
    struct batch_ring ring;

    (void)state;
    batch_ring_init(&ring, 256);
    assert_false(put(&ring, 1, 256)); /* with its head it is larger than the ring */
    assert_true(put(&ring, 2, 240));
    assert_false(put(&ring, 3, 8));
    assert_next(&ring, 2, 240);
    assert_true(put(&ring, 4, 104));
    assert_true(put(&ring, 5, 104));
    assert_false(put(&ring, 6, 8));
    assert_next(&ring, 4, 104);
    assert_true(put(&ring, 7, 80));
    assert_false(put(&ring, 8, 80));
    assert_next(&ring, 5, 104);
    assert_next(&ring, 7, 80);
    batch_ring_release(&ring);
}

/* Every size at every place, against the model: what was put and not yet taken, in order. */
static void it_never_mixes_batches_up(void **state)
{
    struct random random = {7};
    struct batch_ring ring;
    uint64_t events[4096];
    uint32_t sizes[4096];
    uint32_t taken = 0;
    uint32_t count = 0;
    uint64_t next = 1;

    (void)state;
    batch_ring_init(&ring, 2000);
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t size = 8 * (1 + (uint32_t)random_below(&random, BATCH_MAX / 8));

        if (random_below(&random, 2) == 0 && put(&ring, next, size)) {
            events[count % 4096] = next;
            sizes[count % 4096] = size;
            count++;
            next += 1 + random_below(&random, 3);
        } else if (taken < count) {
            assert_next(&ring, events[taken % 4096], sizes[taken % 4096]);
            taken++;
        }
    }
    assert_true(count > 5000);
    batch_ring_release(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_come_out_in_order),
        cmocka_unit_test(a_full_ring_leaves_a_batch_out_and_goes_on),
        cmocka_unit_test(it_never_mixes_batches_up),
    };

    return cmocka_run_group_tests_name("batch_ring", tests, NULL, NULL);
}
