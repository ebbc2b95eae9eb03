/*
 * node_bed.h - a catalogue with the index in memory over it, and the elastic back end beside it on
 * the node whose address is in ELASTIC_URL.
 */
#ifndef TESTS_ELASTIC_NODE_BED_H
#define TESTS_ELASTIC_NODE_BED_H

#include "lib/search_bed.h"

/* Answers before the call returns: waits for the one within. */
struct patient {
    struct search_backend backend;
    struct search_backend *elastic;
};

struct node_bed {
    struct search_bed bed; /* its back end is the index */
    struct patient cluster;
    uint64_t event; /* atomic */
};

/* What both are told. */
extern const struct text node_bed_synonyms;

/* So many products of the catalogue fixture; returns when the cluster has them. */
void node_bed_open(struct node_bed *bed, uint64_t seed, uint32_t products);
/* The same around a search_bed that is open already. */
void node_bed_attach(struct node_bed *bed, uint64_t seed);
void node_bed_close(struct node_bed *bed);
/* Returns when everything published so far can be found in the cluster. */
void node_bed_settle(struct node_bed *bed);

#endif
