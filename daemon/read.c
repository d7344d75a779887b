#include "daemon/read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/failpoint.h"
#include "lib/board/copy.h"
#include "lib/database.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

/* transaction_timestamp() is taken before the snapshot, so that nothing older than it is missing;
 * and it is what a view means by now(). */
static const char begin_sql[] =
    "SELECT floor(extract(epoch FROM transaction_timestamp()) * 1000000)::int8,"
    " (SELECT tie_rule FROM competition()),"
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
    reading->tie =
        strcmp(PQgetvalue(result, 0, 1), "reference") == 0 ? TIE_REFERENCE : TIE_FIRST_TO_REACH;
    PQclear(result);
    return failpoint("begin", err) ? -1 : 0;
}

/* --- The views -------------------------------------------------------------------------------- */

/* The next result is `expected` and nothing else. */
static int expect(struct transaction *t, ExecStatusType expected, struct err *err)
{
    PGresult *result;
    ExecStatusType status;

    if (database_next(t->db, t->until, &result, err) < 0)
        return -1;
    status = PQresultStatus(result);
    PQclear(result);
    return status == expected ? 0 : database_error(err, t->db);
}

static int expect_end(struct transaction *t, struct err *err)
{
    PGresult *result;

    if (database_next(t->db, t->until, &result, err) < 0)
        return -1;
    PQclear(result);
    return result ? err_set(err, "more results than one") : 0;
}

static int decode_all(struct transaction *t, struct copy_decoder *decoder, struct err *err)
{
    char *chunk;
    int len, status;

    while ((len = PQgetCopyData(t->db, &chunk, 1)) >= 0) {
        if (len == 0) {
            if (database_wait(t->db, t->until, err) < 0)
                return -1;
            continue;
        }
        status = copy_decode(decoder, chunk, (size_t)len, err);
        PQfreemem(chunk);
        if (status < 0)
            return -1;
    }
    return len == -1 ? 0 : database_error(err, t->db);
}

static int copy_view(struct transaction *t, enum copy_view view, struct dataset *data,
                     struct err *err)
{
    struct copy_decoder decoder;
    char sql[2048];
    int len = snprintf(sql, sizeof sql, "COPY (%s) TO STDOUT (FORMAT binary)", copy_select(view));

    if (len >= (int)sizeof sql)
        return err_set(err, "its query is too long");
    if (!PQsendQuery(t->db, sql))
        return database_error(err, t->db);
    copy_begin(&decoder, view, data);
    if (expect(t, PGRES_COPY_OUT, err) < 0 || decode_all(t, &decoder, err) < 0 ||
        copy_end(&decoder, err) < 0 || expect(t, PGRES_COMMAND_OK, err) < 0)
        return -1;
    return expect_end(t, err);
}

static int copy_views(struct transaction *t, struct dataset *data, struct err *err)
{
    dataset_clear(data);
    for (enum copy_view view = 0; view < VIEW_COUNT; view++)
        if (copy_view(t, view, data, err) < 0)
            return err_prefix(err, "view %s", copy_view_name(view));
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
                              struct dataset *data, struct reading *reading, struct err *err)
{
    struct transaction t = {db, monotonic_ms() + config->read_deadline, ""};
    struct reading r;

    if (begin(&t, config->lock_deadline, &r, err) < 0 || copy_views(&t, data, err) < 0 ||
        draw_revision(&t, highest, &r, err) < 0 || empty_outbox(&t, &r, err) < 0 ||
        commit(&t, err) < 0)
        return strcmp(t.sqlstate, "40001") == 0 ? READ_SUPERSEDED : READ_FAILED;
    *reading = r;
    return READ_DONE;
}
