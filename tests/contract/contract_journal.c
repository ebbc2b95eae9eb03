/*
 * A journal that was written once stays readable for ever: fixtures/journal-v<n>.bin holds events
 * of every type as version n of shopd wrote them, fixtures/journal-v<n>.txt the state they lead to.
 * A new version adds files of its own; the old ones are never written again.
 *
 * Made by the story of tests/lib/shop_story.c:
 *     SHOPD_WRITE_FIXTURES=1 build/contract_contract_journal
 * writes the files of the current version where there are none.
 */
#include "lib/shop_dump.h"
#include "lib/shop_story.h"
#include "lib/store_world.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const versions[] = {
    "tests/contract/fixtures/journal-v1", "tests/contract/fixtures/journal-v2",
    "tests/contract/fixtures/journal-v3", "tests/contract/fixtures/journal-v4",
    "tests/contract/fixtures/journal-v5", "tests/contract/fixtures/journal-v6",
    "tests/contract/fixtures/journal-v7", "tests/contract/fixtures/journal-v8"};
static const char newest[] = "tests/contract/fixtures/journal-v8";

static void path_of(const char *version, const char *ending, char path_out[128])
{
    snprintf(path_out, 128, "%s.%s", version, ending);
}

static void read_file(const char *version, const char *ending, struct buffer *content)
{
    char path[128];
    char block[4096];
    size_t size;

    path_of(version, ending, path);
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    while ((size = fread(block, 1, sizeof block, file)) > 0)
        buffer_append(content, block, size);
    fclose(file);
}

static void write_file(const char *version, const char *ending, const struct buffer *content)
{
    char path[128];

    path_of(version, ending, path);
    FILE *file = fopen(path, "wbx");

    assert_non_null(file);
    assert_int_equal(fwrite(content->data, 1, content->length, file), content->length);
    assert_int_equal(fclose(file), 0);
}

static void collect(void *context, struct fixture *fixture)
{
    buffer_append(context, fixture->events.data, fixture->events.length);
}

static int write_missing_fixtures(void **state)
{
    struct fixture fixture;
    struct buffer events;
    struct buffer text;
    char path[128];

    (void)state;
    path_of(newest, "bin", path);
    if (getenv("SHOPD_WRITE_FIXTURES") == NULL || access(path, F_OK) == 0)
        return 0;
    fixture_open_empty(&fixture);
    buffer_init(&events, 4096);
    buffer_init(&text, 4096);
    shop_story_tell(&fixture, collect, &events);
    shop_story_review(&fixture, collect, &events);
    shop_story_move_in(&fixture, collect, &events);
    shop_dump(&fixture.shop, &text);
    write_file(newest, "bin", &events);
    write_file(newest, "txt", &text);
    buffer_release(&events);
    buffer_release(&text);
    fixture_close(&fixture);
    return 0;
}

static void assert_state(const struct shop *shop, const char *version)
{
    struct buffer expected;
    struct buffer actual;

    buffer_init(&expected, 4096);
    buffer_init(&actual, 4096);
    read_file(version, "txt", &expected);
    shop_dump(shop, &actual);
    buffer_append(&expected, "", 1);
    buffer_append(&actual, "", 1);
    assert_string_equal(actual.data, expected.data);
    buffer_release(&expected);
    buffer_release(&actual);
}

static void every_version_is_replayed_to_the_same_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(versions); i++) {
        const struct event *event;
        struct buffer events;
        struct shop shop;
        size_t offset = 0;
        bool damaged = false;

        buffer_init(&events, 4096);
        shop_init(&shop);
        read_file(versions[i], "bin", &events);
        while (event_next(events.data, events.length, &offset, &event, &damaged))
            shop_apply(&shop, event);
        assert_false(damaged);
        assert_int_equal(offset, events.length);
        assert_state(&shop, versions[i]);
        shop_check(&shop);
        shop_release(&shop);
        buffer_release(&events);
    }
}

/* The fold knows only events: old ones must lead to the same tables. */
static void every_version_is_folded_to_the_same_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(versions); i++) {
        struct store_world world;
        struct buffer events;
        struct shop shop;
        const struct event *event;
        struct store_batch batch = {.first_event = 1};
        size_t offset = 0;
        bool damaged = false;

        store_world_open(&world, &store_kinds[2]);
        buffer_init(&events, 4096);
        read_file(versions[i], "bin", &events);
        while (event_next(events.data, events.length, &offset, &event, &damaged))
            batch.last_event = event->number;
        batch.events = events.data;
        batch.size = events.length;
        assert_ok(store_record(world.store, &batch));
        store_world_settle(&world);
        store_world_reopen(&world);
        store_world_load(&world, &shop);
        assert_state(&shop, versions[i]);
        shop_release(&shop);
        buffer_release(&events);
        store_world_close(&world);
    }
}

static void the_newest_version_has_every_type_and_every_action(void **state)
{
    bool types[EVENT_TYPE_LIMIT] = {false};
    bool actions[ORDER_ACTION_COUNT] = {false};
    const struct event *event;
    struct buffer events;
    size_t offset = 0;
    bool damaged = false;

    (void)state;
    buffer_init(&events, 4096);
    read_file(newest, "bin", &events);
    while (event_next(events.data, events.length, &offset, &event, &damaged)) {
        types[event->type] = true;
        if (event->type == EVENT_ORDER_CHANGED) {
            const struct event_order_changed *changed = event_payload(event);

            actions[changed->action] = true;
        }
    }
    for (uint32_t i = 1; i < EVENT_TYPE_LIMIT; i++)
        assert_int_equal(types[i], event_type_is_known(i));
    for (int i = 0; i < ORDER_ACTION_COUNT; i++)
        assert_true(actions[i]);
    buffer_release(&events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_version_is_replayed_to_the_same_state),
        cmocka_unit_test(every_version_is_folded_to_the_same_state),
        cmocka_unit_test(the_newest_version_has_every_type_and_every_action),
    };

    return cmocka_run_group_tests_name("journal", tests, write_missing_fixtures, NULL);
}
