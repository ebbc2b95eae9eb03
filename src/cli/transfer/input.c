#include "cli/transfer/input.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_CHUNK = 1 << 16 };
#define INPUT_XZ_MEMORY_MAX UINT64_C(268435456) /* what a decoder may use */

static const uint8_t xz_magic[] = {0xFD, '7', 'z', 'X', 'Z', 0x00};

struct input {
    int fd;
    bool is_xz;
    bool at_end;
    bool is_finished; /* of the xz stream: it was whole */
    uint64_t position;
    uint64_t size;
    size_t chunk_length;
    size_t chunk_used;
    const char *failure;
    lzma_stream xz;
    uint8_t chunk[INPUT_CHUNK];
};

static void fill_chunk(struct input *input)
{
    ssize_t got;
    do {
        got = read(input->fd, input->chunk, INPUT_CHUNK);
    } while (got < 0 && errno == EINTR);
    input->chunk_used = 0;
    input->chunk_length = got > 0 ? (size_t)got : 0;
    input->position += input->chunk_length;
    input->at_end = got <= 0;
    if (got < 0)
        input->failure = strerror(errno);
}

struct input *input_open(const char *path)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return NULL;
    }
    struct input *input = memory_alloc_zeroed(1, sizeof(*input));
    input->fd = fd;
    input->size = S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    fill_chunk(input);
    input->is_xz = input->chunk_length >= sizeof(xz_magic) &&
                   memcmp(input->chunk, xz_magic, sizeof(xz_magic)) == 0;
    if (input->is_xz) {
        input->xz = (lzma_stream)LZMA_STREAM_INIT;
        lzma_ret ret = lzma_stream_decoder(&input->xz, INPUT_XZ_MEMORY_MAX, LZMA_CONCATENATED);
        ensure(ret == LZMA_OK);
    }
    return input;
}

void input_close(struct input *input)
{
    if (input->is_xz)
        lzma_end(&input->xz);
    if (input->fd != STDIN_FILENO)
        (void)close(input->fd);
    memory_free(input);
}

static size_t read_plain(struct input *input, char *bytes_out, size_t size)
{
    if (input->chunk_used == input->chunk_length && !input->at_end)
        fill_chunk(input);
    size_t got = input->chunk_length - input->chunk_used;
    if (got > size)
        got = size;
    memcpy(bytes_out, input->chunk + input->chunk_used, got);
    input->chunk_used += got;
    return got;
}

static size_t read_xz(struct input *input, char *bytes_out, size_t size)
{
    input->xz.next_out = (uint8_t *)bytes_out;
    input->xz.avail_out = size;
    while (input->xz.avail_out == size && !input->is_finished && !input->failure) {
        if (input->chunk_used == input->chunk_length && !input->at_end)
            fill_chunk(input);
        input->xz.next_in = input->chunk + input->chunk_used;
        input->xz.avail_in = input->chunk_length - input->chunk_used;
        lzma_ret ret = lzma_code(&input->xz, input->at_end ? LZMA_FINISH : LZMA_RUN);
        input->chunk_used = input->chunk_length - input->xz.avail_in;
        if (ret == LZMA_STREAM_END)
            input->is_finished = true;
        else if (ret != LZMA_OK && !input->failure)
            input->failure = "the xz data is damaged or cut off";
    }
    return size - input->xz.avail_out;
}

size_t input_read(struct input *input, char *bytes_out, size_t size)
{
    ensure(size > 0);
    if (input->failure)
        return 0;
    return input->is_xz ? read_xz(input, bytes_out, size) : read_plain(input, bytes_out, size);
}

const char *input_failure(const struct input *input)
{
    return input->failure;
}

uint64_t input_position(const struct input *input)
{
    return input->position;
}

uint64_t input_size(const struct input *input)
{
    return input->size;
}
