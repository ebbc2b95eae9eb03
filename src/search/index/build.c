#include "search/index/build.h"

#include "base/map.h"
#include "base/memory.h"
#include "search/index/order.h"
#include "search/index/tokens.h"

#include <string.h>

enum {
    LOT = 1024, /* products read in one reading section */
    AHEAD = 6,  /* products whose memory is asked for in advance: they lie in the order of entry */
    AHEAD_BYTES = 448,
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
    index->kernels = kernels_choose(KERNELS_AVX512);
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
    enum { BYTES_PER_DOC = 5 * 4 + 2 * 2 + 6 * 1, BITS_PER_DOC = 5 };
    uint64_t docs = LOAD(columns->count);
    return docs * BYTES_PER_DOC + docs / 8 * BITS_PER_DOC +
           docs / BLOCK * (KERNEL_CLASSES + sizeof(uint16_t)) +
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

/* What is done with every word and attribute of a product: added for a new document, or taken back
 * for one that died. */
struct visit {
    struct index *index;
    uint32_t doc; /* to be added to; not looked at by a visit that takes back */
    bool takes_back;
    struct map terms; /* taken back once, however often the product has them */
};

static void take_back_term(struct visit *visit, uint32_t term)
{
    uint64_t unused;
    if (map_find(&visit->terms, term, &unused))
        return;
    map_put(&visit->terms, term, 1);
    terms_drop_doc(&visit->index->terms, term);
}

static void take_back_words(struct visit *visit, const struct word_batch *batch)
{
    struct terms *terms = &visit->index->terms;
    for (uint32_t i = 0; i < batch->count; i++) {
        uint32_t word = batch->words[i];
        if (word == WORD_NONE)
            continue;
        if (!batch->sought[i].is_joined)
            terms_unuse_word(terms, word);
        take_back_term(visit, terms->words[word].term);
        uint32_t exact =
            batch->sought[i].grade == GRADE_HIGH ? terms_add_exact(terms, word) : TERM_NONE;
        if (exact != TERM_NONE)
            take_back_term(visit, exact);
    }
}

static void visit_words(struct visit *visit, struct word_batch *batch)
{
    terms_add_words(&visit->index->terms, batch);
    if (visit->takes_back)
        take_back_words(visit, batch);
    else
        terms_add_doc_words(&visit->index->terms, batch, visit->doc);
    batch->count = 0;
}

/* Returns how many words there are, joined ones (tokens.h) not counted. */
static uint32_t visit_text(struct visit *visit, struct text text, enum grade grade,
                           struct word_batch *batch)
{
    struct joining_cursor cursor;
    struct search_token token;
    uint32_t count = 0;
    tokens_begin_joining(&cursor, text);
    while (tokens_next_joining(&cursor, &token)) {
        count += cursor.is_joined ? 0 : 1;
        if (batch->count == WORD_BATCH_MAX)
            visit_words(visit, batch);
        terms_seek(&visit->index->terms, batch, &token, grade, cursor.is_joined);
    }
    return count;
}

static void visit_attribute(struct visit *visit, struct text pair)
{
    char bytes[TERM_BYTES_MAX];
    struct terms *terms = &visit->index->terms;
    uint32_t term = terms_add_term(terms, terms_attribute(pair, bytes));
    if (term != TERM_NONE && visit->takes_back)
        take_back_term(visit, term);
    else if (term != TERM_NONE)
        terms_add_doc(terms, term, visit->doc, GRADE_LOW);
}

/* Compact JSON, {"color":"red","size":"M"}: each pair is a term as it stands there. */
static void visit_attributes(struct visit *visit, struct text json)
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
            if (at > start)
                visit_attribute(visit, (struct text){json.data + start, at - start});
            start = at + 1;
        }
    }
}

/* The best place of a word first. Returns the words of the name, NAME_WORDS_MAX at most. */
static uint32_t visit_product(struct visit *visit, const struct product *product)
{
    struct word_batch batch;
    batch.count = 0;
    uint32_t name_words =
        visit_text(visit, product_text(product, PRODUCT_NAME), GRADE_HIGH, &batch);
    (void)visit_text(visit, product_text(product, PRODUCT_BRAND), GRADE_MIDDLE, &batch);
    (void)visit_text(visit, product_text(product, PRODUCT_DESCRIPTION), GRADE_LOW, &batch);
    visit_words(visit, &batch);
    visit_attributes(visit, product_text(product, PRODUCT_ATTRIBUTES));
    return name_words < NAME_WORDS_MAX ? name_words : NAME_WORDS_MAX;
}

static bool is_like_last(const struct index *index, uint32_t doc)
{
    const struct columns *columns = &index->columns;
    const uint16_t *leaf = index->tree->leaf;
    return doc > 0 && columns_brand(columns, doc) == columns_brand(columns, doc - 1) &&
           leaf[doc] == leaf[doc - 1];
}

static void add_doc(struct index *index, const struct product *product)
{
    struct columns *columns = &index->columns;
    uint32_t doc = columns_add(columns, product);
    tree_set_doc(index->tree, doc, product->category);
    uint32_t number = product->number;
    columns_set_stock(columns, doc, view_available(index->view, number),
                      view_sold(index->view, number));
    columns_set_brand(columns, doc,
                      labels_add_brand(&index->brands, product_text(product, PRODUCT_BRAND)));
    struct text family = product_text(product, PRODUCT_FAMILY);
    columns_set_family(columns, doc, labels_add(&index->families, family, TEXT_NONE),
                       is_like_last(index, doc));
    struct visit visit = {.index = index, .doc = doc};
    uint32_t name_words = visit_product(&visit, product);
    columns_set_name_words(columns, doc, name_words);
    POKE(index->name_words_sum, index->name_words_sum + name_words);
    columns_set_live(columns, doc, product->status == PRODUCT_ACTIVE);
    if (columns->doc_of[number] == 0)
        POKE(columns->product_count, columns->product_count + 1);
    POKE(columns->doc_of[number], doc + 1);
    columns_show(columns, doc + 1);
}

/* Another document took its place. */
static void bury_doc(struct index *index, uint32_t doc, const struct product *product)
{
    columns_set_live(&index->columns, doc, false);
    POKE(index->name_words_sum, index->name_words_sum - index->columns.name_words[doc]);
    if (product == NULL)
        return; /* what words it had is not known any more: they count for too much a little */
    struct visit visit = {.index = index, .takes_back = true};
    map_init(&visit.terms, 64);
    (void)visit_product(&visit, product);
    map_release(&visit.terms);
}

/* --- the whole catalogue --- */

static void fetch_ahead(const struct index *index, const uint32_t *numbers, uint32_t at,
                        uint32_t count)
{
    if (at + 2 * AHEAD >= count)
        return;
    view_fetch(index->view, numbers[at + 2 * AHEAD]);
    const char *bytes = (const char *)view_product(index->view, numbers[at + AHEAD]);
    for (uint32_t offset = 0; offset < AHEAD_BYTES; offset += 64)
        __builtin_prefetch(bytes + offset);
}

void index_build(struct index *index)
{
    uint32_t count = view_product_count(index->view);
    uint32_t *numbers = order_products(index, count);
    for (uint32_t i = 0; i < count; i++) {
        fetch_ahead(index, numbers, i, count);
        const struct product *product = view_product(index->view, numbers[i]);
        if (columns_find(&index->columns, product->number) == UINT32_MAX)
            add_doc(index, product);
        if (i % LOT == LOT - 1) {
            view_read_end();
            view_read_begin();
        }
    }
    memory_free(numbers);
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
        if (before->category != after->category)
            columns_part_family(columns, doc);
        tree_set_doc(index->tree, doc, after->category);
        columns_set_live(columns, doc, after->status == PRODUCT_ACTIVE);
        return;
    }
    add_doc(index, after);
    if (bit_get(columns->live, doc))
        replaced_announce(&index->replaced, doc, columns_find(columns, after->number));
    bury_doc(index, doc, before);
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
    struct tree *tree =
        tree_make(view_categories(index->view), &index->terms, old, index->columns.count);
    PUBLISH(index->tree, tree);
    tree_retire(old, &index->terms);
}

void index_settle(struct index *index)
{
    spelling_refresh(&index->spelling, &index->terms);
}
