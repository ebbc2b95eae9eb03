#include "cli/transfer/import_row.h"

#include "shop/command/commands.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

const char *const import_column_names[IMPORT_COLUMN_COUNT] = {
    [IMPORT_TYPE] = "type",
    [IMPORT_SKU] = "sku",
    [IMPORT_NAME] = "name",
    [IMPORT_SLUG] = "slug",
    [IMPORT_DESCRIPTION] = "description",
    [IMPORT_BRAND] = "brand",
    [IMPORT_CATEGORY] = "category",
    [IMPORT_PRICE_MINOR] = "price_minor",
    [IMPORT_PRICE] = "price",
    [IMPORT_CURRENCY] = "currency",
    [IMPORT_RATING_X100] = "rating_x100",
    [IMPORT_REVIEW_COUNT] = "review_count",
    [IMPORT_STOCK] = "stock",
    [IMPORT_STATUS] = "status",
    [IMPORT_FAMILY] = "family",
    [IMPORT_IMAGES] = "images",
    [IMPORT_OPTIONS] = "options",
    [IMPORT_ATTRIBUTES] = "attributes",
    [IMPORT_METADATA] = "metadata",
    [IMPORT_LOW_STOCK_THRESHOLD] = "low_stock_threshold",
    [IMPORT_LOCATION] = "location",
    [IMPORT_PRIORITY] = "priority",
};

enum { RATING_MIN_X100 = 100, RATING_MAX_X100 = 500 };

/* What JSON a text must be. */
enum json_shape { NOT_JSON, LIST_OF_TEXTS, MAP_OF_TEXTS, ANY_OBJECT };

static const struct text_rule {
    enum import_column column;
    enum product_text text;
    uint32_t length_max;
    enum json_shape shape;
} text_rules[] = {
    {IMPORT_SKU, PRODUCT_SKU, PRODUCT_SKU_MAX, NOT_JSON},
    {IMPORT_SLUG, PRODUCT_SLUG, PRODUCT_SLUG_MAX, NOT_JSON},
    {IMPORT_NAME, PRODUCT_NAME, PRODUCT_NAME_MAX, NOT_JSON},
    {IMPORT_DESCRIPTION, PRODUCT_DESCRIPTION, PRODUCT_DESCRIPTION_MAX, NOT_JSON},
    {IMPORT_BRAND, PRODUCT_BRAND, PRODUCT_BRAND_MAX, NOT_JSON},
    {IMPORT_FAMILY, PRODUCT_FAMILY, PRODUCT_FAMILY_MAX, NOT_JSON},
    {IMPORT_IMAGES, PRODUCT_IMAGES, PRODUCT_JSON_MAX, LIST_OF_TEXTS},
    {IMPORT_OPTIONS, PRODUCT_OPTIONS, PRODUCT_JSON_MAX, MAP_OF_TEXTS},
    {IMPORT_ATTRIBUTES, PRODUCT_ATTRIBUTES, PRODUCT_JSON_MAX, MAP_OF_TEXTS},
    {IMPORT_METADATA, PRODUCT_METADATA, PRODUCT_JSON_MAX, ANY_OBJECT},
};

static bool fail(struct import_reason *reason, const char *column, const char *what)
{
    (void)snprintf(reason->text, sizeof(reason->text), "%s %s", column, what);
    return false;
}

static bool is_there(struct text value)
{
    return value.data != NULL;
}

static bool has_shape(json_t *json, enum json_shape shape)
{
    const char *key;
    size_t index;
    json_t *value;
    if (shape == LIST_OF_TEXTS) {
        if (!json_is_array(json))
            return false;
        json_array_foreach(json, index, value)
        {
            if (!json_is_string(value))
                return false;
        }
        return true;
    }
    if (!json_is_object(json))
        return false;
    json_object_foreach(json, key, value)
    {
        if (shape == MAP_OF_TEXTS && !json_is_string(value))
            return false;
    }
    return true;
}

/* Compact JSON in the arena; empty for an empty list or object. */
static bool compact_json(struct text value, enum json_shape shape, struct arena *arena,
                         struct text *out)
{
    json_t *json = json_loadb(value.data, value.length, JSON_REJECT_DUPLICATES, NULL);
    bool ok = json && has_shape(json, shape);
    *out = (struct text){.data = "", .length = 0};
    if (ok && json_array_size(json) + json_object_size(json) > 0) {
        size_t size = json_dumpb(json, NULL, 0, JSON_COMPACT);
        char *bytes = arena_alloc(arena, size);
        ensure(json_dumpb(json, bytes, size, JSON_COMPACT) == size);
        *out = (struct text){.data = bytes, .length = (uint32_t)size};
    }
    json_decref(json);
    return ok;
}

static bool take_texts(const struct text *values, struct arena *arena, struct import_row *row,
                       struct import_reason *reason)
{
    for (size_t i = 0; i < countof(text_rules); i++) {
        const struct text_rule *rule = &text_rules[i];
        const char *name = import_column_names[rule->column];
        struct text value = values[rule->column];
        struct text *text = &row->draft.texts[rule->text];
        if (!is_there(value))
            continue;
        *text = value;
        if (rule->shape != NOT_JSON && value.length > 0 &&
            !compact_json(value, rule->shape, arena, text))
            return fail(reason, name, "is not the JSON it must be");
        if (text->length > rule->length_max)
            return fail(reason, name, "is too long");
        row->fields |= 1u << (PRODUCT_FIELD_TEXT_FIRST + (uint32_t)rule->text);
    }
    if (row->draft.texts[PRODUCT_SKU].length == 0)
        return fail(reason, "sku", "is missing");
    if (row->draft.texts[PRODUCT_NAME].length == 0)
        row->draft.texts[PRODUCT_NAME] = row->draft.texts[PRODUCT_SKU];
    return true;
}

/* "19.99" -> 1999; currencies without cents use price_minor. */
static bool parse_decimal(struct text value, int64_t *minor_out)
{
    struct text whole = TEXT_NONE;
    uint64_t units = 0;
    uint32_t cents = 0;
    if (!text_cut(&value, '.', &whole) || !text_to_u64(whole, &units))
        return false;
    if (is_there(value) && (value.length == 0 || value.length > 2 || !text_to_u32(value, &cents)))
        return false;
    if (value.length == 1)
        cents *= 10;
    if (units > (uint64_t)MONEY_PRICE_MAX)
        return false;
    *minor_out = (int64_t)units * 100 + cents;
    return true;
}

static bool take_price(const struct text *values, struct import_row *row,
                       struct import_reason *reason)
{
    struct text minor = values[IMPORT_PRICE_MINOR];
    struct text decimal = values[IMPORT_PRICE];
    int64_t *price = &row->draft.price_minor;
    if (minor.length == 0 && decimal.length == 0)
        return fail(reason, "price", "is missing");
    bool ok = minor.length > 0 ? text_to_i64(minor, price) : parse_decimal(decimal, price);
    if (!ok)
        return fail(reason, minor.length > 0 ? "price_minor" : "price", "is not a price");
    if (*price < 0 || *price > MONEY_PRICE_MAX)
        return fail(reason, "price", "is out of range");
    row->fields |= 1u << PRODUCT_FIELD_PRICE;
    row->currency = values[IMPORT_CURRENCY];
    if (row->currency.length != 0 && row->currency.length != 3)
        return fail(reason, "currency", "is not three letters");
    return true;
}

/* A whole number, 0 where the field is empty. */
static bool take_u32(const struct text *values, enum import_column column, uint32_t *out,
                     struct import_reason *reason)
{
    *out = 0;
    if (values[column].length == 0 || text_to_u32(values[column], out))
        return true;
    return fail(reason, import_column_names[column], "is not a whole number");
}

static bool take_numbers(const struct text *values, struct import_row *row,
                         struct import_reason *reason)
{
    struct product_draft *draft = &row->draft;
    uint32_t rating = 0;
    if (!take_u32(values, IMPORT_RATING_X100, &rating, reason) ||
        !take_u32(values, IMPORT_REVIEW_COUNT, &draft->rating_count, reason) ||
        !take_u32(values, IMPORT_LOW_STOCK_THRESHOLD, &draft->low_stock_threshold, reason))
        return false;
    if (rating != 0 && (rating < RATING_MIN_X100 || rating > RATING_MAX_X100))
        return fail(reason, "rating_x100", "is not from 100 to 500");
    draft->rating_x100 = (uint16_t)rating;
    if (is_there(values[IMPORT_RATING_X100]) || is_there(values[IMPORT_REVIEW_COUNT]))
        row->fields |= 1u << PRODUCT_FIELD_RATING;
    if (is_there(values[IMPORT_LOW_STOCK_THRESHOLD]))
        row->fields |= 1u << PRODUCT_FIELD_THRESHOLD;
    struct text status = values[IMPORT_STATUS];
    if (is_there(status))
        row->fields |= 1u << PRODUCT_FIELD_STATUS;
    if (text_equal(status, TEXT("archived")))
        draft->status = PRODUCT_ARCHIVED;
    else if (status.length > 0 && !text_equal(status, TEXT("active")))
        return fail(reason, "status", "is neither active nor archived");
    return true;
}

/* {"main":5,"north":2} */
static bool take_places(json_t *stock, struct arena *arena, struct import_row *row)
{
    const char *key;
    json_t *value;
    size_t count = json_object_size(stock);
    if (!json_is_object(stock) || count > STOCK_LOCATIONS_MAX)
        return false;
    row->places = arena_alloc_array(arena, count + 1, sizeof(*row->places));
    json_object_foreach(stock, key, value)
    {
        json_int_t pieces = json_integer_value(value);
        if (!json_is_integer(value) || pieces < 0 || pieces > STOCK_PIECES_MAX)
            return false;
        if (strcmp(key, "main") == 0) {
            row->on_hand = (uint32_t)pieces;
            continue;
        }
        row->places[row->place_count++] = (struct import_place){
            .location = arena_copy_text(arena, text_of(key)), .on_hand = (uint32_t)pieces};
    }
    return true;
}

static bool take_stock(const struct text *values, struct arena *arena, struct import_row *row,
                       struct import_reason *reason)
{
    struct text stock = values[IMPORT_STOCK];
    row->on_hand = IMPORT_STOCK_AS_IT_IS;
    if (stock.length == 0)
        return true;
    if (stock.data[0] == '{') {
        json_t *json = json_loadb(stock.data, stock.length, JSON_REJECT_DUPLICATES, NULL);
        bool ok = take_places(json, arena, row);
        json_decref(json);
        return ok || fail(reason, "stock", "is not an object of location and number");
    }
    if (!text_to_u32(stock, &row->on_hand) || row->on_hand > STOCK_PIECES_MAX)
        return fail(reason, "stock", "is not a number of pieces");
    return true;
}

static bool take_location(const struct text *values, struct import_row *row,
                          struct import_reason *reason)
{
    int64_t priority = 0;
    row->location = values[IMPORT_LOCATION];
    if (row->location.length == 0 || row->location.length > LOCATION_NAME_MAX)
        return fail(reason, "location", "is missing or too long");
    if (values[IMPORT_PRIORITY].length > 0 && (!text_to_i64(values[IMPORT_PRIORITY], &priority) ||
                                               priority < INT32_MIN || priority > INT32_MAX))
        return fail(reason, "priority", "is not a number");
    row->priority = (int32_t)priority;
    return true;
}

static bool take_category(const struct text *values, struct arena *arena, struct import_row *row,
                          struct import_reason *reason)
{
    struct import_path path;
    row->category = values[IMPORT_CATEGORY];
    if (is_there(row->category))
        row->fields |= 1u << PRODUCT_FIELD_CATEGORY;
    if (row->category.length > 0 && !import_path_parse(row->category, arena, &path))
        return fail(reason, "category", "is no path of at most 12 names");
    return true;
}

static bool parse_kind(struct text type, enum import_kind *kind_out)
{
    static const struct {
        const char *name;
        enum import_kind kind;
    } kinds[] = {{"product", ROW_PRODUCT},
                 {"shop", ROW_SHOP},
                 {"category", ROW_CATEGORY},
                 {"location", ROW_LOCATION}};
    *kind_out = ROW_PRODUCT;
    for (size_t i = 0; i < countof(kinds); i++) {
        if (text_equal(type, text_of(kinds[i].name))) {
            *kind_out = kinds[i].kind;
            return true;
        }
    }
    return type.length == 0;
}

bool import_row_parse(const struct text *values, struct arena *arena, struct import_row *row_out,
                      struct import_reason *reason_out)
{
    struct import_row *row = row_out;
    *row = (struct import_row){.on_hand = IMPORT_STOCK_AS_IT_IS};
    if (!parse_kind(values[IMPORT_TYPE], &row->kind))
        return fail(reason_out, "type", "is not product, category, location or shop");
    switch (row->kind) {
    case ROW_SHOP:
        row->currency = values[IMPORT_CURRENCY];
        return row->currency.length == 3 || fail(reason_out, "currency", "is not three letters");
    case ROW_CATEGORY:
        return take_category(values, arena, row, reason_out) &&
               (row->category.length > 0 || fail(reason_out, "category", "is missing"));
    case ROW_LOCATION:
        return take_location(values, row, reason_out);
    case ROW_PRODUCT:
        break;
    }
    return take_texts(values, arena, row, reason_out) && take_price(values, row, reason_out) &&
           take_numbers(values, row, reason_out) && take_stock(values, arena, row, reason_out) &&
           take_category(values, arena, row, reason_out);
}

void import_row_keep(struct import_row *row, struct arena *arena)
{
    for (uint32_t i = 0; i < PRODUCT_TEXT_COUNT; i++)
        row->draft.texts[i] = arena_copy_text(arena, row->draft.texts[i]);
    row->category = arena_copy_text(arena, row->category);
    row->currency = arena_copy_text(arena, row->currency);
    row->location = arena_copy_text(arena, row->location);
    const struct import_place *places = row->places;
    row->places = arena_alloc_array(arena, row->place_count + 1u, sizeof(*row->places));
    for (uint32_t i = 0; i < row->place_count; i++) {
        row->places[i] = places[i];
        row->places[i].location = arena_copy_text(arena, places[i].location);
    }
}

static bool is_name(struct text name)
{
    return name.length > 0 && name.length <= CATEGORY_NAME_MAX;
}

static bool parse_names(struct text path, struct arena *arena, struct import_path *path_out)
{
    json_t *json = json_loadb(path.data, path.length, 0, NULL);
    size_t count = json_array_size(json);
    bool ok = has_shape(json, LIST_OF_TEXTS) && count > 0 && count <= CATEGORY_DEPTH_MAX;
    for (size_t i = 0; ok && i < count; i++) {
        struct text name = text_of(json_string_value(json_array_get(json, i)));
        path_out->names[path_out->count++] = arena_copy_text(arena, name);
        ok = is_name(name);
    }
    json_decref(json);
    return ok;
}

bool import_path_parse(struct text path, struct arena *arena, struct import_path *path_out)
{
    path_out->count = 0;
    if (path.length > 0 && path.data[0] == '[')
        return parse_names(path, arena, path_out);
    while (path.data) {
        const char *separator = memmem(path.data, path.length, " > ", 3);
        struct text name = path;
        if (separator) {
            name.length = (uint32_t)(separator - path.data);
            path.data += name.length + 3;
            path.length -= name.length + 3;
        } else {
            path = TEXT_NONE;
        }
        name = text_trim(name);
        if (!is_name(name) || path_out->count == CATEGORY_DEPTH_MAX)
            return false;
        path_out->names[path_out->count++] = name;
    }
    return path_out->count > 0;
}
