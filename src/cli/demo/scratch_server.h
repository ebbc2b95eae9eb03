/*
 * scratch_server.h - a server of one's own, for demonstrations: this very program as `shopd serve`
 * on a free port of the loopback, with a new data folder below $TMPDIR that is removed with it.
 *
 * Set up before the first thread: it puts the operator key into the environment.
 */
#ifndef CLI_SCRATCH_SERVER_H
#define CLI_SCRATCH_SERVER_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SCRATCH_PATH_SIZE = 256, SCRATCH_KEY_SIZE = 33 };

struct scratch_server {
    char folder[SCRATCH_PATH_SIZE]; /* holds data/ and server.log */
    char data[SCRATCH_PATH_SIZE + 16];
    char log[SCRATCH_PATH_SIZE + 16];
    char url[64];
    char operator_key[SCRATCH_KEY_SIZE];
    uint16_t port; /* 0 before the first start */
    pid_t pid;     /* 0 = not running */
};

/* The folder and the key. False: the reason was printed. */
bool scratch_server_make(struct scratch_server *server) MUST_USE;
/* Starts it, the second time on the same port, and returns once it is ready to answer. */
bool scratch_server_start(struct scratch_server *server) MUST_USE;
/* kill -9: it has no time to write anything. */
void scratch_server_kill(struct scratch_server *server);
/* Asks it to stop, and waits. False when it did not end well. */
bool scratch_server_stop(struct scratch_server *server) MUST_USE;
/* `shopd audit` on its data folder; true when clean. It must not be running. */
bool scratch_server_audit(const struct scratch_server *server) MUST_USE;
/* Kills it if it still runs, and removes the folder. */
void scratch_server_remove(struct scratch_server *server);

#endif
