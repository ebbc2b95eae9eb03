/*
 * Answers that are kept for whoever asks again, in every kind of store: recorded with the events or
 * alone, read back whole, gone when the person is, or when nobody can ask any more.
 */
#include "lib/shop_story.h"
#include "lib/store_contract.h"

#include <string.h>

static int open_world(void **state)
{
    static struct store_world world;

    store_world_open(&world, *state);
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    store_world_close(*state);
    return 0;
}

static struct answer answer_of(uint64_t number, const char *bytes)
{
    struct answer answer = {.number = number,
                            .body_hash = UINT64_MAX - number,
                            .at_ms = 1000 + number,
                            .event = 7,
                            .bytes = text_of(bytes)};

    memset(answer.key, (int)number, sizeof answer.key);
    return answer;
}

/* Without any event: what was asked for changed nothing. */
static void record_alone(struct store_world *world, const struct answer *answers, uint32_t count,
                         uint64_t from)
{
    struct store_batch batch = {.first_event = world->store->recorded_event + 1,
                                .last_event = world->store->recorded_event,
                                .answers = answers,
                                .answer_count = count,
                                .answers_from = from};

    assert_ok(store_record(world->store, &batch));
}

static const struct answer *read_back(struct store_world *world, uint64_t number)
{
    const struct answer *answer;

    assert_ok(store_read_answer(world->reader, number, &world->arena, &answer));
    return answer;
}

static void assert_same(const struct answer *actual, const struct answer *expected)
{
    assert_non_null(actual);
    assert_int_equal(actual->number, expected->number);
    assert_memory_equal(actual->key, expected->key, sizeof actual->key);
    assert_int_equal(actual->body_hash, expected->body_hash);
    assert_int_equal(actual->at_ms, expected->at_ms);
    assert_int_equal(actual->event, expected->event);
    assert_int_equal(actual->customer, expected->customer);
    assert_true(text_equal(actual->bytes, expected->bytes));
}

static void answers_come_back_as_they_were(void **state)
{
    struct store_world *world = *state;
    const struct answer answers[] = {answer_of(1, "one"), answer_of(2, "with\nlines"),
                                     answer_of(3, "")};

    record_alone(world, answers, 3, 1);
    store_world_settle(world);
    assert_same(read_back(world, 1), &answers[0]);
    assert_same(read_back(world, 2), &answers[1]);
    assert_same(read_back(world, 3), &answers[2]);
    assert_non_null(read_back(world, 3)->bytes.data); /* an empty one is not an erased one */
    assert_null(read_back(world, 4));
    assert_int_equal(store_stats(world->store).recorded_event, 0);
}

static void an_answer_comes_with_the_events_it_tells_of(void **state)
{
    struct store_world *world = *state;
    struct fixture *fixture = &world->fixture;
    struct shop_command create = {
        .command = {.ops = &command_shop_create}, .currency = money_currency("USD"), .timeline = 7};
    const struct answer answer = answer_of(1, "created");

    assert_ok(fixture_run(fixture, &create.command));
    struct store_batch batch = {.events = fixture->events.data,
                                .size = fixture->events.length,
                                .first_event = 1,
                                .last_event = fixture->shop.last_event,
                                .answers = &answer,
                                .answer_count = 1,
                                .answers_from = 1};
    assert_ok(store_record(world->store, &batch));
    record_alone(world, &(const struct answer){.number = 2, .bytes = TEXT("alone")}, 1, 1);
    store_world_settle(world);
    assert_same(read_back(world, 1), &answer);
    assert_int_equal(store_stats(world->store).recorded_event, fixture->shop.last_event);
    struct shop shop;

    store_world_load(world, &shop);
    assert_int_equal(shop.last_event, fixture->shop.last_event);
    shop_release(&shop);
}

struct list {
    uint64_t numbers[600];
    uint32_t count;
    uint32_t count_max;
};

static bool collect(void *context, const struct answer *answer)
{
    struct list *list = context;

    assert_null(answer->bytes.data);
    assert_int_equal(answer->bytes.length, 4); /* "kept" */
    list->numbers[list->count++] = answer->number;
    return list->count < list->count_max;
}

static void what_nobody_can_ask_for_any_more_goes(void **state)
{
    struct store_world *world = *state;
    struct list list = {.count_max = 600};

    for (uint64_t number = 1; number <= 500; number++) {
        struct answer answer = answer_of(number, "kept");

        record_alone(world, &answer, 1, 1);
    }
    /* A few hundred with each batch, so that none becomes long. */
    for (uint64_t number = 501; number <= 504; number++) {
        struct answer answer = answer_of(number, "kept");

        record_alone(world, &answer, 1, 499);
    }
    store_world_settle(world);
    assert_ok(store_read_answers(world->reader, collect, &list));
    assert_int_equal(list.count, 6);
    assert_int_equal(list.numbers[0], 499);
    assert_int_equal(list.numbers[5], 504);
    assert_null(read_back(world, 498));
    list = (struct list){.count_max = 2};
    assert_ok(store_read_answers(world->reader, collect, &list));
    assert_int_equal(list.count, 2);
}

/* Records the erasure of a customer as event 9. */
static void record_erasure(struct store_world *world, uint32_t customer, const struct answer *own)
{
    struct buffer events;
    struct event_contacts_erased *erased;

    buffer_init(&events, 256);
    for (uint64_t number = world->store->recorded_event + 1; number <= 9; number++) {
        erased = event_append(&events, EVENT_CONTACTS_ERASED, sizeof *erased + 8, 1);
        erased->customer = number == 9 ? customer : 99;
        erased->count = 1;
        *(uint64_t *)(void *)(erased + 1) = 1;
    }
    size_t offset = 0;
    for (uint64_t number = world->store->recorded_event + 1; number <= 9; number++)
        offset = event_seal(&events, offset, number);
    struct store_batch batch = {.events = events.data,
                                .size = events.length,
                                .first_event = world->store->recorded_event + 1,
                                .last_event = 9,
                                .has_erasures = true,
                                .answers = own,
                                .answer_count = 1,
                                .answers_from = 1};
    assert_ok(store_record(world->store, &batch));
    buffer_release(&events);
}

static void an_answer_about_a_person_goes_with_the_person(void **state)
{
    struct store_world *world = *state;
    struct answer answers[] = {answer_of(1, "about carol"), answer_of(2, "about dan"),
                               answer_of(3, "about nobody")};
    struct answer own = answer_of(4, "carol is gone");

    answers[0].customer = 3;
    answers[1].customer = 4;
    own.customer = 3;
    own.event = 9;
    record_alone(world, answers, 3, 1);
    record_erasure(world, 3, &own);
    const struct answer *erased = read_back(world, 1);
    assert_non_null(erased);
    assert_null(erased->bytes.data);
    assert_int_equal(erased->body_hash, answers[0].body_hash);
    assert_same(read_back(world, 2), &answers[1]);
    assert_same(read_back(world, 3), &answers[2]);
    assert_same(read_back(world, 4), &own);
    assert_false(store_world_folder_holds(world->folder, TEXT("about carol")));
}

int main(void)
{
    struct CMUnitTest tests[] = {
        FOR_EVERY_KIND(answers_come_back_as_they_were),
        FOR_EVERY_KIND(an_answer_comes_with_the_events_it_tells_of),
        FOR_EVERY_KIND(what_nobody_can_ask_for_any_more_goes),
        FOR_EVERY_KIND(an_answer_about_a_person_goes_with_the_person),
    };

    return run_contract("answers", tests, countof(tests));
}
