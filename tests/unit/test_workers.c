/* Workers: every task is run once, too many are refused, stopping finishes what waits. */
#include "app/workers.h"
#include "test.h"

#include <pthread.h>

enum { TASKS = 50 };

struct counted {
    struct worker_task task;
    uint32_t runs; /* atomic */
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void count(struct worker_task *task)
{
    __atomic_fetch_add(&container_of(task, struct counted, task)->runs, 1, __ATOMIC_SEQ_CST);
}

static void wait_and_count(struct worker_task *task)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    count(task);
}

static void every_task_is_run_once(void **state)
{
    (void)state;
    static struct counted tasks[TASKS];
    struct workers *workers =
        workers_open(&(struct workers_options){.threads = 3, .tasks_max = TASKS});
    for (uint32_t i = 0; i < TASKS; i++) {
        tasks[i].task.run = count;
        assert_ok(workers_submit(workers, &tasks[i].task));
    }
    workers_close(workers);
    for (uint32_t i = 0; i < TASKS; i++)
        assert_int_equal(tasks[i].runs, 1);
}

static void too_many_are_refused_and_may_come_again(void **state)
{
    (void)state;
    static struct counted tasks[TASKS];
    struct workers *workers = workers_open(&(struct workers_options){.threads = 2, .tasks_max = 4});
    uint32_t taken = 0;
    pthread_mutex_lock(&gate);
    for (uint32_t i = 0; i < TASKS; i++) {
        tasks[i].task.run = wait_and_count;
        struct err err = workers_submit(workers, &tasks[i].task);
        if (err.code == ERR_NONE)
            taken++;
        else
            assert_err(err, ERR_OVERLOADED);
    }
    assert_int_equal(taken, 6); /* two run and four wait */
    pthread_mutex_unlock(&gate);
    workers_stop(workers);
    assert_err(workers_submit(workers, &tasks[0].task), ERR_STOPPING);
    workers_stop(workers);
    workers_close(workers);
    uint32_t runs = 0;
    for (uint32_t i = 0; i < TASKS; i++)
        runs += tasks[i].runs;
    assert_int_equal(runs, taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_is_run_once),
        cmocka_unit_test(too_many_are_refused_and_may_come_again),
    };
    return cmocka_run_group_tests_name("workers", tests, NULL, NULL);
}
