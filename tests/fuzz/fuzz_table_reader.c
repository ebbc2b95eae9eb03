/* fuzz_table_reader.c - first byte: the format; the rest: the file, handed out in uneven pieces. */
#include "cli/transfer/table_reader.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct bytes {
    const uint8_t *data;
    size_t size;
    size_t used;
};

static size_t read_bytes(void *context, char *bytes_out, size_t size)
{
    struct bytes *bytes = context;
    size_t got = bytes->size - bytes->used;
    size_t step = 1 + bytes->used % 97;
    got = got < step ? got : step;
    got = got < size ? got : size;
    memcpy(bytes_out, bytes->data + bytes->used, got);
    bytes->used += got;
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const columns[] = {"type", "sku", "name", "price", "metadata"};
    if (size == 0)
        return 0;
    enum table_format format = (enum table_format)(bytes[0] % 3);
    struct bytes rest = {.data = bytes + 1, .size = size - 1};
    struct table_source source = {.read = read_bytes, .context = &rest};
    struct table_reader *reader = table_reader_open(source, format, columns, countof(columns));
    struct table_row row;
    uint64_t line = 0;
    while (table_reader_next(reader, &row)) {
        ensure(row.line >= line);
        ensure((row.values == NULL) == (row.reason != NULL));
        line = row.line;
        for (uint32_t i = 0; row.values && i < countof(columns); i++)
            ensure(text_is_utf8(row.values[i]));
    }
    table_reader_close(reader);
    return 0;
}
