#include "daemon/read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/failpoint.h"
#include "lib/database.h"
#include "lib/platform.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

#define STRING_OF(number) #number
#define STRING(macro)     STRING_OF(macro)
#define ROWS_MAX          STRING(OUTBOX_ROWS_MAX)

#define CLOCK_MS "floor(extract(epoch FROM clock_timestamp()) * 1000)::int8"
#define XMIN     "pg_snapshot_xmin(pg_current_snapshot())"

/* The outbox as far as it may be alive; all of it where outbox_from is another server's. */
#define LIVING_OUTBOX                                                                        \
    "outbox WHERE writer >= CASE WHEN outbox_from > pg_snapshot_xmax(pg_current_snapshot())" \
    " THEN '0' ELSE outbox_from END"

/* transaction_timestamp() is taken before the snapshot, so that nothing older than it is missing;
 * and it is what a function of the platform means by now(). The lock's key is of our schema. */
static const char begin_sql[] =
    "SELECT floor(extract(epoch FROM transaction_timestamp()) * 1000000)::int8, rev,"
    " floor(extract(epoch FROM read_at) * 1000000)::int8,"
    " EXISTS (SELECT FROM " LIVING_OUTBOX ")"
    "  OR EXISTS (SELECT FROM boundaries() WHERE at > read_at AND at <= transaction_timestamp()),"
    " $2::bool AND NOT"
    "  pg_try_advisory_xact_lock(hashtextextended('scoreboardd', 'state'::regclass::oid::int8)),"
    " shown_rev, floor(extract(epoch FROM shown_at) * 1000000)::int8, shown_digest,"
    " set_config('lock_timeout', $1, true) "
    "FROM state";

/* The fingerprint comes first: what is not rewritten later was not rewritten before. */
static const char verify_sql[] = "SELECT fingerprint(), rewritten()";

/* One statement: deletes, makes the event of what it deleted, draws. The revision is milliseconds of
 * the clock, but always above what any node has seen, unless that is garbage. Afterwards the outbox
 * has no row of a transaction before this snapshot, or before the last row that was deleted. */
static const char draw_sql[] =
    "WITH gone AS ("
    "  DELETE FROM outbox WHERE id IN ("
    "    SELECT id FROM state, LATERAL ("
    "      SELECT id FROM " LIVING_OUTBOX " ORDER BY writer LIMIT " ROWS_MAX ") AS living)"
    "  RETURNING reason, created_at, writer),"
    " told AS ("
    "  SELECT count(*) AS rows, count(DISTINCT reason) AS reasons, min(reason) AS reason,"
    "   floor(extract(epoch FROM max(created_at)) * 1000000)::int8 AS ts,"
    "   (SELECT writer FROM gone ORDER BY writer DESC LIMIT 1) AS last"
    "  FROM gone) "
    "UPDATE state SET"
    " rev = greatest(CASE WHEN rev > " CLOCK_MS " + $2 THEN 0 ELSE rev + 1 END, $1::int8 + 1,"
    "  " CLOCK_MS "),"
    " read_at = transaction_timestamp(), fingerprint = $3,"
    " shown_rev = CASE WHEN $4::bool THEN shown_rev END,"
    " outbox_from = CASE WHEN rows < " ROWS_MAX " THEN " XMIN " ELSE least(last, " XMIN ") END "
    "FROM told RETURNING rev, reasons, reason, ts";

/* A transaction under way, and when it has to be over. */
struct transaction {
    PGconn *db;
    int64_t until;    /* monotonic_ms() */
    char sqlstate[6]; /* of the last query, as in database_query() */
};

static PGresult *query(struct transaction *t, const char *sql, int nparams,
                       const char *const *params, struct err *err)
{
    return database_query(t->db, t->until - monotonic_ms(), sql, nparams, params, t->sqlstate, err);
}

/* For statements whose result says nothing more. */
static int run(struct transaction *t, const char *sql, struct err *err)
{
    PGresult *result = query(t, sql, 0, NULL, err);

    PQclear(result);
    return result ? 0 : -1;
}

/* For queries that give exactly one row, whatever happens. */
static PGresult *query_row(struct transaction *t, const char *sql, int nparams,
                           const char *const *params, struct err *err)
{
    PGresult *result = query(t, sql, nparams, params, err);

    if (result && PQntuples(result) != 1) {
        PQclear(result);
        err_set(err, "the table state has not one row: run `scoreboardctl migrate`");
        return NULL;
    }
    return result;
}

static bool is_true(const PGresult *result, int column)
{
    return PQgetvalue(result, 0, column)[0] == 't';
}

/* Adopts, where the snapshot sees that revision and nothing newer: no change, and no boundary. */
static void judge_adoption(const PGresult *state, const struct reading_terms *terms,
                           struct reading *reading)
{
    int64_t revision = database_int(state, 0, 1);

    if (terms->adopt == REVISION_NONE || revision != terms->adopt || is_true(state, 3))
        return;
    reading->revision = revision;
    reading->read_at = database_int(state, 0, 2);
    reading->event = (struct board_event){.ts = reading->read_at, .reason = EVENT_REASON_BATCH};
}

static void set_shown(struct shown *shown, const PGresult *state)
{
    shown->revision = database_int(state, 0, 5);
    shown->read_at = database_int(state, 0, 6);
    snprintf(shown->digest, sizeof shown->digest, "%s", PQgetvalue(state, 0, 7));
}

static enum read_result begin(struct transaction *t, const struct reading_terms *terms,
                              int64_t lock_deadline, struct reading *reading, struct err *err)
{
    char timeout[24];
    const char *params[] = {timeout, terms->alone && terms->adopt == REVISION_NONE ? "t" : "f"};
    PGresult *state;
    bool busy;

    if (run(t, "BEGIN ISOLATION LEVEL REPEATABLE READ", err) < 0)
        return READ_FAILED;
    snprintf(timeout, sizeof timeout, "%" PRId64, lock_deadline);
    state = query_row(t, begin_sql, 2, params, err);
    if (!state)
        return READ_FAILED;
    *reading = (struct reading){.revision = REVISION_NONE, .read_at = database_int(state, 0, 0)};
    set_shown(&reading->shown, state);
    judge_adoption(state, terms, reading);
    busy = is_true(state, 4);
    PQclear(state);
    if (failpoint("begin", err))
        return READ_FAILED;
    return busy ? READ_BUSY : READ_DONE;
}

/* --- The platform ------------------------------------------------------------------------------ */

void contents_init(struct contents *c)
{
    dataset_init(&c->shown);
    dataset_init(&c->latest);
}

void contents_release(struct contents *c)
{
    dataset_release(&c->shown);
    dataset_release(&c->latest);
}

/* What was read as of now is the staff's, and everybody gets what was true at the freeze. */
static int read_as_frozen(struct transaction *t, struct contents *c, struct err *err)
{
    struct dataset unused = c->latest;

    c->latest = c->shown;
    c->shown = unused;
    return platform_read(t->db, t->until, c->latest.competition.freezes_at, &c->shown, t->sqlstate,
                         err);
}

static bool withholds(const struct competition *c, int64_t now)
{
    return c->frozen || !c->visible || (c->starts_at != NEVER && c->starts_at > now);
}

static enum read_result read_platform(struct transaction *t, struct reading *reading,
                                      struct contents *c, struct err *err)
{
    if (platform_read(t->db, t->until, NEVER, &c->shown, t->sqlstate, err) < 0)
        return READ_FAILED;
    if (c->shown.competition.freezes_at <= reading->read_at && read_as_frozen(t, c, err) < 0)
        return READ_FAILED;
    reading->withheld = withholds(&c->shown.competition, reading->read_at);
    return failpoint("read", err) ? READ_FAILED : READ_DONE;
}

/* --- The end of the transaction --------------------------------------------------------------- */

#define FINGERPRINT_MAX 64

static enum read_result verify(struct transaction *t, char fingerprint[FINGERPRINT_MAX],
                               struct err *err)
{
    PGresult *result = query_row(t, verify_sql, 0, NULL, err);
    bool rewritten;

    if (!result)
        return READ_FAILED;
    snprintf(fingerprint, FINGERPRINT_MAX, "%s", PQgetvalue(result, 0, 0));
    rewritten = !PQgetisnull(result, 0, 1);
    if (rewritten)
        err_set(err, "%s was rewritten while it was read", PQgetvalue(result, 0, 1));
    PQclear(result);
    return rewritten ? READ_REWRITTEN : READ_DONE;
}

static void set_drawn(struct reading *reading, const PGresult *drawn)
{
    int64_t reasons = database_int(drawn, 0, 1);
    struct board_event *event = &reading->event;

    reading->revision = database_int(drawn, 0, 0);
    *event = (struct board_event){.ts = database_int(drawn, 0, 3)};
    if (reasons > 0)
        snprintf(event->reason, sizeof event->reason, "%s",
                 reasons == 1 ? PQgetvalue(drawn, 0, 2) : EVENT_REASON_BATCH);
}

static enum read_result draw(struct transaction *t, int64_t highest, const char *fingerprint,
                             struct reading *reading, struct err *err)
{
    char known[REVISION_MAX + 4], ahead_max[24];
    const char *params[] = {known, ahead_max, fingerprint, reading->withheld ? "t" : "f"};
    PGresult *drawn;

    snprintf(known, sizeof known, "%" PRId64, highest);
    snprintf(ahead_max, sizeof ahead_max, "%" PRId64, REVISION_AHEAD_MAX);
    drawn = query_row(t, draw_sql, 4, params, err);
    if (!drawn)
        return READ_FAILED;
    set_drawn(reading, drawn);
    PQclear(drawn);
    return failpoint("update", err) ? READ_FAILED : READ_DONE;
}

static enum read_result commit(struct transaction *t, struct err *err)
{
    if (failpoint("commit", err) || run(t, "COMMIT", err) < 0)
        return READ_FAILED;
    return failpoint("committed", err) ? READ_FAILED : READ_DONE;
}

static enum read_result read_all(struct transaction *t, const struct config *config,
                                 const struct reading_terms *terms, struct contents *contents,
                                 struct reading *reading, struct err *err)
{
    char fingerprint[FINGERPRINT_MAX];
    enum read_result result = begin(t, terms, config->lock_deadline, reading, err);

    if (result == READ_DONE)
        result = read_platform(t, reading, contents, err);
    if (result == READ_DONE)
        result = verify(t, fingerprint, err);
    if (result == READ_DONE && reading->revision == REVISION_NONE)
        result = draw(t, terms->highest, fingerprint, reading, err);
    return result == READ_DONE ? commit(t, err) : result;
}

enum read_result read_dataset(PGconn *db, const struct config *config,
                              const struct reading_terms *terms, struct contents *contents,
                              struct reading *reading, struct err *err)
{
    struct transaction t = {db, monotonic_ms() + config->read_deadline, ""};
    enum read_result result = read_all(&t, config, terms, contents, reading, err);

    return result == READ_FAILED && strcmp(t.sqlstate, "40001") == 0 ? READ_SUPERSEDED : result;
}
