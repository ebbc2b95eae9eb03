/*
 * replay_corpus.c - main() of a fuzz target built without libFuzzer: runs every file of a folder
 * through it, and prefixes of each, and prints TAP. A crash or a failed ensure() is a failed test.
 */
#include "base/check.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { INPUT_SIZE_MAX = 1 << 20, PREFIX_STEPS_MAX = 512 };

static void replay(const char *path)
{
    static uint8_t bytes[INPUT_SIZE_MAX];
    FILE *file = fopen(path, "rb");
    ensure(file != NULL);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    ensure(fclose(file) == 0);

    size_t step = size / PREFIX_STEPS_MAX + 1;
    for (size_t length = 0; length < size; length += step) {
        uint8_t *copy = malloc(length + 1); /* exact size: sanitizers see an overrun */
        ensure(copy != NULL);
        memcpy(copy, bytes, length);
        (void)LLVMFuzzerTestOneInput(copy, length);
        free(copy);
    }
    (void)LLVMFuzzerTestOneInput(bytes, size);
}

int main(int argc, char **argv)
{
    ensure(argc == 2);
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        printf("not ok 1 - no corpus at %s\n", argv[1]);
        return 1;
    }
    uint32_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        ensure(length > 0 && (size_t)length < sizeof path);
        replay(path);
        printf("ok %u - %s\n", ++count, entry->d_name);
    }
    ensure(closedir(folder) == 0);
    printf("1..%u\n", count);
    return count > 0 ? 0 : 1;
}
