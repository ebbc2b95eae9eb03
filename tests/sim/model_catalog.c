/* model_catalog.c - the auditor's books about products and the categories they are in. */
#include "base/check.h"
#include "sim/model.h"

static struct verdict verdict_of(enum err_code code)
{
    return (struct verdict){.code = code};
}

static bool is_category(const struct model *model, uint32_t category)
{
    return category >= 1 && category <= model->category_count;
}

/* ---- products ---- */

struct verdict model_product_new(struct model *model, uint32_t sku, int64_t price,
                                 uint32_t category)
{
    if (model->sku_taken[sku])
        return verdict_of(ERR_SKU_TAKEN);
    if (!is_category(model, category))
        return verdict_of(ERR_CATEGORY_UNKNOWN);
    ensure(model->product_count < MODEL_PRODUCTS);
    model->sku_taken[sku] = true;
    model->products[++model->product_count] =
        (struct model_product){.price = price, .category = category};
    return (struct verdict){.code = ERR_NONE, .product = model->product_count};
}

struct verdict model_product_change(struct model *model, uint32_t product, int64_t price,
                                    bool archived, uint32_t category)
{
    if (!is_category(model, category))
        return verdict_of(ERR_CATEGORY_UNKNOWN);
    model->products[product].price = price;
    model->products[product].archived = archived;
    model->products[product].category = category;
    return verdict_of(ERR_NONE);
}

/* ---- categories ---- */

static bool is_within(const struct model *model, uint32_t category, uint32_t above)
{
    while (category != 0 && category != above)
        category = model->categories[category].parent;
    return category == above && above != 0;
}

/* 1 at the top. */
static uint32_t depth_of(const struct model *model, uint32_t category)
{
    uint32_t depth = 0;
    for (; category != 0; category = model->categories[category].parent)
        depth++;
    return depth;
}

/* How many levels it and what is below it are. */
static uint32_t levels_of(const struct model *model, uint32_t category)
{
    uint32_t deepest = depth_of(model, category);
    for (uint32_t i = 1; i <= model->category_count; i++) {
        if (is_within(model, i, category) && depth_of(model, i) > deepest)
            deepest = depth_of(model, i);
    }
    return deepest - depth_of(model, category) + 1;
}

static bool is_name_taken(const struct model *model, uint32_t parent, uint32_t name,
                          uint32_t except)
{
    for (uint32_t i = 1; i <= model->category_count; i++) {
        const struct model_category *it = &model->categories[i];
        if (i != except && it->parent == parent && it->name == name)
            return true;
    }
    return false;
}

/* `category` 0: a new one. */
static enum err_code place_fault(const struct model *model, uint32_t category, uint32_t parent,
                                 uint32_t name)
{
    uint32_t levels = category == 0 ? 1 : levels_of(model, category);
    if (parent != 0 && !is_category(model, parent))
        return ERR_CATEGORY_UNKNOWN;
    if (is_within(model, parent, category))
        return ERR_CATEGORY_CYCLE;
    if (is_name_taken(model, parent, name, category))
        return ERR_CATEGORY_TAKEN;
    return depth_of(model, parent) + levels > MODEL_LEVELS_MAX ? ERR_CATEGORY_LIMIT : ERR_NONE;
}

struct verdict model_category_new(struct model *model, uint32_t parent, uint32_t name)
{
    enum err_code code = place_fault(model, 0, parent, name);
    if (code != ERR_NONE)
        return verdict_of(code);
    ensure(model->category_count < MODEL_CATEGORIES);
    model->categories[++model->category_count] = (struct model_category){parent, name};
    return (struct verdict){.code = ERR_NONE, .category = model->category_count};
}

struct verdict model_category_move(struct model *model, uint32_t category, uint32_t parent)
{
    if (!is_category(model, category))
        return verdict_of(ERR_CATEGORY_UNKNOWN);
    enum err_code code = place_fault(model, category, parent, model->categories[category].name);
    if (code == ERR_NONE)
        model->categories[category].parent = parent;
    return verdict_of(code);
}
