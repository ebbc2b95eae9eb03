/*
 * channel_twilio.c - SMS through Twilio's Messages API: a form POSTed to the account's messages,
 * 201 when it is queued.
 */
#include "base/log.h"
#include "notify/channel.h"

#include <stdio.h>

enum { PATH_SIZE = 160 };

static bool twilio_open(struct channel *channel)
{
    const struct notify_settings *settings = channel->settings;
    if (settings->twilio_account[0] != '\0' && settings->twilio_token[0] != '\0' &&
        settings->twilio_from[0] != '\0')
        return true;
    log_error("channel lacks settings",
              "channel=twilio settings=twilio_account,twilio_token,twilio_from");
    return false;
}

/* application/x-www-form-urlencoded; a number that begins with MG names a messaging service. */
static void write_body(struct transfer *transfer, const struct notify_settings *settings,
                       const struct message *message)
{
    struct text from = text_of(settings->twilio_from);
    bool is_service = text_starts_with(from, TEXT("MG"));
    transfer_form_field(transfer, "To", message->phone);
    transfer_form_field(transfer, is_service ? "MessagingServiceSid" : "From", from);
    transfer_form_field(transfer, "Body", message->brief);
}

static enum channel_answer twilio_send(struct channel *channel, const struct message *message,
                                       struct transfer *transfer)
{
    const struct notify_settings *settings = channel->settings;
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof(path), "/2010-04-01/Accounts/%s/Messages.json",
                          settings->twilio_account);
    ensure(length > 0 && (size_t)length < sizeof(path)); /* the setting is checked to be short */
    write_body(transfer, settings, message);
    transfer_basic(transfer, settings->twilio_account, settings->twilio_token);
    transfer_post_to(transfer, settings->twilio_url, text_of(path),
                     "application/x-www-form-urlencoded");
    return CHANNEL_UNDER_WAY;
}

const struct channel_ops channel_twilio = {
    .name = "twilio",
    .kind = CHANNEL_SMS,
    .open = twilio_open,
    .send = twilio_send,
};
