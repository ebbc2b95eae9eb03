/* Templates of the operator's: a first line of JSON, then the template. Whatever stands in either,
 * filling ends, and HTML holds no character of a value that could begin a tag. */
#include "notify/template.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_tag(const struct buffer *out)
{
    return memchr(out->data, '<', out->length) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text rest = {(const char *)data, (uint32_t)size};
    struct text values_text;
    struct buffer out;
    if (size == 0 || size > 512 || !text_cut(&rest, '\n', &values_text))
        return 0;
    json_t *values = json_loadb(values_text.data, values_text.length, 0, NULL);
    buffer_init(&out, 256);
    for (int escape = ESCAPE_TEXT; escape <= ESCAPE_HTML; escape++) {
        buffer_reset(&out);
        bool is_right = template_fill(rest, values, (enum template_escape)escape, &out);
        bool is_plain = rest.length == 0 || memchr(rest.data, '<', rest.length) == NULL;
        if (is_right && escape == ESCAPE_HTML && is_plain)
            ensure(!has_tag(&out));
        if (is_right && escape == ESCAPE_LINE &&
            (rest.length == 0 || memchr(rest.data, '\n', rest.length) == NULL))
            ensure(memchr(out.data, '\n', out.length) == NULL);
    }
    buffer_release(&out);
    json_decref(values);
    return 0;
}
