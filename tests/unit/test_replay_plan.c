#include "cli/replay/replay_books.h"
#include "cli/replay/replay_plan.h"
#include "cli/replay/replay_stats.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define HEADER "order_id\tcustomer_id\tsku\tquantity\tkind\tcountry\tcancels_order\n"

enum { TEXT_SIZE = 2048 };

struct file {
    struct text rest;
    char bad[TEXT_SIZE];
};

static size_t read_file(void *context, char *bytes_out, size_t size)
{
    struct file *file = context;
    size_t got = file->rest.length < size ? file->rest.length : size;
    memcpy(bytes_out, file->rest.data, got);
    file->rest.data += got;
    file->rest.length -= (uint32_t)got;
    return got;
}

static void note_bad_line(void *context, uint64_t line, const char *reason)
{
    struct file *file = context;
    size_t used = strlen(file->bad);
    (void)snprintf(file->bad + used, sizeof(file->bad) - used, "%llu: %s; ",
                   (unsigned long long)line, reason);
}

static void read_plan(struct replay_plan *plan, const char *text, uint32_t orders_max,
                      struct file *file)
{
    *file = (struct file){.rest = text_of(text)};
    struct table_source source = {.read = read_file, .context = file};
    struct replay_plan_options options = {
        .orders_max = orders_max, .on_bad_line = note_bad_line, .context = file};
    replay_plan_init(plan);
    replay_plan_read(plan, source, &options);
}

/* "place 1 A3 B2; cancel 1 A1; return A5; " */
static void show_plan(const struct replay_plan *plan, char *out)
{
    static const char *const kinds[] = {"place", "cancel", "return"};
    out[0] = '\0';
    for (uint32_t i = 0; i < plan->job_count; i++) {
        const struct replay_job *job = &plan->jobs[i];
        size_t used = strlen(out);
        (void)snprintf(out + used, TEXT_SIZE - used, "%s", kinds[job->kind]);
        used = strlen(out);
        if (job->kind != REPLAY_RETURN)
            (void)snprintf(out + used, TEXT_SIZE - used, " %s",
                           plan->order_ids.texts[job->order].data);
        for (uint32_t j = 0; j < job->line_count; j++) {
            const struct replay_line *line = &plan->lines[job->first_line + j];
            used = strlen(out);
            (void)snprintf(out + used, TEXT_SIZE - used, " %s%u",
                           plan->skus.texts[line->product].data, line->quantity);
        }
        used = strlen(out);
        (void)snprintf(out + used, TEXT_SIZE - used, "; ");
    }
}

static void assert_plan(const char *rows, const char *jobs, const char *bad)
{
    struct replay_plan plan;
    struct file file;
    char text[TEXT_SIZE];
    char shown[TEXT_SIZE];
    (void)snprintf(text, sizeof(text), "%s%s", HEADER, rows);
    read_plan(&plan, text, 0, &file);
    show_plan(&plan, shown);
    assert_string_equal(shown, jobs);
    assert_string_equal(file.bad, bad);
    replay_plan_release(&plan);
}

static void lines_of_an_order_become_one_job_and_the_same_product_merges(void **state)
{
    (void)state;
    assert_plan("1\t7\tA\t1\tS\tFrance\t\n1\t7\tB\t2\tS\tFrance\t\n1\t7\tA\t2\tS\tFrance\t\n"
                "2\t\ta\t1\tS\t\t\n",
                "place 1 A3 B2; place 2 a1; ", "");
}

static void a_cancellation_takes_from_the_order_it_names(void **state)
{
    (void)state;
    assert_plan("1\t\tA\t3\tS\t\t\n1\t\tB\t1\tS\t\t\n"
                "C1\t\tA\t-2\tC\t\t1\nC1\t\tB\t-1\tC\t\t1\nC2\t\tA\t-1\tC\t\t1\n",
                "place 1 A3 B1; cancel 1 A2 B1; cancel 1 A1; ", "");
}

static void what_exceeds_the_rest_or_names_no_order_is_returned(void **state)
{
    (void)state;
    assert_plan("1\t\tA\t3\tS\t\t\nC1\t\tA\t-2\tC\t\t1\nC2\t\tA\t-2\tC\t\t1\n"
                "C2\t\tA\t-1\tC\t\t\nC3\t\tA\t-1\tC\t\t1\nC4\t\tA\t-9\tC\t\t8\n",
                "place 1 A3; cancel 1 A2; return A3; cancel 1 A1; return A9; ", "");
}

static void a_bad_line_is_named_and_left_out(void **state)
{
    (void)state;
    assert_plan("1\t\tA\t3\tX\t\t\n1\t\tA\t-3\tS\t\t\n\t\tA\t1\tS\t\t\n2\t\t\t1\tS\t\t\n"
                "2\t\tA\t0\tS\t\t\n2\t\tA\t1\tS\t\t\n3\t\tA\t1\tS\t\t\n2\t\tA\t1\tS\t\t\n",
                "place 2 A1; place 3 A1; ",
                "2: kind is neither S nor C; 3: quantity has the wrong sign; 4: no order_id; "
                "5: no sku; 6: quantity is not a number from 1 to 1,000,000; "
                "9: lines of one order do not stand together; ");
    assert_plan("1\t\tA\t3\tS\t\t\n1\t\tA\t-1\tC\t\t1\n1\t\tA\t3\tS\t\t\n",
                "place 1 A3; cancel 1 A1; ", "4: an S line behind C lines of the same order; ");
}

static void the_limit_ends_the_plan_before_the_next_order(void **state)
{
    (void)state;
    struct replay_plan plan;
    struct file file;
    char shown[TEXT_SIZE];
    read_plan(&plan, HEADER "1\t\tA\t3\tS\t\t\nC1\t\tA\t-1\tC\t\t1\n2\t\tA\t3\tS\t\t\n", 1, &file);
    show_plan(&plan, shown);
    assert_string_equal(shown, "place 1 A3; cancel 1 A1; ");
    replay_plan_release(&plan);
}

static void the_country_becomes_its_code(void **state)
{
    (void)state;
    struct replay_plan plan;
    struct file file;
    read_plan(&plan, HEADER "1\t\tA\t3\tS\tEIRE\t\n2\t\tA\t3\tS\tUnspecified\t\n", 0, &file);
    assert_string_equal(plan.orders[0].country, "IE");
    assert_string_equal(plan.orders[1].country, "");
    assert_int_equal(plan.orders[0].customer, REPLAY_GUEST);
    replay_plan_release(&plan);
}

static void the_books_refuse_exactly_what_cannot_be_filled(void **state)
{
    (void)state;
    static const char rows[] =
        HEADER "1\t\tA\t3\tS\t\t\n2\t\tA\t2\tS\t\t\n2\t\tB\t1\tS\t\t\nC1\t\tA\t-2\tC\t\t1\n"
               "C2\t\tA\t-1\tC\t\t2\n3\t\tA\t3\tS\t\t\nC3\t\tA\t-1\tC\t\t\n4\t\tA\t1\tS\t\t\n";
    static const struct {
        uint64_t on_hand;
        bool accepted[4];
        uint64_t on_hand_after;
        uint64_t reserved_after;
    } examples[] = {
        {7, {true, true, true, true}, 8, 6},
        {5, {true, true, true, true}, 6, 6},
        {4, {true, false, true, true}, 5, 5},
        {2, {false, true, false, true}, 3, 2},
    };
    for (size_t i = 0; i < countof(examples); i++) {
        struct replay_plan plan;
        struct replay_books books;
        struct file file;
        bool accepted[4] = {false};
        read_plan(&plan, rows, 0, &file);
        replay_books_init(&books, plan.skus.count);
        books.rows[0] = (struct replay_book){.on_hand = examples[i].on_hand, .is_known = true};
        books.rows[1] = (struct replay_book){.on_hand = 9, .is_known = true};
        replay_books_predict(&books, &plan, accepted);
        assert_memory_equal(accepted, examples[i].accepted, sizeof(accepted));
        assert_int_equal(books.rows[0].on_hand, examples[i].on_hand_after);
        assert_int_equal(books.rows[0].reserved, examples[i].reserved_after);
        replay_books_release(&books);
        replay_plan_release(&plan);
    }
}

static void times_and_codes_are_merged(void **state)
{
    (void)state;
    struct replay_stats all;
    struct replay_stats one;
    replay_stats_init(&all);
    for (uint32_t i = 0; i < 4; i++) {
        replay_stats_init(&one);
        for (uint32_t j = 0; j < 250; j++)
            replay_stats_add_time(&one, REPLAY_REQUEST_CHECKOUT, (4 * j + i + 1) * 1000);
        replay_stats_add_code(&one, i % 2 ? "out_of_stock" : "cart_empty", 2);
        replay_stats_merge(&all, &one);
        replay_stats_release(&one);
    }
    struct replay_times *times = &all.times[REPLAY_REQUEST_CHECKOUT];
    replay_times_sort(times);
    assert_int_equal(times->count, 1000);
    assert_int_equal(replay_times_quantile_us(times, 500), 500);
    assert_int_equal(replay_times_quantile_us(times, 990), 990);
    assert_int_equal(replay_times_quantile_us(times, 1000), 1000);
    assert_string_equal(all.codes[0].code, "cart_empty");
    assert_int_equal(all.codes[0].count, 4);
    assert_int_equal(all.codes[1].count, 4);
    replay_stats_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_an_order_become_one_job_and_the_same_product_merges),
        cmocka_unit_test(a_cancellation_takes_from_the_order_it_names),
        cmocka_unit_test(what_exceeds_the_rest_or_names_no_order_is_returned),
        cmocka_unit_test(a_bad_line_is_named_and_left_out),
        cmocka_unit_test(the_limit_ends_the_plan_before_the_next_order),
        cmocka_unit_test(the_country_becomes_its_code),
        cmocka_unit_test(the_books_refuse_exactly_what_cannot_be_filled),
        cmocka_unit_test(times_and_codes_are_merged),
    };
    return cmocka_run_group_tests_name("replay_plan", tests, NULL, NULL);
}
