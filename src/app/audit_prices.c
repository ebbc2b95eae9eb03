/*
 * audit_prices.c - what each line of an order should have been reduced by, worked out a second
 * time.
 *
 * The country of an address is personal data and not in the event, so whether a `regional` rule
 * applied is taken from the order; how much it took off is not. Orders priced by a strategy that
 * the auditor does not know are left to the check of sums.
 */
#include "app/audit_books.h"

#include <inttypes.h>
#include <string.h>

/* A line of an order as a rule sees it. */
struct audited_line {
    const struct audit *audit;
    const struct event_order_line *line;
    uint64_t now_ms;
    uint8_t tier;
    bool is_unknown; /* a strategy was not known */
};

struct audited_discount {
    int64_t discount_minor;
    uint32_t rule_mask;
};

static int64_t half_up(int64_t amount_minor, int64_t part, int64_t whole)
{
    return (int64_t)(((__int128)2 * amount_minor * part + whole) / ((__int128)2 * whole));
}

static bool is_below(const struct audit *audit, uint32_t category, uint32_t ancestor)
{
    for (uint32_t depth = 0; depth <= audit->category_count; depth++) {
        if (category == ancestor || ancestor == 0)
            return true;
        if (category == 0 || category > audit->category_count)
            return false;
        category = audit->category_parents[category];
    }
    return false;
}

static bool applies(struct audited_line *audited, const struct pricing_rule *rule, uint32_t bit)
{
    if (strcmp(rule->strategy, "regular") == 0)
        return false;
    if (strcmp(rule->strategy, "bulk") == 0)
        return audited->line->quantity >= rule->min_quantity;
    if (strcmp(rule->strategy, "membership") == 0)
        return audited->tier != 0 && (rule->tier == 0 || rule->tier == audited->tier);
    if (strcmp(rule->strategy, "seasonal") == 0) {
        uint32_t category = audited->audit->products[audited->line->product].category;
        return audited->now_ms >= rule->from_ms &&
               (rule->to_ms == 0 || audited->now_ms < rule->to_ms) &&
               is_below(audited->audit, category, rule->category);
    }
    if (strcmp(rule->strategy, "regional") == 0)
        return (audited->line->rule_mask >> bit & 1U) != 0;
    audited->is_unknown = true;
    return false;
}

static struct audited_discount work_out(struct audited_line *audited)
{
    const struct pricing *pricing = &audited->audit->pricing;
    int64_t amount = audited->line->unit_price_minor * audited->line->quantity;
    struct audited_discount result = {0};
    for (uint32_t i = 0; i < pricing->rule_count; i++) {
        const struct pricing_rule *rule = &pricing->rules[i];
        if (!applies(audited, rule, i))
            continue;
        int64_t discount = half_up(amount, rule->basis_points, BASIS_POINTS_ALL);
        if (pricing->policy == PRICING_STACK && discount > 0) {
            amount -= discount;
            result.discount_minor += discount;
            result.rule_mask |= 1U << i;
        } else if (discount > result.discount_minor) {
            result = (struct audited_discount){discount, 1U << i};
        }
    }
    return result;
}

/* A cart may outlive the membership of whoever it belongs to. */
static uint8_t tier_of(const struct audit *audit, uint32_t customer)
{
    if (customer == 0 || audit->customers[customer].is_erased)
        return 0;
    return audit->customers[customer].tier;
}

void audit_check_discounts(struct audit *audit, const struct event *event)
{
    const struct event_order_placed *placed = event_payload(event);
    const struct event_order_line *lines = event_order_lines(placed);
    if (placed->customer > audit->customer_count)
        return;
    for (uint32_t i = 0; i < placed->line_count; i++) {
        struct audited_line audited = {
            .audit = audit,
            .line = &lines[i],
            .now_ms = event->time_ms,
            .tier = tier_of(audit, placed->customer),
        };
        if (lines[i].product == 0 || lines[i].product > audit->product_count)
            continue;
        struct audited_discount due = work_out(&audited);
        if (!audited.is_unknown &&
            (due.discount_minor != lines[i].discount_minor || due.rule_mask != lines[i].rule_mask))
            audit_find(audit,
                       "order %" PRIu64 ", line %u: a discount of %" PRId64
                       " by rules %#x, due are %" PRId64 " by rules %#x",
                       placed->order, i, lines[i].discount_minor, (unsigned)lines[i].rule_mask,
                       due.discount_minor, due.rule_mask);
    }
}

int64_t audit_discount_left(const struct order_line *line, uint32_t quantity_left)
{
    return half_up(line->discount_ordered_minor, quantity_left, line->quantity_ordered);
}
