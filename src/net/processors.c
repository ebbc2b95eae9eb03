#include "net/processors.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

uint32_t processors_count(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return (uint32_t)CPU_COUNT(&allowed);
    long count = sysconf(_SC_NPROCESSORS_ONLN); /* more than a cpu_set_t can tell */
    return count > 0 ? (uint32_t)count : 1;
}

bool processors_keep_to(uint32_t index)
{
    cpu_set_t allowed;
    cpu_set_t one;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return false;
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &allowed) && index-- == 0) {
            CPU_SET(i, &one);
            return pthread_setaffinity_np(pthread_self(), sizeof one, &one) == 0;
        }
    }
    return false;
}
