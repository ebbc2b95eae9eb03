#include "api/problem.h"

#include "base/json_out.h"
#include "shop/order.h"

#include <string.h>

static const struct problem edge_problems[EDGE_PROBLEM_COUNT] = {
    [EDGE_INVALID_REQUEST] = {400, "invalid_request", "The request is not valid", NULL,
                              "see errors for what is wrong with each field"},
    [EDGE_INVALID_CURSOR] = {400, "invalid_cursor", "The cursor is not of this list", "cursor",
                             "start again without a cursor, and keep the filters while paging"},
    [EDGE_IDEMPOTENCY_KEY_REQUIRED] =
        {400, "idempotency_key_required", "An Idempotency-Key is required", "Idempotency-Key",
         "send a header of 1 to 200 visible characters, the same one when trying again"},
    [EDGE_IDEMPOTENCY_KEY_INVALID] = {400, "idempotency_key_invalid", "The key cannot be used",
                                      "Idempotency-Key",
                                      "1 to 200 visible ASCII characters; without a credential at "
                                      "least 16, which nobody guesses"},
    [EDGE_UNAUTHORIZED] = {401, "unauthorized", "Who are you?", NULL,
                           "send Authorization: Bearer with a key or token, or Cart-Token"},
    [EDGE_INVALID_TOKEN] = {401, "invalid_token", "The key or token is not valid", NULL,
                            "it is not one of this store, or its time is over"},
    [EDGE_FORBIDDEN] = {403, "forbidden", "This is not for you to do", NULL,
                        "a token opens what is its owner's; the rest is for operators"},
    [EDGE_SIGNATURE_INVALID] =
        {401, "invalid_signature", "The signature is not valid", "Shopd-Signature",
         "it is t=SECONDS,v1=HEX: HMAC-SHA256 of SECONDS.BODY under a secret "
         "of this shop"},
    [EDGE_SIGNATURE_EXPIRED] = {401, "signature_expired", "The callback is too old or too new",
                                "Shopd-Signature",
                                "sign it anew with the time of sending, and look at your clock"},
    [EDGE_CALLBACKS_OFF] = {403, "callbacks_off", "Callbacks are not taken", NULL,
                            "the shop has no secret to check their signature by"},
    [EDGE_TOO_MANY_TRIES] = {429, "too_many_tries", "Too many tries", NULL,
                             "wait as long as Retry-After says; nothing was compared"},
    [EDGE_COUNTRY_FIXED] = {409, "country_fixed", "The order goes to another country",
                            "shipping_address.country",
                            "the price was agreed on for that country: ask an operator, or cancel"},
    [EDGE_NOT_FOUND] = {404, "not_found", "There is nothing here", NULL,
                        "see /openapi.json for the routes"},
    [EDGE_CART_UNKNOWN] = {404, "cart_unknown", "No such cart", NULL,
                           "there is no such cart, or it is not opened by this token"},
    [EDGE_REGION_UNKNOWN] = {404, "region_unknown", "No such region", "Region",
                             "this is not the region that is served here"},
    [EDGE_METHOD_NOT_ALLOWED] = {405, "method_not_allowed", "Not with this method", NULL,
                                 "the Allow header lists the methods of this address"},
    [EDGE_BODY_TOO_LARGE] = {413, "body_too_large", "The body is too large", NULL,
                             "this address takes smaller bodies"},
    [EDGE_UNSUPPORTED_MEDIA_TYPE] = {415, "unsupported_media_type", "The body is of another type",
                                     "Content-Type",
                                     "send application/json, or application/x-ndjson to /v1/bulk"},
    [EDGE_RATE_LIMITED] = {429, "rate_limited", "Too many requests", NULL,
                           "nothing was done; wait as Retry-After says"},
};

struct problem problem_of_edge(enum edge_problem edge)
{
    ensure(edge < EDGE_PROBLEM_COUNT);
    return edge_problems[edge];
}

struct problem problem_of(enum err_code code)
{
    switch (code) {
    case ERR_NONE:
    case ERR_ASLEEP:
    case ERR_CODE_COUNT:
        break;
#define PROBLEM(err, ...)                                                                          \
    case err:                                                                                      \
        return (struct problem){__VA_ARGS__};
#include "api/problems.def"
#undef PROBLEM
    }
    check_failed("this code is answered", __FILE__, __LINE__);
}

uint32_t problem_retry_s(struct err err)
{
    if (problem_of(err.code).status != 503)
        return 0;
    bool has_seconds = err.code == ERR_OVERLOADED || err.code == ERR_SEARCH_AWAY;
    bool is_known = has_seconds && err.value >= 1 && err.value <= 600;
    return is_known ? (uint32_t)err.value : 1;
}

static bool append_if(struct buffer *out, struct text *rest, struct text name, struct text value)
{
    if (!text_starts_with(*rest, name))
        return false;
    buffer_append_text(out, value);
    rest->data += name.length;
    rest->length -= name.length;
    return true;
}

/* The number's digits, without printf. */
static struct text digits_of(uint64_t value, char digits_out[20])
{
    uint32_t at = 20;
    do {
        digits_out[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    return (struct text){digits_out + at, 20 - at};
}

static void expand(struct buffer *out, struct text pattern, struct err err)
{
    char index_digits[20];
    char value_digits[20];
    struct text index = digits_of(err.index, index_digits);
    struct text value = digits_of(err.value, value_digits);
    struct text state = err.value < ORDER_STATE_COUNT && err.code == ERR_ORDER_TRANSITION
                            ? text_of(order_state_name((enum order_state)err.value))
                            : TEXT("in another state");
    while (pattern.length > 0) {
        if (append_if(out, &pattern, TEXT("{index}"), index) ||
            append_if(out, &pattern, TEXT("{value}"), value) ||
            append_if(out, &pattern, TEXT("{state}"), state))
            continue;
        buffer_append(out, pattern.data, 1);
        pattern.data++;
        pattern.length--;
    }
}

/* The texts of a problem hold nothing that JSON would escape. */
static void write_expanded(struct json_out *json, const char *pattern, struct err err)
{
    json_out_raw(json, TEXT("\""));
    expand(json->buffer, text_of(pattern), err);
    buffer_append(json->buffer, "\"", 1);
}

static void write_field_error(struct json_out *json, const struct field_error *error)
{
    json_out_object_begin(json);
    json_out_key(json, "field");
    json_out_text(json, error->field);
    json_out_key(json, "code");
    json_out_text(json, text_of(error->code));
    json_out_key(json, "detail");
    json_out_text(json, error->detail);
    if (error->product_id.length > 0) {
        json_out_key(json, "product_id");
        json_out_text(json, error->product_id);
    }
    if (error->order_id.length > 0) {
        json_out_key(json, "order_id");
        json_out_text(json, error->order_id);
    }
    if (error->name.length > 0) {
        json_out_key(json, "name");
        json_out_text(json, error->name);
    }
    if (error->has_stock) {
        json_out_key(json, "wanted");
        json_out_u64(json, error->wanted);
        json_out_key(json, "available");
        json_out_u64(json, error->available);
    }
    json_out_object_end(json);
}

static void write_own_field(struct json_out *json, const struct problem *problem, struct err err)
{
    json_out_object_begin(json);
    json_out_key(json, "field");
    write_expanded(json, problem->field, err);
    json_out_key(json, "code");
    json_out_text(json, text_of(problem->code));
    json_out_key(json, "detail");
    write_expanded(json, problem->detail, err);
    json_out_object_end(json);
}

void problem_write(struct buffer *body, const struct problem *problem, struct err err,
                   struct text request_id, const struct field_errors *errors)
{
    struct json_out json;
    json_out_init(&json, body);
    json_out_object_begin(&json);
    json_out_key(&json, "type");
    json_out_raw(&json, TEXT("\"/docs#"));
    buffer_append_text(body, text_of(problem->code));
    buffer_append(body, "\"", 1);
    json_out_key(&json, "title");
    json_out_text(&json, text_of(problem->title));
    json_out_key(&json, "status");
    json_out_u64(&json, (uint64_t)problem->status);
    json_out_key(&json, "code");
    json_out_text(&json, text_of(problem->code));
    json_out_key(&json, "detail");
    write_expanded(&json, problem->detail, err);
    json_out_key(&json, "request_id");
    json_out_text(&json, request_id);
    json_out_key(&json, "errors");
    json_out_array_begin(&json);
    uint32_t count = errors == NULL ? 0 : errors->count;
    for (uint32_t i = 0; i < count; i++)
        write_field_error(&json, &errors->items[i]);
    if (count == 0 && problem->field != NULL)
        write_own_field(&json, problem, err);
    json_out_array_end(&json);
    json_out_object_end(&json);
}
