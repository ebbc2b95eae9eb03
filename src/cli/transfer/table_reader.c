#include "cli/transfer/table_reader.h"

#include "base/memory.h"
#include "cli/transfer/table_window.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* A decimal fraction of so many digits comes out of a double as it was written: 19.99, not
 * 19.989999999999998. */
enum { DECIMAL_DIGITS = 15 };

struct table_reader {
    struct table_window window;
    enum table_format format;
    bool is_escaped;
    bool has_header;
    bool is_broken; /* the header was */
    const char *const *columns;
    uint32_t column_count;
    uint32_t field_count;                  /* in the header */
    uint32_t wanted[TABLE_COLUMNS_MAX];    /* field -> column + 1, 0 = skipped */
    struct text fields[TABLE_COLUMNS_MAX]; /* of the row */
    size_t starts[TABLE_COLUMNS_MAX];      /* of CSV fields while the window may move */
    struct text values[TABLE_COLUMNS_MAX]; /* by wanted column */
    char *scratch;                         /* texts of an NDJSON row */
    size_t scratch_used;
    char reason[256];
};

bool table_format_of(const char *path, enum table_format *format_out)
{
    static const struct {
        const char *ending;
        enum table_format format;
    } endings[] = {{".tsv", TABLE_TSV},
                   {".csv", TABLE_CSV},
                   {".ndjson", TABLE_NDJSON},
                   {".jsonl", TABLE_NDJSON}};
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".xz") == 0)
        length -= 3;
    for (size_t i = 0; i < countof(endings); i++) {
        size_t size = strlen(endings[i].ending);
        if (length > size && memcmp(path + length - size, endings[i].ending, size) == 0) {
            *format_out = endings[i].format;
            return true;
        }
    }
    return false;
}

struct table_reader *table_reader_open(struct table_source source, enum table_format format,
                                       const char *const *columns, uint32_t column_count)
{
    ensure(column_count > 0);
    ensure(column_count <= TABLE_COLUMNS_MAX);
    struct table_reader *reader = memory_alloc_zeroed(1, sizeof(*reader));
    reader->format = format;
    reader->columns = columns;
    reader->column_count = column_count;
    table_window_init(&reader->window, source);
    if (format == TABLE_NDJSON)
        reader->scratch = memory_alloc(TABLE_ROW_BYTES_MAX);
    return reader;
}

void table_reader_close(struct table_reader *reader)
{
    table_window_release(&reader->window);
    memory_free(reader->scratch);
    memory_free(reader);
}

static bool bad_row(struct table_reader *reader, struct table_row *row_out, const char *reason)
{
    if (reason != reader->reason)
        (void)snprintf(reader->reason, sizeof(reader->reason), "%s", reason);
    row_out->reason = reader->reason;
    row_out->values = NULL;
    return true;
}

static uint32_t split_tabs(struct table_reader *reader, struct text line)
{
    uint32_t count = 0;
    struct text field = TEXT_NONE;
    while (text_cut(&line, '\t', &field)) {
        if (count < TABLE_COLUMNS_MAX)
            reader->fields[count] = field;
        count++;
    }
    return count;
}

/* Replaces \t \n \r \\ in place; false for any other escape. */
static bool unescape(struct table_reader *reader, struct text *field)
{
    if (!memchr(field->data, '\\', field->length))
        return true;
    char *bytes = reader->window.bytes + (field->data - reader->window.bytes);
    uint32_t length = 0;
    for (uint32_t i = 0; i < field->length; i++) {
        char byte = bytes[i];
        if (byte == '\\') {
            static const char from[] = "tnr\\";
            static const char to[] = "\t\n\r\\";
            const char *which =
                i + 1 < field->length ? memchr(from, bytes[i + 1], sizeof(from) - 1) : NULL;
            if (!which)
                return false;
            byte = to[which - from];
            i++;
        }
        bytes[length++] = byte;
    }
    field->length = length;
    return true;
}

/* What a scan of a CSV record found. */
struct csv_scan {
    size_t read;    /* bytes seen, from start */
    size_t written; /* where the next byte of a field goes: quotes are taken out in place */
    size_t field_start;
    uint32_t field_count;
    uint64_t newlines;
    const char *reason;
};

/* The byte at `read`, filling the window when needed; -1 at the end or when the row is too long. */
static int csv_peek(struct table_reader *reader, struct csv_scan *scan)
{
    if (scan->read > TABLE_ROW_BYTES_MAX) {
        scan->reason = "longer than 1 MiB";
        return -1;
    }
    if (reader->window.start + scan->read >= reader->window.end &&
        !table_window_fill(&reader->window))
        return -1;
    return (unsigned char)reader->window.bytes[reader->window.start + scan->read];
}

static void csv_put(struct table_reader *reader, struct csv_scan *scan, int byte)
{
    reader->window.bytes[reader->window.start + scan->written++] = (char)byte;
}

/* Behind the opening quote: up to and with the closing one. */
static void csv_quoted(struct table_reader *reader, struct csv_scan *scan)
{
    for (;;) {
        int byte = csv_peek(reader, scan);
        if (byte < 0) {
            if (!scan->reason)
                scan->reason = "a quote is never closed";
            return;
        }
        scan->read++;
        if (byte == '\n')
            scan->newlines++;
        if (byte != '"') {
            csv_put(reader, scan, byte);
        } else if (csv_peek(reader, scan) == '"') {
            scan->read++;
            csv_put(reader, scan, '"');
        } else {
            return;
        }
    }
}

/* One field; true when another follows in the record. Offsets, not pointers: the window may move.
 */
static bool csv_field(struct table_reader *reader, struct csv_scan *scan)
{
    bool is_quoted = csv_peek(reader, scan) == '"';
    scan->field_start = scan->written;
    if (is_quoted) {
        scan->read++;
        csv_quoted(reader, scan);
    }
    for (;;) {
        int byte = csv_peek(reader, scan);
        if (byte < 0 || scan->reason)
            return false;
        scan->read++;
        if (byte == '\n') {
            scan->newlines++;
            return false;
        }
        if (byte == ',')
            return true;
        if (byte == '\r' && csv_peek(reader, scan) == '\n')
            continue;
        if (is_quoted || byte == '"') {
            scan->reason = is_quoted ? "text behind a closing quote" : "a quote inside plain text";
            scan->read--;
            return false;
        }
        csv_put(reader, scan, byte);
    }
}

/* Reads a record and consumes it. False at the end of the file. */
static bool csv_record(struct table_reader *reader, const char **reason_out)
{
    struct csv_scan scan = {.read = 0};
    if (csv_peek(reader, &scan) < 0)
        return false;
    bool has_more = true;
    while (has_more) {
        has_more = csv_field(reader, &scan);
        if (scan.field_count < TABLE_COLUMNS_MAX) {
            reader->starts[scan.field_count] = scan.field_start;
            reader->fields[scan.field_count].length = (uint32_t)(scan.written - scan.field_start);
        }
        scan.field_count++;
    }
    *reason_out = scan.reason;
    uint32_t kept =
        scan.field_count < TABLE_COLUMNS_MAX ? scan.field_count : (uint32_t)TABLE_COLUMNS_MAX;
    for (uint32_t i = 0; i < kept; i++)
        reader->fields[i].data = reader->window.bytes + reader->window.start + reader->starts[i];
    reader->window.start += scan.read;
    reader->window.line += scan.newlines;
    if (scan.reason)
        table_window_skip_line(&reader->window);
    else
        ensure(scan.written <= scan.read);
    reader->field_count = reader->has_header ? reader->field_count : scan.field_count;
    if (!scan.reason && scan.field_count != reader->field_count) {
        (void)snprintf(reader->reason, sizeof(reader->reason), "%u fields, the header has %u",
                       scan.field_count, reader->field_count);
        *reason_out = reader->reason;
    }
    return true;
}

/* False at the end of the input. A line that does not fit is skipped: data == NULL and a reason. */
static bool next_line(struct table_reader *reader, struct text *line_out, const char **reason_out)
{
    size_t length = 0;
    if (table_window_find_line(&reader->window, &length)) {
        line_out->data = reader->window.bytes + reader->window.start;
        line_out->length = (uint32_t)length;
        return true;
    }
    *line_out = TEXT_NONE;
    if (length == 0)
        return false;
    table_window_skip_line(&reader->window);
    *reason_out = "longer than 1 MiB";
    return true;
}

static bool tsv_record(struct table_reader *reader, const char **reason_out)
{
    struct text line;
    if (!next_line(reader, &line, reason_out))
        return false;
    if (line.data == NULL)
        return true;
    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    table_window_skip_line(&reader->window);
    uint32_t count = split_tabs(reader, line);
    reader->field_count = reader->has_header ? reader->field_count : count;
    if (count != reader->field_count) {
        (void)snprintf(reader->reason, sizeof(reader->reason), "%u fields, the header has %u",
                       count, reader->field_count);
        *reason_out = reader->reason;
        return true;
    }
    for (uint32_t i = 0; reader->is_escaped && i < count && i < TABLE_COLUMNS_MAX; i++) {
        if (!unescape(reader, &reader->fields[i]))
            *reason_out = "a backslash that escapes nothing";
    }
    return true;
}

/* A value as text: strings, numbers and booleans as they are, the rest as compact JSON. */
static bool json_value_text(struct table_reader *reader, json_t *value, struct text *text_out)
{
    if (json_is_null(value)) {
        *text_out = TEXT_NONE;
        return true;
    }
    if (json_is_string(value)) {
        *text_out = (struct text){.data = json_string_value(value),
                                  .length = (uint32_t)json_string_length(value)};
        return true;
    }
    char *place = reader->scratch + reader->scratch_used;
    size_t room = TABLE_ROW_BYTES_MAX - reader->scratch_used;
    size_t precision = json_is_real(value) ? JSON_REAL_PRECISION(DECIMAL_DIGITS) : 0;
    size_t size = json_dumpb(value, place, room, JSON_COMPACT | JSON_ENCODE_ANY | precision);
    if (size == 0 || size > room)
        return false;
    reader->scratch_used += size;
    *text_out = (struct text){.data = place, .length = (uint32_t)size};
    return true;
}

/* Copies a string value out of the object that is about to be released. */
static bool keep_text(struct table_reader *reader, struct text *text)
{
    bool is_kept =
        text->data >= reader->scratch && text->data < reader->scratch + TABLE_ROW_BYTES_MAX;
    if (!text->data || is_kept)
        return true;
    if (text->length > TABLE_ROW_BYTES_MAX - reader->scratch_used)
        return false;
    char *place = reader->scratch + reader->scratch_used;
    memcpy(place, text->data, text->length);
    reader->scratch_used += text->length;
    text->data = place;
    return true;
}

static const char *take_object(struct table_reader *reader, json_t *object)
{
    if (!json_is_object(object))
        return "not a JSON object";
    reader->scratch_used = 0;
    for (uint32_t i = 0; i < reader->column_count; i++) {
        json_t *value = json_object_get(object, reader->columns[i]);
        reader->values[i] = TEXT_NONE;
        if (value && (!json_value_text(reader, value, &reader->values[i]) ||
                      !keep_text(reader, &reader->values[i])))
            return "longer than 1 MiB";
    }
    return NULL;
}

static bool json_record(struct table_reader *reader, const char **reason_out)
{
    struct text line;
    if (!next_line(reader, &line, reason_out))
        return false;
    if (line.data == NULL)
        return true;
    json_error_t error;
    json_t *object = json_loadb(line.data, line.length, JSON_REJECT_DUPLICATES, &error);
    table_window_skip_line(&reader->window);
    if (!object) {
        (void)snprintf(reader->reason, sizeof(reader->reason), "not JSON: %s", error.text);
        *reason_out = reader->reason;
        return true;
    }
    *reason_out = take_object(reader, object);
    json_decref(object);
    return true;
}

/* An empty line, or a byte order mark in front of the first: stepped over. */
static void skip_empty(struct table_reader *reader)
{
    static const char mark[] = "\xEF\xBB\xBF";
    while (reader->window.end - reader->window.start < sizeof(mark) - 1 &&
           table_window_fill(&reader->window))
        ;
    if (reader->window.line == 1 && reader->window.end - reader->window.start >= sizeof(mark) - 1 &&
        memcmp(reader->window.bytes + reader->window.start, mark, sizeof(mark) - 1) == 0)
        reader->window.start += sizeof(mark) - 1;
    for (;;) {
        const char *begin = reader->window.bytes + reader->window.start;
        size_t have = reader->window.end - reader->window.start;
        bool is_empty =
            have > 0 && (begin[0] == '\n' || (have > 1 && begin[0] == '\r' && begin[1] == '\n'));
        if (is_empty)
            table_window_skip_line(&reader->window);
        else if (have > 1 || !table_window_fill(&reader->window))
            return;
    }
}

static bool read_record(struct table_reader *reader, const char **reason_out)
{
    *reason_out = NULL;
    switch (reader->format) {
    case TABLE_TSV:
        return tsv_record(reader, reason_out);
    case TABLE_CSV:
        return csv_record(reader, reason_out);
    case TABLE_NDJSON:
        return json_record(reader, reason_out);
    }
    return false;
}

static const char *take_header(struct table_reader *reader)
{
    if (reader->field_count > TABLE_COLUMNS_MAX)
        return "more than 256 columns";
    uint32_t found = 0;
    for (uint32_t i = 0; i < reader->field_count; i++) {
        for (uint32_t column = 0; column < reader->column_count; column++) {
            if (!text_equal(text_trim(reader->fields[i]), text_of(reader->columns[column])))
                continue;
            for (uint32_t before = 0; before < i; before++) {
                if (reader->wanted[before] == column + 1)
                    return "the header names a column twice";
            }
            reader->wanted[i] = column + 1;
            found++;
        }
    }
    reader->is_escaped = reader->format == TABLE_TSV && text_equal(reader->fields[0], TEXT("type"));
    return found > 0 ? NULL : "the header names no column that is known here";
}

static void read_header(struct table_reader *reader, const char **reason_out)
{
    *reason_out = NULL;
    if (reader->has_header || reader->format == TABLE_NDJSON)
        return;
    skip_empty(reader);
    if (!read_record(reader, reason_out)) {
        reader->has_header = true;
        return;
    }
    if (!*reason_out)
        *reason_out = take_header(reader);
    reader->has_header = true;
    reader->is_broken = *reason_out != NULL;
}

/* Texts must be UTF-8 without NUL: nothing behind this edge looks again. */
static const char *place_values(struct table_reader *reader)
{
    if (reader->format != TABLE_NDJSON) {
        memset(reader->values, 0, sizeof(reader->values));
        for (uint32_t i = 0; i < reader->field_count; i++) {
            if (reader->wanted[i] > 0)
                reader->values[reader->wanted[i] - 1] = reader->fields[i];
        }
    }
    for (uint32_t i = 0; i < reader->column_count; i++) {
        struct text value = reader->values[i];
        if (value.length > 0 && (!text_is_utf8(value) || memchr(value.data, '\0', value.length))) {
            (void)snprintf(reader->reason, sizeof(reader->reason), "%s is not UTF-8 text",
                           reader->columns[i]);
            return reader->reason;
        }
    }
    return NULL;
}

bool table_reader_next(struct table_reader *reader, struct table_row *row_out)
{
    const char *reason = NULL;
    *row_out = (struct table_row){.line = 1};
    if (reader->is_broken)
        return false;
    read_header(reader, &reason);
    if (reason)
        return bad_row(reader, row_out, reason);
    skip_empty(reader);
    row_out->line = reader->window.line;
    if (!read_record(reader, &reason))
        return false;
    if (!reason)
        reason = place_values(reader);
    if (reason)
        return bad_row(reader, row_out, reason);
    row_out->values = reader->values;
    return true;
}

bool table_reader_has(struct table_reader *reader, uint32_t column)
{
    ensure(column < reader->column_count);
    for (uint32_t i = 0; i < reader->field_count && i < TABLE_COLUMNS_MAX; i++) {
        if (reader->wanted[i] == column + 1)
            return true;
    }
    return reader->format == TABLE_NDJSON;
}
