#include "shop/command/product_change.h"

#include <string.h>

/* Checks that hold for every product, new or changed. */
static struct err draft_check(const struct decision *decision, const struct product_draft *draft)
{
    const struct catalog *catalog = &decision->shop->catalog;
    struct text sku = draft->texts[PRODUCT_SKU];
    ensure(sku.length > 0 && sku.length <= PRODUCT_SKU_MAX);
    const struct product *holder = catalog_find_sku(catalog, sku);
    if (holder != NULL && holder->number != draft->number)
        return ERR_AT(ERR_SKU_TAKEN, 0, holder->number);
    if (draft->category != 0 && category_find(catalog, draft->category) == NULL)
        return ERR(ERR_CATEGORY_UNKNOWN);
    if (product_size(draft) == 0)
        return ERR_AT(ERR_PRODUCT_TOO_LARGE, 0, PRODUCT_TEXTS_MAX);
    return OK;
}

static void append_put(struct decision *decision, const struct product_draft *draft)
{
    void *payload = decision_append(decision, EVENT_PRODUCT_PUT, product_size(draft));
    (void)product_write(draft, payload);
}

struct err product_change_create(struct decision *decision, struct product_command *command)
{
    const struct catalog *catalog = &decision->shop->catalog;
    if (catalog->product_count >= CATALOG_PRODUCTS_MAX)
        return ERR_AT(ERR_PRODUCT_LIMIT, 0, CATALOG_PRODUCTS_MAX);
    struct product_draft draft = command->draft;
    draft.number = catalog->product_count + 1;
    draft.version = 1;
    draft.created_ms = decision_time(decision);
    draft.updated_ms = draft.created_ms;
    TRY(draft_check(decision, &draft));

    append_put(decision, &draft);
    command->draft.number = draft.number;
    command->is_new = true;
    command->is_changed = true;
    return OK;
}

static bool has_field(const struct product_command *command, uint32_t field)
{
    return (command->fields >> field & 1) != 0;
}

/* The product with the fields that the command sets. Once customers review it, what they say is its
 * rating: an import that goes on telling the rating from elsewhere changes nothing about it. */
static struct product_draft merged(const struct decision *decision, const struct product *product,
                                   const struct product_command *command)
{
    struct product_draft draft = product_read(product);
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++) {
        if (has_field(command, PRODUCT_FIELD_TEXT_FIRST + i))
            draft.texts[i] = command->draft.texts[i];
    }
    if (has_field(command, PRODUCT_FIELD_CATEGORY))
        draft.category = command->draft.category;
    if (has_field(command, PRODUCT_FIELD_PRICE))
        draft.price_minor = command->draft.price_minor;
    if (has_field(command, PRODUCT_FIELD_RATING) &&
        review_sum_of(&decision->shop->reviews, product->number).count == 0) {
        draft.rating_count = command->draft.rating_count;
        draft.rating_x100 = command->draft.rating_x100;
    }
    if (has_field(command, PRODUCT_FIELD_STATUS))
        draft.status = command->draft.status;
    if (has_field(command, PRODUCT_FIELD_THRESHOLD))
        draft.low_stock_threshold = command->draft.low_stock_threshold;
    return draft;
}

/* A block has no byte that its fields do not determine, so equal blocks are equal products. */
static bool is_same(const struct decision *decision, const struct product *product,
                    const struct product_draft *draft)
{
    uint32_t size = product_size(draft);
    if (size != product->size)
        return false;
    void *bytes = arena_alloc(decision->arena, size);
    return memcmp(product_write(draft, bytes), product, size) == 0;
}

struct err product_change_update(struct decision *decision, struct product_command *command,
                                 const struct product *product)
{
    struct product_draft draft = merged(decision, product, command);
    TRY(draft_check(decision, &draft));

    command->draft.number = product->number;
    command->is_new = false;
    command->is_changed = !is_same(decision, product, &draft);
    if (!command->is_changed)
        return OK;
    draft.version = product->version + 1;
    draft.updated_ms = decision_time(decision);
    append_put(decision, &draft);
    return OK;
}

void product_change_rating(struct decision *decision, const struct product *product,
                           struct rating rating)
{
    struct product_draft draft = product_read(product);
    if (draft.rating_count == rating.count && draft.rating_x100 == rating.x100)
        return;
    draft.rating_count = rating.count;
    draft.rating_x100 = rating.x100;
    draft.version = product->version + 1;
    draft.updated_ms = decision_time(decision);
    append_put(decision, &draft);
}

void product_change_answer(const struct shop *shop, struct command *base)
{
    struct product_command *command = (struct product_command *)base;
    const struct product *product = catalog_find(&shop->catalog, command->draft.number);
    ensure(product != NULL);
    command->product = arena_alloc(base->arena, product->size);
    memcpy(command->product, product, product->size);
}
