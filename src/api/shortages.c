#include "api/shortages.h"

static void add(struct call *call, const char *list, const struct shortage *shortage)
{
    const struct product *product = view_product(call->view, shortage->product);
    struct text name = product == NULL ? TEXT("") : product_text(product, PRODUCT_NAME);
    struct field_error *error = field_errors_add(
        &call->errors, field_path_index(call->arena, text_of(list), shortage->line), "out_of_stock",
        "%.*s: %u wanted, %u left", TEXT_ARGS(name), shortage->wanted, shortage->available);
    error->product_id = call_write_id(call, ID_PRODUCT, shortage->product);
    error->name = name;
    error->has_stock = true;
    error->wanted = shortage->wanted;
    error->available = shortage->available;
}

void shortages_refuse(struct call *call, const char *list, const struct shortage *shortages,
                      uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        add(call, list, &shortages[i]);
    call_refuse(call, ERR_AT(ERR_OUT_OF_STOCK, 0, count));
}
