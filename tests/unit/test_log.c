/* Log lines, read back from standard error, and progress without a terminal. */
#include "base/log.h"
#include "base/progress.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What `write` puts on standard error, in `text_out`. */
static void capture(void (*write)(void), char *text_out, size_t size)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    (void)fflush(stderr);
    int saved = dup(STDERR_FILENO);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    write();
    (void)fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    rewind(file);
    text_out[fread(text_out, 1, size - 1, file)] = '\0';
    (void)fclose(file);
}

static void write_three_lines(void)
{
    log_debug("not shown", NULL);
    log_info("listening", "address=%s port=%d", "127.0.0.1", 80);
    log_error("stopped", NULL);
    log_set_level(LOG_ERROR);
    log_warning("not shown", NULL);
    log_set_level(LOG_INFO);
}

static void a_line_has_time_level_phrase_and_facts(void **state)
{
    (void)state;
    char text[4096];
    capture(write_three_lines, text, sizeof(text));
    static const char shape[] = "20NN-NN-NNTNN:NN:NN.NNNZ ";
    for (size_t i = 0; shape[i] != '\0'; i++)
        assert_true(shape[i] == 'N' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i]);
    char *second = strchr(text, '\n') + 1;
    second[-1] = '\0';
    assert_string_equal(strchr(text, ' '), " info listening address=127.0.0.1 port=80");
    assert_string_equal(strchr(second, ' '), " error stopped\n");
}

static void write_a_long_line(void)
{
    log_info("long", "%05000d", 1);
}

static void a_long_line_is_cut_and_still_ends(void **state)
{
    (void)state;
    char text[8192];
    capture(write_a_long_line, text, sizeof(text));
    assert_true(strlen(text) <= 2048);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void quoting_lets_nobody_forge_a_line(void **state)
{
    (void)state;
    char quoted[LOG_QUOTED_SIZE];
    assert_string_equal(log_quoted(TEXT("a \"b\"\\\n\xff"), quoted),
                        "\"a \\\"b\\\"\\\\\\x0a\\xff\"");
    assert_string_equal(log_quoted(TEXT_NONE, quoted), "\"\"");
    char many[1000];
    memset(many, '\n', sizeof(many));
    const char *cut = log_quoted((struct text){many, sizeof(many)}, quoted);
    assert_true(strlen(cut) < LOG_QUOTED_SIZE);
    assert_string_equal(cut + strlen(cut) - 8, "\\x0a...\"");
}

static void finish_half_way(void)
{
    struct progress progress;
    progress_start(&progress, "import", 200);
    progress_set(&progress, 100);
    progress_finish(&progress);
    progress_start(&progress, "replay", 0);
    progress_set(&progress, 7);
    progress_finish(&progress);
}

static void progress_without_a_terminal_is_a_plain_line(void **state)
{
    (void)state;
    char text[4096];
    capture(finish_half_way, text, sizeof(text));
    assert_non_null(strstr(text, "import:  50 %  100 of 200, "));
    assert_non_null(strstr(text, "\nreplay: 7, "));
    assert_null(strchr(text, '\r'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_phrase_and_facts),
        cmocka_unit_test(a_long_line_is_cut_and_still_ends),
        cmocka_unit_test(quoting_lets_nobody_forge_a_line),
        cmocka_unit_test(progress_without_a_terminal_is_a_plain_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
