#include "lib/tsv_shop.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMN_SKU,
    COLUMN_NAME,
    COLUMN_BRAND,
    COLUMN_CATEGORY,
    COLUMN_PRICE,
    COLUMN_RATING,
    COLUMN_REVIEWS,
    COLUMN_STOCK,
    COLUMN_DESCRIPTION,
    COLUMN_FAMILY,
    COLUMN_OPTIONS,
    COLUMN_ATTRIBUTES,
    COLUMN_CURRENCY,
    COLUMN_COUNT,
    FIELDS_MAX = 32,
};

static const char *const column_names[COLUMN_COUNT] = {
    "sku",   "name",        "brand",  "category", "price_minor", "rating_x100", "review_count",
    "stock", "description", "family", "options",  "attributes",  "currency",
};

struct columns {
    int field_of[COLUMN_COUNT]; /* -1 = not there */
};

static uint32_t cut_line(struct text line, struct text *fields)
{
    uint32_t count = 0;
    struct text field;
    while (count < FIELDS_MAX && text_cut(&line, '\t', &field))
        fields[count++] = field;
    return count;
}

static struct columns read_head(struct text line)
{
    struct columns columns;
    struct text fields[FIELDS_MAX];
    uint32_t count = cut_line(line, fields);
    for (uint32_t i = 0; i < COLUMN_COUNT; i++) {
        columns.field_of[i] = -1;
        for (uint32_t j = 0; j < count; j++) {
            if (text_equal(fields[j], text_of(column_names[i])))
                columns.field_of[i] = (int)j;
        }
    }
    return columns;
}

static uint32_t find_category(struct catalog *catalog, struct text path)
{
    uint32_t parent = 0;
    while (path.length > 0) {
        const char *end = memmem(path.data, path.length, " > ", 3);
        uint32_t length = end == NULL ? path.length : (uint32_t)(end - path.data);
        struct text name = {path.data, length};
        if (name.length > CATEGORY_NAME_MAX)
            name.length = CATEGORY_NAME_MAX;
        const struct category *found = category_find_name(catalog, parent, name);
        if (found == NULL) {
            catalog_put_category(catalog, catalog->category_count + 1, parent, name);
            parent = catalog->category_count;
        } else {
            parent = found->number;
        }
        uint32_t used = end == NULL ? path.length : length + 3;
        path = (struct text){path.data + used, path.length - used};
    }
    return parent;
}

static uint32_t number_or(struct text text, uint32_t otherwise)
{
    uint32_t number;
    return text_to_u32(text, &number) ? number : otherwise;
}

static void put_product(struct shop *shop, const struct columns *columns, struct text line,
                        struct random *random)
{
    struct text fields[FIELDS_MAX];
    struct text values[COLUMN_COUNT] = {{0}};
    uint32_t count = cut_line(line, fields);
    for (uint32_t i = 0; i < COLUMN_COUNT; i++) {
        if (columns->field_of[i] >= 0 && (uint32_t)columns->field_of[i] < count)
            values[i] = fields[columns->field_of[i]];
    }
    struct catalog *catalog = &shop->catalog;
    struct product_draft draft = {
        .number = catalog->product_count + 1,
        .version = 1,
        .category = find_category(catalog, values[COLUMN_CATEGORY]),
        .price_minor = number_or(values[COLUMN_PRICE], 99 + (uint32_t)random_below(random, 5000)),
        .created_ms = 1000 * (uint64_t)(catalog->product_count + 1),
        .rating_x100 = (uint16_t)number_or(values[COLUMN_RATING], 0),
        .rating_count = number_or(values[COLUMN_REVIEWS], 0),
        .texts =
            {
                [PRODUCT_SKU] = values[COLUMN_SKU],
                [PRODUCT_NAME] = values[COLUMN_NAME],
                [PRODUCT_BRAND] = values[COLUMN_BRAND],
                [PRODUCT_DESCRIPTION] = values[COLUMN_DESCRIPTION],
                [PRODUCT_FAMILY] = values[COLUMN_FAMILY],
                [PRODUCT_OPTIONS] = values[COLUMN_OPTIONS],
                [PRODUCT_ATTRIBUTES] = values[COLUMN_ATTRIBUTES],
            },
    };
    void *bytes = memory_alloc(product_size(&draft));
    catalog_put_product(catalog, product_write(&draft, bytes));
    memory_free(bytes);
    uint32_t on_hand = number_or(values[COLUMN_STOCK], (uint32_t)random_below(random, 9) * 10);
    stock_set(&shop->stock, draft.number, 1, on_hand, 0);
}

void tsv_shop_fill(struct shop *shop, const char *path)
{
    struct random random = {7};
    char *line = NULL;
    size_t capacity = 0;
    FILE *file = fopen(path, "r");
    ensure(file != NULL);
    shop->currency = money_currency("USD");
    stock_put_location(&shop->stock, 1, 0, TEXT("main"));
    ssize_t length = getline(&line, &capacity, file);
    ensure(length > 0);
    struct columns columns = read_head(text_trim((struct text){line, (uint32_t)length}));
    while ((length = getline(&line, &capacity, file)) > 0) {
        if (line[length - 1] == '\n')
            length--;
        put_product(shop, &columns, (struct text){line, (uint32_t)length}, &random);
    }
    free(line);
    ensure(fclose(file) == 0);
}

static void write_path(FILE *file, const struct catalog *catalog, uint32_t category)
{
    const char *names[CATEGORY_DEPTH_MAX + 1];
    uint32_t depth = 0;
    for (; category != 0; category = category_find(catalog, category)->parent)
        names[depth++] = category_find(catalog, category)->name;
    while (depth > 0) {
        depth--;
        (void)fprintf(file, "%s%s", names[depth], depth > 0 ? " > " : "");
    }
}

void tsv_shop_write(const struct shop *shop, const char *path)
{
    static const struct {
        uint32_t column;
        enum product_text text;
    } texts[] = {
        {COLUMN_SKU, PRODUCT_SKU},
        {COLUMN_NAME, PRODUCT_NAME},
        {COLUMN_BRAND, PRODUCT_BRAND},
        {COLUMN_DESCRIPTION, PRODUCT_DESCRIPTION},
        {COLUMN_FAMILY, PRODUCT_FAMILY},
        {COLUMN_OPTIONS, PRODUCT_OPTIONS},
        {COLUMN_ATTRIBUTES, PRODUCT_ATTRIBUTES},
    };
    FILE *file = fopen(path, "w");
    ensure(file != NULL);
    for (uint32_t i = 0; i < countof(texts); i++)
        (void)fprintf(file, "%s\t", column_names[texts[i].column]);
    (void)fprintf(file, "price_minor\trating_x100\treview_count\tstock\tcurrency\tcategory\n");
    for (uint32_t number = 1; number <= shop->catalog.product_count; number++) {
        const struct product *product = catalog_find(&shop->catalog, number);
        for (uint32_t i = 0; i < countof(texts); i++)
            (void)fprintf(file, "%.*s\t", TEXT_ARGS(product_text(product, texts[i].text)));
        (void)fprintf(file, "%ld\t%u\t%u\t%u\tUSD\t", (long)product->price_minor,
                      product->rating_x100, product->rating_count,
                      stock_available(&shop->stock, number));
        write_path(file, &shop->catalog, product->category);
        (void)fputc('\n', file);
    }
    ensure(fclose(file) == 0);
}
