/*
 * replay_books.h - what a shop must hold, counted by the replay on its own: pieces on hand and
 * reserved per product. One copy predicts what the file leads to, another counts what the server
 * has acknowledged.
 */
#ifndef CLI_REPLAY_BOOKS_H
#define CLI_REPLAY_BOOKS_H

#include "cli/replay/replay_plan.h"

#include <stdbool.h>
#include <stdint.h>

struct replay_book {
    uint64_t on_hand;
    uint64_t reserved;
    bool is_known; /* the shop has the product */
};

struct replay_books {
    struct replay_book *rows; /* by number in plan->skus */
    uint32_t count;
};

void replay_books_init(struct replay_books *books, uint32_t count);
void replay_books_copy(struct replay_books *books, const struct replay_books *from);
void replay_books_release(struct replay_books *books);

/* All lines can be filled from what is available. */
bool replay_books_can_place(const struct replay_books *books, const struct replay_line *lines,
                            uint32_t line_count) MUST_USE;
/* Whatever was acknowledged is booked, even what cannot be: the comparison will show it. */
void replay_books_place(struct replay_books *books, const struct replay_line *lines,
                        uint32_t line_count);
void replay_books_cancel(struct replay_books *books, const struct replay_line *lines,
                         uint32_t line_count);
void replay_books_return(struct replay_books *books, const struct replay_line *lines,
                         uint32_t line_count);

/* Plays the plan in order of the file, one job after the other; accepted_out by order. */
void replay_books_predict(struct replay_books *books, const struct replay_plan *plan,
                          bool *accepted_out);

#endif
