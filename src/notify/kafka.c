#include "notify/kafka.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINE_SIZE = 8192, ERROR_SIZE = 512, REGION_MAIN = 1 };

/* What librdkafka says may name hosts, never what is sent. It says much while brokers are away: its
 * own limit is a line per broker and state. */
static void write_log(const rd_kafka_t *kafka, int level, const char *facility, const char *text)
{
    enum { SYSLOG_ERROR = 3, SYSLOG_WARNING = 4 };
    char quoted[LOG_QUOTED_SIZE];
    (void)kafka;
    log_write(level <= SYSLOG_ERROR     ? LOG_WARNING
              : level <= SYSLOG_WARNING ? LOG_INFO
                                        : LOG_DEBUG,
              "kafka", "facility=%s message=%s", facility, log_quoted(text_of(text), quoted));
}

static bool put(rd_kafka_conf_t *conf, const char *name, const char *value, const char *where)
{
    char error[ERROR_SIZE];
    char quoted[LOG_QUOTED_SIZE];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) == RD_KAFKA_CONF_OK)
        return true;
    log_error("setting of Kafka refused", "name=%s at=%s", log_quoted(text_of(name), quoted),
              where);
    return false;
}

/* "name = value", or nothing, or a # comment. The name and the value end with a NUL in `line`. */
static bool put_line(rd_kafka_conf_t *conf, char *line, const char *path)
{
    struct text value = text_trim(text_of(line));
    struct text name;
    char name_buffer[ERROR_SIZE];
    if (value.length == 0 || value.data[0] == '#')
        return true;
    if (!text_cut(&value, '=', &name) || value.data == NULL)
        return put(conf, "", "", path);
    name = text_trim(name);
    value = text_trim(value);
    (void)snprintf(name_buffer, sizeof(name_buffer), "%.*s", (int)name.length, name.data);
    line[value.data - line + value.length] = '\0';
    return put(conf, name_buffer, value.data, path);
}

static bool read_file(rd_kafka_conf_t *conf, const char *path)
{
    char line[LINE_SIZE];
    bool is_right = true;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        char quoted[LOG_QUOTED_SIZE];
        log_error("file of Kafka's settings cannot be read", "path=%s reason=\"%s\"",
                  log_quoted(text_of(path), quoted), strerror(errno));
        return false;
    }
    while (is_right && fgets(line, sizeof(line), file) != NULL)
        is_right = put_line(conf, line, "file");
    (void)fclose(file);
    return is_right;
}

rd_kafka_conf_t *kafka_conf(const struct kafka_settings *settings,
                            const struct kafka_option *options, uint32_t option_count)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    bool is_right = settings->config_file[0] == '\0' || read_file(conf, settings->config_file);
    rd_kafka_conf_set_log_cb(conf, write_log);
    is_right = is_right && put(conf, "bootstrap.servers", settings->brokers, "kafka_brokers");
    is_right = is_right && put(conf, "client.id", "shopd", "shopd");
    for (uint32_t i = 0; i < option_count && is_right; i++)
        is_right = put(conf, options[i].name, options[i].value, "shopd");
    if (is_right)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

rd_kafka_t *kafka_open(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char error[ERROR_SIZE];
    char quoted[LOG_QUOTED_SIZE];
    rd_kafka_t *kafka = rd_kafka_new(type, conf, error, sizeof(error));
    if (kafka == NULL) {
        rd_kafka_conf_destroy(conf);
        log_error("Kafka's client does not start", "reason=%s", log_quoted(text_of(error), quoted));
    }
    return kafka;
}

void kafka_topic(const char *prefix, uint32_t region, char topic_out[KAFKA_TOPIC_SIZE])
{
    int length = region == REGION_MAIN
                     ? snprintf(topic_out, KAFKA_TOPIC_SIZE, "%s.main", prefix)
                     : snprintf(topic_out, KAFKA_TOPIC_SIZE, "%s.region-%u", prefix, region);
    ensure(length > 0 && length < KAFKA_TOPIC_SIZE);
}

void kafka_topic_pattern(const char *prefix, char pattern_out[2 * KAFKA_TOPIC_SIZE])
{
    char *at = pattern_out;
    ensure(strlen(prefix) <= KAFKA_PREFIX_MAX);
    *at++ = '^';
    for (const char *c = prefix; *c != '\0'; c++) {
        if (*c == '.')
            *at++ = '\\';
        *at++ = *c;
    }
    (void)snprintf(at, KAFKA_TOPIC_SIZE / 2, "\\.[a-z0-9-]+$");
}

struct text kafka_header(const rd_kafka_message_t *message, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return TEXT_NONE;
    return (struct text){value, (uint32_t)size};
}
