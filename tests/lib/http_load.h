/*
 * http_load.h - a load over HTTP/1.1 on loopback: closed loop at full speed, or open loop at a
 * rate.
 *
 * With a rate, requests are due at fixed times and latency counts from when a request was due, so a
 * slow server cannot slow down its own measurement (coordinated omission). One thread, epoll, one
 * request out per connection.
 */
#ifndef TESTS_LIB_HTTP_LOAD_H
#define TESTS_LIB_HTTP_LOAD_H

#include <stdbool.h>
#include <stdint.h>

enum { HTTP_LOAD_KINDS = 16, HTTP_LOAD_BUCKETS = 200000, HTTP_LOAD_REQUEST_MAX = 4096 };

struct http_load_request {
    char bytes[HTTP_LOAD_REQUEST_MAX];
    uint32_t length;
    uint32_t kind; /* counted apart, below HTTP_LOAD_KINDS */
    uint32_t peer; /* the connection that it goes to, set before next() is called */
};

struct http_load_kind {
    uint64_t done;
    uint64_t slowest_ns;
    uint32_t latencies[HTTP_LOAD_BUCKETS]; /* from when it was due, by 10 us */
    uint32_t waits[HTTP_LOAD_BUCKETS];     /* from when it was sent */
};

struct http_load_options {
    uint16_t port;
    uint32_t connections;
    double seconds;
    double
        rate; /* visits a second, of one request each unless goes_on() says more; 0 = full speed */
    /* With a rate: what no connection was free for within this time after it was due is not sent
     * any more, and counted; 0 = it is sent late, and its latency says so. */
    uint32_t give_up_ms;
    const char *status; /* of an answer that counts, "201", or how it begins: "2" */
    /* Writes the next request; false when there are no more. */
    bool (*next)(void *owner, struct http_load_request *request_out);
    /* An answer, NUL-ended and with its head, to the request that was out on that connection. May
     * be NULL. */
    void (*answered)(void *owner, uint32_t peer, bool is_good, const char *answer);
    /* Every connection is there. May be NULL. */
    void (*connected)(void *owner);
    /* With a rate: does the visit on that connection go on with another request? May be NULL. */
    bool (*goes_on)(void *owner, uint32_t peer);
    /* Once a second: the good answers of that second, and how many were refused or given up. May be
     * NULL. */
    void (*each_second)(void *owner, const struct http_load_kind *good, uint64_t not_good);
    void *owner;
};

struct http_load_result {
    uint64_t done;
    uint64_t refused; /* among them */
    uint64_t given_up;
    double seconds;
    uint64_t cpu_ns; /* of the load itself */
    struct http_load_kind all;
    struct http_load_kind kinds[HTTP_LOAD_KINDS];
};

/* Prints the first refusal to stderr. The result is static. */
const struct http_load_result *http_load_run(const struct http_load_options *options);
double http_load_percentile_ms(const struct http_load_kind *kind, double share);
/* Without what it waited for a free connection: as one client sees it. */
double http_load_sent_percentile_ms(const struct http_load_kind *kind, double share);

/* One request outside of any load; the body as a NUL-ended string, good until the next call. */
const char *http_load_get(uint16_t port, const char *target);

#endif
