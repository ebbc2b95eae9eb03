/*
 * channel_smtp.c - e-mail by SMTP: text and HTML as multipart/alternative (libcurl makes the MIME),
 * STARTTLS or TLS, AUTH.
 *
 * 4xx may pass (RFC 5321 section 4.2.1), 5xx will not; but a refused log-in is a wrong setting and
 * not the message's fault, so it waits for the operator.
 */
#include "base/log.h"
#include "notify/channel.h"

#include <string.h>
#include <time.h>

enum {
    SMTP_PERMANENT = 500,
    SMTP_AUTH_REQUIRED = 530,
    SMTP_AUTH_WEAK = 534,
    SMTP_AUTH_FAILED = 535,
    CONNECTIONS_MAX = 20, /* each is used for many messages */
    ENCODED_BYTES = 42,   /* of one encoded word: 56 characters, with its frame below 76 */
};

#define SET(transfer, option, value)                                                               \
    ensure(curl_easy_setopt((transfer)->easy, (option), (value)) == CURLE_OK)

static bool smtp_open(struct channel *channel)
{
    const struct notify_settings *settings = channel->settings;
    if (settings->smtp_url[0] != '\0' && settings->email_from[0] != '\0')
        return true;
    log_error("channel lacks settings", "channel=smtp settings=smtp_url,email_from");
    return false;
}

static bool is_plain(struct text text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 || c > 0x7e)
            return false;
    }
    return true;
}

static void append_base64(struct buffer *out, const char *bytes, uint32_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (uint32_t i = 0; i < size; i += 3) {
        uint32_t left = size - i;
        uint32_t group = (uint32_t)(uint8_t)bytes[i] << 16;
        group |= left > 1 ? (uint32_t)(uint8_t)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)(uint8_t)bytes[i + 2] : 0;
        char quartet[4] = {digits[group >> 18], digits[group >> 12 & 63], '=', '='};
        if (left > 1)
            quartet[2] = digits[group >> 6 & 63];
        if (left > 2)
            quartet[3] = digits[group & 63];
        buffer_append(out, quartet, sizeof(quartet));
    }
}

/* RFC 2047: words of UTF-8 in base64, cut between characters. Control characters are gone by now.
 */
static void append_encoded(struct buffer *out, struct text text)
{
    uint32_t begin = 0;
    while (begin < text.length) {
        uint32_t end = begin + ENCODED_BYTES < text.length ? begin + ENCODED_BYTES : text.length;
        while (end < text.length && ((uint8_t)text.data[end] & 0xc0) == 0x80)
            end--;
        if (begin > 0)
            buffer_append_text(out, TEXT("\r\n "));
        buffer_append_text(out, TEXT("=?UTF-8?B?"));
        append_base64(out, text.data + begin, end - begin);
        buffer_append_text(out, TEXT("?="));
        begin = end;
    }
}

/* A line as it is where it can be, else encoded; never a line end from outside. */
static void append_words(struct buffer *out, struct text text)
{
    if (is_plain(text))
        buffer_append_text(out, text);
    else
        append_encoded(out, text);
}

/* "Name" <address>; a quote or a backslash in the name would end the quoting. */
static void append_mailbox(struct buffer *out, struct text name, struct text address)
{
    bool is_quotable = is_plain(name) &&
                       memchr(name.data == NULL ? "" : name.data, '"', name.length) == NULL &&
                       memchr(name.data == NULL ? "" : name.data, '\\', name.length) == NULL;
    if (name.length > 0 && is_quotable)
        buffer_printf(out, "\"%.*s\" ", TEXT_ARGS(name));
    else if (name.length > 0) {
        append_encoded(out, name);
        buffer_append_text(out, TEXT(" "));
    }
    buffer_append_text(out, TEXT("<"));
    buffer_append_text(out, address);
    buffer_append_text(out, TEXT(">"));
}

/* An address goes into commands and headers: nothing that could end either. */
static bool is_address(struct text address)
{
    if (!is_plain(address) || memchr(address.data, '@', address.length) == NULL)
        return false;
    for (uint32_t i = 0; i < address.length; i++) {
        if (strchr(" <>,;\"\\", address.data[i]) != NULL)
            return false;
    }
    return true;
}

/* RFC 5322 section 3.3. */
static void append_date(struct buffer *out, uint64_t time_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    ensure(gmtime_r(&seconds, &parts) != NULL);
    buffer_printf(out, "%s, %d %s %d %02d:%02d:%02d +0000", days[parts.tm_wday], parts.tm_mday,
                  months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                  parts.tm_sec);
}

static void put_header(struct transfer *transfer, const char *name)
{
    transfer_header(transfer, name, buffer_text(&transfer->body));
    buffer_reset(&transfer->body);
}

static void put_headers(struct transfer *transfer, const struct notify_settings *settings,
                        const struct message *message)
{
    struct buffer *line = &transfer->body;
    append_mailbox(line, text_of(settings->shop_name), text_of(settings->email_from));
    put_header(transfer, "From");
    append_mailbox(line, message->name, message->email);
    put_header(transfer, "To");
    append_words(line, message->subject);
    put_header(transfer, "Subject");
    /* The same at every try, so that a mail program shows a repetition once. */
    buffer_printf(line, "<%.*s.%s@shopd>", TEXT_ARGS(message->id), notice_name(message->notice));
    put_header(transfer, "Message-ID");
    append_date(line, message->created_ms);
    put_header(transfer, "Date");
    buffer_append_text(line, message->id);
    put_header(transfer, "Notice-Id");
    transfer_header(transfer, "Auto-Submitted", TEXT("auto-generated"));
}

static void add_part(curl_mime *mime, struct text content, const char *type)
{
    curl_mimepart *part = curl_mime_addpart(mime);
    ensure(part != NULL);
    ensure(curl_mime_data(part, content.data, content.length) == CURLE_OK);
    ensure(curl_mime_type(part, type) == CURLE_OK);
    ensure(curl_mime_encoder(part, "quoted-printable") == CURLE_OK);
}

static void put_body(struct transfer *transfer, const struct message *message)
{
    transfer->mime = curl_mime_init(transfer->easy);
    curl_mime *alternatives = curl_mime_init(transfer->easy);
    ensure(transfer->mime != NULL && alternatives != NULL);
    add_part(alternatives, message->plain, "text/plain; charset=utf-8");
    add_part(alternatives, message->html, "text/html; charset=utf-8");
    curl_mimepart *part = curl_mime_addpart(transfer->mime);
    ensure(part != NULL);
    ensure(curl_mime_subparts(part, alternatives) == CURLE_OK);
    ensure(curl_mime_type(part, "multipart/alternative") == CURLE_OK);
    SET(transfer, CURLOPT_MIMEPOST, transfer->mime);
}

static void put_envelope(struct transfer *transfer, const struct notify_settings *settings,
                         struct text address)
{
    struct buffer *line = &transfer->body;
    buffer_append(line, address.data, address.length);
    buffer_append(line, "", 1);
    transfer->recipients = curl_slist_append(NULL, line->data);
    ensure(transfer->recipients != NULL);
    buffer_reset(line);
    SET(transfer, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(transfer, CURLOPT_URL, settings->smtp_url);
    SET(transfer, CURLOPT_MAIL_FROM, settings->email_from);
    SET(transfer, CURLOPT_MAIL_RCPT, transfer->recipients);
    if (settings->smtp_user[0] != '\0') {
        SET(transfer, CURLOPT_USERNAME, settings->smtp_user);
        SET(transfer, CURLOPT_PASSWORD, settings->smtp_password);
    }
    if (settings->smtp_ca_file[0] != '\0')
        SET(transfer, CURLOPT_CAINFO, settings->smtp_ca_file);
    SET(transfer, CURLOPT_USE_SSL,
        (long)(settings->smtp_starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
}

static enum channel_answer smtp_send(struct channel *channel, const struct message *message,
                                     struct transfer *transfer)
{
    if (!is_address(message->email))
        return CHANNEL_REFUSED;
    put_envelope(transfer, channel->settings, message->email);
    put_headers(transfer, channel->settings, message);
    SET(transfer, CURLOPT_HTTPHEADER, transfer->headers);
    put_body(transfer, message);
    return CHANNEL_UNDER_WAY;
}

static enum channel_answer smtp_judge(const struct transfer *transfer)
{
    uint32_t status = transfer->status;
    if (transfer->code == CURLE_OK)
        return CHANNEL_ACCEPTED;
    if (transfer->code == CURLE_LOGIN_DENIED || status == SMTP_AUTH_REQUIRED ||
        status == SMTP_AUTH_WEAK || status == SMTP_AUTH_FAILED)
        return CHANNEL_AGAIN;
    return status >= SMTP_PERMANENT ? CHANNEL_REFUSED : CHANNEL_AGAIN;
}

const struct channel_ops channel_smtp = {
    .name = "smtp",
    .kind = CHANNEL_EMAIL,
    .calls_max = CONNECTIONS_MAX,
    .open = smtp_open,
    .send = smtp_send,
    .judge = smtp_judge,
};
