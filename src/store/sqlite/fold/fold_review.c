/* fold_review.c - reviews in the tables, and what their products were rated besides. */
#include "store/sqlite/fold/fold_tables.h"

struct err fold_review_put(struct fold_tables *tables, const struct event *event)
{
    const struct event_review_put *review = event_payload(event);
    sqlite3_stmt *put = tables->statements[FOLD_PUT_REVIEW];
    sqlite3_stmt *rating = tables->statements[FOLD_PUT_RATING];

    sql_bind(put, 1, review->number);
    sql_bind(put, 2, review->product);
    sql_bind(put, 3, review->customer);
    sql_bind(put, 4, review->stars);
    sql_bind_text(put, 5, text_of(review_state_name((enum review_state)review->state)));
    sql_bind_reference(put, 6, review->contact);
    sql_bind_u64(put, 7, event->time_ms);
    sql_bind_u64(put, 8, event->number);
    TRY(sql_run(put));
    sql_bind(rating, 1, review->product);
    sql_bind(rating, 2, review->elsewhere_count);
    sql_bind(rating, 3, review->elsewhere_x100);
    return sql_run(rating);
}
