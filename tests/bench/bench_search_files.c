/*
 * bench_search_files.c - what a load test of the search over HTTP needs.
 *
 *   bench_search_files PRODUCTS|FILE.tsv QUESTIONS [PRODUCTS.tsv]
 *
 * Writes 200 questions of each class in turn, a line `class target` each, about generated products
 * or those of a file; and the products as `shopd import` reads them.
 */
#include "base/memory.h"
#include "lib/bench_catalog.h"
#include "lib/bench_questions.h"
#include "lib/tsv_shop.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { VARIANTS = 200 };

static void write_questions(const struct shop *shop, const char *path)
{
    struct bench_questions questions;
    struct arena arena;
    arena_init(&arena, 1 << 16, (size_t)1 << 30);
    bench_questions_open(&questions, shop, 2, &arena);
    FILE *file = fopen(path, "w");
    ensure(file != NULL);
    for (uint32_t i = 0; i < VARIANTS; i++) {
        for (int class = 0; class <= BENCH_Q9; class ++) {
            struct search_query query =
                bench_question(&questions, (enum bench_class) class, &arena);
            struct text target =
                bench_question_target(shop, (enum bench_class) class, &query, &arena);
            ensure(fprintf(file, "%s %.*s\n", bench_class_names[class], TEXT_ARGS(target)) > 0);
        }
    }
    ensure(fclose(file) == 0);
    arena_release(&arena);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr,
                      "usage: bench_search_files PRODUCTS|FILE.tsv QUESTIONS [PRODUCTS.tsv]\n");
        return 2;
    }
    struct shop shop;
    shop_init(&shop);
    if (isdigit((unsigned char)argv[1][0])) {
        struct bench_catalog *catalog = memory_alloc(sizeof *catalog);
        bench_catalog_open(catalog, 1);
        bench_catalog_fill(catalog, &shop, (uint32_t)strtoul(argv[1], NULL, 10));
        bench_catalog_close(catalog);
        memory_free(catalog);
    } else {
        tsv_shop_fill(&shop, argv[1]);
    }
    write_questions(&shop, argv[2]);
    if (argc > 3)
        tsv_shop_write(&shop, argv[3]);
    shop_release(&shop);
    return 0;
}
