#include "search/index/build.h"

#include "base/memory.h"
#include "search/index/tokens.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOT = 1024,       /* products read in one reading section */
    WEIGH_FIRST = 64, /* documents from which words are weighed anew whenever they have doubled */
    ONE = 256,
};

struct index *index_make(const struct view *view, struct text language, struct text synonyms,
                         uint32_t docs_expected)
{
    struct index *index = memory_alloc_zeroed(1, sizeof *index);
    if (!terms_init(&index->terms, language, docs_expected)) {
        memory_free(index);
        return NULL;
    }
    index->view = view;
    index->language = language;
    index->kernels = kernels_choose(true);
    columns_init(&index->columns);
    labels_init(&index->brands);
    labels_init(&index->families);
    uint32_t left_out;
    index->synonyms = synonyms_open(synonyms, &index->terms, &left_out);
    index->tree = tree_make(view_categories(view), &index->terms, NULL, 0);
    return index;
}

void index_free(struct index *index)
{
    tree_release(index->tree);
    spelling_release(index->spelling);
    synonyms_close(index->synonyms);
    labels_release(&index->brands);
    labels_release(&index->families);
    terms_release(&index->terms);
    columns_release(&index->columns);
    memory_free(index);
}

static uint64_t column_bytes(const struct columns *columns)
{
    enum { BYTES_PER_DOC = 6 * 4 + 2 + 1 + 1, BITS_PER_DOC = 3 };
    uint64_t docs = LOAD(columns->count);
    return docs * BYTES_PER_DOC + docs / 8 * BITS_PER_DOC +
           (uint64_t)PEEK(columns->product_count) * sizeof(uint32_t);
}

uint64_t index_bytes(const struct index *index)
{
    return column_bytes(&index->columns) + terms_bytes(&index->terms) +
           labels_bytes(&index->brands) + labels_bytes(&index->families) +
           tree_bytes(LOAD(index->tree), LOAD(index->columns.count)) +
           spelling_bytes(LOAD(index->spelling));
}

/* --- words of a document --- */

/* Words of one text; returns how many, joined ones not counted. */
static uint32_t add_text(struct index *index, uint32_t doc, struct text text, enum grade grade)
{
    struct terms *terms = &index->terms;
    struct token_cursor cursor;
    struct token token;
    char joined[2 * TOKEN_BYTES_MAX];
    uint32_t joined_length = 0; /* of the word before */
    bool joined_has_digit = false;
    uint32_t count = 0;
    tokens_begin(&cursor, text);
    while (tokens_next(&cursor, &token)) {
        count++;
        uint32_t word = terms_add_word(terms, token.text, token.has_digit);
        if (word != WORD_NONE) {
            POKE(terms->words[word].docs, terms->words[word].docs + 1);
            terms_add_doc(terms, terms->words[word].term, doc, grade);
        }
        if (token.after_hyphen && joined_length > 0) {
            memcpy(joined + joined_length, token.text.data, token.text.length);
            struct text both = {joined, joined_length + token.text.length};
            if (both.length > TOKEN_BYTES_MAX)
                both.length = TOKEN_BYTES_MAX;
            word = terms_add_word(terms, both, joined_has_digit || token.has_digit);
            if (word != WORD_NONE)
                terms_add_doc(terms, terms->words[word].term, doc, grade);
        }
        memcpy(joined, token.text.data, token.text.length);
        joined_length = token.text.length;
        joined_has_digit = token.has_digit;
    }
    return count;
}

/* Compact JSON, {"color":"red","size":"M"}: each pair is a term as it stands there. */
static void add_attributes(struct index *index, uint32_t doc, struct text json)
{
    uint32_t start = 1; /* behind the { */
    bool is_in_string = false;
    for (uint32_t at = 1; at < json.length; at++) {
        char byte = json.data[at];
        if (is_in_string && byte == '\\') {
            at++;
        } else if (byte == '"') {
            is_in_string = !is_in_string;
        } else if (!is_in_string && (byte == ',' || byte == '}')) {
            if (at > start) {
                char bytes[TERM_BYTES_MAX];
                struct text text =
                    terms_attribute((struct text){json.data + start, at - start}, bytes);
                uint32_t term = terms_add_term(&index->terms, text);
                if (term != TERM_NONE)
                    terms_add_doc(&index->terms, term, doc, GRADE_LOW);
            }
            start = at + 1;
        }
    }
}

static uint32_t add_brand(struct index *index, struct text brand)
{
    char key[BRAND_KEY_SIZE];
    uint32_t length = labels_fold(brand, key);
    return labels_add(&index->brands, (struct text){key, length}, brand);
}

static void bit_on(uint64_t *bits, uint32_t doc)
{
    POKE(bits[doc / BLOCK], bits[doc / BLOCK] | UINT64_C(1) << doc % BLOCK);
}

static void add_doc(struct index *index, const struct product *product)
{
    struct columns *columns = &index->columns;
    uint32_t doc = columns_add(columns, product);
    tree_set_doc(index->tree, doc, product->category);
    uint32_t number = product->number;
    columns_set_stock(columns, doc, view_available(index->view, number),
                      view_sold(index->view, number));
    POKE(columns->brand[doc], add_brand(index, product_text(product, PRODUCT_BRAND)));
    struct text family = product_text(product, PRODUCT_FAMILY);
    uint32_t family_number = labels_add(&index->families, family, TEXT_NONE);
    POKE(columns->family[doc], family_number);
    if (family_number != 0)
        bit_on(columns->in_family, doc);
    /* The best place of a word first. */
    uint32_t name_words =
        add_text(index, doc, product_text(product, PRODUCT_NAME), GRADE_HIGH);
    POKE(columns->name_words[doc],
         (uint8_t)(name_words < NAME_WORDS_MAX ? name_words : NAME_WORDS_MAX));
    index->name_words_sum += name_words;
    (void)add_text(index, doc, product_text(product, PRODUCT_BRAND), GRADE_MIDDLE);
    (void)add_text(index, doc, product_text(product, PRODUCT_DESCRIPTION), GRADE_LOW);
    add_attributes(index, doc, product_text(product, PRODUCT_ATTRIBUTES));
    columns_set_live(columns, doc, product->status == PRODUCT_ACTIVE);
    POKE(columns->doc_of[number], doc + 1);
    if (number > columns->product_count)
        POKE(columns->product_count, number);
    columns_show(columns, doc + 1);
}

/* --- the whole catalogue --- */

struct place {
    uint32_t leaf;
    uint32_t number;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    if (a->leaf != b->leaf)
        return a->leaf < b->leaf ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Products by category, so that those of one lie side by side and whole zones can be passed over. */
static struct place *places_of(const struct index *index, uint32_t count)
{
    struct place *places = memory_alloc(((size_t)count + 1) * sizeof places[0]);
    for (uint32_t i = 0; i < count; i++) {
        const struct product *product = view_product(index->view, i + 1);
        struct tree_range range = {0};
        if (!tree_find(index->tree, product->category, &range))
            range.first = 0;
        places[i] = (struct place){range.first, i + 1};
    }
    qsort(places, count, sizeof places[0], compare_places);
    return places;
}

static void weigh(struct index *index)
{
    uint32_t docs = index->columns.count;
    terms_weigh(&index->terms, docs);
    uint64_t mean = docs == 0 ? 0 : index->name_words_sum * ONE / docs;
    POKE(index->name_words_mean_x256, (uint32_t)mean);
}

void index_build(struct index *index)
{
    uint32_t count = view_product_count(index->view);
    struct place *places = places_of(index, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct product *product = view_product(index->view, places[i].number);
        if (columns_find(&index->columns, product->number) == UINT32_MAX)
            add_doc(index, product);
        if (i % LOT == LOT - 1) {
            view_read_end();
            view_read_begin();
        }
    }
    memory_free(places);
    weigh(index);
    spelling_refresh(&index->spelling, &index->terms);
}

void index_share(struct index *index)
{
    index->terms.room.is_shared = true;
    index->brands.is_shared = true;
    index->families.is_shared = true;
}

/* --- changes --- */

/* Texts that a document is made of; the SKU is found by the view, the others not at all. */
static bool has_same_texts(const struct product *a, const struct product *b)
{
    static const enum product_text searched[] = {
        PRODUCT_NAME, PRODUCT_DESCRIPTION, PRODUCT_BRAND, PRODUCT_FAMILY, PRODUCT_ATTRIBUTES,
    };
    for (uint32_t i = 0; i < countof(searched); i++) {
        if (!text_equal(product_text(a, searched[i]), product_text(b, searched[i])))
            return false;
    }
    return true;
}

void index_put_product(struct index *index, const struct product *before,
                       const struct product *after)
{
    struct columns *columns = &index->columns;
    uint32_t doc = columns_find(columns, after->number);
    if (doc == UINT32_MAX) {
        add_doc(index, after);
        return;
    }
    if (before != NULL && has_same_texts(before, after)) {
        columns_set(columns, doc, after);
        tree_set_doc(index->tree, doc, after->category);
        columns_set_live(columns, doc, after->status == PRODUCT_ACTIVE);
        return;
    }
    /* Whoever scans meanwhile may see both or neither, and looks again (index.c). */
    add_doc(index, after);
    columns_set_live(columns, doc, false);
    __atomic_store_n(&index->changes, index->changes + 1, __ATOMIC_RELEASE);
}

void index_put_stock(struct index *index, uint32_t product, uint32_t available, uint32_t sold)
{
    uint32_t doc = columns_find(&index->columns, product);
    if (doc != UINT32_MAX)
        columns_set_stock(&index->columns, doc, available, sold);
}

void index_put_categories(struct index *index)
{
    struct tree *old = index->tree;
    struct tree *tree = tree_make(view_categories(index->view), &index->terms, old,
                                  index->columns.count);
    PUBLISH(index->tree, tree);
    tree_release_later(old);
}

void index_settle(struct index *index)
{
    uint32_t docs = index->columns.count;
    if (docs >= WEIGH_FIRST && docs / 2 >= index->terms.docs_weighed)
        weigh(index);
    spelling_refresh(&index->spelling, &index->terms);
}
