#include "shop/catalog.h"

#include "base/hash.h"
#include "base/memory.h"

#include <string.h>

const char *const category_first_names[CATEGORY_FIRST_COUNT] = {
    "ELECTRONICS", "BOOKS", "CLOTHING", "HOME", "SPORTS",
};

void catalog_init(struct catalog *catalog)
{
    *catalog = (struct catalog){0};
    map_init(&catalog->sku_to_product, 0);
}

void catalog_release(struct catalog *catalog)
{
    for (uint32_t i = 1; i <= catalog->product_count; i++)
        memory_free(catalog->products[i]);
    for (uint32_t i = 1; i <= catalog->category_count; i++)
        memory_free(catalog->categories[i]);
    for (uint32_t i = 0; i < catalog->retired_count; i++)
        memory_free(catalog->retired[i]);
    memory_free(catalog->products);
    memory_free(catalog->categories);
    memory_free(catalog->retired);
    map_release(&catalog->sku_to_product);
    *catalog = (struct catalog){0};
}

const struct product *catalog_find(const struct catalog *catalog, uint32_t number)
{
    if (number == 0 || number > catalog->product_count)
        return NULL;
    return catalog->products[number];
}

static uint64_t sku_key(struct text sku)
{
    uint64_t key = hash_bytes(sku.data, sku.length);
    return key == 0 ? 1 : key;
}

/* SKUs with one key lie at that key and the ones behind it; 0 is not a key. */
static uint64_t sku_key_next(uint64_t key)
{
    return key == UINT64_MAX ? 1 : key + 1;
}

/* NULL when the key is free. */
static const struct product *sku_at(const struct catalog *catalog, uint64_t key)
{
    uint64_t number;
    if (!map_find(&catalog->sku_to_product, key, &number))
        return NULL;
    const struct product *product = catalog_find(catalog, (uint32_t)number);
    ensure(product != NULL);
    return product;
}

const struct product *catalog_find_sku(const struct catalog *catalog, struct text sku)
{
    uint64_t key = sku_key(sku);
    const struct product *product = sku_at(catalog, key);
    while (product != NULL && !text_equal(product_text(product, PRODUCT_SKU), sku)) {
        key = sku_key_next(key);
        product = sku_at(catalog, key);
    }
    return product;
}

static void sku_add(struct catalog *catalog, const struct product *product)
{
    uint64_t key = sku_key(product_text(product, PRODUCT_SKU));
    while (sku_at(catalog, key) != NULL)
        key = sku_key_next(key);
    map_put(&catalog->sku_to_product, key, product->number);
}

/* Those chained behind the removed one are added again, so that no gap hides them. */
static void sku_remove(struct catalog *catalog, const struct product *product)
{
    uint64_t key = sku_key(product_text(product, PRODUCT_SKU));
    while (sku_at(catalog, key) != product) {
        ensure(sku_at(catalog, key) != NULL);
        key = sku_key_next(key);
    }
    ensure(map_remove(&catalog->sku_to_product, key));
    key = sku_key_next(key);
    for (const struct product *behind = sku_at(catalog, key); behind != NULL;
         behind = sku_at(catalog, key)) {
        ensure(map_remove(&catalog->sku_to_product, key));
        sku_add(catalog, behind);
        key = sku_key_next(key);
    }
}

const struct category *category_find(const struct catalog *catalog, uint32_t number)
{
    if (number == 0 || number > catalog->category_count)
        return NULL;
    return catalog->categories[number];
}

const struct category *category_find_name(const struct catalog *catalog, uint32_t parent,
                                          struct text name)
{
    for (uint32_t i = 1; i <= catalog->category_count; i++) {
        const struct category *category = catalog->categories[i];
        if (category->parent == parent && text_equal_ignoring_case(text_of(category->name), name))
            return category;
    }
    return NULL;
}

bool category_is_within(const struct catalog *catalog, uint32_t number, uint32_t ancestor)
{
    while (number != 0) {
        if (number == ancestor)
            return true;
        const struct category *category = category_find(catalog, number);
        ensure(category != NULL);
        number = category->parent;
    }
    return false;
}

static void catalog_retire(struct catalog *catalog, struct product *product)
{
    if (catalog->retired_count == catalog->retired_capacity)
        catalog->retired =
            memory_grow(catalog->retired, &catalog->retired_capacity, sizeof(struct product *));
    catalog->retired[catalog->retired_count++] = product;
}

void catalog_put_product(struct catalog *catalog, const struct product *product)
{
    ensure(product->number > 0);
    ensure(product->number <= catalog->product_count + 1);
    ensure(product->number <= CATALOG_PRODUCTS_MAX);

    struct product *copy = memory_alloc(product->size);
    memcpy(copy, product, product->size);
    if (product->number > catalog->product_count) {
        if (product->number >= catalog->product_capacity)
            catalog->products = memory_grow(catalog->products, &catalog->product_capacity,
                                            sizeof(struct product *));
        catalog->product_count = product->number;
        catalog->products[product->number] = copy;
        sku_add(catalog, copy);
        return;
    }
    struct product *old = catalog->products[product->number];
    bool is_renamed = !text_equal(product_text(old, PRODUCT_SKU), product_text(copy, PRODUCT_SKU));
    if (is_renamed)
        sku_remove(catalog, old);
    catalog->products[product->number] = copy;
    if (is_renamed)
        sku_add(catalog, copy);
    catalog_retire(catalog, old);
}

void catalog_put_category(struct catalog *catalog, uint32_t number, uint32_t parent,
                          struct text name)
{
    ensure(number > 0);
    ensure(number <= catalog->category_count + 1);
    ensure(number <= CATALOG_CATEGORIES_MAX);
    ensure(name.length > 0);
    ensure(name.length <= CATEGORY_NAME_MAX);
    ensure(parent == 0 || category_find(catalog, parent) != NULL);
    ensure(parent == 0 || !category_is_within(catalog, parent, number));

    if (number > catalog->category_count) {
        if (number >= catalog->category_capacity)
            catalog->categories = memory_grow(catalog->categories, &catalog->category_capacity,
                                              sizeof(struct category *));
        catalog->categories[number] = memory_alloc_zeroed(1, sizeof(struct category));
        catalog->category_count = number;
    }
    struct category *category = catalog->categories[number];
    memset(category, 0, sizeof(*category));
    category->number = number;
    category->parent = parent;
    memcpy(category->name, name.data, name.length);
}
