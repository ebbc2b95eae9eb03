#include "shop/operator.h"

#include <string.h>

static const char *const area_names[AREA_COUNT] = {
    [AREA_CATALOG] = "catalog", [AREA_STOCK] = "stock",         [AREA_CARTS] = "carts",
    [AREA_ORDERS] = "orders",   [AREA_CUSTOMERS] = "customers", [AREA_PRICING] = "pricing",
    [AREA_SYSTEM] = "system",   [AREA_ADMIN] = "admin",         [AREA_NOTIFY] = "notify",
};

const char *area_name(enum area area)
{
    ensure(area < AREA_COUNT);
    return area_names[area];
}

uint32_t role_scopes(enum role role)
{
    switch (role) {
    case ROLE_CUSTOMER:
        return 0;
    case ROLE_STAFF:
        return SCOPES_ALL & ~(SCOPE_READ(AREA_ADMIN) | SCOPE_WRITE(AREA_ADMIN));
    case ROLE_ADMIN:
        return SCOPES_ALL;
    case ROLE_COUNT:
        break;
    }
    check_failed("a role has scopes", __FILE__, __LINE__);
}

bool scopes_allow(uint32_t scopes, enum area area, bool is_write)
{
    uint32_t enough = is_write ? SCOPE_WRITE(area) : SCOPE_READ(area) | SCOPE_WRITE(area);
    ensure(area < AREA_COUNT);
    return (scopes & enough) != 0;
}

bool scope_read(struct text name, uint32_t *scope_out)
{
    struct text area;
    if (!text_cut(&name, ':', &area))
        return false;
    bool is_write = text_equal(name, TEXT("write"));
    if (!is_write && !text_equal(name, TEXT("read")))
        return false;
    for (uint32_t i = 0; i < AREA_COUNT; i++) {
        if (text_equal(area, text_of(area_names[i]))) {
            *scope_out = is_write ? SCOPE_WRITE(i) : SCOPE_READ(i);
            return true;
        }
    }
    return false;
}

void scope_write(uint32_t scope, char name_out[SCOPE_NAME_SIZE])
{
    ensure(__builtin_popcount(scope) == 1);
    ensure((scope & SCOPES_ALL) != 0);
    uint32_t bit = (uint32_t)__builtin_ctz(scope);
    const char *area = area_names[bit / 2];
    size_t length = strlen(area);
    memcpy(name_out, area, length);
    memcpy(name_out + length, bit % 2 == 0 ? ":read" : ":write", bit % 2 == 0 ? 6 : 7);
}

const char *operator_kind_name(enum operator_kind kind)
{
    static const char *const names[OPERATOR_KIND_COUNT] = {"none", "operator_key", "service",
                                                           "staff", "console"};
    ensure(kind < OPERATOR_KIND_COUNT);
    return names[kind];
}

const char *subject_kind_name(enum subject_kind kind)
{
    static const char *const names[SUBJECT_KIND_COUNT] = {
        "none", "product", "category", "location", "customer",
        "cart", "order",   "pricing",  "key",      "review"};
    ensure(kind < SUBJECT_KIND_COUNT);
    return names[kind];
}
