#include "shop/tier.h"

static bool is_name(struct text name)
{
    for (uint32_t i = 0; i < name.length; i++) {
        char letter = name.data[i];
        bool is_right = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
                        letter == '-' || letter == '_';
        if (!is_right)
            return false;
    }
    return name.length > 0 && name.length <= TIER_NAME_MAX;
}

bool tiers_read(struct text list, struct tiers *tiers_out)
{
    struct text name;
    *tiers_out = (struct tiers){.count = 0};
    while (text_cut_word(&list, &name)) {
        if (!is_name(name) || tiers_out->count == TIERS_MAX ||
            tier_find(tiers_out, name) != TIER_NONE)
            return false;
        tiers_out->names[tiers_out->count++] = name;
    }
    return tiers_out->count > 0;
}

uint8_t tier_find(const struct tiers *tiers, struct text name)
{
    for (uint32_t i = 0; i < tiers->count; i++) {
        if (text_equal(tiers->names[i], name))
            return (uint8_t)(i + 1);
    }
    return TIER_NONE;
}

struct text tier_name(const struct tiers *tiers, uint8_t tier)
{
    return tier == TIER_NONE || tier > tiers->count ? TEXT_NONE : tiers->names[tier - 1];
}
