/*
 * channel_webhook.h - the channel behind every registered address. What is sent is signed as
 * standardwebhooks.com has it:
 *
 *   webhook-id: evt_...          the same at every try
 *   webhook-timestamp: seconds   of this try
 *   webhook-signature: v1,base64(HMAC-SHA256(key, id "." timestamp "." body))
 *
 * The key is what stands behind whsec_ in base64. Anything but 2xx is tried again; 410 is not.
 */
#ifndef NOTIFY_CHANNEL_WEBHOOK_H
#define NOTIFY_CHANNEL_WEBHOOK_H

#include "notify/channel.h"
#include "notify/ledger_webhooks.h"

/* channel->state. */
struct webhook_target {
    char url[WEBHOOK_URL_MAX + 1];
    uint8_t key[WEBHOOK_KEY_SIZE];
    uint64_t (*now_ms)(void);
};

extern const struct channel_ops channel_webhook;

enum { WEBHOOK_SIGNATURE_SIZE = 64 };
/* "v1,..." */
void webhook_sign(const uint8_t key[WEBHOOK_KEY_SIZE], struct text id, uint64_t timestamp_s,
                  struct text body, char signature_out[WEBHOOK_SIGNATURE_SIZE]);

#endif
