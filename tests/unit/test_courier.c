/* The courier with the outbox, a clock of the test's, and a ledger of its own. */
#include "base/clock.h"
#include "lib/ledger_fixture.h"
#include "lib/temp_folder.h"
#include "notify/courier.h"
#include "notify/ledger_webhooks.h"
#include "store/mem/store_mem.h"
#include "test.h"

#include <dirent.h>
#include <poll.h>
#include <string.h>

#define HOUR_MS UINT64_C(3600000)

static uint64_t ahead_ms; /* atomic: of the machine's clock */

static uint64_t now_ms(void)
{
    return __atomic_load_n(&ahead_ms, __ATOMIC_SEQ_CST) + clock_monotonic_ns() / 1000000;
}

struct world {
    char folder[TEMP_FOLDER_SIZE];
    struct store *store;
    struct ledger *ledger;
    struct notify_settings settings;
    struct courier *courier;
    struct arena arena;
};

static int set_up(void **state)
{
    static struct world world;
    world = (struct world){.store = store_mem_open()};
    temp_folder_make(world.folder);
    assert_ok(ledger_fixture_open(world.folder, 1, &world.ledger));
    arena_init(&world.arena, 4096, 1 << 24);
    world.settings = (struct notify_settings){.channels = "outbox",
                                              .folder = world.folder,
                                              .templates = "",
                                              .shop_name = "Shop",
                                              .order_url = "",
                                              .cart_url = "",
                                              .operator_email = "",
                                              .email_from = "",
                                              .smtp_url = "",
                                              .workers_max = 4,
                                              .timeout_ms = 1000,
                                              .retry_hours = 24,
                                              .webhook_retry_hours = 72};
    __atomic_store_n(&ahead_ms, 1000 * HOUR_MS, __ATOMIC_SEQ_CST);
    *state = &world;
    return 0;
}

static struct courier_options options_of(struct world *world)
{
    return (struct courier_options){.ledger = world->ledger,
                                    .store = world->store,
                                    .settings = &world->settings,
                                    .now_ms = now_ms};
}

static void start(struct world *world)
{
    const struct courier_options options = options_of(world);
    world->courier = courier_open(&options);
    assert_non_null(world->courier);
    courier_start(world->courier);
}

static int tear_down(void **state)
{
    struct world *world = *state;
    courier_close(world->courier);
    ledger_close(world->ledger);
    store_close(world->store);
    arena_release(&world->arena);
    temp_folder_remove(world->folder);
    return 0;
}

static void add(struct world *world, const char *data)
{
    const struct delivery delivery = {.queue = TEXT("outbox"),
                                      .notice = TEXT("low_stock"),
                                      .event = 7,
                                      .created_ms = now_ms(),
                                      .data = text_of(data)};
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_add(world->ledger, &delivery));
    assert_ok(ledger_end(world->ledger, OK));
}

/* The ledger is all that is looked at; the courier moves at its own pace. */
static struct ledger_counts counts_when(struct world *world, uint64_t waiting)
{
    struct ledger_counts counts;
    do {
        (void)poll(NULL, 0, 1);
        assert_ok(ledger_counts(world->ledger, &counts));
    } while (counts.waiting != waiting);
    return counts;
}

static uint32_t count_files(const struct world *world, const char *word)
{
    char path[TEMP_FOLDER_SIZE + 8];
    uint32_t count = 0;
    const struct dirent *entry;
    (void)snprintf(path, sizeof(path), "%s/outbox", world->folder);
    DIR *folder = opendir(path);
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        count += strstr(entry->d_name, word) != NULL;
    closedir(folder);
    return count;
}

static void what_cannot_be_put_in_words_is_dead_and_holds_nothing_up(void **state)
{
    struct world *world = *state;
    add(world, "[1]");
    add(world, "{\"id\":\"evt_1\",\"product\":{\"name\":\"A\"}}");
    start(world);
    struct ledger_counts counts = counts_when(world, 0);
    assert_int_equal(counts.dead, 1);
    assert_int_equal(count_files(world, "low_stock"), 1);
    struct courier_stats stats = courier_stats(world->courier, 0);
    assert_int_equal(stats.accepted, 1);
    assert_int_equal(stats.refused, 1);
    assert_int_equal(stats.under_way, 0);
}

/* Seven events, the last of which brings the contact, if any. */
static void record(struct world *world, const struct contact *contacts, uint32_t count)
{
    struct buffer events;
    size_t offset = 0;
    buffer_init(&events, 1024);
    for (uint64_t number = 1; number <= 7; number++)
        assert_non_null(
            event_append(&events, EVENT_PROCESS_STARTED, sizeof(struct event_process_started), 1));
    for (uint64_t number = 1; number <= 7; number++)
        offset = event_seal(&events, offset, number);
    const struct store_batch batch = {.events = events.data,
                                      .size = events.length,
                                      .first_event = 1,
                                      .last_event = 7,
                                      .contacts = contacts,
                                      .contact_count = count};
    assert_ok(store_record(world->store, &batch));
    buffer_release(&events);
}

static void add_for_contact(struct world *world)
{
    const struct delivery delivery = {.queue = TEXT("outbox"),
                                      .notice = TEXT("order_placed"),
                                      .event = 7,
                                      .subject = 3,
                                      .contact = 5,
                                      .created_ms = now_ms(),
                                      .data = TEXT("{\"id\":\"evt_1\"}")};
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_add(world->ledger, &delivery));
    assert_ok(ledger_end(world->ledger, OK));
}

/* Another shopd wrote into the ledger what is owed for an event that this one has yet to hear of.
 */
static void who_is_not_known_yet_is_told_later(void **state)
{
    struct world *world = *state;
    const struct contact contact = {
        .number = 5, .name = TEXT("Ann"), .email = TEXT("ann@example.com")};
    add_for_contact(world);
    start(world);
    struct ledger_counts counts = {.waiting = 1};
    while (counts.waiting == 1 && courier_stats(world->courier, 0).again == 0) {
        (void)poll(NULL, 0, 1);
        assert_ok(ledger_counts(world->ledger, &counts));
    }
    assert_int_equal(counts.waiting, 1);
    assert_int_equal(count_files(world, "order_placed"), 0);
    record(world, &contact, 1);
    __atomic_add_fetch(&ahead_ms, HOUR_MS, __ATOMIC_SEQ_CST);
    (void)counts_when(world, 0);
    assert_int_equal(count_files(world, "order_placed"), 1);
}

static void who_was_erased_is_not_told(void **state)
{
    struct world *world = *state;
    record(world, NULL, 0);
    add_for_contact(world);
    start(world);
    assert_int_equal(counts_when(world, 0).dead, 0);
    assert_int_equal(count_files(world, "order_placed"), 0);
    assert_int_equal(courier_stats(world->courier, 0).again, 0);
}

static void operators_hear_of_a_webhook_that_was_switched_off(void **state)
{
    struct world *world = *state;
    struct webhook webhook = {.url = TEXT("http://127.0.0.1:1/x?secret"),
                              .is_enabled = true,
                              .notices = 1,
                              .failing_ms = now_ms() - 71 * HOUR_MS - HOUR_MS / 2};
    struct webhook *webhooks;
    uint32_t count;
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_put_webhook(world->ledger, &webhook));
    assert_ok(ledger_end(world->ledger, OK));
    start(world);
    add(world, "{\"id\":\"evt_1\",\"product\":{\"name\":\"A\"}}");
    (void)counts_when(world, 0);
    assert_int_equal(count_files(world, "webhook_disabled"), 0);
    __atomic_store_n(&ahead_ms, 1001 * HOUR_MS, __ATOMIC_SEQ_CST);
    while (count_files(world, "webhook_disabled") == 0)
        (void)poll(NULL, 0, 1);
    assert_ok(ledger_begin(world->ledger));
    assert_ok(ledger_webhooks(world->ledger, &world->arena, &webhooks, &count));
    assert_ok(ledger_end(world->ledger, OK));
    assert_false(webhooks[0].is_enabled);
}

static void wrong_settings_are_refused_at_the_start(void **state)
{
    struct world *world = *state;
    const struct courier_options options = options_of(world);
    world->settings.channels = "outbox,pigeon";
    assert_null(courier_open(&options));
    world->settings.channels = "smtp";
    assert_null(courier_open(&options));
    world->settings.channels = " , ";
    world->courier = courier_open(&options);
    assert_non_null(world->courier);
    assert_int_equal(courier_channel_count(world->courier), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(what_cannot_be_put_in_words_is_dead_and_holds_nothing_up),
        TEST(who_is_not_known_yet_is_told_later),
        TEST(who_was_erased_is_not_told),
        TEST(operators_hear_of_a_webhook_that_was_switched_off),
        TEST(wrong_settings_are_refused_at_the_start),
    };
    return cmocka_run_group_tests_name("courier", tests, NULL, NULL);
}
