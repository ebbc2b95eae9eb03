/* The memory of requests: kept for the next one, but for what a large one took. */
#include "net/exchange.h"
#include "test.h"

#include <string.h>

enum { PAGE = 24 * 1024, LARGE = 40 * 1024, KEPT_MAX = 32 * 1024 };

static int open_pool(void **state)
{
    static struct exchange_pool pool;
    exchange_pool_init(&pool, NULL, 0,
                       (struct parse_limits){.header_bytes_max = 4096, .body_bytes_max = 65536});
    *state = &pool;
    return 0;
}

static int close_pool(void **state)
{
    exchange_pool_release(*state);
    return 0;
}

/* Answers with so many bytes, gives the exchange back, and tells what it kept of them. */
static size_t kept_after(struct exchange_pool *pool, size_t reply_size)
{
    struct exchange *exchange = exchange_take(pool);
    exchange_prepare(exchange);
    memset(buffer_extend(&exchange->request.reply, reply_size), 'x', reply_size);
    exchange_give_back(pool, exchange);
    struct exchange *again = exchange_take(pool);
    size_t kept = again->request.reply.capacity;
    assert_ptr_equal(again, exchange);
    assert_int_equal(again->request.reply.length, 0);
    exchange_give_back(pool, again);
    return kept;
}

static void a_page_stays_and_what_is_larger_goes(void **state)
{
    assert_in_range(kept_after(*state, PAGE), PAGE, KEPT_MAX);
    assert_in_range(kept_after(*state, LARGE), 1, PAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_stays_and_what_is_larger_goes, open_pool,
                                        close_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
