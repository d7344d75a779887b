/*
 * scoreboardctl competition: the rules of the competition, shown and set.
 *
 * They are what the platform's file says (competition()): a platform that has settings of its own is
 * shown, and set where its organisers set everything else; what it has none for stands in our
 * settings. Which of the two it is nobody needs to know beforehand: what is set here is read back
 * through competition(), in the same transaction, and when it does not come out, nothing is changed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/command.h"
#include "lib/database.h"
#include "lib/timestamp.h"

#define DEADLINE_MS 10000

enum { CONNINFO, NAME, START, FREEZE, END, VISIBLE, TIE };
#define FIRST_SETTING NAME
#define SETTING_COUNT (TIE + 1 - FIRST_SETTING)

static int run_competition(const struct call *call, struct err *err);

const struct command competition_command = {
    .name = "competition",
    .help = "show the competition's rules, and set those that the platform has no place for",
    .options =
        {
            [CONNINFO] = {"conninfo", "CONNINFO", NULL,
                          "to set, as a superuser or the tables' owner; else libpq's environment"},
            [NAME] = {"name", "NAME", NULL, "what the competition is called"},
            [START] = {"start", "TIME", NULL, "RFC 3339 with a zone, \"now\" or \"none\""},
            [FREEZE] = {"freeze", "TIME", NULL,
                        "from then on the public sees the boards as of then"},
            [END] = {"end", "TIME", NULL, "what is solved later counts nowhere"},
            [VISIBLE] = {"visible", "yes|no", NULL, "may the public see boards at all"},
            [TIE] = {"tie", "RULE", NULL, "first_to_reach, reference or shared"},
        },
    .run = run_competition,
};

/* --- What is asked for ------------------------------------------------------------------------ */

/* The settings' parameters for SQL: NULL leaves one as it is. */
struct wishes {
    const char *params[SETTING_COUNT];
    bool any;
};

/* "" is the parameter for none. */
static int read_time(const char *given, const char **param, struct err *err)
{
    int64_t unused;

    *param = strcmp(given, "none") == 0 ? "" : given;
    if (**param == '\0' || strcmp(given, "now") == 0)
        return 0;
    return timestamp_parse(given, &unused, err);
}

static int read_choice(const char *given, const char *const *known, const char **param,
                       struct err *err)
{
    for (*param = given; *known; known++)
        if (strcmp(*known, given) == 0)
            return 0;
    return err_set(err, "\"%s\" is none of those that there are", given);
}

static int read_wish(const struct call *call, int option, const char **param, struct err *err)
{
    static const char *const yes_no[] = {"yes", "no", NULL};
    static const char *const rules[] = {"first_to_reach", "reference", "shared", NULL};
    const char *given = call->values[option];

    if (option == START || option == FREEZE || option == END)
        return read_time(given, param, err);
    if (option == VISIBLE || option == TIE)
        return read_choice(given, option == TIE ? rules : yes_no, param, err);
    *param = given;
    return 0;
}

static int read_wishes(const struct call *call, struct wishes *wishes, struct err *err)
{
    *wishes = (struct wishes){.any = false};
    for (int option = FIRST_SETTING; option < FIRST_SETTING + SETTING_COUNT; option++) {
        if (!call->values[option])
            continue;
        if (read_wish(call, option, &wishes->params[option - FIRST_SETTING], err) < 0)
            return err_prefix(err, "--%s", call->command->options[option].name);
        wishes->any = true;
    }
    return 0;
}

/* --- In the database -------------------------------------------------------------------------- */

static PGconn *connect_to(const struct call *call, const struct wishes *wishes, struct err *err)
{
    const struct config *config = call->config;
    const char *conninfo = call->values[CONNINFO];
    bool as_daemon = !conninfo && !wishes->any;
    const struct database_options options = {
        .conninfo = conninfo    ? conninfo
                    : as_daemon ? config->conninfo
                                : "",
        .password_file = as_daemon ? config->password_file : "",
        .program = "scoreboardctl",
        .schema = "pg_catalog",
        .connect_deadline = config->connect_deadline,
        .statement_timeout = DEADLINE_MS,
    };

    return database_open(&options, err);
}

/* A superuser runs what the owner wrote as the owner. */
static int begin(PGconn *db, const struct call *call, struct err *err)
{
    PGresult *result;

    if (database_script(db, DEADLINE_MS, "BEGIN", NULL, err) < 0)
        return -1;
    result = database_query(db, DEADLINE_MS,
                            "SELECT set_config('role', rolname, true)"
                            " FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner"
                            " WHERE nspname = $1 AND pg_has_role(nspowner, 'USAGE')",
                            1, (const char *const[]){call->names->schema}, NULL, err);
    PQclear(result);
    return result ? 0 : -1;
}

/* Says what to do about an SQL error, where we know. Returns -1. */
static int explain(const char *sqlstate, struct err *err)
{
    if (strcmp(sqlstate, "42501") == 0)
        return err_prefix(err,
                          "--conninfo says as whom to connect: the tables' owner or a superuser");
    if (strcmp(sqlstate, "23514") == 0)
        return err_set(err, "start, freeze and end must follow each other in this order");
    if (strcmp(sqlstate, "42P01") == 0 || strcmp(sqlstate, "3F000") == 0)
        return err_prefix(err, "the schema is not there: run scoreboardctl migrate");
    return -1;
}

static PGresult *ask(PGconn *db, const char *sql, int nparams, const char *const *params,
                     struct err *err)
{
    char sqlstate[6];
    PGresult *result = database_query(db, DEADLINE_MS, sql, nparams, params, sqlstate, err);

    if (!result)
        explain(sqlstate, err);
    return result;
}

static int set(PGconn *db, const struct call *call, const struct wishes *wishes, struct err *err)
{
    char sql[640];
    PGresult *result;
    int rows;

    snprintf(
        sql, sizeof sql,
        "UPDATE %s.settings SET name = coalesce($1, name),"
        " starts_at = CASE WHEN $2::text IS NULL THEN starts_at ELSE nullif($2, '')::timestamptz "
        "END,"
        " freezes_at = CASE WHEN $3::text IS NULL THEN freezes_at ELSE nullif($3, '')::timestamptz"
        " END, ends_at = CASE WHEN $4::text IS NULL THEN ends_at ELSE nullif($4, '')::timestamptz "
        "END,"
        " visible = coalesce($5::boolean, visible), tie_rule = coalesce($6, tie_rule)",
        call->names->schema);
    result = ask(db, sql, SETTING_COUNT, wishes->params, err);
    rows = result ? atoi(PQcmdTuples(result)) : 0;
    PQclear(result);
    if (result && rows != 1)
        return err_set(err, "the table settings has not one row: run scoreboardctl migrate");
    return result ? 0 : -1;
}

/* One row: the six, times in microseconds, and for each of them whether it is the platform's own. */
static PGresult *get(PGconn *db, const struct call *call, struct err *err)
{
    const char *schema = call->names->schema;
    char sql[1280];
    PGresult *result;

    snprintf(sql, sizeof sql,
             "SELECT c.name, (extract(epoch FROM c.starts_at) * 1000000)::int8,"
             " (extract(epoch FROM c.freezes_at) * 1000000)::int8,"
             " (extract(epoch FROM c.ends_at) * 1000000)::int8,"
             " CASE WHEN c.visible THEN 'yes' ELSE 'no' END, c.tie_rule,"
             " (c.name IS DISTINCT FROM s.name)::int,"
             " (c.starts_at IS DISTINCT FROM s.starts_at)::int,"
             " (c.freezes_at IS DISTINCT FROM s.freezes_at)::int,"
             " (c.ends_at IS DISTINCT FROM s.ends_at)::int,"
             " (c.visible IS DISTINCT FROM s.visible)::int,"
             " (c.tie_rule IS DISTINCT FROM s.tie_rule)::int"
             " FROM %s.competition() AS c, %s.settings AS s",
             schema, schema);
    result = ask(db, sql, 0, NULL, err);
    if (result && PQntuples(result) != 1) {
        PQclear(result);
        err_set(err, "competition() gives not one row: scoreboardctl check says more");
        return NULL;
    }
    return result;
}

static bool is_the_platforms(const PGresult *rules, int setting)
{
    return database_int(rules, 0, SETTING_COUNT + setting) != 0;
}

/* What was asked for must be what competition() now says. */
static int verify(const PGresult *rules, const struct call *call, const struct wishes *wishes,
                  struct err *err)
{
    for (int i = 0; i < SETTING_COUNT; i++)
        if (wishes->params[i] && is_the_platforms(rules, i))
            return err_set(err, "the platform has a %s of its own: set it there",
                           call->command->options[FIRST_SETTING + i].name);
    return 0;
}

/* --- Shown ------------------------------------------------------------------------------------ */

/* In whole minutes: "in 3 h 20 min", "5 min ago". */
static void print_distance(int64_t us)
{
    int64_t minutes = llabs((us - timestamp_now()) / 60000000);
    bool past = us < timestamp_now();

    printf(", %s", past ? "" : "in ");
    if (minutes >= 24 * 60)
        printf("%" PRId64 " d ", minutes / (24 * 60));
    if (minutes >= 60)
        printf("%" PRId64 " h ", minutes / 60 % 24);
    printf("%" PRId64 " min%s", minutes % 60, past ? " ago" : "");
}

static void print_time(int64_t us)
{
    time_t seconds = (time_t)(us / 1000000);
    char utc[TIMESTAMP_MAX], here[64];
    struct tm tm;

    timestamp_format(utc, us);
    printf("%s", utc);
    if (localtime_r(&seconds, &tm) && tm.tm_gmtoff != 0 &&
        strftime(here, sizeof here, "%Y-%m-%d %H:%M:%S %Z", &tm) > 0)
        printf(" (%s)", here);
    print_distance(us);
}

static void print_rule(const struct call *call, const PGresult *rules, int i)
{
    int option = FIRST_SETTING + i;

    printf("%-8s ", call->command->options[option].name);
    if (PQgetisnull(rules, 0, i) || PQgetlength(rules, 0, i) == 0)
        printf("none");
    else if (option == START || option == FREEZE || option == END)
        print_time(database_int(rules, 0, i));
    else
        printf("%s", PQgetvalue(rules, 0, i));
    puts(is_the_platforms(rules, i) ? ", as the platform says" : "");
}

static int change_and_show(PGconn *db, const struct call *call, const struct wishes *wishes,
                           struct err *err)
{
    PGresult *rules = NULL;
    int status = -1;

    if (begin(db, call, err) == 0 && (!wishes->any || set(db, call, wishes, err) == 0) &&
        (rules = get(db, call, err)) && verify(rules, call, wishes, err) == 0 &&
        database_script(db, DEADLINE_MS, "COMMIT", NULL, err) == 0)
        status = 0;
    for (int i = 0; status == 0 && i < SETTING_COUNT; i++)
        print_rule(call, rules, i);
    PQclear(rules);
    return status;
}

static int run_competition(const struct call *call, struct err *err)
{
    struct wishes wishes;
    PGconn *db;
    int status;

    if (read_wishes(call, &wishes, err) < 0)
        return -1;
    db = connect_to(call, &wishes, err);
    status = db ? change_and_show(db, call, &wishes, err) : err_prefix(err, "PostgreSQL");
    PQfinish(db);
    return status;
}
