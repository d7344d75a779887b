#include "cli/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/database.h"
#include "lib/timestamp.h"

#define SCRIPT_DEADLINE_MS INT64_C(60000) /* of one file: its locks time out long before */
#define BUILD_DEADLINE_MS  INT64_C(12 * 3600 * 1000) /* of an index that is built beside writers */
#define REST_MS            100                       /* between two attempts: 1 to 5 times this */
#define SERVER_VERSION_MIN 140000                    /* CREATE OR REPLACE TRIGGER */

static void rest(void)
{
    usleep(1000 * (REST_MS + arc4random_uniform(4 * REST_MS)));
}

/* Appends what to do about it. Returns -1. */
static int advise(struct err *err, const char *advice)
{
    struct err cause = *err;

    return err_set(err, "%s: %s", cause.text, advice);
}

/* --- Opening ---------------------------------------------------------------------------------- */

static int connect_to(struct target *target, struct err *err)
{
    struct database_options options = {
        .conninfo = target->options.conninfo,
        .password_file = "",
        .program = "scoreboardctl",
        .schema = "pg_catalog", /* ours is always named: nobody's function stands in for another */
        .connect_deadline = target->options.config->connect_deadline,
    };
    int version;

    target->db = database_open(&options, err);
    if (!target->db) {
        err_prefix(err, "PostgreSQL");
        return advise(err, "--conninfo says where the database is, and as whom to connect");
    }
    version = PQserverVersion(target->db);
    if (version < SERVER_VERSION_MIN)
        return err_set(err, "PostgreSQL %d or newer is needed, and this is %d.%d",
                       SERVER_VERSION_MIN / 10000, version / 10000, version % 10000);
    return 0;
}

/* Becomes the only migrate or detach of this schema until the connection ends. */
static int claim(const struct target *target, struct err *err)
{
    for (;;) {
        PGresult *result = target_query(
            target, "SELECT pg_try_advisory_lock(hashtextextended('scoreboardctl ' || $1, 0))::int",
            1, &target->names.schema, NULL, err);
        bool claimed = result && database_int(result, 0, 0);

        PQclear(result);
        if (!result || claimed)
            return result ? 0 : -1;
        if (monotonic_ms() >= target->until)
            return err_set(err,
                           "another migrate or detach of %s has been at work for %" PRId64
                           " s: try again when it has ended",
                           target->names.schema, target->options.wait_s);
        rest();
    }
}

int target_open(struct target *target, const struct target_options *options, struct err *err)
{
    *target = (struct target){
        .options = *options,
        .until = monotonic_ms() + options->wait_s * 1000,
    };
    if (script_names_init(&target->names, options->names->schema, options->config->platform_schema,
                          err) == 0 &&
        connect_to(target, err) == 0 && claim(target, err) == 0)
        return 0;
    target_release(target);
    return -1;
}

void target_release(struct target *target)
{
    PQfinish(target->db);
    *target = (struct target){0};
}

PGresult *target_query(const struct target *target, const char *sql, int nparams,
                       const char *const *params, char *sqlstate, struct err *err)
{
    PGresult *result =
        database_query(target->db, SCRIPT_DEADLINE_MS, sql, nparams, params, sqlstate, err);

    if (!result)
        err_prefix(err, "PostgreSQL");
    return result;
}

/* --- One attempt ------------------------------------------------------------------------------ */

static int statement(const struct target *target, const char *sql, char *sqlstate, struct err *err)
{
    return database_script(target->db, SCRIPT_DEADLINE_MS, sql, sqlstate, err);
}

/* Says what to do about an SQL error, where we know. Returns -1. */
static int explain(const char *sqlstate, struct err *err)
{
    static const char unfit[] = "--platform says which file of sql/platforms/ the tables are for";
    static const struct {
        const char *sqlstate, *advice;
    } known[] = {
        {"42501", "connect as a superuser, or as the tables' owner who may create roles"},
        {"3F000", "[postgres] platform_schema names the schema that has the platform's tables"},
        {"42P01", unfit},
        {"42703", unfit},
        {"2BP01", "drop what was built upon the scoreboard first"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].sqlstate, sqlstate) == 0)
            return advise(err, known[i].advice);
    return -1;
}

static int run_script(const struct target *target, const struct script *script, char *sqlstate,
                      struct err *err)
{
    if (statement(target, script->text.data, sqlstate, err) == 0)
        return 0;
    explain(sqlstate, err);
    return err_prefix(err, "%s", script->name);
}

int target_act_as_owner(const struct target *target, struct err *err)
{
    char sql[sizeof target->names.owner + 16], sqlstate[6];

    snprintf(sql, sizeof sql, "SET ROLE %s", target->names.owner);
    if (statement(target, sql, sqlstate, err) == 0)
        return 0;
    explain(sqlstate, err);
    return err_prefix(err, "PostgreSQL");
}

/* As who connected: the scripts say where they go on as the owner. */
static int run_all(const struct target *target, const struct script *scripts, size_t count,
                   char *sqlstate, struct err *err)
{
    if (statement(target, "SET LOCAL ROLE NONE", sqlstate, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (run_script(target, &scripts[i], sqlstate, err) < 0)
            return -1;
    return 0;
}

static int attempt(const struct target *target, const struct script *scripts, size_t count,
                   char *sqlstate, struct err *err)
{
    struct err unwanted;

    if (statement(target, "BEGIN", sqlstate, err) == 0 &&
        run_all(target, scripts, count, sqlstate, err) == 0 &&
        statement(target, "COMMIT", sqlstate, err) == 0)
        return 0;
    (void)!statement(target, "ROLLBACK", NULL, &unwanted);
    return -1;
}

/* --- Attempts until it works ------------------------------------------------------------------ */

/* Others are in the way, or we are in theirs: that passes. */
static bool will_pass(const char *sqlstate)
{
    static const char *const passing[] = {
        "55P03", /* lock_not_available: lock_timeout */
        "57014", /* query_canceled: statement_timeout */
        "40P01", /* deadlock_detected */
        "23505", /* unique_violation: another database makes the same role just now */
        "XX000", /* "tuple concurrently updated": another instance grants on the same schema */
    };

    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (strcmp(passing[i], sqlstate) == 0)
            return true;
    return false;
}

/* Names who has held a table of ours or of the platform's for the longest time. Returns -1. */
static int give_up(const struct target *target, struct err *err)
{
    const char *params[] = {target->names.schema, target->names.platform};
    struct err cause = *err, unwanted;
    PGresult *holder = target_query(
        target,
        "SELECT format(' by process %s (%s, role %s), whose transaction began %s s ago', pid,"
        "  application_name, usename, extract(epoch FROM clock_timestamp() - xact_start)::int)"
        " FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND pid IN ("
        "  SELECT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
        "  WHERE granted AND relnamespace IN (to_regnamespace($1), to_regnamespace($2)))"
        " ORDER BY xact_start LIMIT 1",
        2, params, NULL, &unwanted);

    err_set(err, "PostgreSQL: the tables are in use%s, and --wait %" PRId64 " is over: %s",
            holder && PQntuples(holder) > 0 ? PQgetvalue(holder, 0, 0) : "", target->options.wait_s,
            cause.text);
    PQclear(holder);
    return -1;
}

int target_run(const struct target *target, const struct script *scripts, size_t count,
               struct err *err)
{
    char sqlstate[6] = "";

    while (attempt(target, scripts, count, sqlstate, err) < 0) {
        if (!will_pass(sqlstate))
            return err_prefix(err, "PostgreSQL");
        if (monotonic_ms() >= target->until)
            return give_up(target, err);
        rest();
    }
    return 0;
}

int target_run_alone(const struct target *target, const char *sql, struct err *err)
{
    char wait[64];
    PGresult *result = NULL;

    snprintf(wait, sizeof wait, "SET lock_timeout = '%" PRId64 "s'",
             target->options.wait_s > 0 ? target->options.wait_s : 1);
    if (statement(target, wait, NULL, err) == 0)
        result = database_query(target->db, BUILD_DEADLINE_MS, sql, 0, NULL, NULL, err);
    PQclear(result);
    return result ? 0 : err_prefix(err, "PostgreSQL");
}
