#include "base/progress.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const uint64_t terminal_interval_ns = UINT64_C(100000000);
static const uint64_t line_interval_ns = UINT64_C(10000000000);
enum { BAR_WIDTH = 30 };

static uint64_t rate_per_s(const struct progress *progress, uint64_t now_ns)
{
    uint64_t elapsed_ms = (now_ns - progress->started_ns) / 1000000;
    return elapsed_ms == 0 ? 0 : (uint64_t)((__uint128_t)progress->done * 1000 / elapsed_ms);
}

static uint64_t share_of(const struct progress *progress, uint64_t whole)
{
    uint64_t done = progress->done < progress->total ? progress->done : progress->total;
    return (uint64_t)((__uint128_t)done * whole / progress->total);
}

static void write_facts(const struct progress *progress, uint64_t now_ns)
{
    uint64_t rate = rate_per_s(progress, now_ns);
    if (progress->total == 0) {
        (void)fprintf(stderr, "%" PRIu64 ", %" PRIu64 "/s", progress->done, rate);
        return;
    }
    (void)fprintf(stderr, "%3" PRIu64 " %%  %" PRIu64 " of %" PRIu64 ", %" PRIu64 "/s",
                  share_of(progress, 100), progress->done, progress->total, rate);
    if (rate > 0 && progress->done < progress->total)
        (void)fprintf(stderr, ", %" PRIu64 " s left", (progress->total - progress->done) / rate);
}

static void draw(struct progress *progress, uint64_t now_ns)
{
    progress->shown_ns = now_ns;
    progress->shown = progress->done;
    if (!progress->is_terminal) {
        (void)fprintf(stderr, "%s: ", progress->label);
        write_facts(progress, now_ns);
        (void)fputc('\n', stderr);
        return;
    }
    (void)fprintf(stderr, "\r\033[K%s ", progress->label); /* ESC [ K erases the old line */
    if (progress->total > 0) {
        static const char full[BAR_WIDTH + 1] = "##############################";
        static const char open[BAR_WIDTH + 1] = "..............................";
        int filled = (int)share_of(progress, BAR_WIDTH);
        (void)fprintf(stderr, "[%.*s%.*s] ", filled, full, BAR_WIDTH - filled, open);
    }
    write_facts(progress, now_ns);
    (void)fflush(stderr);
}

void progress_start(struct progress *progress, const char *label, uint64_t total)
{
    uint64_t now_ns = clock_monotonic_ns();
    *progress = (struct progress){
        .label = label,
        .total = total,
        .started_ns = now_ns,
        .shown_ns = now_ns,
        .shown = UINT64_MAX,
        .is_terminal = isatty(STDERR_FILENO) == 1,
    };
}

void progress_set(struct progress *progress, uint64_t done)
{
    progress->done = done;
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t interval_ns = progress->is_terminal ? terminal_interval_ns : line_interval_ns;
    if (now_ns - progress->shown_ns >= interval_ns)
        draw(progress, now_ns);
}

void progress_finish(struct progress *progress)
{
    if (progress->is_terminal || progress->shown != progress->done)
        draw(progress, clock_monotonic_ns());
    if (progress->is_terminal)
        (void)fputc('\n', stderr);
}
