/*
 * bench_load.c - checkouts over HTTP/1.1 on loopback, as lib/http_load.h runs a load.
 *
 *   bench_load PORT CARTS CONNECTIONS SECONDS [RATE]
 *
 * CARTS holds a line `cart-id token` per cart (bench_fill); each is bought once, with a key of its
 * own.
 */
#include "base/memory.h"
#include "lib/http_load.h"

#include <stdio.h>
#include <stdlib.h>

enum { ID_SIZE = 27, TOKEN_SIZE = 33 };

static const char body[] =
    "{\"contact\":{\"name\":\"Ada "
    "Example\",\"email\":\"ada.example@example.com\",\"phone\":\"+441234567890\"},"
    "\"shipping_address\":{\"name\":\"Ada Example\",\"line1\":\"12 Some Long "
    "Street\",\"city\":\"London\","
    "\"postal_code\":\"N1 9GU\",\"country\":\"GB\"}}";

struct cart {
    char id[ID_SIZE];
    char token[TOKEN_SIZE];
};

struct carts {
    struct cart *carts;
    uint64_t count;
    uint64_t next;
};

static void read_carts(struct carts *carts, const char *path)
{
    FILE *file = fopen(path, "r");
    ensure(file != NULL);
    uint64_t capacity = 1024;
    carts->carts = memory_alloc(capacity * sizeof *carts->carts);
    char line[128];
    while (fgets(line, sizeof line, file) != NULL) {
        if (carts->count == capacity)
            carts->carts = memory_resize(carts->carts, (capacity *= 2) * sizeof *carts->carts);
        struct cart *cart = &carts->carts[carts->count];
        if (sscanf(line, "%26s %32s", cart->id, cart->token) == 2)
            carts->count++;
    }
    ensure(fclose(file) == 0);
}

static bool next_checkout(void *owner, struct http_load_request *request)
{
    struct carts *carts = owner;
    if (carts->next == carts->count)
        return false;
    const struct cart *cart = &carts->carts[carts->next++];
    int length = snprintf(
        request->bytes, sizeof request->bytes,
        "POST /v1/carts/%s/checkout HTTP/1.1\r\nHost: bench\r\nCart-Token: %s\r\n"
        "Idempotency-Key: %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        cart->id, cart->token, cart->id, sizeof body - 1, body);
    ensure(length > 0);
    request->length = (uint32_t)length;
    request->kind = 0;
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        (void)fprintf(stderr, "usage: bench_load PORT CARTS CONNECTIONS SECONDS [RATE]\n");
        return 2;
    }
    struct carts carts = {0};
    read_carts(&carts, argv[2]);
    const struct http_load_result *result = http_load_run(&(struct http_load_options){
        .port = (uint16_t)strtoul(argv[1], NULL, 10),
        .connections = (uint32_t)strtoul(argv[3], NULL, 10),
        .seconds = strtod(argv[4], NULL),
        .rate = argc > 5 ? strtod(argv[5], NULL) : 0,
        .status = "201",
        .next = next_checkout,
        .owner = &carts,
    });
    printf("%.0f checkouts/s over HTTP for %.1f s (%lu, %lu refused), p50 %.2f ms, p99 %.2f ms, "
           "max %.1f ms; "
           "the load itself %.1f us each\n",
           (double)result->done / result->seconds, result->seconds, (unsigned long)result->done,
           (unsigned long)result->refused, http_load_percentile_ms(&result->all, 0.5),
           http_load_percentile_ms(&result->all, 0.99), (double)result->all.slowest_ns / 1e6,
           (double)result->cpu_ns / 1000.0 / (double)result->done);
    memory_free(carts.carts);
    return result->refused == 0 ? 0 : 1;
}
