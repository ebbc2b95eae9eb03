#include "shop/pricing/pricing_rule.h"

#include <string.h>

static bool min_quantity_is_right(const struct pricing_rule *rule, uint32_t takes)
{
    if ((takes & PRICING_TAKES_TIER) != 0)
        return true;
    return ((takes & PRICING_TAKES_MIN_QUANTITY) != 0) == (rule->min_quantity != 0);
}

static bool basis_points_are_right(const struct pricing_rule *rule, uint32_t takes)
{
    return ((takes & PRICING_TAKES_BASIS_POINTS) != 0) == (rule->basis_points != 0) &&
           rule->basis_points <= BASIS_POINTS_ALL;
}

static bool period_is_right(const struct pricing_rule *rule, uint32_t takes)
{
    if ((takes & PRICING_TAKES_PERIOD) == 0)
        return rule->from_ms == 0 && rule->to_ms == 0;
    return rule->to_ms == 0 || rule->from_ms < rule->to_ms;
}

static bool country_is_right(const struct pricing_rule *rule, uint32_t takes)
{
    static const char none[sizeof(rule->country)];
    if ((takes & PRICING_TAKES_COUNTRY) == 0)
        return memcmp(rule->country, none, sizeof(none)) == 0;
    for (uint32_t i = 0; i < 2; i++) {
        if (rule->country[i] < 'A' || rule->country[i] > 'Z')
            return false;
    }
    return rule->country[2] == '\0' && rule->country[3] == '\0';
}

enum pricing_fault pricing_rule_fault(const struct pricing_rule *rule, uint32_t takes)
{
    if (!min_quantity_is_right(rule, takes))
        return PRICING_FAULT_MIN_QUANTITY;
    if ((takes & PRICING_TAKES_TIER) != 0 && rule->tier > TIERS_MAX)
        return PRICING_FAULT_TIER;
    if (!basis_points_are_right(rule, takes))
        return PRICING_FAULT_BASIS_POINTS;
    if (!period_is_right(rule, takes))
        return PRICING_FAULT_PERIOD;
    if ((takes & PRICING_TAKES_CATEGORY) == 0 && rule->category != 0)
        return PRICING_FAULT_CATEGORY;
    return country_is_right(rule, takes) ? PRICING_FAULT_NONE : PRICING_FAULT_COUNTRY;
}
