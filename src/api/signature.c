#include "api/signature.h"

#include "base/hmac.h"

#define MS_PER_S UINT64_C(1000)
/* Beyond any clock, and far from what a product with 1,000 could not hold. */
#define SECONDS_MAX UINT64_C(100000000000)

struct signature {
    struct text time; /* as written: it is signed */
    uint64_t time_s;
    struct text values[SIGNATURE_VALUES_MAX];
    uint32_t value_count;
};

static bool parse_member(struct text member, struct signature *signature)
{
    struct text name;
    struct text value = member;
    if (!text_cut(&value, '=', &name) || value.data == NULL)
        return true; /* not one of ours */
    name = text_trim(name);
    value = text_trim(value);
    if (text_equal(name, TEXT("t"))) {
        if (signature->time.data != NULL)
            return false;
        signature->time = value;
        return text_to_u64(value, &signature->time_s) && signature->time_s <= SECONDS_MAX;
    }
    if (text_equal(name, TEXT("v1")) && signature->value_count < SIGNATURE_VALUES_MAX)
        signature->values[signature->value_count++] = value;
    return true;
}

static bool parse(struct text header, struct signature *signature_out)
{
    struct text member;
    *signature_out = (struct signature){.time = TEXT_NONE};
    while (text_cut(&header, ',', &member)) {
        if (!parse_member(member, signature_out))
            return false;
    }
    return signature_out->time.data != NULL && signature_out->value_count > 0;
}

static bool is_near(uint64_t time_ms, uint64_t now_ms, uint64_t tolerance_ms)
{
    return time_ms <= now_ms + tolerance_ms && now_ms <= time_ms + tolerance_ms;
}

/* Every secret and every value is looked at, whatever came of those before. */
static bool is_signed(const struct signature_secrets *secrets, const struct signature *signature,
                      struct text body)
{
    const struct text parts[] = {signature->time, TEXT("."), body};
    bool is_good = false;
    for (uint32_t i = 0; i < secrets->count; i++) {
        uint8_t tag[HMAC_SIZE];
        hmac_sha256(secrets->secrets[i], parts, countof(parts), tag);
        for (uint32_t j = 0; j < signature->value_count; j++)
            is_good |= hmac_equals_hex(tag, signature->values[j]);
    }
    return is_good;
}

enum signature_verdict signature_check(const struct signature_secrets *secrets, struct text header,
                                       struct text body, uint64_t now_ms, uint64_t tolerance_ms)
{
    struct signature signature;
    if (!parse(header, &signature))
        return SIGNATURE_MALFORMED;
    if (!is_signed(secrets, &signature, body))
        return SIGNATURE_WRONG;
    return is_near(signature.time_s * MS_PER_S, now_ms, tolerance_ms) ? SIGNATURE_GOOD
                                                                      : SIGNATURE_EXPIRED;
}
