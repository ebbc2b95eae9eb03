/* What is asked for with a key is done once, in whatever batch the repetition comes. */
#include "app/executor_parts.h"
#include "lib/executor_fixture.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CART = 1000 };
#define DAY_MS UINT64_C(86400000)

static uint32_t renders;

/* Another text each time, so that a repetition is told from doing it again. */
static void render(struct command *command, struct once_answer *answer_out)
{
    char *bytes = arena_alloc(command->arena, 32);
    int length = snprintf(bytes, 32, "answer %u", ++renders);
    answer_out->bytes = (struct text){bytes, (uint32_t)length};
}

static struct command *once(struct executor_fixture *fixture, struct command *command, uint8_t key,
                            uint64_t body)
{
    struct once *once = arena_alloc(&fixture->arena, sizeof *once);
    memset(once->key, key, sizeof once->key);
    once->body_hash = body;
    once->render = render;
    command->once = once;
    return command;
}

static struct executor_fixture *fixture_opened(void)
{
    struct executor_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    executor_fixture_init(fixture);
    executor_fixture_open(fixture);
    return fixture;
}

static void fixture_free(struct executor_fixture *fixture)
{
    executor_close(fixture->executor);
    fixture->executor = NULL;
    executor_fixture_close(fixture);
    free(fixture);
}

static uint32_t on_hand(const struct executor_fixture *fixture)
{
    return stock_available(&fixture->shop.stock, fixture->product);
}

static struct command *receive(struct executor_fixture *fixture, uint8_t key, uint64_t body)
{
    return once(fixture, fixture_make_stock(fixture, 5), key, body);
}

static void assert_same_answer(const struct command *first, const struct command *again)
{
    assert_ok(again->err);
    assert_false(first->once->is_repeat);
    assert_true(again->once->is_repeat);
    assert_true(text_equal(first->once->answer.bytes, again->once->answer.bytes));
}

static void within_a_batch_and_later_the_first_answer_is_given_again(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    struct command *first = receive(fixture, 1, 9);
    struct command *beside = receive(fixture, 1, 9);
    struct command *later = receive(fixture, 1, 9);
    assert_ok(executor_fixture_submit(fixture, first));
    assert_ok(executor_fixture_submit(fixture, beside));
    executor_fixture_drain(fixture);
    assert_ok(executor_fixture_submit(fixture, later));
    executor_fixture_drain(fixture);
    assert_ok(first->err);
    assert_same_answer(first, beside);
    assert_same_answer(first, later);
    assert_int_equal(on_hand(fixture), 5);
    struct command *other = receive(fixture, 2, 9);
    executor_fixture_run(fixture, other);
    assert_false(other->once->is_repeat);
    assert_int_equal(on_hand(fixture), 10);
    fixture_free(fixture);
}

static void another_body_is_refused_and_does_nothing(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    struct command *commands[3] = {receive(fixture, 1, 9), receive(fixture, 1, 10), NULL};
    assert_ok(executor_fixture_submit(fixture, commands[0]));
    assert_ok(executor_fixture_submit(fixture, commands[1]));
    executor_fixture_drain(fixture);
    commands[2] = receive(fixture, 1, 11);
    assert_ok(executor_fixture_submit(fixture, commands[2]));
    executor_fixture_drain(fixture);
    assert_ok(commands[0]->err);
    assert_err(commands[1]->err, ERR_IDEMPOTENCY_REUSED);
    assert_err(commands[2]->err, ERR_IDEMPOTENCY_REUSED);
    assert_int_equal(on_hand(fixture), 5);
    fixture_free(fixture);
}

static void a_refusal_leaves_no_key_and_no_answer(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    uint64_t records = fixture->probe.records;
    struct command *refused = once(fixture, fixture_make_stock(fixture, -3), 1, 9);
    assert_ok(executor_fixture_submit(fixture, refused));
    executor_fixture_drain(fixture);
    assert_err(refused->err, ERR_STOCK_SHORT);
    assert_int_equal(fixture->probe.records, records);
    executor_fixture_run(fixture, receive(fixture, 2, 9));
    struct command *again = once(fixture, fixture_make_stock(fixture, -3), 1, 9);
    executor_fixture_run(fixture, again);
    assert_false(again->once->is_repeat);
    assert_int_equal(on_hand(fixture), 2);
    fixture_free(fixture);
}

static void what_changes_nothing_is_recorded_without_an_event(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    executor_fixture_run(fixture, receive(fixture, 1, 9));
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART, 2));
    uint64_t records = fixture->probe.records;
    uint64_t events = fixture->probe.events;
    struct command *first = once(fixture, fixture_make_cart_set(fixture, CART, 2), 2, 9);
    executor_fixture_run(fixture, first);
    assert_int_equal(fixture->probe.records, records + 1);
    assert_int_equal(fixture->probe.events, events);
    executor_fixture_run(fixture, fixture_make_cart_set(fixture, CART, 4));
    struct command *again = once(fixture, fixture_make_cart_set(fixture, CART, 2), 2, 9);
    executor_fixture_run(fixture, again);
    assert_same_answer(first, again);
    assert_int_equal(cart_find(&fixture->shop.carts, CART)->lines[0].quantity, 4);
    fixture_free(fixture);
}

static void a_start_knows_the_keys_of_before(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    struct command *first = receive(fixture, 1, 9);
    executor_fixture_run(fixture, first);
    executor_close(fixture->executor);
    fixture->executor = executor_open(&fixture->options);
    struct command *again = receive(fixture, 1, 9);
    executor_fixture_run(fixture, again);
    assert_same_answer(first, again);
    struct command *next = receive(fixture, 2, 9);
    executor_fixture_run(fixture, next);
    struct command *repeated = receive(fixture, 2, 9);
    executor_fixture_run(fixture, repeated);
    assert_same_answer(next, repeated);
    assert_int_equal(on_hand(fixture), 10);
    fixture_free(fixture);
}

static void after_a_day_a_key_is_forgotten_in_memory_and_in_the_store(void **state)
{
    (void)state;
    struct executor_fixture *fixture = fixture_opened();
    const struct answer *answer;
    struct store_reader *reader;
    executor_fixture_run(fixture, receive(fixture, 1, 9));
    fixture->now_ms += DAY_MS;
    executor_fixture_run(fixture, fixture_make_stock(fixture, 1));
    struct command *in_time = receive(fixture, 1, 9);
    executor_fixture_run(fixture, in_time);
    assert_true(in_time->once->is_repeat);
    fixture->now_ms += 1;
    executor_fixture_run(fixture, fixture_make_stock(fixture, 1)); /* the sweep comes behind it */
    struct command *late = receive(fixture, 1, 9);
    executor_fixture_run(fixture, late);
    assert_false(late->once->is_repeat);
    assert_int_equal(on_hand(fixture), 12);
    assert_ok(store_reader_open(&fixture->probe.store, &reader));
    assert_ok(store_read_answer(reader, 1, &fixture->arena, &answer));
    assert_null(answer);
    assert_ok(store_read_answer(reader, 2, &fixture->arena, &answer));
    assert_non_null(answer);
    store_reader_close(reader);
    fixture_free(fixture);
}

static void beyond_the_limit_the_oldest_go(void **state)
{
    (void)state;
    struct executor_fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    executor_fixture_init(fixture);
    fixture->options.answers_max = 2;
    executor_fixture_open(fixture);
    for (uint8_t key = 1; key <= 3; key++)
        executor_fixture_run(fixture, receive(fixture, key, 9));
    struct command *oldest = receive(fixture, 1, 9);
    struct command *second = receive(fixture, 2, 9);
    executor_fixture_run(fixture, second);
    executor_fixture_run(fixture, oldest);
    assert_true(second->once->is_repeat);
    assert_false(oldest->once->is_repeat);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_a_batch_and_later_the_first_answer_is_given_again),
        cmocka_unit_test(another_body_is_refused_and_does_nothing),
        cmocka_unit_test(a_refusal_leaves_no_key_and_no_answer),
        cmocka_unit_test(what_changes_nothing_is_recorded_without_an_event),
        cmocka_unit_test(a_start_knows_the_keys_of_before),
        cmocka_unit_test(after_a_day_a_key_is_forgotten_in_memory_and_in_the_store),
        cmocka_unit_test(beyond_the_limit_the_oldest_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
