#include "cli/top/scrape.h"

#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { METRIC_NAME_MAX = 128, PERMILLE = 1000 };
#define NS_PER_S 1e9

/* NAME{LABELS} VALUE or NAME VALUE; a label's value may hold braces, but no line of ours a space
 * behind them other than the one before the value. */
static bool read_line(struct text line, struct sample *sample_out)
{
    const char *space = memrchr(line.data, ' ', line.length);
    if (line.length == 0 || line.data[0] == '#' || space == NULL)
        return false;
    struct text name = {line.data, (uint32_t)(space - line.data)};
    struct text labels = TEXT("");
    const char *brace = memchr(name.data, '{', name.length);
    if (brace != NULL && name.data[name.length - 1] == '}') {
        labels = (struct text){brace + 1, name.length - (uint32_t)(brace - name.data) - 2};
        name.length = (uint32_t)(brace - name.data);
    }
    char *end = NULL;
    double value = strtod(space + 1, &end);
    *sample_out = (struct sample){name, labels, value};
    return end != space + 1 && name.length > 0;
}

void scrape_read(struct scrape *scrape, struct text body, uint64_t taken_ns)
{
    *scrape = (struct scrape){.bytes = memory_alloc((size_t)body.length + 1), .taken_ns = taken_ns};
    if (body.length > 0)
        memcpy(scrape->bytes, body.data, body.length);
    scrape->bytes[body.length] = '\0';
    struct text rest = {scrape->bytes, body.length};
    struct text line;
    uint32_t capacity = 0;
    while (text_cut(&rest, '\n', &line)) {
        struct sample sample;
        if (!read_line(line, &sample))
            continue;
        if (scrape->count == capacity)
            scrape->samples = memory_grow(scrape->samples, &capacity, sizeof(*scrape->samples));
        scrape->samples[scrape->count++] = sample;
    }
}

void scrape_release(struct scrape *scrape)
{
    memory_free(scrape->samples);
    memory_free(scrape->bytes);
    *scrape = (struct scrape){0};
}

double scrape_value(const struct scrape *scrape, const char *name, struct text labels)
{
    for (uint32_t i = 0; i < scrape->count; i++) {
        const struct sample *sample = &scrape->samples[i];
        if (text_equal(sample->name, text_of(name)) && text_equal(sample->labels, labels))
            return sample->value;
    }
    return 0;
}

double scrape_sum(const struct scrape *scrape, const char *name)
{
    double sum = 0;
    for (uint32_t i = 0; i < scrape->count; i++) {
        if (text_equal(scrape->samples[i].name, text_of(name)))
            sum += scrape->samples[i].value;
    }
    return sum;
}

double span_growth(const struct span *span, const char *name, struct text labels)
{
    double before = scrape_value(span->before, name, labels);
    double now = scrape_value(span->now, name, labels);
    return now >= before ? now - before : now;
}

double span_seconds(const struct span *span)
{
    return (double)(span->now->taken_ns - span->before->taken_ns) / NS_PER_S;
}

/* The bucket's upper bound when the sample is one of this histogram with these labels. */
static bool bucket_of(const struct sample *sample, const char *bucket_name, struct text labels,
                      struct text *bound_out)
{
    static const char bound_label[] = "le=\"";
    uint32_t comma = labels.length > 0 ? 1 : 0;
    uint32_t skip = labels.length + comma + (uint32_t)sizeof(bound_label) - 1;
    if (!text_equal(sample->name, text_of(bucket_name)) || sample->labels.length <= skip)
        return false;
    struct text begin = {sample->labels.data, labels.length};
    if (!text_equal(begin, labels) || memcmp(sample->labels.data + labels.length + comma,
                                             bound_label, sizeof(bound_label) - 1) != 0)
        return false;
    *bound_out = (struct text){sample->labels.data + skip, sample->labels.length - skip - 1};
    return true;
}

double span_quantile(const struct span *span, const char *name, struct text labels,
                     uint32_t permille)
{
    char bucket_name[METRIC_NAME_MAX];
    char count_name[METRIC_NAME_MAX];
    ensure(strlen(name) + sizeof("_bucket") <= sizeof(bucket_name));
    (void)snprintf(bucket_name, sizeof(bucket_name), "%s_bucket", name);
    (void)snprintf(count_name, sizeof(count_name), "%s_count", name);
    double rank = span_growth(span, count_name, labels) * permille / PERMILLE;
    double low = 0;
    double within = 0;
    for (uint32_t i = 0; i < span->now->count && rank > 0; i++) {
        const struct sample *sample = &span->now->samples[i];
        struct text bound;
        if (!bucket_of(sample, bucket_name, labels, &bound) || text_equal(bound, TEXT("+Inf")))
            continue;
        double high = strtod(bound.data, NULL);
        double upto = span_growth(span, bucket_name, sample->labels);
        if (upto >= rank)
            return low + (high - low) * (rank - within) / (upto - within);
        low = high;
        within = upto;
    }
    return low;
}
