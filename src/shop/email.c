#include "shop/email.h"

#include "shop/contact.h"

#include <string.h>

void email_tag(const uint8_t secret[HASH_SECRET_SIZE], struct text email,
               uint8_t tag_out[EMAIL_TAG_SIZE])
{
    char bytes[5 + CONTACT_EMAIL_MAX] = {'e', 'm', 'a', 'i', 'l'};
    struct text trimmed = text_trim(email);
    ensure(trimmed.length <= CONTACT_EMAIL_MAX);
    for (uint32_t i = 0; i < trimmed.length; i++) {
        char c = trimmed.data[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        bytes[5 + i] = c;
    }
    hash_keyed(secret, bytes, 5 + trimmed.length, tag_out);
}
