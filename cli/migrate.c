/*
 * scoreboardctl migrate, detach: put the scoreboard into a platform's database, and take it out.
 *
 * What is done is written in sql/, how it is done to a platform that is running in target.c. Here
 * it is decided which files are due: those whose text is not what was applied last, and those whose
 * work the view `missing` misses. That is one rule for the first run, for upgrades and for repairs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/script.h"
#include "cli/target.h"
#include "lib/database.h"

#define WAIT_MAX_S 86400

/* Both commands have the first three. */
enum { CONNINFO, WAIT, SQL_DIR, DEMO };
/* clang-format off */
#define TARGET_OPTIONS                                                                            \
    [CONNINFO] = {"conninfo", "CONNINFO", "", "connect as a superuser or the tables' owner"},     \
    [WAIT] = {"wait", "SECONDS", "60", "how long to try while others use the tables"},            \
    [SQL_DIR] = {"sql-dir", "DIR", NULL, "else $SCOREBOARD_SQL_DIR, else " SQLDIR}
/* clang-format on */

static int run_migrate(const struct call *call, struct err *err);
static int run_detach(const struct call *call, struct err *err);

const struct command migrate_command = {
    "migrate",
    "put schema, views and triggers into the platform's database, or repair them",
    {
        TARGET_OPTIONS,
        [DEMO] = {"demo", NULL, NULL, "mark the database as disposable, for `simulate`"},
    },
    run_migrate,
};

const struct command detach_command = {
    "detach",
    "take everything of ours out of the platform's database",
    {TARGET_OPTIONS},
    run_detach,
};

static int open_target(struct target *target, const struct call *call, const char *lock_mode,
                       struct err *err)
{
    const char *from_environment = getenv("SCOREBOARD_SQL_DIR");
    struct target_options options = {
        .conninfo = call->values[CONNINFO],
        .directory = from_environment ? from_environment : SQLDIR,
        .lock_mode = lock_mode,
        .config = call->config,
        .names = call->names,
    };

    if (call->values[SQL_DIR])
        options.directory = call->values[SQL_DIR];
    if (call_number(call, WAIT, 0, WAIT_MAX_S, &options.wait_s, err) < 0)
        return -1;
    return target_open(target, &options, err);
}

/* --- migrate ---------------------------------------------------------------------------------- */

static int ask_due(const struct target *target, struct script *script, struct err *err)
{
    const char *params[] = {script->name, script->text.data};
    PGresult *result = target_query(
        target,
        "SELECT (EXISTS (SELECT FROM missing WHERE file = $1) OR NOT EXISTS (SELECT FROM migrations"
        " WHERE name = $1 AND checksum = encode(sha256(convert_to($2, 'UTF8')), 'hex')))::int",
        2, params, err);

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
        target_query(target, "SELECT (to_regclass('missing') IS NOT NULL)::int", 0, NULL, err);
    bool known = result && database_int(result, 0, 0);

    PQclear(result);
    for (size_t i = 0; result && i < list->count; i++) {
        list->scripts[i].due = true;
        if (known && ask_due(target, &list->scripts[i], err) < 0)
            return -1;
    }
    return result ? 0 : -1;
}

static size_t count_due(const struct script_list *list, bool concurrent)
{
    size_t n = 0;

    for (size_t i = 0; i < list->count; i++)
        n += list->scripts[i].due && script_is_concurrent(&list->scripts[i]) == concurrent;
    return n;
}

static void say_applied(const struct script *script)
{
    printf("applied %s\n", script->name);
    fflush(stdout);
}

/* Those of the one transaction are said only after its commit. */
static int apply_together(const struct target *target, const struct script_list *list,
                          struct err *err)
{
    if (count_due(list, false) > 0 && target_run(target, list, err) < 0)
        return -1;
    for (size_t i = 0; i < list->count; i++)
        if (list->scripts[i].due && !script_is_concurrent(&list->scripts[i]))
            say_applied(&list->scripts[i]);
    return 0;
}

static int apply_concurrent(const struct target *target, const struct script_list *list,
                            struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct script *script = &list->scripts[i];

        if (!script->due || !script_is_concurrent(script))
            continue;
        if (target_run_concurrent(target, script, err) < 0)
            return err_prefix(err, "the boards work, but slower than they could; run migrate again "
                                   "when no old transaction is open");
        say_applied(script);
    }
    return 0;
}

/* 1: marked, 0: it was already. */
static int mark_disposable(const struct target *target, struct err *err)
{
    PGresult *result = target_query(
        target, "UPDATE settings SET disposable = true WHERE NOT disposable", 0, NULL, err);
    int rows = result ? atoi(PQcmdTuples(result)) : -1;

    PQclear(result);
    if (rows > 0)
        puts("marked the database as disposable: `scoreboardctl simulate` may play in it");
    return rows;
}

static int migrate(const struct target *target, struct script_list *list, bool demo,
                   struct err *err)
{
    size_t due;
    int marked = 0;

    if (script_list_load(list, target->options.directory, &target->names, err) < 0 ||
        find_due(target, list, err) < 0)
        return -1;
    due = count_due(list, false) + count_due(list, true);
    if (apply_together(target, list, err) < 0 || apply_concurrent(target, list, err) < 0)
        return -1;
    if (demo && (marked = mark_disposable(target, err)) < 0)
        return -1;
    if (due == 0 && marked == 0)
        printf("nothing to do: %s is up to date\n", target->names.schema);
    return 0;
}

static int run_migrate(const struct call *call, struct err *err)
{
    struct target target;
    struct script_list list = {0};
    int status;

    if (open_target(&target, call, "SHARE ROW EXCLUSIVE", err) < 0)
        return -1;
    status = migrate(&target, &list, call->values[DEMO], err);
    script_list_release(&list);
    target_release(&target);
    return status;
}

/* --- detach ----------------------------------------------------------------------------------- */

/* Whether anything in this database is our owner's, or granted to it: 1, 0, or -1. */
static int is_attached(const struct target *target, struct err *err)
{
    PGresult *result =
        target_query(target,
                     "SELECT count(*) FROM pg_shdepend JOIN pg_database ON pg_database.oid = dbid"
                     " WHERE datname = current_database() AND refclassid = 'pg_authid'::regclass"
                     " AND refobjid = to_regrole($1 || '_owner')",
                     1, &target->names.schema, err);
    int attached = result ? database_int(result, 0, 0) > 0 : -1;

    PQclear(result);
    return attached;
}

static int say_kept_roles(const struct target *target, struct err *err)
{
    PGresult *result =
        target_query(target,
                     "SELECT rolname FROM pg_roles WHERE rolname IN"
                     " ($1 || '_owner', $1 || '_daemon', $1 || '_publisher') ORDER BY rolname",
                     1, &target->names.schema, err);

    for (int i = 0; result && i < PQntuples(result); i++)
        printf("kept role %s: another database of this server uses it\n", PQgetvalue(result, i, 0));
    PQclear(result);
    return result ? 0 : -1;
}

static int detach(const struct target *target, struct err *err)
{
    struct script script = {0};
    struct script_list list = {&script, 1};
    int status;

    if (script_load(&script, target->options.directory, "detach.sql", &target->names, err) < 0)
        return -1;
    script.due = true;
    status = target_run(target, &list, err);
    script_release(&script);
    if (status < 0)
        return -1;
    printf("removed %s: its schema, its triggers and index on the platform's tables, its roles\n",
           target->names.schema);
    return say_kept_roles(target, err);
}

static int run_detach(const struct call *call, struct err *err)
{
    struct target target;
    int attached, status;

    if (open_target(&target, call, "ACCESS EXCLUSIVE", err) < 0)
        return -1;
    attached = is_attached(&target, err);
    status = attached > 0 ? detach(&target, err) : attached;
    if (attached == 0)
        printf("nothing to do: database %s has nothing of %s\n", PQdb(target.db),
               target.names.schema);
    target_release(&target);
    return status;
}
