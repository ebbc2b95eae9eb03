#include "cli/transfer/export_row.h"

#include "base/json_out.h"
#include "base/memory.h"
#include "cli/transfer/import_row.h"

#include <stdlib.h>
#include <string.h>

/* The columns that are written: every one that import knows but the decimal price. */
static bool is_written(uint32_t column)
{
    return column != IMPORT_PRICE;
}

/* What a row has in its columns. In a TSV `is_json` does not matter: the text is the same. */
struct value {
    struct text text; /* data NULL = nothing */
    bool is_json;     /* a number or a JSON value: written without quotes */
};

static void set_text(struct value *value, struct text text)
{
    value->text = text;
    value->is_json = false;
}

static void set_json(struct value *value, struct text text)
{
    ensure(text.length > 0);
    value->text = text;
    value->is_json = true;
}

/* Names of a category from the top down; their number. */
static uint32_t names_of(const struct shop *shop, uint32_t category,
                         const char *names_out[CATEGORY_DEPTH_MAX])
{
    uint32_t depth = 0;
    for (uint32_t at = category; at != 0; at = category_find(&shop->catalog, at)->parent)
        depth++;
    ensure(depth <= CATEGORY_DEPTH_MAX);
    uint32_t place = depth;
    for (uint32_t at = category; at != 0; at = category_find(&shop->catalog, at)->parent)
        names_out[--place] = category_find(&shop->catalog, at)->name;
    return depth;
}

/* Whether "A > B" would be read back as these names. */
static bool is_plain_path(const char *const *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        ensure(names[i]);
        struct text name = text_of(names[i]);
        struct text trimmed = text_trim(name);
        if (strstr(names[i], " > ") || trimmed.length != name.length)
            return false;
        /* " > " may come into being where a name begins or ends with half of it */
        if (strncmp(names[i], "> ", 2) == 0 ||
            (name.length >= 2 && strcmp(names[i] + name.length - 2, " >") == 0))
            return false;
    }
    return names[0][0] != '[';
}

static char *make_path(struct export *export, uint32_t category)
{
    const char *names[CATEGORY_DEPTH_MAX] = {NULL};
    uint32_t count = names_of(export->shop, category, names);
    struct json_out json;
    bool is_plain = is_plain_path(names, count);
    buffer_reset(&export->scratch);
    json_out_init(&json, &export->scratch);
    if (!is_plain)
        json_out_array_begin(&json);
    for (uint32_t i = 0; i < count; i++) {
        if (is_plain)
            buffer_printf(&export->scratch, "%s%s", i > 0 ? " > " : "", names[i]);
        else
            json_out_text(&json, text_of(names[i]));
    }
    if (!is_plain)
        json_out_array_end(&json);
    buffer_append(&export->scratch, "", 1);
    char *path = memory_alloc(export->scratch.length);
    memcpy(path, export->scratch.data, export->scratch.length);
    return path;
}

/* Children by name under every parent, depth first, is the order of the lists of names. */
static int compare_categories(const void *a, const void *b, void *context)
{
    const struct export *export = context;
    const char *left[CATEGORY_DEPTH_MAX];
    const char *right[CATEGORY_DEPTH_MAX];
    uint32_t left_count = names_of(export->shop, *(const uint32_t *)a, left);
    uint32_t right_count = names_of(export->shop, *(const uint32_t *)b, right);
    for (uint32_t i = 0; i < left_count && i < right_count; i++) {
        int order = strcmp(left[i], right[i]);
        if (order != 0)
            return order;
    }
    return (left_count > right_count) - (left_count < right_count);
}

void export_init(struct export *export, const struct shop *shop, enum export_format format)
{
    uint32_t count = shop->catalog.category_count;
    *export = (struct export){.shop = shop, .format = format};
    buffer_init(&export->row, 4096);
    buffer_init(&export->scratch, 4096);
    export->category_paths = memory_alloc_zeroed((size_t)count + 1, sizeof(char *));
    export->category_order = memory_alloc_zeroed((size_t)count + 1, sizeof(uint32_t));
    for (uint32_t i = 1; i <= count; i++) {
        export->category_paths[i] = make_path(export, i);
        export->category_order[i - 1] = i;
    }
    qsort_r(export->category_order, count, sizeof(uint32_t), compare_categories, export);
}

void export_release(struct export *export)
{
    for (uint32_t i = 1; i <= export->shop->catalog.category_count; i++)
        memory_free(export->category_paths[i]);
    memory_free(export->category_paths);
    memory_free(export->category_order);
    buffer_release(&export->row);
    buffer_release(&export->scratch);
}

/* Bytes put into scratch from `start` on, as text. Good until scratch is written again. */
static struct text written_since(const struct export *export, size_t start)
{
    return (struct text){.data = export->scratch.data + start,
                         .length = (uint32_t)(export->scratch.length - start)};
}

/* 5, or {"main":5,"north":2} when anything lies elsewhere. Places with nothing are left out. */
static void write_stock(struct export *export, uint32_t product)
{
    const struct stock *stock = &export->shop->stock;
    uint32_t main_pieces = 0;
    bool is_elsewhere = false;
    for (uint32_t i = 1; i <= stock->location_count; i++) {
        const struct stock_row *row = stock_find(stock, product, (uint16_t)i);
        if (row && i == 1)
            main_pieces = row->on_hand;
        else if (row && row->on_hand > 0)
            is_elsewhere = true;
    }
    if (!is_elsewhere) {
        buffer_append_u64(&export->scratch, main_pieces);
        return;
    }
    struct json_out json;
    json_out_init(&json, &export->scratch);
    json_out_object_begin(&json);
    json_out_key(&json, "main");
    json_out_u64(&json, main_pieces);
    for (uint32_t i = 2; i <= stock->location_count; i++) {
        const struct stock_row *row = stock_find(stock, product, (uint16_t)i);
        if (!row || row->on_hand == 0)
            continue;
        buffer_append_text(&export->scratch, TEXT(","));
        json_out_init(&json, &export->scratch);
        json_out_text(&json, text_of(stock->locations[i].name));
        buffer_append_text(&export->scratch, TEXT(":"));
        buffer_append_u64(&export->scratch, row->on_hand);
    }
    buffer_append_text(&export->scratch, TEXT("}"));
}

static void fill_product(struct export *export, const struct product *product,
                         struct value values[IMPORT_COLUMN_COUNT])
{
    static const struct {
        enum import_column column;
        enum product_text which;
        const char *empty; /* JSON that stands for nothing; NULL = a plain text */
    } texts[] = {{IMPORT_SKU, PRODUCT_SKU, NULL},
                 {IMPORT_NAME, PRODUCT_NAME, NULL},
                 {IMPORT_SLUG, PRODUCT_SLUG, NULL},
                 {IMPORT_DESCRIPTION, PRODUCT_DESCRIPTION, NULL},
                 {IMPORT_BRAND, PRODUCT_BRAND, NULL},
                 {IMPORT_FAMILY, PRODUCT_FAMILY, NULL},
                 {IMPORT_IMAGES, PRODUCT_IMAGES, "[]"},
                 {IMPORT_OPTIONS, PRODUCT_OPTIONS, "{}"},
                 {IMPORT_ATTRIBUTES, PRODUCT_ATTRIBUTES, "{}"},
                 {IMPORT_METADATA, PRODUCT_METADATA, "{}"}};
    for (size_t i = 0; i < countof(texts); i++) {
        struct text text = product_text(product, texts[i].which);
        if (texts[i].empty)
            set_json(&values[texts[i].column], text.length > 0 ? text : text_of(texts[i].empty));
        else
            set_text(&values[texts[i].column], text);
    }
    const char *category = product->category ? export->category_paths[product->category] : "";
    set_text(&values[IMPORT_CATEGORY], text_of(category));
    set_text(&values[IMPORT_STATUS],
             product->status == PRODUCT_ARCHIVED ? TEXT("archived") : TEXT("active"));
}

/* Numbers go through scratch: offsets first, texts when nothing moves any more. */
static void fill_numbers(struct export *export, const struct product *product,
                         struct value values[IMPORT_COLUMN_COUNT])
{
    static const enum import_column columns[] = {IMPORT_PRICE_MINOR, IMPORT_RATING_X100,
                                                 IMPORT_REVIEW_COUNT, IMPORT_LOW_STOCK_THRESHOLD};
    const int64_t numbers[] = {product->price_minor, product->rating_x100, product->rating_count,
                               product->low_stock_threshold};
    size_t starts[countof(columns) + 2];
    buffer_reset(&export->scratch);
    for (size_t i = 0; i < countof(columns); i++) {
        starts[i] = export->scratch.length;
        buffer_append_i64(&export->scratch, numbers[i]);
    }
    starts[countof(columns)] = export->scratch.length;
    write_stock(export, product->number);
    for (size_t i = 0; i < countof(columns); i++) {
        struct text text = written_since(export, starts[i]);
        text.length = (uint32_t)(starts[i + 1] - starts[i]);
        set_json(&values[columns[i]], text);
    }
    set_json(&values[IMPORT_STOCK], written_since(export, starts[countof(columns)]));
}

static void write_ndjson(struct export *export, const struct value *values)
{
    struct json_out json;
    json_out_init(&json, &export->row);
    json_out_object_begin(&json);
    for (uint32_t i = 0; i < IMPORT_COLUMN_COUNT; i++) {
        if (!is_written(i) || !values[i].text.data)
            continue;
        json_out_key(&json, import_column_names[i]);
        if (values[i].is_json)
            json_out_raw(&json, values[i].text);
        else
            json_out_text(&json, values[i].text);
    }
    json_out_object_end(&json);
}

/* \t \n \r \\ as table_reader.h reads them. */
static void append_escaped(struct buffer *buffer, struct text text)
{
    static const char from[] = "\t\n\r\\";
    static const char to[] = "tnr\\";
    for (uint32_t i = 0; i < text.length; i++) {
        const char *which = memchr(from, text.data[i], sizeof(from) - 1);
        if (which)
            buffer_append(buffer, "\\", 1);
        buffer_append(buffer, which ? &to[which - from] : &text.data[i], 1);
    }
}

static void write_tsv(struct export *export, const struct value *values)
{
    for (uint32_t i = 0; i < IMPORT_COLUMN_COUNT; i++) {
        if (!is_written(i))
            continue;
        if (i > 0)
            buffer_append_text(&export->row, TEXT("\t"));
        if (values[i].text.data)
            append_escaped(&export->row, values[i].text);
    }
}

static void fill_header(struct value values[IMPORT_COLUMN_COUNT])
{
    for (uint32_t i = 0; i < IMPORT_COLUMN_COUNT; i++)
        set_text(&values[i], text_of(import_column_names[i]));
}

/* Header, shop, locations, categories, products: the value of what stands at `index`. */
static void fill_row(struct export *export, uint32_t index,
                     struct value values[IMPORT_COLUMN_COUNT], char currency[4])
{
    const struct shop *shop = export->shop;
    money_currency_letters(shop->currency, currency);
    if (index == 0) {
        set_text(&values[IMPORT_TYPE], TEXT("shop"));
        set_text(&values[IMPORT_CURRENCY], text_of(currency));
        return;
    }
    index--;
    if (index < shop->stock.location_count) {
        const struct location *location = &shop->stock.locations[index + 1];
        buffer_reset(&export->scratch);
        buffer_append_i64(&export->scratch, location->priority);
        set_text(&values[IMPORT_TYPE], TEXT("location"));
        set_text(&values[IMPORT_LOCATION], text_of(location->name));
        set_json(&values[IMPORT_PRIORITY], buffer_text(&export->scratch));
        return;
    }
    index -= shop->stock.location_count;
    if (index < shop->catalog.category_count) {
        const char *path = export->category_paths[export->category_order[index]];
        set_text(&values[IMPORT_TYPE], TEXT("category"));
        set_text(&values[IMPORT_CATEGORY], text_of(path));
        return;
    }
    index -= shop->catalog.category_count;
    const struct product *product = catalog_find(&shop->catalog, index + 1);
    ensure(product);
    set_text(&values[IMPORT_TYPE], TEXT("product"));
    set_text(&values[IMPORT_CURRENCY], text_of(currency));
    fill_product(export, product, values);
    fill_numbers(export, product, values);
}

uint32_t export_row_count(const struct export *export)
{
    const struct shop *shop = export->shop;
    return 2 + shop->stock.location_count + shop->catalog.category_count +
           shop->catalog.product_count;
}

struct text export_row(struct export *export, uint32_t index)
{
    struct value values[IMPORT_COLUMN_COUNT] = {{.is_json = false}};
    char currency[4];
    ensure(index < export_row_count(export));
    buffer_reset(&export->row);
    if (index == 0 && export->format == EXPORT_NDJSON)
        return buffer_text(&export->row);
    if (index == 0)
        fill_header(values);
    else
        fill_row(export, index - 1, values, currency);
    if (export->format == EXPORT_TSV)
        write_tsv(export, values);
    else
        write_ndjson(export, values);
    buffer_append_text(&export->row, TEXT("\n"));
    return buffer_text(&export->row);
}
