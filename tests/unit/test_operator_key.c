/* The operator key: the setting, the file, or a new one. */
#include "cli/operator_key.h"
#include "lib/temp_folder.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = TEMP_FOLDER_SIZE + 16 };

static void path_of_key(const char *folder, char path_out[PATH_SIZE])
{
    (void)snprintf(path_out, PATH_SIZE, "%s/operator.key", folder);
}

static void write_file(const char *path, const char *content)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void the_first_start_makes_a_key_that_later_starts_find(void **state)
{
    (void)state;
    char folder[TEMP_FOLDER_SIZE], path[PATH_SIZE];
    struct operator_key first, second;
    temp_folder_make(folder);
    path_of_key(folder, path);
    assert_true(operator_key_get("", folder, &first));
    assert_true(first.is_new);
    assert_int_equal(strlen(first.text), 4 + 32);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(operator_key_get("", folder, &second));
    assert_false(second.is_new);
    assert_string_equal(second.text, first.text);
    temp_folder_remove(folder);
}

static void the_setting_is_used_and_leaves_no_file(void **state)
{
    (void)state;
    char folder[TEMP_FOLDER_SIZE], path[PATH_SIZE];
    struct operator_key key;
    temp_folder_make(folder);
    path_of_key(folder, path);
    assert_true(operator_key_get("from the environment", folder, &key));
    assert_false(key.is_new);
    assert_string_equal(key.text, "from the environment");
    struct stat status;
    assert_int_equal(stat(path, &status), -1);
    temp_folder_remove(folder);
}

static void white_space_around_a_key_in_the_file_does_not_count(void **state)
{
    (void)state;
    char folder[TEMP_FOLDER_SIZE], path[PATH_SIZE];
    struct operator_key key;
    temp_folder_make(folder);
    path_of_key(folder, path);
    write_file(path, "\n  0123456789abcdef \r\n\n");
    assert_true(operator_key_get("", folder, &key));
    assert_string_equal(key.text, "0123456789abcdef");
    temp_folder_remove(folder);
}

static void a_file_without_a_key_is_refused_not_replaced(void **state)
{
    (void)state;
    char folder[TEMP_FOLDER_SIZE], path[PATH_SIZE];
    struct operator_key key;
    temp_folder_make(folder);
    path_of_key(folder, path);
    write_file(path, "short\n");
    assert_false(operator_key_get("", folder, &key));
    assert_false(operator_key_get("", "/nonexistent/folder", &key));
    temp_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_start_makes_a_key_that_later_starts_find),
        cmocka_unit_test(the_setting_is_used_and_leaves_no_file),
        cmocka_unit_test(white_space_around_a_key_in_the_file_does_not_count),
        cmocka_unit_test(a_file_without_a_key_is_refused_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
