/*
 * email.h - when two e-mail addresses are the same one, and how an address is known without being
 * kept: as a tag under the secret of the store. The tag lies with the contact that has the address
 * and is erased with it (ADR 0020); events have neither.
 */
#ifndef SHOP_EMAIL_H
#define SHOP_EMAIL_H

#include "base/hash.h"
#include "base/text.h"

#include <stdint.h>

enum { EMAIL_TAG_SIZE = HASH_TAG_SIZE };

/* Addresses that differ in the case of ASCII letters alone, or in white space around them, have the
 * same tag. At most CONTACT_EMAIL_MAX bytes. */
void email_tag(const uint8_t secret[HASH_SECRET_SIZE], struct text email,
               uint8_t tag_out[EMAIL_TAG_SIZE]);

#endif
