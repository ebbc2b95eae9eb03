/*
 * table_reader.h - rows of named columns from TSV, CSV (RFC 4180) or NDJSON.
 *
 * The caller names the columns it wants; a row gives one text per wanted column, TEXT_NONE where
 * the file (NDJSON: the object) has no such column. Other columns are skipped. A row that is not
 * well formed is reported with its line and a reason, and reading goes on behind it.
 *
 *   TSV      first line: column names; no quoting; a field ends at the tab. Where the first column
 * is named `type` (what `shopd export` writes), \t \n \r \\ stand for tab, newline, carriage
 *            return, backslash.
 *   CSV      first line: column names; "..." quotes, "" is one quote, quoted fields may hold
 * newlines. NDJSON   one object a line; numbers and booleans as written, arrays and objects as
 * compact JSON.
 */
#ifndef CLI_TABLE_READER_H
#define CLI_TABLE_READER_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { TABLE_COLUMNS_MAX = 256, TABLE_ROW_BYTES_MAX = 1 << 20 };

enum table_format { TABLE_TSV, TABLE_CSV, TABLE_NDJSON };

/* Where the bytes come from: 0 = the end. */
struct table_source {
    size_t (*read)(void *context, char *bytes_out, size_t size);
    void *context;
};

struct table_row {
    uint64_t line;             /* in the file, from 1; its first line where it has several */
    const char *reason;        /* NULL = good; else why not, and values are NULL */
    const struct text *values; /* [column_count]; good until the next row */
};

struct table_reader;

/* By the name's ending (.tsv, .csv, .ndjson, .jsonl; before .xz); false when it tells nothing. */
bool table_format_of(const char *path, enum table_format *format_out) MUST_USE;

/* `columns` must outlive the reader. */
struct table_reader *table_reader_open(struct table_source source, enum table_format format,
                                       const char *const *columns, uint32_t column_count) MUST_USE;
void table_reader_close(struct table_reader *reader);

/* False at the end. A bad header is one bad row, and the end. */
bool table_reader_next(struct table_reader *reader, struct table_row *row_out) MUST_USE;

/* Whether the header names the column; for NDJSON always true. */
bool table_reader_has(struct table_reader *reader, uint32_t column) MUST_USE;

#endif
