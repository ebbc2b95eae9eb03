/*
 * shop_client.h - the requests of the API as functions, on one connection (http_client.h). One
 * thread.
 */
#ifndef CLI_SHOP_CLIENT_H
#define CLI_SHOP_CLIENT_H

#include "base/arena.h"
#include "cli/replay/http_client.h"

#include <stdint.h>

enum { SHOP_ID_SIZE = 48 };

struct shop_client {
    struct http_client *http;
    struct buffer body; /* of the request */
    struct buffer path;
};

struct shop_cart {
    char id[SHOP_ID_SIZE];
    char token[SHOP_ID_SIZE];
};

struct shop_item {
    const char *id; /* of the product, or of the order's line */
    uint32_t quantity;
};

struct shop_contact {
    const char *name;
    const char *email;
    const char *country; /* of the shipping address; "" = no address */
};

void shop_client_open(struct shop_client *client, const char *url, const char *operator_key);
void shop_client_close(struct shop_client *client);

/* `customer` is an id, with which an operator opens a customer's cart, or NULL for a guest's. */
struct http_answer shop_client_open_cart(struct shop_client *client, const char *customer,
                                         struct shop_cart *cart_out);
struct http_answer shop_client_add_items(struct shop_client *client, const struct shop_cart *cart,
                                         const struct shop_item *items, uint32_t item_count);
struct http_answer shop_client_view_cart(struct shop_client *client, const struct shop_cart *cart);
struct http_answer shop_client_checkout(struct shop_client *client, const struct shop_cart *cart,
                                        const char *key, const struct shop_contact *contact);

/* As operator. `action`: "confirm", "ship", "deliver". */
struct http_answer shop_client_move_order(struct shop_client *client, const char *order,
                                          const char *action);
/* No items = everything that is left. */
struct http_answer shop_client_cancel(struct shop_client *client, const char *order,
                                      const struct shop_item *items, uint32_t item_count,
                                      const char *reason);
struct http_answer shop_client_view_order(struct shop_client *client, const char *order);
/* Puts pieces on the shelf of `main`: reason "received", "returned", or "counted" (absolute). */
struct http_answer shop_client_move_stock(struct shop_client *client, const struct shop_item *items,
                                          uint32_t item_count, const char *reason);
struct http_answer shop_client_view_stock(struct shop_client *client, const char *product);
struct http_answer shop_client_find_sku(struct shop_client *client, struct text sku);
struct http_answer shop_client_make_customer(struct shop_client *client,
                                             const struct shop_contact *contact, bool is_member);
/* Any other request with a JSON body; NULL = none. */
struct http_answer shop_client_send(struct shop_client *client, const char *method,
                                    const char *path, const char *body);

/* Sum of a number over the items of a stock answer: "on_hand", "reserved". */
int64_t shop_client_sum(const json_t *answer, const char *key);
/* Id of the first of `items`; "" when there is none. */
const char *shop_client_first_id(const json_t *answer);

#endif
