#include "api/render/render.h"

/*
 * Ids, money and totals are most of every cart and order. They hold nothing to escape and always
 * have the same shape, so they are put together from literal pieces: json_out_raw() sets the comma
 * that is due, the rest goes behind it.
 */

void render_id(const struct call *call, struct json_out *json, enum public_id_type type,
               uint64_t number)
{
    char quoted[PUBLIC_ID_SIZE + 1];
    quoted[0] = '"';
    public_id_write(call->secret, type, number, quoted + 1);
    quoted[PUBLIC_ID_LENGTH + 1] = '"';
    json_out_raw(json, (struct text){quoted, PUBLIC_ID_LENGTH + 2});
}

void render_currency(struct json_out *json, uint32_t currency)
{
    char letters[4];
    money_currency_letters(currency, letters);
    json_out_text(json, text_of(letters));
}

void render_id_or_null(const struct call *call, struct json_out *json, enum public_id_type type,
                       uint64_t number)
{
    if (number > 0)
        render_id(call, json, type, number);
    else
        json_out_null(json);
}

void render_time_or_null(struct json_out *json, uint64_t at_ms)
{
    if (at_ms > 0)
        json_out_time(json, at_ms);
    else
        json_out_null(json);
}

void render_text_or_null(struct json_out *json, struct text text)
{
    json_out_text(json, text.length > 0 ? text : TEXT_NONE);
}

void render_money(struct json_out *json, int64_t amount_minor, uint32_t currency)
{
    char letters[4];
    money_currency_letters(currency, letters);
    json_out_raw(json, TEXT("{\"amount\":"));
    buffer_append_i64(json->buffer, amount_minor);
    buffer_append_text(json->buffer, TEXT(",\"currency\":\""));
    buffer_append(json->buffer, letters, 3);
    buffer_append_text(json->buffer, TEXT("\"}"));
}

void render_totals(struct json_out *json, const struct order_totals *totals)
{
    const struct {
        struct text head;
        int64_t amount_minor;
    } pieces[] = {
        {TEXT("{\"type\":\"subtotal\",\"amount\":"), totals->subtotal_minor},
        {TEXT("},{\"type\":\"discount\",\"amount\":"), -totals->discount_minor},
        {TEXT("},{\"type\":\"shipping\",\"amount\":"), totals->shipping_minor},
        {TEXT("},{\"type\":\"tax\",\"amount\":"), totals->tax_minor},
        {TEXT("},{\"type\":\"total\",\"amount\":"), totals->total_minor},
    };
    json_out_raw(json, TEXT("["));
    for (uint32_t i = 0; i < countof(pieces); i++) {
        buffer_append_text(json->buffer, pieces[i].head);
        buffer_append_i64(json->buffer, pieces[i].amount_minor);
    }
    buffer_append_text(json->buffer, TEXT("}]"));
}

void render_rule_names(struct json_out *json, const struct pricing *pricing, uint32_t rule_mask)
{
    json_out_array_begin(json);
    uint32_t count = pricing == NULL ? 0 : pricing->rule_count;
    for (uint32_t i = 0; i < count; i++) {
        if ((rule_mask & 1u << i) != 0)
            json_out_text(json, text_of(pricing->rules[i].strategy));
    }
    json_out_array_end(json);
}

void render_next_cursor(const struct call *call, struct json_out *json, const struct cursor *next)
{
    char text[CURSOR_SIZE];
    json_out_key(json, "next_cursor");
    if (next == NULL) {
        json_out_null(json);
        return;
    }
    cursor_write(call->secret, next, text);
    json_out_text(json, (struct text){text, CURSOR_LENGTH});
}

void render_list_begin(struct call *call, struct json_out *json)
{
    json_out_init(json, &call->request->reply);
    json_out_object_begin(json);
    json_out_key(json, "items");
    json_out_array_begin(json);
}

void render_list_end(struct call *call, struct json_out *json, const struct cursor *next)
{
    json_out_array_end(json);
    render_next_cursor(call, json, next);
    json_out_object_end(json);
    call_reply(call, 200);
}

void render_location(const struct call *call, struct json_out *json,
                     const struct location *location)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_id(call, json, ID_LOCATION, location->number);
    json_out_key(json, "name");
    json_out_text(json, text_of(location->name));
    json_out_key(json, "priority");
    json_out_i64(json, location->priority);
    json_out_object_end(json);
}

void render_customer(const struct call *call, struct json_out *json, uint32_t number,
                     const struct customer *customer, const struct contact *contact)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_id(call, json, ID_CUSTOMER, number);
    json_out_key(json, "name");
    render_text_or_null(json, contact->name);
    json_out_key(json, "email");
    render_text_or_null(json, contact->email);
    json_out_key(json, "phone");
    render_text_or_null(json, contact->phone);
    json_out_key(json, "addresses");
    json_out_raw(json, contact->addresses.length > 0 ? contact->addresses : TEXT("[]"));
    json_out_key(json, "preferences");
    json_out_raw(json, contact->preferences.length > 0 ? contact->preferences : TEXT("{}"));
    json_out_key(json, "cart_id");
    render_id_or_null(call, json, ID_CART, customer->is_erased ? 0 : customer->cart);
    json_out_key(json, "role");
    json_out_text(json, text_of(role_name((enum role)customer->role)));
    json_out_key(json, "registered");
    json_out_bool(json, customer->password_event != 0);
    json_out_key(json, "member");
    json_out_bool(json, customer->tier != TIER_NONE);
    json_out_key(json, "tier");
    render_text_or_null(json, tier_name(call->options->tiers, customer->tier));
    json_out_key(json, "erased");
    json_out_bool(json, customer->is_erased);
    json_out_key(json, "created_at");
    render_time_or_null(json, customer->created_ms);
    json_out_object_end(json);
}

static void render_period_end(struct json_out *json, const char *key, uint64_t time_ms)
{
    if (time_ms == 0)
        return;
    json_out_key(json, key);
    json_out_time(json, time_ms);
}

static void render_rule(const struct call *call, struct json_out *json,
                        const struct pricing_rule *rule)
{
    json_out_object_begin(json);
    json_out_key(json, "strategy");
    json_out_text(json, text_of(rule->strategy));
    bool has_tier = text_equal(text_of(rule->strategy), TEXT("membership"));
    if (has_tier && rule->tier > 0) {
        json_out_key(json, "tier");
        render_text_or_null(json, tier_name(call->options->tiers, (uint8_t)rule->tier));
    }
    if (!has_tier && rule->min_quantity > 0) {
        json_out_key(json, "min_quantity");
        json_out_u64(json, rule->min_quantity);
    }
    if (rule->basis_points > 0) {
        json_out_key(json, "basis_points");
        json_out_u64(json, rule->basis_points);
    }
    render_period_end(json, "from", rule->from_ms);
    render_period_end(json, "to", rule->to_ms);
    if (rule->category > 0) {
        json_out_key(json, "category");
        render_category_path(call, json, rule->category);
    }
    if (rule->country[0] != '\0') {
        json_out_key(json, "country");
        json_out_text(json, text_of(rule->country));
    }
    json_out_object_end(json);
}

void render_pricing(const struct call *call, struct json_out *json, const struct pricing *pricing)
{
    json_out_object_begin(json);
    json_out_key(json, "version");
    json_out_u64(json, pricing->version);
    json_out_key(json, "policy");
    json_out_text(json, pricing->policy == PRICING_STACK ? TEXT("stack") : TEXT("best"));
    json_out_key(json, "rules");
    json_out_array_begin(json);
    for (uint32_t i = 0; i < pricing->rule_count; i++)
        render_rule(call, json, &pricing->rules[i]);
    json_out_array_end(json);
    json_out_object_end(json);
}

void render_review(const struct call *call, struct json_out *json, uint32_t number,
                   const struct review *review, const struct contact *words)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_id(call, json, ID_REVIEW, number);
    json_out_key(json, "product_id");
    render_id(call, json, ID_PRODUCT, review->product);
    json_out_key(json, "status");
    json_out_text(json, text_of(review_state_name((enum review_state)review->state)));
    json_out_key(json, "stars");
    json_out_u64(json, review->stars);
    json_out_key(json, "author");
    render_text_or_null(json, words == NULL ? TEXT_NONE : words->name);
    json_out_key(json, "text");
    json_out_raw(json,
                 words == NULL || words->metadata.length == 0 ? TEXT("null") : words->metadata);
    json_out_key(json, "created_at");
    json_out_time(json, review->created_ms);
    json_out_key(json, "updated_at");
    json_out_time(json, review->changed_ms);
    json_out_object_end(json);
}

void render_omitted(struct json_out *json, struct text what)
{
    json_out_key(json, "omitted");
    json_out_array_begin(json);
    json_out_text(json, what);
    json_out_array_end(json);
}
