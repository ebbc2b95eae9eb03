/* Random questions about random catalogues: the index answers as an oracle does that looks at every
 * product the slow and obvious way. */
#include "lib/random_query.h"
#include "lib/search_bed.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

enum { PRODUCTS = 600, QUERIES = 600, CHANGED_PRODUCTS = 250, CHANGES = 1500, ASK_EVERY = 5 };

static bool coin(struct random *random, uint64_t one_in)
{
    return random_below(random, one_in) == 0;
}

/* --- facets --- */

/* A facet, its value made the filter: so many hits must that give, in the oracle and by clicking.
 */
struct click {
    struct search_bed *bed;
    const struct oracle_hits *hits;
    struct search_query query;
};

static void check_click(struct click click, uint32_t count)
{
    click.query.want_facets = false;
    assert_true(count > 0);
    assert_int_equal(
        search_oracle_total(&click.bed->oracle, &click.query, click.hits, &click.bed->arena),
        count);
    assert_int_equal(search_bed_ask(click.bed, &click.query).total, count);
}

static struct click click_of(struct search_bed *bed, const struct search_query *query,
                             const struct oracle_hits *hits)
{
    struct click click = {bed, hits, *query};
    click.query.after = (struct search_cursor){0};
    return click;
}

static uint32_t total_of(const struct click *click)
{
    return search_oracle_total(&click->bed->oracle, &click->query, click->hits, &click->bed->arena);
}

static void check_categories(struct click click, const struct search_facets *facets)
{
    uint32_t listed = 0;
    uint32_t count = click.bed->fixture.shop.catalog.category_count;
    for (click.query.category = 1; click.query.category <= count; click.query.category++) {
        if (total_of(&click) == 0)
            continue;
        assert_true(listed < facets->category_count);
        assert_int_equal(facets->categories[listed].category, click.query.category);
        check_click(click, facets->categories[listed].count);
        listed++;
    }
    assert_int_equal(listed, facets->category_count);
}

/* Brands that differ in case and accents alone are one. */
static void check_brands(struct click click, const struct search_facets *facets)
{
    struct arena *arena = &click.bed->arena;
    const struct search_oracle *oracle = &click.bed->oracle;
    for (uint32_t i = 0; i < facets->brand_count; i++) {
        assert_true(facets->brands[i].brand.length > 0);
        assert_true(i == 0 || facets->brands[i - 1].count >= facets->brands[i].count);
        click.query.brand = facets->brands[i].brand;
        check_click(click, facets->brands[i].count);
    }
    for (uint32_t number = 1; number <= oracle->product_count; number++) {
        click.query.brand = product_text(oracle->products[number].product, PRODUCT_BRAND);
        if (click.query.brand.length == 0 || total_of(&click) == 0)
            continue;
        uint32_t listed = 0;
        for (uint32_t i = 0; i < facets->brand_count; i++)
            listed += text_equal(oracle_fold(facets->brands[i].brand, arena),
                                 oracle->products[number].brand);
        assert_int_equal(listed, 1);
        if (number > 40) /* every brand was seen by then */
            break;
    }
}

static void check_prices(struct click click, const struct search_facets *facets)
{
    click.query.min_price_minor = 0;
    click.query.has_max_price = false;
    uint32_t all = total_of(&click);
    uint32_t sum = 0;
    int64_t end = 0;
    for (uint32_t i = 0; i < facets->price_band_count; i++) {
        const struct search_price_band *band = &facets->price_bands[i];
        assert_true(band->from_minor >= end);
        assert_true(band->to_minor > band->from_minor ||
                    (band->to_minor == 0 && i + 1 == facets->price_band_count));
        end = band->to_minor;
        click.query.min_price_minor = band->from_minor;
        click.query.has_max_price = band->to_minor != 0;
        click.query.max_price_minor = band->to_minor - 1;
        check_click(click, band->count);
        sum += band->count;
    }
    assert_true(sum >= all); /* a family may have members in several bands */
}

static void check_ratings(struct click click, const struct search_facets *facets)
{
    for (uint32_t i = 0; i < SEARCH_RATING_BANDS; i++) {
        click.query.min_rating_x100 = (uint16_t)(400 - 100 * i);
        assert_int_equal(facets->rating_counts[i], total_of(&click));
        if (facets->rating_counts[i] > 0)
            check_click(click, facets->rating_counts[i]);
    }
}

static void check_facets(struct search_bed *bed, const struct search_query *query,
                         const struct oracle_hits *hits, const struct search_facets *facets)
{
    struct click click = click_of(bed, query, hits);
    check_categories(click, facets);
    check_brands(click, facets);
    check_prices(click, facets);
    check_ratings(click, facets);
    click.query.in_stock = true;
    assert_int_equal(facets->in_stock, total_of(&click));
}

/* --- one query --- */

static bool has_any_word(const struct search_query *query, struct search_bed *bed)
{
    return oracle_words_cut(query->words, bed->oracle.stemmer, &bed->arena).count > 0;
}

static void check_order(struct search_bed *bed, const struct search_query *query,
                        const struct search_walk *walk, const struct oracle_answer *expected)
{
    if (query->sort != SEARCH_RELEVANCE || !has_any_word(query, bed)) {
        for (uint32_t i = 0; i < walk->count; i++)
            assert_int_equal(walk->numbers[i], expected->numbers[i]);
        return;
    }
    /* Which ones, and in the same order however large a page is. */
    bool *is_seen = arena_alloc(&bed->arena, PRODUCTS * 2);
    for (uint32_t i = 0; i < walk->count; i++) {
        assert_false(is_seen[walk->numbers[i]]);
        is_seen[walk->numbers[i]] = true;
    }
    for (uint32_t i = 0; i < expected->count; i++)
        assert_true(is_seen[expected->numbers[i]]);
    struct search_query other = *query;
    other.limit = query->limit == SEARCH_LIMIT_MAX ? 7 : SEARCH_LIMIT_MAX;
    struct search_walk again =
        search_walk(bed->backend, other, &bed->arena, bed->oracle.product_count);
    assert_int_equal(again.count, walk->count);
    assert_memory_equal(again.numbers, walk->numbers, walk->count * sizeof(uint32_t));
}

static void check_note(struct search_bed *bed, const struct search_query *query,
                       const struct search_note *note)
{
    struct oracle_words words = oracle_words_cut(query->words, bed->oracle.stemmer, &bed->arena);
    struct text word = oracle_fold(note->word, &bed->arena);
    struct text all = oracle_fold(query->words, &bed->arena);
    bool is_asked = memmem(all.data, all.length, word.data, word.length) != NULL;
    for (uint32_t i = 0; i < words.count; i++)
        is_asked = is_asked || text_equal(words.words[i].folded, word);
    assert_true(is_asked);
    assert_false(text_equal(word, note->used));
}

/* Nothing had all words: the hits are those of what was made of them, and maybe more. */
static void check_changed_words(struct search_bed *bed, const struct search_query *query,
                                const struct search_walk *walk)
{
    assert_int_equal(walk->count, walk->first.total);
    for (uint32_t i = 0; i < walk->count; i++) {
        const struct product *product = catalog_find(&bed->fixture.shop.catalog, walk->numbers[i]);
        assert_int_equal(product->status, PRODUCT_ACTIVE);
        assert_true(product->price_minor >= query->min_price_minor);
        assert_true(!query->has_max_price || product->price_minor <= query->max_price_minor);
        assert_true(product->rating_x100 >= query->min_rating_x100);
        for (uint32_t j = 0; j < i; j++)
            assert_int_not_equal(walk->numbers[i], walk->numbers[j]);
    }
    for (uint32_t i = 0; i < walk->first.note_count; i++)
        check_note(bed, query, &walk->first.notes[i]);
}

static bool contains(const uint32_t *numbers, uint32_t count, uint32_t number)
{
    for (uint32_t i = 0; i < count; i++) {
        if (numbers[i] == number)
            return true;
    }
    return false;
}

static void tell_product(const struct search_bed *bed, const char *who, uint32_t number)
{
    const struct product *product = catalog_find(&bed->fixture.shop.catalog, number);
    print_message("# only the %s finds %u, version %u: '%.*s', '%.*s', category %u, '%.*s'\n", who,
                  number, product->version, TEXT_ARGS(product_text(product, PRODUCT_NAME)),
                  TEXT_ARGS(product_text(product, PRODUCT_BRAND)), product->category,
                  TEXT_ARGS(product_text(product, PRODUCT_DESCRIPTION)));
    const struct category *category = category_find(&bed->fixture.shop.catalog, product->category);
    for (; category != NULL; category = category_find(&bed->fixture.shop.catalog, category->parent))
        print_message("#   in category %u '%s'\n", category->number, category->name);
}

static void tell_difference(const struct search_bed *bed, const struct search_walk *walk,
                            const struct oracle_answer *expected)
{
    for (uint32_t i = 0; i < walk->first.note_count; i++)
        print_message("# '%.*s' -> '%.*s'\n", TEXT_ARGS(walk->first.notes[i].word),
                      TEXT_ARGS(walk->first.notes[i].used));
    for (uint32_t i = 0; i < walk->count; i++) {
        if (!contains(expected->numbers, expected->count, walk->numbers[i]))
            tell_product(bed, "index", walk->numbers[i]);
    }
    for (uint32_t i = 0; i < expected->count; i++) {
        if (!contains(walk->numbers, walk->count, expected->numbers[i]))
            tell_product(bed, "oracle", expected->numbers[i]);
    }
}

static bool is_left_out(struct search_bed *bed, const struct search_result *result,
                        struct text word)
{
    for (uint32_t i = 0; i < result->note_count; i++) {
        if (text_equal(oracle_fold(result->notes[i].word, &bed->arena), word))
            return true;
    }
    return false;
}

/* The words that are left when those of the notes are not asked for. */
static struct text words_left(struct search_bed *bed, struct text words,
                              const struct search_result *result)
{
    char line[2 * SEARCH_WORDS_BYTES_MAX] = "";
    struct text chunk;
    while (text_cut(&words, ' ', &chunk)) {
        struct text folded = oracle_fold(chunk, &bed->arena);
        struct oracle_words cut = oracle_words_cut(chunk, bed->oracle.stemmer, &bed->arena);
        bool is_whole = !is_left_out(bed, result, folded);
        bool is_touched = !is_whole;
        for (uint32_t i = 0; i < cut.count; i++)
            is_touched = is_touched || is_left_out(bed, result, cut.words[i].folded);
        size_t length = strlen(line);
        if (!is_touched)
            length +=
                (size_t)snprintf(line + length, sizeof line - length, " %.*s", TEXT_ARGS(chunk));
        for (uint32_t i = 0; i < cut.count && is_touched && is_whole; i++) {
            if (!cut.words[i].is_joined && !is_left_out(bed, result, cut.words[i].folded))
                length += (size_t)snprintf(line + length, sizeof line - length, " %.*s",
                                           TEXT_ARGS(cut.words[i].folded));
        }
    }
    return arena_copy_text(&bed->arena, text_of(line));
}

static bool were_only_left_out(const struct search_result *result)
{
    for (uint32_t i = 0; i < result->note_count; i++) {
        if (result->notes[i].used.length > 0)
            return false;
    }
    return true;
}

/* The walk gives what the oracle says; how many that is. */
static uint32_t check_walk(struct search_bed *bed, const struct search_query *query,
                           const struct search_walk *walk)
{
    struct oracle_hits hits = search_oracle_hits(&bed->oracle, query->words, &bed->arena);
    struct oracle_answer expected = search_oracle_answer(&bed->oracle, query, &hits, &bed->arena);
    if (walk->first.total != expected.count)
        tell_difference(bed, walk, &expected);
    assert_int_equal(walk->first.total, expected.count);
    assert_int_equal(walk->count, expected.count);
    check_order(bed, query, walk, &expected);
    if (query->want_facets)
        check_facets(bed, query, &hits, walk->first.facets);
    return expected.count;
}

static uint32_t left_out_count; /* questions whose answer left out words, and was checked */

/* Returns how many it finds. */
static uint32_t check_query(struct search_bed *bed, const struct search_query *query)
{
    struct search_walk walk =
        search_walk(bed->backend, *query, &bed->arena, bed->oracle.product_count);
    if (walk.first.note_count == 0)
        return check_walk(bed, query, &walk);
    struct oracle_hits hits = search_oracle_hits(&bed->oracle, query->words, &bed->arena);
    assert_int_equal(search_oracle_total(&bed->oracle, query, &hits, &bed->arena), 0);
    check_changed_words(bed, query, &walk);
    if (!were_only_left_out(&walk.first))
        return 0;
    left_out_count++;
    struct search_query left = *query;
    left.words = words_left(bed, query->words, &walk.first);
    return check_walk(bed, &left, &walk);
}

static void describe(const struct search_query *query, uint32_t index)
{
    print_message("# query %u: words '%.*s' category %u price %ld..%ld%s rating %u%s brand '%.*s' "
                  "attributes %u ids %d skus %d sort %d limit %u facets %d\n",
                  index, TEXT_ARGS(query->words), query->category, (long)query->min_price_minor,
                  (long)query->max_price_minor, query->has_max_price ? "" : " (no end)",
                  query->min_rating_x100, query->in_stock ? " in stock" : "",
                  TEXT_ARGS(query->brand), query->attribute_count, query->has_numbers,
                  query->has_skus, (int)query->sort, query->limit, query->want_facets);
}

/* Tells which query it was when one fails: cmocka jumps out of the test. */
static struct search_query current;
static uint32_t current_index;

static int tell_query(void **state)
{
    (void)state;
    if (current.limit > 0)
        describe(&current, current_index);
    current = (struct search_query){0};
    return 0;
}

static uint32_t ask_random(struct search_bed *bed, struct random *random, uint32_t index)
{
    arena_reset(&bed->arena);
    current = random_query(random, &bed->arena);
    current_index = index;
    uint32_t count = check_query(bed, &current);
    current.limit = 0;
    return count;
}

/* --- the tests --- */

static void random_queries_find_what_the_oracle_finds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct search_bed bed;
        struct random random = {seed};
        uint32_t found = 0;
        search_bed_open(&bed, 10 + seed, PRODUCTS, random_query_synonyms);
        for (uint32_t i = 0; i < QUERIES; i++)
            found += ask_random(&bed, &random, i) > 0;
        assert_true(found > QUERIES / 4); /* or the queries ask for too much */
        assert_true(left_out_count > 20 * seed);
        search_bed_close(&bed);
    }
}

static uint32_t depth_of(const struct catalog *catalog, uint32_t number)
{
    uint32_t depth = 0;
    for (; number != 0; number = category_find(catalog, number)->parent)
        depth++;
    return depth;
}

/* How deep the tree below a category is, itself counted. */
static uint32_t height_of(const struct catalog *catalog, uint32_t number)
{
    uint32_t height = 1;
    for (uint32_t i = 1; i <= catalog->category_count; i++) {
        if (category_find(catalog, number) != NULL && category_is_within(catalog, i, number) &&
            depth_of(catalog, i) - depth_of(catalog, number) >= height)
            height = depth_of(catalog, i) - depth_of(catalog, number) + 1;
    }
    return height;
}

/* A new category, another name, or another place in the tree. */
static void change_categories(struct search_bed *bed, struct random *random)
{
    const struct catalog *catalog = &bed->fixture.shop.catalog;
    uint32_t number = 6 + (uint32_t)random_below(random, catalog->category_count - 4);
    uint32_t parent = (uint32_t)random_below(random, number < 25 ? number : 25);
    const struct category *category = category_find(catalog, number);
    if (category == NULL)
        number = catalog->category_count + 1;
    else if (coin(random, 2))
        parent = category->parent;
    if (depth_of(catalog, parent) + height_of(catalog, number) > CATEGORY_DEPTH_MAX ||
        category_is_within(catalog, parent, number))
        return;
    char name[CATEGORY_NAME_MAX];
    struct text word = catalog_fixture_word(random);
    int length = snprintf(name, sizeof name, "%.*s %u", TEXT_ARGS(word), number);
    catalog_fixture_category(&bed->fixture, number, parent, (struct text){name, (uint32_t)length});
    catalog_fixture_publish(&bed->fixture);
}

static void change_something(struct search_bed *bed, struct random *random)
{
    uint32_t count = bed->fixture.shop.catalog.product_count;
    if (coin(random, 12)) {
        change_categories(bed, random);
    } else if (coin(random, 8)) {
        catalog_fixture_replace(&bed->fixture, count + 1);
        catalog_fixture_publish(&bed->fixture);
    } else {
        catalog_fixture_change(&bed->fixture, 1 + (uint32_t)random_below(random, count));
    }
}

static void every_change_is_found_at_once(void **state)
{
    (void)state;
    struct search_bed bed;
    struct random random = {77};
    search_bed_open(&bed, 5, CHANGED_PRODUCTS, random_query_synonyms);
    for (uint32_t i = 0; i < CHANGES; i++) {
        change_something(&bed, &random);
        if (i % ASK_EVERY != 0)
            continue;
        search_oracle_read(&bed.oracle);
        ask_random(&bed, &random, i);
    }
    assert_true(bed.fixture.shop.catalog.product_count > CHANGED_PRODUCTS + 50);
    search_bed_close(&bed);
}

/* Asks both and compares the first two pages; a cursor of one is good in the other. Scores and the
 * rarest word are by the counts of words that each has, so by relevance it is the same products, in
 * any order, and where words were left out not even these. */
static void check_same(struct search_bed *bed, struct search_backend *other,
                       struct search_query query)
{
    bool is_by_relevance = query.sort == SEARCH_RELEVANCE && has_any_word(&query, bed);
    for (uint32_t page = 0; page < 2; page++) {
        struct search_result a = search_bed_ask(bed, &query);
        struct search_result b = search_ask_now(other, &query, &bed->arena);
        if (a.note_count > 0 || b.note_count > 0) {
            assert_true(a.note_count > 0 || a.total == 0);
            assert_true(b.note_count > 0 || b.total == 0);
            return;
        }
        assert_int_equal(a.total, b.total);
        assert_int_equal(a.hit_count, b.hit_count);
        assert_int_equal(a.has_more, b.has_more);
        if (a.hit_count == 0 || is_by_relevance)
            return;
        assert_memory_equal(a.hits, b.hits, a.hit_count * sizeof a.hits[0]);
        assert_int_equal(a.next.rank, b.next.rank);
        query.after = a.next;
    }
}

/* An index that saw every change, and one that reads what came of them: replicas, restarts. */
static void a_new_index_answers_like_one_that_followed(void **state)
{
    (void)state;
    struct search_bed bed;
    struct random random = {5};
    search_bed_open(&bed, 6, CHANGED_PRODUCTS, random_query_synonyms);
    for (uint32_t i = 0; i < CHANGES; i++)
        change_something(&bed, &random);
    struct search_backend *followed = bed.backend;
    search_bed_open_index(&bed);
    for (uint32_t i = 0; i < QUERIES; i++) {
        arena_reset(&bed.arena);
        current = random_query(&random, &bed.arena);
        current_index = i;
        check_same(&bed, followed, current);
        current.limit = 0;
    }
    search_close(followed);
    search_bed_close(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(random_queries_find_what_the_oracle_finds, tell_query),
        cmocka_unit_test_teardown(every_change_is_found_at_once, tell_query),
        cmocka_unit_test_teardown(a_new_index_answers_like_one_that_followed, tell_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
