#include "base/host.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

uint64_t host_resident_bytes(void)
{
    /* proc(5): /proc/self/statm is "size resident shared ..." in pages. */
    char line[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, line, sizeof(line) - 1);
    (void)close(fd);
    if (length <= 0)
        return 0;
    line[length] = '\0';
    char *at = line;
    (void)strtoull(at, &at, 10);
    return strtoull(at, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t host_cpu_ns(void)
{
    struct timespec time;
    ensure(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

bool host_disk(const char *path, struct host_disk *disk_out)
{
    struct statvfs info;
    if (statvfs(path, &info) != 0)
        return false;
    disk_out->size_bytes = (uint64_t)info.f_blocks * info.f_frsize;
    disk_out->free_bytes = (uint64_t)info.f_bavail * info.f_frsize;
    return true;
}
