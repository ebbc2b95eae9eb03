#include "api/health.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

enum { PERMILLE_99 = 990, BASIS_POINTS = 10000 };
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

struct health {
    struct health_limits limits;
    struct traffic_total before; /* at the last look */
    const struct traffic *traffic;
    /* Each atomic. */
    bool is_slow;
    bool is_failing;
    uint32_t checkout_p99_ms;
    uint32_t failures_basis_points;
    bool is_started;
    pthread_t thread;
    sem_t stop;
};

struct health *health_open(const struct health_limits *limits)
{
    ensure(limits->interval_ms > 0);
    struct health *health = memory_alloc_zeroed(1, sizeof(*health));
    health->limits = *limits;
    ensure(sem_init(&health->stop, 0, 0) == 0);
    return health;
}

void health_close(struct health *health)
{
    if (health == NULL)
        return;
    if (health->is_started) {
        ensure(sem_post(&health->stop) == 0);
        ensure(pthread_join(health->thread, NULL) == 0);
    }
    ensure(sem_destroy(&health->stop) == 0);
    memory_free(health);
}

static void *run_thread(void *argument)
{
    struct health *health = argument;
    pthread_setname_np(pthread_self(), "health");
    for (;;) {
        uint64_t due_ns = clock_monotonic_ns() + health->limits.interval_ms * NS_PER_MS;
        struct timespec until = {.tv_sec = (time_t)(due_ns / NS_PER_S),
                                 .tv_nsec = (long)(due_ns % NS_PER_S)};
        int result;
        do
            result = sem_clockwait(&health->stop, CLOCK_MONOTONIC, &until);
        while (result != 0 && errno == EINTR);
        if (result == 0)
            return NULL;
        ensure(errno == ETIMEDOUT);
        struct traffic_total total = traffic_total(health->traffic);
        health_look(health, &total);
    }
}

void health_start(struct health *health, const struct traffic *traffic)
{
    ensure(!health->is_started);
    health->traffic = traffic;
    health->is_started = true;
    ensure(pthread_create(&health->thread, NULL, run_thread, health) == 0);
}

/* 0 when there were too few to say anything. */
static uint64_t p99_ns(const struct health *health, const struct histogram *checkouts)
{
    if (histogram_count(checkouts) < health->limits.answers_min)
        return 0;
    return histogram_quantile(checkouts, &histogram_times, PERMILLE_99);
}

static void tell_change(bool was_degraded, const struct health_verdict *verdict)
{
    bool is_degraded = verdict->is_slow || verdict->is_failing;
    if (is_degraded && !was_degraded)
        log_warning("degraded, what is optional is left out",
                    "checkout_p99_ms=%u failures_basis_points=%u", verdict->checkout_p99_ms,
                    verdict->failures_basis_points);
    else if (was_degraded && !is_degraded)
        log_info("well again", NULL);
}

void health_look(struct health *health, const struct traffic_total *total)
{
    const struct health_limits *limits = &health->limits;
    struct traffic_total *before = &health->before;
    ensure(total->answers >= before->answers);
    struct histogram checkouts = histogram_since(&total->checkouts, &before->checkouts);
    uint64_t checkout_ns = p99_ns(health, &checkouts);
    uint64_t answers = total->answers - before->answers;
    uint64_t failures = total->failures - before->failures;
    bool is_enough = answers > 0 && answers >= limits->answers_min;
    struct health_verdict verdict = {
        .is_slow = limits->checkout_p99_ms > 0 && checkout_ns > limits->checkout_p99_ms * NS_PER_MS,
        .is_failing =
            is_enough && failures * BASIS_POINTS > answers * limits->failures_basis_points,
        .checkout_p99_ms = (uint32_t)(checkout_ns / NS_PER_MS),
        .failures_basis_points = is_enough ? (uint32_t)(failures * BASIS_POINTS / answers) : 0,
    };
    *before = *total;
    tell_change(health_is_degraded(health), &verdict);
    __atomic_store_n(&health->checkout_p99_ms, verdict.checkout_p99_ms, __ATOMIC_RELAXED);
    __atomic_store_n(&health->failures_basis_points, verdict.failures_basis_points,
                     __ATOMIC_RELAXED);
    __atomic_store_n(&health->is_slow, verdict.is_slow, __ATOMIC_RELAXED);
    __atomic_store_n(&health->is_failing, verdict.is_failing, __ATOMIC_RELAXED);
}

struct health_verdict health_verdict(const struct health *health)
{
    return (struct health_verdict){
        .is_slow = __atomic_load_n(&health->is_slow, __ATOMIC_RELAXED),
        .is_failing = __atomic_load_n(&health->is_failing, __ATOMIC_RELAXED),
        .checkout_p99_ms = __atomic_load_n(&health->checkout_p99_ms, __ATOMIC_RELAXED),
        .failures_basis_points = __atomic_load_n(&health->failures_basis_points, __ATOMIC_RELAXED),
    };
}

bool health_is_degraded(const struct health *health)
{
    return health != NULL && (__atomic_load_n(&health->is_slow, __ATOMIC_RELAXED) ||
                              __atomic_load_n(&health->is_failing, __ATOMIC_RELAXED));
}

const struct health_limits *health_limits(const struct health *health)
{
    return &health->limits;
}
