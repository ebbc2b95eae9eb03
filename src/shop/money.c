#include "shop/money.h"

uint32_t money_currency(const char letters[3])
{
    uint32_t currency = 0;
    for (uint32_t i = 0; i < 3; i++) {
        if (letters[i] < 'A' || letters[i] > 'Z')
            return 0;
        currency |= (uint32_t)letters[i] << (8 * i);
    }
    return currency;
}

void money_currency_letters(uint32_t currency, char letters_out[4])
{
    letters_out[3] = '\0';
    for (uint32_t i = 0; i < 3; i++)
        letters_out[i] = (char)(currency >> (8 * i) & 0xff);
}

bool money_multiply(int64_t price_minor, uint32_t quantity, int64_t *amount_out)
{
    ensure(price_minor >= 0);
    int64_t amount;
    if (__builtin_mul_overflow(price_minor, (int64_t)quantity, &amount) || amount > MONEY_TOTAL_MAX)
        return false;
    *amount_out = amount;
    return true;
}

/* Both work on whole and remainder apart, so that no product leaves 64 bits. */

int64_t money_share(int64_t amount_minor, uint32_t basis_points)
{
    ensure(amount_minor >= 0);
    ensure(basis_points <= BASIS_POINTS_ALL);
    int64_t whole = amount_minor / BASIS_POINTS_ALL;
    int64_t rest = amount_minor % BASIS_POINTS_ALL;
    return whole * basis_points + (rest * basis_points + BASIS_POINTS_ALL / 2) / BASIS_POINTS_ALL;
}

int64_t money_pro_rata(int64_t amount_minor, uint32_t part, uint32_t whole)
{
    ensure(amount_minor >= 0);
    ensure(whole > 0);
    ensure(part <= whole);
    uint64_t each = (uint64_t)amount_minor / whole;
    uint64_t rest = (uint64_t)amount_minor % whole;
    return (int64_t)(each * part + (rest * part + whole / 2) / whole);
}
