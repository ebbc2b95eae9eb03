/* The steps of an order and its parcels, as a stream tells them. */
#include "api/live/live_parts.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

struct world {
    struct live live;
    struct order order;
    struct order_move moves[2];
    struct order_tracking trail[4]; /* by the carrier's clock */
    struct arena arena;
    struct buffer out;
};

static struct world world;

/* Placed at 10, moved at 20 and 40; a carrier spoke at these times, in the order of its own clock.
 */
static void make_order(const uint64_t *trail_ms, uint32_t count)
{
    world.moves[0] = (struct order_move){.at_ms = 20, .action = ORDER_CONFIRM};
    world.moves[1] = (struct order_move){.at_ms = 40, .action = ORDER_DELIVER_ALL};
    world.order =
        (struct order){.number = 5, .created_ms = 10, .moves = world.moves, .move_count = 2};
    for (uint32_t i = count; i-- > 0;) {
        world.trail[i] = (struct order_tracking){.next = world.order.trail,
                                                 .at_ms = trail_ms[i],
                                                 .occurred_ms = 1000 * (i + 1),
                                                 .shipment = 1,
                                                 .status = TRACKING_IN_TRANSIT};
        world.order.trail = &world.trail[i];
    }
}

/* "1p 2m 3t2 4m": number and kind of each frame, and which of the trail it is. */
static const char *steps_behind(uint64_t seen, uint64_t count)
{
    static char shown[256];
    size_t length = 0;
    arena_reset(&world.arena);
    buffer_reset(&world.out);
    assert_int_equal(live_write_steps(&world.live, &world.order, seen, &world.arena, &world.out),
                     count);
    struct text rest = buffer_text(&world.out);
    struct text line;
    shown[0] = '\0';
    for (struct text id = TEXT_NONE; text_cut(&rest, '\n', &line);) {
        if (text_starts_with(line, TEXT("id: ")))
            id = (struct text){line.data + 4, line.length - 4};
        if (!text_starts_with(line, TEXT("data: ")))
            continue;
        char data[512];
        (void)snprintf(data, sizeof(data), "%.*s", (int)line.length, line.data);
        const char *tracked = strstr(data, "1970-01-01T00:00:0");
        const char *kind = strstr(data, "\"place\"")         ? "p"
                           : strstr(data, "\"shipment_id\"") ? "t"
                                                             : "m";
        length += (size_t)snprintf(shown + length, sizeof(shown) - length, "%s%.*s%s%.*s",
                                   length == 0 ? "" : " ", (int)id.length, id.data, kind,
                                   kind[0] == 't' ? 1 : 0, tracked == NULL ? "" : tracked + 18);
    }
    return shown;
}

static void steps_come_in_the_order_in_which_they_were_heard_of(void **state)
{
    static const uint64_t trail_ms[] = {35, 30, 40};
    (void)state;
    make_order(trail_ms, countof(trail_ms));
    assert_string_equal(steps_behind(0, 6), "1p 2m 3t2 4t1 5t3 6m");
    assert_string_equal(steps_behind(2, 6), "3t2 4t1 5t3 6m");
    assert_string_equal(steps_behind(4, 6), "5t3 6m");
    assert_string_equal(steps_behind(6, 6), "");
    assert_string_equal(steps_behind(9, 6), "");
}

static void steps_of_one_moment_of_which_some_were_seen_are_told_again(void **state)
{
    static const uint64_t trail_ms[] = {30, 30};
    (void)state;
    make_order(trail_ms + 1, 1);
    world.trail[0].occurred_ms = 2000;
    assert_string_equal(steps_behind(2, 4), "3t2 4m"); /* the second was heard of first */
    make_order(trail_ms, 2);
    world.order.move_count = 1;
    assert_string_equal(steps_behind(3, 4), "3t1 4t2");
    assert_string_equal(steps_behind(4, 4), "");
    world.order.move_count = 2;
    assert_string_equal(steps_behind(4, 5), "5m"); /* both were seen: not again */
}

static void moves_of_one_moment_keep_their_numbers(void **state)
{
    (void)state;
    make_order(NULL, 0);
    world.moves[1].at_ms = 20;
    assert_string_equal(steps_behind(2, 3), "3m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_come_in_the_order_in_which_they_were_heard_of),
        cmocka_unit_test(steps_of_one_moment_of_which_some_were_seen_are_told_again),
        cmocka_unit_test(moves_of_one_moment_keep_their_numbers),
    };
    arena_init(&world.arena, 4096, 1 << 20);
    buffer_init(&world.out, 4096);
    int failed = cmocka_run_group_tests_name("live_frames", tests, NULL, NULL);
    buffer_release(&world.out);
    arena_release(&world.arena);
    return failed;
}
