/* pricing_bulk.c - so many pieces of one product in one line: that much off. */
#include "shop/pricing/pricing_rule.h"

static enum pricing_fault bulk_check(const struct pricing_rule *rule)
{
    return pricing_rule_fault(rule, PRICING_TAKES_BASIS_POINTS | PRICING_TAKES_MIN_QUANTITY);
}

static int64_t bulk_discount(const struct pricing_rule *rule, const struct pricing_line *line)
{
    if (line->quantity < rule->min_quantity)
        return 0;
    return money_share(line->amount_minor, rule->basis_points);
}

const struct pricing_ops pricing_bulk_ops = {
    .name = "bulk",
    .check = bulk_check,
    .discount_minor = bulk_discount,
};
