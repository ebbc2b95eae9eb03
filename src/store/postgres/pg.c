#include "store/postgres/pg.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 16, ARRAY_HEADER_SIZE = 20, SQLSTATE_CLASS = 2 };
#define NS_PER_MS UINT64_C(1000000)

/* --- connecting --- */

void pg_init(struct pg *pg, const char *url, const char *session,
             const struct pg_statement *statements, uint32_t statement_count)
{
    *pg = (struct pg){.statements = statements,
                      .statement_count = statement_count,
                      .session = session,
                      .prefix = 's'};
    int length = snprintf(pg->url, sizeof pg->url, "%s", url);
    ensure(length >= 0 && (size_t)length < sizeof pg->url);
}

void pg_disconnect(struct pg *pg)
{
    pg_clear(pg);
    PQfinish(pg->connection);
    pg->connection = NULL;
    pg->sent = 0;
}

void pg_close(struct pg *pg)
{
    pg_disconnect(pg);
    memory_free(pg->results);
    pg->results = NULL;
    pg->result_capacity = 0;
}

static struct err lost(struct pg *pg, const char *what)
{
    struct text said = pg->connection == NULL ? TEXT_NONE : text_of(PQerrorMessage(pg->connection));
    char quoted[LOG_QUOTED_SIZE];
    if (!pg->is_known_away)
        log_warning("the database is away", "while=%s said=%s", what, log_quoted(said, quoted));
    pg->is_known_away = true;
    pg_disconnect(pg);
    return ERR_AT(ERR_STORE, 0, PG_AWAY);
}

/* False once the deadline has passed. */
static bool wait_for_socket(const PGconn *connection, short events, uint64_t deadline_ns)
{
    struct pollfd socket = {.fd = PQsocket(connection), .events = events};
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns >= deadline_ns || socket.fd < 0)
        return false;
    /* Rounded up: less than a millisecond is waited for, too. */
    (void)poll(&socket, 1, (int)((deadline_ns - now_ns) / NS_PER_MS + 1));
    return true;
}

/* PostgreSQL says in a warning that a COMMIT is on the disk of the primary alone: whoever waited
 * for the standby was told to give up. */
static void hear_notice(void *context, const PGresult *result)
{
    struct pg *pg = context;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity == NULL || strcmp(severity, "WARNING") != 0)
        return;
    char quoted[LOG_QUOTED_SIZE];
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    log_warning("the database warns", "state=%s message=%s", state == NULL ? "" : state,
                log_quoted(text_of(message), quoted));
    pg->is_unsure = true;
}

/* Whether the server can be asked the same again later, by the class of its SQLSTATE. */
static enum pg_failure failure_of(const PGresult *result)
{
    static const char *const refused[] = {
        "22", /* data exception */
        "23", /* a constraint: the last guard */
        "26", /* unknown statement */
        "42", /* syntax, or no such table */
    };
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    for (size_t i = 0; state != NULL && i < countof(refused); i++) {
        if (strncmp(state, refused[i], SQLSTATE_CLASS) == 0)
            return PG_REFUSED;
    }
    return PG_AWAY;
}

/* The result's error is logged; the connection goes, and with it its transaction. */
static struct err refused(struct pg *pg, PGresult *result, const char *what)
{
    enum pg_failure failure = failure_of(result);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    char quoted[LOG_QUOTED_SIZE];
    struct text message = text_of(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
    if (failure == PG_REFUSED || !pg->is_known_away)
        log_write(failure == PG_REFUSED ? LOG_ERROR : LOG_WARNING, "the database refuses",
                  "while=%s state=%s message=%s", what, state == NULL ? "" : state,
                  log_quoted(message, quoted));
    pg->is_known_away = true;
    PQclear(result);
    pg_disconnect(pg);
    return ERR_AT(ERR_STORE, 0, failure);
}

static bool has_failed(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
           status != PGRES_PIPELINE_SYNC && status != PGRES_EMPTY_QUERY;
}

/* Sends what is queued and waits until a result can be had; false when it is lost or late. */
static bool wait_for_result(const struct pg *pg, uint64_t deadline_ns)
{
    for (;;) {
        int left = PQflush(pg->connection);
        if (left < 0)
            return false;
        if (left == 0 && PQisBusy(pg->connection) == 0)
            return true;
        short events = left > 0 ? POLLIN | POLLOUT : POLLIN;
        if (!wait_for_socket(pg->connection, events, deadline_ns) ||
            PQconsumeInput(pg->connection) == 0)
            return false;
    }
}

struct err pg_execute(struct pg *pg, const char *sql, uint32_t timeout_ms)
{
    uint64_t deadline_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    if (pg->connection == NULL || PQsendQuery(pg->connection, sql) == 0)
        return lost(pg, "executing");
    for (;;) {
        if (!wait_for_result(pg, deadline_ns))
            return lost(pg, "executing");
        PGresult *result = PQgetResult(pg->connection);
        if (result == NULL)
            return OK;
        if (has_failed(result))
            return refused(pg, result, "executing");
        PQclear(result);
    }
}

static void statement_name(const struct pg *pg, uint32_t statement, char name_out[NAME_SIZE])
{
    (void)snprintf(name_out, NAME_SIZE, "%c%u", pg->prefix, statement);
}

static struct err prepare_all(struct pg *pg, uint32_t timeout_ms)
{
    char name[NAME_SIZE];
    for (uint32_t i = 0; i < pg->statement_count; i++) {
        statement_name(pg, i, name);
        if (PQsendPrepare(pg->connection, name, pg->statements[i].sql, 0, NULL) == 0)
            return lost(pg, "preparing");
        pg->sent++;
    }
    TRY(pg_run(pg, timeout_ms));
    pg_clear(pg);
    return OK;
}

/* The value of a part of a URL; "" = it says nothing about it. */
static const char *part_of(const PQconninfoOption *parts, const char *keyword)
{
    while (parts->keyword != NULL && strcmp(parts->keyword, keyword) != 0)
        parts++;
    return parts->val == NULL ? "" : parts->val;
}

/* '@' begins the name of an abstract socket, and is nowhere else in a host. */
static bool is_host(const char *hosts)
{
    for (const char *at = strchr(hosts, '@'); at != NULL; at = strchr(at + 1, '@')) {
        if (at != hosts && at[-1] != ',')
            return false;
    }
    return true;
}

/* What libpq says of a URL that it cannot read, or of a host or port that it took from the middle
 * of a password (one with '/' or '@' that is not percent-encoded), would show the password. */
static bool can_be_read(const char *url)
{
    PQconninfoOption *parts = PQconninfoParse(url, NULL);
    bool is_read = false;
    if (parts != NULL) {
        const char *port = part_of(parts, "port");
        is_read = port[strspn(port, "0123456789,")] == '\0' && is_host(part_of(parts, "host"));
    }
    PQconninfoFree(parts);
    return is_read;
}

struct err pg_connect(struct pg *pg, uint32_t timeout_ms)
{
    static const char *const names[] = {"connect_timeout",
                                        "keepalives_idle",
                                        "keepalives_interval",
                                        "keepalives_count",
                                        "tcp_user_timeout",
                                        "fallback_application_name",
                                        "dbname",
                                        NULL};
    const char *const values[] = {"2", "5", "2", "3", "10000", "shopd", pg->url, NULL};
    pg_disconnect(pg);
    if (!can_be_read(pg->url)) {
        log_error("setting refused", "name=postgres reason=\"libpq cannot read it, or its password "
                                     "is not percent-encoded\"");
        return ERR_AT(ERR_STORE, 0, PG_REFUSED);
    }
    /* The call that waits: it alone gives up one of several hosts for the next. What the URL says
     * comes after our defaults and is stronger. */
    pg->connection = PQconnectdbParams(names, values, 1);
    if (pg->connection == NULL || PQstatus(pg->connection) != CONNECTION_OK)
        return lost(pg, "connecting");
    PQsetNoticeReceiver(pg->connection, hear_notice, pg);
    if (PQsetnonblocking(pg->connection, 1) != 0)
        return lost(pg, "connecting");
    TRY(pg_execute(pg, pg->session, timeout_ms));
    if (pg->statement_count == 0)
        return OK;
    if (PQenterPipelineMode(pg->connection) == 0)
        return lost(pg, "connecting");
    return prepare_all(pg, timeout_ms);
}

/* --- a round trip --- */

void pg_clear(struct pg *pg)
{
    for (uint32_t i = 0; i < pg->result_count; i++)
        PQclear(pg->results[i]);
    pg->result_count = 0;
}

void pg_send(struct pg *pg, uint32_t statement, const struct pg_value *values)
{
    const char *data[PG_VALUES_MAX];
    int lengths[PG_VALUES_MAX];
    int formats[PG_VALUES_MAX];
    char name[NAME_SIZE];
    ensure(statement < pg->statement_count);
    int count = pg->statements[statement].value_count;
    ensure(count <= PG_VALUES_MAX);
    if (pg->sent == 0)
        pg_clear(pg);
    for (int i = 0; i < count; i++) {
        data[i] = values[i].data;
        lengths[i] = values[i].length;
        formats[i] = 1;
    }
    statement_name(pg, statement, name);
    pg->sent++;
    /* What cannot be sent is found out by pg_run(). */
    if (pg->connection != NULL &&
        PQsendQueryPrepared(pg->connection, name, count, data, lengths, formats, 1) == 0)
        (void)lost(pg, "sending");
}

/* The next result that is none of those that merely end another. */
static PGresult *next_result(struct pg *pg, uint64_t deadline_ns)
{
    for (uint32_t ends = 0; ends < 2; ends++) {
        if (!wait_for_result(pg, deadline_ns))
            return NULL;
        PGresult *result = PQgetResult(pg->connection);
        if (result != NULL)
            return result;
    }
    return NULL;
}

struct err pg_run(struct pg *pg, uint32_t timeout_ms)
{
    uint64_t deadline_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;
    uint32_t sent = pg->sent;
    ensure(pg->result_count == 0 || sent == 0);
    if (pg->connection == NULL || PQpipelineSync(pg->connection) == 0)
        return lost(pg, "sending");
    for (uint32_t i = 0; i < sent; i++) {
        PGresult *result = next_result(pg, deadline_ns);
        if (result == NULL)
            return lost(pg, "waiting");
        if (has_failed(result))
            return refused(pg, result, "running");
        if (pg->result_count == pg->result_capacity)
            pg->results = memory_grow(pg->results, &pg->result_capacity, sizeof(PGresult *));
        pg->results[pg->result_count++] = result;
    }
    PGresult *end = next_result(pg, deadline_ns);
    if (end == NULL || PQresultStatus(end) != PGRES_PIPELINE_SYNC) {
        PQclear(end);
        return lost(pg, "waiting");
    }
    PQclear(end);
    pg->sent = 0;
    return OK;
}

/* --- values --- */

struct pg_value pg_u64(struct arena *arena, uint64_t value)
{
    uint64_t *bytes = arena_alloc(arena, sizeof *bytes);
    *bytes = htobe64(value);
    return (struct pg_value){(const char *)bytes, sizeof *bytes};
}

struct pg_value pg_reference(struct arena *arena, uint64_t number)
{
    return number == 0 ? (struct pg_value){NULL, 0} : pg_u64(arena, number);
}

struct pg_value pg_bytes(struct text bytes)
{
    ensure(bytes.length <= INT32_MAX);
    return (struct pg_value){bytes.data, (int)bytes.length};
}

static char *put_u32(char *to, uint32_t value)
{
    uint32_t bytes = htobe32(value);
    memcpy(to, &bytes, sizeof bytes);
    return to + sizeof bytes;
}

/* array_recv() of PostgreSQL: dimensions, whether there are NULLs, type, length, first index, then
 * each member behind its length. */
struct pg_value pg_array(struct arena *arena, enum pg_type type, const struct pg_value *values,
                         uint32_t count)
{
    size_t size = ARRAY_HEADER_SIZE;
    bool has_null = false;
    ensure(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        size += sizeof(uint32_t) + (size_t)(values[i].data == NULL ? 0 : values[i].length);
        has_null = has_null || values[i].data == NULL;
    }
    ensure(size <= INT32_MAX);
    char *bytes = arena_alloc(arena, size);
    char *end = put_u32(bytes, 1);
    end = put_u32(end, has_null ? 1 : 0);
    end = put_u32(end, (uint32_t)type);
    end = put_u32(end, count);
    end = put_u32(end, 1);
    for (uint32_t i = 0; i < count; i++) {
        bool is_null = values[i].data == NULL;
        end = put_u32(end, is_null ? UINT32_MAX : (uint32_t)values[i].length);
        if (!is_null && values[i].length > 0) {
            memcpy(end, values[i].data, (size_t)values[i].length);
            end += values[i].length;
        }
    }
    ensure(end == bytes + size);
    return (struct pg_value){bytes, (int)size};
}

uint64_t pg_get_u64(const PGresult *result, int row, int column)
{
    uint64_t bytes = 0;
    if (PQgetisnull(result, row, column) != 0)
        return 0;
    ensure(PQgetlength(result, row, column) == sizeof bytes);
    memcpy(&bytes, PQgetvalue(result, row, column), sizeof bytes);
    return be64toh(bytes);
}

struct text pg_get_text(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column) != 0)
        return TEXT_NONE;
    return (struct text){PQgetvalue(result, row, column),
                         (uint32_t)PQgetlength(result, row, column)};
}
