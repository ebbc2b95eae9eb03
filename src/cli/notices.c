#include "cli/notices.h"

#include "api/public_id.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

enum { FOLLOW_LINGER_MS = 20 };

static void write_id(const void *context, enum notice_id type, uint64_t number,
                     char id_out[NOTICE_ID_SIZE])
{
    const struct notices *notices = context;
    static const enum public_id_type types[] = {[NOTICE_ID_ORDER] = ID_ORDER,
                                                [NOTICE_ID_PRODUCT] = ID_PRODUCT,
                                                [NOTICE_ID_CUSTOMER] = ID_CUSTOMER,
                                                [NOTICE_ID_CART] = ID_CART};
    char id[PUBLIC_ID_SIZE];
    public_id_write(notices->secret, types[type], number, id);
    (void)snprintf(id_out, NOTICE_ID_SIZE, "%s", id);
}

static bool read_settings(struct notices *notices, const struct config *config)
{
    enum language language;
    char quoted[LOG_QUOTED_SIZE];
    if (!language_find(text_of(config->language), &language)) {
        log_error("no such language", "name=%s", log_quoted(text_of(config->language), quoted));
        return false;
    }
    notices->settings = (struct notify_settings){
        .channels = config->channels,
        .folder = config->data,
        .templates = config->templates,
        .shop_name = config->shop_name,
        .order_url = config->order_url,
        .cart_url = config->cart_url,
        .reset_url = config->reset_url,
        .secret = notices->secret,
        .language = language,
        .operator_email = config->operator_email,
        .email_from = config->email_from,
        .smtp_url = config->smtp_url,
        .smtp_user = config->smtp_user,
        .smtp_password = config->smtp_password,
        .smtp_ca_file = config->smtp_ca_file,
        .smtp_starttls = config->smtp_starttls == 1,
        .sendgrid_url = config->sendgrid_url,
        .sendgrid_key = config->sendgrid_key,
        .twilio_url = config->twilio_url,
        .twilio_account = config->twilio_account,
        .twilio_token = config->twilio_token,
        .twilio_from = config->twilio_from,
        .fcm_url = config->fcm_url,
        .fcm_account_file = config->fcm_account_file,
        .chat_url = config->chat_url,
        .webhook_retry_hours = config->webhook_retry_hours,
        .webhooks_may_be_private = config->webhook_private == 1,
        .workers_max = config->notice_workers_max,
        .timeout_ms = config->notice_timeout_ms,
        .retry_hours = config->notice_retry_hours,
        .email_rate = config->email_rate,
        .sms_rate = config->sms_rate,
        .push_rate = config->push_rate,
    };
    return true;
}

static bool open_parts(struct notices *notices, const struct config *config, struct open_shop *open)
{
    if (!read_settings(notices, config) ||
        ledger_open(config->data, open->shop.timeline, &notices->ledger).code != ERR_NONE)
        return false;
    const struct courier_options courier = {.ledger = notices->ledger,
                                            .store = open->store,
                                            .settings = &notices->settings,
                                            .now_ms = clock_wall_ms};
    notices->courier = courier_open(&courier);
    return notices->courier != NULL;
}

static void add_follower(struct notices *notices, const struct open_shop *open,
                         const struct follower_ops *ops, void *context)
{
    const struct follower_options options = {.ops = ops,
                                             .context = context,
                                             .feed = open->feed,
                                             .store = open->store,
                                             .linger_ms = FOLLOW_LINGER_MS,
                                             .now_ms = clock_wall_ms};
    ensure(notices->follower_count < FOLLOWERS_MAX);
    notices->followers[notices->follower_count++] = follower_open(&options);
}

bool notices_open(struct notices *notices, const struct config *config, struct open_shop *open)
{
    *notices = (struct notices){0};
    store_secret(open->store, notices->secret);
    if (!open_parts(notices, config, open)) {
        notices_close(notices);
        return false;
    }
    const struct notice_follower_options follower = {
        .executor = open->executor,
        .ledger = notices->ledger,
        .courier = notices->courier,
        .feed = open->feed,
        .writer = {.timeline = open->shop.timeline,
                   .view = open->view,
                   .write_id = write_id,
                   .id_context = notices,
                   .tracking_url = config->tracking_url},
    };
    notices->notice_follower = notice_follower_open(&follower);
    add_follower(notices, open, &notice_follower_ops, notices->notice_follower);
    struct live_options live = {
        .executor = open->executor, .feed = open->feed, .streams_max = config->streams_max};
    memcpy(live.secret, notices->secret, sizeof(live.secret));
    notices->live = live_open(&live);
    add_follower(notices, open, &live_follower_ops, notices->live);
    return true;
}

void notices_start(struct notices *notices)
{
    courier_start(notices->courier);
    for (uint32_t i = 0; i < notices->follower_count; i++)
        follower_start(notices->followers[i]);
}

void notices_stop(struct notices *notices)
{
    for (uint32_t i = 0; i < notices->follower_count; i++)
        follower_stop(notices->followers[i]);
}

void notices_close(struct notices *notices)
{
    for (uint32_t i = 0; i < notices->follower_count; i++)
        follower_close(notices->followers[i]);
    notices->follower_count = 0;
    live_close(notices->live);
    notices->live = NULL;
    courier_close(notices->courier);
    notice_follower_close(notices->notice_follower);
    ledger_close(notices->ledger);
    notices->courier = NULL;
    notices->notice_follower = NULL;
    notices->ledger = NULL;
}
