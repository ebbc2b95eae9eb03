#include "lib/bench_questions.h"

#include "base/buffer.h"
#include "base/hash.h"
#include "base/map.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const bench_class_names[BENCH_CLASS_COUNT] = {
    [BENCH_Q1] = "Q1", [BENCH_Q2] = "Q2", [BENCH_Q3] = "Q3", [BENCH_Q4] = "Q4",
    [BENCH_Q5] = "Q5", [BENCH_Q6] = "Q6", [BENCH_Q7] = "Q7", [BENCH_Q8] = "Q8",
    [BENCH_Q9] = "Q9", [BENCH_QA] = "QA", [BENCH_QF] = "QF",
};

enum { WORDS_MAX = 32, SLIP_LENGTH_MIN = 5, TRIES = 100 };

/* --- words of names --- */

static uint32_t cut_name(struct text name, struct text *words_out)
{
    uint32_t count = 0;
    for (uint32_t at = 0; at < name.length && count < WORDS_MAX;) {
        uint32_t start = at;
        while (at < name.length && isalnum((unsigned char)name.data[at]))
            at++;
        if (at > start)
            words_out[count++] = (struct text){name.data + start, at - start};
        at += at < name.length;
    }
    return count;
}

static uint64_t word_key(struct text word)
{
    char lower[64];
    uint32_t length = word.length < sizeof lower ? word.length : (uint32_t)sizeof lower;
    for (uint32_t i = 0; i < length; i++)
        lower[i] = (char)tolower((unsigned char)word.data[i]);
    return hash_bytes(lower, length) | 1;
}

/* Of the most frequent so far, or not. */
static void note_common(struct bench_questions *questions, uint64_t *counts, struct text word,
                        uint64_t count)
{
    uint32_t at = 0;
    while (at < BENCH_COMMON_WORDS && questions->common[at].length > 0 &&
           !text_equal_ignoring_case(questions->common[at], word))
        at++;
    if (at == BENCH_COMMON_WORDS) {
        at--;
        if (counts[at] >= count)
            return;
    }
    for (; at > 0 && counts[at - 1] < count; at--) {
        questions->common[at] = questions->common[at - 1];
        counts[at] = counts[at - 1];
    }
    questions->common[at] = word;
    counts[at] = count;
}

void bench_questions_open(struct bench_questions *questions, const struct shop *shop, uint64_t seed,
                          struct arena *arena)
{
    struct map counts;
    uint64_t best[BENCH_COMMON_WORDS] = {0};
    *questions = (struct bench_questions){.shop = shop, .random = {seed}};
    map_init(&counts, 1 << 16);
    for (uint32_t number = 1; number <= shop->catalog.product_count; number++) {
        struct text words[WORDS_MAX];
        uint32_t count =
            cut_name(product_text(catalog_find(&shop->catalog, number), PRODUCT_NAME), words);
        for (uint32_t i = 0; i < count; i++) {
            uint64_t seen;
            if (!map_find(&counts, word_key(words[i]), &seen))
                seen = 0;
            map_put(&counts, word_key(words[i]), seen + 1);
            if (words[i].length > 2 && seen + 1 > best[BENCH_COMMON_WORDS - 1])
                note_common(questions, best, words[i], seen + 1);
        }
    }
    map_release(&counts);
    for (uint32_t i = 0; i < BENCH_COMMON_WORDS; i++)
        questions->common[i] = arena_copy_text(arena, questions->common[i]);
}

/* --- rolls --- */

static double roll(struct bench_questions *questions)
{
    return (double)(random_u64(&questions->random) >> 11) / 9007199254740992.0;
}

static uint32_t below(struct bench_questions *questions, uint32_t limit)
{
    return (uint32_t)random_below(&questions->random, limit);
}

static const struct product *roll_product(struct bench_questions *questions)
{
    const struct catalog *catalog = &questions->shop->catalog;
    return catalog_find(catalog, 1 + below(questions, catalog->product_count));
}

/* Of at least so many letters, if that can be had. */
static struct text roll_word(struct bench_questions *questions, uint32_t length_min)
{
    struct text word = TEXT("word");
    for (uint32_t try = 0; try < TRIES; try++) {
        struct text words[WORDS_MAX];
        uint32_t count = cut_name(product_text(roll_product(questions), PRODUCT_NAME), words);
        if (count == 0)
            continue;
        word = words[below(questions, count)];
        if (word.length >= length_min && !isdigit((unsigned char)word.data[word.length - 1]))
            break;
    }
    return word;
}

static uint32_t top_of(const struct catalog *catalog, uint32_t category)
{
    while (category != 0 && category_find(catalog, category)->parent != 0)
        category = category_find(catalog, category)->parent;
    return category;
}

__attribute__((format(printf, 2, 3))) static struct text write_text(struct arena *arena,
                                                                    const char *format, ...)
{
    char line[SEARCH_WORDS_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof line)
        length = (int)sizeof line - 1;
    return arena_copy_text(arena, (struct text){line, (uint32_t)length});
}

/* --- questions --- */

static void ask_range(struct bench_questions *questions, struct search_query *query)
{
    const struct product *product = roll_product(questions);
    query->min_price_minor =
        (int64_t)((double)product->price_minor * (0.3 + 0.7 * roll(questions)));
    query->has_max_price = true;
    query->max_price_minor =
        (int64_t)((double)query->min_price_minor * (1.5 + 6 * roll(questions)));
    query->category = roll(questions) < 0.6 ? top_of(&questions->shop->catalog, product->category)
                                            : product->category;
    if (product->rating_x100 > 0)
        query->min_rating_x100 =
            (uint16_t)(roll(questions) < 0.6 ? 400 : 350 + 100 * below(questions, 2));
}

static void ask_two_words(struct bench_questions *questions, struct search_query *query,
                          struct arena *arena)
{
    struct text words[WORDS_MAX];
    const struct product *product = roll_product(questions);
    uint32_t count = cut_name(product_text(product, PRODUCT_NAME), words);
    for (uint32_t try = 0; try < TRIES && count < 2; try++) {
        product = roll_product(questions);
        count = cut_name(product_text(product, PRODUCT_NAME), words);
    }
    ensure(count > 0);
    uint32_t first = below(questions, count);
    uint32_t second = count == 1 ? 0 : (first + 1 + below(questions, count - 1)) % count;
    query->words =
        write_text(arena, "%.*s %.*s", TEXT_ARGS(words[first]), TEXT_ARGS(words[second]));
    query->want_facets = true;
    if (roll(questions) < 0.5) {
        query->min_price_minor = 2000;
        query->has_max_price = true;
        query->max_price_minor = 50000;
        query->min_rating_x100 = product->rating_x100 > 0 ? 400 : 0;
    }
}

/* A letter left out, one too many, two swapped or one wrong; never the first. */
static struct text ask_slip(struct bench_questions *questions, struct arena *arena)
{
    struct text word = roll_word(questions, SLIP_LENGTH_MIN);
    char *slip = arena_alloc(arena, (size_t)word.length + 2);
    uint32_t at = 1 + below(questions, word.length > 2 ? word.length - 2 : 1);
    memcpy(slip, word.data, word.length);
    switch (below(questions, 4)) {
    case 0:
        memmove(slip + at, slip + at + 1, word.length - at - 1);
        return (struct text){slip, word.length - 1};
    case 1:
        memmove(slip + at + 1, slip + at, word.length - at);
        return (struct text){slip, word.length + 1};
    case 2:
        slip[at] = word.data[at + 1];
        slip[at + 1] = word.data[at];
        break;
    default:
        slip[at] = (char)('a' + (int)below(questions, 26));
        break;
    }
    return (struct text){slip, word.length};
}

static struct text ask_nothing(struct bench_questions *questions, struct arena *arena)
{
    struct text word = roll_word(questions, 3);
    if (below(questions, 2) == 0)
        return write_text(arena, "zzyxq %.*s", TEXT_ARGS(word));
    struct text other = roll_word(questions, 3);
    return write_text(arena, "%.*s %.*s qqwzx8", TEXT_ARGS(other), TEXT_ARGS(word));
}

static void ask_brand(struct bench_questions *questions, struct search_query *query,
                      struct arena *arena)
{
    const struct product *product = roll_product(questions);
    query->category = top_of(&questions->shop->catalog, product->category);
    query->brand = arena_copy_text(arena, product_text(product, PRODUCT_BRAND));
    if (product_text(product, PRODUCT_ATTRIBUTES).length == 0)
        return;
    query->attributes[0] = (struct search_attribute){TEXT("color"), TEXT("red")};
    query->attribute_count = 1;
}

/* How much of a word is typed already. */
static uint32_t ask_length(struct bench_questions *questions, uint32_t whole)
{
    uint32_t length = 2 + below(questions, 5);
    return length < whole ? length : whole;
}

static void ask_long_list(struct bench_questions *questions, struct search_query *query)
{
    const struct product *product = roll_product(questions);
    query->category = top_of(&questions->shop->catalog, product->category);
    query->min_rating_x100 = product->rating_x100 > 0 ? 400 : 0;
    query->sort = SEARCH_PRICE_ASC;
}

struct search_query bench_question(struct bench_questions *questions, enum bench_class class,
                                   struct arena *arena)
{
    struct search_query query = {.limit = 20};
    switch (class) {
    case BENCH_Q1:
    case BENCH_Q2:
        ask_range(questions, &query);
        query.sort = class == BENCH_Q1 ? SEARCH_RATING : SEARCH_PRICE_ASC;
        break;
    case BENCH_Q3:
        ask_two_words(questions, &query, arena);
        break;
    case BENCH_Q4:
        query.words = questions->common[below(questions, BENCH_COMMON_WORDS)];
        query.in_stock = true;
        query.sort = SEARCH_PRICE_ASC;
        break;
    case BENCH_Q5:
        query.words = roll_word(questions, 2);
        query.words.length = ask_length(questions, query.words.length);
        query.words = arena_copy_text(arena, query.words);
        break;
    case BENCH_Q6:
        query.words = ask_slip(questions, arena);
        break;
    case BENCH_Q7:
        ask_long_list(questions, &query);
        break;
    case BENCH_Q8:
        query.sort = SEARCH_CREATED;
        break;
    case BENCH_Q9:
        query.words = ask_nothing(questions, arena);
        query.want_facets = true;
        break;
    case BENCH_QA:
        ask_brand(questions, &query, arena);
        query.sort = SEARCH_PRICE_ASC;
        break;
    case BENCH_QF:
        query.want_facets = true;
        break;
    case BENCH_CLASS_COUNT:
        ensure(class < BENCH_CLASS_COUNT);
        break;
    }
    return query;
}

/* --- as a request --- */

static void append_escaped(struct buffer *target, struct text text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (isalnum(byte))
            buffer_append(target, &byte, 1);
        else
            buffer_printf(target, "%%%02X", byte);
    }
}

static void append_path(struct buffer *target, const struct catalog *catalog, uint32_t category)
{
    uint32_t path[CATEGORY_DEPTH_MAX + 1];
    uint32_t depth = 0;
    for (; category != 0; category = category_find(catalog, category)->parent)
        path[depth++] = category;
    while (depth > 0) {
        append_escaped(target, text_of(category_find(catalog, path[--depth])->name));
        append_escaped(target, depth > 0 ? TEXT(" > ") : TEXT_NONE);
    }
}

static void append_filters(struct buffer *target, const struct catalog *catalog,
                           const struct search_query *query)
{
    if (query->category != 0) {
        buffer_printf(target, "&category=");
        append_path(target, catalog, query->category);
    }
    if (query->min_price_minor > 0)
        buffer_printf(target, "&min_price=%ld", (long)query->min_price_minor);
    if (query->has_max_price)
        buffer_printf(target, "&max_price=%ld", (long)query->max_price_minor);
    if (query->min_rating_x100 > 0)
        buffer_printf(target, "&min_rating=%u.%02u", query->min_rating_x100 / 100U,
                      query->min_rating_x100 % 100U);
    if (query->in_stock)
        buffer_printf(target, "&in_stock=true");
    if (query->want_facets)
        buffer_printf(target, "&facets=true");
    if (query->brand.length > 0) {
        buffer_printf(target, "&brand=");
        append_escaped(target, query->brand);
    }
    for (uint32_t i = 0; i < query->attribute_count; i++) {
        buffer_printf(target, "&attr.%.*s=", TEXT_ARGS(query->attributes[i].key));
        append_escaped(target, query->attributes[i].value);
    }
}

struct text bench_question_target(const struct shop *shop, enum bench_class class,
                                  const struct search_query *query, struct arena *arena)
{
    static const char *const sorts[SEARCH_SORT_COUNT] = {
        [SEARCH_RELEVANCE] = "relevance", [SEARCH_PRICE_ASC] = "price",
        [SEARCH_PRICE_DESC] = "-price",   [SEARCH_RATING] = "-rating",
        [SEARCH_CREATED] = "-created",    [SEARCH_SOLD] = "-sold",
    };
    struct buffer target;
    buffer_init(&target, 256);
    if (class == BENCH_Q5) {
        buffer_printf(&target, "/v1/suggest?q=");
        append_escaped(&target, query->words);
    } else {
        buffer_printf(&target, "/v1/products?limit=%u&sort=%s", query->limit, sorts[query->sort]);
        if (query->words.length > 0)
            buffer_printf(&target, "&q=");
        append_escaped(&target, query->words);
        append_filters(&target, &shop->catalog, query);
    }
    struct text copy = arena_copy_text(arena, buffer_text(&target));
    buffer_release(&target);
    return copy;
}
