#include "cli/transfer/table_reader.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static const char *const columns[] = {"sku", "name", "price"};
enum { COLUMN_COUNT = 3, OUT_SIZE = 2048 };

/* Hands out `step` bytes at a time, so that every boundary falls everywhere once. */
struct bytes {
    const char *data;
    size_t size;
    size_t used;
    size_t step;
};

static size_t read_bytes(void *context, char *bytes_out, size_t size)
{
    struct bytes *bytes = context;
    size_t got = bytes->size - bytes->used;
    got = got < bytes->step ? got : bytes->step;
    got = got < size ? got : size;
    memcpy(bytes_out, bytes->data + bytes->used, got);
    bytes->used += got;
    return got;
}

static void append_value(char *out, struct text value)
{
    size_t used = strlen(out);
    if (value.data)
        (void)snprintf(out + used, OUT_SIZE - used, "[%.*s]", TEXT_ARGS(value));
    else
        (void)snprintf(out + used, OUT_SIZE - used, "-");
}

/* Every row as text: "2:[A][B]- " or "3!reason ". */
static void read_all(const char *file, enum table_format format, size_t step, char *out)
{
    struct bytes bytes = {.data = file, .size = strlen(file), .step = step};
    struct table_source source = {.read = read_bytes, .context = &bytes};
    struct table_reader *reader = table_reader_open(source, format, columns, COLUMN_COUNT);
    struct table_row row;
    out[0] = '\0';
    while (table_reader_next(reader, &row)) {
        size_t used = strlen(out);
        (void)snprintf(out + used, OUT_SIZE - used, "%llu%s%s", (unsigned long long)row.line,
                       row.reason ? "!" : ":", row.reason ? row.reason : "");
        for (uint32_t i = 0; row.values && i < COLUMN_COUNT; i++)
            append_value(out, row.values[i]);
        used = strlen(out);
        (void)snprintf(out + used, OUT_SIZE - used, " ");
    }
    table_reader_close(reader);
}

struct example {
    enum table_format format;
    const char *file;
    const char *rows;
};

static void check_examples(const struct example *examples, size_t count)
{
    char rows[OUT_SIZE];
    for (size_t i = 0; i < count; i++) {
        for (size_t step = 1; step <= 64; step += step < 8 ? 1 : 19) {
            read_all(examples[i].file, examples[i].format, step, rows);
            assert_string_equal(rows, examples[i].rows);
        }
    }
}

static void tsv_rows_are_read_by_column_name(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TABLE_TSV, "sku\tname\nA\tB\n", "2:[A][B]- "},
        {TABLE_TSV, "name\tother\tsku\nB\tx\tA\n", "2:[A][B]- "},
        {TABLE_TSV, "sku\tname\r\nA\tB\r\n\r\n\nC\tD", "2:[A][B]- 5:[C][D]- "},
        {TABLE_TSV, "\xEF\xBB\xBFsku\nA\n", "2:[A]-- "},
        {TABLE_TSV, "sku\tname\nA\t\n", "2:[A][]- "},
        {TABLE_TSV, "sku\tname\nA\\n\t\"B\"\n", "2:[A\\n][\"B\"]- "},
        {TABLE_TSV, "type\tsku\tname\np\tA\\t1\\\\\tB\\nC\n", "2:[A\t1\\][B\nC]- "},
        {TABLE_TSV, "", ""},
        {TABLE_TSV, "sku\n", ""},
    };
    check_examples(examples, countof(examples));
}

static void csv_follows_rfc_4180(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TABLE_CSV, "sku,name,price\nA,B,1\n", "2:[A][B][1] "},
        {TABLE_CSV, "sku,name\r\nA,\"B, \"\"C\"\"\"\r\nD,\r\n", "2:[A][B, \"C\"]- 3:[D][]- "},
        {TABLE_CSV, "sku,name\nA,\"B\nC\"\nD,E\n", "2:[A][B\nC]- 4:[D][E]- "},
        {TABLE_CSV, "sku,name\nA,\"\"", "2:[A][]- "},
        {TABLE_CSV, "\"sku\",\"name\"\nA,B", "2:[A][B]- "},
    };
    check_examples(examples, countof(examples));
}

static void ndjson_objects_are_rows(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TABLE_NDJSON, "{\"sku\":\"A\",\"price\":12}\n", "1:[A]-[12] "},
        {TABLE_NDJSON, "{\"sku\":true,\"name\":[1,{\"a\" : null}],\"price\":1.5}",
         "1:[true][[1,{\"a\":null}]][1.5] "},
        {TABLE_NDJSON, "\n\n{\"sku\":null,\"name\":\"\\u00e9\"}\n", "3:-[\xC3\xA9]- "},
    };
    check_examples(examples, countof(examples));
}

static void a_bad_row_is_named_and_reading_goes_on(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TABLE_TSV, "sku\tname\nA\nB\tC\n", "2!1 fields, the header has 2 3:[B][C]- "},
        {TABLE_TSV, "sku\n\xFF\nA\n", "2!sku is not UTF-8 text 3:[A]-- "},
        {TABLE_TSV, "type\tsku\nA\tB\\x\nC\tD\n", "2!a backslash that escapes nothing 3:[D]-- "},
        {TABLE_CSV, "sku,name\n\"A\"x,B\nC,D\n", "2!text behind a closing quote 3:[C][D]- "},
        {TABLE_CSV, "sku,name\nA\"x,B\nC,D\n", "2!a quote inside plain text 3:[C][D]- "},
        {TABLE_CSV, "sku,name\nA,\"B\nC,D\n", "2!a quote is never closed "},
        {TABLE_CSV, "sku,name\nA,B,C\nC,D\n", "2!3 fields, the header has 2 3:[C][D]- "},
        {TABLE_NDJSON, "[1]\n{\"sku\":\"A\"}\n", "1!not a JSON object 2:[A]-- "},
    };
    check_examples(examples, countof(examples));
}

static void a_header_without_known_columns_ends_it(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {TABLE_TSV, "a\tb\n1\t2\n", "1!the header names no column that is known here "},
        {TABLE_CSV, "sku,sku\n1,2\n", "1!the header names a column twice "},
    };
    check_examples(examples, countof(examples));
}

static size_t read_letters(void *context, char *bytes_out, size_t size)
{
    size_t *left = context;
    size_t got = *left < size ? *left : size;
    memset(bytes_out, 'x', got);
    if (*left > 0 && got == *left)
        bytes_out[got - 1] = '\n';
    *left -= got;
    return got;
}

static void a_row_over_the_limit_is_skipped_whole(void **state)
{
    (void)state;
    for (int format = TABLE_TSV; format <= TABLE_NDJSON; format++) {
        size_t left = 5 * (size_t)TABLE_ROW_BYTES_MAX;
        struct table_source source = {.read = read_letters, .context = &left};
        struct table_reader *reader =
            table_reader_open(source, (enum table_format)format, columns, COLUMN_COUNT);
        struct table_row row;
        assert_true(table_reader_next(reader, &row));
        assert_string_equal(row.reason, "longer than 1 MiB");
        assert_false(table_reader_next(reader, &row));
        table_reader_close(reader);
    }
}

static void the_format_is_told_by_the_name(void **state)
{
    (void)state;
    enum table_format format = TABLE_CSV;
    assert_true(table_format_of("a/b.tsv.xz", &format));
    assert_int_equal(format, TABLE_TSV);
    assert_true(table_format_of("x.jsonl", &format));
    assert_int_equal(format, TABLE_NDJSON);
    assert_true(table_format_of("x.csv", &format));
    assert_int_equal(format, TABLE_CSV);
    assert_false(table_format_of("tsv", &format));
    assert_false(table_format_of("-", &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tsv_rows_are_read_by_column_name),
        cmocka_unit_test(csv_follows_rfc_4180),
        cmocka_unit_test(ndjson_objects_are_rows),
        cmocka_unit_test(a_bad_row_is_named_and_reading_goes_on),
        cmocka_unit_test(a_header_without_known_columns_ends_it),
        cmocka_unit_test(a_row_over_the_limit_is_skipped_whole),
        cmocka_unit_test(the_format_is_told_by_the_name),
    };
    return cmocka_run_group_tests_name("table_reader", tests, NULL, NULL);
}
