/*
 * toy_server.h - a server on a free port with a handler that shows what it was given.
 *
 *   /big?N    N bytes
 *   /later    answered after a trip through another thread
 *   /twice    makes two such trips
 *   /hold     kept until the test lets it go
 *   /loop     "loop=" and which of the loops it is on
 *   /share    done by any loop: "after=N by=M ", N requests seen before, M the thread
 *   /away     as /share, and then kept as /hold is
 *   /meet     as /share, when two are at it at a time: "met "
 *   /block    says so in `blocked` and keeps its loop until somebody posts to `gate`
 *   other     answered at once
 *
 * All but /big and /loop answer, or go on, with "METHOD path?query body".
 */
#ifndef TESTS_LIB_TOY_SERVER_H
#define TESTS_LIB_TOY_SERVER_H

#include "base/queue.h"
#include "net/server.h"

#include <pthread.h>
#include <semaphore.h>

struct toy_server {
    struct server *server;
    uint16_t port;
    pthread_t worker;
    struct queue later; /* to the worker */
    struct queue held;  /* to the test */
    bool is_stopping;   /* atomic */
    sem_t blocked, gate;
    uint32_t seen;    /* by the handler; atomic, like the next */
    uint32_t meeting; /* of /meet: that are at it */
    uint32_t threads_started;
    uint32_t threads_stopped;
};

struct server_options toy_server_options(void);
void toy_server_open(struct toy_server *toy, struct server_options options);
/* Drains with `timeout_ms`; held requests must have been released. */
void toy_server_close(struct toy_server *toy, uint32_t timeout_ms);
/* The next request of /hold; waits for it. */
struct request *toy_server_take_held(struct toy_server *toy);

#endif
