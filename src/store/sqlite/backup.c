#include "store/sqlite/backup.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "store/sqlite/folder.h"

#include <fcntl.h>
#include <unistd.h>

enum { BACKUP_STEP_PAGES = 4096, COPY_SIZE = 1 << 20 };

/* One file on its way. */
struct copy {
    struct sql_file source;
    struct sql_file target;
    int step_pages; /* -1 = all in one */
    uint64_t pages_before;
    uint64_t pages_behind;
    const struct backup_progress *progress;
};

static void tell(const struct copy *copy, sqlite3_backup *backup)
{
    uint64_t total = (uint64_t)sqlite3_backup_pagecount(backup);
    uint64_t done = total - (uint64_t)sqlite3_backup_remaining(backup);

    if (copy->progress->call != NULL)
        copy->progress->call(copy->progress->context, copy->pages_before + done,
                             copy->pages_before + total + copy->pages_behind);
}

/* `source` reads within one transaction, so that what is written meanwhile does not begin it again.
 */
static struct err copy_pages(const struct copy *copy, sqlite3 *source, sqlite3 *target)
{
    uint64_t tables = 0;
    int code = SQLITE_OK;

    TRY(sql_exec(source, "BEGIN"));
    TRY(sql_number(source, "SELECT count(*) FROM sqlite_schema", &tables));
    sqlite3_backup *backup = sqlite3_backup_init(target, "main", source, "main");

    if (backup == NULL)
        return sql_error(target, "backup");
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(backup, copy->step_pages);
        tell(copy, backup);
    }
    sqlite3_backup_finish(backup);
    sql_rollback(source);
    return code == SQLITE_DONE ? OK : sql_error(target, "backup");
}

static struct err copy_file(const struct copy *copy)
{
    sqlite3 *source = NULL;
    sqlite3 *target = NULL;
    struct err err = sql_open(&copy->source, SQL_READ, &source);

    if (err.code == ERR_NONE)
        err = sql_open(&copy->target, SQL_CREATE, &target);
    if (err.code == ERR_NONE)
        err = copy_pages(copy, source, target);
    sql_close(target);
    sql_close(source);
    return err;
}

static struct err count_pages(const struct sql_file *file, uint64_t *pages_out)
{
    sqlite3 *db;

    TRY(sql_open(file, SQL_READ, &db));
    struct err err = sql_number(db, "PRAGMA page_count", pages_out);

    sql_close(db);
    return err;
}

static struct err refuse_full(const char *folder)
{
    char quoted[LOG_QUOTED_SIZE];

    if (!folder_has(folder, "journal.db") && !folder_has(folder, "shop.db"))
        return OK;
    log_error("folder has a store in it already", "folder=%s", log_quoted(text_of(folder), quoted));
    return ERR_AT(ERR_STORE, 0, SQLITE_CANTOPEN);
}

struct err backup_make(const struct sql_file *source, const char *folder,
                       const struct backup_progress *progress)
{
    struct sql_file shop = {source->folder, "shop.db", source->vfs, 0};
    struct sql_file journal = {source->folder, "journal.db", source->vfs, 0};
    uint64_t shop_pages = 0;
    uint64_t journal_pages = 0;

    TRY(folder_make(folder));
    TRY(refuse_full(folder));
    TRY(count_pages(&shop, &shop_pages));
    TRY(count_pages(&journal, &journal_pages));
    TRY(copy_file(&(struct copy){
        .source = shop,
        .target = {folder, "shop.db", NULL, 0},
        .step_pages = -1,
        .pages_behind = journal_pages,
        .progress = progress,
    }));
    TRY(copy_file(&(struct copy){
        .source = journal,
        .target = {folder, "journal.db", NULL, 0},
        .step_pages = BACKUP_STEP_PAGES,
        .pages_before = shop_pages,
        .progress = progress,
    }));
    return folder_sync(folder);
}

static struct err copy_handle(int from, int to, const char *folder)
{
    char *bytes = memory_alloc(COPY_SIZE);
    struct err err = OK;
    ssize_t size = 0;

    while (err.code == ERR_NONE && (size = read(from, bytes, COPY_SIZE)) > 0) {
        if (write(to, bytes, (size_t)size) != size)
            err = folder_error(folder, "write");
    }
    if (err.code == ERR_NONE && (size < 0 || fsync(to) != 0))
        err = folder_error(folder, "copy");
    memory_free(bytes);
    return err;
}

static struct err copy_bytes(const char *from_folder, const char *name, const char *folder)
{
    char from_path[SQL_PATH_SIZE];
    char path[SQL_PATH_SIZE];

    sql_path(from_folder, name, from_path);
    sql_path(folder, name, path);
    int from = open(from_path, O_RDONLY | O_CLOEXEC);

    if (from < 0)
        return folder_error(from_folder, name);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct err err = to < 0 ? folder_error(folder, name) : copy_handle(from, to, folder);

    close(from);
    if (to >= 0)
        close(to);
    return err;
}

/* A fresh file beside a stale -wal is a corrupt database. */
static void drop_stale(const char *folder)
{
    static const char *const names[] = {"journal.db-wal", "journal.db-shm", "shop.db-wal",
                                        "shop.db-shm"};
    char path[SQL_PATH_SIZE];

    for (size_t i = 0; i < countof(names); i++) {
        sql_path(folder, names[i], path);
        unlink(path);
    }
}

/* Events after a restore are others than those that came after the backup, under the same numbers.
 */
static struct err start_timeline(const char *folder)
{
    struct sql_file file = {folder, "journal.db", NULL, 0};
    sqlite3_stmt *put;
    uint64_t timeline;
    sqlite3 *db;

    random_secret(&timeline, sizeof timeline);
    TRY(sql_open(&file, SQL_WRITE, &db));
    struct err err = sql_prepare(db, "INSERT OR REPLACE INTO meta VALUES('timeline', ?)", &put);

    if (err.code == ERR_NONE) {
        sql_bind_u64(put, 1, timeline | 1);
        err = sql_run(put);
    }
    sql_close(db);
    return err;
}

static struct err refuse_open(const char *backup_folder)
{
    char quoted[LOG_QUOTED_SIZE];

    if (!folder_has(backup_folder, "journal.db-wal") && !folder_has(backup_folder, "shop.db-wal"))
        return OK;
    log_error("not a finished backup: a program has its files open, or was killed", "folder=%s",
              log_quoted(text_of(backup_folder), quoted));
    return ERR_AT(ERR_STORE, 0, SQLITE_CANTOPEN);
}

static struct err restore_locked(const char *backup_folder, const char *folder)
{
    TRY(refuse_full(folder));
    TRY(refuse_open(backup_folder));
    drop_stale(folder);
    TRY(copy_bytes(backup_folder, "shop.db", folder));
    TRY(copy_bytes(backup_folder, "journal.db", folder));
    TRY(start_timeline(folder));
    return folder_sync(folder);
}

struct err backup_restore(const char *backup_folder, const char *folder)
{
    int lock = -1;

    TRY(folder_make(folder));
    TRY(folder_lock(folder, 0, &lock));
    struct err err = restore_locked(backup_folder, folder);

    folder_unlock(lock);
    return err;
}
