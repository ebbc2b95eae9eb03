/* pricing_membership.c - that much off for members, or for those of one tier. */
#include "shop/pricing/pricing_rule.h"

static enum pricing_fault membership_check(const struct pricing_rule *rule)
{
    return pricing_rule_fault(rule, PRICING_TAKES_BASIS_POINTS | PRICING_TAKES_TIER);
}

static int64_t membership_discount(const struct pricing_rule *rule, const struct pricing_line *line)
{
    if (line->tier == TIER_NONE || (rule->tier != TIER_NONE && rule->tier != line->tier))
        return 0;
    return money_share(line->amount_minor, rule->basis_points);
}

const struct pricing_ops pricing_membership_ops = {
    .name = "membership",
    .check = membership_check,
    .discount_minor = membership_discount,
};
