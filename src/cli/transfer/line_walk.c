#include "cli/transfer/line_walk.h"

#include "base/progress.h"
#include "cli/transfer/lines.h"

#include <inttypes.h>

enum { PROGRESS_EVERY = 256, KIB = 1024 };

static enum cli_exit walk_file(const struct line_walk *walk, const char *path)
{
    struct progress progress;
    struct lines lines;
    struct text line;
    struct input *input = input_open(path);
    if (input == NULL)
        return CLI_FAILED;
    walk->report->path = path;
    lines_init(&lines, input, walk->line_bytes_max);
    progress_start(&progress, walk->label, input_size(input) / KIB);
    while (lines_next(&lines, &line)) {
        walk->take(walk->context, lines.number, line);
        if (lines.number % PROGRESS_EVERY == 0)
            progress_set(&progress, input_position(input) / KIB);
    }
    walk->file_ends(walk->context);
    progress_set(&progress, input_position(input) / KIB);
    progress_finish(&progress);
    const char *failure = input_failure(input);
    if (failure)
        (void)fprintf(stderr, "%s: %s\n", path, failure);
    lines_release(&lines);
    input_close(input);
    return failure ? CLI_FAILED : CLI_DONE;
}

enum cli_exit line_walk(const struct line_walk *walk)
{
    enum cli_exit result = CLI_DONE;
    for (uint32_t i = 0; i < walk->file_count && result == CLI_DONE; i++)
        result = walk_file(walk, walk->files[i]);
    return result;
}

enum cli_exit line_walk_check(const struct line_walk *walk)
{
    struct import_report *report = walk->report;
    enum cli_exit result = line_walk(walk);
    if (result == CLI_DONE && report->bad > 0) {
        (void)fprintf(stderr, "%" PRIu64 " bad lines: nothing was imported (--strict)\n",
                      report->bad);
        result = CLI_REFUSED;
    }
    report->rows = 0;
    return result;
}
