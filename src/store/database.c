#include "store/database.h"

bool database_is_shared(const struct database *database)
{
    return database->ops->is_shared;
}

struct err database_prepare(struct database *database, const char *schema,
                            const char *const *statements, uint32_t count)
{
    return database->ops->prepare(database, schema, statements, count);
}

struct err database_begin(struct database *database)
{
    return database->ops->begin(database);
}

struct err database_commit(struct database *database)
{
    return database->ops->commit(database);
}

void database_rollback(struct database *database)
{
    database->ops->rollback(database);
}

struct err database_hold(struct database *database, uint32_t lease_ms,
                         struct database_holding *holding_out)
{
    return database->ops->hold(database, lease_ms, holding_out);
}

struct err database_release(struct database *database)
{
    return database->ops->release(database);
}

uint64_t database_term(const struct database *database)
{
    return database->ops->term(database);
}

void database_bind_u64(struct database *database, uint32_t statement, int position, uint64_t value)
{
    database->ops->bind_u64(database, statement, position, value);
}

void database_bind_text(struct database *database, uint32_t statement, int position,
                        struct text value)
{
    database->ops->bind_bytes(database, statement, position, value, true);
}

void database_bind_blob(struct database *database, uint32_t statement, int position,
                        struct text value)
{
    database->ops->bind_bytes(database, statement, position, value, false);
}

struct err database_run(struct database *database, uint32_t statement)
{
    return database->ops->run(database, statement);
}

struct err database_changes(struct database *database, uint64_t *count_out)
{
    return database->ops->changes(database, count_out);
}

struct err database_next(struct database *database, uint32_t statement, bool *has_row_out)
{
    return database->ops->next(database, statement, has_row_out);
}

void database_reset(struct database *database, uint32_t statement)
{
    database->ops->reset(database, statement);
}

uint64_t database_get_u64(const struct database *database, uint32_t statement, int column)
{
    return database->ops->get_u64(database, statement, column);
}

struct text database_get_bytes(const struct database *database, uint32_t statement, int column)
{
    return database->ops->get_bytes(database, statement, column);
}

void database_close(struct database *database)
{
    if (database != NULL)
        database->ops->close(database);
}
