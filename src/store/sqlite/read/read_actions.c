/* read_actions.c - what operators did, from the tables. */
#include "store/sqlite/read/reader.h"

static enum operator_kind read_kind(struct text name)
{
    enum operator_kind kind = OPERATOR_NONE;

    while (kind < OPERATOR_KIND_COUNT && !text_equal(text_of(operator_kind_name(kind)), name))
        kind++;
    return kind == OPERATOR_KIND_COUNT ? OPERATOR_NONE : kind;
}

static enum subject_kind read_subject(struct text name)
{
    enum subject_kind kind = SUBJECT_NONE;

    while (kind < SUBJECT_KIND_COUNT && !text_equal(text_of(subject_kind_name(kind)), name))
        kind++;
    return kind == SUBJECT_KIND_COUNT ? SUBJECT_NONE : kind;
}

struct err sqlite_read_actions(struct store_reader *base, uint64_t before, uint32_t limit,
                               struct arena *arena, struct store_actions *actions_out)
{
    sqlite3_stmt *rows = ((struct sqlite_reader *)base)->statements[READER_ACTIONS];
    bool has_row;

    actions_out->items = arena_alloc_array(arena, limit, sizeof *actions_out->items);
    sql_bind_u64(rows, 1, before == 0 ? INT64_MAX : before);
    sql_bind(rows, 2, limit + 1);
    for (;;) {
        TRY(sql_next(rows, &has_row));
        if (!has_row)
            return OK;
        if (actions_out->count == limit)
            break;
        actions_out->items[actions_out->count++] = (struct store_action){
            .event = sql_column_u64(rows, 0),
            .at_ms = sql_column_u64(rows, 1),
            .by = {read_kind(sql_column_text(rows, 2)), sql_column_u32(rows, 3)},
            .action = sql_copy_text(rows, 4, arena),
            .first_event = sql_column_u64(rows, 5),
            .subject_kind = read_subject(sql_column_text(rows, 6)),
            .subject = sql_column_u64(rows, 7),
        };
    }
    actions_out->has_more = true;
    sqlite3_reset(rows);
    return OK;
}
