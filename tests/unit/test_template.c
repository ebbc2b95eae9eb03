#include "notify/template.h"
#include "test.h"

#include <string.h>

struct row {
    const char *template;
    const char *values;
    enum template_escape escape;
    const char *filled; /* NULL = refused */
};

static const struct row rows[] = {
    {"Hello {{name}}!", "{\"name\":\"Ann\"}", ESCAPE_TEXT, "Hello Ann!"},
    {"{{ order.number }}", "{\"order\":{\"number\":7}}", ESCAPE_TEXT, "7"},
    {"{{nothing}}{{a.b.c}}{{list}}", "{\"a\":{\"b\":1},\"list\":[1]}", ESCAPE_TEXT, ""},
    {"{{x}}", "{\"x\":\"<a href='b\\\"'>&\"}", ESCAPE_HTML,
     "&lt;a href=&#39;b&quot;&#39;&gt;&amp;"},
    {"{{x}}", "{\"x\":\"<&\\u0007\\r\\n\\t\"}", ESCAPE_TEXT, "<&\n\t"},
    {"{{x}}", "{\"x\":\"a\\r\\nBcc: b@c\"}", ESCAPE_LINE, "a  Bcc: b@c"},
    {"{{#l}}<{{n}}>{{/l}}", "{\"l\":[{\"n\":\"a\"},{\"n\":\"b\"}]}", ESCAPE_TEXT, "<a><b>"},
    {"{{#l}}{{n}}{{/l}}{{n}}", "{\"n\":\"out\",\"l\":[{\"n\":\"in \"},{}]}", ESCAPE_TEXT,
     "in outout"},
    {"{{#o}}{{n}}{{/o}}", "{\"o\":{\"n\":1}}", ESCAPE_TEXT, "1"},
    {"{{#s}}yes{{/s}}{{^s}}no{{/s}}", "{\"s\":\"\"}", ESCAPE_TEXT, "no"},
    {"{{#s}}yes{{/s}}{{^s}}no{{/s}}", "{\"s\":\"x\"}", ESCAPE_TEXT, "yes"},
    {"{{#s}}yes{{/s}}{{^s}}no{{/s}}", "{\"s\":[]}", ESCAPE_TEXT, "no"},
    {"{{#a}}{{#a}}x{{/a}}{{/a}}", "{\"a\":1}", ESCAPE_TEXT, "x"},
    {"{{x}} {{", "{\"x\":1}", ESCAPE_TEXT, "1 {{"},
    {"{{x}}", "{\"x\":\"{{y}}\",\"y\":1}", ESCAPE_TEXT, "{{y}}"},
    {"{{#a}}", "{\"a\":1}", ESCAPE_TEXT, NULL},
    {"{{/a}}", "{}", ESCAPE_TEXT, NULL},
    {"{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}x"
     "{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}",
     "{\"a\":1}", ESCAPE_TEXT, NULL},
};

static void holes_are_filled_and_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < countof(rows); i++) {
        struct buffer out;
        json_t *values = json_loads(rows[i].values, 0, NULL);
        assert_non_null(values);
        buffer_init(&out, 16);
        bool is_right = template_fill(text_of(rows[i].template), values, rows[i].escape, &out);
        assert_int_equal(is_right, rows[i].filled != NULL);
        if (is_right) {
            buffer_append(&out, "", 1);
            assert_string_equal(out.data, rows[i].filled);
        }
        buffer_release(&out);
        json_decref(values);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(holes_are_filled_and_escaped)};
    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
