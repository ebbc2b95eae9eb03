/*
 * channel_sendgrid.c - e-mail through SendGrid's v3 API: POST /v3/mail/send, 202 when it is taken.
 * The notice's id goes along as a custom argument, which SendGrid's event webhook gives back.
 */
#include "base/json_out.h"
#include "base/log.h"
#include "notify/channel.h"

static bool sendgrid_open(struct channel *channel)
{
    const struct notify_settings *settings = channel->settings;
    if (settings->sendgrid_key[0] != '\0' && settings->email_from[0] != '\0')
        return true;
    log_error("channel lacks settings", "channel=sendgrid settings=sendgrid_key,email_from");
    return false;
}

static void write_mailbox(struct json_out *json, struct text email, struct text name)
{
    json_out_object_begin(json);
    json_out_key(json, "email");
    json_out_text(json, email);
    if (name.length > 0) {
        json_out_key(json, "name");
        json_out_text(json, name);
    }
    json_out_object_end(json);
}

static void write_content(struct json_out *json, const char *type, struct text value)
{
    json_out_object_begin(json);
    json_out_key(json, "type");
    json_out_text(json, text_of(type));
    json_out_key(json, "value");
    json_out_text(json, value);
    json_out_object_end(json);
}

static void write_body(struct buffer *body, const struct notify_settings *settings,
                       const struct message *message)
{
    struct json_out json;
    json_out_init(&json, body);
    json_out_object_begin(&json);
    json_out_key(&json, "personalizations");
    json_out_array_begin(&json);
    json_out_object_begin(&json);
    json_out_key(&json, "to");
    json_out_array_begin(&json);
    write_mailbox(&json, message->email, message->name);
    json_out_array_end(&json);
    json_out_key(&json, "custom_args");
    json_out_object_begin(&json);
    json_out_key(&json, "notice_id");
    json_out_text(&json, message->id);
    json_out_object_end(&json);
    json_out_object_end(&json);
    json_out_array_end(&json);
    json_out_key(&json, "from");
    write_mailbox(&json, text_of(settings->email_from), text_of(settings->shop_name));
    json_out_key(&json, "subject");
    json_out_text(&json, message->subject);
    json_out_key(&json, "content");
    json_out_array_begin(&json); /* plain text must come first */
    write_content(&json, "text/plain", message->plain);
    write_content(&json, "text/html", message->html);
    json_out_array_end(&json);
    json_out_key(&json, "headers");
    json_out_object_begin(&json);
    json_out_key(&json, "Notice-Id");
    json_out_text(&json, message->id);
    json_out_object_end(&json);
    json_out_object_end(&json);
}

static enum channel_answer sendgrid_send(struct channel *channel, const struct message *message,
                                         struct transfer *transfer)
{
    const struct notify_settings *settings = channel->settings;
    write_body(&transfer->body, settings, message);
    transfer_bearer(transfer, text_of(settings->sendgrid_key));
    transfer_post_to(transfer, settings->sendgrid_url, TEXT("/v3/mail/send"), "application/json");
    return CHANNEL_UNDER_WAY;
}

const struct channel_ops channel_sendgrid = {
    .name = "sendgrid",
    .kind = CHANNEL_EMAIL,
    .open = sendgrid_open,
    .send = sendgrid_send,
};
