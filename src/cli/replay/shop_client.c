#include "cli/replay/shop_client.h"

#include "base/json_out.h"

#include <stdio.h>

void shop_client_open(struct shop_client *client, const char *url, const char *operator_key)
{
    client->http = http_client_open(url, operator_key);
    buffer_init(&client->body, 4096);
    buffer_init(&client->path, 256);
}

void shop_client_close(struct shop_client *client)
{
    http_client_close(client->http);
    buffer_release(&client->body);
    buffer_release(&client->path);
}

static struct json_out begin_body(struct shop_client *client)
{
    struct json_out json;
    buffer_reset(&client->body);
    json_out_init(&json, &client->body);
    json_out_object_begin(&json);
    return json;
}

static void put_text(struct json_out *json, const char *key, const char *value)
{
    json_out_key(json, key);
    json_out_text(json, text_of(value));
}

/* The path of /v1/COLLECTION/ID/ACTION, as a string; without an action it ends at the id. */
static const char *make_path(struct shop_client *client, const char *collection, const char *id,
                             const char *action)
{
    buffer_reset(&client->path);
    buffer_printf(&client->path, "/v1/%s/%s%s%s", collection, id, action ? "/" : "",
                  action ? action : "");
    buffer_append(&client->path, "", 1);
    return client->path.data;
}

static struct http_answer send_as_operator(struct shop_client *client, const char *method,
                                           const char *path)
{
    struct http_request request = {
        .method = method, .path = path, .body = buffer_text(&client->body), .as_operator = true};
    return http_client_send(client->http, &request);
}

struct http_answer shop_client_send(struct shop_client *client, const char *method,
                                    const char *path, const char *body)
{
    struct http_request request = {
        .method = method, .path = path, .body = text_of(body), .as_operator = true};
    return http_client_send(client->http, &request);
}

struct http_answer shop_client_open_cart(struct shop_client *client, const char *customer,
                                         struct shop_cart *cart_out)
{
    struct json_out json = begin_body(client);
    if (customer)
        put_text(&json, "customer_id", customer);
    json_out_object_end(&json);
    struct http_request request = {.method = "POST",
                                   .path = "/v1/carts",
                                   .body = buffer_text(&client->body),
                                   .as_operator = customer != NULL};
    struct http_answer answer = http_client_send(client->http, &request);
    (void)snprintf(cart_out->id, sizeof(cart_out->id), "%s", http_json_text(answer.json, "id"));
    (void)snprintf(cart_out->token, sizeof(cart_out->token), "%s",
                   http_json_text(answer.json, "token"));
    return answer;
}

struct http_answer shop_client_add_items(struct shop_client *client, const struct shop_cart *cart,
                                         const struct shop_item *items, uint32_t item_count)
{
    struct json_out json = begin_body(client);
    json_out_key(&json, "items");
    json_out_array_begin(&json);
    for (uint32_t i = 0; i < item_count; i++) {
        json_out_object_begin(&json);
        put_text(&json, "product_id", items[i].id);
        json_out_key(&json, "quantity");
        json_out_u64(&json, items[i].quantity);
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    json_out_object_end(&json);
    struct http_request request = {.method = "POST",
                                   .path = make_path(client, "carts", cart->id, "items"),
                                   .body = buffer_text(&client->body),
                                   .cart_token = cart->token};
    return http_client_send(client->http, &request);
}

struct http_answer shop_client_view_cart(struct shop_client *client, const struct shop_cart *cart)
{
    struct http_request request = {.method = "GET",
                                   .path = make_path(client, "carts", cart->id, NULL),
                                   .cart_token = cart->token};
    return http_client_send(client->http, &request);
}

static void put_address(struct json_out *json, const struct shop_contact *contact)
{
    json_out_key(json, "shipping_address");
    json_out_object_begin(json);
    put_text(json, "name", contact->name);
    put_text(json, "line1", "1 Main St");
    put_text(json, "city", "Springfield");
    put_text(json, "postal_code", "62704");
    put_text(json, "country", contact->country);
    json_out_object_end(json);
}

static void put_contact(struct json_out *json, const struct shop_contact *contact)
{
    put_text(json, "name", contact->name);
    put_text(json, "email", contact->email);
}

struct http_answer shop_client_checkout(struct shop_client *client, const struct shop_cart *cart,
                                        const char *key, const struct shop_contact *contact)
{
    struct json_out json = begin_body(client);
    json_out_key(&json, "contact");
    json_out_object_begin(&json);
    put_contact(&json, contact);
    json_out_object_end(&json);
    if (contact->country[0] != '\0')
        put_address(&json, contact);
    json_out_object_end(&json);
    struct http_request request = {.method = "POST",
                                   .path = make_path(client, "carts", cart->id, "checkout"),
                                   .body = buffer_text(&client->body),
                                   .cart_token = cart->token,
                                   .idempotency_key = key};
    return http_client_send(client->http, &request);
}

struct http_answer shop_client_move_order(struct shop_client *client, const char *order,
                                          const char *action)
{
    struct json_out json = begin_body(client);
    json_out_object_end(&json);
    return send_as_operator(client, "POST", make_path(client, "orders", order, action));
}

struct http_answer shop_client_cancel(struct shop_client *client, const char *order,
                                      const struct shop_item *items, uint32_t item_count,
                                      const char *reason)
{
    struct json_out json = begin_body(client);
    put_text(&json, "reason", reason);
    if (item_count > 0) {
        json_out_key(&json, "lines");
        json_out_array_begin(&json);
        for (uint32_t i = 0; i < item_count; i++) {
            json_out_object_begin(&json);
            put_text(&json, "line_id", items[i].id);
            json_out_key(&json, "quantity");
            json_out_u64(&json, items[i].quantity);
            json_out_object_end(&json);
        }
        json_out_array_end(&json);
    }
    json_out_object_end(&json);
    return send_as_operator(client, "POST", make_path(client, "orders", order, "cancel"));
}

struct http_answer shop_client_view_order(struct shop_client *client, const char *order)
{
    buffer_reset(&client->body);
    return send_as_operator(client, "GET", make_path(client, "orders", order, NULL));
}

struct http_answer shop_client_move_stock(struct shop_client *client, const struct shop_item *items,
                                          uint32_t item_count, const char *reason)
{
    struct json_out json;
    bool is_counted = text_equal(text_of(reason), TEXT("counted"));
    buffer_reset(&client->body);
    json_out_init(&json, &client->body);
    json_out_array_begin(&json);
    for (uint32_t i = 0; i < item_count; i++) {
        json_out_object_begin(&json);
        put_text(&json, "product_id", items[i].id);
        put_text(&json, "location", "main");
        put_text(&json, "reason", reason);
        json_out_key(&json, is_counted ? "on_hand" : "quantity");
        json_out_u64(&json, items[i].quantity);
        json_out_object_end(&json);
    }
    json_out_array_end(&json);
    return send_as_operator(client, "POST", "/v1/stock/movements");
}

struct http_answer shop_client_view_stock(struct shop_client *client, const char *product)
{
    buffer_reset(&client->body);
    buffer_reset(&client->path);
    buffer_printf(&client->path, "/v1/stock?product_id=%s", product);
    buffer_append(&client->path, "", 1);
    return send_as_operator(client, "GET", client->path.data);
}

struct http_answer shop_client_find_sku(struct shop_client *client, struct text sku)
{
    buffer_reset(&client->body);
    buffer_reset(&client->path);
    buffer_append_text(&client->path, TEXT("/v1/products?limit=1&sku="));
    http_append_encoded(&client->path, sku);
    buffer_append(&client->path, "", 1);
    return send_as_operator(client, "GET", client->path.data);
}

struct http_answer shop_client_make_customer(struct shop_client *client,
                                             const struct shop_contact *contact, bool is_member)
{
    struct json_out json = begin_body(client);
    put_contact(&json, contact);
    json_out_key(&json, "member");
    json_out_bool(&json, is_member);
    json_out_object_end(&json);
    return send_as_operator(client, "POST", "/v1/customers");
}

int64_t shop_client_sum(const json_t *answer, const char *key)
{
    const json_t *items = json_object_get(answer, "items");
    int64_t sum = 0;
    for (size_t i = 0; i < json_array_size(items); i++)
        sum += http_json_number(json_array_get(items, i), key);
    return sum;
}

const char *shop_client_first_id(const json_t *answer)
{
    return http_json_text(json_array_get(json_object_get(answer, "items"), 0), "id");
}
