#include "store/sqlite/folder.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/sqlite/sql.h"
#include "store/sqlite/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NS_PER_MS = 1000 * 1000, LOCK_RETRY_NS = 2 * NS_PER_MS };

struct err folder_error(const char *folder, const char *what)
{
    int code = errno;
    char quoted[LOG_QUOTED_SIZE];

    log_error("data folder cannot be used", "folder=%s what=%s error=\"%s\"",
              log_quoted(text_of(folder), quoted), what, strerror(code));
    return ERR_AT(ERR_STORE, 0, (uint64_t)SQLITE_CANTOPEN);
}

struct err folder_make(const char *folder)
{
    return mkdir(folder, 0700) == 0 || errno == EEXIST ? OK : folder_error(folder, "make");
}

/* flock() cannot wait for a limited time without a signal, so it is asked again and again. */
static bool lock_within(int handle, uint32_t wait_ms)
{
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)wait_ms * NS_PER_MS;
    while (flock(handle, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || clock_monotonic_ns() >= until_ns)
            return false;
        clock_sleep_ns(LOCK_RETRY_NS);
    }
    return true;
}

struct err folder_lock(const char *folder, uint32_t wait_ms, int *handle_out)
{
    char path[SQL_PATH_SIZE];
    char quoted[LOG_QUOTED_SIZE];

    sql_path(folder, "lock", path);
    int handle = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (handle < 0)
        return folder_error(folder, "lock");
    if (lock_within(handle, wait_ms)) {
        *handle_out = handle;
        return OK;
    }
    bool is_taken = errno == EWOULDBLOCK;
    struct err err = ERR_AT(ERR_STORE, 0, STORE_SQLITE_LOCKED);

    if (!is_taken)
        err = folder_error(folder, "lock");
    close(handle);
    if (!is_taken)
        return err;
    log_error("data folder is in use by another shopd", "folder=%s",
              log_quoted(text_of(folder), quoted));
    return err;
}

void folder_unlock(int handle)
{
    close(handle);
}

struct err folder_sync(const char *folder)
{
    int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (handle < 0)
        return folder_error(folder, "open");
    int code = fsync(handle);

    close(handle);
    return code == 0 ? OK : folder_error(folder, "sync");
}

bool folder_has(const char *folder, const char *name)
{
    char path[SQL_PATH_SIZE];
    struct stat status;

    sql_path(folder, name, path);
    return stat(path, &status) == 0;
}
