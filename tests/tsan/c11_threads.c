/*
 * c11_threads.c - C11's threads, mutexes and conditions, made of those of POSIX, as glibc makes
 * them. librdkafka uses them, and the thread sanitizer of GCC 12 does not know them: a thread that
 * it did not see start has no state there and crashes at its first malloc(), and what a mutex it
 * did not see keeps apart looks like a race. Part of every test under that sanitizer, and of
 * nothing else.
 */
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <threads.h>

#define SEEN_BY_LIBRARIES __attribute__((visibility("default")))

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "glibc's are the same");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "glibc's are the same");

struct start {
    thrd_start_t run;
    void *argument;
};

static int answer(int error)
{
    if (error == 0)
        return thrd_success;
    return error == ETIMEDOUT ? thrd_timedout : thrd_error;
}

static pthread_mutex_t *mutex_of(mtx_t *mutex)
{
    return (pthread_mutex_t *)mutex;
}

static pthread_cond_t *condition_of(cnd_t *condition)
{
    return (pthread_cond_t *)condition;
}

static void *run_start(void *argument)
{
    struct start start = *(struct start *)argument;
    memory_free(argument);
    return (void *)(intptr_t)start.run(start.argument);
}

SEEN_BY_LIBRARIES int thrd_create(thrd_t *thread_out, thrd_start_t run, void *argument)
{
    struct start *start = memory_alloc(sizeof(*start));
    *start = (struct start){run, argument};
    int error = pthread_create(thread_out, NULL, run_start, start);
    if (error != 0)
        memory_free(start);
    return answer(error);
}

SEEN_BY_LIBRARIES int thrd_join(thrd_t thread, int *result_out)
{
    void *result = NULL;
    int error = pthread_join(thread, &result);
    if (result_out != NULL)
        *result_out = (int)(intptr_t)result;
    return answer(error);
}

SEEN_BY_LIBRARIES int mtx_init(mtx_t *mutex, int type)
{
    ensure(type == mtx_plain);
    return answer(pthread_mutex_init(mutex_of(mutex), NULL));
}

SEEN_BY_LIBRARIES void mtx_destroy(mtx_t *mutex)
{
    (void)pthread_mutex_destroy(mutex_of(mutex));
}

SEEN_BY_LIBRARIES int mtx_lock(mtx_t *mutex)
{
    return answer(pthread_mutex_lock(mutex_of(mutex)));
}

SEEN_BY_LIBRARIES int mtx_unlock(mtx_t *mutex)
{
    return answer(pthread_mutex_unlock(mutex_of(mutex)));
}

SEEN_BY_LIBRARIES int cnd_init(cnd_t *condition)
{
    return answer(pthread_cond_init(condition_of(condition), NULL));
}

SEEN_BY_LIBRARIES void cnd_destroy(cnd_t *condition)
{
    (void)pthread_cond_destroy(condition_of(condition));
}

SEEN_BY_LIBRARIES int cnd_signal(cnd_t *condition)
{
    return answer(pthread_cond_signal(condition_of(condition)));
}

SEEN_BY_LIBRARIES int cnd_broadcast(cnd_t *condition)
{
    return answer(pthread_cond_broadcast(condition_of(condition)));
}

SEEN_BY_LIBRARIES int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return answer(pthread_cond_wait(condition_of(condition), mutex_of(mutex)));
}

SEEN_BY_LIBRARIES int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                                    const struct timespec *restrict until)
{
    return answer(pthread_cond_timedwait(condition_of(condition), mutex_of(mutex), until));
}
