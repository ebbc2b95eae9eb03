#include "api/render/render.h"

static const struct category *category_at(const struct view_categories *categories, uint32_t number)
{
    if (categories == NULL || number == 0 || number > categories->count)
        return NULL;
    return &categories->categories[number];
}

void render_category_path(const struct call *call, struct json_out *json, uint32_t category)
{
    const struct view_categories *categories = view_categories(call->view);
    const char *names[CATEGORY_DEPTH_MAX];
    uint32_t depth = 0;
    const struct category *at = category_at(categories, category);
    while (at != NULL && depth < CATEGORY_DEPTH_MAX) {
        names[depth++] = at->name;
        at = category_at(categories, at->parent);
    }
    if (depth == 0) {
        json_out_null(json);
        return;
    }
    static const char separator[] = " > ";
    char path[CATEGORY_DEPTH_MAX * (CATEGORY_NAME_MAX + sizeof(separator))];
    uint32_t length = 0;
    while (depth > 0) {
        for (const char *name = names[--depth]; *name != '\0'; name++)
            path[length++] = *name;
        for (const char *byte = separator; depth > 0 && *byte != '\0'; byte++)
            path[length++] = *byte;
    }
    json_out_text(json, (struct text){path, length});
}

void render_category(const struct call *call, struct json_out *json,
                     const struct category *category)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_id(call, json, ID_CATEGORY, category->number);
    json_out_key(json, "name");
    json_out_text(json, text_of(category->name));
    json_out_key(json, "path");
    render_category_path(call, json, category->number);
    json_out_key(json, "parent");
    render_id_or_null(call, json, ID_CATEGORY, category->parent);
    json_out_object_end(json);
}

/* Texts that are JSON already; `empty` stands for none. */
static void render_json(struct json_out *json, const char *key, struct text value,
                        struct text empty)
{
    json_out_key(json, key);
    json_out_raw(json, value.length > 0 ? value : empty);
}

/* The mean as it is read, 4.52, without floating point. */
static void render_rating(struct json_out *json, const struct product *product)
{
    json_out_object_begin(json);
    json_out_key(json, "average");
    if (product->rating_count == 0 || product->rating_x100 == 0) {
        json_out_null(json);
    } else {
        uint32_t mean = product->rating_x100;
        char text[4] = {(char)('0' + mean / 100 % 10), '.', (char)('0' + mean / 10 % 10),
                        (char)('0' + mean % 10)};
        json_out_raw(json, (struct text){text, sizeof(text)});
    }
    json_out_key(json, "count");
    json_out_u64(json, product->rating_count);
    json_out_object_end(json);
}

static void render_text_of(struct json_out *json, const char *key, const struct product *product,
                           enum product_text which)
{
    json_out_key(json, key);
    render_text_or_null(json, product_text(product, which));
}

void render_product_names(const struct call *call, struct json_out *json, uint32_t number)
{
    const struct product *product = view_product(call->view, number);
    json_out_key(json, "product_id");
    render_id(call, json, ID_PRODUCT, number);
    json_out_key(json, "sku");
    json_out_text(json, product == NULL ? TEXT_NONE : product_text(product, PRODUCT_SKU));
    json_out_key(json, "name");
    json_out_text(json, product == NULL ? TEXT_NONE : product_text(product, PRODUCT_NAME));
}

void render_product(const struct call *call, struct json_out *json, const struct product *product)
{
    json_out_object_begin(json);
    json_out_key(json, "id");
    render_id(call, json, ID_PRODUCT, product->number);
    render_text_of(json, "sku", product, PRODUCT_SKU);
    render_text_of(json, "name", product, PRODUCT_NAME);
    render_text_of(json, "slug", product, PRODUCT_SLUG);
    render_text_of(json, "description", product, PRODUCT_DESCRIPTION);
    render_text_of(json, "brand", product, PRODUCT_BRAND);
    json_out_key(json, "category");
    render_category_path(call, json, product->category);
    json_out_key(json, "price");
    render_money(json, product->price_minor, view_currency(call->view));
    uint32_t available =
        product->status == PRODUCT_ACTIVE ? view_available(call->view, product->number) : 0;
    json_out_key(json, "available");
    json_out_u64(json, available);
    json_out_key(json, "in_stock");
    json_out_bool(json, available > 0);
    json_out_key(json, "status");
    json_out_text(json, product->status == PRODUCT_ARCHIVED ? TEXT("archived") : TEXT("active"));
    json_out_key(json, "rating");
    render_rating(json, product);
    render_json(json, "images", product_text(product, PRODUCT_IMAGES), TEXT("[]"));
    render_text_of(json, "family", product, PRODUCT_FAMILY);
    render_json(json, "options", product_text(product, PRODUCT_OPTIONS), TEXT("{}"));
    render_json(json, "attributes", product_text(product, PRODUCT_ATTRIBUTES), TEXT("{}"));
    render_json(json, "metadata", product_text(product, PRODUCT_METADATA), TEXT("{}"));
    json_out_key(json, "low_stock_threshold");
    json_out_u64(json, product->low_stock_threshold);
    json_out_key(json, "version");
    json_out_u64(json, product->version);
    json_out_key(json, "created_at");
    json_out_time(json, product->created_ms);
    json_out_key(json, "updated_at");
    json_out_time(json, product->updated_ms);
    json_out_object_end(json);
}
