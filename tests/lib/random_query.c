#include "lib/random_query.h"

#include "lib/catalog_fixture.h"

#include <stdio.h>

const struct text random_query_synonyms =
    TEXT("phone, handset\nlamp, light source\nzzz, red, 0402\n");

static bool coin(struct random *random, uint64_t one_in)
{
    return random_below(random, one_in) == 0;
}

/* Beside the words of the fixture: a name of a category, SKUs in either case, an unknown word, one
 * with a slip, a beginning, synonyms, and what holds no word. */
static const struct text odd_words[] = {
    TEXT("electronics"), TEXT("sports"),  TEXT("PAIR-20"), TEXT("pair-30"),      TEXT("sku-7-3"),
    TEXT("Sku-12-1"),    TEXT("xyzzy"),   TEXT("laptpo"),  TEXT("lap"),          TEXT("handset"),
    TEXT("light"),       TEXT("@"),       TEXT("   "),     TEXT("only-in-slug"), TEXT("acme"),
    TEXT("ss14"),        TEXT("SS15"),    TEXT("402"),     TEXT("本"),           TEXT("日本"),
    TEXT("source"),      TEXT("pair-20"), TEXT("globex"),
};
static const struct text some_brands[] = {TEXT("ACME"), TEXT("Globex"), TEXT("nobody"),
                                          TEXT("ümlaut"), TEXT("zed & co")};
static const struct text some_skus[] = {TEXT("pair-10"), TEXT("PAIR-10"), TEXT("Sku-2-2"),
                                        TEXT("sku-5-3"), TEXT("none")};
static const struct search_attribute some_attributes[] = {
    {TEXT("color"), TEXT("red")},
    {TEXT("size"), TEXT("M")},
    {TEXT("olor"), TEXT("red")},
    {TEXT("color"), TEXT("a,b")},
    {TEXT("color"), TEXT("with \"quotes\"")},
};
static const uint32_t some_numbers[] = {5, 500, 17, 17, 99999, 0, 301, 18, 19, 20};

static struct text random_words(struct random *random, struct arena *arena)
{
    char line[SEARCH_WORDS_BYTES_MAX];
    uint32_t length = 0;
    uint32_t count = 1 + (uint32_t)random_below(random, 3);
    for (uint32_t i = 0; i < count; i++) {
        struct text word = coin(random, 5) ? odd_words[random_below(random, countof(odd_words))]
                                           : catalog_fixture_word(random);
        length += (uint32_t)snprintf(line + length, sizeof line - length, "%s%.*s",
                                     i == 0 ? "" : " ", TEXT_ARGS(word));
    }
    return arena_copy_text(arena, (struct text){line, length});
}

static void roll_lists(struct random *random, struct search_query *query)
{
    if (coin(random, 6)) {
        query->attributes[query->attribute_count++] =
            some_attributes[random_below(random, countof(some_attributes))];
        if (coin(random, 2))
            query->attributes[query->attribute_count++] = some_attributes[1];
    }
    query->has_numbers = coin(random, 12);
    query->numbers = some_numbers;
    query->number_count =
        query->has_numbers ? (uint32_t)random_below(random, countof(some_numbers) + 1) : 0;
    query->has_skus = coin(random, 12);
    query->skus = some_skus;
    query->sku_count = query->has_skus ? countof(some_skus) : 0;
}

struct search_query random_query(struct random *random, struct arena *arena)
{
    struct search_query query = {
        .sort = (enum search_sort)random_below(random, SEARCH_SORT_COUNT),
        .limit = 1 + (uint32_t)random_below(random, coin(random, 2) ? 12 : SEARCH_LIMIT_MAX),
        .want_facets = coin(random, 3),
    };
    if (coin(random, 2))
        query.words = random_words(random, arena);
    if (coin(random, 4))
        query.category = 1 + (uint32_t)random_below(random, 25);
    if (coin(random, 4))
        query.min_price_minor = (int64_t)random_below(random, 40) * 2500;
    query.has_max_price = coin(random, 4);
    query.max_price_minor = (int64_t)random_below(random, 40) * 2500;
    if (query.has_max_price && coin(random, 4))
        query.max_price_minor = coin(random, 2) ? INT64_C(4294967296) : INT64_C(4294967295);
    if (coin(random, 12))
        query.min_price_minor = INT64_C(4294967296);
    if (coin(random, 4))
        query.min_rating_x100 = (uint16_t)(399 + random_below(random, 102));
    query.in_stock = coin(random, 3);
    if (coin(random, 5))
        query.brand = some_brands[random_below(random, countof(some_brands))];
    roll_lists(random, &query);
    return query;
}
