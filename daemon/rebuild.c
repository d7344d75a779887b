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
    struct documents *documents;
    struct snapshot snapshot;
};

struct rebuilder *rebuilder_new(const struct config *config, const struct names *names,
                                struct materialiser *materialiser, struct err *err)
{
    struct rebuilder *r = calloc(1, sizeof *r);

    if (!r) {
        err_set(err, "no memory for the rebuilder");
        return NULL;
    }
    r->config = config;
    r->names = names;
    r->materialiser = materialiser;
    contents_init(&r->contents);
    snapshot_init(&r->snapshot, (size_t)config->boards_max);
    r->boards = boards_new(err);
    r->documents = r->boards ? documents_new(config, err) : NULL;
    if (!r->documents) {
        rebuilder_free(r);
        return NULL;
    }
    return r;
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
    snapshot_release(&r->snapshot);
    boards_free(r->boards);
    documents_free(r->documents);
    free(r);
}

/* The next revision must be above this: what is on the disk may have gone from Redis, and from a
 * PostgreSQL that was restored, and would never be superseded. */
static int64_t highest_revision(const struct rebuilder *r)
{
    int64_t written = materialiser_revision(r->materialiser);

    return written > r->seen.stored_revision ? written : r->seen.stored_revision;
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
    r->seen.redis = false;
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
        observation_dirt(o, materialiser_revision(r->materialiser), a->doubt, r->config->periodic);
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
 * each attempt looks; what cannot be put back, the view `missing` names. */
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
    return true;
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
    struct audiences_documents to = {r->documents, audience};

    return boards_build(r->boards, data, crew_run, &(struct boards_sink){document, &to}, err);
}

/* The staff have boards of their own only where the public's are others, or not shown. */
static int build_for_all(struct rebuilder *r, struct err *err)
{
    const struct dataset *shown = &r->contents.shown;
    bool visible = shown->competition.visible, frozen = shown->competition.frozen;

    documents_clear(r->documents);
    if (visible && build_for(r, AUDIENCE_PUBLIC, shown, err) < 0)
        return -1;
    if (visible && !frozen)
        return 0;
    return build_for(r, AUDIENCE_STAFF, frozen ? &r->contents.latest : shown, err);
}

static bool build_boards(struct attempt *a)
{
    struct err *err = &a->report->err;

    if (build_for_all(a->r, err) < 0 || failpoint("build", err))
        return end(a, REBUILD_FAILED);
    return true;
}

static bool compress_boards(struct attempt *a)
{
    struct rebuilder *r = a->r;
    int64_t served = materialiser_revision(r->materialiser);
    struct err *err = &a->report->err;

    snapshot_clear(&r->snapshot);
    r->snapshot.head = (struct snapshot_head){.revision = a->reading.revision,
                                              .event = event_of(a),
                                              .read_at = a->reading.read_at,
                                              .took = a->report->step_us[STEP_READ] / 1000};
    if (documents_compress(r->documents, served, a->reading.revision, err) < 0 ||
        documents_pack(r->documents, &r->snapshot, err) < 0)
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

static bool store_boards(struct attempt *a)
{
    struct rebuilder *r = a->r;
    struct rebuild_report *report = a->report;
    struct store_terms terms = {r->seen.database, observation_revision_limit(&r->seen)};
    enum store_result result;

    if (failpoint("store", &report->err))
        return end(a, REBUILD_FAILED);
    report->result = REBUILD_ALONE;
    if (!r->seen.redis)
        return true;
    result = store_put(r->redis, r->names, &terms, &r->snapshot, &r->lock, &report->stored_revision,
                       &report->err);
    if (result == STORE_FAILED)
        result = look_whether_stored(a);
    if (result == STORE_FAILED || failpoint("stored", &report->err))
        return end(a, REBUILD_FAILED);
    if (result == STORE_REFUSED) {
        err_set(&report->err, "Redis has revision %" PRId64 " already, above %" PRId64,
                report->stored_revision, a->reading.revision);
        return end(a, REBUILD_SUPERSEDED);
    }
    report->result = REBUILD_STORED;
    return true;
}

static bool write_files(struct attempt *a)
{
    struct rebuilder *r = a->r;

    if (materialiser_write(r->materialiser, &r->snapshot, &a->report->err) < 0) {
        a->report->behind = true;
        return false;
    }
    a->report->head = r->snapshot.head;
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
    bool stored;

    *report = (struct rebuild_report){.result = REBUILD_FAILED};
    stored = look(&a) && timed(&a, STEP_LOCK, take_lock) && look(&a) && mend(&a) &&
             timed(&a, STEP_READ, read_platform) && timed(&a, STEP_BUILD, build_boards) &&
             timed(&a, STEP_GZIP, compress_boards) && timed(&a, STEP_STORE, store_boards);
    give_back_lock(r);
    if (stored)
        (void)timed(&a, STEP_MATERIALISE, write_files);
    report->took_ms = report->step_us[STEP_READ] / 1000;
    if (report->result == REBUILD_FAILED)
        disconnect(r);
}

static enum fetch_result fetch(struct rebuilder *r, struct fetch_report *report)
{
    struct snapshot *s = &r->snapshot;
    enum fetch_result result;

    if (look_at_redis(r, &report->err) < 0)
        return FETCH_FAILED;
    report->stored_revision = r->seen.stored_revision;
    if (r->seen.stored_revision <= materialiser_revision(r->materialiser))
        return FETCH_NONE;
    result = store_get(r->redis, r->names, s, &report->err);
    if (result != FETCH_DONE)
        return result;
    if (s->head.revision > observation_revision_limit(&r->seen))
        return FETCH_NONE; /* garbage, put there just now */
    if (s->head.revision <= materialiser_revision(r->materialiser))
        return FETCH_NONE; /* Redis was emptied and filled in between */
    if (materialiser_write(r->materialiser, s, &report->err) < 0)
        return FETCH_FAILED;
    report->head = s->head;
    report->stored_revision = s->head.revision;
    return FETCH_DONE;
}

void rebuilder_fetch(struct rebuilder *r, struct fetch_report *report)
{
    *report = (struct fetch_report){.head = {.revision = REVISION_NONE}};
    report->result = fetch(r, report);
    if (report->result == FETCH_FAILED)
        disconnect_redis(r);
}

void rebuilder_settle(struct rebuilder *r)
{
    if (r->snapshot.head.revision != REVISION_NONE &&
        r->snapshot.head.revision == materialiser_revision(r->materialiser))
        documents_settle(r->documents, &r->snapshot);
}
