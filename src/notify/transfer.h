/*
 * transfer.h - one call to a provider, run by the courier with libcurl. It is used again for the
 * next one, so a channel sets what it needs each time and frees nothing.
 */
#ifndef NOTIFY_TRANSFER_H
#define NOTIFY_TRANSFER_H

#include "base/buffer.h"
#include "base/text.h"

#include <curl/curl.h>
#include <stdbool.h>

enum { TRANSFER_ANSWER_MAX = 4096 }; /* bytes of a provider's answer that are kept */

struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *recipients;
    curl_mime *mime;
    struct buffer body;   /* what is sent */
    struct buffer answer; /* the beginning of what came back */
    /* Filled in when it has ended. */
    CURLcode code;
    uint32_t status; /* 0 = no answer */
    uint32_t retry_after_s;
    bool is_forbidden; /* the name led to an address that may not be called */
    void *owner;       /* the courier's */
};

void transfer_init(struct transfer *transfer);
void transfer_release(struct transfer *transfer);
/* Ready for the next call. */
void transfer_reset(struct transfer *transfer, uint32_t timeout_ms);
/* "Name: value", copied. */
void transfer_header(struct transfer *transfer, const char *name, struct text value);
/* POSTs transfer->body to the address. */
void transfer_post(struct transfer *transfer, const char *url, const char *content_type);
/* The same to an address made of two parts. */
void transfer_post_to(struct transfer *transfer, const char *base, struct text path,
                      const char *content_type);
/* Appends name=value to the body, percent-encoded, '&' before it where one is due. */
void transfer_form_field(struct transfer *transfer, const char *name, struct text value);
void transfer_bearer(struct transfer *transfer, struct text token);
void transfer_basic(struct transfer *transfer, const char *user, const char *password);
/* Calls public addresses only (address.h). */
void transfer_guard(struct transfer *transfer);
/* Reads code, status and retry_after_s. */
void transfer_ended(struct transfer *transfer, CURLcode code);

#endif
