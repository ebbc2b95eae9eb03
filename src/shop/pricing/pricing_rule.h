/* pricing_rule.h - parameter checks that the strategies share. Included by pricing_<name>.c only.
 */
#ifndef SHOP_PRICING_RULE_H
#define SHOP_PRICING_RULE_H

#include "shop/pricing/pricing.h"
#include "shop/tier.h"

#define PRICING_RULE(name) extern const struct pricing_ops pricing_##name##_ops;
#include "shop/pricing/pricing_rules.def"
#undef PRICING_RULE

/* Parameters a strategy takes; any other must be left 0. */
enum pricing_parameter {
    PRICING_TAKES_BASIS_POINTS = 1, /* required, 1-10,000 */
    PRICING_TAKES_MIN_QUANTITY = 2, /* required, at least 1 */
    PRICING_TAKES_PERIOD = 4,       /* optional; from before to */
    PRICING_TAKES_CATEGORY = 8,     /* optional */
    PRICING_TAKES_COUNTRY = 16,     /* required, two letters A-Z */
    PRICING_TAKES_TIER = 32,        /* optional; lies where min_quantity does */
};

/* The first fault in the order of enum pricing_fault. */
enum pricing_fault pricing_rule_fault(const struct pricing_rule *rule, uint32_t takes);

#endif
