#include "notify/transfer.h"

#include "notify/address.h"
#include "notify/channel.h"

#include <sys/socket.h>

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
    transfer->is_forbidden = false;
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

void transfer_post_to(struct transfer *transfer, const char *base, struct text path,
                      const char *content_type)
{
    struct buffer url;
    buffer_init(&url, 256);
    buffer_append_text(&url, text_of(base));
    buffer_append_text(&url, path);
    buffer_append(&url, "", 1);
    transfer_post(transfer, url.data, content_type); /* libcurl copies it */
    buffer_release(&url);
}

void transfer_form_field(struct transfer *transfer, const char *name, struct text value)
{
    char *encoded =
        value.length == 0 ? NULL : curl_easy_escape(transfer->easy, value.data, (int)value.length);
    if (transfer->body.length > 0)
        buffer_append_text(&transfer->body, TEXT("&"));
    buffer_append_text(&transfer->body, text_of(name));
    buffer_append_text(&transfer->body, TEXT("="));
    buffer_append_text(&transfer->body, text_of(encoded));
    curl_free(encoded);
}

void transfer_bearer(struct transfer *transfer, struct text token)
{
    struct buffer value;
    buffer_init(&value, 256);
    buffer_append_text(&value, TEXT("Bearer "));
    buffer_append_text(&value, token);
    transfer_header(transfer, "Authorization", buffer_text(&value));
    buffer_release(&value);
}

void transfer_basic(struct transfer *transfer, const char *user, const char *password)
{
    SET(transfer, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    SET(transfer, CURLOPT_USERNAME, user);
    SET(transfer, CURLOPT_PASSWORD, password);
}

static curl_socket_t open_public(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = context;
    if (purpose == CURLSOCKTYPE_IPCXN && address_is_public(&address->addr))
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    transfer->is_forbidden = true;
    return CURL_SOCKET_BAD;
}

void transfer_guard(struct transfer *transfer)
{
    SET(transfer, CURLOPT_OPENSOCKETFUNCTION, open_public);
    SET(transfer, CURLOPT_OPENSOCKETDATA, transfer);
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
