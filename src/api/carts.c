/* carts.c - /v1/carts: made without a write where nothing is to be kept, priced whenever shown. */
#include "api/input/fields.h"
#include "api/render/render.h"
#include "api/shortages.h"

/* The cart of the address when the sender may open it; else answers 404. */
static bool cart_of(struct call *call, struct cart_command *command)
{
    if (public_id_read(call->secret, ID_CART, call->parameters[0], &command->cart) &&
        access_opens_cart(&call->access, command->cart)) {
        command->asker = access_asker(&call->access, command->cart);
        return true;
    }
    call_refuse_edge(call, EDGE_CART_UNKNOWN);
    return false;
}

static void reply_cart(struct call *call, int status, struct text token)
{
    const struct cart_command *command = (const struct cart_command *)call->command;
    ensure(command->quote != NULL);
    struct json_out json;
    etag_version(call, ETAG_KEYED, command->quote->version);
    json_out_init(&json, &call->request->reply);
    render_cart(call, &json, command->quote, token);
    call_reply(call, status);
}

static void show_cart(struct call *call)
{
    reply_cart(call, 200, TEXT_NONE);
}

/* A cart takes nothing from the stock, but tells at once what is not there. */
static void refused(struct call *call, struct err err)
{
    const struct cart_command *command = (const struct cart_command *)call->command;
    if (err.code == ERR_OUT_OF_STOCK)
        shortages_refuse(call, "items", command->shortages, command->shortage_count);
    else
        call_refuse(call, err);
}

static struct text new_token(struct call *call, uint64_t cart)
{
    char *token = arena_alloc(call->arena, CART_TOKEN_SIZE);
    cart_token_write(call->secret, cart, token);
    return (struct text){token, CART_TOKEN_LENGTH};
}

static void created(struct call *call)
{
    const struct cart_command *command = (const struct cart_command *)call->command;
    reply_cart(call, 201, new_token(call, command->cart));
}

/* An empty cart of nobody needs no memory of the server: it is its number. */
static void reply_empty(struct call *call, uint64_t cart)
{
    struct pricing regular = pricing_regular();
    struct quote quote = {.cart = cart,
                          .version = cart_version(NULL),
                          .currency = view_currency(call->view),
                          .pricing = &regular};
    etag_version(call, ETAG_KEYED, quote.version);
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    render_cart(call, &json, &quote, new_token(call, cart));
    call_reply(call, 201);
}

void carts_create(struct call *call)
{
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, true, &in, &body, &has_body))
        return;
    struct cart_command *command = CALL_NEW(call, struct cart_command);
    bool has_contact = false;
    uint64_t customer = 0;
    if (has_body) {
        has_contact = fields_contact(&body, "contact", &command->contact);
        fields_id(call, &body, "customer_id", IN_OPTIONAL, ID_CUSTOMER, &customer);
        json_in_end(&body);
        json_in_close(&in);
    }
    if (call_has_errors(call))
        return;
    if (customer != 0 && !call->access.is_operator) {
        call_refuse_edge(call, EDGE_FORBIDDEN);
        return;
    }
    uint64_t count = __atomic_add_fetch(call->cart_counter, 1, __ATOMIC_RELAXED);
    ensure(count < UINT64_C(1) << CART_EPOCH_SHIFT);
    command->cart = call->epoch << CART_EPOCH_SHIFT | count;
    command->customer = call->access.is_operator ? (uint32_t)customer : call->access.customer;
    /* With a key the number must stay the same, so it is recorded. */
    bool has_key = request_header(call->request, TEXT("Idempotency-Key")).data != NULL;
    if (has_contact || command->customer != 0 || has_key)
        call_submit(call, &command->command, &command_cart_open, created);
    else
        reply_empty(call, command->cart);
}

void carts_get(struct call *call)
{
    struct cart_command *command = CALL_NEW(call, struct cart_command);
    if (cart_of(call, command))
        call_submit(call, &command->command, &command_cart_view, show_cart);
}

static void read_line(struct call *call, struct json_in_object *object, struct cart_line *line)
{
    uint64_t product;
    if (fields_id(call, object, "product_id", IN_REQUIRED, ID_PRODUCT, &product))
        line->product = (uint32_t)product;
    json_in_u32(object, "quantity", IN_REQUIRED, 1, CART_QUANTITY_MAX, &line->quantity);
}

/* {"product_id","quantity"}, or many of them as {"items":[...]}. */
static void read_lines(struct call *call, struct json_in_object *body, struct cart_command *command)
{
    struct json_in_array items;
    struct cart_line *lines;
    if (!json_in_array(body, "items", IN_OPTIONAL, CART_LINES_MAX, &items)) {
        lines = CALL_NEW(call, struct cart_line);
        command->line_count = 1;
        read_line(call, body, lines);
    } else {
        lines = arena_alloc_array(call->arena, items.count + 1u, sizeof(*lines));
        command->line_count = items.count;
        if (items.count == 0)
            json_in_fault(body, "items", "missing", "at least one entry");
        for (uint32_t i = 0; i < items.count; i++) {
            struct json_in_object item;
            if (!json_in_item(&items, i, &item))
                continue;
            read_line(call, &item, &lines[i]);
            json_in_end(&item);
        }
    }
    command->lines = lines;
}

void carts_add_item(struct call *call)
{
    struct cart_command *command = CALL_NEW(call, struct cart_command);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!cart_of(call, command) || !call_body(call, false, &in, &body, &has_body))
        return;
    read_lines(call, &body, command);
    json_in_end(&body);
    json_in_close(&in);
    etag_guard(call, ETAG_KEYED, &command->guard);
    call->refused = refused;
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_cart_add, show_cart);
}

static void set_line(struct call *call, struct cart_command *command, uint64_t product,
                     uint32_t quantity)
{
    struct cart_line *line = CALL_NEW(call, struct cart_line);
    *line = (struct cart_line){.product = (uint32_t)product, .quantity = quantity};
    command->lines = line;
    command->line_count = 1;
    call->refused = refused;
    call_submit(call, &command->command, &command_cart_set, show_cart);
}

void carts_set_item(struct call *call)
{
    struct cart_command *command = CALL_NEW(call, struct cart_command);
    uint64_t product;
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!cart_of(call, command) || !call_id(call, 1, ID_PRODUCT, ERR_PRODUCT_UNKNOWN, &product) ||
        !call_body(call, false, &in, &body, &has_body))
        return;
    uint32_t quantity = 0;
    json_in_u32(&body, "quantity", IN_REQUIRED, 0, CART_QUANTITY_MAX, &quantity);
    json_in_end(&body);
    json_in_close(&in);
    etag_guard(call, ETAG_KEYED, &command->guard);
    if (!call_has_errors(call))
        set_line(call, command, product, quantity);
}

void carts_remove_item(struct call *call)
{
    struct cart_command *command = CALL_NEW(call, struct cart_command);
    uint64_t product;
    if (!cart_of(call, command) || !call_id(call, 1, ID_PRODUCT, ERR_PRODUCT_UNKNOWN, &product))
        return;
    etag_guard(call, ETAG_KEYED, &command->guard);
    if (!call_has_errors(call))
        set_line(call, command, product, 0);
}

void carts_quote(struct call *call)
{
    struct cart_command *command = CALL_NEW(call, struct cart_command);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!cart_of(call, command) || !call_body(call, true, &in, &body, &has_body))
        return;
    if (has_body) {
        struct text address;
        fields_address(call, &body, "shipping_address", &address, command->country);
        json_in_end(&body);
        json_in_close(&in);
    }
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_cart_view, show_cart);
}
