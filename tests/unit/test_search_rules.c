/* Rules of the search one by one, on catalogues of a few products made for each. */
#include "base/random.h"
#include "lib/search_bed.h"
#include "search/index/index.h"
#include "search/index/ranking.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { ELECTRONICS = 1, BOOKS = 2, CLOTHING = 3 };

static void open_bed(struct search_bed *bed, struct text synonyms)
{
    search_bed_open(bed, 1, 0, synonyms);
}

static struct search_result ask(struct search_bed *bed, const char *words)
{
    struct search_query query = {.words = text_of(words), .limit = SEARCH_LIMIT_MAX};
    arena_reset(&bed->arena);
    return search_bed_ask(bed, &query);
}

/* Exactly these, in this order (0 ends the list), with nothing done to the words. */
static void assert_found(struct search_bed *bed, const char *words, const uint32_t *numbers)
{
    struct search_result result = ask(bed, words);
    uint32_t count = 0;
    while (numbers[count] != 0)
        count++;
    if (result.total != count || result.note_count != 0)
        print_message("# '%s' finds %lu, with %u notes\n", words, (unsigned long)result.total,
                      result.note_count);
    assert_int_equal(result.total, count);
    assert_int_equal(result.note_count, 0);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(result.hits[i], numbers[i]);
}

#define FINDS(bed, words, ...) assert_found(bed, words, (const uint32_t[]){__VA_ARGS__, 0})

static bool is_hit(const struct search_result *result, uint32_t number)
{
    for (uint32_t i = 0; i < result->hit_count; i++) {
        if (result->hits[i] == number)
            return true;
    }
    return false;
}

/* Some were found, this one among them, after the word was replaced (NULL = left out). */
static void assert_noted(struct search_bed *bed, const char *words, uint32_t number,
                         const char *word, const char *used)
{
    struct search_result result = ask(bed, words);
    if (result.note_count != 1 || !text_equal(result.notes[0].used, text_of(used)))
        print_message("# '%s' finds %lu, with %u notes, the first '%.*s' -> '%.*s'\n", words,
                      (unsigned long)result.total, result.note_count,
                      TEXT_ARGS(result.notes[0].word), TEXT_ARGS(result.notes[0].used));
    assert_true(is_hit(&result, number));
    assert_int_equal(result.note_count, 1);
    assert_true(text_equal(result.notes[0].word, text_of(word)));
    assert_true(text_equal(result.notes[0].used, text_of(used)));
}

static uint32_t add(struct search_bed *bed, const char *name)
{
    return search_bed_add(bed, &(struct search_bed_product){.name = name});
}

/* --- words --- */

static void words_are_cut_and_folded(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    uint32_t cafe = add(&bed, "Café Crème");
    uint32_t street = add(&bed, "Große Straße");
    uint32_t womens = add(&bed, "Women's gloves");
    uint32_t quoted = add(&bed, "Women’s hat");
    uint32_t shirt = add(&bed, "T-shirt");
    uint32_t resistor = add(&bed, "Resistor 0402 (10k)");
    uint32_t diode = add(&bed, "Diode SS14, Schottky");
    uint32_t wide = add(&bed, "ＦＵＬＬ ｗｉｄｔｈ ½");
    uint32_t steak = add(&bed, "Ｔ－ｂｏｎｅ steak, aged");
    FINDS(&bed, "cafe", cafe);
    FINDS(&bed, "CAFÉ", cafe);
    FINDS(&bed, "cafe\xCC\x81 creme", cafe); /* e and a mark of its own */
    FINDS(&bed, "strasse", street);
    FINDS(&bed, "STRASSE GROSSE", street);
    FINDS(&bed, "womens hat", quoted);
    FINDS(&bed, "women's gloves", womens);
    FINDS(&bed, "women’s gloves", womens);
    FINDS(&bed, "t-shirt", shirt);
    FINDS(&bed, "tshirt", shirt);
    FINDS(&bed, "t shirt", shirt);
    FINDS(&bed, "shirt", shirt);
    FINDS(&bed, "0402", resistor);
    FINDS(&bed, "10K", resistor);
    FINDS(&bed, "ss14", diode);
    FINDS(&bed, "full WIDTH", wide);
    FINDS(&bed, "tbone", steak);
    FINDS(&bed, "t-bone", steak);
    FINDS(&bed, "  schottky\t\n diode  ", diode);
    search_bed_close(&bed);
}

static void stems_are_the_same_for_one_and_many(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    uint32_t shoe = add(&bed, "running shoe");
    FINDS(&bed, "shoes", shoe);
    FINDS(&bed, "runs", shoe);
    uint32_t batteries = add(&bed, "batteries");
    FINDS(&bed, "battery", batteries);
    search_bed_close(&bed);
}

/* A number is not a neighbouring number, nor the beginning of one when there is an exact one. */
static void part_numbers_are_found_exactly(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    uint32_t small = add(&bed, "capacitor 0402");
    uint32_t large = add(&bed, "capacitor 0603");
    uint32_t ss14 = add(&bed, "diode SS14");
    uint32_t ss14s = add(&bed, "diode SS14s");
    add(&bed, "diode SS16");
    FINDS(&bed, "0402", small);
    FINDS(&bed, "capacitor 0603", large);
    FINDS(&bed, "SS14", ss14);
    FINDS(&bed, "ss14s", ss14s);
    /* Not there: nothing like it is an answer, only that it was left out. */
    struct search_result result = ask(&bed, "ss15");
    assert_int_equal(result.total, 0);
    assert_noted(&bed, "diode ss15", ss14, "ss15", NULL);
    search_bed_close(&bed);
}

static void letters_without_spaces_are_words(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    uint32_t japanese = add(&bed, "日本語の本");
    uint32_t thai = add(&bed, "วิทยุไทย");
    FINDS(&bed, "本", japanese);
    FINDS(&bed, "日本", japanese);
    FINDS(&bed, "ไทย", thai);
    search_bed_close(&bed);
}

/* Cut to 40 bytes, never within a letter. */
static void long_words_are_compared_by_their_beginning(void **state)
{
    (void)state;
    struct search_bed bed;
    char name[200];
    open_bed(&bed, TEXT_NONE);
    (void)memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    uint32_t longest = add(&bed, name);
    name[100] = '\0';
    FINDS(&bed, name, longest);
    name[40] = '\0';
    FINDS(&bed, name, longest);
    name[39] = '\0'; /* an unfinished word */
    assert_int_equal(ask(&bed, name).note_count, 1);
    for (uint32_t i = 0; i < 30; i++)
        (void)memcpy(name + 3 * (size_t)i, "\xE2\xB4\xB0", 3); /* Tifinagh: three bytes each */
    name[90] = '\0';
    uint32_t tifinagh = add(&bed, name);
    FINDS(&bed, name, tifinagh);
    (void)memset(name, 'y', 39);
    (void)strcpy(name + 39, "яb"); /* no room for the one, so none for the other */
    uint32_t mixed = add(&bed, name);
    FINDS(&bed, name, mixed);
    (void)strcpy(name + 39, "яcd");
    FINDS(&bed, name, mixed);
    (void)strcpy(name + 39, "я7");
    FINDS(&bed, name, mixed);
    search_bed_close(&bed);
}

static void words_are_found_wherever_they_stand(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    catalog_fixture_category(&bed.fixture, 26, 0, TEXT("Kitchenware"));
    catalog_fixture_category(&bed.fixture, 27, 26, TEXT("Pans"));
    catalog_fixture_publish(&bed.fixture);
    uint32_t number = search_bed_add(
        &bed, &(struct search_bed_product){
                  .name = "Skillet", .brand = "Lodge", .description = "cast iron", .category = 27});
    FINDS(&bed, "skillets", number);
    FINDS(&bed, "lodge", number);
    FINDS(&bed, "iron", number);
    FINDS(&bed, "pan", number);
    FINDS(&bed, "kitchenware", number);
    FINDS(&bed, "cast kitchenware lodge pan skillet", number);
    /* The category gets another name, then another place. */
    catalog_fixture_category(&bed.fixture, 26, 0, TEXT("Cookware"));
    catalog_fixture_publish(&bed.fixture);
    FINDS(&bed, "cookware", number);
    assert_int_equal(ask(&bed, "kitchenware").total, 0);
    catalog_fixture_category(&bed.fixture, 27, BOOKS, TEXT("Pans"));
    catalog_fixture_publish(&bed.fixture);
    FINDS(&bed, "books pan", number);
    assert_int_equal(ask(&bed, "cookware").total, 0);
    search_bed_close(&bed);
}

static void a_sku_is_found_in_either_case(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    uint32_t lower =
        search_bed_add(&bed, &(struct search_bed_product){.sku = "ab-12/x", .name = "one"});
    uint32_t upper =
        search_bed_add(&bed, &(struct search_bed_product){.sku = "AB-12/X", .name = "two"});
    uint32_t other =
        search_bed_add(&bed, &(struct search_bed_product){.sku = "AB-12", .name = "three"});
    FINDS(&bed, "ab-12/X", lower, upper);
    FINDS(&bed, "ab-12", other);
    FINDS(&bed, "AB-12/x two", upper);
    const struct text skus[] = {TEXT("ab-12/x"), TEXT("Ab-12")};
    struct search_query query = {.has_skus = true, .skus = skus, .sku_count = 2, .limit = 5};
    struct search_result result = search_bed_ask(&bed, &query);
    assert_int_equal(result.total, 1); /* as a filter byte by byte */
    assert_int_equal(result.hits[0], lower);
    search_bed_close(&bed);
}

static void synonyms_find_each_other(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT("couch, sofa, settee\nTV, television set\n\ncell phone,mobile\n"));
    uint32_t sofa = add(&bed, "red sofa");
    uint32_t couch = add(&bed, "blue couches");
    uint32_t set = add(&bed, "television set");
    uint32_t tv = add(&bed, "small tv");
    uint32_t mobile = add(&bed, "mobile");
    FINDS(&bed, "red couch", sofa);
    FINDS(&bed, "settees red", sofa);
    FINDS(&bed, "blue sofas", couch);
    FINDS(&bed, "small television set", tv);
    FINDS(&bed, "cell phone", mobile);
    struct search_result result = ask(&bed, "tv");
    assert_int_equal(result.total, 2);
    assert_int_equal(result.note_count, 0);
    assert_true(is_hit(&result, set));
    assert_int_equal(result.hits[0], tv); /* what was asked for goes before what means the same */
    search_bed_close(&bed);
}

/* --- when nothing has all words --- */

static void an_unfinished_word_is_taken_as_a_beginning(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    uint32_t headphones = add(&bed, "wireless headphones");
    add(&bed, "wireless mouse");
    struct search_result result = ask(&bed, "wireless headp");
    assert_int_equal(result.total, 1);
    assert_int_equal(result.hits[0], headphones);
    search_bed_close(&bed);
}

static void a_slip_is_corrected(void **state)
{
    (void)state;
    static const char *const slips[] = {"headpones",   "haedphones", "headphoness",
                                        "hreadphones", "headphonws", "headfones"};
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    uint32_t headphones = add(&bed, "wireless headphones");
    add(&bed, "wireless mouse");
    add(&bed, "kettle");
    for (uint32_t i = 0; i < countof(slips); i++)
        assert_noted(&bed, slips[i], headphones, slips[i], "headphones");
    assert_noted(&bed, "wirelss headphones", headphones, "wirelss", "wireless");
    assert_noted(&bed, "ketle", headphones + 2, "ketle", "kettle");
    search_bed_close(&bed);
}

static void the_rarest_word_is_left_out(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    uint32_t red = add(&bed, "red kettle");
    add(&bed, "blue kettle");
    add(&bed, "green kettle");
    add(&bed, "purple mouse");
    assert_noted(&bed, "kettle qqqqqqqqqq", red, "qqqqqqqqqq", NULL);
    assert_noted(&bed, "kettle purple", red, "purple", NULL);
    struct search_result result = ask(&bed, "qqqqqqqqqq");
    assert_int_equal(result.total, 0);
    search_bed_close(&bed);
}

/* --- relevance: what of two otherwise equal products goes first --- */

struct pair {
    const char *rule;
    struct search_bed_product better;
    struct search_bed_product worse;
};

static const struct pair pairs[] = {
    {"name before brand", {.name = "zorb thing"}, {.name = "item thing", .brand = "Zorb"}},
    {"name before description",
     {.name = "zorb thing", .description = "nice"},
     {.name = "item thing", .description = "zorb"}},
    {"brand before description",
     {.name = "item thing", .brand = "Zorb", .description = "nice"},
     {.name = "item thing", .brand = "Nice", .description = "zorb"}},
    {"in stock before out of stock",
     {.name = "zorb thing"},
     {.name = "zorb thing", .is_out = true}},
    {"better rated before worse",
     {.name = "zorb thing", .rating_x100 = 480, .rating_count = 100},
     {.name = "zorb thing", .rating_x100 = 300, .rating_count = 100}},
    {"rated by many before few",
     {.name = "zorb thing", .rating_x100 = 480, .rating_count = 1000},
     {.name = "zorb thing", .rating_x100 = 480, .rating_count = 2}},
    {"shorter name before longer", {.name = "zorb thing"}, {.name = "zorb thing for all and each"}},

};

/* Whichever of them is older, and also among others. */
static void check_pair(const struct pair *pair, bool is_better_first, bool has_others)
{
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    if (has_others) {
        for (uint32_t i = 0; i < 100; i++)
            catalog_fixture_replace(&bed.fixture, i + 1);
        catalog_fixture_publish(&bed.fixture);
    }
    uint32_t first = search_bed_add(&bed, is_better_first ? &pair->better : &pair->worse);
    uint32_t second = search_bed_add(&bed, is_better_first ? &pair->worse : &pair->better);
    struct search_result result = ask(&bed, "zorb");
    if (result.hits[0] != (is_better_first ? first : second))
        print_message("# %s\n", pair->rule);
    assert_int_equal(result.total, 2);
    assert_int_equal(result.hits[0], is_better_first ? first : second);
    assert_int_equal(result.hits[1], is_better_first ? second : first);
    search_bed_close(&bed);
}

static void the_better_of_two_goes_first(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < countof(pairs); i++) {
        check_pair(&pairs[i], true, false);
        check_pair(&pairs[i], false, false);
        check_pair(&pairs[i], false, true);
    }
}

static void a_word_of_the_category_counts_less_than_one_of_the_name(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    catalog_fixture_category(&bed.fixture, 26, 0, TEXT("Zorb"));
    catalog_fixture_publish(&bed.fixture);
    uint32_t text = search_bed_add(
        &bed, &(struct search_bed_product){.name = "item thing", .description = "zorb"});
    uint32_t category =
        search_bed_add(&bed, &(struct search_bed_product){.name = "item thing", .category = 26});
    uint32_t name = search_bed_add(&bed, &(struct search_bed_product){.name = "zorb thing"});
    FINDS(&bed, "zorb", name, category, text);
    search_bed_close(&bed);
}

/* --- families --- */

static void a_family_is_one_hit_the_cheapest_that_matches(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    const struct search_bed_product members[] = {
        {.name = "shirt",
         .family = "f",
         .price_minor = 3000,
         .brand = "Acme",
         .attributes = "{\"size\":\"S\"}"},
        {.name = "shirt",
         .family = "f",
         .price_minor = 1000,
         .brand = "Globex",
         .attributes = "{\"size\":\"M\"}",
         .is_out = true},
        {.name = "shirt",
         .family = "f",
         .price_minor = 2000,
         .brand = "Acme",
         .attributes = "{\"size\":\"L\"}"},
        {.name = "shirt", .family = "f", .price_minor = 500, .is_archived = true},
        {.name = "shirt", .family = "g", .price_minor = 1500},
        {.name = "shirt", .price_minor = 1200},
        {.name = "shirt", .price_minor = 1200},
    };
    for (uint32_t i = 0; i < countof(members); i++)
        (void)search_bed_add(&bed, &members[i]);
    struct search_query query = {
        .words = TEXT("shirt"), .sort = SEARCH_PRICE_ASC, .limit = 10, .want_facets = true};
    struct search_result result = search_bed_ask(&bed, &query);
    assert_int_equal(result.total, 4);
    const uint32_t all[] = {2, 6, 7, 5};
    assert_memory_equal(result.hits, all, sizeof all);
    assert_int_equal(result.facets->in_stock, 4); /* by another member */
    assert_int_equal(result.facets->brand_count, 2);
    assert_int_equal(result.facets->brands[0].count, 1);
    query.in_stock = true;
    result = search_bed_ask(&bed, &query);
    const uint32_t in_stock[] = {6, 7, 5, 3};
    assert_int_equal(result.total, 4);
    assert_memory_equal(result.hits, in_stock, sizeof in_stock);
    const uint32_t numbers[] = {1, 2, 3, 4};
    query = (struct search_query){
        .has_numbers = true, .numbers = numbers, .number_count = 4, .limit = 10};
    assert_int_equal(search_bed_ask(&bed, &query).total, 3);
    search_bed_close(&bed);
}

/* --- other --- */

/* Members that lie together count once, until one of them is moved to another category. */
static void a_family_in_two_categories_counts_in_both(void **state)
{
    (void)state;
    struct search_bed bed;
    struct search_bed_product cap = {
        .name = "cap", .family = "h", .category = BOOKS, .rating_x100 = 450};
    const struct search_query query = {.words = TEXT("cap"), .limit = 10, .want_facets = true};
    open_bed(&bed, TEXT_NONE);
    (void)search_bed_add(&bed, &cap);
    uint32_t second = search_bed_add(&bed, &cap);
    struct search_result result = search_bed_ask(&bed, &query);
    assert_int_equal(result.total, 1);
    assert_int_equal(result.facets->category_count, 1);
    assert_int_equal(result.facets->categories[0].category, BOOKS);
    assert_int_equal(result.facets->categories[0].count, 1);
    assert_int_equal(result.facets->price_bands[0].count, 1);
    assert_int_equal(result.facets->rating_counts[0], 1);
    assert_int_equal(result.facets->in_stock, 1);
    cap.category = CLOTHING;
    search_bed_set(&bed, second, &cap);
    result = search_bed_ask(&bed, &query);
    assert_int_equal(result.total, 1);
    assert_int_equal(result.facets->category_count, 2);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(result.facets->categories[i].count, 1);
    search_bed_close(&bed);
}

/* The member that is shown has the word in a worse place than a dearer one, met after it. */
static void a_family_ranks_as_the_member_that_is_shown(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    (void)search_bed_add(
        &bed, &(struct search_bed_product){
                  .name = "mug", .description = "enamel", .family = "m", .price_minor = 100});
    (void)search_bed_add(&bed, &(struct search_bed_product){.name = "pot", .brand = "Enamel"});
    (void)search_bed_add(
        &bed, &(struct search_bed_product){.name = "enamel", .family = "m", .price_minor = 900});
    FINDS(&bed, "enamel", 2, 1);
    search_bed_close(&bed);
}

static void an_empty_query_lists_every_active_product(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    for (uint32_t i = 0; i < 50; i++)
        (void)search_bed_add(&bed,
                             &(struct search_bed_product){.name = "x", .is_archived = i % 7 == 0});
    struct search_query query = {.limit = 100};
    struct search_result result = search_bed_ask(&bed, &query);
    assert_int_equal(result.total, 50 - 8);
    for (uint32_t i = 1; i < result.hit_count; i++)
        assert_true(result.hits[i - 1] < result.hits[i]);
    /* An asked-for list that is empty finds nothing. */
    query.has_numbers = true;
    assert_int_equal(search_bed_ask(&bed, &query).total, 0);
    query = (struct search_query){.limit = 100, .has_skus = true};
    assert_int_equal(search_bed_ask(&bed, &query).total, 0);
    search_bed_close(&bed);
}

/* Brand 1 has one product, brand 2 has two, ... */
static void of_many_brands_the_facet_names_the_largest(void **state)
{
    (void)state;
    enum { BRANDS = 200 };
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    for (uint32_t brand = 1; brand <= BRANDS; brand++) {
        char name[16];
        (void)snprintf(name, sizeof name, "brand %u", brand);
        for (uint32_t i = 0; i < brand; i++)
            (void)search_bed_add(&bed, &(struct search_bed_product){.brand = name});
    }
    struct search_query query = {.limit = 1, .want_facets = true};
    struct search_result result = search_bed_ask(&bed, &query);
    assert_int_equal(result.total, BRANDS * (BRANDS + 1) / 2);
    assert_int_equal(result.facets->brand_count, SEARCH_BRANDS_MAX);
    for (uint32_t i = 0; i < SEARCH_BRANDS_MAX; i++)
        assert_int_equal(result.facets->brands[i].count, BRANDS - i);
    assert_true(text_equal(result.facets->brands[0].brand, TEXT("brand 200")));
    search_bed_close(&bed);
}

/* More brands than the short column of them has numbers for. */
static void brands_without_end_are_told_apart(void **state)
{
    enum { BRANDS = 66000, LAST = BRANDS - 10 };
    struct search_bed bed;
    char brand[16];
    (void)state;
    open_bed(&bed, TEXT_NONE);
    for (uint32_t i = 0; i < BRANDS; i++) {
        (void)snprintf(brand, sizeof brand, "b%u", i < LAST ? i : LAST);
        (void)search_bed_add(&bed, &(struct search_bed_product){.name = i % 2 == 0 ? "even" : "odd",
                                                                .brand = brand});
    }
    (void)snprintf(brand, sizeof brand, "b%u", LAST);
    struct search_query query = {
        .brand = text_of(brand), .words = TEXT("odd"), .limit = 100, .want_facets = true};
    struct search_result result = search_bed_ask(&bed, &query);
    assert_int_equal(result.total, 5);
    assert_int_equal(result.facets->brands[0].count, 5);
    assert_true(text_equal(result.facets->brands[0].brand, text_of(brand)));
    query.words = TEXT_NONE;
    query.brand = TEXT("b65999");
    assert_int_equal(search_bed_ask(&bed, &query).total, 0);
    query.brand = TEXT("b65700");
    assert_int_equal(search_bed_ask(&bed, &query).total, 1);
    search_bed_close(&bed);
}

static void sorts_have_the_names_of_the_api(void **state)
{
    (void)state;
    assert_int_equal(search_sort_find(TEXT("relevance")), SEARCH_RELEVANCE);
    assert_int_equal(search_sort_find(TEXT("price")), SEARCH_PRICE_ASC);
    assert_int_equal(search_sort_find(TEXT("-price")), SEARCH_PRICE_DESC);
    assert_int_equal(search_sort_find(TEXT("-rating")), SEARCH_RATING);
    assert_int_equal(search_sort_find(TEXT("-created")), SEARCH_CREATED);
    assert_int_equal(search_sort_find(TEXT("-sold")), SEARCH_SOLD);
    assert_int_equal(search_sort_find(TEXT("Price")), SEARCH_SORT_COUNT);
    assert_int_equal(search_sort_find(TEXT_NONE), SEARCH_SORT_COUNT);
}

static void an_unknown_language_is_refused(void **state)
{
    (void)state;
    struct search_bed bed;
    open_bed(&bed, TEXT_NONE);
    const struct index_options options = {.view = bed.fixture.view, .language = TEXT("klingon")};
    assert_null(index_open(&options));
    search_bed_close(&bed);
}

/* Most blocks are passed over once a page is full: not the one with the best, even if it has become
 * so only now. */
static void the_best_is_found_wherever_it_lies(void **state)
{
    (void)state;
    enum { COUNT = 1500, GOOD = 10, BEST = 1200, BETTER = 1300 };
    static const uint16_t ratings[] = {300, 400, 500};
    struct search_bed bed;
    search_bed_open(&bed, 1, 0, TEXT_NONE);
    for (uint32_t number = 1; number <= COUNT; number++)
        (void)search_bed_add(&bed, &(struct search_bed_product){
                                       .name = "plain thing",
                                       .rating_x100 = ratings[number == BEST ? 2 : number <= GOOD],
                                       .rating_count = 1000,
                                   });
    const struct search_query query = {.words = TEXT("thing"), .limit = 3};
    struct search_result result = search_bed_ask(&bed, &query);
    assert_int_equal(result.total, COUNT);
    assert_int_equal(result.hits[0], BEST);
    search_bed_set(&bed, BETTER,
                   &(struct search_bed_product){
                       .name = "plain thing", .rating_x100 = 500, .rating_count = 100000});
    result = search_bed_ask(&bed, &query);
    assert_int_equal(result.hits[0], BETTER);
    assert_int_equal(result.hits[1], BEST);
    search_bed_close(&bed);
}

/* Alone in its answer, a product's rank is the cursor behind it. */
static bool find_rank(struct search_bed *bed, struct text words, uint32_t number,
                      struct search_cursor *place_out)
{
    const struct search_query query = {
        .words = words, .limit = 1, .has_numbers = true, .numbers = &number, .number_count = 1};
    struct search_result result = search_bed_ask(bed, &query);
    *place_out = result.next;
    return result.total == 1 && result.note_count == 0;
}

/* Words stand in names, brands, descriptions and above them, as chance wants it. */
static void add_by_chance(struct search_bed *bed, struct random *random)
{
    static const char *const names[] = {"plain",      "alpha",           "beta",
                                        "alpha beta", "plain big alpha", "beta of the many words"};
    static const char *const texts[] = {"", "alpha", "beta", "alpha and beta", "alpha in books"};
    const struct search_bed_product product = {
        .name = names[random_below(random, 20) == 0 ? random_below(random, countof(names)) : 0],
        .brand = texts[random_below(random, 10) == 0 ? random_below(random, 3) : 0],
        .description = texts[random_below(random, countof(texts))],
        .category = ELECTRONICS + (uint32_t)random_below(random, 3),
        .rating_x100 = (uint16_t)(400 + random_below(random, 3)),
        .rating_count = 100,
        .is_out = random_below(random, 3) == 0,
    };
    (void)search_bed_add(bed, &product);
}

/* The first page, for which most of the index is passed over, against the rank of each product. */
static void what_is_passed_over_is_worse(void **state)
{
    (void)state;
    enum { COUNT = 6000, PAGE = 5 };
    static const char *const questions[] = {"alpha", "alpha beta",          "beta books",
                                            "books", "clothing alpha beta", "plain alpha"};
    struct search_bed bed;
    struct random random = {41};
    search_bed_open(&bed, 1, 0, TEXT_NONE);
    for (uint32_t i = 0; i < COUNT; i++)
        add_by_chance(&bed, &random);
    for (size_t i = 0; i < countof(questions); i++) {
        struct text words = text_of(questions[i]);
        struct search_query query = {.words = words, .limit = PAGE};
        for (uint32_t page = 0; page < 3; page++) {
            arena_reset(&bed.arena);
            struct search_result result = search_bed_ask(&bed, &query);
            assert_int_equal(result.hit_count, PAGE);
            uint32_t before = 0;
            for (uint32_t number = 1; number <= COUNT; number++) {
                struct search_cursor place;
                before +=
                    find_rank(&bed, words, number, &place) && !goes_before(result.next, place);
            }
            assert_int_equal(before, (page + 1) * PAGE);
            query.after = result.next;
        }
    }
    search_bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_cut_and_folded),
        cmocka_unit_test(stems_are_the_same_for_one_and_many),
        cmocka_unit_test(part_numbers_are_found_exactly),
        cmocka_unit_test(letters_without_spaces_are_words),
        cmocka_unit_test(long_words_are_compared_by_their_beginning),
        cmocka_unit_test(words_are_found_wherever_they_stand),
        cmocka_unit_test(a_sku_is_found_in_either_case),
        cmocka_unit_test(synonyms_find_each_other),
        cmocka_unit_test(an_unfinished_word_is_taken_as_a_beginning),
        cmocka_unit_test(a_slip_is_corrected),
        cmocka_unit_test(the_rarest_word_is_left_out),
        cmocka_unit_test(the_better_of_two_goes_first),
        cmocka_unit_test(a_word_of_the_category_counts_less_than_one_of_the_name),
        cmocka_unit_test(a_family_is_one_hit_the_cheapest_that_matches),
        cmocka_unit_test(a_family_in_two_categories_counts_in_both),
        cmocka_unit_test(a_family_ranks_as_the_member_that_is_shown),
        cmocka_unit_test(an_empty_query_lists_every_active_product),
        cmocka_unit_test(of_many_brands_the_facet_names_the_largest),
        cmocka_unit_test(brands_without_end_are_told_apart),
        cmocka_unit_test(sorts_have_the_names_of_the_api),
        cmocka_unit_test(an_unknown_language_is_refused),
        cmocka_unit_test(the_best_is_found_wherever_it_lies),
        cmocka_unit_test(what_is_passed_over_is_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
