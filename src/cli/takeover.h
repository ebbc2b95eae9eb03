/*
 * takeover.h - how the sockets that listen outlive a process, so that an upgrade refuses nobody.
 *
 * Either whoever starts shopd holds them and passes them on (systemd's socket activation: the
 * variables LISTEN_PID and LISTEN_FDS, descriptors from 3 on, sd_listen_fds(3)). Or a successor
 * with `takeover_wait_ms` asks the running shopd for them, through the socket `takeover.sock` in
 * the data folder:
 *
 *   successor                      predecessor
 *   connect                 ──►    takeover_offer_answer(): is it the same user?
 *                           ◄──    one message per listening socket, then an empty one
 *   "taken"                 ──►    drains, gives the folder back and ends
 *   waits for the folder           (meanwhile new connections wait in the sockets)
 *
 * Until "taken" has arrived the predecessor goes on as if nobody had asked.
 *
 * A shopd that has to begin anew passes them to itself, in the way of the first.
 */
#ifndef CLI_TAKEOVER_H
#define CLI_TAKEOVER_H

#include "base/check.h"
#include "net/server.h"

#include <stdbool.h>
#include <stdint.h>

enum { TAKEOVER_SOCKETS_MAX = 256, TAKEOVER_PATH_SIZE = 108 };

struct takeover_sockets {
    int fds[TAKEOVER_SOCKETS_MAX];
    uint32_t count;
};

/* What whoever started us passed; none where nobody did. The variables are removed. False: what
 * was passed does not listen on TCP or is too much, which was logged. */
bool takeover_inherit(struct takeover_sockets *sockets_out) MUST_USE;
/* Asks the shopd that has the folder; none where nobody answers. It ends itself from then on.
 * False: somebody answered, but not with sockets, which was logged; nothing is open then. */
bool takeover_ask(const char *folder, struct takeover_sockets *sockets_out) MUST_USE;

/* For ourselves: copies of the server's sockets, before they are closed with it. False, logged: it
 * has too many. */
bool takeover_keep(const struct server *server, struct takeover_sockets *sockets_out) MUST_USE;
/* This program anew in this process, with the sockets, which it finds by takeover_inherit().
 * Returns only when it cannot be started: logged. */
void takeover_start_anew(const struct takeover_sockets *sockets, char *const *arguments);

/* The predecessor's side. */
struct takeover_offer {
    char path[TAKEOVER_PATH_SIZE];
    int fd; /* a successor waits when it is readable; -1 = there is no offer */
};

/* With the folder's lock held. Where it cannot be made there is no offer, which was logged: only an
 * upgrade without a gap needs one. */
void takeover_offer_open(struct takeover_offer *offer, const char *folder);
/* True: a successor has the sockets of `server`, and waits for the folder. */
bool takeover_offer_answer(const struct takeover_offer *offer, const struct server *server);
/* Before the folder is given back. */
void takeover_offer_close(struct takeover_offer *offer);

#endif
