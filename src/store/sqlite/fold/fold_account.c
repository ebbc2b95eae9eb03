/* fold_account.c - accounts, their tokens, keys of services and what operators did, in the tables.
 */
#include "shop/operator.h"
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

struct err fold_reset_asked(struct fold_tables *tables, const struct event *event)
{
    const struct event_reset_asked *asked = event_payload(event);
    sqlite3_stmt *ask = tables->statements[FOLD_ASK_RESET];

    sql_bind(ask, 1, asked->customer);
    sql_bind_u64(ask, 2, event->number);
    sql_bind_u64(ask, 3, asked->expires_ms);
    TRY(sql_run(ask));
    return sqlite3_changes(tables->db) == 1 ? OK : fold_damaged("customers", asked->customer);
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

struct err fold_api_key_put(struct fold_tables *tables, const struct event *event)
{
    const struct event_api_key_put *key = event_payload(event);
    sqlite3_stmt *put = tables->statements[FOLD_PUT_API_KEY];

    sql_bind(put, 1, key->number);
    sql_bind_blob(put, 2, key->digest, sizeof key->digest);
    sql_bind_text(put, 3, event_api_key_name(key));
    sql_bind(put, 4, key->scopes);
    sql_bind_u64(put, 5, event->time_ms);
    sql_bind_reference(put, 6, key->expires_ms);
    sql_bind(put, 7, key->is_revoked);
    return sql_run(put);
}

struct err fold_operator_acted(struct fold_tables *tables, const struct event *event)
{
    const struct event_operator_acted *acted = event_payload(event);
    sqlite3_stmt *add = tables->statements[FOLD_ADD_ACTION];

    sql_bind_u64(add, 1, event->number);
    sql_bind_u64(add, 2, event->time_ms);
    sql_bind_text(add, 3, text_of(operator_kind_name((enum operator_kind)acted->kind)));
    sql_bind_reference(add, 4, acted->number);
    sql_bind_text(add, 5, event_acted_action(acted));
    sql_bind_u64(add, 6, acted->first_event);
    sql_bind_text(add, 7, text_of(subject_kind_name((enum subject_kind)acted->subject_kind)));
    sql_bind_reference(add, 8, acted->subject);
    return sql_run(add);
}
