/*
 * message.h - one notice in words: what a channel sends. Made anew for each try, from the
 * delivery's data, the receiver's contact as it is now, and the templates.
 */
#ifndef NOTIFY_MESSAGE_H
#define NOTIFY_MESSAGE_H

#include "base/arena.h"
#include "notify/ledger.h"
#include "notify/settings.h"
#include "notify/templates.h"
#include "shop/contact.h"

struct message {
    struct text id; /* of the event, the same at every try: "evt_TIMELINE_NUMBER" and the notice */
    enum notice notice;
    uint64_t event;
    uint64_t subject_number; /* the order or product it is about */
    uint64_t created_ms;     /* when it happened */
    uint64_t contact;        /* 0 = to the operators */
    struct text name;        /* of the receiver; may be none, like the next two */
    struct text email;
    struct text phone;
    struct text topic; /* for push */
    struct text subject;
    struct text plain;
    struct text html;
    struct text brief; /* for a telephone's screen, one paragraph */
    struct text data;  /* JSON, never personal */
};

/* `contact` NULL: to the operators. `templates` NULL: without words, the data alone. False when the
 * data or a template is not well-formed. Texts live in the arena. */
bool message_make(const struct delivery *delivery, const struct contact *contact,
                  const struct notify_settings *settings, const struct templates *templates,
                  struct arena *arena, struct message *message_out) MUST_USE;

#endif
