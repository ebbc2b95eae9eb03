#include "notify/template.h"

struct filling {
    struct buffer *out;
    enum template_escape escape;
    const json_t *scopes[TEMPLATE_DEPTH_MAX + 1];
    uint32_t depth; /* scopes[depth] is the innermost */
};

/* ---- values ---- */

static const json_t *look_up(const json_t *scope, struct text path)
{
    struct text name;
    while (scope != NULL && text_cut(&path, '.', &name))
        scope = json_is_object(scope) ? json_object_getn(scope, name.data, name.length) : NULL;
    return scope;
}

static const json_t *find(const struct filling *filling, struct text path)
{
    for (uint32_t i = filling->depth + 1; i-- > 0;) {
        const json_t *value = look_up(filling->scopes[i], path);
        if (value != NULL)
            return value;
    }
    return NULL;
}

static bool is_printable(char c)
{
    return (unsigned char)c >= 0x20 && c != 0x7f;
}

static void write_escaped(struct filling *filling, struct text value)
{
    for (uint32_t i = 0; i < value.length; i++) {
        char c = value.data[i];
        bool is_html = filling->escape == ESCAPE_HTML;
        if (is_html && c == '<')
            buffer_append_text(filling->out, TEXT("&lt;"));
        else if (is_html && c == '>')
            buffer_append_text(filling->out, TEXT("&gt;"));
        else if (is_html && c == '&')
            buffer_append_text(filling->out, TEXT("&amp;"));
        else if (is_html && c == '"')
            buffer_append_text(filling->out, TEXT("&quot;"));
        else if (is_html && c == '\'')
            buffer_append_text(filling->out, TEXT("&#39;"));
        else if (is_printable(c) || (filling->escape != ESCAPE_LINE && (c == '\n' || c == '\t')))
            buffer_append(filling->out, &c, 1);
        else if (filling->escape == ESCAPE_LINE)
            buffer_append(filling->out, " ", 1);
    }
}

static void write_value(struct filling *filling, const json_t *value)
{
    if (json_is_string(value))
        write_escaped(filling,
                      (struct text){json_string_value(value), (uint32_t)json_string_length(value)});
    else if (json_is_integer(value))
        buffer_append_i64(filling->out, json_integer_value(value));
}

static bool is_there(const json_t *value)
{
    if (value == NULL || json_is_null(value) || json_is_false(value))
        return false;
    if (json_is_string(value))
        return json_string_length(value) > 0;
    return !json_is_array(value) || json_array_size(value) > 0;
}

/* ---- the template ---- */

/* What a tag begins with: # ^ / and so on, or a letter of its name. */
static char kind_of(struct text tag)
{
    if (tag.length == 0)
        return '\0';
    return tag.data[0];
}

/* The next {{...}}: what stands before it, and what it says. False when there is none. */
static bool next_tag(struct text *rest, struct text *before_out, struct text *tag_out)
{
    for (uint32_t i = 0; i + 1 < rest->length; i++) {
        if (rest->data[i] != '{' || rest->data[i + 1] != '{')
            continue;
        for (uint32_t j = i + 2; j + 1 < rest->length; j++) {
            if (rest->data[j] != '}' || rest->data[j + 1] != '}')
                continue;
            *before_out = (struct text){rest->data, i};
            *tag_out = text_trim((struct text){rest->data + i + 2, j - i - 2});
            rest->data += j + 2;
            rest->length -= j + 2;
            return true;
        }
        return false;
    }
    return false;
}

/* The text up to the {{/name}} that closes what was just opened; *rest goes on behind it. */
static bool cut_section(struct text *rest, struct text *section_out)
{
    const char *begin = rest->data;
    uint32_t depth = 1;
    struct text before;
    struct text tag;
    while (next_tag(rest, &before, &tag)) {
        char kind = kind_of(tag);
        if (kind == '#' || kind == '^')
            depth++;
        else if (kind == '/' && --depth == 0) {
            *section_out = (struct text){begin, (uint32_t)(before.data + before.length - begin)};
            return true;
        }
    }
    return false;
}

static bool fill(struct filling *filling, struct text rest);

static bool fill_within(struct filling *filling, struct text section, const json_t *scope)
{
    if (filling->depth == TEMPLATE_DEPTH_MAX)
        return false;
    filling->scopes[++filling->depth] = scope;
    bool is_right = fill(filling, section);
    filling->depth--;
    return is_right;
}

static bool fill_section(struct filling *filling, struct text tag, struct text section)
{
    const json_t *value = find(filling, text_trim((struct text){tag.data + 1, tag.length - 1}));
    if (tag.data[0] == '^')
        return is_there(value) || fill_within(filling, section, NULL);
    if (!is_there(value))
        return true;
    if (!json_is_array(value))
        return fill_within(filling, section, value);
    bool is_right = true;
    for (size_t i = 0; i < json_array_size(value) && is_right; i++)
        is_right = fill_within(filling, section, json_array_get(value, i));
    return is_right;
}

/* As deep as TEMPLATE_DEPTH_MAX. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static bool fill(struct filling *filling, struct text rest)
{
    struct text before;
    struct text tag;
    struct text section;
    while (next_tag(&rest, &before, &tag)) {
        buffer_append_text(filling->out, before);
        char kind = kind_of(tag);
        if (kind == '/')
            return false;
        if (kind == '#' || kind == '^') {
            if (!cut_section(&rest, &section) || !fill_section(filling, tag, section))
                return false;
        } else {
            write_value(filling, find(filling, tag));
        }
    }
    buffer_append_text(filling->out, rest);
    return true;
}

bool template_fill(struct text template, const json_t *values, enum template_escape escape,
                   struct buffer *out)
{
    struct filling filling = {.out = out, .escape = escape, .scopes = {values}};
    return fill(&filling, template);
}
