#include "cli/replay/replay_books.h"

#include "base/memory.h"

#include <string.h>

void replay_books_init(struct replay_books *books, uint32_t count)
{
    books->rows = memory_alloc_zeroed((size_t)count + 1, sizeof(*books->rows));
    books->count = count;
}

void replay_books_copy(struct replay_books *books, const struct replay_books *from)
{
    replay_books_init(books, from->count);
    memcpy(books->rows, from->rows, from->count * sizeof(*books->rows));
}

void replay_books_release(struct replay_books *books)
{
    memory_free(books->rows);
}

static struct replay_book *row_of(const struct replay_books *books, const struct replay_line *line)
{
    ensure(line->product < books->count);
    return &books->rows[line->product];
}

bool replay_books_can_place(const struct replay_books *books, const struct replay_line *lines,
                            uint32_t line_count)
{
    for (uint32_t i = 0; i < line_count; i++) {
        const struct replay_book *row = row_of(books, &lines[i]);
        if (!row->is_known || row->on_hand < row->reserved + lines[i].quantity)
            return false;
    }
    return true;
}

void replay_books_place(struct replay_books *books, const struct replay_line *lines,
                        uint32_t line_count)
{
    for (uint32_t i = 0; i < line_count; i++)
        row_of(books, &lines[i])->reserved += lines[i].quantity;
}

void replay_books_cancel(struct replay_books *books, const struct replay_line *lines,
                         uint32_t line_count)
{
    for (uint32_t i = 0; i < line_count; i++) {
        struct replay_book *row = row_of(books, &lines[i]);
        ensure(row->reserved >= lines[i].quantity); /* it was booked when placed */
        row->reserved -= lines[i].quantity;
    }
}

void replay_books_return(struct replay_books *books, const struct replay_line *lines,
                         uint32_t line_count)
{
    for (uint32_t i = 0; i < line_count; i++)
        row_of(books, &lines[i])->on_hand += lines[i].quantity;
}

void replay_books_predict(struct replay_books *books, const struct replay_plan *plan,
                          bool *accepted_out)
{
    for (uint32_t i = 0; i < plan->job_count; i++) {
        const struct replay_job *job = &plan->jobs[i];
        const struct replay_line *lines = &plan->lines[job->first_line];
        switch (job->kind) {
        case REPLAY_PLACE:
            accepted_out[job->order] = replay_books_can_place(books, lines, job->line_count);
            if (accepted_out[job->order])
                replay_books_place(books, lines, job->line_count);
            break;
        case REPLAY_CANCEL:
            if (accepted_out[job->order])
                replay_books_cancel(books, lines, job->line_count);
            break;
        case REPLAY_RETURN:
            replay_books_return(books, lines, job->line_count);
            break;
        }
    }
}
