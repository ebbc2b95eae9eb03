/*
 * rcu.h - how what readers share is replaced: the writer stores a new pointer, and the old block is
 * released once every reading section that could hold it has ended (liburcu, memb flavour).
 */
#ifndef SEARCH_RCU_H
#define SEARCH_RCU_H

#include "base/thread_sanitizer.h"

#include <urcu/urcu-memb.h>

/* liburcu's own code is not built with ThreadSanitizer, which therefore cannot see that a grace
 * period lies between a reader's last look and the release. These say so. */
extern char search_grace_period;
#define READERS_LEAVE()    HAND_OVER(&search_grace_period)
#define READERS_ARE_GONE() TAKE_OVER(&search_grace_period)

/* What the writer replaces: everything behind the pointer is as it was when the pointer was stored.
 */
#define LOAD(pointer)           __atomic_load_n(&(pointer), __ATOMIC_ACQUIRE)
#define PUBLISH(pointer, value) __atomic_store_n(&(pointer), (value), __ATOMIC_RELEASE)
/* A number of its own, that may change at any moment. */
#define PEEK(number)        __atomic_load_n(&(number), __ATOMIC_RELAXED)
#define POKE(number, value) __atomic_store_n(&(number), (value), __ATOMIC_RELAXED)

/* Once no reader can hold it any more. `release` begins with READERS_ARE_GONE(). */
static inline void release_later(struct rcu_head *head, void (*release)(struct rcu_head *head))
{
    READERS_LEAVE();
    urcu_memb_call_rcu(head, release);
}

#endif
