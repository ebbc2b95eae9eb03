/*
 * answer.h - what a cluster answered. Nothing is believed: anything that is not as it should be
 * makes the whole answer malformed, and whoever asked treats it like no answer.
 */
#ifndef SEARCH_ELASTIC_ANSWER_H
#define SEARCH_ELASTIC_ANSWER_H

#include "base/buffer.h"
#include "search/elastic/body.h"

#include <jansson.h>

struct answer_shape {
    const struct body_spec *spec;
    const struct view *view; /* brands are shown as their first product writes them */
    struct arena *arena;
};

/* NULL when it is no JSON object. Released with json_decref(). */
json_t *answer_parse(const struct buffer *body) MUST_USE;
/* False: malformed, partial or timed out. */
bool answer_read_search(json_t *answer, const struct answer_shape *shape,
                        struct search_result *result_out) MUST_USE;
/* What body_write_probe() asked: how many products have each word. */
bool answer_read_probe(json_t *answer, struct asked *asked) MUST_USE;
/* From the same answer. Words that no product has are completed (the last one) or corrected, then
 * words that look like a slip for a much more frequent one; false when there are none. */
bool answer_repair_unknown(json_t *answer, struct asked *asked, const struct asked_reader *reader);
bool answer_repair_rare(json_t *answer, struct asked *asked, const struct asked_reader *reader);

/* An integer from 0 up to `most`; false when it is anything else. */
bool answer_u64(json_t *object, const char *key, uint64_t most, uint64_t *value_out) MUST_USE;

#endif
