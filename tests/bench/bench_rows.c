/*
 * bench_rows.c - the yardstick of bench/postgres: a checkout the ordinary way, as a web shop on a
 * database does it. One transaction each: the cart is read, its stock locked with SELECT FOR UPDATE
 * in the order of products, checked and taken, the order written with its lines and an event.
 *
 *   bench_rows URL PRODUCTS CONNECTIONS SECONDS [hot]
 *
 * Makes its tables anew in the schema `rows`. Carts are rolled like those of bench_fill and need no
 * rows: reading them is left out, in favour of this side.
 */
#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECTIONS_MAX = 64, LINES_MAX = 3, NUMBER_SIZE = 24 };
#define NS_PER_S 1e9

static const char tables_sql[] =
    "DROP SCHEMA IF EXISTS rows CASCADE; CREATE SCHEMA rows;"
    "CREATE TABLE rows.stock(product bigint PRIMARY KEY, price bigint NOT NULL,"
    " on_hand bigint NOT NULL, reserved bigint NOT NULL DEFAULT 0,"
    " CHECK(reserved >= 0 AND reserved <= on_hand)) WITH (fillfactor = 70);"
    "CREATE TABLE rows.orders(number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " key text NOT NULL UNIQUE, name text NOT NULL, email text NOT NULL, address text NOT NULL,"
    " total bigint NOT NULL, placed_at timestamptz NOT NULL DEFAULT now());"
    "CREATE TABLE rows.order_lines(number bigint, line bigint, product bigint NOT NULL,"
    " quantity bigint NOT NULL, price bigint NOT NULL, PRIMARY KEY(number, line));"
    "CREATE TABLE rows.events(event bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " number bigint NOT NULL)";

static const char *const statements[] = {
    "SELECT product, price, on_hand - reserved FROM rows.stock"
    " WHERE product = ANY($1::bigint[]) ORDER BY product FOR UPDATE",
    "UPDATE rows.stock SET reserved = reserved + 1 WHERE product = ANY($1::bigint[])",
    "INSERT INTO rows.orders(key, name, email, address, total)"
    " VALUES($1, 'Ada Example', 'ada.example@example.com',"
    " '12 Some Long Street, London, N1 9GU, GB', $2::bigint) RETURNING number",
    "INSERT INTO rows.order_lines SELECT $1::bigint, l.line, l.product, 1, 1"
    " FROM unnest($2::bigint[]) WITH ORDINALITY AS l(product, line)",
    "INSERT INTO rows.events(number) VALUES($1::bigint)",
};
enum { LOCK_STOCK, TAKE_STOCK, ADD_ORDER, ADD_LINES, ADD_EVENT };

struct shopper {
    const char *url;
    struct random random;
    uint32_t products;
    bool is_hot;
    double seconds;
    uint64_t done;
    pthread_t thread;
};

static PGresult *check(PGconn *connection, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        (void)fprintf(stderr, "bench_rows: %s", PQerrorMessage(connection));
        exit(1);
    }
    return result;
}

static void execute(PGconn *connection, const char *sql)
{
    PQclear(check(connection, PQexec(connection, sql)));
}

static PGresult *run(PGconn *connection, int statement, const char *first, const char *second)
{
    char name[NUMBER_SIZE];
    const char *const values[] = {first, second};
    (void)snprintf(name, sizeof name, "s%d", statement);
    return check(connection,
                 PQexecPrepared(connection, name, second == NULL ? 1 : 2, values, NULL, NULL, 0));
}

static PGconn *open_connection(const char *url)
{
    PGconn *connection = PQconnectdb(url);
    if (PQstatus(connection) != CONNECTION_OK) {
        (void)fprintf(stderr, "bench_rows: %s", PQerrorMessage(connection));
        exit(1);
    }
    return connection;
}

/* "{7,9}": different products, rolled like those of bench_shop.c. */
static void roll_cart(struct shopper *shopper, char *array_out, size_t size)
{
    uint64_t dice = random_below(&shopper->random, 100);
    uint32_t lines = dice < 93 ? 1 : 2 + (uint32_t)random_below(&shopper->random, 2);
    uint64_t product = random_below(&shopper->random, shopper->products) + 1;
    if (shopper->is_hot && random_below(&shopper->random, 2) == 0)
        product = 1;
    int end = snprintf(array_out, size, "{%llu", (unsigned long long)product);
    for (uint32_t i = 1; i < lines; i++)
        end += snprintf(array_out + end, size - (size_t)end, ",%llu",
                        (unsigned long long)(product + i * 7) % shopper->products + 1);
    (void)snprintf(array_out + end, size - (size_t)end, "}");
}

static void check_out(struct shopper *shopper, PGconn *connection)
{
    char products[LINES_MAX * NUMBER_SIZE];
    char key[NUMBER_SIZE];
    char number[NUMBER_SIZE];
    char total[NUMBER_SIZE];
    long long sum = 0;
    roll_cart(shopper, products, sizeof products);
    (void)snprintf(key, sizeof key, "%016llx", (unsigned long long)random_u64(&shopper->random));
    execute(connection, "BEGIN");
    PGresult *locked = run(connection, LOCK_STOCK, products, NULL);
    for (int i = 0; i < PQntuples(locked); i++) {
        ensure(strtoll(PQgetvalue(locked, i, 2), NULL, 10) > 0);
        sum += strtoll(PQgetvalue(locked, i, 1), NULL, 10);
    }
    PQclear(locked);
    PQclear(run(connection, TAKE_STOCK, products, NULL));
    (void)snprintf(total, sizeof total, "%lld", sum);
    PGresult *order = run(connection, ADD_ORDER, key, total);
    (void)snprintf(number, sizeof number, "%s", PQgetvalue(order, 0, 0));
    PQclear(order);
    PQclear(run(connection, ADD_LINES, number, products));
    PQclear(run(connection, ADD_EVENT, number, NULL));
    execute(connection, "COMMIT");
    shopper->done++;
}

static void *shop(void *context)
{
    struct shopper *shopper = context;
    PGconn *connection = open_connection(shopper->url);
    for (int i = 0; i < (int)countof(statements); i++) {
        char name[NUMBER_SIZE];
        (void)snprintf(name, sizeof name, "s%d", i);
        PQclear(check(connection, PQprepare(connection, name, statements[i], 0, NULL)));
    }
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)(shopper->seconds * NS_PER_S);
    while (clock_monotonic_ns() < until_ns)
        check_out(shopper, connection);
    PQfinish(connection);
    return NULL;
}

static void make_tables(const char *url, uint32_t products)
{
    char sql[160];
    PGconn *connection = open_connection(url);
    execute(connection, "SET client_min_messages = warning");
    execute(connection, tables_sql);
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO rows.stock SELECT p, 199, 10000000 FROM generate_series(1, %u) p",
                   products);
    execute(connection, sql);
    execute(connection, "VACUUM ANALYZE rows.stock");
    execute(connection, "CHECKPOINT");
    PQfinish(connection);
}

int main(int argc, char **argv)
{
    static struct shopper shoppers[CONNECTIONS_MAX];
    if (argc < 5) {
        (void)fprintf(stderr, "usage: bench_rows URL PRODUCTS CONNECTIONS SECONDS [hot]\n");
        return 2;
    }
    uint32_t products = (uint32_t)strtoul(argv[2], NULL, 10);
    uint32_t count = (uint32_t)strtoul(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL);
    uint64_t done = 0;
    ensure(count > 0 && count <= CONNECTIONS_MAX);
    make_tables(argv[1], products);
    (void)printf("ready\n");
    (void)fflush(stdout);
    for (uint32_t i = 0; i < count; i++) {
        shoppers[i] = (struct shopper){.url = argv[1],
                                       .random = {i + 1},
                                       .products = products,
                                       .is_hot = argc > 5,
                                       .seconds = seconds};
        ensure(pthread_create(&shoppers[i].thread, NULL, shop, &shoppers[i]) == 0);
    }
    for (uint32_t i = 0; i < count; i++) {
        ensure(pthread_join(shoppers[i].thread, NULL) == 0);
        done += shoppers[i].done;
    }
    (void)printf("%.0f checkouts/s for %.1f s (%llu)\n", (double)done / seconds, seconds,
                 (unsigned long long)done);
    return 0;
}
