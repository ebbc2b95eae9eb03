/* host.h - what the machine has left: memory of this process, room on the disk. For whoever looks
 * after it; nothing is decided by it. */
#ifndef BASE_HOST_H
#define BASE_HOST_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

/* Memory of this process that is in use (resident), in bytes; 0 where the system does not say. */
uint64_t host_resident_bytes(void);
/* CPU time of all threads since the start. */
uint64_t host_cpu_ns(void);

struct host_disk {
    uint64_t size_bytes;
    uint64_t free_bytes; /* for those who are not root */
};
/* The file system that `path` lies on; false when it cannot be asked. */
bool host_disk(const char *path, struct host_disk *disk_out) MUST_USE;

#endif
