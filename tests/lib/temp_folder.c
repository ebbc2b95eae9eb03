#include "lib/temp_folder.h"

#include "base/check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void temp_folder_make(char path_out[TEMP_FOLDER_SIZE])
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(path_out, TEMP_FOLDER_SIZE, "%s/shopd-test-XXXXXX",
                          parent != NULL && parent[0] != '\0' ? parent : "/tmp");
    ensure(length > 0 && length < TEMP_FOLDER_SIZE);
    ensure(mkdtemp(path_out) != NULL);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void temp_folder_remove(const char *path)
{
    (void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
