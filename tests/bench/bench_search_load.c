/*
 * bench_search_load.c - searches over HTTP/1.1 on loopback, as lib/http_load.h runs a load.
 *
 *   bench_search_load PORT QUESTIONS CONNECTIONS SECONDS [RATE]
 *
 * QUESTIONS holds a line `class target` per question (bench_search_files); they are asked in turn
 * until the time is over. Those of Q7 get cursors from deep within their lists first.
 */
#include "base/memory.h"
#include "lib/bench_questions.h"
#include "lib/http_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 2048, PAGES_BETWEEN = 25, CURSORS_PER_WALK = 20 };

struct question {
    uint32_t kind;
    char target[LINE_SIZE];
};

struct questions {
    struct question *questions;
    uint32_t count;
    uint32_t capacity;
    uint64_t turn;
};

static uint32_t kind_of(const char *name)
{
    for (uint32_t class = 0; class < BENCH_CLASS_COUNT; class ++) {
        if (strcmp(name, bench_class_names[class]) == 0)
            return class;
    }
    ensure(false);
    return 0;
}

static void read_questions(struct questions *all, const char *path)
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "r");
    ensure(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        char *space = strchr(line, ' ');
        ensure(space != NULL);
        *space = '\0';
        if (all->count == all->capacity)
            all->questions = memory_grow(all->questions, &all->capacity, sizeof *all->questions);
        struct question *question = &all->questions[all->count++];
        question->kind = kind_of(line);
        (void)snprintf(question->target, sizeof question->target, "%.*s",
                       (int)strcspn(space + 1, "\n"), space + 1);
    }
    ensure(fclose(file) == 0);
}

/* The next page's cursor in an answer; false at the end of the list. */
static bool read_cursor(const char *body, char *cursor_out)
{
    static const char key[] = "\"next_cursor\":\"";
    const char *start = strstr(body, key);
    if (start == NULL)
        return false;
    start += sizeof key - 1;
    (void)snprintf(cursor_out, LINE_SIZE, "%.*s", (int)strcspn(start, "\""), start);
    return true;
}

/* Walks through a question's list and puts pages of it in the place of the next ones of its kind.
 */
static uint32_t deepen(struct questions *all, uint32_t first, uint16_t port)
{
    char target[2 * LINE_SIZE];
    char cursor[LINE_SIZE] = "";
    char base[LINE_SIZE];
    memcpy(base, all->questions[first].target, sizeof base);
    uint32_t kept = 0;
    uint32_t at = first;
    for (uint32_t page = 1; kept < CURSORS_PER_WALK; page++) {
        const char *rest = strchr(base, '&'); /* behind the limit, which comes first */
        ensure(rest != NULL);
        (void)snprintf(target, sizeof target, "/v1/products?limit=100%s%s%s", rest,
                       cursor[0] == '\0' ? "" : "&cursor=", cursor);
        if (!read_cursor(http_load_get(port, target), cursor))
            break;
        if (page % PAGES_BETWEEN != 0)
            continue;
        while (at < all->count && all->questions[at].kind != BENCH_Q7)
            at++;
        if (at == all->count)
            break;
        (void)snprintf(all->questions[at].target, LINE_SIZE, "%.1000s&cursor=%.1000s", base,
                       cursor);
        at++;
        kept++;
    }
    return at > first ? at : first + 1;
}

static void deepen_all(struct questions *all, uint16_t port)
{
    uint32_t at = 0;
    while (at < all->count) {
        if (all->questions[at].kind == BENCH_Q7)
            at = deepen(all, at, port);
        else
            at++;
    }
}

static bool next_question(void *owner, struct http_load_request *request)
{
    struct questions *all = owner;
    const struct question *question = &all->questions[all->turn++ % all->count];
    int length = snprintf(request->bytes, sizeof request->bytes,
                          "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", question->target);
    ensure(length > 0 && length < (int)sizeof request->bytes);
    request->length = (uint32_t)length;
    request->kind = question->kind;
    return true;
}

static void print_kind(const char *name, const struct http_load_kind *kind)
{
    if (kind->done > 0)
        printf("http %s %lu %.2f %.2f %.2f\n", name, (unsigned long)kind->done,
               http_load_percentile_ms(kind, 0.5), http_load_percentile_ms(kind, 0.99),
               (double)kind->slowest_ns / 1e6);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        (void)fprintf(stderr,
                      "usage: bench_search_load PORT QUESTIONS CONNECTIONS SECONDS [RATE]\n");
        return 2;
    }
    struct questions all = {0};
    uint16_t port = (uint16_t)strtoul(argv[1], NULL, 10);
    read_questions(&all, argv[2]);
    deepen_all(&all, port);
    const struct http_load_result *result = http_load_run(&(struct http_load_options){
        .port = port,
        .connections = (uint32_t)strtoul(argv[3], NULL, 10),
        .seconds = strtod(argv[4], NULL),
        .rate = argc > 5 ? strtod(argv[5], NULL) : 0,
        .status = "200",
        .next = next_question,
        .owner = &all,
    });
    printf(
        "%.0f searches/s over HTTP for %.1f s (%lu, %lu refused), the load itself %.1f us each\n",
        (double)result->done / result->seconds, result->seconds, (unsigned long)result->done,
        (unsigned long)result->refused, (double)result->cpu_ns / 1000.0 / (double)result->done);
    printf("# http class requests p50_ms p99_ms max_ms\n");
    print_kind("all", &result->all);
    for (uint32_t kind = 0; kind < BENCH_CLASS_COUNT; kind++)
        print_kind(bench_class_names[kind], &result->kinds[kind]);
    memory_free(all.questions);
    return result->refused == 0 ? 0 : 1;
}
