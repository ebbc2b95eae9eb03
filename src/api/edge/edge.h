/* edge.h - what the settings say about everything that comes in, whatever it asks for. */
#ifndef API_EDGE_H
#define API_EDGE_H

#include "api/edge/access_log.h"
#include "api/edge/cors.h"
#include "api/edge/rate.h"
#include "base/address.h"

struct edge {
    struct networks trusted_proxies;
    struct cors cors;
    struct rate rate;
    uint32_t json_depth_max; /* 1..JSON_IN_DEPTH_LIMIT */
    uint32_t access_log;     /* enum access_log_level */
};

/* Headers of every response, whoever makes it. */
#define EDGE_HEADERS                                                                               \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "X-Frame-Options: DENY\r\n"                                                                    \
    "Referrer-Policy: no-referrer\r\n"

#endif
