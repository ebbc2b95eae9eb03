#include "cli/replay/http_client.h"

#include "base/clock.h"
#include "base/memory.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 64 << 20, CONNECT_TIMEOUT_MS = 5000, REQUEST_TIMEOUT_MS = 30000 };

struct http_client {
    CURL *curl;
    struct buffer body;
    json_t *json;
    char url[HTTP_URL_MAX];
    char authorization[HTTP_URL_MAX];
};

void http_client_global_start(void)
{
    CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    ensure(code == CURLE_OK);
}

void http_client_global_stop(void)
{
    curl_global_cleanup();
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct buffer *body = context;
    if (body->length + size * count > ANSWER_BYTES_MAX)
        return 0;
    buffer_append(body, bytes, size * count);
    return size * count;
}

/* Options that stay over all requests. A wrong option is a bug, so the answers are only ensured. */
static void set_up(struct http_client *client)
{
    CURL *curl = client->curl;
    bool ok =
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &client->body) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS) == CURLE_OK &&
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)REQUEST_TIMEOUT_MS) == CURLE_OK;
    ensure(ok);
}

struct http_client *http_client_open(const char *url, const char *operator_key)
{
    struct http_client *client = memory_alloc_zeroed(1, sizeof(*client));
    client->curl = curl_easy_init();
    ensure(client->curl);
    buffer_init(&client->body, 4096);
    (void)snprintf(client->url, sizeof(client->url), "%s", url);
    size_t length = strlen(client->url);
    if (length > 0 && client->url[length - 1] == '/')
        client->url[length - 1] = '\0';
    if (operator_key)
        (void)snprintf(client->authorization, sizeof(client->authorization),
                       "Authorization: Bearer %s", operator_key);
    set_up(client);
    return client;
}

void http_client_close(struct http_client *client)
{
    json_decref(client->json);
    curl_easy_cleanup(client->curl);
    buffer_release(&client->body);
    memory_free(client);
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
    char line[HTTP_URL_MAX];
    if (!value)
        return list;
    (void)snprintf(line, sizeof(line), "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(list, line);
    ensure(longer);
    return longer;
}

static struct curl_slist *make_headers(const struct http_client *client,
                                       const struct http_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
    ensure(list);
    list = add_header(list, "Expect", ""); /* curl would wait for 100 Continue */
    list = add_header(list, "Cart-Token", request->cart_token);
    list = add_header(list, "Idempotency-Key", request->idempotency_key);
    if (request->as_operator && client->authorization[0] != '\0') {
        list = curl_slist_append(list, client->authorization);
        ensure(list);
    }
    return list;
}

static void set_request(struct http_client *client, const struct http_request *request,
                        const char *url, const struct curl_slist *headers)
{
    CURL *curl = client->curl;
    bool is_get = strcmp(request->method, "GET") == 0;
    bool ok = curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
              curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == CURLE_OK;
    if (is_get) {
        ok = ok && curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    } else {
        const char *bytes = request->body.data ? request->body.data : "";
        ok = ok && curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_POSTFIELDS, bytes) == CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body.length) == CURLE_OK;
    }
    ok = ok && curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
    ensure(ok);
}

static void read_problem(struct http_client *client, struct http_answer *answer)
{
    long status = 0;
    CURLcode code = curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    ensure(code == CURLE_OK);
    answer->status = (int)status;
    client->json = json_loadb(client->body.data, client->body.length, 0, NULL);
    answer->json = client->json;
    if (status >= 400) {
        const char *text = http_json_text(client->json, "code");
        (void)snprintf(answer->code, sizeof(answer->code), "%s", text[0] ? text : "no_code");
    }
}

struct http_answer http_client_send(struct http_client *client, const struct http_request *request)
{
    struct http_answer answer = {.status = 0};
    char url[2 * HTTP_URL_MAX];
    (void)snprintf(url, sizeof(url), "%s%s", client->url, request->path);
    struct curl_slist *headers = make_headers(client, request);
    json_decref(client->json);
    client->json = NULL;
    buffer_reset(&client->body);
    set_request(client, request, url, headers);
    uint64_t start_ns = clock_monotonic_ns();
    CURLcode code = curl_easy_perform(client->curl);
    answer.elapsed_ns = clock_monotonic_ns() - start_ns;
    if (code == CURLE_OK)
        read_problem(client, &answer);
    else
        (void)snprintf(answer.code, sizeof(answer.code), "connection_lost");
    curl_slist_free_all(headers);
    return answer;
}

struct text http_client_body(const struct http_client *client)
{
    return buffer_text(&client->body);
}

void http_append_encoded(struct buffer *buffer, struct text text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (uint32_t i = 0; i < text.length; i++) {
        if (memchr(plain, text.data[i], sizeof(plain) - 1))
            buffer_append(buffer, &text.data[i], 1);
        else
            buffer_printf(buffer, "%%%02X", (unsigned)(unsigned char)text.data[i]);
    }
}

const char *http_json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t http_json_number(const json_t *object, const char *key)
{
    return (int64_t)json_integer_value(json_object_get(object, key));
}

int64_t http_json_amount(const json_t *object, const char *key)
{
    return http_json_number(json_object_get(object, key), "amount");
}
