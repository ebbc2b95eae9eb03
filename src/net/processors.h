/*
 * processors.h - the processors that this process may run on (sched_setaffinity(2), cpuset(7)),
 * counted from 0.
 */
#ifndef NET_PROCESSORS_H
#define NET_PROCESSORS_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

uint32_t processors_count(void);
/* Keeps the calling thread on this one; false where the system does not allow it. */
bool processors_keep_to(uint32_t index) MUST_USE;

#endif
