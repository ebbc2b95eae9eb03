/*
 * kafka.h - what the event sink and the workers share of Kafka: how to reach the brokers, names of
 * topics, and the message that one event becomes.
 *
 *   topic    PREFIX.REGION           "shopd.main"
 *   key      id of the order         (of the cart or product, where it is about one)
 *   value    what webhooks are sent  JSON, never personal (app/follow/notice_data.h)
 *   headers  below; ids that only this shop can turn into a person
 */
#ifndef NOTIFY_KAFKA_H
#define NOTIFY_KAFKA_H

#include "base/check.h"
#include "base/text.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

struct kafka_settings {
    const char *brokers;      /* HOST:PORT, commas between */
    const char *topic_prefix; /* at most KAFKA_PREFIX_MAX */
    const char *config_file;  /* of librdkafka's settings; "" = none */
};

enum { KAFKA_PREFIX_MAX = 200, KAFKA_TOPIC_SIZE = 250, KAFKA_VALUE_MAX = 900000 };

/* The event as everybody is told it, the same at every try: "evt_TIMELINE_NUMBER". */
#define KAFKA_HEADER_ID "id"
/* A name of notices.def. */
#define KAFKA_HEADER_TYPE "type"
/* "workers" or "server": who tells people of it. */
#define KAFKA_HEADER_TOLD_BY "told-by"
/* Where the one is reached who is told (con_...); none = nobody, or the operators. */
#define KAFKA_HEADER_CONTACT "contact"
/* The customer's own contact (con_...), which holds how it wants to be told; none = a guest. */
#define KAFKA_HEADER_PROFILE "profile"
/* The customer (cus_...), for push; none = a guest. */
#define KAFKA_HEADER_CUSTOMER "customer"

/* One of librdkafka's settings. */
struct kafka_option {
    const char *name;
    const char *value;
};

/* A client's settings: those of the file, then ours, which go before. NULL when the file cannot be
 * read or one is refused: logged, without the value. */
rd_kafka_conf_t *kafka_conf(const struct kafka_settings *settings,
                            const struct kafka_option *options, uint32_t option_count) MUST_USE;
/* Takes the conf in any case. NULL: logged. */
rd_kafka_t *kafka_open(rd_kafka_type_t type, rd_kafka_conf_t *conf) MUST_USE;

/* "shopd.main" */
void kafka_topic(const char *prefix, uint32_t region, char topic_out[KAFKA_TOPIC_SIZE]);
/* A pattern of librdkafka's for the topics of every region. */
void kafka_topic_pattern(const char *prefix, char pattern_out[2 * KAFKA_TOPIC_SIZE]);
/* A header of a message; TEXT_NONE when it is not there. Borrowed from the message. */
struct text kafka_header(const rd_kafka_message_t *message, const char *name);

#endif
