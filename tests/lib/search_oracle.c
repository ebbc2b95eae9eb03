#include "lib/search_oracle.h"

#include "base/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 1 << 20, ASKED_MAX = 256 /* more than SEARCH_WORDS_BYTES_MAX can hold */ };
#define ARENA_MAX ((size_t)1 << 32)

static struct oracle_words cut(struct search_oracle *oracle, struct text text, struct arena *arena)
{
    return oracle_words_cut(text, oracle->stemmer, arena);
}

static void read_synonyms(struct search_oracle *oracle, struct text lines)
{
    struct text line;
    while (text_cut(&lines, '\n', &line)) {
        struct oracle_synonym synonym = {0};
        struct text entry;
        while (text_cut(&line, ',', &entry)) {
            struct oracle_words words = cut(oracle, entry, &oracle->lasting);
            ensure(synonym.entry_count < ORACLE_ENTRIES_MAX);
            if (words.count > 0)
                synonym.entries[synonym.entry_count++] = words;
        }
        ensure(oracle->synonym_count < ORACLE_SYNONYMS_MAX);
        oracle->synonyms[oracle->synonym_count++] = synonym;
    }
}

void search_oracle_open(struct search_oracle *oracle, const struct shop *shop, const char *language,
                        struct text synonyms)
{
    *oracle = (struct search_oracle){.shop = shop, .stemmer = sb_stemmer_new(language, "UTF_8")};
    ensure(oracle->stemmer != NULL);
    arena_init(&oracle->lasting, ARENA_BLOCK, ARENA_MAX);
    arena_init(&oracle->arena, ARENA_BLOCK, ARENA_MAX);
    read_synonyms(oracle, synonyms);
    search_oracle_read(oracle);
}

void search_oracle_close(struct search_oracle *oracle)
{
    arena_release(&oracle->arena);
    arena_release(&oracle->lasting);
    sb_stemmer_delete(oracle->stemmer);
}

static struct text three_texts(const struct product *product, struct arena *arena)
{
    static const enum product_text parts[] = {PRODUCT_NAME, PRODUCT_BRAND, PRODUCT_DESCRIPTION};
    char *all = arena_alloc(arena, (size_t)product->size + 3);
    uint32_t length = 0;
    for (uint32_t i = 0; i < countof(parts); i++) {
        struct text text = product_text(product, parts[i]);
        if (text.length > 0)
            memcpy(all + length, text.data, text.length);
        length += text.length;
        all[length++] = '\n';
    }
    return (struct text){all, length};
}

void search_oracle_read(struct search_oracle *oracle)
{
    struct arena *arena = &oracle->arena;
    const struct catalog *catalog = &oracle->shop->catalog;
    arena_reset(arena);
    oracle->product_count = catalog->product_count;
    oracle->products =
        arena_alloc_array(arena, (size_t)catalog->product_count + 1, sizeof *oracle->products);
    for (uint32_t number = 1; number <= catalog->product_count; number++) {
        const struct product *product = catalog_find(catalog, number);
        oracle->products[number] = (struct oracle_product){
            .product = product,
            .words = cut(oracle, three_texts(product, arena), arena),
            .brand = oracle_fold(product_text(product, PRODUCT_BRAND), arena),
            .sku = oracle_fold(product_text(product, PRODUCT_SKU), arena),
        };
    }
    oracle->categories =
        arena_alloc_array(arena, (size_t)catalog->category_count + 1, sizeof *oracle->categories);
    for (uint32_t number = 1; number <= catalog->category_count; number++)
        oracle->categories[number] =
            cut(oracle, text_of(category_find(catalog, number)->name), arena);
}

/* --- words --- */

static bool among(const struct oracle_words *words, const struct oracle_word *word)
{
    for (uint32_t i = 0; i < words->count; i++) {
        if (oracle_word_same(&words->words[i], word))
            return true;
    }
    return false;
}

static bool has_word(const struct search_oracle *oracle, const struct oracle_product *product,
                     const struct oracle_word *word)
{
    if (among(&product->words, word))
        return true;
    uint32_t category = product->product->category;
    while (category != 0) {
        if (among(&oracle->categories[category], word))
            return true;
        category = category_find(&oracle->shop->catalog, category)->parent;
    }
    return false;
}

static bool has_all(const struct search_oracle *oracle, const struct oracle_product *product,
                    const struct oracle_words *words)
{
    for (uint32_t i = 0; i < words->count; i++) {
        if (!words->words[i].is_joined && !has_word(oracle, product, &words->words[i]))
            return false;
    }
    return true;
}

/* A query's words with the chunk that each came from. */
struct asked_words {
    struct oracle_words words;
    uint32_t chunk_of[ASKED_MAX];
    struct text chunks[ASKED_MAX]; /* folded */
};

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static struct asked_words *ask(const struct search_oracle *oracle, struct text text,
                               struct arena *arena)
{
    struct asked_words *asked = arena_alloc(arena, sizeof *asked);
    asked->words.words = arena_alloc_array(arena, ASKED_MAX, sizeof *asked->words.words);
    uint32_t chunk = 0;
    for (uint32_t at = 0; at < text.length;) {
        uint32_t start = at;
        while (at < text.length && !is_space(text.data[at]))
            at++;
        struct text run = {text.data + start, at - start};
        struct oracle_words words = oracle_words_cut(run, oracle->stemmer, arena);
        for (uint32_t i = 0; i < words.count; i++) {
            if (words.words[i].is_joined)
                continue;
            ensure(asked->words.count < ASKED_MAX);
            asked->chunk_of[asked->words.count] = chunk;
            asked->words.words[asked->words.count++] = words.words[i];
        }
        asked->chunks[chunk++] = oracle_fold(run, arena);
        at += at < text.length;
    }
    return asked;
}

static bool stands_at(const struct oracle_words *entry, const struct asked_words *asked,
                      uint32_t at)
{
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < entry->count; i++) {
        if (entry->words[i].is_joined)
            continue;
        if (at + wanted >= asked->words.count ||
            !oracle_word_same(&entry->words[i], &asked->words.words[at + wanted]))
            return false;
        wanted++;
    }
    return true;
}

static uint32_t length_of(const struct oracle_words *entry)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < entry->count; i++)
        count += !entry->words[i].is_joined;
    return count;
}

static void mark_synonyms(const struct search_oracle *oracle, const struct oracle_product *product,
                          const struct asked_words *asked, bool *is_had)
{
    for (uint32_t s = 0; s < oracle->synonym_count; s++) {
        const struct oracle_synonym *synonym = &oracle->synonyms[s];
        bool has_any = false;
        for (uint32_t i = 0; i < synonym->entry_count; i++)
            has_any = has_any || has_all(oracle, product, &synonym->entries[i]);
        if (!has_any)
            continue;
        for (uint32_t i = 0; i < synonym->entry_count; i++) {
            for (uint32_t at = 0; at < asked->words.count; at++) {
                if (!stands_at(&synonym->entries[i], asked, at))
                    continue;
                for (uint32_t k = 0; k < length_of(&synonym->entries[i]); k++)
                    is_had[at + k] = true;
            }
        }
    }
}

static bool has_asked(const struct search_oracle *oracle, const struct oracle_product *product,
                      const struct asked_words *asked)
{
    bool is_had[ASKED_MAX] = {false};
    for (uint32_t i = 0; i < asked->words.count; i++)
        is_had[i] = text_equal(asked->chunks[asked->chunk_of[i]], product->sku) ||
                    has_word(oracle, product, &asked->words.words[i]);
    mark_synonyms(oracle, product, asked, is_had);
    for (uint32_t i = 0; i < asked->words.count; i++) {
        if (!is_had[i])
            return false;
    }
    return true;
}

struct oracle_hits search_oracle_hits(const struct search_oracle *oracle, struct text words,
                                      struct arena *arena)
{
    const struct asked_words *asked = ask(oracle, words, arena);
    struct oracle_hits hits = {
        .has_words = arena_alloc_array(arena, (size_t)oracle->product_count + 1, sizeof(bool))};
    for (uint32_t number = 1; number <= oracle->product_count; number++)
        hits.has_words[number] = has_asked(oracle, &oracle->products[number], asked);
    return hits;
}

/* --- the other filters --- */

static bool has_attribute(struct text attributes, const struct search_attribute *wanted)
{
    json_t *object = json_loadb(attributes.data, attributes.length, 0, NULL);
    const char *key;
    json_t *value;
    bool found = false;
    json_object_foreach(object, key, value)
    {
        struct text text = {json_string_value(value), (uint32_t)json_string_length(value)};
        found = found || (text_equal(text_of(key), wanted->key) && text_equal(text, wanted->value));
    }
    json_decref(object);
    return found;
}

static bool has_attributes(const struct product *product, const struct search_query *query)
{
    for (uint32_t i = 0; i < query->attribute_count; i++) {
        if (!has_attribute(product_text(product, PRODUCT_ATTRIBUTES), &query->attributes[i]))
            return false;
    }
    return true;
}

static bool is_listed(const struct product *product, const struct search_query *query)
{
    bool is_number = !query->has_numbers;
    bool is_sku = !query->has_skus;
    for (uint32_t i = 0; i < query->number_count; i++)
        is_number = is_number || query->numbers[i] == product->number;
    for (uint32_t i = 0; i < query->sku_count; i++)
        is_sku = is_sku || text_equal(query->skus[i], product_text(product, PRODUCT_SKU));
    return is_number && is_sku;
}

static bool is_found(const struct search_oracle *oracle, const struct search_query *query,
                     uint32_t number, struct text brand)
{
    const struct product *product = oracle->products[number].product;
    return product->status == PRODUCT_ACTIVE &&
           (query->category == 0 ||
            category_is_within(&oracle->shop->catalog, product->category, query->category)) &&
           product->price_minor >= query->min_price_minor &&
           (!query->has_max_price || product->price_minor <= query->max_price_minor) &&
           product->rating_x100 >= query->min_rating_x100 &&
           (!query->in_stock || stock_available(&oracle->shop->stock, number) > 0) &&
           (query->brand.length == 0 || text_equal(oracle->products[number].brand, brand)) &&
           has_attributes(product, query) && is_listed(product, query);
}

static bool is_cheaper(const struct product *a, const struct product *b)
{
    return a->price_minor != b->price_minor ? a->price_minor < b->price_minor
                                            : a->number < b->number;
}

static struct text family_of(const struct search_oracle *oracle, uint32_t number)
{
    return product_text(oracle->products[number].product, PRODUCT_FAMILY);
}

/* One number per family: the cheapest. */
static uint32_t fold_families(const struct search_oracle *oracle, uint32_t *numbers, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct product *product = oracle->products[numbers[i]].product;
        struct text family = family_of(oracle, numbers[i]);
        uint32_t same = family.length == 0 ? kept : 0;
        while (same < kept && !text_equal(family, family_of(oracle, numbers[same])))
            same++;
        if (same == kept)
            numbers[kept++] = numbers[i];
        else if (is_cheaper(product, oracle->products[numbers[same]].product))
            numbers[same] = numbers[i];
    }
    return kept;
}

static struct oracle_answer find(const struct search_oracle *oracle,
                                 const struct search_query *query, const struct oracle_hits *hits,
                                 struct arena *arena)
{
    struct text brand = oracle_fold(query->brand, arena);
    struct oracle_answer answer = {
        .numbers = arena_alloc_array(arena, (size_t)oracle->product_count + 1, sizeof(uint32_t))};
    for (uint32_t number = 1; number <= oracle->product_count; number++) {
        if (hits->has_words[number] && is_found(oracle, query, number, brand))
            answer.numbers[answer.count++] = number;
    }
    if (!query->has_numbers && !query->has_skus)
        answer.count = fold_families(oracle, answer.numbers, answer.count);
    return answer;
}

uint32_t search_oracle_total(const struct search_oracle *oracle, const struct search_query *query,
                             const struct oracle_hits *hits, struct arena *arena)
{
    return find(oracle, query, hits, arena).count;
}

/* --- order --- */

static uint64_t sold(const struct search_oracle *oracle, uint32_t number)
{
    uint64_t sum = 0;
    const struct stock *stock = &oracle->shop->stock;
    for (const struct stock_row *row = stock_first(stock, number); row != NULL;
         row = stock_next(stock, row))
        sum += row->sold;
    return sum > UINT32_MAX ? UINT32_MAX : sum;
}

/* Below 0 when a goes first, 0 when their numbers decide. */
static int compare(const struct search_oracle *oracle, enum search_sort sort, uint32_t a,
                   uint32_t b)
{
    const struct product *left = oracle->products[a].product;
    const struct product *right = oracle->products[b].product;
    int price = (left->price_minor > right->price_minor) - (left->price_minor < right->price_minor);
    int rating = left->rating_x100 - right->rating_x100;
    int count =
        (left->rating_count > right->rating_count) - (left->rating_count < right->rating_count);
    switch (sort) {
    case SEARCH_PRICE_ASC:
        return price;
    case SEARCH_PRICE_DESC:
        return -price;
    case SEARCH_RATING:
        return rating != 0 ? -rating : -count;
    case SEARCH_CREATED:
        return a > b ? -1 : a < b;
    case SEARCH_SOLD:
        return (sold(oracle, a) < sold(oracle, b)) - (sold(oracle, a) > sold(oracle, b));
    case SEARCH_RELEVANCE:
    case SEARCH_SORT_COUNT:
        break;
    }
    return 0;
}

bool search_oracle_goes_before(const struct search_oracle *oracle, enum search_sort sort,
                               uint32_t a, uint32_t b)
{
    int order = compare(oracle, sort, a, b);
    return order != 0 ? order < 0 : a < b;
}

struct oracle_answer search_oracle_answer(const struct search_oracle *oracle,
                                          const struct search_query *query,
                                          const struct oracle_hits *hits, struct arena *arena)
{
    struct oracle_answer answer = find(oracle, query, hits, arena);
    for (uint32_t i = 1; i < answer.count; i++) {
        uint32_t number = answer.numbers[i];
        uint32_t at = i;
        for (; at > 0 &&
               search_oracle_goes_before(oracle, query->sort, number, answer.numbers[at - 1]);
             at--)
            answer.numbers[at] = answer.numbers[at - 1];
        answer.numbers[at] = number;
    }
    return answer;
}
