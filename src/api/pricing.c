/* pricing.c - /v1/pricing: the rules in force. A new list is an event, so history shows what priced
 * what. */
#include "api/input/fields.h"
#include "api/render/render.h"

#include <string.h>

static void show(struct call *call)
{
    const struct pricing_command *command = (const struct pricing_command *)call->command;
    struct json_out json;
    json_out_init(&json, &call->request->reply);
    render_pricing(call, &json, &command->pricing);
    call_reply(call, 200);
}

void pricing_get(struct call *call)
{
    struct pricing_command *command = CALL_NEW(call, struct pricing_command);
    call_submit(call, &command->command, &command_pricing_view, show);
}

/* What is wrong with a rule, in the words of its fields. */
static void refused(struct call *call, struct err err)
{
    static const struct {
        const char *field;
        const char *detail;
    } faults[] = {
        [PRICING_FAULT_NONE] = {"", "the rule cannot be applied"},
        [PRICING_FAULT_STRATEGY] = {"strategy", "there is no such strategy"},
        [PRICING_FAULT_MIN_QUANTITY] = {"min_quantity", "missing, or not for this strategy"},
        [PRICING_FAULT_BASIS_POINTS] = {"basis_points", "1 to 10000, or not for this strategy"},
        [PRICING_FAULT_PERIOD] = {"from", "from must come before to, or not for this strategy"},
        [PRICING_FAULT_CATEGORY] = {"category", "missing, or not for this strategy"},
        [PRICING_FAULT_COUNTRY] = {"country", "missing, or not for this strategy"},
        [PRICING_FAULT_TIER] = {"tier", "there is no such tier"},
    };
    if (err.code == ERR_PRICING_RULE_INVALID && err.value < countof(faults)) {
        struct text path = field_path_index(call->arena, TEXT("rules"), err.index);
        if (faults[err.value].field[0] != '\0')
            path = field_path(call->arena, path, faults[err.value].field);
        field_errors_add(&call->errors, path, "pricing_rule_invalid", "%s",
                         faults[err.value].detail);
    }
    call_refuse(call, err);
}

/* `membership` may name a tier, others may name a quantity: both lie at one place in the rule. */
static void read_tier_or_quantity(const struct call *call, struct json_in_object *object,
                                  struct pricing_rule *rule)
{
    struct text name;
    bool takes_tier = text_equal(text_of(rule->strategy), TEXT("membership"));
    bool has_quantity =
        json_in_u32(object, "min_quantity", IN_OPTIONAL, 1, CART_QUANTITY_MAX, &rule->min_quantity);
    bool has_tier = json_in_text(object, "tier", IN_OPTIONAL, TIER_NAME_MAX, &name);
    if (has_quantity && takes_tier)
        json_in_fault(object, "min_quantity", "pricing_rule_invalid", "not for this strategy");
    if (!has_tier || name.length == 0)
        return;
    if (takes_tier)
        rule->tier = tier_find(call->options->tiers, name);
    if (!takes_tier || rule->tier == TIER_NONE)
        json_in_fault(object, "tier", "pricing_rule_invalid",
                      takes_tier ? "is none of this shop's" : "not for this strategy");
}

static void read_rule(const struct call *call, struct json_in_object *object,
                      struct pricing_rule *rule)
{
    struct text strategy;
    if (json_in_text(object, "strategy", IN_REQUIRED, PRICING_NAME_MAX, &strategy))
        memcpy(rule->strategy, strategy.data, strategy.length);
    read_tier_or_quantity(call, object, rule);
    json_in_u32(object, "basis_points", IN_OPTIONAL, 0, BASIS_POINTS_ALL, &rule->basis_points);
    json_in_time(object, "from", IN_OPTIONAL, &rule->from_ms);
    json_in_time(object, "to", IN_OPTIONAL, &rule->to_ms);
    fields_category(call, object, "category", IN_OPTIONAL, &rule->category);
    fields_country(object, "country", IN_OPTIONAL, rule->country);
    json_in_end(object);
}

static void read_body(const struct call *call, struct json_in_object *body, struct pricing *pricing)
{
    struct text policy;
    if (json_in_text(body, "policy", IN_OPTIONAL, 10, &policy)) {
        if (text_equal(policy, TEXT("stack")))
            pricing->policy = PRICING_STACK;
        else if (!text_equal(policy, TEXT("best")))
            json_in_fault(body, "policy", "invalid_value", "must be best or stack");
    }
    struct json_in_array rules = {.count = 0};
    json_in_array(body, "rules", IN_REQUIRED, PRICING_RULES_MAX, &rules);
    for (uint32_t i = 0; i < rules.count; i++) {
        struct json_in_object rule;
        if (json_in_item(&rules, i, &rule))
            read_rule(call, &rule, &pricing->rules[i]);
    }
    pricing->rule_count = rules.count;
    json_in_end(body);
}

void pricing_put(struct call *call)
{
    struct pricing_command *command = CALL_NEW(call, struct pricing_command);
    struct json_in in;
    struct json_in_object body;
    bool has_body;
    if (!call_body(call, false, &in, &body, &has_body))
        return;
    read_body(call, &body, &command->pricing);
    json_in_close(&in);
    call->refused = refused;
    if (!call_has_errors(call))
        call_submit(call, &command->command, &command_pricing_set, show);
}
