/*
 * share.h - work that any loop may do.
 *
 * Connections are shared out evenly, but not what they ask for: one loop may have five searches
 * before it while another sleeps. So what takes long is not done by the handler but put into a ring
 * of all loops, and a loop that has read what came takes the oldest of it: one at a time, between
 * which it looks at its connections, so that what is quick waits for one of them at most.
 *
 * A loop that goes to sleep says so, and who adds more than it will take next itself wakes one.
 */
#ifndef NET_SHARE_H
#define NET_SHARE_H

#include "net/exchange.h"

/* That wait; a request takes some 25 KiB while it does. Who finds no room does the oldest at once.
 */
enum { SHARED_MAX = 256 };

void share_open(struct loop *loop);
/* On the exchange's own loop. `work` ends with request_resume(). */
void share_add(struct exchange *exchange, void (*work)(struct request *request));
/* Takes a turn next when there is any work. */
void share_look(struct loop *loop);
/* The loop is about to wait for events; it has waited. */
void share_before_sleep(struct loop *loop);
void share_after_sleep(struct loop *loop);
/* Does all that is left, on the calling thread. */
void share_finish(struct loop *loop);

#endif
