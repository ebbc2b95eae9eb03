/* fold_account.c - accounts and their tokens in the tables. */
#include "shop/customer.h"
#include "store/sqlite/fold/fold_tables.h"

struct err fold_account_put(struct fold_tables *tables, const struct event *event)
{
    const struct event_account_put *account = event_payload(event);
    sqlite3_stmt *put = tables->statements[FOLD_PUT_ACCOUNT];

    sql_bind(put, 1, account->customer);
    sql_bind_text(put, 2, text_of(role_name((enum role)account->role)));
    sql_bind_reference(put, 3, account->sets_password != 0 ? event->number : 0);
    TRY(sql_run(put));
    return sqlite3_changes(tables->db) == 1 ? OK : fold_damaged("customers", account->customer);
}

struct err fold_token_changed(struct fold_tables *tables, const struct event *event)
{
    const struct event_token_changed *changed = event_payload(event);
    sqlite3_stmt *statement =
        tables->statements[changed->is_ended != 0 ? FOLD_END_TOKEN : FOLD_ADD_TOKEN];

    if (changed->is_ended != 0) {
        sql_bind_blob(statement, 1, changed->digest, sizeof changed->digest);
        TRY(sql_run(statement));
        return sqlite3_changes(tables->db) == 1 ? OK : fold_damaged("tokens", changed->customer);
    }
    sql_bind_u64(statement, 1, event->number);
    sql_bind_blob(statement, 2, changed->digest, sizeof changed->digest);
    sql_bind(statement, 3, changed->customer);
    sql_bind_u64(statement, 4, event->time_ms);
    sql_bind_u64(statement, 5, changed->expires_ms);
    return sql_run(statement);
}
