/*
 * bench_fill.c - a data folder ready for a load test over HTTP: products, stock, and carts to be
 * bought.
 *
 *   bench_fill FOLDER PRODUCTS CARTS OUT [wholesale | hot]
 *   bench_fill FOLDER PRODUCTS 0 OUT
 *
 * A folder that has so many products already gets the carts alone. Writes a line `cart-id token`
 * per cart to OUT, for bench_load; without carts the ids of all products, for bench_shoppers.
 */
#include "api/public_id.h"
#include "lib/bench_shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum bench_carts kind_of(const char *word)
{
    return strcmp(word, "wholesale") == 0 ? BENCH_WHOLESALE
           : strcmp(word, "hot") == 0     ? BENCH_HOT
                                          : BENCH_CONSUMERS;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        (void)fprintf(stderr, "usage: bench_fill FOLDER PRODUCTS CARTS OUT [wholesale | hot]\n");
        return 2;
    }
    struct bench_shop bench;
    uint64_t count = strtoull(argv[3], NULL, 10);
    bench_shop_open(&bench, argv[1], (uint32_t)strtoul(argv[2], NULL, 10));
    if (count > 0)
        bench_shop_fill_carts(&bench, 1, count, kind_of(argc > 5 ? argv[5] : ""));

    uint8_t secret[HASH_SECRET_SIZE];
    store_secret(bench.open.store, secret);
    FILE *out = fopen(argv[4], "w");
    ensure(out != NULL);
    for (uint64_t i = 0; i < count; i++) {
        char id[PUBLIC_ID_SIZE];
        char token[CART_TOKEN_SIZE];
        public_id_write(secret, ID_CART, bench_shop_cart(&bench, 1 + i), id);
        cart_token_write(secret, bench_shop_cart(&bench, 1 + i), token);
        ensure(fprintf(out, "%s %s\n", id, token) > 0);
    }
    for (uint32_t i = 0; i < bench.product_count && count == 0; i++) {
        char id[PUBLIC_ID_SIZE];
        public_id_write(secret, ID_PRODUCT, 1 + i, id);
        ensure(fprintf(out, "%s\n", id) > 0);
    }
    ensure(fclose(out) == 0);
    bench_shop_close(&bench);
    return 0;
}
