/*
 * scoreboardctl migrate, detach: put the scoreboard into a platform's database, and take it out.
 *
 * What is to be done is written in sql/ (see the head of 01_schema.sql); here is how it is done to a
 * platform that is running:
 *
 *   - one migrate or detach at a time: a session's advisory lock, asked for again and again. Nobody
 *     may wait for it inside PostgreSQL, since an index that is built CONCURRENTLY by the one who
 *     has it waits in turn for everybody else's open transaction;
 *   - all or nothing: one transaction, begun by lock.sql, which waits for the platform's tables a
 *     fifth of a second and no longer. When that was not enough, or anything else is in the way, all
 *     is rolled back, and tried again after a random rest until --wait is over;
 *   - a file is applied once: its checksum is kept, in the same transaction.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/script.h"
#include "lib/database.h"
#include "lib/timestamp.h"

#define SCRIPT_DEADLINE_MS ((int64_t)60 * 1000) /* of one file; its locks time out long before */
#define BUILD_DEADLINE_MS  ((int64_t)12 * 3600 * 1000) /* of building an index beside the writers */
#define REST_MS            100                         /* between two attempts: 1 to 5 times this */
#define SERVER_VERSION_MIN 140000

/* The options that both commands have come first. */
enum { CONNINFO, WAIT, SQL_DIR, DEMO };
#define TARGET_OPTIONS                                                                            \
    [CONNINFO] = {"conninfo", "CONNINFO", "",                                                     \
                  "whom to connect as: a superuser, or the tables' owner who may create roles; "  \
                  "libpq's environment fills in what is not given"},                              \
    [WAIT] = {"wait", "SECONDS", "60", "how long to try while others use the platform's tables"}, \
    [SQL_DIR] = {"sql-dir", "DIR", NULL, "our SQL files; else $SCOREBOARD_SQL_DIR, else " SQLDIR}

static int run_migrate(const struct call *call, struct err *err);
static int run_detach(const struct call *call, struct err *err);

const struct command migrate_command = {
    "migrate",
    "puts schema, views and triggers into the platform's database, or repairs them",
    {TARGET_OPTIONS, [DEMO] = {"demo", NULL, NULL,
                               "mark the database as disposable, for `simulate`"}},
    run_migrate,
};

const struct command detach_command = {
    "detach",
    "takes everything of ours out of the platform's database",
    {TARGET_OPTIONS},
    run_detach,
};

/* --- The database, and who may change it ---------------------------------------------------------- */

struct target {
    PGconn *db;
    int64_t until; /* monotonic_ms(): then no new attempt is made */
    int64_t wait_s;
    struct script_names names;
    const char *directory;
};

static void target_close(struct target *target)
{
    PQfinish(target->db);
}

static PGconn *connect_to(const struct call *call, struct err *err)
{
    struct database_options options = {
        .conninfo = call->values[CONNINFO],
        .password_file = "",
        .program = "scoreboardctl",
        .schema = call->names->schema,
        .connect_deadline = call->config->connect_deadline,
    };

    return database_open(&options, err);
}

static void rest(void)
{
    unsigned noise = 0;

    if (getrandom(&noise, sizeof noise, 0) != sizeof noise)
        noise = (unsigned)getpid();
    usleep(1000 * (REST_MS + noise % (4 * REST_MS)));
}

/* Becomes the only migrate or detach of this schema until the connection ends. */
static int claim(struct target *target, struct err *err)
{
    const char *schema = target->names.schema;

    for (;;) {
        PGresult *result = database_query(
            target->db, SCRIPT_DEADLINE_MS,
            "SELECT pg_try_advisory_lock(hashtextextended('scoreboardctl ' || $1, 0))::int", 1,
            &schema, NULL, err);
        bool claimed = result && database_int(result, 0, 0);

        PQclear(result);
        if (!result || claimed)
            return result ? 0 : -1;
        if (monotonic_ms() >= target->until)
            return err_set(err,
                           "another migrate or detach of %s has been at work for %" PRId64
                           " s: let it finish, and try again",
                           schema, target->wait_s);
        rest();
    }
}

static int check_server(PGconn *db, struct err *err)
{
    int version = PQserverVersion(db);

    if (version < SERVER_VERSION_MIN)
        return err_set(err, "PostgreSQL %d or newer is needed, and this is %d.%d",
                       SERVER_VERSION_MIN / 10000, version / 10000, version % 10000);
    return 0;
}

static int target_open(struct target *target, const struct call *call, const char *lock_mode,
                       struct err *err)
{
    const char *from_environment = getenv("SCOREBOARD_SQL_DIR");

    if (call_number(call, WAIT, 0, 86400, &target->wait_s, err) ||
        script_names_init(&target->names, call->names->schema, call->config->platform_schema,
                          lock_mode, err))
        return -1;
    target->directory = call->values[SQL_DIR] ? call->values[SQL_DIR]
                        : from_environment    ? from_environment
                                              : SQLDIR;
    target->until = monotonic_ms() + target->wait_s * 1000;
    target->db = connect_to(call, err);
    if (!target->db || check_server(target->db, err) || claim(target, err))
        return -1;
    return 0;
}

/* --- Scripts, in a transaction -------------------------------------------------------------------- */

/* Says what to do about an SQL error, where we know. */
static int explain(const char *sqlstate, struct err *err)
{
    static const struct {
        const char *sqlstate, *advice;
    } known[] = {
        {"42501", "connect as a superuser, or as the tables' owner who may create roles"},
        {"3F000", "[postgres] platform_schema names the schema that has the platform's tables"},
        {"42P01", "the platform's tables are not the reference platform's: the views, triggers and "
                  "grants in sql/ must be written for them"},
        {"42703", "the platform's tables are not the reference platform's: the views, triggers and "
                  "grants in sql/ must be written for them"},
        {"2BP01", "drop what was built upon the scoreboard first"},
    };
    struct err cause = *err;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].sqlstate, sqlstate) == 0)
            return err_set(err, "%s: %s", cause.text, known[i].advice);
    return -1;
}

static int run_script(const struct target *target, const struct script *script, char *sqlstate,
                      struct err *err)
{
    if (database_script(target->db, SCRIPT_DEADLINE_MS, script->text.data, sqlstate, err) == 0)
        return 0;
    explain(sqlstate, err);
    return err_prefix(err, "%s", script->name);
}

/* Keeps what was applied. */
static int record(const struct target *target, const struct script *script, char *sqlstate,
                  struct err *err)
{
    const char *params[] = {script->name, script->text.data};
    PGresult *result = database_query(
        target->db, SCRIPT_DEADLINE_MS,
        "INSERT INTO migrations (name, checksum)"
        " VALUES ($1, encode(sha256(convert_to($2, 'UTF8')), 'hex'))"
        " ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum, applied_at = now()",
        2, params, sqlstate, err);

    PQclear(result);
    return result ? 0 : -1;
}

/* What is run in one transaction, after lock.sql. */
struct plan {
    struct script lock;
    struct script_list list;
    bool recorded; /* each script is kept in the table of migrations */
};

static void plan_release(struct plan *plan)
{
    script_release(&plan->lock);
    script_list_release(&plan->list);
}

static int run_due(const struct target *target, const struct plan *plan, char *sqlstate,
                   struct err *err)
{
    for (size_t i = 0; i < plan->list.count; i++) {
        const struct script *script = &plan->list.scripts[i];

        if (!script->due || script_is_concurrent(script))
            continue;
        if (run_script(target, script, sqlstate, err) ||
            (plan->recorded && record(target, script, sqlstate, err)))
            return -1;
    }
    return 0;
}

static int statement(const struct target *target, const char *sql, char *sqlstate, struct err *err)
{
    return database_script(target->db, SCRIPT_DEADLINE_MS, sql, sqlstate, err);
}

static int attempt(const struct target *target, const struct plan *plan, char *sqlstate,
                   struct err *err)
{
    struct err unwanted;

    if (statement(target, "BEGIN", sqlstate, err) == 0 &&
        run_script(target, &plan->lock, sqlstate, err) == 0 &&
        run_due(target, plan, sqlstate, err) == 0 &&
        statement(target, "COMMIT", sqlstate, err) == 0)
        return 0;
    (void)!statement(target, "ROLLBACK", NULL, &unwanted);
    return -1;
}

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

/* Until it succeeds, fails for good, or --wait is over. */
static int in_transaction(const struct target *target, const struct plan *plan, struct err *err)
{
    char sqlstate[6] = "";

    while (attempt(target, plan, sqlstate, err) < 0) {
        if (!will_pass(sqlstate))
            return -1;
        if (monotonic_ms() >= target->until) {
            err_prefix(err,
                       "gave up after %" PRId64 " s (an old transaction in pg_stat_activity? "
                       "--wait makes it try longer)",
                       target->wait_s);
            return -1;
        }
        rest();
    }
    return 0;
}

/* --- migrate -------------------------------------------------------------------------------------- */

/* Whether a script's text is not the one that was applied last, or its work is gone. */
static int ask_due(const struct target *target, struct script *script, struct err *err)
{
    const char *params[] = {script->name, script->text.data};
    PGresult *result = database_query(
        target->db, SCRIPT_DEADLINE_MS,
        "SELECT (EXISTS (SELECT FROM missing WHERE file = $1) OR NOT EXISTS (SELECT FROM migrations"
        " WHERE name = $1 AND checksum = encode(sha256(convert_to($2, 'UTF8')), 'hex')))::int",
        2, params, NULL, err);

    if (!result)
        return -1;
    script->due = database_int(result, 0, 0);
    PQclear(result);
    return 0;
}

/* Where the view that knows what is missing is missing itself, everything is due. */
static int find_due(const struct target *target, struct script_list *list, struct err *err)
{
    PGresult *result =
        database_query(target->db, SCRIPT_DEADLINE_MS,
                       "SELECT (to_regclass('missing') IS NOT NULL)::int", 0, NULL, NULL, err);
    bool known = result && database_int(result, 0, 0);

    PQclear(result);
    for (size_t i = 0; result && i < list->count; i++) {
        list->scripts[i].due = true;
        if (known && ask_due(target, &list->scripts[i], err))
            return -1;
    }
    return result ? 0 : -1;
}

static bool any_due(const struct script_list *list, bool concurrent)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->scripts[i].due && script_is_concurrent(&list->scripts[i]) == concurrent)
            return true;
    return false;
}

static void say_applied(const struct script_list *list, bool concurrent)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->scripts[i].due && script_is_concurrent(&list->scripts[i]) == concurrent)
            printf("applied %s\n", list->scripts[i].name);
    fflush(stdout);
}

/* Each statement alone, as CONCURRENTLY demands. A statement ends with its line. */
static int run_statements(const struct target *target, const struct script *script, struct err *err)
{
    int status = 0;

    for (const char *at = script->text.data, *end; (end = strstr(at, ";\n")); at = end + 2) {
        char *one = strndup(at, (size_t)(end - at));

        status = one ? database_script(target->db, BUILD_DEADLINE_MS, one, NULL, err)
                     : err_set(err, "out of memory");
        free(one);
        if (status)
            break;
    }
    return status;
}

/* Nobody waits for these, but they wait for every transaction that was open before. */
static int apply_concurrent(const struct target *target, const struct script_list *list,
                            struct err *err)
{
    char wait[64];

    snprintf(wait, sizeof wait, "SET lock_timeout = '%" PRId64 "s'",
             target->wait_s > 0 ? target->wait_s : 1);
    if (statement(target, wait, NULL, err))
        return -1;
    for (size_t i = 0; i < list->count; i++) {
        const struct script *script = &list->scripts[i];

        if (!script->due || !script_is_concurrent(script))
            continue;
        if (run_statements(target, script, err) || record(target, script, NULL, err)) {
            err_prefix(err, "%s", script->name);
            return err_prefix(err, "the boards work, slower than they could; run migrate again "
                                   "when no old transaction is open");
        }
    }
    return 0;
}

static int apply(const struct target *target, const struct plan *plan, struct err *err)
{
    if (any_due(&plan->list, false) && in_transaction(target, plan, err))
        return -1;
    say_applied(&plan->list, false);
    if (any_due(&plan->list, true) && apply_concurrent(target, &plan->list, err))
        return -1;
    say_applied(&plan->list, true);
    return 0;
}

/* 1: marked, 0: it was already. */
static int mark_disposable(const struct target *target, struct err *err)
{
    PGresult *result = database_query(target->db, SCRIPT_DEADLINE_MS,
                                      "UPDATE settings SET disposable = true WHERE NOT disposable",
                                      0, NULL, NULL, err);
    int rows = result ? atoi(PQcmdTuples(result)) : -1;

    PQclear(result);
    if (rows > 0)
        puts("marked the database as disposable: `scoreboardctl simulate` may play in it");
    return rows;
}

static int migrate(const struct call *call, const struct target *target, struct plan *plan,
                   struct err *err)
{
    bool something;
    int marked = 0;

    if (script_load(&plan->lock, target->directory, "lock.sql", &target->names, err) ||
        script_list_load(&plan->list, target->directory, &target->names, err) ||
        find_due(target, &plan->list, err))
        return -1;
    something = any_due(&plan->list, false) || any_due(&plan->list, true);
    if (apply(target, plan, err))
        return -1;
    if (call->values[DEMO] && (marked = mark_disposable(target, err)) < 0)
        return -1;
    if (!something && marked == 0)
        printf("nothing to do: %s is up to date\n", target->names.schema);
    return 0;
}

static int run_migrate(const struct call *call, struct err *err)
{
    struct target target = {0};
    struct plan plan = {.recorded = true};
    int status = -1;

    if (target_open(&target, call, "SHARE ROW EXCLUSIVE", err) == 0)
        status = migrate(call, &target, &plan, err);
    plan_release(&plan);
    target_close(&target);
    return status;
}

/* --- detach --------------------------------------------------------------------------------------- */

static int is_attached(const struct target *target, bool *attached, struct err *err)
{
    PGresult *result = database_query(target->db, SCRIPT_DEADLINE_MS,
                                      "SELECT (to_regnamespace($1) IS NOT NULL)::int", 1,
                                      &target->names.schema, NULL, err);

    if (!result)
        return -1;
    *attached = database_int(result, 0, 0);
    PQclear(result);
    return 0;
}

static int say_kept_roles(const struct target *target, struct err *err)
{
    PGresult *result = database_query(
        target->db, SCRIPT_DEADLINE_MS,
        "SELECT rolname FROM pg_roles WHERE rolname IN ($1 || '_owner', $1 || '_daemon',"
        " $1 || '_publisher') ORDER BY rolname",
        1, &target->names.schema, NULL, err);

    for (int i = 0; result && i < PQntuples(result); i++)
        printf("kept role %s: another database of this server uses it\n", PQgetvalue(result, i, 0));
    PQclear(result);
    return result ? 0 : -1;
}

static int detach(const struct target *target, struct plan *plan, struct err *err)
{
    bool attached = false;

    if (is_attached(target, &attached, err))
        return -1;
    if (!attached) {
        printf("nothing to do: there is no schema %s in database %s\n", target->names.schema,
               PQdb(target->db));
        return 0;
    }
    plan->list.scripts = calloc(1, sizeof *plan->list.scripts);
    if (!plan->list.scripts)
        return err_set(err, "out of memory");
    plan->list.count = 1;
    if (script_load(&plan->lock, target->directory, "lock.sql", &target->names, err) ||
        script_load(&plan->list.scripts[0], target->directory, "detach.sql", &target->names, err))
        return -1;
    plan->list.scripts[0].due = true;
    if (in_transaction(target, plan, err))
        return -1;
    printf("removed schema %s, its triggers and index on the platform's tables, and its roles\n",
           target->names.schema);
    return say_kept_roles(target, err);
}

static int run_detach(const struct call *call, struct err *err)
{
    struct target target = {0};
    struct plan plan = {0};
    int status = -1;

    if (target_open(&target, call, "ACCESS EXCLUSIVE", err) == 0)
        status = detach(&target, &plan, err);
    plan_release(&plan);
    target_close(&target);
    return status;
}
