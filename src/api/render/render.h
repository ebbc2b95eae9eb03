/*
 * render.h - what leaves as JSON, one function per kind of thing. Each writes one value into
 * `json`; names and SKUs of products come from the view, so all of it runs within
 * view_read_begin()/view_read_end().
 */
#ifndef API_RENDER_H
#define API_RENDER_H

#include "api/call.h"

void render_id(const struct call *call, struct json_out *json, enum public_id_type type,
               uint64_t number);
/* null when the number is 0, the time 0, the text empty. */
void render_id_or_null(const struct call *call, struct json_out *json, enum public_id_type type,
                       uint64_t number);
void render_time_or_null(struct json_out *json, uint64_t at_ms);
void render_text_or_null(struct json_out *json, struct text text);
/* {"amount","currency"} */
void render_money(struct json_out *json, int64_t amount_minor, uint32_t currency);
void render_currency(struct json_out *json, uint32_t currency);
/* [{"type":"subtotal","amount"}, ...] and "total" last: they add up. */
void render_totals(struct json_out *json, const struct order_totals *totals);
/* The names of the rules that gave something: ["bulk"]. `pricing` may be NULL: []. */
void render_rule_names(struct json_out *json, const struct pricing *pricing, uint32_t rule_mask);

/* The members product_id, sku and name of a line. */
void render_product_names(const struct call *call, struct json_out *json, uint32_t number);
void render_product(const struct call *call, struct json_out *json, const struct product *product);
/* "ELECTRONICS > Laptops"; null when there is none. */
void render_category_path(const struct call *call, struct json_out *json, uint32_t category);
void render_category(const struct call *call, struct json_out *json,
                     const struct category *category);

/* `token` is written where length > 0. */
void render_cart(const struct call *call, struct json_out *json, const struct quote *quote,
                 struct text token);

/* What an order shows beside itself, and only to who may see it. */
struct render_contact {
    bool is_shown;
    bool is_known; /* false = erased, or never given: null */
    struct contact contact;
};
void render_order(const struct call *call, struct json_out *json, const struct order *order,
                  const struct pricing *pricing, const struct render_contact *contact);

void render_customer(const struct call *call, struct json_out *json, uint32_t number,
                     const struct customer *customer, const struct contact *contact);
/* `words` may be NULL: there are none any more. */
void render_review(const struct call *call, struct json_out *json, uint32_t number,
                   const struct review *review, const struct contact *words);
void render_pricing(const struct call *call, struct json_out *json, const struct pricing *pricing);
void render_location(const struct call *call, struct json_out *json,
                     const struct location *location);

/* "next_cursor": the cursor as text; NULL: null, as nothing comes behind. */
void render_next_cursor(const struct call *call, struct json_out *json, const struct cursor *next);
/* A reply of items: begins it; ends it with the cursor and answers 200. One that says more than
 * that has an end of its own. */
void render_list_begin(struct call *call, struct json_out *json);
void render_list_end(struct call *call, struct json_out *json, const struct cursor *next);
/* "omitted": what was asked for and left out, because the shop is degraded. */
void render_omitted(struct json_out *json, struct text what);

#endif
