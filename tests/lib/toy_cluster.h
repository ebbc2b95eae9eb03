/*
 * toy_cluster.h - as much of a search cluster as the elastic back end feeds: it takes documents by
 * bulk, keeps the position, moves the alias. What it is to answer otherwise, a test tells it:
 *
 *   toy_cluster_answer(&toy, "_bulk", 2, 429, "{}");   the next two bulks
 *
 * It writes down every call ("POST /shopd/_bulk") and keeps the documents. Any thread.
 */
#ifndef TESTS_LIB_TOY_CLUSTER_H
#define TESTS_LIB_TOY_CLUSTER_H

#include "base/buffer.h"
#include "net/server.h"

#include <pthread.h>
#include <stdbool.h>

enum { TOY_CLUSTER_DOCUMENTS = 4096, TOY_CLUSTER_RULES = 16 };

struct toy_rule {
    const char *part; /* of the path */
    uint32_t times;   /* left */
    int status;       /* 0: no answer at all until toy_cluster_close() */
    const char *body;
};

struct toy_cluster {
    struct server *server;
    uint16_t port;
    char url[64];
    pthread_mutex_t mutex;
    struct buffer calls; /* a line each */
    struct toy_rule rules[TOY_CLUSTER_RULES];
    uint32_t rule_count;
    uint32_t sent[TOY_CLUSTER_DOCUMENTS];     /* how often a document of this number came */
    uint64_t versions[TOY_CLUSTER_DOCUMENTS]; /* its last one */
    bool is_there[TOY_CLUSTER_DOCUMENTS];
    char position[512]; /* as kept; empty = none */
    char alias_of[128]; /* the index that the alias leads to; empty = none */
    char authorization[128];
    char last_actions[1024]; /* of _aliases */
    struct request *held[64];
    uint32_t held_count;
};

void toy_cluster_open(struct toy_cluster *toy);
/* Lets go what it holds, first. */
void toy_cluster_close(struct toy_cluster *toy);
void toy_cluster_let_go(struct toy_cluster *toy);
void toy_cluster_answer(struct toy_cluster *toy, const char *part, uint32_t times, int status,
                        const char *body);
/* How many calls had this in their line. */
uint32_t toy_cluster_count(struct toy_cluster *toy, const char *part);
/* Is this part of the position it keeps? */
bool toy_cluster_position_has(struct toy_cluster *toy, const char *part);
/* How many requests it holds. */
uint32_t toy_cluster_held(struct toy_cluster *toy);
/* Forgets everything it was sent. */
void toy_cluster_lose_all(struct toy_cluster *toy);
uint32_t toy_cluster_sent(struct toy_cluster *toy, uint32_t number);
/* Forgets the calls and how often documents came. */
void toy_cluster_forget_calls(struct toy_cluster *toy);

#endif
