/*
 * bench_questions.h - what shoppers ask of a catalogue, in classes; made from the words, brands and
 * prices of random products of it, so a frequent word is asked for often.
 */
#ifndef TESTS_LIB_BENCH_QUESTIONS_H
#define TESTS_LIB_BENCH_QUESTIONS_H

#include "base/random.h"
#include "search/query.h"
#include "shop/shop.h"

enum bench_class {
    BENCH_Q1, /* category, price range, rating; by rating */
    BENCH_Q2, /* the same by price */
    BENCH_Q3, /* two words, half of them with filters; by relevance, with facets */
    BENCH_Q4, /* a very common word, in stock; by price */
    BENCH_Q5, /* an unfinished word, to be completed: its words are for search_suggest() */
    BENCH_Q6, /* a slip of the pen */
    BENCH_Q7, /* a page deep within a long list; the cursor is the caller's */
    BENCH_Q8, /* everything, newest first */
    BENCH_Q9, /* what is not there */
    BENCH_QA, /* a brand and an attribute in a top category; beyond the nine, like the next */
    BENCH_QF, /* everything, with facets */
    BENCH_CLASS_COUNT
};
extern const char *const bench_class_names[BENCH_CLASS_COUNT];

enum { BENCH_COMMON_WORDS = 8 };

struct bench_questions {
    const struct shop *shop;
    struct random random;
    struct text common[BENCH_COMMON_WORDS]; /* those that stand in most names */
};

/* Counts the words of every name; their texts live in the arena. */
void bench_questions_open(struct bench_questions *questions, const struct shop *shop, uint64_t seed,
                          struct arena *arena);
/* One of the endless questions of a class; another at every call. */
struct search_query bench_question(struct bench_questions *questions, enum bench_class class,
                                   struct arena *arena);

/* The same as a path and query string of the API, without a cursor. */
struct text bench_question_target(const struct shop *shop, enum bench_class class,
                                  const struct search_query *query, struct arena *arena);

#endif
