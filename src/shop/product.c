#include "shop/product.h"

#include "shop/money.h"

#include <string.h>

_Static_assert(PRODUCT_TEXTS_MAX <= UINT16_MAX, "text ends are 16 bits");

static uint32_t block_size(uint32_t texts_size)
{
    return (uint32_t)((sizeof(struct product) + texts_size + 7) & ~(size_t)7);
}

uint32_t product_size(const struct product_draft *draft)
{
    uint64_t texts_size = 0;
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++)
        texts_size += draft->texts[i].length;
    if (texts_size > PRODUCT_TEXTS_MAX)
        return 0;
    return block_size((uint32_t)texts_size);
}

const struct product *product_write(const struct product_draft *draft, void *bytes_out)
{
    uint32_t size = product_size(draft);
    ensure(size > 0);
    ensure((uintptr_t)bytes_out % 8 == 0);
    ensure(draft->number > 0);
    ensure(draft->version > 0);
    ensure(draft->price_minor >= 0 && draft->price_minor <= MONEY_PRICE_MAX);

    memset(bytes_out, 0, size);
    struct product *product = bytes_out;
    product->size = size;
    product->number = draft->number;
    product->version = draft->version;
    product->category = draft->category;
    product->price_minor = draft->price_minor;
    product->created_ms = draft->created_ms;
    product->updated_ms = draft->updated_ms;
    product->rating_count = draft->rating_count;
    product->rating_x100 = draft->rating_x100;
    product->status = (uint8_t)draft->status;
    product->low_stock_threshold = draft->low_stock_threshold;
    uint32_t end = 0;
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++) {
        if (draft->texts[i].length > 0)
            memcpy(product->text + end, draft->texts[i].data, draft->texts[i].length);
        end += draft->texts[i].length;
        product->text_ends[i] = (uint16_t)end;
    }
    ensure(product_is_valid(product, size));
    return product;
}

struct product_draft product_read(const struct product *product)
{
    struct product_draft draft = {
        .number = product->number,
        .version = product->version,
        .category = product->category,
        .price_minor = product->price_minor,
        .created_ms = product->created_ms,
        .updated_ms = product->updated_ms,
        .rating_count = product->rating_count,
        .rating_x100 = product->rating_x100,
        .status = (enum product_status)product->status,
        .low_stock_threshold = product->low_stock_threshold,
    };
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++)
        draft.texts[i] = product_text(product, (enum product_text)i);
    return draft;
}

struct text product_text(const struct product *product, enum product_text which)
{
    ensure(which < PRODUCT_TEXT_COUNT);
    uint32_t start = which == 0 ? 0 : product->text_ends[which - 1];
    ensure(start <= product->text_ends[which]);
    return (struct text){product->text + start, product->text_ends[which] - start};
}

bool product_is_valid(const void *bytes, uint32_t size)
{
    struct product product;
    if (size < sizeof(product))
        return false;
    memcpy(&product, bytes, sizeof(product)); /* `bytes` may lie anywhere */
    if (product.size != size || product.number == 0 || product.version == 0 || product.zero != 0)
        return false;
    if (product.price_minor < 0 || product.price_minor > MONEY_PRICE_MAX)
        return false;
    if (product.rating_x100 > PRODUCT_RATING_MAX || product.status > PRODUCT_ARCHIVED)
        return false;
    for (uint32_t i = 1; i < PRODUCT_TEXT_COUNT; i++) {
        if (product.text_ends[i] < product.text_ends[i - 1])
            return false;
    }
    uint32_t texts_size = product.text_ends[PRODUCT_TEXT_COUNT - 1];
    if (product.text_ends[PRODUCT_SKU] == 0 || texts_size > PRODUCT_TEXTS_MAX ||
        size != block_size(texts_size))
        return false;
    const char *padding = (const char *)bytes + sizeof(product) + texts_size;
    for (const char *end = (const char *)bytes + size; padding < end; padding++) {
        if (*padding != 0)
            return false;
    }
    return true;
}
