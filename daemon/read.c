#include "daemon/read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/failpoint.h"
#include "lib/database.h"
#include "lib/platform.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

/* transaction_timestamp() is taken before the snapshot, so that nothing older than it is missing;
 * and it is what a view means by now(). */
static const char begin_sql[] =
    "SELECT floor(extract(epoch FROM transaction_timestamp()) * 1000000)::int8,"
    " set_config('lock_timeout', $1, true) "
    "FROM state";

/* Milliseconds of the clock, but always above what any node has seen. */
static const char revision_sql[] = "UPDATE state SET rev = greatest(rev + 1, $1::int8 + 1,"
                                   " floor(extract(epoch FROM clock_timestamp()) * 1000)::int8) "
                                   "RETURNING rev";

static const char outbox_sql[] = "WITH gone AS (DELETE FROM outbox RETURNING reason, created_at) "
                                 "SELECT count(DISTINCT reason), min(reason),"
                                 " floor(extract(epoch FROM max(created_at)) * 1000000)::int8 "
                                 "FROM gone";

/* A transaction under way, and when it has to be over. */
struct transaction {
    PGconn *db;
    int64_t until;    /* monotonic_ms() */
    char sqlstate[6]; /* of the last query, as in database_query() */
};

static PGresult *query(struct transaction *t, const char *sql, const char *param, struct err *err)
{
    return database_query(t->db, t->until - monotonic_ms(), sql, param ? 1 : 0, &param, t->sqlstate,
                          err);
}

/* For statements whose result says nothing more. */
static int run(struct transaction *t, const char *sql, struct err *err)
{
    PGresult *result = query(t, sql, NULL, err);

    PQclear(result);
    return result ? 0 : -1;
}

/* For queries that give exactly one row, whatever happens. */
static PGresult *query_row(struct transaction *t, const char *sql, const char *param,
                           struct err *err)
{
    PGresult *result = query(t, sql, param, err);

    if (result && PQntuples(result) != 1) {
        PQclear(result);
        err_set(err, "the table state has not one row: run `scoreboardctl migrate`");
        return NULL;
    }
    return result;
}

static int begin(struct transaction *t, int64_t lock_deadline, struct reading *reading,
                 struct err *err)
{
    char timeout[24];
    PGresult *result;

    if (run(t, "BEGIN ISOLATION LEVEL REPEATABLE READ", err) < 0)
        return -1;
    snprintf(timeout, sizeof timeout, "%" PRId64, lock_deadline);
    result = query_row(t, begin_sql, timeout, err);
    if (!result)
        return -1;
    reading->read_at = database_int(result, 0, 0);
    PQclear(result);
    return failpoint("begin", err) ? -1 : 0;
}

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

static int read_platform(struct transaction *t, int64_t now, struct contents *c, struct err *err)
{
    if (platform_read(t->db, t->until, NEVER, &c->shown, t->sqlstate, err) < 0)
        return -1;
    if (c->shown.competition.freezes_at <= now && read_as_frozen(t, c, err) < 0)
        return -1;
    return failpoint("read", err) ? -1 : 0;
}

/* --- The end of the transaction --------------------------------------------------------------- */

static int draw_revision(struct transaction *t, int64_t highest, struct reading *reading,
                         struct err *err)
{
    char known[REVISION_MAX + 4];
    PGresult *result;

    snprintf(known, sizeof known, "%" PRId64, highest);
    result = query_row(t, revision_sql, known, err);
    if (!result)
        return -1;
    reading->revision = database_int(result, 0, 0);
    PQclear(result);
    if (reading->revision > REVISION_LAST)
        return err_set(err,
                       "revision %" PRId64 " is beyond 2^53 - 1: PostgreSQL's clock, "
                       "or something in Redis, is far in the future",
                       reading->revision);
    return failpoint("update", err) ? -1 : 0;
}

/* Deletes what this snapshot saw, and makes the event of it. */
static int empty_outbox(struct transaction *t, struct reading *reading, struct err *err)
{
    PGresult *result = query_row(t, outbox_sql, NULL, err);
    struct board_event *event = &reading->event;
    int64_t reasons;

    if (!result)
        return -1;
    *event = (struct board_event){.ts = database_int(result, 0, 2)};
    reasons = database_int(result, 0, 0);
    if (reasons > 0)
        snprintf(event->reason, sizeof event->reason, "%s",
                 reasons == 1 ? PQgetvalue(result, 0, 1) : EVENT_REASON_BATCH);
    PQclear(result);
    return 0;
}

static int commit(struct transaction *t, struct err *err)
{
    if (failpoint("commit", err) || run(t, "COMMIT", err) < 0)
        return -1;
    return failpoint("committed", err) ? -1 : 0;
}

enum read_result read_dataset(PGconn *db, const struct config *config, int64_t highest,
                              struct contents *contents, struct reading *reading, struct err *err)
{
    struct transaction t = {db, monotonic_ms() + config->read_deadline, ""};
    struct reading r;

    if (begin(&t, config->lock_deadline, &r, err) < 0 ||
        read_platform(&t, r.read_at, contents, err) < 0 ||
        draw_revision(&t, highest, &r, err) < 0 || empty_outbox(&t, &r, err) < 0 ||
        commit(&t, err) < 0)
        return strcmp(t.sqlstate, "40001") == 0 ? READ_SUPERSEDED : READ_FAILED;
    *reading = r;
    return READ_DONE;
}
