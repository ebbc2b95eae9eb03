#include "notify/transfer.h"

#include "notify/channel.h"

enum {
    BODY_FIRST_SIZE = 4096,
    CAPACITY_KEPT_MAX = 65536,
    RETRY_AFTER_MAX_S = 3600,
    HTTP_OK_FIRST = 200,
    HTTP_OK_LAST = 299,
    HTTP_REQUEST_TIMEOUT = 408,
    HTTP_TOO_EARLY = 425,
    HTTP_TOO_MANY = 429,
    HTTP_SERVER_FIRST = 500,
};

/* libcurl takes `long` where its manual says so. */
#define SET(transfer, option, value)                                                               \
    ensure(curl_easy_setopt((transfer)->easy, (option), (value)) == CURLE_OK)

void transfer_init(struct transfer *transfer)
{
    *transfer = (struct transfer){.easy = curl_easy_init()};
    ensure(transfer->easy != NULL);
    buffer_init(&transfer->body, BODY_FIRST_SIZE);
    buffer_init(&transfer->answer, TRANSFER_ANSWER_MAX);
}

static void drop_lists(struct transfer *transfer)
{
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->recipients);
    curl_mime_free(transfer->mime);
    transfer->headers = transfer->recipients = NULL;
    transfer->mime = NULL;
}

void transfer_release(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    drop_lists(transfer);
    buffer_release(&transfer->body);
    buffer_release(&transfer->answer);
}

static size_t keep_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t room = TRANSFER_ANSWER_MAX - transfer->answer.length;
    size_t kept = size * count < room ? size * count : room;
    buffer_append(&transfer->answer, bytes, kept);
    return size * count;
}

void transfer_reset(struct transfer *transfer, uint32_t timeout_ms)
{
    curl_easy_reset(transfer->easy);
    drop_lists(transfer);
    if (transfer->body.capacity > CAPACITY_KEPT_MAX) {
        buffer_release(&transfer->body);
        buffer_init(&transfer->body, BODY_FIRST_SIZE);
    }
    buffer_reset(&transfer->body);
    buffer_reset(&transfer->answer);
    transfer->code = CURLE_OK;
    transfer->status = transfer->retry_after_s = 0;
    SET(transfer, CURLOPT_PRIVATE, transfer);
    SET(transfer, CURLOPT_NOSIGNAL, 1L);
    SET(transfer, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    SET(transfer, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    SET(transfer, CURLOPT_WRITEFUNCTION, keep_answer);
    SET(transfer, CURLOPT_WRITEDATA, transfer);
    SET(transfer, CURLOPT_FOLLOWLOCATION, 0L);
    SET(transfer, CURLOPT_NOPROXY, "*");
}

void transfer_header(struct transfer *transfer, const char *name, struct text value)
{
    struct buffer line;
    buffer_init(&line, 256);
    buffer_append_text(&line, text_of(name));
    buffer_append_text(&line, TEXT(": "));
    buffer_append_text(&line, value);
    buffer_append(&line, "", 1);
    struct curl_slist *headers = curl_slist_append(transfer->headers, line.data);
    ensure(headers != NULL);
    transfer->headers = headers;
    buffer_release(&line);
}

void transfer_post(struct transfer *transfer, const char *url, const char *content_type)
{
    transfer_header(transfer, "Content-Type", text_of(content_type));
    transfer_header(transfer, "Expect", TEXT_NONE); /* no waiting for 100 Continue */
    transfer_header(transfer, "User-Agent", TEXT("shopd/" SHOPD_VERSION));
    SET(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(transfer, CURLOPT_URL, url);
    SET(transfer, CURLOPT_POSTFIELDS, transfer->body.data);
    SET(transfer, CURLOPT_POSTFIELDSIZE, (long)transfer->body.length);
    SET(transfer, CURLOPT_HTTPHEADER, transfer->headers);
}

void transfer_ended(struct transfer *transfer, CURLcode code)
{
    long status = 0;
    curl_off_t retry_after_s = 0;
    transfer->code = code;
    if (curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
        status > 0)
        transfer->status = (uint32_t)status;
    if (curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after_s) == CURLE_OK &&
        retry_after_s > 0)
        transfer->retry_after_s =
            retry_after_s < RETRY_AFTER_MAX_S ? (uint32_t)retry_after_s : RETRY_AFTER_MAX_S;
}

enum channel_answer transfer_judge_http(const struct transfer *transfer)
{
    uint32_t status = transfer->status;
    if (transfer->code != CURLE_OK || status == 0)
        return CHANNEL_AGAIN;
    if (status >= HTTP_OK_FIRST && status <= HTTP_OK_LAST)
        return CHANNEL_ACCEPTED;
    if (status == HTTP_REQUEST_TIMEOUT || status == HTTP_TOO_EARLY || status == HTTP_TOO_MANY ||
        status >= HTTP_SERVER_FIRST)
        return CHANNEL_AGAIN;
    return CHANNEL_REFUSED;
}
