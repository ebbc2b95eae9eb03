/* The follower that sends to Kafka, against librdkafka's mock cluster. */
#include "app/follow/event_sink.h"
#include "base/memory.h"
#include "lib/ledger_fixture.h"
#include "lib/temp_folder.h"
#include "test.h"

#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>

enum {
    TIMELINE = 7,
    WAIT_MS = 300,
    TRIES_MAX = 100,
    PRODUCE = 0,
    CART = 5,
    CONTACT = 9,
    PARTITIONS = 4 /* the mock's */
};

struct world {
    char folder[TEMP_FOLDER_SIZE];
    rd_kafka_t *host; /* of the mock cluster */
    rd_kafka_mock_cluster_t *cluster;
    struct ledger *ledger;
    struct feed *feed;
    struct event_sink *sink;
    struct buffer events;
    uint64_t last_event;
};

static void write_id(const void *context, enum notice_id type, uint64_t number,
                     char id_out[NOTICE_ID_SIZE])
{
    (void)context;
    (void)snprintf(id_out, NOTICE_ID_SIZE, "id_%d_%llu", (int)type, (unsigned long long)number);
}

static void open_sink(struct world *world, bool by_workers)
{
    uint64_t event;
    const struct event_sink_options options = {
        .kafka = {.brokers = rd_kafka_mock_cluster_bootstraps(world->cluster),
                  .topic_prefix = "shop",
                  .config_file = ""},
        .buffer_kib = 1024,
        .wait_ms = WAIT_MS,
        .ledger = world->ledger,
        .feed = world->feed,
        .writer = {.timeline = TIMELINE, .write_id = write_id, .tracking_url = ""},
        .by_workers = by_workers};
    world->sink = event_sink_open(&options);
    assert_non_null(world->sink);
    assert_ok(event_sink_ops.position(world->sink, &event));
}

static int set_up(void **state)
{
    struct world *world = memory_alloc_zeroed(1, sizeof(*world));
    struct turn turn;
    temp_folder_make(world->folder);
    const struct kafka_settings host = {.brokers = "127.0.0.1:1", .config_file = ""};
    const struct kafka_option quiet = {"log_level", "0"};
    world->host = kafka_open(RD_KAFKA_PRODUCER, kafka_conf(&host, &quiet, 1));
    world->cluster = rd_kafka_mock_cluster_new(world->host, 1);
    assert_ok(ledger_fixture_open(world->folder, TIMELINE, &world->ledger));
    world->feed = feed_open(1024, 0);
    buffer_init(&world->events, 1024);
    assert_ok(turn_take(world->ledger, true, 2, &turn));
    open_sink(world, true);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    event_sink_close(world->sink);
    feed_close(world->feed);
    ledger_close(world->ledger);
    rd_kafka_mock_cluster_destroy(world->cluster);
    rd_kafka_destroy(world->host);
    buffer_release(&world->events);
    temp_folder_remove(world->folder);
    memory_free(world);
    return 0;
}

/* Carts that have expired, of guests: events that are told without asking anybody. */
static struct follower_run expire(struct world *world, uint32_t count)
{
    uint64_t first = world->last_event + 1;
    buffer_reset(&world->events);
    for (uint32_t i = 0; i < count; i++) {
        size_t offset = world->events.length;
        struct event_cart_expired *expired =
            event_append(&world->events, EVENT_CART_EXPIRED, sizeof(*expired), 1000);
        *expired = (struct event_cart_expired){.cart = CART, .contact = CONTACT, .line_count = 1};
        (void)event_seal(&world->events, offset, ++world->last_event);
    }
    return (struct follower_run){first, world->last_event, buffer_text(&world->events)};
}

static struct err offer(struct world *world, const struct follower_run *run)
{
    return event_sink_ops.take(world->sink, NULL, run);
}

static void offer_until_taken(struct world *world, const struct follower_run *run)
{
    uint32_t tries = 0;
    while (offer(world, run).code != ERR_NONE)
        assert_true(++tries < TRIES_MAX);
}

static uint64_t position_of(struct world *world)
{
    uint64_t event = 0;
    bool is_known = false;
    assert_ok(ledger_position(world->ledger, "kafka", &event, &is_known));
    return event;
}

/* Reads `count` messages of the topic, in order; their ids behind one another. */
static void read_topic(struct world *world, uint32_t count, struct buffer *ids_out)
{
    const struct kafka_settings settings = {
        .brokers = rd_kafka_mock_cluster_bootstraps(world->cluster), .config_file = ""};
    const struct kafka_option options[] = {{"group.id", "test"}};
    rd_kafka_t *consumer =
        kafka_open(RD_KAFKA_CONSUMER, kafka_conf(&settings, options, countof(options)));
    rd_kafka_topic_partition_list_t *parts = rd_kafka_topic_partition_list_new(PARTITIONS);
    char topic[KAFKA_TOPIC_SIZE];
    kafka_topic("shop", EVENT_REGION_MAIN, topic);
    for (int32_t i = 0; i < PARTITIONS; i++)
        rd_kafka_topic_partition_list_add(parts, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    assert_int_equal(rd_kafka_assign(consumer, parts), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(parts);
    for (uint32_t i = 0, tries = 0; i < count; tries++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        assert_true(tries < 10 * TRIES_MAX);
        if (message == NULL || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (message != NULL)
                rd_kafka_message_destroy(message);
            continue;
        }
        assert_true(
            text_equal(((struct text){message->key, (uint32_t)message->key_len}), TEXT("id_3_5")));
        assert_true(text_equal(kafka_header(message, KAFKA_HEADER_TYPE), TEXT("cart_expired")));
        assert_true(text_equal(kafka_header(message, KAFKA_HEADER_CONTACT), TEXT("id_4_9")));
        assert_null(kafka_header(message, KAFKA_HEADER_PROFILE).data);
        struct text id = kafka_header(message, KAFKA_HEADER_ID);
        struct text by = kafka_header(message, KAFKA_HEADER_TOLD_BY);
        buffer_append_text(ids_out, (struct text){id.data + id.length - 1, 1});
        buffer_append_text(ids_out, (struct text){by.data, 1});
        rd_kafka_message_destroy(message);
        i++;
    }
    rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

static void what_is_acknowledged_is_behind_the_position(void **state)
{
    struct world *world = *state;
    struct buffer ids;
    uint64_t event = 99;
    assert_ok(event_sink_ops.position(world->sink, &event));
    assert_int_equal(event, 0);
    struct follower_run run = expire(world, 3);
    offer_until_taken(world, &run);
    assert_int_equal(position_of(world), 3);
    assert_int_equal(event_sink_stats(world->sink).waiting, 0);
    assert_int_equal(event_sink_stats(world->sink).acknowledged, 3);
    buffer_init(&ids, 64);
    read_topic(world, 3, &ids);
    assert_true(text_equal(buffer_text(&ids),
                           TEXT("1s2s3w"))); /* from event 3 on it is the workers' turn */
    buffer_release(&ids);
}

static void a_broker_that_is_away_holds_the_position_and_gets_each_event_once(void **state)
{
    struct world *world = *state;
    struct buffer ids;
    struct follower_run run = expire(world, 1);
    offer_until_taken(world, &run);
    assert_int_equal(rd_kafka_mock_broker_set_down(world->cluster, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
    run = expire(world, 2);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_not_equal(offer(world, &run).code, ERR_NONE);
        assert_int_equal(position_of(world), 1);
        assert_int_equal(event_sink_stats(world->sink).waiting, 2); /* not twice */
    }
    assert_int_equal(rd_kafka_mock_broker_set_up(world->cluster, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
    offer_until_taken(world, &run);
    assert_int_equal(position_of(world), 3);
    buffer_init(&ids, 64);
    read_topic(world, 3, &ids);
    assert_true(text_equal(buffer_text(&ids), TEXT("1s2s3w")));
    buffer_release(&ids);
}

static void what_is_refused_is_sent_again_from_the_position(void **state)
{
    struct world *world = *state;
    struct buffer ids;
    struct follower_run run = expire(world, 1);
    offer_until_taken(world, &run);
    rd_kafka_mock_push_request_errors(world->cluster, PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    run = expire(world, 1);
    assert_int_not_equal(offer(world, &run).code, ERR_NONE);
    assert_int_equal(position_of(world), 1);
    assert_int_equal(event_sink_stats(world->sink).refused, 1);
    offer_until_taken(world, &run);
    assert_int_equal(position_of(world), 2);
    buffer_init(&ids, 64);
    read_topic(world, 2, &ids);
    assert_true(text_equal(buffer_text(&ids), TEXT("1s2s")));
    buffer_release(&ids);
}

static void a_setting_that_librdkafka_does_not_know_is_refused(void **state)
{
    struct world *world = *state;
    char path[TEMP_FOLDER_SIZE + 16];
    const struct kafka_settings settings = {.brokers = "127.0.0.1:1", .config_file = path};
    static const struct {
        const char *line;
        bool is_right;
    } files[] = {
        {"# nothing\n\nsecurity.protocol = plaintext\r\n", true},
        {"security.protocol=plaintext", true},
        {"security.protocol = with wax\n", false},
        {"no.such.thing = 1\n", false},
        {"no value\n", false},
    };
    (void)snprintf(path, sizeof(path), "%s/kafka.conf", world->folder);
    for (size_t i = 0; i < countof(files); i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        (void)fputs(files[i].line, file);
        (void)fclose(file);
        rd_kafka_conf_t *conf = kafka_conf(&settings, NULL, 0);
        assert_int_equal(conf != NULL, files[i].is_right);
        if (conf != NULL)
            rd_kafka_conf_destroy(conf);
    }
    (void)remove(path);
    assert_null(kafka_conf(&settings, NULL, 0));
}

int main(void)
{
#define SINK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        SINK_TEST(what_is_acknowledged_is_behind_the_position),
        SINK_TEST(a_broker_that_is_away_holds_the_position_and_gets_each_event_once),
        SINK_TEST(what_is_refused_is_sent_again_from_the_position),
        SINK_TEST(a_setting_that_librdkafka_does_not_know_is_refused),
    };
    return cmocka_run_group_tests_name("event_sink", tests, NULL, NULL);
}
