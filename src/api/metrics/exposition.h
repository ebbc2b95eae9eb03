/*
 * exposition.h - metrics as Prometheus reads them: text format 0.0.4, times in seconds.
 *
 *   # HELP shop_batches_total Batches, one flush each.
 *   # TYPE shop_batches_total counter
 *   shop_batches_total 12
 */
#ifndef API_METRICS_EXPOSITION_H
#define API_METRICS_EXPOSITION_H

#include "base/buffer.h"
#include "base/histogram.h"

#include <stdint.h>

enum metric_kind { METRIC_COUNTER = 0, METRIC_GAUGE, METRIC_HISTOGRAM };
/* What the value is counted in; times are written in seconds. */
enum metric_unit { METRIC_PIECES = 0, METRIC_MS, METRIC_NS };

struct metric {
    const char *name;
    enum metric_kind kind;
    enum metric_unit unit;
    const char *help; /* a sentence */
};

/* One without labels, and its value. */
struct metric_row {
    struct metric metric;
    uint64_t value;
};

/* HELP and TYPE: once, before the values of all labels. */
void metric_head(struct buffer *out, const struct metric *metric);
/* `labels`: name="value" with commas between, or "". */
void metric_value(struct buffer *out, const struct metric *metric, const char *labels,
                  uint64_t value);
/* Buckets, sum and count; METRIC_NS goes with histogram_times, METRIC_PIECES with histogram_sizes.
 */
void metric_histogram(struct buffer *out, const struct metric *metric, const char *labels,
                      const struct histogram *histogram);
/* Head and value of each. */
void metric_rows(struct buffer *out, const struct metric_row *rows, uint32_t count);

enum { METRIC_LABELS_SIZE = 192 };
/* name="value"; the value is a word of ours and needs no escaping. Returns `labels_out`. */
const char *metric_label(const char *name, const char *value, char labels_out[METRIC_LABELS_SIZE]);

#endif
