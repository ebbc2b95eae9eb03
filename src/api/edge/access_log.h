/*
 * access_log.h - one line per answer, for whoever runs the server. It names the route and not the
 * path, the kind of sender and not who or from where: nothing in it is about a person.
 */
#ifndef API_ACCESS_LOG_H
#define API_ACCESS_LOG_H

#include "net/server.h"

#include <stdint.h>

struct call;

enum access_log_level {
    ACCESS_LOG_OFF = 0,
    ACCESS_LOG_REFUSED, /* answers from 400 on */
    ACCESS_LOG_ALL,
};

/* Just before the answer leaves: the request's texts end with it. */
void access_log_write(const struct call *call, int status, uint64_t took_ns);
/* What the server refused before there was a call. */
void access_log_write_refusal(uint32_t level, const struct server_refusal *refusal);

#endif
