/*
 * command_pricing_set.c - other pricing rules from now on. Every version is kept, so that an order
 * can always say which rule gave what. No event when the rules are in force already.
 */
#include "shop/command/commands.h"

#include <string.h>

static bool is_in_force(const struct pricing *now, const struct pricing *wanted)
{
    return now->policy == wanted->policy && now->rule_count == wanted->rule_count &&
           memcmp(now->rules, wanted->rules, now->rule_count * sizeof(struct pricing_rule)) == 0;
}

static struct err categories_check(const struct catalog *catalog, const struct pricing *pricing)
{
    for (uint32_t i = 0; i < pricing->rule_count; i++) {
        uint32_t category = pricing->rules[i].category;
        if (category != 0 && category_find(catalog, category) == NULL)
            return ERR_AT(ERR_PRICING_RULE_INVALID, i, PRICING_FAULT_CATEGORY);
    }
    return OK;
}

static struct err pricing_set_decide(struct decision *decision, struct command *base)
{
    const struct pricing *wanted = &((const struct pricing_command *)base)->pricing;
    ensure(wanted->policy <= PRICING_STACK);
    TRY(pricing_check(wanted));
    TRY(categories_check(&decision->shop->catalog, wanted));
    if (is_in_force(shop_pricing(decision->shop), wanted))
        return OK;

    size_t rules_size = wanted->rule_count * sizeof(struct pricing_rule);
    struct event_pricing_set *set =
        decision_append(decision, EVENT_PRICING_SET, sizeof(*set) + rules_size);
    set->version = decision->shop->pricing_count + 1;
    set->policy = (uint16_t)wanted->policy;
    set->rule_count = (uint16_t)wanted->rule_count;
    memcpy(set + 1, wanted->rules, rules_size);
    return OK;
}

static void pricing_set_answer(const struct shop *shop, struct command *base)
{
    ((struct pricing_command *)base)->pricing = *shop_pricing(shop);
}

const struct command_ops command_pricing_set = {
    .name = "pricing_set",
    .priority = COMMAND_BULK,
    .decide = pricing_set_decide,
    .answer = pricing_set_answer,
};
