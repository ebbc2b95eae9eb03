/* Settings: every source, which wins, what is refused and how that is told; docs/config.md is
 * fresh. */
#include "config/config.h"
#include "config/setting_type.h"
#include "lib/temp_folder.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool set(struct config *config, enum config_source source, const char *name,
                const char *value, struct config_problem *problem)
{
    *problem = (struct config_problem){""};
    return config_set(config, source, text_of(name), text_of(value), problem);
}

static void write_file(const char *folder, const char *content,
                       char path_out[TEMP_FOLDER_SIZE + 16])
{
    (void)snprintf(path_out, TEMP_FOLDER_SIZE + 16, "%s/shop.conf", folder);
    FILE *file = fopen(path_out, "we");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void every_default_is_one_that_would_be_taken(void **state)
{
    (void)state;
    static struct config config; /* large for a stack */
    config_init(&config);        /* aborts on a default out of its own range */
    assert_string_equal(config.data, "./shop-data");
    assert_string_equal(config.listen.host, "127.0.0.1");
    assert_int_equal(config.listen.port, 8080);
    assert_int_equal(config.fold_slice_ms, 5000);
    assert_int_equal(config.sources[CONFIG_INDEX_data], CONFIG_DEFAULT);
}

static void the_stronger_source_wins_in_whatever_order_they_are_read(void **state)
{
    (void)state;
    static const enum config_source orders[][3] = {
        {CONFIG_FILE, CONFIG_ENVIRONMENT, CONFIG_FLAG},
        {CONFIG_FLAG, CONFIG_ENVIRONMENT, CONFIG_FILE},
        {CONFIG_ENVIRONMENT, CONFIG_FLAG, CONFIG_FILE},
    };
    static const char *const values[] = {
        [CONFIG_FILE] = "1", [CONFIG_ENVIRONMENT] = "2", [CONFIG_FLAG] = "3"};
    for (size_t i = 0; i < countof(orders); i++) {
        struct config config;
        struct config_problem problem;
        config_init(&config);
        for (size_t j = 0; j < countof(orders[i]); j++)
            assert_true(set(&config, orders[i][j], "linger-us", values[orders[i][j]], &problem));
        assert_int_equal(config.linger_us, 3);
        assert_int_equal(config.sources[CONFIG_INDEX_linger_us], CONFIG_FLAG);
    }
}

static void a_refused_value_is_named_with_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *value;
        const char *problem;
    } rows[] = {
        {"fold_slice_ms", "9", "fold_slice_ms cannot be '9': 10 to 600000"},
        {"fold_slice_ms", "600001", "fold_slice_ms cannot be '600001': 10 to 600000"},
        {"fold-slice-ms", "1s", "fold_slice_ms cannot be '1s': 10 to 600000"},
        {"log_level", "loud", "log_level cannot be 'loud': debug, info, warning, error"},
        {"currency", "usd", "currency cannot be 'usd': three letters A-Z"},
        {"currency", "US", "currency cannot be 'US': three letters A-Z"},
        {"data", "", "data cannot be '': 1 to 1000 bytes"},
        {"data", "a\nb", "data cannot be 'a\nb': 1 to 1000 bytes"},
        {"listen", "8080", "listen cannot be '8080': HOST:PORT or [IPV6]:PORT, port 0 to 65535"},
        {"colour", "red", "there is no setting 'colour'"},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        static struct config config, before;
        struct config_problem problem;
        config_init(&config);
        config_init(&before);
        assert_false(set(&config, CONFIG_FLAG, rows[i].name, rows[i].value, &problem));
        assert_string_equal(problem.text, rows[i].problem);
        assert_memory_equal(&config, &before, sizeof(config));
    }
}

static void networks_and_origins_are_checked_word_by_word(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *value;
        bool is_taken;
    } rows[] = {
        {"trusted_proxies", "", true},
        {"trusted_proxies", "10.0.0.0/8, ::1", true},
        {"trusted_proxies", "10.0.0.0/8 proxy", false},
        {"cors_origins", "https://shop.example http://localhost:3000", true},
        {"cors_origins", "*", true},
        {"cors_origins", "shop.example", false},
        {"cors_origins", "https://shop.example/", false},
        {"cors_origins", "https://*.shop.example", false},
        {"cors_origins", "https://shop.example, ftp://shop.example", false},
        {"cors_origins", "https://", false},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct config config;
        struct config_problem problem;
        config_init(&config);
        if (set(&config, CONFIG_FLAG, rows[i].name, rows[i].value, &problem) != rows[i].is_taken)
            fail_msg("%s '%s'", rows[i].name, rows[i].value);
    }
}

static void addresses_are_host_and_port(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *host; /* NULL = refused */
        uint16_t port;
    } rows[] = {
        {"0.0.0.0:80", "0.0.0.0", 80}, {"[::1]:8443", "::1", 8443}, {"localhost:0", "localhost", 0},
        {"1.2.3.4:65536", NULL, 0},    {"1.2.3.4:", NULL, 0},       {":80", NULL, 0},
        {"::1:80", NULL, 0},           {"[1.2.3.4]:80", NULL, 0},   {"[]:80", NULL, 0},
        {"1.2.3.4:-1", NULL, 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        struct config config;
        struct config_problem problem;
        config_init(&config);
        bool is_set = set(&config, CONFIG_FLAG, "listen", rows[i].value, &problem);
        assert_int_equal(is_set, rows[i].host != NULL);
        assert_string_equal(config.listen.host, is_set ? rows[i].host : "127.0.0.1");
        assert_int_equal(config.listen.port, is_set ? rows[i].port : 8080);
    }
}

static void a_secret_is_neither_shown_nor_taken_from_the_command_line(void **state)
{
    (void)state;
    static struct config config; /* large for a stack */
    struct config_problem problem;
    config_init(&config);
    assert_false(set(&config, CONFIG_FLAG, "operator-key", "hush-hush", &problem));
    assert_non_null(strstr(problem.text, "command line"));
    assert_true(set(&config, CONFIG_FILE, "operator_key", "hush-hush", &problem));
    assert_string_equal(config.operator_key, "hush-hush");
    assert_false(set(&config, CONFIG_FILE, "operator_key", "hush\thush", &problem));
    assert_null(strstr(problem.text, "hush"));
    struct buffer out;
    buffer_init(&out, 4096);
    config_print(&config, &out);
    buffer_append(&out, "", 1);
    assert_null(strstr(out.data, "hush"));
    buffer_release(&out);
}

static void a_file_is_read_line_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        const char *problem; /* behind "shop.conf"; NULL = fine */
    } rows[] = {
        {"", NULL},
        {"# comment\n\n  cache_mb=128  \n\tlinger_us = 5\nlog_level = debug", NULL},
        {"cache_mb = 128\ncache_mb\n",
         ":2: no '=' in this line: settings are written `name = value`"},
        {"cache_mb = 0\n", ":1: cache_mb cannot be '0': 1 to 65536"},
        {"colour = red\n", ":1: there is no setting 'colour'"},
        {"data = a=b\n", NULL},
    };
    char folder[TEMP_FOLDER_SIZE], path[TEMP_FOLDER_SIZE + 16];
    temp_folder_make(folder);
    for (size_t i = 0; i < countof(rows); i++) {
        struct config config;
        struct config_problem problem = {""};
        config_init(&config);
        write_file(folder, rows[i].content, path);
        assert_int_equal(config_read_file(&config, path, &problem), rows[i].problem == NULL);
        if (rows[i].problem != NULL)
            assert_string_equal(problem.text + strlen(path), rows[i].problem);
        else if (i == 1)
            assert_int_equal(config.cache_mb + config.linger_us + config.log_level, 128 + 5 + 0);
        else if (i == countof(rows) - 1)
            assert_string_equal(config.data, "a=b");
    }
    static struct config config; /* large for a stack */
    struct config_problem problem;
    config_init(&config);
    assert_false(config_read_file(&config, "/nonexistent/shop.conf", &problem));
    assert_string_equal(problem.text, "/nonexistent/shop.conf: No such file or directory");
    temp_folder_remove(folder);
}

static void the_environment_sets_what_it_names(void **state)
{
    (void)state;
    static struct config config; /* large for a stack */
    struct config_problem problem;
    config_init(&config);
    assert_int_equal(setenv("SHOPD_FOLD_SLICE_MS", "77", 1), 0);
    assert_int_equal(setenv("SHOPD_SERVICE_HOST", "10.0.0.1", 1), 0); /* as Kubernetes does */
    assert_true(config_read_environment(&config, &problem));
    assert_int_equal(config.fold_slice_ms, 77);
    assert_int_equal(setenv("SHOPD_FOLD_SLICE_MS", "seven", 1), 0);
    assert_false(config_read_environment(&config, &problem));
    assert_string_equal(problem.text, "environment variable SHOPD_FOLD_SLICE_MS: fold_slice_ms "
                                      "cannot be 'seven': 10 to 600000");
    assert_int_equal(unsetenv("SHOPD_FOLD_SLICE_MS"), 0);
}

static void what_is_printed_can_be_read_back(void **state)
{
    (void)state;
    static struct config config, again; /* large for a stack */
    struct config_problem problem;
    struct buffer out;
    char folder[TEMP_FOLDER_SIZE], path[TEMP_FOLDER_SIZE + 16];
    config_init(&config);
    config_init(&again);
    assert_true(set(&config, CONFIG_FILE, "listen", "[::1]:99", &problem));
    assert_true(set(&config, CONFIG_FILE, "log_level", "error", &problem));
    assert_true(set(&config, CONFIG_FILE, "currency", "EUR", &problem));
    buffer_init(&out, 4096);
    config_print(&config, &out);
    buffer_append(&out, "", 1);
    temp_folder_make(folder);
    write_file(folder, out.data, path);
    assert_true(config_read_file(&again, path, &problem));
    assert_int_equal(config_reload(&again, &config), false);
    assert_string_equal(again.listen.host, "::1");
    assert_int_equal(again.listen.port, 99);
    temp_folder_remove(folder);
    buffer_release(&out);
}

static void a_reload_takes_what_is_live_and_tells_of_the_rest(void **state)
{
    (void)state;
    static struct config config, fresh; /* large for a stack */
    struct config_problem problem;
    config_init(&config);
    config_init(&fresh);
    assert_true(set(&fresh, CONFIG_FILE, "log_level", "debug", &problem));
    assert_false(config_reload(&config, &fresh));
    assert_int_equal(config.log_level, 0);
    assert_true(set(&fresh, CONFIG_FILE, "cache_mb", "1", &problem));
    assert_true(config_reload(&config, &fresh));
    assert_int_equal(config.cache_mb, 64);
}

static void docs_config_md_is_what_the_table_says(void **state)
{
    (void)state;
    struct buffer expected;
    buffer_init(&expected, 8192);
    config_write_markdown(&expected);
    FILE *file = fopen("docs/config.md", "re");
    assert_non_null(file);
    char *text = buffer_extend(&expected, expected.length + 1);
    size_t size = (expected.length - 1) / 2;
    assert_int_equal(fread(text, 1, size + 1, file), size);
    assert_memory_equal(text, expected.data, size);
    (void)fclose(file);
    buffer_release(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_one_that_would_be_taken),
        cmocka_unit_test(the_stronger_source_wins_in_whatever_order_they_are_read),
        cmocka_unit_test(a_refused_value_is_named_with_what_is_allowed),
        cmocka_unit_test(networks_and_origins_are_checked_word_by_word),
        cmocka_unit_test(addresses_are_host_and_port),
        cmocka_unit_test(a_secret_is_neither_shown_nor_taken_from_the_command_line),
        cmocka_unit_test(a_file_is_read_line_by_line),
        cmocka_unit_test(the_environment_sets_what_it_names),
        cmocka_unit_test(what_is_printed_can_be_read_back),
        cmocka_unit_test(a_reload_takes_what_is_live_and_tells_of_the_rest),
        cmocka_unit_test(docs_config_md_is_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
