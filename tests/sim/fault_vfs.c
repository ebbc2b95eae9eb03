#include "sim/fault_vfs.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/random.h"

#include <sqlite3.h>
#include <string.h>

enum {
    FILES_MAX = 16,
    PATH_SIZE = 512,
    SECTOR_SIZE = 512,
    SHM_REGIONS_MAX = 64,
    SHM_LOCKS = SQLITE_SHM_NLOCK,
};

/* A write, or a truncation (bytes == NULL), that no sync has made durable yet. */
struct pending {
    struct pending *next;
    int64_t offset;
    int64_t size;
    uint8_t *bytes;
};

struct image {
    uint8_t *bytes;
    int64_t size;
    int64_t capacity;
};

struct disk_file {
    char path[PATH_SIZE];
    bool exists;
    struct image now;     /* what programs see */
    struct image durable; /* what a cut would leave at least */
    struct pending *first;
    struct pending **last;
    void *shm[SHM_REGIONS_MAX];
    int shm_readers[SHM_LOCKS];
    bool shm_writer[SHM_LOCKS];
    int lock_shared;
    int lock_level; /* highest of one holder beyond shared */
};

struct handle {
    sqlite3_file base; /* must be first */
    struct disk_file *file;
    int lock_level;
    uint8_t shm_shared[SHM_LOCKS];
    uint8_t shm_exclusive[SHM_LOCKS];
    bool delete_on_close;
};

static struct {
    struct disk_file files[FILES_MAX];
    struct random random;
    bool registered;
    bool ignore_sync;
    bool planned;
    bool off;
    bool full;
    bool struck;
    enum fault_kind kind;
    uint64_t strikes_at;
    uint64_t operations;
} disk;

/* ---- images and pending writes ---- */

static void image_resize(struct image *image, int64_t size)
{
    if (size > image->capacity) {
        int64_t capacity = size * 2;
        image->bytes = memory_resize(image->bytes, (size_t)capacity);
        image->capacity = capacity;
    }
    if (size > image->size)
        memset(image->bytes + image->size, 0, (size_t)(size - image->size));
    image->size = size;
}

static void image_write(struct image *image, int64_t offset, const uint8_t *bytes, int64_t size)
{
    if (offset + size > image->size)
        image_resize(image, offset + size);
    memcpy(image->bytes + offset, bytes, (size_t)size);
}

static void pending_apply(struct image *image, const struct pending *pending)
{
    if (pending->bytes == NULL)
        image_resize(image, pending->offset);
    else
        image_write(image, pending->offset, pending->bytes, pending->size);
}

static void pending_add(struct disk_file *file, int64_t offset, const void *bytes, int64_t size)
{
    struct pending *pending = memory_alloc_zeroed(1, sizeof *pending);
    *pending = (struct pending){NULL, offset, size, NULL};
    if (bytes != NULL) {
        pending->bytes = memory_alloc((size_t)size);
        memcpy(pending->bytes, bytes, (size_t)size);
    }
    *file->last = pending;
    file->last = &pending->next;
    pending_apply(&file->now, pending);
}

static void pending_clear(struct disk_file *file)
{
    for (struct pending *pending = file->first; pending != NULL;) {
        struct pending *next = pending->next;
        memory_free(pending->bytes);
        memory_free(pending);
        pending = next;
    }
    file->first = NULL;
    file->last = &file->first;
}

/* Half of the writes survive whole, a quarter is lost, of a quarter each sector decides for itself.
 */
static void pending_survive(struct image *image, const struct pending *pending)
{
    uint64_t fate = random_below(&disk.random, 4);
    if (fate < 2) {
        pending_apply(image, pending);
        return;
    }
    if (fate == 2 || pending->bytes == NULL)
        return;
    for (int64_t done = 0; done < pending->size;) {
        int64_t sector_end = (pending->offset + done) / SECTOR_SIZE * SECTOR_SIZE + SECTOR_SIZE;
        int64_t size = sector_end - (pending->offset + done);
        if (size > pending->size - done)
            size = pending->size - done;
        if (random_below(&disk.random, 2) == 0)
            image_write(image, pending->offset + done, pending->bytes + done, size);
        done += size;
    }
}

/* ---- faults ---- */

/* Counts one change of the disk; the result code when it must fail. */
static int change_begins(bool is_sync, bool grows)
{
    disk.operations++;
    if (disk.off)
        return SQLITE_IOERR;
    if (disk.planned && disk.operations >= disk.strikes_at &&
        (disk.kind != FAULT_SYNC_FAILS || is_sync)) {
        disk.planned = false;
        disk.struck = true;
        disk.full = disk.kind == FAULT_DISK_FULL;
        disk.off = !disk.full;
        if (disk.off)
            return is_sync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
    }
    return disk.full && grows ? SQLITE_FULL : SQLITE_OK;
}

/* ---- files ---- */

static struct disk_file *file_find(const char *path)
{
    for (uint32_t i = 0; i < FILES_MAX; i++) {
        if (disk.files[i].exists && strcmp(disk.files[i].path, path) == 0)
            return &disk.files[i];
    }
    return NULL;
}

static void file_release(struct disk_file *file)
{
    pending_clear(file);
    memory_free(file->now.bytes);
    memory_free(file->durable.bytes);
    for (uint32_t i = 0; i < SHM_REGIONS_MAX; i++)
        memory_free(file->shm[i]);
    *file = (struct disk_file){0};
    file->last = &file->first;
}

static struct disk_file *file_create(const char *path)
{
    for (uint32_t i = 0; i < FILES_MAX; i++) {
        struct disk_file *file = &disk.files[i];
        if (file->exists)
            continue;
        file_release(file);
        ensure(strlen(path) < PATH_SIZE);
        strcpy(file->path, path);
        file->exists = true;
        return file;
    }
    check_failed("room for another file", __FILE__, __LINE__);
}

static struct disk_file *file_of(sqlite3_file *base)
{
    return ((struct handle *)base)->file;
}

static int file_close(sqlite3_file *base)
{
    struct handle *handle = (struct handle *)base;
    if (handle->delete_on_close && handle->file->exists)
        file_release(handle->file);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes_out, int size, sqlite3_int64 offset)
{
    const struct image *image = &file_of(base)->now;
    if (disk.off)
        return SQLITE_IOERR_READ;
    int64_t there = image->size > offset ? image->size - offset : 0;
    int64_t given = there < size ? there : size;
    if (given > 0)
        memcpy(bytes_out, image->bytes + offset, (size_t)given);
    if (given == size)
        return SQLITE_OK;
    memset((uint8_t *)bytes_out + given, 0, (size_t)(size - given));
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset)
{
    struct disk_file *file = file_of(base);
    int result = change_begins(false, offset + size > file->now.size);
    /* A write that a cut interrupts may still have reached the disk in part. */
    if (result == SQLITE_OK || result == SQLITE_IOERR_WRITE)
        pending_add(file, offset, bytes, size);
    return result;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    int result = change_begins(false, false);
    if (result == SQLITE_OK)
        pending_add(file_of(base), size, NULL, 0);
    return result;
}

static int file_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    struct disk_file *file = file_of(base);
    int result = change_begins(true, false);
    if (result != SQLITE_OK || disk.ignore_sync)
        return result;
    for (const struct pending *pending = file->first; pending != NULL; pending = pending->next)
        pending_apply(&file->durable, pending);
    pending_clear(file);
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size_out)
{
    *size_out = file_of(base)->now.size;
    return SQLITE_OK;
}

/* ---- locks: several handles of one thread ---- */

static int file_lock(sqlite3_file *base, int level)
{
    struct handle *handle = (struct handle *)base;
    struct disk_file *file = handle->file;
    if (level <= handle->lock_level)
        return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED) {
        if (file->lock_level >= SQLITE_LOCK_PENDING)
            return SQLITE_BUSY;
        file->lock_shared++;
    } else {
        bool mine = handle->lock_level > SQLITE_LOCK_SHARED;
        if (file->lock_level > SQLITE_LOCK_SHARED && !mine)
            return SQLITE_BUSY;
        if (level == SQLITE_LOCK_EXCLUSIVE && file->lock_shared > 1)
            return SQLITE_BUSY;
        file->lock_level = level;
    }
    handle->lock_level = level;
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int level)
{
    struct handle *handle = (struct handle *)base;
    if (handle->lock_level <= level)
        return SQLITE_OK;
    if (handle->lock_level > SQLITE_LOCK_SHARED)
        handle->file->lock_level = SQLITE_LOCK_NONE;
    if (level == SQLITE_LOCK_NONE)
        handle->file->lock_shared--;
    handle->lock_level = level;
    return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *reserved_out)
{
    *reserved_out = file_of(base)->lock_level > SQLITE_LOCK_SHARED;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR_SIZE;
}

static int file_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- the shared memory of a WAL ---- */

static int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **at_out)
{
    struct disk_file *file = file_of(base);
    ensure(region < SHM_REGIONS_MAX);
    if (file->shm[region] == NULL && extend)
        file->shm[region] = memory_alloc_zeroed(1, (size_t)size);
    *at_out = file->shm[region];
    return SQLITE_OK;
}

static int shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    struct handle *handle = (struct handle *)base;
    struct disk_file *file = handle->file;
    bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    bool lock = (flags & SQLITE_SHM_LOCK) != 0;

    for (int i = offset; lock && i < offset + count; i++) {
        int others = file->shm_readers[i] - handle->shm_shared[i];
        bool taken = file->shm_writer[i] && !handle->shm_exclusive[i];
        if (taken || (exclusive && others > 0))
            return SQLITE_BUSY;
    }
    for (int i = offset; i < offset + count; i++) {
        if (exclusive) {
            handle->shm_exclusive[i] = lock;
            file->shm_writer[i] = lock;
        } else if (lock != (handle->shm_shared[i] != 0)) {
            handle->shm_shared[i] = lock;
            file->shm_readers[i] += lock ? 1 : -1;
        }
    }
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base)
{
    (void)base;
}

static int shm_unmap(sqlite3_file *base, int delete_it)
{
    struct disk_file *file = file_of(base);
    for (uint32_t i = 0; delete_it && i < SHM_REGIONS_MAX; i++) {
        memory_free(file->shm[i]);
        file->shm[i] = NULL;
    }
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- the file system ---- */

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *base, int flags,
                    int *flags_out)
{
    (void)vfs;
    static uint32_t temporary_count;
    char temporary[32];
    struct handle *handle = (struct handle *)base;
    *handle = (struct handle){0};
    if (disk.off)
        return SQLITE_CANTOPEN;
    if (path == NULL) {
        sqlite3_snprintf(sizeof temporary, temporary, "temporary-%u", ++temporary_count);
        path = temporary;
        handle->delete_on_close = true;
    }
    handle->file = file_find(path);
    if (handle->file == NULL && (flags & SQLITE_OPEN_CREATE) == 0 && !handle->delete_on_close)
        return SQLITE_CANTOPEN;
    if (handle->file == NULL)
        handle->file = file_create(path);
    if (flags_out != NULL)
        *flags_out = flags;
    handle->base.pMethods = &methods;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    (void)sync_folder;
    struct disk_file *file = file_find(path);
    if (disk.off)
        return SQLITE_IOERR_DELETE;
    if (file == NULL)
        return SQLITE_IOERR_DELETE_NOENT;
    file_release(file);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result_out)
{
    (void)vfs;
    (void)flags;
    *result_out = file_find(path) != NULL;
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *path_out)
{
    (void)vfs;
    sqlite3_snprintf(size, path_out, "%s", path);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int size, char *bytes_out)
{
    (void)vfs;
    for (int i = 0; i < size; i++)
        bytes_out[i] = (char)random_u64(&disk.random);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int duration_us)
{
    (void)vfs;
    return duration_us;
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *julian_ms_out)
{
    (void)vfs;
    *julian_ms_out = INT64_C(212000000000000);
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *text_out)
{
    (void)vfs;
    (void)size;
    (void)text_out;
    return 0;
}

void fault_vfs_register(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 2,
        .szOsFile = sizeof(struct handle),
        .mxPathname = PATH_SIZE - 1,
        .zName = FAULT_VFS_NAME,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTimeInt64 = vfs_time,
        .xGetLastError = vfs_last_error,
    };
    if (!disk.registered) {
        ensure(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
        disk.registered = true;
    }
}

void fault_vfs_reset(uint64_t seed)
{
    bool registered = disk.registered;
    for (uint32_t i = 0; i < FILES_MAX; i++)
        file_release(&disk.files[i]);
    memset(&disk, 0, sizeof disk);
    disk.registered = registered;
    disk.random.state = seed;
    for (uint32_t i = 0; i < FILES_MAX; i++)
        disk.files[i].last = &disk.files[i].first;
}

void fault_vfs_ignore_sync(bool ignore)
{
    disk.ignore_sync = ignore;
}

void fault_vfs_plan(enum fault_kind kind, uint64_t operations)
{
    disk.kind = kind;
    disk.strikes_at = disk.operations + operations + 1;
    disk.planned = true;
    disk.struck = false;
}

bool fault_vfs_struck(void)
{
    return disk.struck;
}

void fault_vfs_power_on(void)
{
    for (uint32_t i = 0; i < FILES_MAX; i++) {
        struct disk_file *file = &disk.files[i];
        for (uint32_t region = 0; region < SHM_REGIONS_MAX; region++) {
            memory_free(file->shm[region]);
            file->shm[region] = NULL;
        }
        memset(file->shm_readers, 0, sizeof file->shm_readers);
        memset(file->shm_writer, 0, sizeof file->shm_writer);
        file->lock_shared = 0;
        file->lock_level = SQLITE_LOCK_NONE;
        if (!disk.off)
            continue;
        for (const struct pending *pending = file->first; pending != NULL; pending = pending->next)
            pending_survive(&file->durable, pending);
        pending_clear(file);
        image_resize(&file->now, 0);
        if (file->durable.size > 0)
            image_write(&file->now, 0, file->durable.bytes, file->durable.size);
    }
    disk.off = disk.full = disk.planned = disk.struck = false;
}

uint64_t fault_vfs_operations(void)
{
    return disk.operations;
}
