#include "daemon/rebuild.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/documents.h"
#include "daemon/failpoint.h"
#include "daemon/lock.h"
#include "daemon/observe.h"
#include "daemon/read.h"
#include "daemon/shown.h"
#include "lib/board/boards.h"
#include "lib/board/dataset.h"
#include "lib/crew.h"
#include "lib/database.h"
#include "lib/redis.h"
#include "lib/revision.h"
#include "lib/timestamp.h"

const char *const rebuild_result_names[REBUILD_RESULT_COUNT] = {
    "stored", "alone", "clean", "busy", "superseded", "rewritten", "failed"};
const char *const rebuild_step_names[STEP_COUNT] = {"lock", "read",  "build",
                                                    "gzip", "store", "materialise"};

struct rebuilder {
    const struct config *config;
    const struct names *names;
    struct materialiser *materialiser;
    PGconn *db;              /* NULL: not connected */
    redisContext *redis;     /* likewise */
    struct observation seen; /* the last look: what is known when the next one fails */
    struct lock lock;        /* held, or perhaps held */
    struct lock_watch watch;
    struct contents contents; /* this and what follows: memory that each rebuild uses anew */
    struct boards *boards;
    struct documents *documents[AUDIENCE_COUNT];
    struct snapshot snapshots[AUDIENCE_COUNT]; /* of revision NONE: this line has nothing new */
};

struct rebuilder *rebuilder_new(const struct config *config, const struct names *names,
                                struct materialiser *materialiser, struct err *err)
{
    struct rebuilder *r = calloc(1, sizeof *r);
    bool failed;

    if (!r) {
        err_set(err, "no memory for the rebuilder");
        return NULL;
    }
    r->config = config;
    r->names = names;
    r->materialiser = materialiser;
    contents_init(&r->contents);
    r->boards = boards_new(err);
    failed = r->boards == NULL;
    for (enum audience a = 0; a < AUDIENCE_COUNT && !failed; a++) {
        snapshot_init(&r->snapshots[a], (size_t)config->boards_max);
        r->documents[a] = documents_new(config, err);
        failed = r->documents[a] == NULL;
    }
    if (!failed)
        return r;
    rebuilder_free(r);
    return NULL;
}

/* --- Connections ------------------------------------------------------------------------------ */

static void disconnect_postgres(struct rebuilder *r)
{
    PQfinish(r->db);
    r->db = NULL;
}

static int connect_postgres(struct rebuilder *r, struct err *err)
{
    const struct config *c = r->config;
    struct database_options options = {
        .conninfo = c->conninfo,
        .password_file = c->password_file,
        .program = "scoreboardd",
        .schema = r->names->schema,
        .connect_deadline = c->connect_deadline,
        .statement_timeout =
            c->read_deadline > c->poll_deadline ? c->read_deadline : c->poll_deadline,
    };

    if (r->db && !database_lives(r->db))
        disconnect_postgres(r);
    if (!r->db)
        r->db = database_open(&options, err);
    return r->db ? 0 : -1;
}

static void disconnect_redis(struct rebuilder *r)
{
    redisFree(r->redis);
    r->redis = NULL;
}

static int connect_redis(struct rebuilder *r, struct err *err)
{
    if (r->redis && !redis_lives(r->redis))
        disconnect_redis(r);
    if (!r->redis)
        r->redis = redis_open(&r->config->redis, r->config->redis.deadline, err);
    return r->redis ? 0 : -1;
}

/* After a failure nothing is known of a connection's state: perhaps a transaction is open on it. */
static void disconnect(struct rebuilder *r)
{
    disconnect_postgres(r);
    disconnect_redis(r);
}

void rebuilder_free(struct rebuilder *r)
{
    if (!r)
        return;
    disconnect(r);
    contents_release(&r->contents);
    boards_free(r->boards);
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        documents_free(r->documents[a]);
        snapshot_release(&r->snapshots[a]);
    }
    free(r);
}

static int64_t higher(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The next revision must be above this: what is on the disk may have gone from Redis, and from a
 * PostgreSQL that was restored, and would never be superseded. */
static int64_t highest_revision(const struct rebuilder *r)
{
    return higher(materialiser_newest(r->materialiser), r->seen.stored_revision);
}

/* Of the public's alone. */
static int64_t highest_shown(const struct rebuilder *r)
{
    return higher(materialiser_revision(r->materialiser, AUDIENCE_PUBLIC), r->seen.shown_revision);
}

static int look_at_postgres(struct rebuilder *r, struct err *err)
{
    if (connect_postgres(r, err) < 0 ||
        observe_postgres(r->db, r->config->poll_deadline, &r->seen, NULL, err) < 0)
        return err_prefix(err, "PostgreSQL");
    return 0;
}

static int look_at_redis(struct rebuilder *r, struct err *err)
{
    observation_without_redis(&r->seen);
    if (connect_redis(r, err) < 0 ||
        observe_redis(r->redis, r->names, r->config->redis.lease, &r->seen, err) < 0)
        return err_prefix(err, "Redis");
    return 0;
}

/* --- The steps -------------------------------------------------------------------------------- */

/* One rebuild under way. A step returns false when the rebuild ends with it, and report->result
 * says how. */
struct attempt {
    struct rebuilder *r;
    struct rebuild_report *report;
    const struct doubt *doubt;
    enum dirt dirt; /* as last seen */
    struct reading reading;
    struct snapshot_head heads[AUDIENCE_COUNT]; /* of its boards; revision NONE: there are none */
};

static bool end(struct attempt *a, enum rebuild_result result)
{
    a->report->result = result;
    return false;
}

static bool look(struct attempt *a)
{
    struct rebuilder *r = a->r;
    struct err *err = &a->report->err, alone;
    const struct observation *o = &r->seen;

    if (failpoint("look", err) || look_at_postgres(r, err) < 0)
        return end(a, REBUILD_FAILED);
    if (look_at_redis(r, &alone) == 0)
        a->report->stored_revision = o->stored_revision;
    materialiser_forget_above(r->materialiser, observation_revision_limit(o));
    a->dirt =
        observation_dirt(o, materialiser_newest(r->materialiser), a->doubt, r->config->periodic);
    return a->dirt != DIRT_NONE || end(a, REBUILD_CLEAN);
}

/* Alone there is nobody to share the work with: PostgreSQL decides who draws (read.h). */
static bool take_lock(struct attempt *a)
{
    struct rebuilder *r = a->r;
    struct err *err = &a->report->err;
    enum lock_result result;

    if (!r->seen.redis)
        return true;
    result = lock_take(r->redis, r->names, r->config->lock_ttl, &r->watch, &r->lock, err);
    if (result == LOCK_BUSY)
        return end(a, REBUILD_BUSY);
    if (result == LOCK_FAILED || failpoint("lock", err))
        return end(a, REBUILD_FAILED);
    if (result == LOCK_SEIZED)
        memcpy(a->report->seized, r->watch.holder, sizeof a->report->seized);
    return true;
}

/* A table that was made anew has lost its triggers and rights. It may come back later than it went, so
 * each attempt looks; what cannot be put back, the view `missing` names. A copy is another database from
 * here on, and what is in Redis is not its own. */
static bool mend(struct attempt *a)
{
    struct rebuilder *r = a->r;
    struct err *err = &a->report->err;
    PGresult *result;

    if (!r->seen.rewritten)
        return true;
    result = database_query(r->db, r->config->poll_deadline, "SELECT mend()", 0, NULL, NULL, err);
    if (!result) {
        err_prefix(err, "PostgreSQL: mend()");
        return end(a, REBUILD_FAILED);
    }
    snprintf(a->report->mended, sizeof a->report->mended, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return a->report->mended[0] == '\0' || look(a);
}

static bool read_platform(struct attempt *a)
{
    static const enum rebuild_result results[] = {
        [READ_SUPERSEDED] = REBUILD_SUPERSEDED,
        [READ_REWRITTEN] = REBUILD_REWRITTEN,
        [READ_BUSY] = REBUILD_BUSY,
    };
    struct rebuilder *r = a->r;
    struct reading_terms terms = {
        .highest = highest_revision(r),
        .alone = !r->seen.redis,
        .adopt = a->dirt == DIRT_LACKING ? r->seen.state_revision : REVISION_NONE,
    };
    enum read_result result =
        read_dataset(r->db, r->config, &terms, &r->contents, &a->reading, &a->report->err);

    if (result == READ_DONE)
        return true;
    err_prefix(&a->report->err, "PostgreSQL");
    disconnect_postgres(r);
    return end(a, result == READ_FAILED ? REBUILD_FAILED : results[result]);
}

/* The outbox gives the event; without a row in it, what else was dirty does. */
static struct board_event event_of(const struct attempt *a)
{
    struct board_event event = a->reading.event;

    if (event.reason[0] == '\0') {
        event.ts = a->reading.read_at;
        snprintf(event.reason, sizeof event.reason, "%s", dirt_reason(a->dirt));
    }
    return event;
}

struct audiences_documents {
    struct documents *documents;
    enum audience audience;
};

static struct buffer *document(void *context, enum board board, const struct division *division)
{
    const struct audiences_documents *to = context;
    struct document_name name = {to->audience, division ? division->id : DIVISION_ALL, board};

    return documents_text(to->documents, &name);
}

static int build_for(struct rebuilder *r, enum audience audience, const struct dataset *data,
                     struct err *err)
{
    struct audiences_documents to = {r->documents[audience], audience};

    return boards_build(r->boards, data, crew_run, &(struct boards_sink){document, &to}, err);
}

/* The staff have boards of their own only where something is withheld from the public. */
static int build_for_all(struct attempt *a, struct err *err)
{
    struct rebuilder *r = a->r;
    const struct dataset *shown = &r->contents.shown;
    const struct competition *competition = &shown->competition;

    for (enum audience audience = 0; audience < AUDIENCE_COUNT; audience++)
        documents_clear(r->documents[audience]);
    if (competition->visible && build_for(r, AUDIENCE_PUBLIC, shown, err) < 0)
        return -1;
    if (!a->reading.withheld)
        return 0;
    return build_for(r, AUDIENCE_STAFF, competition->frozen ? &r->contents.latest : shown, err);
}

static bool build_boards(struct attempt *a)
{
    struct err *err = &a->report->err;

    if (build_for_all(a, err) < 0 || failpoint("build", err))
        return end(a, REBUILD_FAILED);
    return true;
}

static struct snapshot_head head_of(const struct attempt *a)
{
    return (struct snapshot_head){.revision = a->reading.revision,
                                  .event = event_of(a),
                                  .read_at = a->reading.read_at,
                                  .took = a->report->step_us[STEP_READ] / 1000};
}

/* What the public is shown stands, or PostgreSQL is told what does from now on. */
static bool keep_shown(struct attempt *a)
{
    struct rebuilder *r = a->r;
    struct err *err = &a->report->err;
    struct shown now = {.revision = a->reading.revision, .read_at = a->reading.read_at};
    int replaced;

    if (documents_digest(r->documents[AUDIENCE_PUBLIC], now.digest, err) < 0)
        return end(a, REBUILD_FAILED);
    if (shown_stands(&a->reading.shown, now.digest, highest_shown(r), now.revision))
        return true;
    a->reading.shown = now;
    replaced = shown_replace(r->db, r->config->poll_deadline, &now, err);
    if (replaced < 0)
        err_prefix(err, "PostgreSQL");
    if (replaced == 0)
        err_set(err, "PostgreSQL has drawn a revision above %" PRId64, now.revision);
    return replaced > 0 || end(a, replaced < 0 ? REBUILD_FAILED : REBUILD_SUPERSEDED);
}

static bool name_boards(struct attempt *a)
{
    struct snapshot_head head = head_of(a);

    a->heads[AUDIENCE_PUBLIC] = head;
    if (!a->reading.withheld)
        return true;
    if (!keep_shown(a))
        return false;
    a->heads[AUDIENCE_STAFF] = head;
    head.revision = a->reading.shown.revision;
    head.read_at = a->reading.shown.read_at;
    head.event = shown_event(&a->reading.shown);
    a->heads[AUDIENCE_PUBLIC] = head;
    return true;
}

/* The boards of that revision are wherever they belong already, as far as anybody knows. */
static bool is_in_place(const struct attempt *a, enum audience audience)
{
    const struct rebuilder *r = a->r;
    int64_t revision = a->heads[audience].revision;

    return audience == AUDIENCE_PUBLIC && a->dirt != DIRT_LOST &&
           revision == materialiser_revision(r->materialiser, audience) &&
           (!r->seen.redis || revision == r->seen.shown_revision);
}

static int compress_for(struct attempt *a, enum audience audience, struct err *err)
{
    struct rebuilder *r = a->r;
    struct snapshot *s = &r->snapshots[audience];
    const struct snapshot_head *head = &a->heads[audience];
    int64_t served = materialiser_revision(r->materialiser, audience);

    snapshot_clear(s);
    if (head->revision == REVISION_NONE || is_in_place(a, audience))
        return 0;
    s->head = *head;
    if (documents_compress(r->documents[audience], served, head->revision, err) < 0)
        return -1;
    return documents_pack(r->documents[audience], s, err);
}

static bool compress_boards(struct attempt *a)
{
    struct err *err = &a->report->err;

    if (!name_boards(a))
        return false;
    for (enum audience audience = 0; audience < AUDIENCE_COUNT; audience++)
        if (compress_for(a, audience, err) < 0)
            return end(a, REBUILD_FAILED);
    return true;
}

/* Was it stored, although the answer says so not, or never came? */
static enum store_result look_whether_stored(struct attempt *a)
{
    struct rebuilder *r = a->r;
    struct err err;

    if (look_at_redis(r, &err) < 0)
        return STORE_FAILED;
    a->report->stored_revision = r->seen.stored_revision;
    return r->seen.stored_revision == a->reading.revision ? STORE_DONE : STORE_FAILED;
}

/* A Redis that takes no boards is as good as one that is away: PostgreSQL has drawn their revision, so
 * that this node serves them, and the rebuild that failed is tried again for the others. */
static bool store_boards(struct attempt *a)
{
    struct rebuilder *r = a->r;
    struct rebuild_report *report = a->report;
    struct store_terms terms = {r->seen.database, observation_revision_limit(&r->seen)};
    enum store_result result;

    if (failpoint("store", &report->err))
        return true;
    if (!r->seen.redis) {
        report->result = REBUILD_ALONE;
        return true;
    }
    result = store_put(r->redis, r->names, &terms, r->snapshots, &r->lock, &report->stored_revision,
                       &report->err);
    if (result == STORE_FAILED)
        result = look_whether_stored(a);
    if (result == STORE_FAILED || failpoint("stored", &report->err))
        return true;
    if (result == STORE_REFUSED) {
        err_set(&report->err, "Redis has revision %" PRId64 " already, above %" PRId64,
                report->stored_revision, a->reading.revision);
        return end(a, REBUILD_SUPERSEDED);
    }
    report->result = REBUILD_STORED;
    return true;
}

static void report_heads(const struct rebuilder *r, struct snapshot_head *heads)
{
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++)
        heads[a] = r->snapshots[a].head;
}

static bool write_files(struct attempt *a)
{
    struct rebuilder *r = a->r;

    if (materialiser_write(r->materialiser, r->snapshots, &a->report->unwritten) < 0) {
        a->report->behind = true;
        return false;
    }
    report_heads(r, a->report->heads);
    return true;
}

/* --- The whole -------------------------------------------------------------------------------- */

static bool timed(struct attempt *a, enum rebuild_step step, bool (*run)(struct attempt *))
{
    int64_t start = monotonic_us();
    bool go_on = run(a);

    a->report->step_us[step] = monotonic_us() - start;
    return go_on;
}

/* Whatever happened: also when nobody knows whether it was taken, since the answer was lost. */
static void give_back_lock(struct rebuilder *r)
{
    struct err err; /* its time to live gives it back then */

    if (r->lock.token[0] != '\0' && connect_redis(r, &err) == 0)
        (void)!lock_release(r->redis, r->names, &r->lock, &err);
    r->lock = (struct lock){""};
}

void rebuilder_rebuild(struct rebuilder *r, const struct doubt *doubt,
                       struct rebuild_report *report)
{
    struct attempt a = {.r = r, .report = report, .doubt = doubt};
    bool drawn;

    *report = (struct rebuild_report){.result = REBUILD_FAILED};
    drawn = look(&a) && timed(&a, STEP_LOCK, take_lock) && look(&a) && mend(&a) &&
            timed(&a, STEP_READ, read_platform) && timed(&a, STEP_BUILD, build_boards) &&
            timed(&a, STEP_GZIP, compress_boards) && timed(&a, STEP_STORE, store_boards);
    give_back_lock(r);
    if (drawn)
        (void)timed(&a, STEP_MATERIALISE, write_files);
    report->took_ms = report->step_us[STEP_READ] / 1000;
    report->node_revision = materialiser_newest(r->materialiser);
    if (report->result == REBUILD_FAILED)
        disconnect(r);
}

/* Whoever only fetches does not look at PostgreSQL, and its clock may have been set since. */
static void learn(struct rebuilder *r, const struct observation *seen)
{
    if (seen->clock_at > r->seen.clock_at)
        r->seen = *seen;
}

static enum fetch_result fetch(struct rebuilder *r, struct fetch_report *report)
{
    enum fetch_result result;
    int64_t revision;

    if (look_at_redis(r, &report->err) < 0)
        return FETCH_FAILED;
    report->stored_revision = r->seen.stored_revision;
    if (r->seen.stored_revision <= materialiser_newest(r->materialiser))
        return FETCH_NONE;
    result = store_get(r->redis, r->names, r->snapshots, &report->err);
    if (result != FETCH_DONE)
        return result;
    report_heads(r, report->heads);
    revision = newest_head(report->heads)->revision;
    if (revision > observation_revision_limit(&r->seen)) {
        err_set(&report->err, "revision %" PRId64 " in Redis is far beyond the clock", revision);
        return FETCH_CORRUPT;
    }
    report->stored_revision = revision;
    if (revision <= materialiser_newest(r->materialiser))
        return FETCH_NONE; /* Redis was emptied and filled in between */
    if (materialiser_write(r->materialiser, r->snapshots, &report->err) < 0)
        return FETCH_FAILED;
    return FETCH_DONE;
}

void rebuilder_fetch(struct rebuilder *r, const struct observation *seen,
                     struct fetch_report *report)
{
    *report = (struct fetch_report){.result = FETCH_FAILED};
    learn(r, seen);
    report->result = fetch(r, report);
    report->node_revision = materialiser_newest(r->materialiser);
    if (report->result != FETCH_DONE)
        memset(report->heads, 0, sizeof report->heads);
    if (report->result == FETCH_FAILED)
        disconnect_redis(r);
}

void rebuilder_settle(struct rebuilder *r)
{
    for (enum audience a = 0; a < AUDIENCE_COUNT; a++) {
        const struct snapshot *s = &r->snapshots[a];

        if (s->head.revision != REVISION_NONE &&
            s->head.revision == materialiser_revision(r->materialiser, a))
            documents_settle(r->documents[a], s);
    }
}
