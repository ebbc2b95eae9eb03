#include "search/elastic/json_put.h"

#include "base/json_out.h"

#include <stdarg.h>
#include <string.h>

/* Nine digits bring back every float, which is what a cluster counts scores in. */
#define FLOAT_FORMAT "%.9g"

static void put_text(struct buffer *buffer, struct text text)
{
    struct json_out json;
    json_out_init(&json, buffer);
    json_out_text(&json, text.data == NULL ? TEXT("") : text);
}

static void put_value(struct buffer *buffer, char kind, va_list *arguments)
{
    switch (kind) {
    case 't':
        put_text(buffer, va_arg(*arguments, struct text));
        break;
    case 'q':
        put_text(buffer, text_of(va_arg(*arguments, const char *)));
        break;
    case 'j':
        buffer_append_text(buffer, va_arg(*arguments, struct text));
        break;
    case 'k':
        buffer_append_text(buffer, text_of(va_arg(*arguments, const char *)));
        break;
    case 'u':
        buffer_append_u64(buffer, va_arg(*arguments, uint64_t));
        break;
    case 'i':
        buffer_append_i64(buffer, va_arg(*arguments, int64_t));
        break;
    case 'b':
        buffer_append_text(buffer, va_arg(*arguments, int) != 0 ? TEXT("true") : TEXT("false"));
        break;
    case 'g':
        buffer_printf(buffer, FLOAT_FORMAT, va_arg(*arguments, double));
        break;
    default:
        check_failed("a known placeholder", __FILE__, __LINE__);
    }
}

void json_put(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (const char *at = format; *at != '\0';) {
        size_t plain = strcspn(at, "'%");
        buffer_append(buffer, at, plain);
        at += plain;
        if (*at == '\'') {
            buffer_append(buffer, "\"", 1);
            at++;
        } else if (*at == '%') {
            put_value(buffer, at[1], &arguments);
            at += 2;
        }
    }
    va_end(arguments);
}

void json_put_comma(struct buffer *buffer, bool *is_first)
{
    if (!*is_first)
        buffer_append(buffer, ",", 1);
    *is_first = false;
}
