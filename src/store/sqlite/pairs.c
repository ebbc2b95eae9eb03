#include "store/sqlite/pairs.h"

void pairs_add(struct buffer *json, uint32_t first, uint32_t second)
{
    buffer_append(json, json->length == 0 ? "[[" : ",[", 2);
    buffer_append_u64(json, first);
    buffer_append(json, ",", 1);
    buffer_append_u64(json, second);
    buffer_append(json, "]", 1);
}

void pairs_end(struct buffer *json)
{
    buffer_append_text(json, json->length == 0 ? TEXT("[]") : TEXT("]"));
}

/* Digits up to `end`, which is taken off too. */
static bool take_number(struct text *json, char end, uint32_t *value_out)
{
    uint32_t length = 0;

    while (length < json->length && json->data[length] != end)
        length++;
    if (length == json->length || !text_to_u32((struct text){json->data, length}, value_out))
        return false;
    json->data += length + 1;
    json->length -= length + 1;
    return true;
}

bool pairs_next(struct text *json, uint32_t *first_out, uint32_t *second_out, bool *damaged_out)
{
    *damaged_out = false;
    if (text_equal(*json, TEXT("]")) || text_equal(*json, TEXT("[]")))
        return false;
    *damaged_out = json->length < 2;
    if (*damaged_out)
        return false;
    json->data += 2; /* "[[" at the beginning, ",[" between */
    json->length -= 2;
    *damaged_out = !take_number(json, ',', first_out) || !take_number(json, ']', second_out);
    return !*damaged_out;
}

uint32_t pairs_count(struct text json)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < json.length; i++)
        count += json.data[i] == '[';
    return count == 0 ? 0 : count - 1;
}
