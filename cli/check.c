/*
 * check: a platform's functions, looked at as a daemon would, in plain words.
 *
 *     shape   is the function there, does it take and give what the contract says
 *     read    as a rebuild reads it, with the time that takes
 *     rules   what its rows must not be, one query each
 *     boards  the first ten of each
 *
 * Wrong is what would stop the boards, or make them say what is not so; the rest is worth knowing.
 * Every query has a savepoint of its own: whatever one of them does not like, the next ones are
 * asked.
 */
#include "cli/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/migrate.h"
#include "cli/ranking.h"
#include "cli/reader.h"
#include "lib/database.h"
#include "lib/platform.h"
#include "lib/timestamp.h"

#define LEADERS            10
#define LOCK_NOT_AVAILABLE "55P03"

static int run_check(const struct call *call, struct err *err);

const struct command check_command = {
    .name = "check",
    .help = "say what is wrong with the functions of a platform's file",
    .options =
        {
            MIGRATE_OPTIONS,
            [MIGRATE_PLATFORM] = {"platform", "NAME", NULL,
                                  "or FILE: what it would give; else what was migrated gives"},
            [MIGRATE_PART] = {"part", "N", NULL, "as of migrate"},
        },
    .run = run_check,
};

/* --- The contract ----------------------------------------------------------------------------- */

static const struct contract {
    const char *function, *arguments, *result;
} contracts[] = {
    {"competition", "",
     "name text, starts_at timestamp with time zone, freezes_at timestamp with time zone,"
     " ends_at timestamp with time zone, visible boolean, tie_rule text"},
    {"divisions", "", "id bigint, name text"},
    {"challenges", "timestamptz",
     "id bigint, title text, category text, formula text, initial_points integer,"
     " minimum_points integer, decay integer, breaks_ties boolean"},
    {"teams", "timestamptz", "id bigint, name text, division_id bigint, tie bigint"},
    {"users", "timestamptz",
     "id bigint, name text, team_id bigint, division_id bigint, tie bigint"},
    {"solves", "timestamptz",
     "user_id bigint, team_id bigint, challenge_id bigint, solved_at timestamp with time zone,"
     " points integer"},
    {"awards", "timestamptz",
     "user_id bigint, team_id bigint, points integer, awarded_at timestamp with time zone"},
    {"boundaries", "", "at timestamp with time zone"},
};
#define CONTRACT_COUNT (sizeof contracts / sizeof *contracts)

enum severity { NOTE, WRONG };

/* The query gives one row: how many, and one of them. In the words, # and @ stand for these. */
static const struct rule {
    enum severity severity;
    const char *function;
    const char *sql;
    const char *words;
} rules[] = {
    {WRONG, "competition", "SELECT (count(*) <> 1)::int, count(*) FROM competition()",
     "gives @ rows instead of one"},
    {NOTE, "competition", "SELECT count(*), NULL FROM competition() WHERE visible IS NOT TRUE",
     "is not visible: the public gets no boards"},
    {NOTE, "competition",
     "SELECT count(*), min(tie_rule) FROM competition()"
     " WHERE tie_rule NOT IN ('first_to_reach', 'reference', 'shared')",
     "names a tie_rule \"@\" that nobody knows: first_to_reach is taken"},
    {NOTE, "competition",
     "SELECT count(*), NULL FROM competition() WHERE NOT (coalesce(starts_at, '-infinity')"
     " <= coalesce(freezes_at, ends_at, 'infinity')"
     " AND coalesce(freezes_at, starts_at, '-infinity') <= coalesce(ends_at, 'infinity'))",
     "does not start, freeze and end in this order"},

    {WRONG, "divisions", "SELECT count(*), NULL FROM divisions() WHERE id IS NULL",
     "# rows have no id: they are left out"},
    {WRONG, "divisions",
     "SELECT count(*), min(id) FROM (SELECT id FROM divisions() GROUP BY id HAVING count(*) > 1) t",
     "# ids stand twice, as @ does: one row of each is shown"},
    {WRONG, "divisions", "SELECT count(*), min(id) FROM divisions() WHERE id < 1 OR id >= 2^53",
     "# ids are not between 1 and 2^53 - 1, as @: they are left out"},

    {WRONG, "challenges",
     "SELECT count(*), min(title) FROM challenges('infinity') WHERE id IS NULL",
     "# rows have no id, as \"@\": they are left out"},
    {WRONG, "challenges",
     "SELECT count(*), min(id)"
     " FROM (SELECT id FROM challenges('infinity') GROUP BY id HAVING count(*) > 1) t",
     "# ids stand twice, as @ does: one row of each is shown"},
    {WRONG, "challenges",
     "SELECT count(*), max(abs(id)) FROM challenges('infinity') WHERE abs(id) >= 2^53",
     "# ids are beyond 2^53, as @: a browser takes them for others"},
    {NOTE, "challenges",
     "SELECT count(*), min(formula) FROM challenges('infinity')"
     " WHERE formula NOT IN ('dynamic', 'static') OR formula IS NULL",
     "# have another formula than dynamic or static, as \"@\": they are worth initial_points"},
    {NOTE, "challenges",
     "SELECT count(*), min(title) FROM challenges('infinity')"
     " WHERE formula = 'dynamic' AND minimum_points > initial_points",
     "# have a minimum above what they begin with, as \"@\": they are worth initial_points"},

    {WRONG, "teams", "SELECT count(*), min(name) FROM teams('infinity') WHERE id IS NULL",
     "# rows have no id, as \"@\": they are left out"},
    {WRONG, "teams",
     "SELECT count(*), min(id)"
     " FROM (SELECT id FROM teams('infinity') GROUP BY id HAVING count(*) > 1) t",
     "# ids stand twice, as @ does: one row of each is shown"},
    {WRONG, "teams", "SELECT count(*), max(abs(id)) FROM teams('infinity') WHERE abs(id) >= 2^53",
     "# ids are beyond 2^53, as @: a browser takes them for others"},
    {NOTE, "teams",
     "SELECT count(*), min(t.division_id) FROM teams('infinity') t"
     " WHERE division_id NOT IN (SELECT id FROM divisions() WHERE id IS NOT NULL)",
     "# are in a division that is not there, as @: they are in none"},

    {WRONG, "users", "SELECT count(*), min(name) FROM users('infinity') WHERE id IS NULL",
     "# rows have no id, as \"@\": they are left out"},
    {WRONG, "users",
     "SELECT count(*), min(id)"
     " FROM (SELECT id FROM users('infinity') GROUP BY id HAVING count(*) > 1) t",
     "# ids stand twice, as @ does: one row of each is shown"},
    {WRONG, "users", "SELECT count(*), max(abs(id)) FROM users('infinity') WHERE abs(id) >= 2^53",
     "# ids are beyond 2^53, as @: a browser takes them for others"},
    {NOTE, "users",
     "SELECT count(*), min(u.team_id) FROM users('infinity') u"
     " WHERE team_id NOT IN (SELECT id FROM teams('infinity') WHERE id IS NOT NULL)",
     "# are in a team that is not shown, as @: they compete alone"},
    {NOTE, "users",
     "SELECT count(*), min(u.division_id) FROM users('infinity') u"
     " WHERE division_id NOT IN (SELECT id FROM divisions() WHERE id IS NOT NULL)",
     "# are in a division that is not there, as @: they are in none"},

    {WRONG, "solves",
     "SELECT count(*), NULL FROM solves('infinity')"
     " WHERE challenge_id IS NULL OR solved_at IS NULL OR (user_id IS NULL AND team_id IS NULL)",
     "# rows are of no challenge, at no time or nobody's: they are left out"},
    {NOTE, "solves",
     "SELECT count(*), min(challenge_id) FROM solves('infinity') WHERE challenge_id"
     " NOT IN (SELECT id FROM challenges('infinity') WHERE id IS NOT NULL)",
     "# are of a challenge that is not shown, as @: they count nowhere"},
    {NOTE, "solves",
     "SELECT count(*), min(coalesce(user_id, team_id)) FROM solves('infinity')"
     " WHERE (user_id IS NULL OR user_id"
     " NOT IN (SELECT id FROM users('infinity') WHERE id IS NOT NULL))"
     " AND (team_id IS NULL OR team_id"
     " NOT IN (SELECT id FROM teams('infinity') WHERE id IS NOT NULL))",
     "# are by nobody who is shown, as @: they count nowhere"},
    {NOTE, "solves",
     "SELECT count(*), max(solved_at) FROM solves('infinity') WHERE solved_at > now()",
     "# are in the future, the latest at @"},
    {WRONG, "solves", "SELECT count(*), max(solved_at) FROM solves('0001-01-01 00:00:00+00')",
     "# are given for a moment before they happened: it ignores `until`, and no freeze would hold"},

    {WRONG, "awards",
     "SELECT count(*), NULL FROM awards('infinity') WHERE user_id IS NULL AND team_id IS NULL",
     "# rows are nobody's: they are left out"},
    {NOTE, "awards",
     "SELECT count(*), min(coalesce(user_id, team_id)) FROM awards('infinity')"
     " WHERE (user_id IS NULL OR user_id"
     " NOT IN (SELECT id FROM users('infinity') WHERE id IS NOT NULL))"
     " AND (team_id IS NULL OR team_id"
     " NOT IN (SELECT id FROM teams('infinity') WHERE id IS NOT NULL))",
     "# are for nobody who is shown, as @: they count nowhere"},
    {NOTE, "awards",
     "SELECT count(*), max(awarded_at) FROM awards('infinity') WHERE awarded_at > now()",
     "# are in the future, the latest at @"},
    {WRONG, "awards", "SELECT count(*), max(awarded_at) FROM awards('0001-01-01 00:00:00+00')",
     "# are given for a moment before they were made: it ignores `until`, and no freeze would "
     "hold"},

    {NOTE, "boundaries", "SELECT (count(at) > 1000)::int, count(at) FROM boundaries()",
     "gives @ moments: the boards are rebuilt at each of them"},
};
#define RULE_COUNT (sizeof rules / sizeof *rules)

/* --- Asking ----------------------------------------------------------------------------------- */

struct inspection {
    PGconn *db;
    const char *schema;
    int64_t deadline_ms;
    bool whole;
    struct dataset data;
    struct findings findings;
};

static int script(const struct inspection *i, const char *sql, struct err *err)
{
    return database_script(i->db, i->deadline_ms, sql, NULL, err);
}

/* NULL when the server refused, with its words in `why`; or when it is gone, which the next script
 * finds out. */
static PGresult *ask(const struct inspection *i, const char *sql, int nparams,
                     const char *const *params, struct err *why)
{
    return database_query(i->db, i->deadline_ms, sql, nparams, params, NULL, why);
}

/* Whether it is to be said; then what follows is. */
static bool say(struct inspection *i, enum severity severity, const char *function)
{
    i->findings.wrong += severity == WRONG;
    if (severity == NOTE && !i->whole)
        return false;
    printf("%s %s(): ", severity == WRONG ? "WRONG" : "note ", function);
    return true;
}

/* --- Shape ------------------------------------------------------------------------------------ */

static const char shape_sql[] =
    "SELECT pg_get_function_result(oid),"
    " prosecdef OR proisstrict OR provolatile = 'v' OR proconfig IS NOT NULL"
    " FROM pg_proc WHERE oid = to_regprocedure(format('%I.%s', $1::text, $2::text))";

static void judge_shape(struct inspection *i, const struct contract *c, const PGresult *result)
{
    char expected[512];

    snprintf(expected, sizeof expected, "TABLE(%s)", c->result);
    if (PQntuples(result) == 0) {
        i->findings.unreadable = true;
        if (say(i, WRONG, c->function))
            printf("there is no %s.%s(%s)\n", i->schema, c->function, c->arguments);
        return;
    }
    if (strcmp(PQgetvalue(result, 0, 0), expected) != 0 && say(i, NOTE, c->function))
        printf("gives %s\n      instead of %s\n", PQgetvalue(result, 0, 0), expected);
    if (PQgetvalue(result, 0, 1)[0] == 't' && say(i, NOTE, c->function))
        puts("is VOLATILE, STRICT, SECURITY DEFINER or has a SET: it is slower than it need be");
}

static void inspect_shape(struct inspection *i, size_t which)
{
    const struct contract *c = &contracts[which];
    char signature[128];
    const char *params[] = {i->schema, signature};
    struct err why;
    PGresult *result;

    snprintf(signature, sizeof signature, "%s(%s)", c->function, c->arguments);
    result = ask(i, shape_sql, 2, params, &why);
    if (result)
        judge_shape(i, c, result);
    PQclear(result);
}

/* --- Read ------------------------------------------------------------------------------------- */

static size_t rows_of(const struct dataset *d, enum copy_function function)
{
    const size_t rows[FUNCTION_COUNT] = {
        [FUNCTION_COMPETITION] = 1,
        [FUNCTION_DIVISIONS] = d->ndivisions,
        [FUNCTION_CHALLENGES] = d->nchallenges,
        [FUNCTION_TEAMS] = d->nteams,
        [FUNCTION_USERS] = d->nusers,
        [FUNCTION_SOLVES] = d->nsolves,
        [FUNCTION_AWARDS] = d->nawards,
    };

    return rows[function];
}

/* As a rebuild does. */
static void inspect_reading(struct inspection *i, size_t which)
{
    enum copy_function function = (enum copy_function)which;
    int64_t start = monotonic_us();
    char sqlstate[6];
    struct err why;

    if (platform_read_function(i->db, monotonic_ms() + i->deadline_ms, function, NEVER, &i->data,
                               sqlstate, &why) == 0) {
        if (i->whole)
            printf("      %s(): %zu rows in %.1f ms\n", copy_function_name(function),
                   rows_of(&i->data, function), (double)(monotonic_us() - start) / 1000);
        return;
    }
    if (strcmp(sqlstate, LOCK_NOT_AVAILABLE) == 0 && !i->whole)
        return; /* nothing is wrong with it */
    i->findings.unreadable = true;
    if (say(i, WRONG, copy_function_name(function)))
        puts(why.text);
}

/* --- Rules ------------------------------------------------------------------------------------ */

static void print_words(const char *words, const char *how_many, const char *one)
{
    for (; *words; words++)
        if (*words == '#')
            fputs(how_many, stdout);
        else if (*words == '@')
            fputs(one, stdout);
        else
            putchar(*words);
    putchar('\n');
}

/* One that cannot be asked, since a function is not as it should be, has nothing to add. */
static void inspect_rule(struct inspection *i, size_t which)
{
    const struct rule *rule = &rules[which];
    struct err why;
    PGresult *result = ask(i, rule->sql, 0, NULL, &why);

    if (result && database_int(result, 0, 0) > 0 && say(i, rule->severity, rule->function))
        print_words(rule->words, PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1));
    PQclear(result);
}

/* --- Boards ----------------------------------------------------------------------------------- */

static int show_boards(const struct inspection *i, struct err *err)
{
    struct arena memory;
    struct standings standings;
    int status;

    arena_init(&memory);
    status = standings_build(&standings, &i->data, &memory, err);
    for (enum league_kind kind = 0; status == 0 && kind < LEAGUE_COUNT; kind++) {
        struct ranking ranking = {&i->data, &standings, kind, NOWHERE};
        if (standings.leagues[kind].nentries == 0)
            continue;
        putchar('\n');
        ranking_print(stdout, &ranking, LEADERS);
    }
    arena_release(&memory);
    return status;
}

/* --- The whole -------------------------------------------------------------------------------- */

/* Looks at one after the other; whatever that has done to the transaction is undone. */
static int look(struct inspection *i, void (*at)(struct inspection *, size_t), size_t n,
                struct err *err)
{
    for (size_t k = 0; k < n; k++) {
        if (script(i, "SAVEPOINT look", err) < 0)
            return -1;
        at(i, k);
        if (script(i, "ROLLBACK TO SAVEPOINT look; RELEASE SAVEPOINT look", err) < 0)
            return -1;
    }
    return 0;
}

static int inspect(struct inspection *i, struct err *err)
{
    if (look(i, inspect_shape, CONTRACT_COUNT, err) < 0 ||
        look(i, inspect_reading, FUNCTION_COUNT, err) < 0 ||
        look(i, inspect_rule, RULE_COUNT, err) < 0)
        return -1;
    return i->whole && !i->findings.unreadable ? show_boards(i, err) : 0;
}

int check_functions(PGconn *db, const char *schema, int64_t deadline_ms, bool whole,
                    struct findings *findings, struct err *err)
{
    struct inspection i = {.db = db, .schema = schema, .deadline_ms = deadline_ms, .whole = whole};
    int status;

    dataset_init(&i.data);
    status = inspect(&i, err);
    dataset_release(&i.data);
    *findings = i.findings;
    fflush(stdout); /* before whatever is said of it on standard error */
    return status;
}

int check_as(PGconn *db, const char *role, int64_t deadline_ms, struct err *err)
{
    static const char sql[] = "SELECT set_config('role', rolname, true) FROM pg_roles"
                              " WHERE rolname = $1 AND pg_has_role(oid, 'MEMBER')";
    PGresult *result = database_query(db, deadline_ms, sql, 1, &role, NULL, err);
    int acts = result ? PQntuples(result) : -1;

    PQclear(result);
    return acts;
}

/* Whoever looks, the daemon's rights are what matters: they are taken, if that is allowed. */
static int act_for_daemon(PGconn *db, const struct call *call, struct err *err)
{
    char role[128];
    int acts;

    snprintf(role, sizeof role, "%s_daemon", call->names->schema);
    acts = check_as(db, role, call->config->read_deadline, err);
    if (acts == 1)
        printf("      read as %s\n", role);
    else if (acts == 0)
        printf("note  read as %s: whether the rights of %s suffice is not seen\n", PQuser(db),
               role);
    return acts < 0 ? -1 : 0;
}

/* What was migrated. */
static int check_migrated(const struct call *call, struct findings *findings, struct err *err)
{
    const char *conninfo = call->values[MIGRATE_CONNINFO];
    PGconn *db = reader_open(call, conninfo[0] ? conninfo : NULL, err);
    int status = -1;

    if (db && act_for_daemon(db, call, err) == 0)
        status = check_functions(db, call->names->schema, call->config->read_deadline, true,
                                 findings, err);
    PQfinish(db);
    return status;
}

static int run_check(const struct call *call, struct err *err)
{
    bool to_be = call->values[MIGRATE_PLATFORM] != NULL;
    struct findings findings = {0};

    if ((to_be ? migrate_rehearse : check_migrated)(call, &findings, err) < 0)
        return -1;
    if (findings.wrong > 0)
        printf("\n%d wrong\n", findings.wrong);
    return findings.wrong > 0 ? 1 : 0;
}
