/*
 * wire.h - HTTP to the nodes of a cluster: any number of calls at once on one thread (libcurl's
 * multi interface). Nodes take turns; one that cannot be reached rests, longer each time.
 */
#ifndef SEARCH_ELASTIC_WIRE_H
#define SEARCH_ELASTIC_WIRE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum { WIRE_NODES_MAX = 16, WIRE_PATH_MAX = 256, WIRE_ANSWER_MAX = 64 << 20 };

struct wire;
struct wire_slot;

struct wire_options {
    struct text urls;        /* with spaces or commas between; http or https */
    struct text credentials; /* "user:password", "ApiKey KEY", or empty */
    struct text ca_file;     /* of who signed the nodes' certificates; empty = the system's */
    uint32_t connect_timeout_ms;
};

/* One call; the caller's memory until `done`. */
struct wire_call {
    const char *method;
    const char *content_type;
    char path[WIRE_PATH_MAX];
    struct buffer body;
    uint32_t timeout_ms; /* of all attempts together */
    uint32_t attempts;   /* at so many nodes, when one cannot be reached or is overloaded */
    void (*done)(struct wire_call *call);
    void *owner;
    /* what came back */
    uint32_t status;      /* of HTTP; 0 = there was no answer */
    struct buffer answer; /* its body */
    /* wire.c's own */
    struct wire *wire;
    struct wire_slot *slot;
    uint64_t deadline_ms;
    uint32_t node;
};

/* NULL when no URL is well-formed. */
struct wire *wire_open(const struct wire_options *options) MUST_USE;
/* Nothing may be out. */
void wire_close(struct wire *wire);

void wire_call_init(struct wire_call *call, const char *method, uint32_t timeout_ms);
void wire_call_release(struct wire_call *call);
void wire_send(struct wire *wire, struct wire_call *call);
/* Moves bytes, calls done() of what has ended, waits for at most so long. */
void wire_run(struct wire *wire, uint32_t wait_ms);
/* From any thread: wire_run() returns soon. */
void wire_wake(struct wire *wire);
uint32_t wire_out(const struct wire *wire); /* calls under way */
/* Ends every call as if no node had answered. */
void wire_cancel(struct wire *wire);

#endif
