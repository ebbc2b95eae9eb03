#include "lib/catalog_fixture.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {
    "red",   "Green", "BLUE",    "Laptop",  "Phone", "shirt", "Book", "café", "Straße", "lamp",
    "Table", "chair", "garden",  "Kitchen", "pro",   "mini",  "XL",   "wood", "steel",  "cotton",
    "usb",   "WLAN",  "battery", "set of",  "2023",  "é",     "a",    "zzz",  "@home",  "[box]",
};
static const char *const brands[] = {"Acme", "acme", "Globex", "Initech", "Ümlaut", "", "Zed & Co"};
static const char *const colors[] = {"red", "green", "blue", "with \\\"quotes\\\"", "a,b"};
static const char *const sizes[] = {"S", "M", "L"};
static const uint16_t ratings_x100[] = {0, 100, 250, 399, 400, 450, 500};

enum { BOTTOM_CATEGORIES = 20, STOCKED_IN = 2, WORDS_MAX = 6, LONG_WORDS_MAX = 60 };

static uint32_t below(struct catalog_fixture *fixture, uint64_t limit)
{
    return (uint32_t)random_below(&fixture->random, limit);
}

static void open_categories(struct catalog_fixture *fixture)
{
    struct catalog *catalog = &fixture->shop.catalog;
    for (uint32_t i = 0; i < CATEGORY_FIRST_COUNT; i++)
        catalog_put_category(catalog, i + 1, 0, text_of(category_first_names[i]));
    for (uint32_t i = 0; i < BOTTOM_CATEGORIES; i++) {
        char name[32];
        int length = snprintf(name, sizeof name, "%s %u", words[below(fixture, countof(words))], i);
        uint32_t parent = 1 + below(fixture, catalog->category_count);
        catalog_put_category(catalog, catalog->category_count + 1, parent,
                             (struct text){name, (uint32_t)length});
    }
}

static struct text random_words(struct catalog_fixture *fixture, uint32_t count_max)
{
    char line[1024];
    size_t length = 0;
    uint32_t count = below(fixture, count_max + 1);
    for (uint32_t i = 0; i < count; i++) {
        int added = snprintf(line + length, sizeof line - length, "%s%s", i == 0 ? "" : " ",
                             words[below(fixture, countof(words))]);
        length += (size_t)added;
    }
    return arena_copy_text(&fixture->arena, (struct text){line, (uint32_t)length});
}

static struct text format_text(struct catalog_fixture *fixture, const char *format, uint32_t a,
                               uint32_t b)
{
    char line[128];
    int length = format == NULL ? snprintf(line, sizeof line, "{\"color\":\"%s\",\"size\":\"%s\"}",
                                           colors[a], sizes[b])
                                : snprintf(line, sizeof line, "%s-%u-%u", format, a, b);
    return arena_copy_text(&fixture->arena, (struct text){line, (uint32_t)length});
}

static struct product_draft random_draft(struct catalog_fixture *fixture, uint32_t number)
{
    struct product_draft draft = {
        .number = number,
        .version = 1,
        .category = 1 + below(fixture, fixture->shop.catalog.category_count),
        .price_minor = below(fixture, 40) * 2500,
        .created_ms = 1000 + below(fixture, 50),
        .rating_x100 = ratings_x100[below(fixture, countof(ratings_x100))],
        .rating_count = below(fixture, 3),
        .status = below(fixture, 10) == 0 ? PRODUCT_ARCHIVED : PRODUCT_ACTIVE,
    };
    draft.texts[PRODUCT_SKU] = format_text(fixture, "Sku", number, below(fixture, 10));
    draft.texts[PRODUCT_SLUG] = TEXT("laptop-only-in-slug");
    draft.texts[PRODUCT_NAME] = random_words(fixture, WORDS_MAX);
    draft.texts[PRODUCT_DESCRIPTION] = random_words(fixture, LONG_WORDS_MAX);
    draft.texts[PRODUCT_BRAND] = text_of(brands[below(fixture, countof(brands))]);
    draft.texts[PRODUCT_ATTRIBUTES] =
        format_text(fixture, NULL, below(fixture, countof(colors)), below(fixture, countof(sizes)));
    return draft;
}

void catalog_fixture_put(struct catalog_fixture *fixture, uint32_t number)
{
    struct product_draft draft = random_draft(fixture, number);
    void *bytes = arena_alloc(&fixture->arena, product_size(&draft));
    catalog_put_product(&fixture->shop.catalog, product_write(&draft, bytes));
    for (uint16_t location = 1; location <= STOCKED_IN; location++) {
        uint32_t on_hand = below(fixture, 2) * below(fixture, 100);
        stock_set(&fixture->shop.stock, number, location, on_hand, on_hand / 2);
        stock_add_sold(&fixture->shop.stock, number, location, below(fixture, 5));
    }
    arena_reset(&fixture->arena);
}

void catalog_fixture_open(struct catalog_fixture *fixture, uint64_t seed, uint32_t product_count)
{
    *fixture = (struct catalog_fixture){.random = {seed}};
    arena_init(&fixture->arena, 1 << 16, (size_t)1 << 30);
    shop_init(&fixture->shop);
    fixture->shop.currency = money_currency("EUR");
    stock_put_location(&fixture->shop.stock, 1, 0, TEXT("main"));
    stock_put_location(&fixture->shop.stock, 2, 0, TEXT("second"));
    open_categories(fixture);
    for (uint32_t number = 1; number <= product_count; number++)
        catalog_fixture_put(fixture, number);
    fixture->view = view_open();
    view_publish_all(fixture->view, &fixture->shop);
}

void catalog_fixture_close(struct catalog_fixture *fixture)
{
    view_close(fixture->view);
    shop_release(&fixture->shop);
    arena_release(&fixture->arena);
}
