#include "cli/notice_settings.h"

#include "base/log.h"

bool notice_settings_read(const struct config *config, struct notify_settings *settings_out)
{
    enum language language;
    char quoted[LOG_QUOTED_SIZE];
    if (!language_find(text_of(config->language), &language)) {
        log_error("no such language", "name=%s", log_quoted(text_of(config->language), quoted));
        return false;
    }
    *settings_out = (struct notify_settings){
        .channels = config->channels,
        .folder = config->data,
        .templates = config->templates,
        .shop_name = config->shop_name,
        .order_url = config->order_url,
        .cart_url = config->cart_url,
        .reset_url = config->reset_url,
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

struct kafka_settings kafka_settings_of(const struct config *config)
{
    return (struct kafka_settings){
        .brokers = config->kafka_brokers,
        .topic_prefix = config->kafka_topic_prefix,
        .config_file = config->kafka_config_file,
    };
}
