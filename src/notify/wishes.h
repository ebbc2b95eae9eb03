/* wishes.h - by which channels, and in which language, somebody wants to be told. */
#ifndef NOTIFY_WISHES_H
#define NOTIFY_WISHES_H

#include "base/arena.h"
#include "notify/channel.h"

struct wishes {
    struct text language; /* "de"; none = the shop's */
    bool has_channels;    /* says by which; else by e-mail */
    bool wants_email;
    bool wants_sms;
    bool wants_push;
};

/* {"channels":["email","sms"],"language":"de-AT"}, as the customer wrote it; what is not
 * well-formed says nothing. The language lives in the arena. */
struct wishes wishes_read(struct text preferences, struct arena *arena);

/* Does a notice go to this channel? `has_contact` is false for who was erased, or gave no contact:
 * nothing is told then. `wishes` NULL = a guest, who hears by e-mail. The token of a forgotten
 * password goes by e-mail, whatever else a customer likes to get. */
bool wishes_allow(const struct wishes *wishes, const struct channel_ops *ops, enum notice notice,
                  bool has_contact);

#endif
