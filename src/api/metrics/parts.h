/* parts.h - the parts of GET /metrics: metrics.c has the way of a request, these the rest. */
#ifndef API_METRICS_PARTS_H
#define API_METRICS_PARTS_H

#include "api/metrics/exposition.h"

struct call;
struct executor_stats;
struct server_stats;

/* Memory, processors, disk. */
void metrics_write_host(struct buffer *out, const struct call *call,
                        const struct executor_stats *executor, const struct server_stats *server);
/* Whoever follows the events: notices, search, Kafka, streams; and what time ends. */
void metrics_write_projections(struct buffer *out, const struct call *call);

#endif
