/* settings.h - what notices need to know of the configuration. Borrowed texts, never logged. */
#ifndef NOTIFY_SETTINGS_H
#define NOTIFY_SETTINGS_H

#include "notify/notice.h"

#include <stdbool.h>
#include <stdint.h>

struct notify_settings {
    const char *channels;  /* names of channels.def, with commas between */
    const char *folder;    /* the data folder */
    const char *templates; /* a folder whose files go before the built-in ones; "" = none */
    const char *shop_name;
    const char *order_url;    /* with {order} in it; "" = no link */
    const char *cart_url;     /* with {cart} */
    const char *reset_url;    /* with {token} in it; "" = no link */
    const uint8_t *secret;    /* of the store, HASH_SECRET_SIZE bytes: tokens are made with it */
    const char *tracking_url; /* with {carrier} and {number} in it; "" = known carriers only */
    enum language language;
    const char *email_from;
    const char *smtp_url; /* smtp://HOST:PORT or smtps://HOST:PORT */
    const char *smtp_user;
    const char *smtp_password;
    const char *smtp_ca_file;   /* "" = the system's */
    bool smtp_starttls;         /* refuse to speak without */
    const char *operator_email; /* "" = none */
    const char *sendgrid_url;
    const char *sendgrid_key;
    const char *twilio_url;
    const char *twilio_account;
    const char *twilio_token;
    const char *twilio_from; /* a number, or a messaging service (MG...) */
    const char *fcm_url;
    const char *fcm_account_file; /* of the service account, as Google gives it out */
    const char *chat_url;
    uint32_t webhook_retry_hours;
    bool webhooks_may_be_private; /* may call addresses of this machine and of private networks */
    uint32_t workers_max;         /* a channel may grow to so many; each has a batch under way */
    uint32_t timeout_ms;          /* of one call to a provider */
    uint32_t retry_hours;         /* then a delivery is dead */
    uint32_t email_rate;          /* messages a second and worker */
    uint32_t sms_rate;
    uint32_t push_rate;
};

#endif
