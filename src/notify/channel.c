#include "notify/channel.h"

#define CHANNEL(name) extern const struct channel_ops channel_##name;
#include "notify/channels.def"
#undef CHANNEL

static const struct channel_ops *const channels[] = {
#define CHANNEL(name) &channel_##name,
#include "notify/channels.def"
#undef CHANNEL
};

const struct channel_ops *channel_find(struct text name)
{
    for (uint32_t i = 0; i < countof(channels); i++) {
        if (text_equal(name, text_of(channels[i]->name)))
            return channels[i];
    }
    return NULL;
}

bool channel_takes(const struct channel_ops *ops, enum audience audience)
{
    switch (ops->kind) {
    case CHANNEL_SMS:
    case CHANNEL_PUSH:
        return audience == AUDIENCE_CUSTOMER;
    case CHANNEL_WEBHOOK:
        return false; /* each says what it wants */
    case CHANNEL_CHAT:
        return audience == AUDIENCE_OPERATORS;
    case CHANNEL_EMAIL:
    case CHANNEL_LOCAL:
        return true;
    }
    return false;
}

bool channel_reaches(const struct channel_ops *ops, const struct message *message)
{
    switch (ops->kind) {
    case CHANNEL_EMAIL:
        return message->email.length > 0;
    case CHANNEL_SMS:
        return message->phone.length > 0;
    case CHANNEL_PUSH:
        return message->topic.length > 0;
    case CHANNEL_CHAT:
    case CHANNEL_LOCAL:
    case CHANNEL_WEBHOOK:
        return true;
    }
    return false;
}
