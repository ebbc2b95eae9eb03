/*
 * A product's attributes are a compact JSON object of strings, {"color":"red","size":"M"}, so a
 * pair is there when its own JSON, "color":"red", stands behind a { or a comma. Inside a string no
 * quote is bare, so nothing else can look like that.
 */
#include "base/json_out.h"
#include "search/filter/filter.h"

#include <string.h>

struct wanted_attributes {
    uint32_t count;
    struct text pairs[SEARCH_ATTRIBUTES_MAX];
};

static void write_string(struct buffer *buffer, struct text value)
{
    struct json_out json;
    json_out_init(&json, buffer);
    json_out_text(&json, value);
}

static struct text write_pair(struct arena *arena, const struct search_attribute *attribute)
{
    struct buffer buffer;
    buffer_init(&buffer, 256);
    write_string(&buffer, attribute->key);
    buffer_append_text(&buffer, TEXT(":"));
    write_string(&buffer, attribute->value);
    struct text pair = arena_copy_text(arena, buffer_text(&buffer));
    buffer_release(&buffer);
    return pair;
}

static const void *prepare(const struct search_scan *scan)
{
    const struct search_query *query = scan->query;
    if (query->attribute_count == 0)
        return NULL;
    ensure(query->attribute_count <= SEARCH_ATTRIBUTES_MAX);
    struct wanted_attributes *wanted = arena_alloc(scan->arena, sizeof *wanted);
    wanted->count = query->attribute_count;
    for (uint32_t i = 0; i < wanted->count; i++)
        wanted->pairs[i] = write_pair(scan->arena, &query->attributes[i]);
    return wanted;
}

static bool has_pair(struct text attributes, struct text pair)
{
    const char *from = attributes.data;
    const char *end = attributes.data + attributes.length;
    while (from < end) {
        const char *found = memmem(from, (size_t)(end - from), pair.data, pair.length);
        if (found == NULL)
            return false;
        if (found > attributes.data && (found[-1] == '{' || found[-1] == ','))
            return true;
        from = found + 1;
    }
    return false;
}

static bool accepts(const void *state, const struct search_row *row)
{
    const struct wanted_attributes *wanted = state;
    struct text attributes = product_text(row->product, PRODUCT_ATTRIBUTES);
    for (uint32_t i = 0; i < wanted->count; i++) {
        if (!has_pair(attributes, wanted->pairs[i]))
            return false;
    }
    return true;
}

const struct search_filter filter_attributes = {prepare, accepts};
