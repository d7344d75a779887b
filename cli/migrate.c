/*
 * scoreboardctl migrate, detach: put the scoreboard into a platform's database, and take it out.
 *
 * What is done is written in sql/, how it is done to a platform that is running in target.c, and
 * which platform it is finds platform.c. Here it is decided whether anything is due: all of it, when
 * a file is not what was migrated last or when the view `missing` misses something. That is one rule
 * for the first run, for upgrades and for repairs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/migrate.h"
#include "cli/platform.h"
#include "cli/script.h"
#include "cli/target.h"
#include "lib/database.h"

#define WAIT_MAX_S   86400
#define REHEARSAL_MS 60000 /* for each statement of it */

enum { DISPOSABLE = MIGRATE_OWN, KEEP = MIGRATE_PLATFORM };

static int run_migrate(const struct call *call, struct err *err);
static int run_detach(const struct call *call, struct err *err);

const struct command migrate_command = {
    .name = "migrate",
    .help = "put schema, functions and triggers into the platform's database, or repair them",
    .options =
        {
            MIGRATE_OPTIONS,
            [MIGRATE_PLATFORM] = {"platform", "NAME", NULL,
                                  "or FILE; else as before, or told by its tables"},
            [MIGRATE_PART] = {"part", "N", NULL,
                              "what of the platform, where its file asks: a game's number"},
            [DISPOSABLE] = {"disposable", NULL, NULL,
                            "mark the database: a simulation may empty it"},
        },
    .run = run_migrate,
};

const struct command detach_command = {
    .name = "detach",
    .help = "take everything of ours out of the platform's database",
    .options =
        {
            MIGRATE_OPTIONS,
            [KEEP] = {"keep", NULL, NULL, "but the settings and the roles, for a later migrate"},
        },
    .run = run_detach,
};

static int open_target(struct target *target, const struct call *call, struct err *err)
{
    const char *from_environment = getenv("SCOREBOARD_SQL_DIR");
    struct target_options options = {
        .conninfo = call->values[MIGRATE_CONNINFO],
        .directory = from_environment ? from_environment : SQLDIR,
        .config = call->config,
        .names = call->names,
    };

    if (call->values[MIGRATE_SQL_DIR])
        options.directory = call->values[MIGRATE_SQL_DIR];
    if (call_number(call, MIGRATE_WAIT, 0, WAIT_MAX_S, &options.wait_s, err) < 0)
        return -1;
    return target_open(target, &options, err);
}

/* --- Scripts ---------------------------------------------------------------------------------- */

#define SCRIPTS_MAX 9

struct scripts {
    struct script all[SCRIPTS_MAX];
    size_t count;
};

static void scripts_release(struct scripts *scripts)
{
    while (scripts->count > 0)
        script_release(&scripts->all[--scripts->count]);
}

/* What *script holds, which is then empty. */
static int add_script(struct scripts *scripts, const struct target *target, struct script *script,
                      struct err *err)
{
    struct script *added = &scripts->all[scripts->count++];

    *added = *script;
    *script = (struct script){0};
    return script_complete(added, &target->names, err);
}

/* A file of ours. */
static int add(struct scripts *scripts, const struct target *target, const char *name,
               struct err *err)
{
    struct script script = {0};

    if (script_read(&script, target->options.directory, name, err) < 0)
        return -1;
    return add_script(scripts, target, &script, err);
}

/* A copy of the platform's file, as it is: it may be filled in more than once. */
static int add_file_of(struct scripts *scripts, const struct target *target,
                       const struct platform *platform, struct err *err)
{
    struct script file = {0};

    snprintf(file.name, sizeof file.name, "%s", platform->script.name);
    buffer_append(&file.text, platform->script.text.data, platform->script.text.len);
    return add_script(scripts, target, &file, err);
}

/* --- migrate: what is due --------------------------------------------------------------------- */

struct migration {
    struct target target;
    struct platform platform;
    struct scripts scripts;
    char checksum[65]; /* of all scripts */
};

/* Before anything is known of the platform: the one that was asked for, or remembered. */
static int choose(struct migration *m, const struct call *call, struct err *err)
{
    const char *wanted = call->values[MIGRATE_PLATFORM];
    struct target *target = &m->target;
    int64_t part;
    int recalled = platform_recall(&m->platform, target->db, &target->names, err);

    if (recalled < 0)
        return -1;
    if (call->values[MIGRATE_PART]) {
        if (call_number(call, MIGRATE_PART, 0, INT64_MAX, &part, err) < 0)
            return -1;
        snprintf(target->names.part, sizeof target->names.part, "%lld", (long long)part);
    }
    if (!wanted && recalled == 0)
        wanted = m->platform.name;
    return platform_find(&m->platform, target->db, target->options.directory, wanted,
                         &target->names, err);
}

static int load(struct migration *m, struct err *err)
{
    struct scripts *s = &m->scripts;
    const struct target *t = &m->target;

    if (add(s, t, "lock.sql", err) < 0 || add(s, t, "clear.sql", err) < 0 ||
        add(s, t, "schema.sql", err) < 0 || add(s, t, "sources.sql", err) < 0 ||
        add(s, t, "contract.sql", err) < 0 || add_file_of(s, t, &m->platform, err) < 0 ||
        add(s, t, "missing.sql", err) < 0)
        return -1;
    return 0;
}

static int sum_up(struct migration *m, struct err *err)
{
    struct buffer text = {0};
    PGresult *result = NULL;

    for (size_t i = 0; i < m->scripts.count; i++)
        buffer_append_text(&text, m->scripts.all[i].text.data);
    buffer_append_char(&text, '\0');
    if (buffer_failed(&text))
        err_set(err, "out of memory");
    else
        result = target_query(&m->target, "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", 1,
                              (const char *const *)&text.data, NULL, err);
    if (result)
        snprintf(m->checksum, sizeof m->checksum, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    buffer_release(&text);
    return result ? 0 : -1;
}

/* As the owner. Whatever keeps us from asking is something that a migration puts right. */
static int is_due(const struct migration *m, struct err *err)
{
    const struct script_names *names = &m->target.names;
    const char *params[] = {m->platform.name, names->part, m->checksum};
    char sql[512], sqlstate[6];
    PGresult *result;
    int due;

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM %s.installation WHERE platform = $1 AND part = $2"
             " AND checksum = $3"
             " AND NOT EXISTS (SELECT FROM %s.missing WHERE what NOT LIKE 'index %%')",
             names->schema, names->schema);
    result = target_query(&m->target, sql, 3, params, sqlstate, err);
    if (!result)
        return sqlstate[0] ? 1 : -1;
    due = database_int(result, 0, 0) == 0;
    PQclear(result);
    return due;
}

/* --- migrate: the rehearsal ------------------------------------------------------------------- */

/* Waits for nobody: who waits for a lock makes others wait behind. */
static const char rehearsal_sql[] = "BEGIN; SET LOCAL ROLE NONE; SET LOCAL lock_timeout = '10ms'";

static int run_rehearsal(PGconn *db, const struct scripts *scripts, const char *schema,
                         struct err *err)
{
    char sql[NAME_MAX_LEN + 96];

    for (size_t i = 0; i < scripts->count; i++)
        if (database_script(db, REHEARSAL_MS, scripts->all[i].text.data, NULL, err) < 0)
            return err_prefix(err, "%s", scripts->all[i].name);
    snprintf(sql, sizeof sql, "SET LOCAL search_path = %s, pg_catalog, pg_temp", schema);
    return database_script(db, REHEARSAL_MS, sql, NULL, err);
}

/* The same files under another name, but for the triggers; the platform's is needed once more. */
static int load_rehearsal(const struct migration *m, const struct target *t, struct scripts *s,
                          struct err *err)
{
    if (add(s, t, "schema.sql", err) < 0 || add(s, t, "sources.sql", err) < 0 ||
        add(s, t, "contract.sql", err) < 0 || add(s, t, "rehearsal.sql", err) < 0)
        return -1;
    return add_file_of(s, t, &m->platform, err);
}

static int look_at_rehearsal(const struct target *t, bool whole, struct findings *findings,
                             struct err *err)
{
    char role[NAME_MAX_LEN + 16];

    snprintf(role, sizeof role, "%s_daemon", t->names.schema);
    if (check_as(t->db, role, REHEARSAL_MS, err) < 0)
        return -1;
    return check_functions(t->db, t->names.schema, REHEARSAL_MS, whole, findings, err);
}

static int rehearse(const struct migration *m, bool whole, struct findings *findings,
                    struct err *err)
{
    struct target t = m->target;
    struct scripts scripts = {0};
    char schema[NAME_MAX_LEN + 16];
    struct err unwanted;
    int status;

    snprintf(schema, sizeof schema, "%s_rehearsal", m->target.names.schema);
    t.names.schema = schema;
    *findings = (struct findings){0};
    status = load_rehearsal(m, &t, &scripts, err);
    if (status == 0)
        status = database_script(t.db, REHEARSAL_MS, rehearsal_sql, NULL, err);
    if (status == 0)
        status = run_rehearsal(t.db, &scripts, schema, err);
    if (status == 0)
        status = look_at_rehearsal(&t, whole, findings, err);
    (void)!database_script(t.db, REHEARSAL_MS, "ROLLBACK", NULL, &unwanted);
    scripts_release(&scripts);
    return status;
}

/* Refuses what no daemon could read. What cannot be rehearsed is left to the migration itself, which
 * says why not. */
static int approve(const struct migration *m, struct err *err)
{
    struct findings findings;
    struct err unwanted;

    if (rehearse(m, false, &findings, &unwanted) < 0 || !findings.unreadable)
        return 0;
    return err_set(err, "no boards can be made of what %s gives: nothing was changed",
                   m->platform.name);
}

/* --- migrate: doing it ------------------------------------------------------------------------ */

/* What is kept of this run, as one more script. */
static int add_record(struct migration *m, struct err *err)
{
    struct script record = {.name = "installation"};
    char *name = PQescapeLiteral(m->target.db, m->platform.name, strlen(m->platform.name));

    buffer_printf(&record.text,
                  "INSERT INTO {{schema}}.installation (platform, part, checksum)"
                  " VALUES (%s, '{{part}}', '%s')"
                  " ON CONFLICT (one) DO UPDATE SET (platform, part, checksum, migrated_at)"
                  " = (EXCLUDED.platform, EXCLUDED.part, EXCLUDED.checksum, now())",
                  name ? name : "NULL", m->checksum);
    buffer_append_char(&record.text, '\0');
    PQfreemem(name);
    return add_script(&m->scripts, &m->target, &record, err);
}

static int apply(struct migration *m, struct err *err)
{
    const struct script_names *names = &m->target.names;

    if (add_record(m, err) < 0 || add(&m->scripts, &m->target, "finish.sql", err) < 0 ||
        target_run(&m->target, m->scripts.all, m->scripts.count, err) < 0)
        return -1;
    printf("migrated %s: platform %s", names->schema, m->platform.name);
    if (strcmp(names->part, "NULL") != 0)
        printf(", part %s", names->part);
    printf("; all of it belongs to %s\n", names->owner);
    if (m->platform.others[0])
        printf("tables belong to others, too: %s\n", m->platform.others);
    fflush(stdout);
    return 0;
}

/* The number of indexes built, or -1. */
static int build_indexes(const struct target *target, struct err *err)
{
    char sql[64 + NAME_MAX_LEN];
    PGresult *unbuilt;
    int built = 0, status = 0;

    snprintf(sql, sizeof sql, "SELECT remove, build, name FROM %s.unbuilt", target->names.schema);
    unbuilt = target_query(target, sql, 0, NULL, NULL, err);
    if (!unbuilt)
        return -1;
    for (; built < PQntuples(unbuilt) && status == 0; built++) {
        status = target_run_alone(target, PQgetvalue(unbuilt, built, 0), err);
        if (status == 0)
            status = target_run_alone(target, PQgetvalue(unbuilt, built, 1), err);
        if (status == 0)
            printf("built index %s\n", PQgetvalue(unbuilt, built, 2));
    }
    PQclear(unbuilt);
    if (status == 0)
        return built;
    return err_prefix(err, "the boards work, but slower than they could; run migrate again when no "
                           "old transaction is open");
}

/* 1: marked, 0: it was already. */
static int mark_disposable(const struct target *target, struct err *err)
{
    char sql[96 + NAME_MAX_LEN];
    PGresult *result;
    int rows;

    snprintf(sql, sizeof sql, "UPDATE %s.settings SET disposable = true WHERE NOT disposable",
             target->names.schema);
    result = target_query(target, sql, 0, NULL, NULL, err);
    rows = result ? atoi(PQcmdTuples(result)) : -1;
    PQclear(result);
    if (rows > 0)
        puts("marked the database as disposable: a simulation may empty it");
    return rows;
}

static int migrate(struct migration *m, const struct call *call, struct err *err)
{
    int due, built, marked = 0;

    if (choose(m, call, err) < 0 ||
        platform_survey(&m->platform, m->target.db, &m->target.names, err) < 0 ||
        target_act_as_owner(&m->target, err) < 0 || load(m, err) < 0 || sum_up(m, err) < 0 ||
        (due = is_due(m, err)) < 0 || (due && (approve(m, err) < 0 || apply(m, err) < 0)) ||
        (built = build_indexes(&m->target, err)) < 0)
        return -1;
    if (call->values[DISPOSABLE] && (marked = mark_disposable(&m->target, err)) < 0)
        return -1;
    if (!due && built == 0 && marked == 0)
        printf("nothing to do: %s is up to date\n", m->target.names.schema);
    return 0;
}

static int run_migrate(const struct call *call, struct err *err)
{
    struct migration m = {0};
    int status;

    if (open_target(&m.target, call, err) < 0)
        return -1;
    m.target.names.lock_mode = "SHARE ROW EXCLUSIVE";
    status = migrate(&m, call, err);
    scripts_release(&m.scripts);
    platform_release(&m.platform);
    target_release(&m.target);
    return status;
}

int migrate_rehearse(const struct call *call, struct findings *findings, struct err *err)
{
    struct migration m = {0};
    int status = -1;

    if (open_target(&m.target, call, err) < 0)
        return -1;
    if (choose(&m, call, err) == 0 &&
        platform_survey(&m.platform, m.target.db, &m.target.names, err) == 0 &&
        target_act_as_owner(&m.target, err) == 0)
        status = rehearse(&m, true, findings, err);
    platform_release(&m.platform);
    target_release(&m.target);
    return status;
}

/* --- detach ----------------------------------------------------------------------------------- */

/* Whether anything of ours is in this database: 1, 0, or -1. */
static int is_attached(const struct target *target, struct err *err)
{
    PGresult *result = target_query(
        target,
        "SELECT (to_regnamespace($1) IS NOT NULL"
        " OR EXISTS (SELECT FROM pg_proc WHERE prorettype = 'trigger'::regtype"
        "  AND prosrc LIKE '%' || $1 || '.note(%')"
        " OR EXISTS (SELECT FROM pg_shdepend JOIN pg_database ON pg_database.oid = dbid"
        "  WHERE datname = current_database() AND refclassid = 'pg_authid'::regclass"
        "  AND refobjid IN (to_regrole($1 || '_daemon'), to_regrole($1 || '_publisher'))))::int",
        1, &target->names.schema, NULL, err);
    int attached = result ? database_int(result, 0, 0) > 0 : -1;

    PQclear(result);
    return attached;
}

static int say_kept_roles(const struct target *target, struct err *err)
{
    PGresult *result = target_query(target,
                                    "SELECT rolname FROM pg_roles WHERE rolname IN"
                                    " ($1 || '_daemon', $1 || '_publisher') ORDER BY rolname",
                                    1, &target->names.schema, NULL, err);

    for (int i = 0; result && i < PQntuples(result); i++)
        printf("kept role %s: another database of this server uses it, or you may not drop it\n",
               PQgetvalue(result, i, 0));
    PQclear(result);
    return result ? 0 : -1;
}

static int detach(const struct target *target, bool keep, struct err *err)
{
    struct scripts scripts = {0};
    int status = -1;

    if (add(&scripts, target, "lock.sql", err) == 0 &&
        add(&scripts, target, "clear.sql", err) == 0 &&
        add(&scripts, target, "detach.sql", err) == 0)
        status = target_run(target, scripts.all, scripts.count, err);
    scripts_release(&scripts);
    if (status < 0)
        return -1;
    if (keep) {
        printf("removed %s, but for its settings and its roles\n", target->names.schema);
        return 0;
    }
    printf("removed %s: its schema, its triggers and indexes on the platform's tables, its roles\n",
           target->names.schema);
    return say_kept_roles(target, err);
}

static int run_detach(const struct call *call, struct err *err)
{
    bool keep = call->values[KEEP] != NULL;
    struct target target;
    int attached, status;

    if (open_target(&target, call, err) < 0)
        return -1;
    target.names.keep = keep ? "true" : "false";
    attached = is_attached(&target, err);
    status = attached > 0 ? detach(&target, keep, err) : attached;
    if (attached == 0)
        printf("nothing to do: database %s has nothing of %s\n", PQdb(target.db),
               target.names.schema);
    target_release(&target);
    return status;
}
