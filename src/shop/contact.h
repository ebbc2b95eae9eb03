/*
 * contact.h - personal data, kept apart from events so that it can be erased. Events carry the
 * number alone. The rows live in the store, are written in the same commit as the event that names
 * them, and are read back by loader threads; the newest are in memory, too (recent_contacts.h). A
 * contact whose number is known already changes that row: what is not given stays.
 */
#ifndef SHOP_CONTACT_H
#define SHOP_CONTACT_H

#include "base/text.h"

#include <stdint.h>

enum {
    CONTACT_NAME_MAX = 200,
    CONTACT_EMAIL_MAX = 254, /* RFC 5321 section 4.5.3.1.3 */
    CONTACT_PHONE_MAX = 32,
    CONTACT_ADDRESS_MAX = 2000, /* as compact JSON */
    CONTACT_METADATA_MAX = 8000,
    CONTACT_ADDRESSES_MAX = 32000,
    CONTACT_PREFERENCES_MAX = 2000,
    CONTACT_PASSWORD_MAX = 128, /* hashed, as libsodium writes it */
};

struct contact {
    uint64_t number;
    uint64_t replaces; /* a contact that goes into this one: what is not given here stays as it was
                          there */
    uint32_t customer; /* 0 = guest */
    struct text name;
    struct text email;
    struct text phone;
    struct text shipping_address; /* compact JSON object, or TEXT_NONE */
    struct text billing_address;  /* compact JSON object, or TEXT_NONE */
    struct text metadata;         /* compact JSON object, or TEXT_NONE */
    /* Of a customer's own contact alone, TEXT_NONE in others. */
    struct text addresses;   /* compact JSON array */
    struct text preferences; /* compact JSON object: which notices, in which language */
    struct text password;    /* argon2id, with its salt */
    struct text email_tag;   /* EMAIL_TAG_SIZE bytes (email.h): holds the e-mail address */
};

#endif
