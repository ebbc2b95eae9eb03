#include "api/metrics/exposition.h"

#include <inttypes.h>
#include <stdio.h>

static void append_number(struct buffer *out, enum metric_unit unit, uint64_t value)
{
    switch (unit) {
    case METRIC_PIECES:
        buffer_append_u64(out, value);
        break;
    case METRIC_MS:
        buffer_printf(out, "%" PRIu64 ".%03" PRIu64, value / 1000, value % 1000);
        break;
    case METRIC_NS:
        buffer_printf(out, "%" PRIu64 ".%09" PRIu64, value / 1000000000, value % 1000000000);
        break;
    }
}

void metric_head(struct buffer *out, const struct metric *metric)
{
    static const char *const kinds[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help, metric->name,
                  kinds[metric->kind]);
}

void metric_value(struct buffer *out, const struct metric *metric, const char *labels,
                  uint64_t value)
{
    bool has_labels = labels[0] != '\0';
    buffer_printf(out, has_labels ? "%s{%s} " : "%s%s ", metric->name, labels);
    append_number(out, metric->unit, value);
    buffer_append_text(out, TEXT("\n"));
}

/* NAME_part{labels} number */
static void append_part(struct buffer *out, const struct metric *metric, const char *part,
                        const char *labels, uint64_t value)
{
    bool has_labels = labels[0] != '\0';
    buffer_printf(out, has_labels ? "%s_%s{%s} " : "%s_%s%s ", metric->name, part, labels);
    enum metric_unit unit = part[0] == 's' ? metric->unit : METRIC_PIECES;
    append_number(out, unit, value);
    buffer_append_text(out, TEXT("\n"));
}

void metric_histogram(struct buffer *out, const struct metric *metric, const char *labels,
                      const struct histogram *histogram)
{
    ensure(metric->kind == METRIC_HISTOGRAM);
    ensure(metric->unit != METRIC_MS);
    const struct histogram_scale *scale =
        metric->unit == METRIC_NS ? &histogram_times : &histogram_sizes;
    const char *comma = labels[0] != '\0' ? "," : "";
    uint64_t within = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        within += histogram->counts[i];
        buffer_printf(out, "%s_bucket{%s%sle=\"", metric->name, labels, comma);
        append_number(out, metric->unit, scale->bounds[i]);
        buffer_printf(out, "\"} %" PRIu64 "\n", within);
    }
    within += histogram->counts[HISTOGRAM_BOUNDS];
    buffer_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", metric->name, labels, comma,
                  within);
    append_part(out, metric, "sum", labels, histogram->sum);
    append_part(out, metric, "count", labels, within);
}

void metric_rows(struct buffer *out, const struct metric_row *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        metric_head(out, &rows[i].metric);
        metric_value(out, &rows[i].metric, "", rows[i].value);
    }
}

const char *metric_label(const char *name, const char *value, char labels_out[METRIC_LABELS_SIZE])
{
    int length = snprintf(labels_out, METRIC_LABELS_SIZE, "%s=\"%s\"", name, value);
    ensure(length > 0);
    ensure(length < METRIC_LABELS_SIZE);
    return labels_out;
}
