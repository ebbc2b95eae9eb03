/* The arguments of a sub-command: options of its own, settings, operands. */
#include "cli/arguments.h"
#include "test.h"

#include <stdio.h>

enum { WORDS_MAX = 6 };

struct parsed {
    bool is_strict;
    const char *url;
    uint32_t concurrency;
    struct config config;
    char *argv[WORDS_MAX + 1];
    uint32_t operand_count;
};

static bool parse(const char *const words[WORDS_MAX], bool with_settings, struct parsed *parsed)
{
    *parsed = (struct parsed){.concurrency = 1};
    const struct argument rows[] = {
        {.name = "strict", .kind = ARGUMENT_FLAG, .target = &parsed->is_strict},
        {.name = "url", .kind = ARGUMENT_TEXT, .target = &parsed->url},
        {.name = "concurrency",
         .kind = ARGUMENT_U32,
         .target = &parsed->concurrency,
         .min = 1,
         .max = 64},
    };
    const struct arguments arguments = {
        .command = "test",
        .rows = rows,
        .row_count = countof(rows),
        .operands_max = 2,
        .config = with_settings ? &parsed->config : NULL,
    };
    static char copies[WORDS_MAX][64];
    int argc = 0;
    for (; argc < WORDS_MAX && words[argc] != NULL; argc++) {
        (void)snprintf(copies[argc], sizeof(copies[argc]), "%s", words[argc]);
        parsed->argv[argc] = copies[argc];
    }
    return arguments_parse(&arguments, argc, parsed->argv, &parsed->operand_count);
}

static void options_and_operands_stand_in_any_order(void **state)
{
    (void)state;
    struct parsed parsed;
    const char *const words[WORDS_MAX] = {"a",  "--strict", "--url=http://x", "--concurrency",
                                          "64", "-"};
    assert_true(parse(words, false, &parsed));
    assert_true(parsed.is_strict);
    assert_string_equal(parsed.url, "http://x");
    assert_int_equal(parsed.concurrency, 64);
    assert_int_equal(parsed.operand_count, 2);
    assert_string_equal(parsed.argv[0], "a");
    assert_string_equal(parsed.argv[1], "-");
}

static void settings_are_options_where_the_command_takes_them(void **state)
{
    (void)state;
    struct parsed parsed;
    const char *const words[WORDS_MAX] = {"--linger-us", "7", "--listen=0.0.0.0:9", "--",
                                          "--strict"};
    assert_true(parse(words, true, &parsed));
    assert_int_equal(parsed.config.linger_us, 7);
    assert_int_equal(parsed.config.listen.port, 9);
    assert_int_equal(parsed.config.cache_mb, 64);
    assert_false(parsed.is_strict);
    assert_string_equal(parsed.argv[0], "--strict");
    assert_false(parse(words, false, &parsed));
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const char *const rows[][WORDS_MAX] = {
        {"--colour", "red"},
        {"--url"},
        {"--strict=yes"},
        {"--concurrency", "0"},
        {"--concurrency", "65"},
        {"--concurrency", "many"},
        {"-s"},
        {"a", "b", "c"},
        {"--cache-mb"},
        {"--cache-mb", "0"},
        {"--operator-key", "secret"},
        {"--config", "/nonexistent/shop.conf"},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct parsed parsed;
        assert_false(parse(rows[i], true, &parsed));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_stand_in_any_order),
        cmocka_unit_test(settings_are_options_where_the_command_takes_them),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
