/* filter_attributes.c - only products that have each of these attributes with this value;
 * attributes are terms of the dictionary. */
#include "base/json_out.h"
#include "search/filter/filter.h"

struct wanted_attributes {
    uint32_t count;
    struct postings_view postings[SEARCH_ATTRIBUTES_MAX];
    uint32_t positions[SEARCH_ATTRIBUTES_MAX]; /* in lists: where the last document was sought */
};

static void write_string(struct buffer *buffer, struct text value)
{
    struct json_out json;
    json_out_init(&json, buffer);
    json_out_text(&json, value);
}

/* As it stands in the product's compact JSON. */
static uint32_t find_term(const struct scan *scan, const struct search_attribute *attribute)
{
    struct buffer buffer;
    buffer_init(&buffer, 256);
    write_string(&buffer, attribute->key);
    buffer_append_text(&buffer, TEXT(":"));
    write_string(&buffer, attribute->value);
    char bytes[TERM_BYTES_MAX];
    struct text text = terms_attribute(buffer_text(&buffer), bytes);
    uint32_t term = terms_find_term(&scan->index->terms, text);
    buffer_release(&buffer);
    return term;
}

static bool prepare(const struct scan *scan, void **state_out)
{
    const struct search_query *query = scan->query;
    if (query->attribute_count == 0)
        return false;
    struct wanted_attributes *wanted = arena_alloc(scan->arena, sizeof *wanted);
    wanted->count = query->attribute_count;
    for (uint32_t i = 0; i < wanted->count; i++) {
        uint32_t term = find_term(scan, &query->attributes[i]);
        if (term != TERM_NONE)
            postings_read(&scan->index->terms.terms[term].postings, &wanted->postings[i]);
        else
            wanted->postings[i].entries = &wanted->postings[i].only; /* an empty list */
    }
    *state_out = wanted;
    return true;
}

static bool list(const struct scan *scan, void *state, struct doc_list *list_out)
{
    (void)scan;
    const struct wanted_attributes *wanted = state;
    const struct postings_view *rarest = NULL;
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct postings_view *each = &wanted->postings[i];
        if (each->entries != NULL && (rarest == NULL || each->count < rarest->count))
            rarest = each;
    }
    if (rarest != NULL)
        *list_out = (struct doc_list){rarest->entries, rarest->count};
    return rarest != NULL;
}

static uint64_t block(const struct scan *scan, void *state, uint32_t block, uint64_t asked)
{
    (void)scan;
    const struct wanted_attributes *wanted = state;
    for (uint32_t i = 0; i < wanted->count && asked != 0; i++)
        asked &= bits_block(wanted->postings[i].any, block);
    return asked;
}

static bool one(const struct scan *scan, void *state, uint32_t doc)
{
    (void)scan;
    struct wanted_attributes *wanted = state;
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct postings_view *each = &wanted->postings[i];
        if (each->entries == NULL) {
            if (!bits_has(each->any, doc))
                return false;
            continue;
        }
        uint32_t at = postings_seek(each->entries, wanted->positions[i], each->count, doc);
        wanted->positions[i] = at;
        if (at == each->count || entry_doc(PEEK(each->entries[at])) != doc)
            return false;
    }
    return true;
}

const struct search_filter filter_attributes = {
    .facet = FACET_NONE,
    .prepare = prepare,
    .list = list,
    .block = block,
    .one = one,
};
