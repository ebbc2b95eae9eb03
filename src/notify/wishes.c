#include "notify/wishes.h"

#include <jansson.h>

struct wishes wishes_read(struct text preferences, struct arena *arena)
{
    struct wishes wishes = {.language = TEXT_NONE};
    json_t *root = json_loadb(preferences.data, preferences.length, 0, NULL);
    const json_t *channels = json_object_get(root, "channels");
    struct text language = text_of(json_string_value(json_object_get(root, "language")));
    struct text main_part;
    wishes.has_channels = json_is_array(channels);
    for (size_t i = 0; i < json_array_size(channels); i++) {
        struct text name = text_of(json_string_value(json_array_get(channels, i)));
        wishes.wants_email |= text_equal(name, TEXT("email"));
        wishes.wants_sms |= text_equal(name, TEXT("sms"));
        wishes.wants_push |= text_equal(name, TEXT("push"));
    }
    if (text_cut(&language, '-', &main_part))
        wishes.language = arena_copy_text(arena, main_part);
    json_decref(root);
    return wishes;
}

/* Guests hear by e-mail; a customer as it wants, else by e-mail. */
static bool wants(const struct wishes *wishes, enum channel_kind kind)
{
    bool has_said = wishes != NULL && wishes->has_channels;
    switch (kind) {
    case CHANNEL_EMAIL:
        return !has_said || wishes->wants_email;
    case CHANNEL_SMS:
        return has_said && wishes->wants_sms;
    case CHANNEL_PUSH:
        return has_said && wishes->wants_push;
    case CHANNEL_LOCAL:
        return true;
    case CHANNEL_CHAT:
    case CHANNEL_WEBHOOK:
        break;
    }
    return false;
}

bool wishes_allow(const struct wishes *wishes, const struct channel_ops *ops, enum notice notice,
                  bool has_contact)
{
    enum audience audience = notice_audience(notice);
    if (!channel_takes(ops, audience))
        return false;
    if (audience == AUDIENCE_OPERATORS)
        return true;
    return has_contact && wants(notice == NOTICE_password_reset ? NULL : wishes, ops->kind);
}
