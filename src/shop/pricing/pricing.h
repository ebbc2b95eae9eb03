/*
 * pricing.h - what a line costs: strategies behind one table of functions.
 *
 * A strategy is `const struct pricing_ops pricing_<name>_ops` in its own pricing_<name>.c and one
 * line of pricing_rules.def. The active rules are a list with a policy: `best` takes the cheapest
 * (the first on a tie), `stack` applies them in order to what is left, rounding each. Changing them
 * is an event.
 */
#ifndef SHOP_PRICING_H
#define SHOP_PRICING_H

#include "base/text.h"
#include "shop/err.h"
#include "shop/money.h"

#include <stdbool.h>
#include <stdint.h>

enum { PRICING_RULES_MAX = 16, PRICING_NAME_MAX = 15 };

enum pricing_policy { PRICING_BEST = 0, PRICING_STACK = 1 };

/* Why a rule is refused (err.value of ERR_PRICING_RULE_INVALID). */
enum pricing_fault {
    PRICING_FAULT_NONE = 0,
    PRICING_FAULT_STRATEGY,     /* no such strategy */
    PRICING_FAULT_MIN_QUANTITY, /* missing, or not allowed for this strategy */
    PRICING_FAULT_BASIS_POINTS, /* more than 10,000, or not allowed */
    PRICING_FAULT_PERIOD,       /* from after to */
    PRICING_FAULT_CATEGORY,
    PRICING_FAULT_COUNTRY,
    PRICING_FAULT_TIER, /* no such tier */
};

/* One active rule with its parameters; the on-disk form too (little-endian). */
struct pricing_rule {
    char strategy[PRICING_NAME_MAX + 1]; /* NUL-padded */
    uint64_t from_ms;                    /* 0 = always */
    uint64_t to_ms;                      /* exclusive; 0 = for ever */
    union {
        uint32_t min_quantity;
        uint32_t tier; /* membership: this tier alone; 0 = whoever is a member */
    };
    uint32_t basis_points;
    uint32_t category; /* 0 = every */
    char country[4];   /* ISO 3166-1 alpha-2, NUL-padded; empty = every */
};

_Static_assert(sizeof(struct pricing_rule) == 48, "on-disk layout");

struct pricing {
    uint32_t version; /* from 1; orders name the version that priced them */
    enum pricing_policy policy;
    uint32_t rule_count;
    struct pricing_rule rules[PRICING_RULES_MAX];
};

/* What a rule may look at. */
struct pricing_line {
    int64_t unit_price_minor;
    int64_t amount_minor; /* unit price x quantity, or what stacking has left of it */
    uint32_t quantity;
    bool category_matches; /* the product lies in rule->category, or the rule names none */
    uint8_t tier;          /* of the buyer (tier.h) */
    char country[4];       /* where it is shipped to; empty = not known yet */
    uint64_t now_ms;
};

struct pricing_ops {
    const char *name; /* as written in the API and in events */
    /* PRICING_FAULT_NONE, or what is wrong with the parameters. */
    enum pricing_fault (*check)(const struct pricing_rule *rule);
    int64_t (*discount_minor)(const struct pricing_rule *rule, const struct pricing_line *line);
};

/* NULL when no strategy has this name. */
const struct pricing_ops *pricing_find(struct text name);
/* The strategies there are, for help texts; NULL behind the last. */
const struct pricing_ops *pricing_at(uint32_t index);
/* ERR_PRICING_RULE_INVALID with index and fault, or OK. */
struct err pricing_check(const struct pricing *pricing) MUST_USE;
/* No rule at all: everything at its regular price. */
struct pricing pricing_regular(void);

/* What each rule took off one line; sums up to discount_minor. */
struct pricing_result {
    int64_t discount_minor;
    uint16_t rule_mask; /* bit i: rules[i] gave something */
    int64_t rule_discounts_minor[PRICING_RULES_MAX];
};

/* category_mask bit i: the product lies within rules[i].category. */
struct pricing_result pricing_apply(const struct pricing *pricing, const struct pricing_line *line,
                                    uint16_t category_mask);

#endif
