/*
 * tier.h - how good a customer a customer is: a number, 0 for none, 1 for a member, above that
 * whatever the shop distinguishes. Events and tables hold the number alone; its name is its place
 * in a list of the settings, so names may change and be added behind the last, and none may be
 * moved. What a tier gets off, rules of pricing say.
 */
#ifndef SHOP_TIER_H
#define SHOP_TIER_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { TIER_NONE = 0, TIER_MEMBER = 1, TIERS_MAX = 15, TIER_NAME_MAX = 20 };

struct tiers {
    uint32_t count; /* at least 1 */
    struct text names[TIERS_MAX];
};

/* Names of letters a-z, digits, - and _, separated by spaces or commas; they point into `list`.
 * False when there is none, too many, one twice, or one that is no name. */
bool tiers_read(struct text list, struct tiers *tiers_out) MUST_USE;
/* TIER_NONE when no tier has this name. */
uint8_t tier_find(const struct tiers *tiers, struct text name);
/* TEXT_NONE for TIER_NONE, and for a number that the list does not name. */
struct text tier_name(const struct tiers *tiers, uint8_t tier);

#endif
