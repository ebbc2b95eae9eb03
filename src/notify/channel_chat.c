/*
 * channel_chat.c - notices for operators in a chat room, by an incoming webhook in Slack's format
 * ({"text":"..."}), which Mattermost, Rocket.Chat and Discord (/slack) take too.
 */
#include "base/json_out.h"
#include "base/log.h"
#include "notify/channel.h"

static bool chat_open(struct channel *channel)
{
    if (channel->settings->chat_url[0] != '\0')
        return true;
    log_error("channel lacks settings", "channel=chat settings=chat_url");
    return false;
}

/* Slack reads &, < and > as its own mark-up. */
static void append_escaped(struct buffer *out, struct text text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        if (text.data[i] == '&')
            buffer_append_text(out, TEXT("&amp;"));
        else if (text.data[i] == '<')
            buffer_append_text(out, TEXT("&lt;"));
        else if (text.data[i] == '>')
            buffer_append_text(out, TEXT("&gt;"));
        else
            buffer_append(out, &text.data[i], 1);
    }
}

static enum channel_answer chat_send(struct channel *channel, const struct message *message,
                                     struct transfer *transfer)
{
    struct json_out json;
    struct buffer line;
    buffer_init(&line, 256);
    append_escaped(&line, message->brief);
    json_out_init(&json, &transfer->body);
    json_out_object_begin(&json);
    json_out_key(&json, "text");
    json_out_text(&json, buffer_text(&line));
    json_out_object_end(&json);
    buffer_release(&line);
    transfer_post(transfer, channel->settings->chat_url, "application/json");
    return CHANNEL_UNDER_WAY;
}

const struct channel_ops channel_chat = {
    .name = "chat",
    .kind = CHANNEL_CHAT,
    .open = chat_open,
    .send = chat_send,
};
