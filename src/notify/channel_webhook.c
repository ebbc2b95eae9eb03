#include "notify/channel_webhook.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { HTTP_GONE = 410, MS_PER_S = 1000, NUMBER_SIZE = 24 };

void webhook_sign(const uint8_t key[WEBHOOK_KEY_SIZE], struct text id, uint64_t timestamp_s,
                  struct text body, char signature_out[WEBHOOK_SIGNATURE_SIZE])
{
    crypto_auth_hmacsha256_state state;
    uint8_t tag[crypto_auth_hmacsha256_BYTES];
    char number[NUMBER_SIZE];
    int length = snprintf(number, sizeof(number), ".%llu.", (unsigned long long)timestamp_s);
    (void)crypto_auth_hmacsha256_init(&state, key, WEBHOOK_KEY_SIZE);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)id.data, id.length);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)number,
                                        (unsigned long long)length);
    (void)crypto_auth_hmacsha256_update(&state, (const uint8_t *)body.data, body.length);
    (void)crypto_auth_hmacsha256_final(&state, tag);
    memcpy(signature_out, "v1,", sizeof("v1,"));
    ensure(sodium_bin2base64(signature_out + 3, WEBHOOK_SIGNATURE_SIZE - 3, tag, sizeof(tag),
                             sodium_base64_VARIANT_ORIGINAL) != NULL);
}

static enum channel_answer webhook_send(struct channel *channel, const struct message *message,
                                        struct transfer *transfer)
{
    const struct webhook_target *target = channel->state;
    char signature[WEBHOOK_SIGNATURE_SIZE];
    char number[NUMBER_SIZE];
    uint64_t timestamp_s = target->now_ms() / MS_PER_S;
    buffer_append_text(&transfer->body, message->data);
    webhook_sign(target->key, message->id, timestamp_s, buffer_text(&transfer->body), signature);
    (void)snprintf(number, sizeof(number), "%llu", (unsigned long long)timestamp_s);
    transfer_header(transfer, "webhook-id", message->id);
    transfer_header(transfer, "webhook-timestamp", text_of(number));
    transfer_header(transfer, "webhook-signature", text_of(signature));
    transfer_post(transfer, target->url, "application/json");
    if (!channel->settings->webhooks_may_be_private)
        transfer_guard(transfer);
    return CHANNEL_UNDER_WAY;
}

static enum channel_answer webhook_judge(const struct transfer *transfer)
{
    if (transfer->is_forbidden)
        return CHANNEL_REFUSED;
    enum channel_answer answer = transfer_judge_http(transfer);
    return answer == CHANNEL_REFUSED && transfer->status != HTTP_GONE ? CHANNEL_AGAIN : answer;
}

const struct channel_ops channel_webhook = {
    .name = "webhook",
    .kind = CHANNEL_WEBHOOK,
    .send = webhook_send,
    .judge = webhook_judge,
};
