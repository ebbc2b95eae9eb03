/* pricing_regular.c - the price as it stands in the catalogue; nothing off. */
#include "shop/pricing/pricing_rule.h"

static enum pricing_fault regular_check(const struct pricing_rule *rule)
{
    return pricing_rule_fault(rule, 0);
}

static int64_t regular_discount(const struct pricing_rule *rule, const struct pricing_line *line)
{
    (void)rule;
    (void)line;
    return 0;
}

const struct pricing_ops pricing_regular_ops = {
    .name = "regular",
    .check = regular_check,
    .discount_minor = regular_discount,
};
