#include "api/render/render.h"

static void render_discounts(struct json_out *json, const struct pricing *pricing,
                             const struct pricing_result *result)
{
    json_out_array_begin(json);
    for (uint32_t i = 0; i < pricing->rule_count; i++) {
        if ((result->rule_mask & 1u << i) == 0)
            continue;
        json_out_object_begin(json);
        json_out_key(json, "rule");
        json_out_text(json, text_of(pricing->rules[i].strategy));
        json_out_key(json, "amount");
        json_out_i64(json, result->rule_discounts_minor[i]);
        json_out_object_end(json);
    }
    json_out_array_end(json);
}

static void render_line(const struct call *call, struct json_out *json, const struct quote *quote,
                        const struct quote_line *line)
{
    json_out_object_begin(json);
    render_product_names(call, json, line->product);
    json_out_key(json, "quantity");
    json_out_u64(json, line->quantity);
    json_out_key(json, "status");
    json_out_text(json, TEXT("added"));
    json_out_key(json, "available");
    json_out_u64(json, line->is_archived ? 0 : line->available);
    json_out_key(json, "can_be_bought");
    json_out_bool(json, !line->is_archived && line->available >= line->quantity);
    json_out_key(json, "unit_price");
    render_money(json, line->unit_price_minor, quote->currency);
    json_out_key(json, "amount");
    render_money(json, line->amount_minor, quote->currency);
    json_out_key(json, "discount");
    render_money(json, line->pricing.discount_minor, quote->currency);
    json_out_key(json, "discounts");
    render_discounts(json, quote->pricing, &line->pricing);
    json_out_key(json, "total");
    render_money(json, line->total_minor, quote->currency);
    json_out_object_end(json);
}

void render_cart(const struct call *call, struct json_out *json, const struct quote *quote,
                 struct text token)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_id(call, json, ID_CART, quote->cart);
    if (token.length > 0) {
        json_out_key(json, "token");
        json_out_text(json, token);
    }
    json_out_key(json, "customer_id");
    render_id_or_null(call, json, ID_CUSTOMER, quote->customer);
    json_out_key(json, "lines");
    json_out_array_begin(json);
    for (uint32_t i = 0; i < quote->line_count; i++)
        render_line(call, json, quote, &quote->lines[i]);
    json_out_array_end(json);
    json_out_key(json, "totals");
    render_totals(json, &quote->totals);
    json_out_key(json, "currency");
    render_currency(json, quote->currency);
    json_out_key(json, "expires_at");
    render_time_or_null(json, quote->expires_ms);
    json_out_object_end(json);
}
