#include "store/postgres/reach.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/pg.h"

#include <poll.h>
#include <string.h>

enum {
    PAUSE_FIRST_MS = 50,
    PAUSE_MAX_MS = 1000,
    TELL_EVERY_S = 30,
    REFUSAL_WAIT_MS = 2000, /* as connect_timeout in pg_connect() */
    SQLSTATE_LENGTH = 5,
    SQLSTATE_CLASS = 2,
};
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/* Its type is one that pg.h reads. */
static const struct pg_statement look_statements[] = {
    {"SELECT CAST(CAST(pg_is_in_recovery() AS int) AS bigint)", 0},
};

/* --- why a connection is refused --- */

/* Until it is decided, or for so long. */
static void connect_for(PGconn *connection, uint64_t deadline_ns)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next == PGRES_POLLING_WRITING || next == PGRES_POLLING_READING) {
        struct pollfd socket = {.fd = PQsocket(connection),
                                .events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT};
        uint64_t now_ns = clock_monotonic_ns();
        if (now_ns >= deadline_ns || socket.fd < 0)
            return;
        if (poll(&socket, 1, (int)((deadline_ns - now_ns) / NS_PER_MS + 1)) > 0)
            next = PQconnectPoll(connection);
    }
}

/* With PQERRORS_SQLSTATE a message that a server sent ends in two spaces and its SQLSTATE, in
 * whichever language it speaks. The last host's counts: libpq goes on to the next one where that
 * may help. Empty: no server said anything. */
static struct text last_state(const char *message)
{
    struct text said = text_of(message);
    while (said.length > 0 && said.data[said.length - 1] == '\n')
        said.length--;
    if (said.length < SQLSTATE_LENGTH + 2)
        return TEXT_NONE;
    const char *state = said.data + said.length - SQLSTATE_LENGTH;
    bool is_state = state[-1] == ' ' && state[-2] == ' ';
    for (uint32_t i = 0; i < SQLSTATE_LENGTH; i++)
        is_state = is_state &&
                   ((state[i] >= '0' && state[i] <= '9') || (state[i] >= 'A' && state[i] <= 'Z'));
    return is_state ? (struct text){state, SQLSTATE_LENGTH} : TEXT_NONE;
}

static bool is_lasting(struct text state)
{
    static const char *const classes[] = {
        "28", /* no such user, wrong password, or pg_hba.conf says no */
        "3D", /* no such database */
        "42", /* no right to connect to it */
    };
    for (size_t i = 0; state.length > 0 && i < countof(classes); i++) {
        if (strncmp(state.data, classes[i], SQLSTATE_CLASS) == 0)
            return true;
    }
    return false;
}

/* libpq tells the SQLSTATE of a refused connection to those alone who connect step by step; they in
 * turn do not get past a host that does not answer, so that this is asked afterwards. */
static bool is_refused_for_good(const struct reach_options *options)
{
    const char *const names[] = {"dbname", NULL};
    const char *const values[] = {options->url, NULL};
    PGconn *connection = PQconnectStartParams(names, values, 1);
    bool is_refused = false;
    if (connection != NULL && PQstatus(connection) != CONNECTION_BAD) {
        (void)PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
        connect_for(connection, clock_monotonic_ns() + REFUSAL_WAIT_MS * NS_PER_MS);
        struct text state = last_state(PQerrorMessage(connection));
        is_refused = is_lasting(state);
        if (is_refused)
            log_error("the database refuses the connection, and will again: mend the setting "
                      "postgres",
                      "region=%s state=%.*s", options->region, (int)state.length, state.data);
    }
    PQfinish(connection);
    return is_refused;
}

/* --- waiting --- */

static bool is_over(const struct reach *reach, const struct reach_options *options)
{
    return options->most_s > 0 &&
           clock_monotonic_ns() - reach->began_ns >= options->most_s * NS_PER_S;
}

static uint32_t waited_s(const struct reach *reach)
{
    return (uint32_t)((clock_monotonic_ns() - reach->began_ns) / NS_PER_S);
}

static struct err give_up(const struct reach *reach, const struct reach_options *options)
{
    log_error("the database stayed away", "region=%s waited_s=%u", options->region,
              waited_s(reach));
    return ERR_AT(ERR_STORE, 0, PG_AWAY);
}

/* The next failure is logged with its reason when it is time for that. */
static void tell(struct reach *reach, const struct reach_options *options, struct pg *pg,
                 const char *what)
{
    bool was_told = reach->told_ns[REACH_DATABASE] != 0;
    bool is_to_tell = reach_is_to_tell(reach, REACH_DATABASE);
    pg->is_known_away = !is_to_tell || !was_told;
    if (!is_to_tell)
        return;
    log_warning("waiting for the database",
                "region=%s for=\"%s\" tries=%u waited_s=%u most_s=%u again_s=%u", options->region,
                what, reach->tries, waited_s(reach), options->most_s, TELL_EVERY_S);
}

static void pause_before_next(struct reach *reach)
{
    reach->pause_ns = reach->pause_ns == 0 ? PAUSE_FIRST_MS * NS_PER_MS : reach->pause_ns * 2;
    if (reach->pause_ns > PAUSE_MAX_MS * NS_PER_MS)
        reach->pause_ns = PAUSE_MAX_MS * NS_PER_MS;
    clock_sleep_ns(reach->pause_ns);
}

static struct err look(struct pg *pg, uint32_t wait_ms, bool *is_standby_out)
{
    *is_standby_out = false;
    TRY(pg_connect(pg, wait_ms));
    pg_send(pg, 0, NULL);
    TRY(pg_run(pg, wait_ms));
    *is_standby_out = pg_get_u64(pg->results[0], 0, 0) != 0;
    return OK;
}

static struct err wait_for(struct reach *reach, const struct reach_options *options, struct pg *pg)
{
    for (;;) {
        bool is_standby = false;
        if (reach->tries > 0)
            pause_before_next(reach);
        reach->tries++;
        struct err err = look(pg, options->wait_ms, &is_standby);
        if (err.code == ERR_NONE && (!is_standby || options->is_read_only))
            return OK;
        if (err.code != ERR_NONE && (err.value != PG_AWAY || is_refused_for_good(options)))
            return ERR_AT(ERR_STORE, 0, PG_REFUSED);
        if (is_over(reach, options))
            return give_up(reach, options);
        tell(reach, options, pg, is_standby ? "a server that takes writes" : "a connection");
    }
}

struct err reach_database(struct reach *reach, const struct reach_options *options)
{
    struct pg pg;
    if (reach->began_ns == 0)
        reach->began_ns = clock_monotonic_ns();
    if (reach->tries > 0 && is_over(reach, options)) /* it was there, and could not be used */
        return give_up(reach, options);
    pg_init(&pg, options->url, "", look_statements, countof(look_statements));
    pg.is_known_away = reach->told_ns[REACH_DATABASE] != 0;
    struct err err = wait_for(reach, options, &pg);
    pg_close(&pg);
    if (err.code == ERR_NONE && reach->told_ns[REACH_DATABASE] != 0)
        log_info("the database is there", "region=%s tries=%u waited_s=%u", options->region,
                 reach->tries, waited_s(reach));
    if (err.code == ERR_NONE)
        reach->told_ns[REACH_DATABASE] = 0;
    return err;
}

bool reach_is_to_tell(struct reach *reach, enum reach_wait wait)
{
    if (reach == NULL)
        return true;
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t *told_ns = &reach->told_ns[wait];
    if (*told_ns != 0 && now_ns - *told_ns < TELL_EVERY_S * NS_PER_S)
        return false;
    *told_ns = now_ns;
    return true;
}

void reach_end(struct reach *reach, const struct reach_options *options)
{
    if (reach->told_ns[REACH_SHOP] != 0 || reach->told_ns[REACH_EVENTS] != 0)
        log_info("the database has what was waited for", "region=%s tries=%u waited_s=%u",
                 options->region, reach->tries, waited_s(reach));
    reach->told_ns[REACH_SHOP] = 0;
    reach->told_ns[REACH_EVENTS] = 0;
}
