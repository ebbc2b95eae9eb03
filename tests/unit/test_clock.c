/* Times as text, and back. */
#include "base/clock.h"
#include "base/random.h"
#include "test.h"

#include <string.h>
#include <time.h>

static void times_are_written_in_utc(void **state)
{
    (void)state;
    static const struct {
        uint64_t time_ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {UINT64_C(951782399999), "2000-02-28T23:59:59.999Z"},
        {UINT64_C(951782400000), "2000-02-29T00:00:00Z"},
        {UINT64_C(1709164800000), "2024-02-29T00:00:00Z"},
        {UINT64_C(1735689599000), "2024-12-31T23:59:59Z"},
        {UINT64_C(1795341600000), "2026-11-22T10:00:00Z"},
        {UINT64_C(4107542400000), "2100-03-01T00:00:00Z"},
        {UINT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        char text[CLOCK_TEXT_SIZE];
        assert_int_equal(clock_format(rows[i].time_ms, text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
        bool is_good = false;
        assert_int_equal(clock_parse(text, strlen(text), &is_good), rows[i].time_ms);
        assert_true(is_good);
    }
    char text[CLOCK_TEXT_SIZE];
    assert_true(clock_format(UINT64_MAX, text) < CLOCK_TEXT_SIZE);
}

static void every_day_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 150000; day += 17) {
        char text[CLOCK_TEXT_SIZE], expected[CLOCK_TEXT_SIZE];
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        struct tm broken_down;
        assert_non_null(gmtime_r(&seconds, &broken_down));
        assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &broken_down) > 0);
        (void)clock_format((uint64_t)seconds * 1000, text);
        assert_string_equal(text, expected);
        bool is_good = false;
        assert_int_equal(clock_parse(text, strlen(text), &is_good), (uint64_t)seconds * 1000);
        assert_true(is_good);
    }
}

static void offsets_and_fractions_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t time_ms;
    } rows[] = {
        {"2026-11-22T11:30:00+01:30", UINT64_C(1795341600000)},
        {"2026-11-21T23:00:00-11:00", UINT64_C(1795341600000)},
        {"2026-11-22t10:00:00z", UINT64_C(1795341600000)},
        {"2026-11-22T10:00:00.5Z", UINT64_C(1795341600500)},
        {"2026-11-22T10:00:00.123456789Z", UINT64_C(1795341600123)},
        {"1970-01-01T01:00:00+01:00", 0},
    };
    for (size_t i = 0; i < countof(rows); i++) {
        bool is_good = false;
        assert_int_equal(clock_parse(rows[i].text, strlen(rows[i].text), &is_good),
                         rows[i].time_ms);
        assert_true(is_good);
    }
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00:00Z ",
        "2026-11-22T10:00:00.Z",
        "2026-11-22T10:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:60:00Z",
        "2026-11-22T10:00:60Z",
        "2026-13-01T10:00:00Z",
        "2026-00-01T10:00:00Z",
        "2026-11-31T10:00:00Z",
        "2026-11-00T10:00:00Z",
        "2026-02-29T10:00:00Z",
        "2100-02-29T10:00:00Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "2026-11-22T10:00:00+0100",
        "2026-11-22T10:00:00+24:00",
        "2026-11-22T10:00:00+01:60",
        "+026-11-22T10:00:00Z",
    };
    for (size_t i = 0; i < countof(rows); i++) {
        bool is_good = true;
        assert_int_equal(clock_parse(rows[i], strlen(rows[i]), &is_good), 0);
        assert_false(is_good);
    }
}

static void clocks_go_forward(void **state)
{
    (void)state;
    uint64_t before_ns = clock_monotonic_ns();
    uint64_t cpu_ns = clock_thread_cpu_ns();
    clock_sleep_ns(2000000);
    assert_true(clock_monotonic_ns() - before_ns >= 2000000);
    assert_true(clock_thread_cpu_ns() >= cpu_ns);
    assert_true(clock_wall_ms() > UINT64_C(1700000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_in_utc),
        cmocka_unit_test(every_day_agrees_with_the_c_library),
        cmocka_unit_test(offsets_and_fractions_are_understood),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(clocks_go_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
