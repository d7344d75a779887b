/*
 * simulate: plays an invented competition (play.h) into the demo platform's tables.
 *
 *   simulate [-c FILE] [OPTIONS]
 *
 * For quickstart, tests, and whoever tries us. It is the platform, not a part of the scoreboard, and
 * not installed with it, since it can empty a platform's tables: plain INSERTs with its own connection, nothing
 * of Redis, nothing of our schema but the settings, which say whether a database may be played with,
 * and when the competition starts, freezes and ends.
 *
 *   refuse or clear -> register -> history (in bulk, in the past) -> rules -> live (one by one, now)
 *
 * The same options give the same rows; with --start, the history's times too.
 */
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"
#include "lib/database.h"
#include "lib/timestamp.h"
#include "simulation/batch.h"
#include "simulation/play.h"

#define CONNECT_DEADLINE_MS   5000
#define STATEMENT_DEADLINE_MS 60000
#define RECONNECT_EVERY_MS    500
#define BATCH_ROWS            5000
#define HISTORY_SPAN_US       (INT64_C(24) * 3600 * 1000000)

enum {
    SIMULATE_TEAMS,
    SIMULATE_USERS,
    SIMULATE_CHALLENGES,
    SIMULATE_HISTORY,
    SIMULATE_START,
    SIMULATE_RATE,
    SIMULATE_SECONDS,
    SIMULATE_SEED,
    SIMULATE_CONNINFO,
    SIMULATE_QUIET,
    SIMULATE_BEGIN,
    SIMULATE_FREEZE,
};

static int run_simulate(const struct call *call, struct err *err);

static const struct command simulate_command = {
    .name = "simulate",
    .help = "play an invented competition into an empty or disposable database",
    .options =
        {
            [SIMULATE_TEAMS] = {"teams", "N", "8", "teams"},
            [SIMULATE_USERS] = {"users", "N", "30", "users, some of them without a team"},
            [SIMULATE_CHALLENGES] = {"challenges", "N", "12", "challenges"},
            [SIMULATE_HISTORY] = {"history", "N", "0", "first load N submissions of one day"},
            [SIMULATE_START] = {"start", "TIME", NULL,
                                "when that day began, RFC 3339; else 24 hours ago"},
            [SIMULATE_RATE] = {"rate", "N", "2", "then play N submissions a second"},
            [SIMULATE_SECONDS] = {"seconds", "N", "60", "for N seconds; 0: not at all"},
            [SIMULATE_SEED] = {"seed", "N", "1", "the same seed plays the same competition"},
            [SIMULATE_CONNINFO] = {"conninfo", "CONNINFO", "",
                                   "the platform's database; else libpq's environment"},
            [SIMULATE_QUIET] = {"quiet", NULL, NULL, "do not tell each solve"},
            [SIMULATE_BEGIN] = {"begin", "N", NULL,
                                "begin in N seconds, and end when all has been played"},
            [SIMULATE_FREEZE] = {"freeze", "N", NULL,
                                 "freeze the boards N seconds before that end"},
        },
    .run = run_simulate,
};

struct plan {
    struct play_size size;
    int64_t history;       /* submissions in the past */
    int64_t start;         /* of the history, microseconds since 1970 */
    int64_t rate, seconds; /* of the live play */
    bool has_rules;        /* it has a start and an end */
    int64_t begin, freeze; /* seconds before the start; before the end, 0: not frozen */
    bool quiet;
};

struct simulation {
    const struct call *call;
    struct plan plan;
    int interrupt;
    PGconn *db;
    struct play *play;
    int64_t *team_ids, *user_ids, *challenge_ids; /* by index */
    int64_t submissions, correct;
};

/* --- May we? ---------------------------------------------------------------------------------- */

static const char look_sql[] =
    "SELECT EXISTS (SELECT FROM teams) OR EXISTS (SELECT FROM users)"
    " OR EXISTS (SELECT FROM challenges) OR EXISTS (SELECT FROM submissions), current_database()";

static const char clear_sql[] =
    "TRUNCATE teams, users, challenges, submissions, awards RESTART IDENTITY";

/* No scoreboard, or one that we must not look at: not marked either. */
static bool is_disposable(struct simulation *s)
{
    char sql[64 + NAME_MAX_LEN];
    struct err unmarked;
    PGresult *result;
    bool disposable;

    snprintf(sql, sizeof sql, "SELECT FROM %s.settings WHERE disposable", s->call->names->schema);
    result = database_query(s->db, STATEMENT_DEADLINE_MS, sql, 0, NULL, NULL, &unmarked);
    disposable = result && PQntuples(result) > 0;
    PQclear(result);
    return disposable;
}

static int clear_or_refuse(struct simulation *s, const char *database, struct err *err)
{
    if (!is_disposable(s))
        return err_set(
            err,
            "database \"%s\" holds a competition; simulate plays only into an empty one, "
            "or one that `scoreboardctl migrate --disposable` marked",
            database);
    printf("database \"%s\" is marked as disposable: emptying it\n", database);
    if (database_script(s->db, STATEMENT_DEADLINE_MS, clear_sql, NULL, err) < 0)
        return err_prefix(err, "PostgreSQL");
    return 0;
}

static int take_database(struct simulation *s, struct err *err)
{
    char sqlstate[6];
    PGresult *look = database_query(s->db, STATEMENT_DEADLINE_MS, look_sql, 0, NULL, sqlstate, err);
    int result = 0;

    if (!look) {
        err_prefix(err, "PostgreSQL");
        if (strcmp(sqlstate, "42P01") == 0)
            err_prefix(err, "no platform here; `scoreboardctl migrate --platform demo` makes one");
        return -1;
    }
    if (strcmp(PQgetvalue(look, 0, 0), "t") == 0)
        result = clear_or_refuse(s, PQgetvalue(look, 0, 1), err);
    PQclear(look);
    return result;
}

/* --- Registration ----------------------------------------------------------------------------- */

/* Each inserts in the arrays' order, so that the ids that come back are in it too. */
static const char teams_sql[] =
    "INSERT INTO teams (name)"
    " SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS t (name, n) ORDER BY n RETURNING id";

static const char users_sql[] =
    "INSERT INTO users (username, email, team_id) SELECT username, email, team_id"
    " FROM unnest($1::text[], $2::text[], $3::int8[])"
    " WITH ORDINALITY AS u (username, email, team_id, n) ORDER BY n RETURNING id";

static const char challenges_sql[] =
    "INSERT INTO challenges (title, category, formula, points, minimum_points)"
    " SELECT title, category, formula, points, minimum_points"
    " FROM unnest($1::text[], $2::text[], $3::text[], $4::int8[], $5::int8[])"
    " WITH ORDINALITY AS c (title, category, formula, points, minimum_points, n)"
    " ORDER BY n RETURNING id";

/* What the three have in common: `add` writes one row, the ids are kept. */
struct registration {
    const char *sql;
    int width;
    int64_t count;
    int64_t *ids;
    void (*add)(const struct simulation *s, int64_t index, struct batch *batch);
};

static void add_name(struct batch *batch, int column, int64_t index,
                     void (*write)(int64_t, struct buffer *))
{
    struct buffer name = {0};

    write(index, &name);
    batch_add_text(batch, column, name.data, name.len);
    buffer_release(&name);
}

static void add_team(const struct simulation *s, int64_t index, struct batch *batch)
{
    (void)s;
    add_name(batch, 0, index, play_team_name);
}

static void add_user(const struct simulation *s, int64_t index, struct batch *batch)
{
    int64_t team = play_team_of(s->play, index);
    char email[48];

    add_name(batch, 0, index, play_user_name);
    batch_add_text(
        batch, 1, email,
        (size_t)snprintf(email, sizeof email, "user%lld@example.org", (long long)index + 1));
    if (team == -1)
        batch_add_null(batch, 2);
    else
        batch_add_int(batch, 2, s->team_ids[team]);
}

static void add_challenge(const struct simulation *s, int64_t index, struct batch *batch)
{
    struct play_challenge c = play_challenge(s->play, index);

    batch_add_text(batch, 0, c.title, strlen(c.title));
    batch_add_text(batch, 1, c.category, strlen(c.category));
    batch_add_text(batch, 2, c.formula, strlen(c.formula));
    batch_add_int(batch, 3, c.points);
    batch_add_int(batch, 4, c.minimum_points);
}

static int register_batch(struct simulation *s, const struct registration *r, int64_t from,
                          struct batch *batch, struct err *err)
{
    int64_t to = from + BATCH_ROWS < r->count ? from + BATCH_ROWS : r->count;
    PGresult *ids;

    for (int64_t i = from; i < to; i++)
        r->add(s, i, batch);
    ids = batch_run(batch, s->db, STATEMENT_DEADLINE_MS, r->sql, err);
    if (!ids)
        return -1;
    for (int64_t i = from; i < to; i++)
        r->ids[i] = database_int(ids, (int)(i - from), 0);
    PQclear(ids);
    return 0;
}

static int register_all(struct simulation *s, const struct registration *r, struct err *err)
{
    struct batch batch;
    int result = 0;

    batch_init(&batch, r->width);
    for (int64_t from = 0; from < r->count && result == 0; from += BATCH_ROWS)
        result = register_batch(s, r, from, &batch, err);
    batch_release(&batch);
    return result;
}

static int register_competition(struct simulation *s, struct err *err)
{
    const struct play_size *size = &s->plan.size;
    const struct registration teams = {teams_sql, 1, size->teams, s->team_ids, add_team};
    const struct registration users = {users_sql, 3, size->users, s->user_ids, add_user};
    const struct registration challenges = {challenges_sql, 5, size->challenges, s->challenge_ids,
                                            add_challenge};

    if (register_all(s, &challenges, err) < 0 || register_all(s, &teams, err) < 0 ||
        register_all(s, &users, err) < 0)
        return err_prefix(err, "PostgreSQL: registration");
    printf("registered %lld teams, %lld users, %lld challenges\n", (long long)size->teams,
           (long long)size->users, (long long)size->challenges);
    return 0;
}

/* --- Submissions ------------------------------------------------------------------------------ */

#define PROVIDED_MAX 48

/* What the user typed in. */
static size_t provided(struct simulation *s, const struct submission *submission,
                       char out[PROVIDED_MAX])
{
    if (submission->correct)
        return (size_t)snprintf(out, PROVIDED_MAX, "flag{%lld}", (long long)submission->challenge);
    return (size_t)snprintf(out, PROVIDED_MAX, "flag{%llx?}",
                            (unsigned long long)play_draw(s->play, UINT64_MAX));
}

static void count(struct simulation *s, const struct submission *submission)
{
    s->submissions++;
    s->correct += submission->correct;
}

/* --- History ---------------------------------------------------------------------------------- */

static const char history_sql[] =
    "INSERT INTO submissions"
    " (user_id, challenge_id, provided, correct, is_first_blood, submitted_at)"
    " SELECT user_id, challenge_id, provided, correct <> 0, blood <> 0,"
    "  to_timestamp(0) + us * interval '1 microsecond'"
    " FROM unnest($1::int8[], $2::int8[], $3::text[], $4::int8[], $5::int8[], $6::int8[])"
    "  AS s (user_id, challenge_id, provided, correct, blood, us)";

/* The submissions share the day evenly; where in its share each falls is drawn. */
static int64_t history_time(struct simulation *s)
{
    int64_t share = HISTORY_SPAN_US / s->plan.history;

    return s->plan.start + s->submissions * share + (int64_t)play_draw(s->play, (uint64_t)share);
}

static void add_submission(struct simulation *s, struct batch *batch)
{
    struct submission submission = play_next(s->play);
    char text[PROVIDED_MAX];

    batch_add_int(batch, 0, s->user_ids[submission.user]);
    batch_add_int(batch, 1, s->challenge_ids[submission.challenge]);
    batch_add_text(batch, 2, text, provided(s, &submission, text));
    batch_add_int(batch, 3, submission.correct);
    batch_add_int(batch, 4, submission.first_blood);
    batch_add_int(batch, 5, history_time(s));
    count(s, &submission);
}

static int load_batch(struct simulation *s, struct batch *batch, struct err *err)
{
    PGresult *result;

    for (int i = 0; i < BATCH_ROWS && s->submissions < s->plan.history; i++)
        add_submission(s, batch);
    result = batch_run(batch, s->db, STATEMENT_DEADLINE_MS, history_sql, err);
    PQclear(result);
    return result ? 0 : -1;
}

static int load_history(struct simulation *s, struct err *err)
{
    struct batch batch;
    int result = 0;

    batch_init(&batch, 6);
    while (s->submissions < s->plan.history && result == 0 && !interrupt_wait(s->interrupt, 0))
        result = load_batch(s, &batch, err);
    batch_release(&batch);
    if (result)
        return err_prefix(err, "PostgreSQL: history");
    if (s->plan.history)
        printf("loaded %lld submissions, %lld of them correct\n", (long long)s->submissions,
               (long long)s->correct);
    return 0;
}

/* --- The rules -------------------------------------------------------------------------------- */

/* A competition that ended would count nothing of the next one: without rules there are none. */
static int set_rules(struct simulation *s, struct err *err)
{
    const struct plan *plan = &s->plan;
    char sql[512], begin[24], end[24], freeze[24];
    const char *params[] = {plan->has_rules ? begin : NULL, plan->has_rules ? end : NULL,
                            plan->freeze > 0 ? freeze : NULL};
    PGresult *result;

    snprintf(begin, sizeof begin, "%lld", (long long)plan->begin);
    snprintf(end, sizeof end, "%lld", (long long)(plan->begin + plan->seconds));
    snprintf(freeze, sizeof freeze, "%lld",
             (long long)(plan->begin + plan->seconds - plan->freeze));
    snprintf(sql, sizeof sql,
             "UPDATE %s.settings SET starts_at = now() + $1::float8 * interval '1 s',"
             " ends_at = now() + $2::float8 * interval '1 s',"
             " freezes_at = now() + $3::float8 * interval '1 s'",
             s->call->names->schema);
    result = database_query(s->db, STATEMENT_DEADLINE_MS, sql, 3, params, NULL, err);
    PQclear(result);
    return result || !plan->has_rules ? 0 : err_prefix(err, "PostgreSQL: rules");
}

/* Sets the rules and waits for the start. */
static int begin(struct simulation *s, struct err *err)
{
    if (set_rules(s, err) < 0)
        return -1;
    if (s->plan.begin > 0) {
        printf("the competition begins in %lld seconds\n", (long long)s->plan.begin);
        (void)interrupt_wait(s->interrupt, s->plan.begin * 1000);
    }
    return 0;
}

/* --- Live play -------------------------------------------------------------------------------- */

static const char submit_sql[] =
    "INSERT INTO submissions (user_id, challenge_id, provided, correct, is_first_blood)"
    " VALUES ($1, $2, $3, $4, $5)";

static int open_database(struct simulation *s, struct err *err)
{
    struct database_options options = {
        .conninfo = s->call->values[SIMULATE_CONNINFO],
        .password_file = "",
        .program = "simulate",
        .schema = s->call->config->platform_schema,
        .connect_deadline = CONNECT_DEADLINE_MS,
    };

    s->db = database_open(&options, err);
    return s->db ? 0 : -1;
}

/* The server went, or is going: classes 08 and 57; "" is a connection that broke. */
static bool connection_lost(const char *sqlstate)
{
    return sqlstate[0] == '\0' || strncmp(sqlstate, "08", 2) == 0 ||
           strncmp(sqlstate, "57", 2) == 0;
}

/* 0 inserted, 1 the connection is gone, -1 the database said no. */
static int try_submit(struct simulation *s, const char *const params[5], struct err *err)
{
    char sqlstate[6];
    PGresult *result;

    if (!s->db && open_database(s, err) < 0)
        return 1;
    result = database_query(s->db, STATEMENT_DEADLINE_MS, submit_sql, 5, params, sqlstate, err);
    if (result) {
        PQclear(result);
        return 0;
    }
    if (!connection_lost(sqlstate))
        return -1;
    PQfinish(s->db);
    s->db = NULL;
    return 1;
}

/* As a platform would: a database that is away is tried again until it is back. Should a commit's
 * answer be lost, the submission is there twice, which real ones are too. */
static int submit(struct simulation *s, const struct submission *submission, struct err *err)
{
    char user[24], challenge[24], text[PROVIDED_MAX];
    const char *const params[] = {user, challenge, text, submission->correct ? "t" : "f",
                                  submission->first_blood ? "t" : "f"};
    int result;

    snprintf(user, sizeof user, "%lld", (long long)s->user_ids[submission->user]);
    snprintf(challenge, sizeof challenge, "%lld",
             (long long)s->challenge_ids[submission->challenge]);
    provided(s, submission, text);
    while ((result = try_submit(s, params, err)) == 1) {
        fprintf(stderr, "simulate: waiting for PostgreSQL: %s\n", err->text);
        if (interrupt_wait(s->interrupt, RECONNECT_EVERY_MS))
            return 0;
    }
    if (result == 0)
        count(s, submission);
    return result;
}

static void tell(const struct simulation *s, const struct submission *submission)
{
    struct buffer name = {0};

    if (s->plan.quiet || !submission->correct)
        return;
    play_user_name(submission->user, &name);
    printf("%.*s solved %s%s\n", (int)name.len, name.data,
           play_challenge(s->play, submission->challenge).title,
           submission->first_blood ? ", first blood" : "");
    buffer_release(&name);
}

/* Keeps the rate by the clock, not by pauses; what an outage cost is not caught up in a burst. */
static int play_live(struct simulation *s, struct err *err)
{
    int64_t left = s->plan.rate * s->plan.seconds, due = monotonic_us();

    for (; left > 0; left--) {
        struct submission submission = play_next(s->play);
        int64_t now = monotonic_us();

        if (now - due > 1000000)
            due = now;
        if (interrupt_wait(s->interrupt, due > now ? (due - now + 999) / 1000 : 0))
            return 0;
        if (submit(s, &submission, err) < 0)
            return err_prefix(err, "PostgreSQL: submission");
        tell(s, &submission);
        due += 1000000 / s->plan.rate;
    }
    return 0;
}

/* --- The command ------------------------------------------------------------------------------ */

static int read_start(const struct call *call, int64_t *start, struct err *err)
{
    if (!call->values[SIMULATE_START]) {
        *start = timestamp_now() - HISTORY_SPAN_US;
        return 0;
    }
    if (timestamp_parse(call->values[SIMULATE_START], start, err) < 0)
        return err_prefix(err, "--start");
    return 0;
}

static int read_plan(const struct call *call, struct plan *plan, struct err *err)
{
    const struct {
        int option;
        int64_t min, max;
        int64_t *number;
    } numbers[] = {
        {SIMULATE_TEAMS, 0, 100000, &plan->size.teams},
        {SIMULATE_USERS, 1, 1000000, &plan->size.users},
        {SIMULATE_CHALLENGES, 1, 1000, &plan->size.challenges},
        {SIMULATE_HISTORY, 0, 1000000000, &plan->history},
        {SIMULATE_RATE, 1, 10000, &plan->rate},
        {SIMULATE_SECONDS, 0, 100000000, &plan->seconds},
        {SIMULATE_SEED, 0, INT64_MAX, &plan->size.seed},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (call_number(call, numbers[i].option, numbers[i].min, numbers[i].max, numbers[i].number,
                        err) < 0)
            return -1;
    plan->quiet = call->values[SIMULATE_QUIET];
    plan->has_rules = call->values[SIMULATE_BEGIN] || call->values[SIMULATE_FREEZE];
    if ((call->values[SIMULATE_BEGIN] &&
         call_number(call, SIMULATE_BEGIN, 0, 1000000, &plan->begin, err) < 0) ||
        (call->values[SIMULATE_FREEZE] &&
         call_number(call, SIMULATE_FREEZE, 1, plan->seconds, &plan->freeze, err) < 0))
        return -1;
    return read_start(call, &plan->start, err);
}

static int prepare(struct simulation *s, struct err *err)
{
    const struct play_size *size = &s->plan.size;

    s->play = play_new(size);
    s->team_ids = calloc((size_t)size->teams + 1, sizeof *s->team_ids);
    s->user_ids = calloc((size_t)size->users, sizeof *s->user_ids);
    s->challenge_ids = calloc((size_t)size->challenges, sizeof *s->challenge_ids);
    if (!s->play || !s->team_ids || !s->user_ids || !s->challenge_ids)
        return err_set(err, "out of memory");
    s->interrupt = interrupt_open(err);
    if (s->interrupt < 0)
        return -1;
    return open_database(s, err) < 0 ? err_prefix(err, "PostgreSQL") : 0;
}

static void release(struct simulation *s)
{
    PQfinish(s->db);
    play_free(s->play);
    free(s->team_ids);
    free(s->user_ids);
    free(s->challenge_ids);
}

static int run_simulate(const struct call *call, struct err *err)
{
    struct simulation s = {.call = call};
    int result = -1;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (read_plan(call, &s.plan, err) < 0 || prepare(&s, err) < 0 || take_database(&s, err) < 0 ||
        register_competition(&s, err) < 0 || load_history(&s, err) < 0 || begin(&s, err) < 0 ||
        play_live(&s, err) < 0)
        goto out;
    printf("%lld submissions in all, %lld of them correct\n", (long long)s.submissions,
           (long long)s.correct);
    result = EXIT_SUCCESS;
out:
    release(&s);
    return result;
}

int main(int argc, char **argv)
{
    struct command_line line = {
        .program = "simulate",
        .alone = true,
        .config_path = config_default_path(),
        .command = &simulate_command,
    };

    command_parse_options(&line, argc, argv);
    return command_run(&line);
}
