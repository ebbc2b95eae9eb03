#include "search/elastic/wire.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <curl/curl.h>
#include <string.h>

enum {
    SLOTS_MAX = 1024,
    URL_MAX = 512,
    REST_FIRST_MS = 250,
    REST_MAX_MS = 30000,
    NS_PER_MS = 1000000,
    HTTP_OVERLOADED = 429,
    HTTP_SERVER_FAULT = 500,
};

struct wire_node {
    char url[URL_MAX];
    uint64_t rests_until_ms;
    uint32_t rest_ms;
};

/* A handle of libcurl, used again and again. */
struct wire_slot {
    CURL *easy;
    struct wire_call *call; /* NULL = free */
};

struct wire {
    CURLM *multi;
    struct curl_slist *json_headers;
    struct curl_slist *lines_headers;
    struct wire_slot slots[SLOTS_MAX];
    uint32_t slot_count;
    uint32_t out;
    struct wire_node nodes[WIRE_NODES_MAX];
    uint32_t node_count;
    uint32_t next_node;
    struct wire_options options;
    char *ca_file;
};

static uint64_t now_ms(void)
{
    return clock_monotonic_ns() / NS_PER_MS;
}

/* --- opening --- */

/* No user or password in it: URLs are logged. */
static bool url_is_right(struct text url)
{
    bool has_scheme =
        text_starts_with(url, TEXT("http://")) || text_starts_with(url, TEXT("https://"));
    return has_scheme && url.length < URL_MAX && memchr(url.data, '@', url.length) == NULL;
}

static bool add_node(struct wire *wire, struct text url)
{
    while (url.length > 0 && url.data[url.length - 1] == '/')
        url.length--;
    if (!url_is_right(url) || wire->node_count == WIRE_NODES_MAX) {
        char quoted[LOG_QUOTED_SIZE];
        log_error("not the address of a search node",
                  "url=%s wanted=http(s)://HOST:PORT nodes_max=%d",
                  memchr(url.data, '@', url.length) == NULL ? log_quoted(url, quoted) : "(hidden)",
                  WIRE_NODES_MAX);
        return false;
    }
    struct wire_node *node = &wire->nodes[wire->node_count++];
    memcpy(node->url, url.data, url.length);
    node->url[url.length] = '\0';
    return true;
}

static bool add_nodes(struct wire *wire, struct text urls)
{
    for (uint32_t at = 0; at < urls.length;) {
        uint32_t start = at;
        while (at < urls.length && urls.data[at] != ' ' && urls.data[at] != ',')
            at++;
        if (at > start && !add_node(wire, (struct text){urls.data + start, at - start}))
            return false;
        at++;
    }
    if (wire->node_count == 0)
        log_error("no search node is named", "setting=search_urls");
    return wire->node_count > 0;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *header)
{
    struct curl_slist *longer = curl_slist_append(list, header);
    ensure(longer != NULL);
    return longer;
}

static void encode_base64(struct buffer *out, struct text bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (uint32_t i = 0; i < bytes.length; i += 3) {
        uint32_t count = bytes.length - i < 3 ? bytes.length - i : 3;
        uint32_t group = 0;
        for (uint32_t j = 0; j < 3; j++)
            group = group << 8 | (j < count ? (unsigned char)bytes.data[i + j] : 0);
        for (uint32_t j = 0; j < 4; j++) {
            char digit = digits[group >> (18 - 6 * j) & 63];
            buffer_append(out, j <= count ? &digit : "=", 1);
        }
    }
}

static struct curl_slist *make_headers(struct text credentials, const char *content_type)
{
    /* No "Expect: 100-continue": it costs a round trip per bulk. */
    struct curl_slist *list = add_header(NULL, "Expect:");
    list = add_header(list, content_type);
    if (credentials.length == 0)
        return list;
    struct buffer header;
    buffer_init(&header, 256);
    if (text_starts_with(credentials, TEXT("ApiKey "))) {
        buffer_append_text(&header, TEXT("Authorization: "));
        buffer_append_text(&header, credentials);
    } else {
        buffer_append_text(&header, TEXT("Authorization: Basic "));
        encode_base64(&header, credentials);
    }
    buffer_append(&header, "", 1);
    list = add_header(list, header.data);
    buffer_release(&header);
    return list;
}

struct wire *wire_open(const struct wire_options *options)
{
    struct wire *wire = memory_alloc_zeroed(1, sizeof *wire);
    wire->options = *options;
    if (!add_nodes(wire, options->urls)) {
        memory_free(wire);
        return NULL;
    }
    ensure(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    wire->multi = curl_multi_init();
    ensure(wire->multi != NULL);
    wire->json_headers = make_headers(options->credentials, "Content-Type: application/json");
    wire->lines_headers = make_headers(options->credentials, "Content-Type: application/x-ndjson");
    if (options->ca_file.length > 0) {
        wire->ca_file = memory_alloc_zeroed(1, (size_t)options->ca_file.length + 1);
        memcpy(wire->ca_file, options->ca_file.data, options->ca_file.length);
    }
    return wire;
}

void wire_close(struct wire *wire)
{
    ensure(wire->out == 0);
    for (uint32_t i = 0; i < wire->slot_count; i++)
        curl_easy_cleanup(wire->slots[i].easy);
    ensure(curl_multi_cleanup(wire->multi) == CURLM_OK);
    curl_slist_free_all(wire->json_headers);
    curl_slist_free_all(wire->lines_headers);
    memory_free(wire->ca_file);
    memory_free(wire);
    curl_global_cleanup();
}

/* --- calls --- */

void wire_call_init(struct wire_call *call, const char *method, uint32_t timeout_ms)
{
    *call = (struct wire_call){.method = method, .timeout_ms = timeout_ms, .attempts = 1};
    call->content_type = "json";
    buffer_init(&call->body, 0);
    buffer_init(&call->answer, 0);
}

void wire_call_release(struct wire_call *call)
{
    buffer_release(&call->body);
    buffer_release(&call->answer);
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct wire_call *call = context;
    size_t length = size * count;
    if (call->answer.length + length > WIRE_ANSWER_MAX)
        return 0; /* ends the transfer */
    buffer_append(&call->answer, bytes, length);
    return length;
}

static struct wire_slot *find_slot(struct wire *wire)
{
    for (uint32_t i = 0; i < wire->slot_count; i++) {
        if (wire->slots[i].call == NULL)
            return &wire->slots[i];
    }
    ensure(wire->slot_count < SLOTS_MAX);
    struct wire_slot *slot = &wire->slots[wire->slot_count++];
    slot->easy = curl_easy_init();
    ensure(slot->easy != NULL);
    return slot;
}

/* The next in turn that does not rest; when all do, the one that rests the shortest. */
static uint32_t choose_node(struct wire *wire)
{
    uint64_t now = now_ms();
    uint32_t best = wire->next_node++ % wire->node_count;
    for (uint32_t i = 0; i < wire->node_count; i++) {
        uint32_t node = (best + i) % wire->node_count;
        if (wire->nodes[node].rests_until_ms <= now)
            return node;
    }
    for (uint32_t i = 0; i < wire->node_count; i++) {
        if (wire->nodes[i].rests_until_ms < wire->nodes[best].rests_until_ms)
            best = i;
    }
    return best;
}

static void set_options(const struct wire *wire, struct wire_slot *slot, uint64_t left_ms)
{
    struct wire_call *call = slot->call;
    CURL *easy = slot->easy;
    char url[URL_MAX + WIRE_PATH_MAX];
    size_t length = strlen(wire->nodes[call->node].url);
    memcpy(url, wire->nodes[call->node].url, length);
    memcpy(url + length, call->path, strlen(call->path) + 1);
    curl_easy_reset(easy); /* keeps connections */
    (void)curl_easy_setopt(easy, CURLOPT_URL, url);
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
    if (call->body.length > 0) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body.data);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.length);
    }
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
                           call->content_type[0] == 'j' ? wire->json_headers : wire->lines_headers);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)wire->options.connect_timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* nodes are neighbours */
    if (wire->ca_file != NULL)
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, wire->ca_file);
}

static void start(struct wire *wire, struct wire_call *call)
{
    uint64_t now = now_ms();
    call->node = choose_node(wire);
    call->attempts--;
    buffer_reset(&call->answer);
    set_options(wire, call->slot, call->deadline_ms > now ? call->deadline_ms - now : 1);
    ensure(curl_multi_add_handle(wire->multi, call->slot->easy) == CURLM_OK);
}

void wire_send(struct wire *wire, struct wire_call *call)
{
    ensure(call->attempts > 0);
    ensure(call->done != NULL);
    call->wire = wire;
    call->status = 0;
    if (call->attempts > wire->node_count)
        call->attempts = wire->node_count; /* an overloaded node is not asked twice */
    call->deadline_ms = now_ms() + call->timeout_ms;
    call->slot = find_slot(wire);
    call->slot->call = call;
    wire->out++;
    start(wire, call);
}

/* A node that answers works; one that does not rests, twice as long as the last time. */
static void note_node(struct wire_node *node, bool has_answered)
{
    if (has_answered) {
        node->rest_ms = 0;
        node->rests_until_ms = 0;
        return;
    }
    node->rest_ms = node->rest_ms == 0 ? REST_FIRST_MS : node->rest_ms * 2;
    node->rest_ms = node->rest_ms > REST_MAX_MS ? REST_MAX_MS : node->rest_ms;
    node->rests_until_ms = now_ms() + node->rest_ms;
}

static void finish(struct wire *wire, struct wire_call *call)
{
    call->slot->call = NULL;
    call->slot = NULL;
    wire->out--;
    call->done(call);
}

static void end_transfer(struct wire *wire, struct wire_slot *slot, CURLcode code)
{
    struct wire_call *call = slot->call;
    long status = 0;
    if (code == CURLE_OK)
        (void)curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    ensure(curl_multi_remove_handle(wire->multi, slot->easy) == CURLM_OK);
    note_node(&wire->nodes[call->node], status > 0);
    if (code != CURLE_OK)
        log_debug("a search node did not answer", "node=%s reason=\"%s\"",
                  wire->nodes[call->node].url, curl_easy_strerror(code));
    bool is_refused = status == 0 || status == HTTP_OVERLOADED || status >= HTTP_SERVER_FAULT;
    if (is_refused && call->attempts > 0 && now_ms() < call->deadline_ms) {
        start(wire, call);
        return;
    }
    call->status = (uint32_t)status;
    finish(wire, call);
}

void wire_run(struct wire *wire, uint32_t wait_ms)
{
    int running = 0;
    int left = 0;
    ensure(curl_multi_poll(wire->multi, NULL, 0, (int)wait_ms, NULL) == CURLM_OK);
    ensure(curl_multi_perform(wire->multi, &running) == CURLM_OK);
    for (;;) {
        CURLMsg *message = curl_multi_info_read(wire->multi, &left);
        if (message == NULL)
            return;
        struct wire_slot *slot = NULL;
        CURLcode code = message->data.result;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        end_transfer(wire, slot, code);
    }
}

void wire_wake(struct wire *wire)
{
    (void)curl_multi_wakeup(wire->multi);
}

uint32_t wire_out(const struct wire *wire)
{
    return wire->out;
}

void wire_cancel(struct wire *wire)
{
    for (uint32_t i = 0; i < wire->slot_count; i++) {
        struct wire_slot *slot = &wire->slots[i];
        if (slot->call == NULL)
            continue;
        ensure(curl_multi_remove_handle(wire->multi, slot->easy) == CURLM_OK);
        slot->call->status = 0;
        finish(wire, slot->call);
    }
}
