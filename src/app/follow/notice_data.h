/*
 * notice_data.h - what an event means for people, as JSON: the holes of the templates, and the body
 * that webhooks are sent. Numbers, ids and products; never names, addresses or what people wrote.
 */
#ifndef APP_FOLLOW_NOTICE_DATA_H
#define APP_FOLLOW_NOTICE_DATA_H

#include "base/buffer.h"
#include "notify/notice.h"
#include "search/view.h"
#include "shop/event.h"

enum notice_id {
    NOTICE_ID_ORDER = 0,
    NOTICE_ID_PRODUCT,
    NOTICE_ID_CUSTOMER,
    NOTICE_ID_CART,
    NOTICE_ID_CONTACT,
};
enum { NOTICE_ID_SIZE = 64, NOTICE_LINES_MAX = 50 /* further ones are only counted */ };

struct notice_writer {
    uint64_t timeline;
    const struct view *view;
    /* The id that people see of it. */
    void (*write_id)(const void *context, enum notice_id type, uint64_t number,
                     char id_out[NOTICE_ID_SIZE]);
    const void *id_context;
    const char *tracking_url; /* with {carrier} and {number}; "" = known carriers only */
};

/* "evt_TIMELINE_NUMBER", with "_PRODUCT" behind it where an event tells of several products;
 * product 0 = none. The same however often the event is told. */
void notice_event_id(uint64_t timeline, const struct event *event, uint32_t product,
                     char id_out[NOTICE_ID_SIZE]);

struct notice_event_name {
    uint64_t timeline;
    uint64_t number;
    uint32_t product; /* 0 = none */
};
/* False for anything that notice_event_id() does not write. */
bool notice_event_id_read(struct text id, struct notice_event_name *name_out) MUST_USE;

/* An order as placed. */
void notice_write_placed(const struct notice_writer *writer, const struct event *event,
                         struct buffer *out);
/* An order that moved, as it is now. */
void notice_write_changed(const struct notice_writer *writer, enum notice notice,
                          const struct event *event, const struct order *order, struct buffer *out);
/* A parcel of an order, as the carrier says. */
void notice_write_shipment(const struct notice_writer *writer, const struct event *event,
                           const struct order *order, struct buffer *out);
/* Money that an order does not want, or that is to be paid back. */
void notice_write_payment(const struct notice_writer *writer, enum notice notice,
                          const struct event *event, struct buffer *out);
/* A cart that ends, or has ended (expires_ms 0). */
void notice_write_cart(const struct notice_writer *writer, enum notice notice,
                       const struct event *event, uint64_t cart, uint64_t expires_ms,
                       struct buffer *out);
/* Somebody has forgotten a password; the token is no part of it. */
void notice_write_reset(const struct notice_writer *writer, const struct event *event,
                        struct buffer *out);
/* A product of which few are left. */
void notice_write_low_stock(const struct notice_writer *writer, const struct event *event,
                            uint32_t product, struct buffer *out);

#endif
