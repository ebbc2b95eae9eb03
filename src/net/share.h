/*
 * share.h - work that any loop may do.
 *
 * Connections are shared out evenly, but not what they ask for: one loop may have five searches
 * before it while another sleeps. So what takes long is not done by the handler but put into a ring
 * of all loops, and a loop that has read what came takes the oldest of it: one at a time, between
 * which it looks at its connections, so that what is quick waits for one of them at most. That
 * holds until the ring is full: then a loop does the oldest for each that it reads.
 *
 * A loop that goes to sleep says so, and who adds more than it will take next itself wakes one.
 */
#ifndef NET_SHARE_H
#define NET_SHARE_H

#include "net/exchange.h"

/* That wait; a request takes some 25 KiB while it does. */
enum { SHARED_PER_LOOP = 128 };

/* Of the ring of so many loops. */
uint32_t share_places(uint32_t loops);
void share_open(struct loop *loop);
/* On the exchange's own loop. `work` ends with request_resume(). */
void share_add(struct exchange *exchange, void (*work)(struct request *request));
/* The loop has read a lot, and goes on: another may take what waits. */
void share_pass_on(struct loop *loop);
/* Takes a turn next when there is any work. */
void share_look(struct loop *loop);
/* The loop is about to wait for events. */
void share_before_sleep(struct loop *loop);
/* It has waited: to be said with the first event, as libuv deals with all of them before it tells.
 */
void share_after_sleep(struct loop *loop);
/* Does all that is left, on the calling thread. */
void share_finish(struct loop *loop);

#endif
