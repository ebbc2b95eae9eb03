/* pricing_regional.c - that much off for what is shipped to one country. */
#include "shop/pricing/pricing_rule.h"

#include <string.h>

static enum pricing_fault regional_check(const struct pricing_rule *rule)
{
    return pricing_rule_fault(rule, PRICING_TAKES_BASIS_POINTS | PRICING_TAKES_COUNTRY);
}

static int64_t regional_discount(const struct pricing_rule *rule, const struct pricing_line *line)
{
    if (memcmp(line->country, rule->country, sizeof(rule->country)) != 0)
        return 0;
    return money_share(line->amount_minor, rule->basis_points);
}

const struct pricing_ops pricing_regional_ops = {
    .name = "regional",
    .check = regional_check,
    .discount_minor = regional_discount,
};
