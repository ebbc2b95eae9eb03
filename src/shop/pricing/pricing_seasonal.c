/* pricing_seasonal.c - that much off from one day to another, everywhere or below one category. */
#include "shop/pricing/pricing_rule.h"

static enum pricing_fault seasonal_check(const struct pricing_rule *rule)
{
    return pricing_rule_fault(rule, PRICING_TAKES_BASIS_POINTS | PRICING_TAKES_PERIOD |
                                        PRICING_TAKES_CATEGORY);
}

static int64_t seasonal_discount(const struct pricing_rule *rule, const struct pricing_line *line)
{
    if (!line->category_matches || line->now_ms < rule->from_ms)
        return 0;
    if (rule->to_ms != 0 && line->now_ms >= rule->to_ms)
        return 0;
    return money_share(line->amount_minor, rule->basis_points);
}

const struct pricing_ops pricing_seasonal_ops = {
    .name = "seasonal",
    .check = seasonal_check,
    .discount_minor = seasonal_discount,
};
