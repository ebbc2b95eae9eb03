#include "lib/catalog_fixture.h"

#include "shop/event.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Plural beside singular, hyphens, both apostrophes, accents, a letter of two, part numbers, words
 * without spaces between them, and what is no word at all. */
static const char *const words[] = {
    "red",    "Green",   "BLUE",    "Laptop",  "Phone",   "shirt",  "Book",  "café",    "Straße",
    "lamp",   "Table",   "chair",   "garden",  "Kitchen", "pro",    "mini",  "XL",      "wood",
    "steel",  "cotton",  "usb",     "WLAN",    "battery", "set of", "2023",  "é",       "a",
    "zzz",    "@home",   "[box]",   "laptops", "SS14",    "0402",   "shoes", "running", "t-shirt",
    "tshirt", "women's", "women’s", "womens",  "naïve",   "NAIVE",  "USB-C", "12-pack", "日本語",
    "タイ",   "วิทยุ",     "Ärzte",   "O'Neill",
};
static const char *const brands[] = {"Acme", "acme",   "Globex",   "Initech", "Ümlaut",
                                     "",     "umlaut", "Zed & Co", "ACMÉ"};
static const char *const colors[] = {"red", "green", "blue", "with \\\"quotes\\\"", "a,b"};
static const char *const sizes[] = {"S", "M", "L"};
static const uint16_t ratings_x100[] = {0, 100, 250, 399, 400, 450, 500};
/* Some do not fit in 32 bits. */
static const int64_t odd_prices_minor[] = {1, 4294967296, 4294967295, 99, 100000000000, 9999999999};

enum {
    BOTTOM_CATEGORIES = 20,
    STOCKED_IN = 2,
    WORDS_MAX = 6,
    LONG_WORDS_MAX = 60,
    FAMILIES = 40,
    PAIRED = 10, /* of so many products two have an SKU that differs by case alone */
};

static uint32_t below(struct catalog_fixture *fixture, uint64_t limit)
{
    return (uint32_t)random_below(&fixture->random, limit);
}

struct text catalog_fixture_word(struct random *random)
{
    return text_of(words[random_below(random, countof(words))]);
}

static void open_categories(struct catalog_fixture *fixture)
{
    struct catalog *catalog = &fixture->shop.catalog;
    for (uint32_t i = 0; i < CATEGORY_FIRST_COUNT; i++)
        catalog_put_category(catalog, i + 1, 0, text_of(category_first_names[i]));
    for (uint32_t i = 0; i < BOTTOM_CATEGORIES; i++) {
        char name[64];
        int length = snprintf(name, sizeof name, "%s %u", words[below(fixture, countof(words))], i);
        uint32_t parent = 1 + below(fixture, catalog->category_count);
        catalog_put_category(catalog, catalog->category_count + 1, parent,
                             (struct text){name, (uint32_t)length});
    }
}

static struct text random_words(struct catalog_fixture *fixture, uint32_t count_max)
{
    char line[2048];
    size_t length = 0;
    uint32_t count = below(fixture, count_max + 1);
    for (uint32_t i = 0; i < count; i++) {
        int added = snprintf(line + length, sizeof line - length, "%s%s", i == 0 ? "" : " ",
                             words[below(fixture, countof(words))]);
        length += (size_t)added;
    }
    return arena_copy_text(&fixture->arena, (struct text){line, (uint32_t)length});
}

__attribute__((format(printf, 2, 3))) static struct text
format_text(struct catalog_fixture *fixture, const char *format, ...)
{
    char line[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return arena_copy_text(&fixture->arena, (struct text){line, (uint32_t)length});
}

static struct text random_sku(struct catalog_fixture *fixture, uint32_t number)
{
    uint32_t first = number / PAIRED * PAIRED;
    if (number == first + 3)
        return format_text(fixture, "pair-%u", first);
    if (number == first + 4)
        return format_text(fixture, "PAIR-%u", first);
    return format_text(fixture, "Sku-%u-%u", number, below(fixture, 10));
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
        .rating_count =
            below(fixture, 20) == 0 ? 4000000000U + below(fixture, 3) : below(fixture, 3),
        .status = below(fixture, 10) == 0 ? PRODUCT_ARCHIVED : PRODUCT_ACTIVE,
    };
    if (below(fixture, 30) == 0)
        draft.price_minor = odd_prices_minor[below(fixture, countof(odd_prices_minor))];
    draft.texts[PRODUCT_SKU] = random_sku(fixture, number);
    draft.texts[PRODUCT_SLUG] = TEXT("laptop-only-in-slug");
    draft.texts[PRODUCT_NAME] = random_words(fixture, WORDS_MAX);
    draft.texts[PRODUCT_DESCRIPTION] = random_words(fixture, LONG_WORDS_MAX);
    draft.texts[PRODUCT_BRAND] = text_of(brands[below(fixture, countof(brands))]);
    if (below(fixture, 5) == 0)
        draft.texts[PRODUCT_FAMILY] = format_text(fixture, "family-%u", below(fixture, FAMILIES));
    const char *color = colors[below(fixture, countof(colors))];
    const char *size = sizes[below(fixture, countof(sizes))];
    if (draft.texts[PRODUCT_FAMILY].length > 0)
        draft.texts[PRODUCT_OPTIONS] = format_text(fixture, "{\"size\":\"%s\"}", size);
    draft.texts[PRODUCT_ATTRIBUTES] =
        format_text(fixture, "{\"color\":\"%s\",\"size\":\"%s\"}", color, size);
    return draft;
}

static void put_stock(struct catalog_fixture *fixture, uint32_t number)
{
    for (uint16_t location = 1; location <= STOCKED_IN; location++) {
        uint32_t on_hand = below(fixture, 2) * below(fixture, 100);
        stock_set(&fixture->shop.stock, number, location, on_hand, on_hand / 2);
        stock_add_sold(&fixture->shop.stock, number, location,
                       below(fixture, 40) == 0 ? 3000000000 : below(fixture, 5));
    }
}

static const struct product *put_draft(struct catalog_fixture *fixture,
                                       const struct product_draft *draft)
{
    void *bytes = arena_alloc(&fixture->arena, product_size(draft));
    const struct product *product = product_write(draft, bytes);
    catalog_put_product(&fixture->shop.catalog, product);
    return product;
}

void catalog_fixture_put(struct catalog_fixture *fixture, uint32_t number)
{
    struct product_draft draft = random_draft(fixture, number);
    put_draft(fixture, &draft);
    put_stock(fixture, number);
    arena_reset(&fixture->arena);
}

void catalog_fixture_draft(struct catalog_fixture *fixture, const struct product_draft *draft)
{
    const struct product *before = catalog_find(&fixture->shop.catalog, draft->number);
    struct product_draft next = *draft;
    next.version = before == NULL ? 1 : before->version + 1;
    const struct product *product = put_draft(fixture, &next);
    memcpy(event_append(&fixture->events, EVENT_PRODUCT_PUT, product->size, 1), product,
           product->size);
    arena_reset(&fixture->arena);
}

static void append_stock(struct catalog_fixture *fixture, uint32_t number, uint16_t location)
{
    const struct stock_row *row = stock_find(&fixture->shop.stock, number, location);
    ensure(row != NULL);
    struct event_stock_moved *moved = event_append(
        &fixture->events, EVENT_STOCK_MOVED, sizeof *moved + sizeof(struct event_stock_row), 1);
    moved->reason = STOCK_COUNTED;
    moved->row_count = 1;
    const struct event_stock_row moved_row = {.product = number,
                                              .location = location,
                                              .on_hand = row->on_hand,
                                              .reserved = row->reserved};
    memcpy(moved + 1, &moved_row, sizeof moved_row);
}

void catalog_fixture_stock(struct catalog_fixture *fixture, uint32_t number, uint32_t on_hand)
{
    struct stock *stock = &fixture->shop.stock;
    for (uint16_t location = 1; location <= STOCKED_IN; location++) {
        if (location > 1 && stock_find(stock, number, location) == NULL)
            continue;
        stock_set(stock, number, location, location == 1 ? on_hand : 0, 0);
        append_stock(fixture, number, location);
    }
}

void catalog_fixture_category(struct catalog_fixture *fixture, uint32_t number, uint32_t parent,
                              struct text name)
{
    catalog_put_category(&fixture->shop.catalog, number, parent, name);
    struct event_category_put *put =
        event_append(&fixture->events, EVENT_CATEGORY_PUT, sizeof *put + name.length, 1);
    put->number = number;
    put->parent = parent;
    put->name_length = name.length;
    memcpy(put + 1, name.data, name.length);
}

void catalog_fixture_publish(struct catalog_fixture *fixture)
{
    view_publish(fixture->view, &fixture->shop, fixture->events.data, fixture->events.length);
    buffer_reset(&fixture->events);
}

void catalog_fixture_replace(struct catalog_fixture *fixture, uint32_t number)
{
    struct product_draft draft = random_draft(fixture, number);
    catalog_fixture_draft(fixture, &draft);
    put_stock(fixture, number);
    append_stock(fixture, number, 1);
}

void catalog_fixture_change(struct catalog_fixture *fixture, uint32_t number)
{
    /* A copy, since the block is retired before the draft is used up. */
    const struct product *product = catalog_find(&fixture->shop.catalog, number);
    void *copy = arena_alloc(&fixture->arena, product->size);
    memcpy(copy, product, product->size);
    struct product_draft draft = product_read(copy);
    struct product_draft other = random_draft(fixture, number);
    uint32_t what = below(fixture, 8);
    switch (what) {
    case 0:
        draft.price_minor = other.price_minor;
        break;
    case 1:
        draft.rating_x100 = other.rating_x100;
        draft.rating_count = other.rating_count;
        break;
    case 2:
        draft.texts[PRODUCT_NAME] = other.texts[PRODUCT_NAME];
        break;
    case 3:
        draft.category = other.category;
        break;
    case 4:
        draft.status = draft.status == PRODUCT_ACTIVE ? PRODUCT_ARCHIVED : PRODUCT_ACTIVE;
        break;
    case 5:
        draft.texts[PRODUCT_FAMILY] = other.texts[PRODUCT_FAMILY];
        draft.texts[PRODUCT_BRAND] = other.texts[PRODUCT_BRAND];
        break;
    case 6:
        catalog_fixture_stock(fixture, number, below(fixture, 2) * below(fixture, 9));
        break;
    default:
        draft = other;
        break;
    }
    if (what == 6)
        arena_reset(&fixture->arena);
    else
        catalog_fixture_draft(fixture, &draft);
    catalog_fixture_publish(fixture);
}

void catalog_fixture_open_empty(struct catalog_fixture *fixture, uint64_t seed)
{
    *fixture = (struct catalog_fixture){.random = {seed}};
    arena_init(&fixture->arena, 1 << 16, (size_t)1 << 30);
    buffer_init(&fixture->events, 1 << 12);
    shop_init(&fixture->shop);
}

void catalog_fixture_show(struct catalog_fixture *fixture)
{
    fixture->view = view_open();
    view_publish_all(fixture->view, &fixture->shop);
}

void catalog_fixture_open(struct catalog_fixture *fixture, uint64_t seed, uint32_t product_count)
{
    catalog_fixture_open_empty(fixture, seed);
    fixture->shop.currency = money_currency("EUR");
    stock_put_location(&fixture->shop.stock, 1, 0, TEXT("main"));
    stock_put_location(&fixture->shop.stock, 2, 0, TEXT("second"));
    open_categories(fixture);
    for (uint32_t number = 1; number <= product_count; number++)
        catalog_fixture_put(fixture, number);
    catalog_fixture_show(fixture);
}

void catalog_fixture_close(struct catalog_fixture *fixture)
{
    view_close(fixture->view);
    shop_release(&fixture->shop);
    buffer_release(&fixture->events);
    arena_release(&fixture->arena);
}
