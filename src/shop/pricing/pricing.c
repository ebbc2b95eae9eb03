#include "shop/pricing/pricing.h"

#include "shop/pricing/pricing_rule.h"

#include <string.h>

static const struct pricing_ops *const strategies[] = {
#define PRICING_RULE(name) &pricing_##name##_ops,
#include "shop/pricing/pricing_rules.def"
#undef PRICING_RULE
};

const struct pricing_ops *pricing_find(struct text name)
{
    for (uint32_t i = 0; i < countof(strategies); i++) {
        if (text_equal(text_of(strategies[i]->name), name))
            return strategies[i];
    }
    return NULL;
}

const struct pricing_ops *pricing_at(uint32_t index)
{
    return index < countof(strategies) ? strategies[index] : NULL;
}

static const struct pricing_ops *strategy_of(const struct pricing_rule *rule)
{
    struct text name = {rule->strategy, (uint32_t)strnlen(rule->strategy, sizeof(rule->strategy))};
    return pricing_find(name);
}

struct err pricing_check(const struct pricing *pricing)
{
    ensure(pricing->rule_count <= PRICING_RULES_MAX);
    for (uint32_t i = 0; i < pricing->rule_count; i++) {
        const struct pricing_ops *ops = strategy_of(&pricing->rules[i]);
        enum pricing_fault fault =
            ops == NULL ? PRICING_FAULT_STRATEGY : ops->check(&pricing->rules[i]);
        if (fault != PRICING_FAULT_NONE)
            return ERR_AT(ERR_PRICING_RULE_INVALID, i, fault);
    }
    return OK;
}

struct pricing pricing_regular(void)
{
    return (struct pricing){.version = 1, .policy = PRICING_BEST};
}

/* The one place that calls a strategy. */
static int64_t rule_discount(const struct pricing_rule *rule, const struct pricing_line *line)
{
    const struct pricing_ops *ops = strategy_of(rule);
    ensure(ops != NULL); /* nothing but what pricing_check() passed comes into force */
    int64_t discount = ops->discount_minor(rule, line);
    ensure(discount >= 0);
    ensure(discount <= line->amount_minor);
    return discount;
}

static struct pricing_result apply_best(const struct pricing *pricing,
                                        const struct pricing_line *line, uint16_t category_mask)
{
    struct pricing_result result = {0};
    uint32_t best = 0;
    for (uint32_t i = 0; i < pricing->rule_count; i++) {
        struct pricing_line seen = *line;
        seen.category_matches = (category_mask >> i & 1) != 0;
        int64_t discount = rule_discount(&pricing->rules[i], &seen);
        if (discount > result.discount_minor) {
            result.discount_minor = discount;
            best = i;
        }
    }
    if (result.discount_minor > 0) {
        result.rule_mask = (uint16_t)(1U << best);
        result.rule_discounts_minor[best] = result.discount_minor;
    }
    return result;
}

static struct pricing_result apply_stack(const struct pricing *pricing,
                                         const struct pricing_line *line, uint16_t category_mask)
{
    struct pricing_result result = {0};
    struct pricing_line rest = *line;
    for (uint32_t i = 0; i < pricing->rule_count; i++) {
        rest.category_matches = (category_mask >> i & 1) != 0;
        int64_t discount = rule_discount(&pricing->rules[i], &rest);
        if (discount == 0)
            continue;
        rest.amount_minor -= discount;
        result.discount_minor += discount;
        result.rule_mask |= (uint16_t)(1U << i);
        result.rule_discounts_minor[i] = discount;
    }
    ensure(result.discount_minor + rest.amount_minor == line->amount_minor);
    return result;
}

struct pricing_result pricing_apply(const struct pricing *pricing, const struct pricing_line *line,
                                    uint16_t category_mask)
{
    ensure(line->amount_minor >= 0);
    ensure(pricing->rule_count <= PRICING_RULES_MAX);
    ensure(pricing->policy <= PRICING_STACK);
    return pricing->policy == PRICING_BEST ? apply_best(pricing, line, category_mask)
                                           : apply_stack(pricing, line, category_mask);
}
