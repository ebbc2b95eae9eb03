/*
 * money.h - amounts are int64_t in minor units of the region's currency; no floating point.
 *
 * What a price comes to for a quantity is at most MONEY_TOTAL_MAX, as money_multiply() refuses
 * more. MONEY_SUMMANDS_MAX such amounts together stay in 64 bits, and no order has more lines or
 * payments (order_check.c).
 */
#ifndef SHOP_MONEY_H
#define SHOP_MONEY_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

#define MONEY_PRICE_MAX    INT64_C(100000000000)     /* 10^11: a unit price */
#define MONEY_TOTAL_MAX    INT64_C(1000000000000000) /* 10^15: a line and an order */
#define MONEY_SUMMANDS_MAX INT64_C(9000)
enum { BASIS_POINTS_ALL = 10000 };
_Static_assert(MONEY_SUMMANDS_MAX <= INT64_MAX / MONEY_TOTAL_MAX, "sums stay in 64 bits");

/* ISO 4217 letters packed into 32 bits, first letter lowest; 0 when they are not three of A-Z. */
uint32_t money_currency(const char letters[3]) MUST_USE;
void money_currency_letters(uint32_t currency, char letters_out[4]);

/* unit price x quantity; false when it leaves MONEY_TOTAL_MAX. */
bool money_multiply(int64_t price_minor, uint32_t quantity, int64_t *amount_out) MUST_USE;
/* amount x basis points / 10,000, rounded half up: 999.5 -> 1000. */
int64_t money_share(int64_t amount_minor, uint32_t basis_points) MUST_USE;
/* amount x part / whole, rounded half up; part <= whole, whole > 0. */
int64_t money_pro_rata(int64_t amount_minor, uint32_t part, uint32_t whole) MUST_USE;

#endif
