#include "lib/toy_cluster.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOLDS = -1, DRAIN_MS = 2000, BODY_MAX = 16 << 20 };

static const char *const METHODS[METHOD_COUNT] = {"GET",   "HEAD",   "POST",    "PUT",
                                                  "PATCH", "DELETE", "OPTIONS", "OTHER"};

static bool has(struct text text, const char *part)
{
    return memmem(text.data, text.length, part, strlen(part)) != NULL;
}

static const struct toy_rule *take_rule(struct toy_cluster *toy, struct text path)
{
    for (uint32_t i = 0; i < toy->rule_count; i++) {
        struct toy_rule *rule = &toy->rules[i];
        if (rule->times > 0 && has(path, rule->part)) {
            rule->times--;
            return rule;
        }
    }
    return NULL;
}

/* One action line: {"index":{"_id":"7","version":65536,...}}. */
static uint32_t take_action(struct toy_cluster *toy, struct text line, bool *is_index_out)
{
    json_t *action = json_loadb(line.data, line.length, 0, NULL);
    json_t *item = json_object_get(action, "index");
    *is_index_out = item != NULL;
    if (item == NULL)
        item = json_object_get(action, "delete");
    ensure(item != NULL);
    uint32_t number = (uint32_t)strtoul(json_string_value(json_object_get(item, "_id")), NULL, 10);
    ensure(number > 0 && number < TOY_CLUSTER_DOCUMENTS);
    uint64_t version = (uint64_t)json_integer_value(json_object_get(item, "version"));
    ensure(version >= toy->versions[number]);
    toy->versions[number] = version;
    toy->is_there[number] = *is_index_out;
    toy->sent[number]++;
    json_decref(action);
    return number;
}

static void take_bulk(struct toy_cluster *toy, struct text body, struct buffer *reply)
{
    struct text line;
    bool is_first = true;
    buffer_printf(reply, "{\"errors\":false,\"items\":[");
    while (text_cut(&body, '\n', &line)) {
        bool is_index = false;
        if (line.length == 0)
            continue;
        uint32_t number = take_action(toy, line, &is_index);
        if (is_index) {
            ensure(text_cut(&body, '\n', &line));
            json_t *document = json_loadb(line.data, line.length, 0, NULL);
            ensure(json_integer_value(json_object_get(document, "number")) == (json_int_t)number);
            json_decref(document);
        }
        buffer_printf(reply, "%s{\"%s\":{\"_id\":\"%u\",\"status\":200}}", is_first ? "" : ",",
                      is_index ? "index" : "delete", number);
        is_first = false;
    }
    buffer_printf(reply, "]}");
}

static void move_alias(struct toy_cluster *toy, struct text body)
{
    json_t *root = json_loadb(body.data, body.length, 0, NULL);
    json_t *add = json_object_get(json_array_get(json_object_get(root, "actions"), 0), "add");
    (void)snprintf(toy->alias_of, sizeof toy->alias_of, "%s",
                   json_string_value(json_object_get(add, "index")));
    json_decref(root);
}

/* As a cluster would; the status. */
static int act(struct toy_cluster *toy, struct request *request)
{
    struct buffer *reply = &request->reply;
    struct text path = request->path;
    if (has(path, "/_doc/position") && request->method == METHOD_GET) {
        if (toy->position[0] == '\0')
            return 404;
        buffer_printf(reply, "{\"found\":true,\"_source\":%s}", toy->position);
    } else if (has(path, "/_doc/position")) {
        (void)snprintf(toy->position, sizeof toy->position, "%.*s", TEXT_ARGS(request->body));
    } else if (has(path, "/_alias") && request->method == METHOD_GET) {
        if (toy->alias_of[0] != '\0')
            buffer_printf(reply,
                          "{\"%s\":{\"aliases\":{\"shopd\":{}}},\"shopd-position\":{},"
                          "\"shopd-eu-0000000000000abc-7\":{\"aliases\":{}},"
                          "\"shopd-0000000000000abc-6\":{\"aliases\":{}}}",
                          toy->alias_of);
    } else if (has(path, "/_aliases")) {
        (void)snprintf(toy->last_actions, sizeof toy->last_actions, "%.*s",
                       TEXT_ARGS(request->body));
        move_alias(toy, request->body);
    } else if (has(path, "/_bulk")) {
        take_bulk(toy, request->body, reply);
    } else if (has(path, "/_search")) {
        json_t *body = json_loadb(request->body.data, request->body.length, 0, NULL);
        json_decref(body);
        if (body == NULL)
            return 400;
        buffer_printf(reply, "{\"timed_out\":false,\"_shards\":{\"failed\":0},\"hits\":{\"total\":"
                             "{\"value\":1,\"relation\":\"eq\"},\"hits\":[]}}");
    }
    if (reply->length == 0)
        buffer_printf(reply, "{}");
    return 200;
}

static void on_let_go(struct request *request)
{
    request_reply(request, 503, "application/json", "");
}

static int answer_locked(struct toy_cluster *toy, struct request *request)
{
    buffer_printf(&toy->calls, "%s %.*s?%.*s\n", METHODS[request->method], TEXT_ARGS(request->path),
                  TEXT_ARGS(request->query));
    struct text authorization = request_header(request, TEXT("Authorization"));
    (void)snprintf(toy->authorization, sizeof toy->authorization, "%.*s", TEXT_ARGS(authorization));
    const struct toy_rule *rule = take_rule(toy, request->path);
    if (rule != NULL && rule->status == 0) {
        request->resumed = on_let_go;
        ensure(toy->held_count < countof(toy->held));
        toy->held[toy->held_count++] = request;
        return HOLDS;
    }
    if (rule == NULL)
        return act(toy, request);
    buffer_append_text(&request->reply, text_of(rule->body));
    return rule->status;
}

static void handler(void *context, struct request *request)
{
    struct toy_cluster *toy = context;
    pthread_mutex_lock(&toy->mutex);
    int status = answer_locked(toy, request);
    pthread_mutex_unlock(&toy->mutex);
    if (status != HOLDS)
        request_reply(request, status, "application/json", "");
}

static const char *refuse(void *context, const struct server_refusal *refusal, struct buffer *body)
{
    (void)context;
    buffer_printf(body, "%d %s", refusal->status, refusal->code);
    return "text/plain";
}

void toy_cluster_open(struct toy_cluster *toy)
{
    struct server_options options = server_defaults();
    memset(toy, 0, sizeof *toy);
    ensure(pthread_mutex_init(&toy->mutex, NULL) == 0);
    buffer_init(&toy->calls, 4096);
    options.port = 0;
    options.loops = 1;
    options.body_bytes_max = BODY_MAX;
    options.handler = handler;
    options.refuse = refuse;
    options.context = toy;
    toy->server = server_open(&options);
    ensure(toy->server != NULL);
    toy->port = server_port(toy->server);
    (void)snprintf(toy->url, sizeof toy->url, "http://127.0.0.1:%u", toy->port);
    server_start(toy->server);
}

void toy_cluster_let_go(struct toy_cluster *toy)
{
    pthread_mutex_lock(&toy->mutex);
    for (uint32_t i = 0; i < toy->held_count; i++)
        request_resume(toy->held[i]);
    toy->held_count = 0;
    pthread_mutex_unlock(&toy->mutex);
}

void toy_cluster_close(struct toy_cluster *toy)
{
    toy_cluster_let_go(toy);
    server_drain(toy->server, DRAIN_MS);
    server_close(toy->server);
    buffer_release(&toy->calls);
    ensure(pthread_mutex_destroy(&toy->mutex) == 0);
}

void toy_cluster_answer(struct toy_cluster *toy, const char *part, uint32_t times, int status,
                        const char *body)
{
    pthread_mutex_lock(&toy->mutex);
    ensure(toy->rule_count < TOY_CLUSTER_RULES);
    toy->rules[toy->rule_count++] = (struct toy_rule){part, times, status, body};
    pthread_mutex_unlock(&toy->mutex);
}

uint32_t toy_cluster_count(struct toy_cluster *toy, const char *part)
{
    uint32_t count = 0;
    pthread_mutex_lock(&toy->mutex);
    struct text rest = buffer_text(&toy->calls);
    struct text line;
    while (text_cut(&rest, '\n', &line))
        count += has(line, part);
    pthread_mutex_unlock(&toy->mutex);
    return count;
}

bool toy_cluster_position_has(struct toy_cluster *toy, const char *part)
{
    pthread_mutex_lock(&toy->mutex);
    bool is_there = strstr(toy->position, part) != NULL;
    pthread_mutex_unlock(&toy->mutex);
    return is_there;
}

uint32_t toy_cluster_held(struct toy_cluster *toy)
{
    pthread_mutex_lock(&toy->mutex);
    uint32_t count = toy->held_count;
    pthread_mutex_unlock(&toy->mutex);
    return count;
}

void toy_cluster_lose_all(struct toy_cluster *toy)
{
    toy_cluster_forget_calls(toy);
    pthread_mutex_lock(&toy->mutex);
    toy->position[0] = '\0';
    toy->alias_of[0] = '\0';
    memset(toy->versions, 0, sizeof toy->versions);
    pthread_mutex_unlock(&toy->mutex);
}

uint32_t toy_cluster_sent(struct toy_cluster *toy, uint32_t number)
{
    pthread_mutex_lock(&toy->mutex);
    uint32_t sent = toy->sent[number];
    pthread_mutex_unlock(&toy->mutex);
    return sent;
}

void toy_cluster_forget_calls(struct toy_cluster *toy)
{
    pthread_mutex_lock(&toy->mutex);
    buffer_reset(&toy->calls);
    memset(toy->sent, 0, sizeof toy->sent);
    toy->rule_count = 0;
    pthread_mutex_unlock(&toy->mutex);
}
