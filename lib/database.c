#include "lib/database.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/timestamp.h"

/* --- Errors ----------------------------------------------------------------------------------- */

/* libpq's messages have several lines, some of them indented. */
static void join_lines(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++) {
        bool blank = *from == '\n' || *from == '\t' || *from == ' ';

        if (!blank)
            *to++ = *from;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    }
    while (to > text && to[-1] == ' ')
        to--;
    *to = '\0';
}

int database_error(struct err *err, PGconn *db)
{
    err_set(err, "%s", PQerrorMessage(db));
    join_lines(err->text);
    return -1;
}

/* An SQL error has a SQLSTATE and leaves the connection alive; anything else has lost it. */
/* The line of a script that the server points at: 0: it does not. Positions count characters. */
static int line_of(const PGresult *result, const char *script)
{
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    long left = script && position ? strtol(position, NULL, 10) : 0;
    int line = left > 0;

    for (; left > 1 && *script; script++) {
        line += *script == '\n';
        left -= (script[1] & 0xc0) != 0x80; /* the next byte begins a character of UTF-8 */
    }
    return line;
}

static void result_error(struct err *err, PGconn *db, const PGresult *result, char *sqlstate)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (message && state && PQstatus(db) == CONNECTION_OK) {
        err_set(err, "%s%s%s (%s)", message, detail ? ": " : "", detail ? detail : "", state);
        snprintf(sqlstate, 6, "%s", state);
    } else {
        err_set(err, "%s", PQresultErrorMessage(result));
    }
    join_lines(err->text);
}

/* --- Waiting ---------------------------------------------------------------------------------- */

/* What poll(2) saw; -1 on failure, and when `until` has passed. */
static int wait_for(PGconn *db, short events, int64_t until, struct err *err)
{
    struct pollfd fd = {.fd = PQsocket(db), .events = events};
    int64_t left;
    int ready;

    do {
        left = until - monotonic_ms();
        ready = poll(&fd, 1, left > 0 ? (int)(left < INT32_MAX ? left : INT32_MAX) : 0);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return err_set(err, "poll: %s", strerror(errno));
    if (ready == 0)
        return err_set(err, "no answer within the deadline");
    return fd.revents;
}

int database_wait(PGconn *db, int64_t until, struct err *err)
{
    if (wait_for(db, POLLIN, until, err) < 0)
        return -1;
    return PQconsumeInput(db) ? 0 : database_error(err, db);
}

/* --- Opening ---------------------------------------------------------------------------------- */

static void drop_notice(void *unused, const char *message)
{
    (void)unused;
    (void)message;
}

/* The later parameters win over what conninfo says. */
static PGconn *start_connecting(const struct database_options *options)
{
    const char *keys[] = {"dbname", "application_name", "passfile", NULL};
    const char *values[] = {options->conninfo, options->program, options->password_file, NULL};

    if (options->password_file[0] == '\0')
        keys[2] = NULL;
    return PQconnectStartParams(keys, values, 1); /* 1: dbname may be a whole conninfo */
}

static int finish_connecting(PGconn *db, int64_t until, struct err *err)
{
    PostgresPollingStatusType want = PGRES_POLLING_WRITING;

    while (PQstatus(db) != CONNECTION_BAD && want != PGRES_POLLING_FAILED) {
        if (wait_for(db, want == PGRES_POLLING_READING ? POLLIN : POLLOUT, until, err) < 0)
            return -1;
        want = PQconnectPoll(db);
        if (want == PGRES_POLLING_OK)
            return 0;
    }
    return database_error(err, db);
}

/* How long the server works on when nobody listens any more: a second at most where the platform
 * can tell, else until the statement's timeout. PostgreSQL before 14 does not know the setting. */
static int set_connection_check(PGconn *db, int64_t deadline_ms, struct err *err)
{
    static const char sql[] = "SELECT set_config('client_connection_check_interval', '1s', false)";
    char sqlstate[6];
    PGresult *result = database_query(db, deadline_ms, sql, 0, NULL, sqlstate, err);

    PQclear(result);
    return result || sqlstate[0] != '\0' ? 0 : -1;
}

/* pg_temp, which would come first unsaid, comes last: no temporary table stands in for ours. */
static int set_session(PGconn *db, const struct database_options *options, int64_t deadline_ms,
                       struct err *err)
{
    static const char sql[] =
        "SELECT set_config('search_path', quote_ident($1) || ', pg_catalog, pg_temp', false),"
        " set_config('client_encoding', CASE getdatabaseencoding()"
        " WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, false),"
        " set_config('TimeZone', 'UTC', false),"
        " set_config('row_security', 'off', false),"
        " set_config('jit', 'off', false),"
        " set_config('statement_timeout', $2, false),"
        " set_config('idle_in_transaction_session_timeout', $2, false)";
    char timeout[24];
    const char *params[] = {options->schema, timeout};
    PGresult *result;

    snprintf(timeout, sizeof timeout, "%" PRId64, options->statement_timeout);
    result = database_query(db, deadline_ms, sql, 2, params, NULL, err);
    PQclear(result);
    return result ? 0 : -1;
}

static int set_up(PGconn *db, const struct database_options *options, struct err *err)
{
    int64_t until = monotonic_ms() + options->connect_deadline;

    PQsetNoticeProcessor(db, drop_notice, NULL);
    if (finish_connecting(db, until, err) < 0)
        return -1;
    PQsetnonblocking(db, 1);
    if (set_session(db, options, until - monotonic_ms(), err) < 0)
        return -1;
    return set_connection_check(db, until - monotonic_ms(), err);
}

PGconn *database_open(const struct database_options *options, struct err *err)
{
    PGconn *db = start_connecting(options);

    if (!db) {
        err_set(err, "out of memory");
        return NULL;
    }
    if (set_up(db, options, err) < 0) {
        PQfinish(db);
        return NULL;
    }
    return db;
}

bool database_lives(const PGconn *db)
{
    struct pollfd said = {.fd = PQsocket(db), .events = POLLIN}; /* nobody has asked it anything */

    return PQstatus(db) == CONNECTION_OK && poll(&said, 1, 0) == 0;
}

/* --- Queries ---------------------------------------------------------------------------------- */

/* The server may have to say something before it takes more, hence the reading. */
static int flush(PGconn *db, int64_t until, struct err *err)
{
    int rest;

    while ((rest = PQflush(db)) > 0) {
        int ready = wait_for(db, POLLIN | POLLOUT, until, err);

        if (ready < 0)
            return -1;
        if ((ready & POLLIN) && !PQconsumeInput(db))
            break;
    }
    return rest == 0 ? 0 : database_error(err, db);
}

/* The next result of what was sent; NULL is its end. */
static int next_result(PGconn *db, int64_t until, PGresult **result, struct err *err)
{
    while (PQisBusy(db)) /* else PQgetResult() would wait, without a deadline */
        if (database_wait(db, until, err) < 0)
            return -1;
    *result = PQgetResult(db);
    return 0;
}

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    assert(status != PGRES_COPY_IN && status != PGRES_COPY_OUT); /* has functions of its own */
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

/* Reads all results of what was sent, which makes the connection ready for the next query. Returns
 * the last one, or the first that failed; NULL when reading failed. */
static PGresult *read_results(PGconn *db, int64_t until, struct err *err)
{
    PGresult *kept = NULL, *result = NULL;

    while (next_result(db, until, &result, err) == 0) {
        if (!result)
            return kept;
        if (kept && !succeeded(kept)) {
            PQclear(result);
        } else {
            PQclear(kept);
            kept = result;
        }
    }
    PQclear(kept);
    return NULL;
}

/* `script`: the text when its lines are worth naming, else NULL. */
static PGresult *finish_query(PGconn *db, int64_t until, const char *script, char *sqlstate,
                              struct err *err)
{
    PGresult *result;
    int line;

    if (flush(db, until, err) < 0)
        return NULL;
    result = read_results(db, until, err);
    if (!result || succeeded(result))
        return result;
    result_error(err, db, result, sqlstate);
    line = line_of(result, script);
    if (line > 0)
        err_prefix(err, "line %d", line);
    PQclear(result);
    return NULL;
}

/* Whatever is left of what was sent makes no difference any more. */
static int skip_results(PGconn *db, int64_t until, struct err *err)
{
    PGresult *result;

    do {
        if (next_result(db, until, &result, err) < 0)
            return -1;
        PQclear(result);
    } while (result);
    return 0;
}

int database_expect(PGconn *db, int64_t until, ExecStatusType expected, char *sqlstate,
                    struct err *err)
{
    PGresult *result;
    int status = 0;

    sqlstate[0] = '\0';
    if (next_result(db, until, &result, err) < 0)
        return -1;
    if (PQresultStatus(result) != expected) {
        result_error(err, db, result, sqlstate);
        status = -1;
    }
    PQclear(result);
    if (status == 0 && expected == PGRES_COPY_OUT)
        return 0;
    return skip_results(db, until, err) < 0 ? -1 : status;
}

PGresult *database_query(PGconn *db, int64_t deadline_ms, const char *sql, int nparams,
                         const char *const *params, char *sqlstate, struct err *err)
{
    int64_t until = monotonic_ms() + deadline_ms;
    char unwanted[6];

    sqlstate = sqlstate ? sqlstate : unwanted;
    sqlstate[0] = '\0';
    if (!PQsendQueryParams(db, sql, nparams, NULL, params, NULL, NULL, 0)) {
        database_error(err, db);
        return NULL;
    }
    return finish_query(db, until, NULL, sqlstate, err);
}

int database_script(PGconn *db, int64_t deadline_ms, const char *sql, char *sqlstate,
                    struct err *err)
{
    int64_t until = monotonic_ms() + deadline_ms;
    char unwanted[6];
    PGresult *result;

    sqlstate = sqlstate ? sqlstate : unwanted;
    sqlstate[0] = '\0';
    if (!PQsendQuery(db, sql))
        return database_error(err, db);
    result = finish_query(db, until, strchr(sql, '\n') ? sql : NULL, sqlstate, err);
    PQclear(result);
    return result ? 0 : -1;
}

int64_t database_int(const PGresult *result, int row, int column)
{
    return strtoll(PQgetvalue(result, row, column), NULL, 10); /* the text of null is "" */
}
