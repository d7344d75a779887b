/*
 * database: blocking PostgreSQL calls with a deadline that we keep, not the server.
 *
 * A connection is libpq's own PGconn. Every wait is a poll(2) with the deadline, so that a server
 * that stops, or a network that swallows packets, costs at most the deadline; only the lookup of a
 * host's name, which is libc's, can take longer. After a deadline or a lost connection the PGconn
 * is dead: PQfinish() it, open anew; an SQL error alone leaves it usable. We do not cancel what was
 * too late (PQcancel() opens a connection, and blocks): the server ends it by itself, as below.
 *
 * The session has: client_encoding UTF8 (of an SQL_ASCII database whatever its bytes are: it would
 * refuse to send those that are no UTF-8); search_path = our schema, pg_catalog, pg_temp; TimeZone
 * UTC; row_security off, so that a policy that would hide rows is an error and not fewer rows; jit off,
 * since how many rows a function gives is guessed, and compiling took longer than reading (CTFd's file);
 * statement_timeout, idle_in_transaction_session_timeout and client_connection_check_interval,
 * so that an abandoned backend ends by itself; application_name = the program. Notices are dropped
 * unless the caller sets a notice processor of its own.
 *
 * Errors say what happened; that it was PostgreSQL, the caller says.
 */
#ifndef LIB_DATABASE_H
#define LIB_DATABASE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

/* A uuid's text and NUL: state.database_id, the identity of the database that has our schema. */
#define DATABASE_ID_MAX 37

struct database_options {
    const char *conninfo;
    const char *password_file; /* "" : libpq's default */
    const char *program;
    const char *schema;
    int64_t connect_deadline;  /* ms; for all hosts of conninfo together */
    int64_t statement_timeout; /* ms; the server's own bound, at least every deadline passed below;
                                  0: none */
};

/* NULL on failure. Needs no schema to exist: search_path may name one that is yet to come. */
PGconn *database_open(const struct database_options *options, struct err *err);

/* Whether a connection that was idle may be used: the server has not ended it meanwhile, as
 * PostgreSQL does after its idle_session_timeout. */
bool database_lives(const PGconn *db);

/* One statement with text parameters ($1...), whole result. NULL on failure; `sqlstate` (of 6
 * bytes, may be NULL) gets the five characters of an SQL error, "" for a deadline or a lost
 * connection. The caller PQclear()s it. */
PGresult *database_query(PGconn *db, int64_t deadline_ms, const char *sql, int nparams,
                         const char *const *params, char *sqlstate, struct err *err);

/* Several statements without parameters, one transaction unless the text says otherwise. */
int database_script(PGconn *db, int64_t deadline_ms, const char *sql, char *sqlstate,
                    struct err *err) MUST_CHECK;

/* For COPY, which is read row by row after libpq's PQsendQuery(). `until` is monotonic_ms(). */

/* Waits until libpq has taken some input in. */
int database_wait(PGconn *db, int64_t until, struct err *err) MUST_CHECK;

/* The next result of what was sent has this status; else it fails in the server's words, `sqlstate`
 * as above. PGRES_COPY_OUT is a beginning; after any other result, or an SQL error, the connection is
 * ready for the next query. */
int database_expect(PGconn *db, int64_t until, ExecStatusType expected, char *sqlstate,
                    struct err *err) MUST_CHECK;

/* libpq's message, made one line. Returns -1. */
int database_error(struct err *err, PGconn *db);

/* Reads an integer in text form out of a result. 0 for null. */
int64_t database_int(const PGresult *result, int row, int column);

#endif
